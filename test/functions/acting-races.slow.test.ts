// Links and clicks that die at any of their calls, or stand still there while somebody else decides:
// always one decision at most, and never one that cannot be made any more. All of it is a slow test.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { decideApproval } from "../../functions/api/approvals.ts";
import type { ApiAnswer } from "../../functions/api/route.ts";
import type { KeptException } from "../../functions/aws/stores/exception-item.ts";
import { type Acting, API_URL, startActing } from "../support/acting.ts";
import type { Fate } from "../support/carrier.ts";
import { gateBefore, type OwnGate } from "../support/gate.ts";
import { ALICE, allow, BOB, type Slack, startSlack, textOf } from "../support/slack.ts";
import { stride } from "../support/stride.ts";

const LINK_STEP = stride(4);
const CLICK_STEP = stride(9);

let acting: Acting;
let slack: Slack;
let gate: OwnGate;

beforeAll(async () => {
  acting = await startActing();
  slack = await startSlack(acting);
  gate = gateBefore(acting.stage.account);
  await acting.applyPeople(document => ({
    ...document,
    exceptions: { ...document.exceptions, perRequester: 1_000 },
  }));
});
beforeEach(() => acting.rest());
afterAll(async () => {
  slack.stop();
  await acting.stage.stop();
});

async function request(): Promise<{ kept: KeptException; links: Record<string, string> }> {
  const kept = await acting.ask();
  return { kept, links: acting.linksOf(await acting.mail(kept)) };
}

async function finding(port: number): Promise<string> {
  await acting.rest();
  return acting.drift("tester", `ingress tcp ${port} from 10.1.2.3/32`);
}

const send = (link: string | undefined, decision: string, through?: OwnGate): Promise<ApiAnswer> =>
  acting.call(
    decideApproval,
    {
      params: { token: link?.slice(`${API_URL}/approvals/`.length) ?? "" },
      headers: { "content-type": "application/x-www-form-urlencoded" },
      rawBody: Buffer.from(`decision=${decision}`),
    },
    through,
  );

/** What was decided on an exception, in order. */
async function decisions({ id }: Pick<KeptException, "id">): Promise<string[]> {
  const history = await acting.stage.aws.exceptions.history(id);
  return history.map(({ action }) => action).filter(action => /approve|reject/.test(action));
}

async function ofFinding(id: string): Promise<KeptException[]> {
  const { aws } = acting.stage;
  const all = await aws.exceptions.list({ since: aws.clock() });
  return all.filter(kept => kept.finding === id);
}

/** Runs a task that dies at its n-th call, and says whether it came so far. */
async function dyingAt(at: number, how: Fate, task: () => Promise<unknown>): Promise<boolean> {
  gate.decide(call => (call < at ? "pass" : call === at ? how : "cut"));
  await task().catch(() => undefined);
  return gate.count() > at;
}

/** Runs a task that stands still before its n-th call while something else is done. */
async function heldAt(
  at: number,
  task: () => Promise<ApiAnswer>,
  other: () => Promise<unknown>,
): Promise<{ isReached: boolean; answer: ApiAnswer }> {
  const stopped = Promise.withResolvers<void>();
  const go = Promise.withResolvers<void>();
  gate.decide(async (call): Promise<Fate> => {
    if (call === at) {
      stopped.resolve();
      await go.promise;
    }
    return "pass";
  });
  const first = task();
  await Promise.race([stopped.promise, first]);
  const isReached = gate.count() > at;
  await other();
  go.resolve();
  return { isReached, answer: await first };
}

describe("a link", () => {
  it.each(["cut", "cut-after"] as const)(
    "that dies at any call (%s) decides once, now or later",
    async how => {
      let deaths = 0;
      for (let at = 0, isReached = true; isReached; at += LINK_STEP) {
        const { kept, links } = await request();
        isReached = await dyingAt(at, how, () => send(links.alice, "approve", gate));
        deaths += isReached ? 1 : 0;
        const before = await decisions(kept);
        const { status } = await send(links.alice, "approve");
        // Used; or decided, where the first one died before the link was marked as used.
        expect(before.length === 0 ? [200] : [409, 410], `died at call ${at}`).toContain(status);
        expect(await decisions(kept), `died at call ${at}`).toEqual(["approve"]);
      }
      expect(deaths).toBeGreaterThan(8 / LINK_STEP);
    },
  );

  it("that stands still at any call while another decides is of no more use", async () => {
    let held = 0;
    for (let at = 0, isReached = true; isReached; at += LINK_STEP) {
      const { kept, links } = await request();
      const statuses: number[] = [];
      const both = await heldAt(
        at,
        () => send(links.alice, "approve", gate),
        async () => statuses.push((await send(links.bob, "reject")).status),
      );
      isReached = both.isReached;
      held += isReached ? 1 : 0;
      statuses.push(both.answer.status);
      expect(statuses.toSorted(), `held at call ${at}`).toEqual([200, 409]);
      expect(await decisions(kept), `held at call ${at}`).toHaveLength(1);
    }
    expect(held).toBeGreaterThan(8 / LINK_STEP);
  });
});

describe("a click that allows", () => {
  it.each(["cut", "cut-after"] as const)(
    "and dies at any call (%s) is made up for by the next",
    async how => {
      let deaths = 0;
      for (let at = 0, isReached = true; isReached; at += CLICK_STEP) {
        const id = await finding(20_000 + at + (how === "cut" ? 0 : 100));
        isReached = await dyingAt(at, how, () => slack.clickThrough(gate, allow(id), ALICE));
        deaths += isReached ? 1 : 0;
        await acting.stage.later(61);
        const text = textOf(await slack.click(allow(id), BOB));
        expect(text, `died at call ${at}`).toMatch(/^Approved: /);
        const made = await ofFinding(id);
        const approved = made.filter(({ state }) => state !== "requested");
        expect(approved, `died at call ${at}`).toHaveLength(1);
        // One that was asked for and lost before it was noted ends by itself, and opens nothing.
        expect(made.length, `died at call ${at}`).toBeLessThanOrEqual(2);
      }
      expect(deaths).toBeGreaterThan(12 / CLICK_STEP);
    },
  );

  it("and stands still at any call while another clicks makes one exception", async () => {
    let held = 0;
    for (let at = 0, isReached = true; isReached; at += CLICK_STEP) {
      const id = await finding(30_000 + at);
      const both = await heldAt(
        at,
        () => slack.clickThrough(gate, allow(id), ALICE),
        () => slack.click(allow(id, 480), BOB),
      );
      isReached = both.isReached;
      held += isReached ? 1 : 0;
      expect(both.answer.status, `held at call ${at}`).toBe(200);
      const made = await ofFinding(id);
      expect(
        made.map(({ state }) => state),
        `held at call ${at}`,
      ).toEqual(["approved"]);
    }
    expect(held).toBeGreaterThan(12 / CLICK_STEP);
  });
});

// Links and clicks that die at any of their calls, or stand still there while somebody else decides:
// always one decision at most, and never one that cannot be made any more.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { decideApproval } from "../../functions/api/approvals.ts";
import type { ApiAnswer } from "../../functions/api/route.ts";
import type { KeptException } from "../../functions/aws/stores/exception-item.ts";
import { askException } from "../../functions/reconcile/exceptions.ts";
import { type Acting, API_URL, done, startActing } from "../support/acting.ts";
import { type Fate, type Gate, openGate } from "../support/gate.ts";
import { ALICE, allow, BOB, type Slack, startSlack, textOf } from "../support/slack.ts";

const RULE = "ingress tcp 7002 from 10.1.2.3/32";

let acting: Acting;
let slack: Slack;
let gate: Gate;

beforeAll(async () => {
  acting = await startActing();
  slack = await startSlack(acting);
  gate = await openGate(acting.stage.account.url);
});
afterAll(async () => {
  await gate.close();
  slack.stop();
  await acting.stage.stop();
});

/** Lets all that was made before be over. */
async function rest(): Promise<void> {
  await acting.stage.later(10 * 3_600);
  await acting.stage.sweep();
}

async function request(): Promise<{ kept: KeptException; links: Record<string, string> }> {
  const { stage, identity } = acting;
  await rest();
  const wish = { what: { rule: RULE }, group: stage.groups.deploy, minutes: 60, reason: "release" };
  const kept = done(await askException(stage.aws, { ...wish, open: true }, identity("tester")));
  return { kept, links: acting.linksOf(await acting.mail(kept)) };
}

async function finding(port: number): Promise<string> {
  const { stage } = acting;
  await rest();
  await stage.open(stage.groups.deploy, `ingress tcp ${port} from 10.1.2.3/32`);
  await stage.idle();
  const [found] = await stage.findings(stage.groups.deploy);
  return found?.id ?? "";
}

const send = (link: string | undefined, decision: string, endpoint?: string): Promise<ApiAnswer> =>
  acting.call(
    decideApproval,
    {
      params: { token: link?.slice(`${API_URL}/approvals/`.length) ?? "" },
      headers: { "content-type": "application/x-www-form-urlencoded" },
      rawBody: Buffer.from(`decision=${decision}`),
    },
    endpoint,
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
      for (let at = 0, isReached = true; isReached; at += 1) {
        const { kept, links } = await request();
        isReached = await dyingAt(at, how, () => send(links.alice, "approve", gate.url));
        deaths += isReached ? 1 : 0;
        const before = await decisions(kept);
        const { status } = await send(links.alice, "approve");
        // Used; or decided, where the first one died before the link was marked as used.
        expect(before.length === 0 ? [200] : [409, 410], `died at call ${at}`).toContain(status);
        expect(await decisions(kept), `died at call ${at}`).toEqual(["approve"]);
      }
      expect(deaths).toBeGreaterThan(8);
    },
  );

  it("that stands still at any call while another decides is of no more use", async () => {
    let held = 0;
    for (let at = 0, isReached = true; isReached; at += 1) {
      const { kept, links } = await request();
      const statuses: number[] = [];
      const both = await heldAt(
        at,
        () => send(links.alice, "approve", gate.url),
        async () => statuses.push((await send(links.bob, "reject")).status),
      );
      isReached = both.isReached;
      held += isReached ? 1 : 0;
      statuses.push(both.answer.status);
      expect(statuses.toSorted(), `held at call ${at}`).toEqual([200, 409]);
      expect(await decisions(kept), `held at call ${at}`).toHaveLength(1);
    }
    expect(held).toBeGreaterThan(8);
  });
});

describe("a click that allows", () => {
  it.each(["cut", "cut-after"] as const)(
    "and dies at any call (%s) is made up for by the next",
    async how => {
      let deaths = 0;
      for (let at = 0, isReached = true; isReached; at += 1) {
        const id = await finding(20_000 + at + (how === "cut" ? 0 : 100));
        isReached = await dyingAt(at, how, () => slack.clickOver(gate.url, allow(id), ALICE));
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
      expect(deaths).toBeGreaterThan(12);
    },
  );

  it("and stands still at any call while another clicks makes one exception", async () => {
    let held = 0;
    for (let at = 0, isReached = true; isReached; at += 1) {
      const id = await finding(30_000 + at);
      const both = await heldAt(
        at,
        () => slack.clickOver(gate.url, allow(id), ALICE),
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
    expect(held).toBeGreaterThan(12);
  });
});

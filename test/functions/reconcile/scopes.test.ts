// A batch of messages of several places: where each goes, and which of them come again.
import { setTimeout as wait } from "node:timers/promises";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Hub } from "../../../functions/aws/hub.ts";
import type { Message } from "../../../functions/reconcile/batch.ts";
import { runScopes } from "../../../functions/reconcile/scopes.ts";
import type { LogLine } from "../../support/logged.ts";
import { logged } from "../../support/logged.ts";
import { type MemberHub, startMemberHub } from "../../support/member-hub.ts";
import { ownPieces } from "../../support/pieces.ts";
import { toldSince } from "../../support/told-since.ts";

const region = "ap-southeast-1";
const [ONE, TWO, THREE] = ["222233334444", "333344445555", "444455556666"] as const;
const MEMBERS = [ONE, TWO, THREE];
const scopeOf = (account: string) => `${account}/${region}`;

const pieces = ownPieces();
let members: MemberHub;
let hub: Hub;
let lines: LogLine[];
beforeAll(async () => {
  members = startMemberHub(pieces, { accounts: MEMBERS, regions: [region] });
});
beforeEach(async () => {
  await members.clearMarks();
  const own = logged(members.hub.own);
  lines = own.lines;
  hub = { ...members.hub, own: own.deps };
  pieces.account.queues.purge("portward-dead-letters");
  pieces.account.queues.purge("portward-remediate");
  mark();
});
afterEach(() => {
  pieces.account.faults.clear();
  for (const account of MEMBERS) members.trust({ account, region });
});
const { mark, requests } = toldSince(() => pieces.account);

/** A message as the queue hands it over. */
function message(id: string, account: string, given: Partial<Message> = {}): Message {
  const envelope = { id, account, region, detail: { eventName: "CreateTags" } };
  return { id, body: JSON.stringify(envelope), attempt: 0, ...given };
}

/** Long enough for whatever is to be done. */
const milliseconds = 10_000;
type Run = (scope: string, ids: string[]) => Promise<string[]>;
const run = (messages: readonly Message[], work: Run, time = milliseconds) =>
  runScopes(hub, messages, {
    run: ({ config }, share) =>
      work(
        config.scope,
        share.map(({ id }) => id),
      ),
    milliseconds: time,
  });
const nothing: Run = async () => [];
const refuse = async (): Promise<never> => {
  throw new Error("the run broke down");
};
const throttle = async (): Promise<never> => {
  throw Object.assign(new Error("slow down"), { name: "RequestLimitExceeded" });
};
const busy = async () =>
  (await members.hub.busy.dirtyGroups()).map(({ groupId }) => groupId).toSorted();
const rejected = () =>
  pieces.account.queues
    .messages("portward-dead-letters")
    .map(({ attributes }) => [
      attributes.messageId?.StringValue,
      attributes.reason?.StringValue ?? "",
    ]);
const errors = () =>
  lines.filter(({ level }) => level === "error").map(({ fields }) => ({ ...fields }));

describe("the messages of a batch", () => {
  it("are worked on place by place, in their order", async () => {
    const worked: [string, string[]][] = [];
    const messages = [message("a", ONE), message("b", TWO), message("c", ONE)];
    const failed = await run(messages, async (scope, ids) => {
      worked.push([scope, ids]);
      return [];
    });
    expect(failed).toEqual([]);
    expect(worked.toSorted()).toEqual([
      [scopeOf(ONE), ["a", "c"]],
      [scopeOf(TWO), ["b"]],
    ]);
    expect(lines).toEqual([]);
  });
  it("come again where their place says so, and nowhere else", async () => {
    const messages = [message("a", ONE), message("b", TWO), message("c", ONE), message("d", TWO)];
    const failed = await run(messages, async (_, [first = "", ...rest]) =>
      first === "a" ? rest : [],
    );
    expect(failed).toEqual(["c"]);
  });
  it("put their places on the list of those to be swept", async () => {
    await run([message("a", ONE), message("b", TWO)], nothing);
    expect(await busy()).toEqual([scopeOf(ONE), scopeOf(TWO)]);
    const [first] = await members.hub.busy.dirtyGroups();
    expect(first?.because).toMatch(/./);
    expect(Math.abs((first?.at ?? 0) - pieces.account.clock.now())).toBeLessThan(10_000);
  });
  it("put their places there whatever becomes of the work", async () => {
    await run([message("a", ONE)], () => wait(50).then(refuse));
    expect(await busy()).toEqual([scopeOf(ONE)]);
  });
  it("come again where their place cannot be put on the list", async () => {
    pieces.account.faults.failNext("dynamodb", "PutItem", "InternalServerError");
    expect(await run([message("a", ONE)], nothing)).toEqual(["a"]);
  });
});

describe("a message", () => {
  it.each([
    { name: "of no member", body: message("m-1", "999988887777").body, because: /999988887777/ },
    { name: "of the hub's own account", body: "", because: /hub's own account/ },
    { name: "without an envelope", body: '{"eventName":"CreateTags"}', because: /envelope/ },
  ])("$name is rejected with the reason, and worked on by nobody", async ({ body, because }) => {
    const own = message("m-1", pieces.account.accountId).body;
    const worked: string[] = [];
    const failed = await run([message("m-1", "", { body: body || own })], async scope => {
      worked.push(scope);
      return [];
    });
    expect(failed).toEqual([]);
    expect(worked).toEqual([]);
    expect(rejected()).toEqual([["m-1", expect.stringMatching(because)]]);
    expect(errors()).toEqual([{ messageId: "m-1", because: expect.stringMatching(because) }]);
    expect(await busy()).toEqual([]);
  });
  it("that cannot be rejected comes again, and the log says so", async () => {
    pieces.account.faults.failNext("sqs", "SendMessage", "InternalError");
    const messages = [message("m-1", "999988887777"), message("a", ONE)];
    expect(await run(messages, nothing)).toEqual(["m-1"]);
    expect(rejected()).toEqual([]);
    const error = expect.stringMatching(/^InternalError/);
    expect(errors().at(-1)).toEqual({ messageId: "m-1", error });
  });
});

describe("a place that cannot be looked at", () => {
  it("has its messages again, and no other place has", async () => {
    const messages = [message("a", ONE), message("b", TWO), message("c", ONE)];
    const failed = await run(messages, scope =>
      scope === scopeOf(ONE) ? refuse() : nothing("", []),
    );
    expect(failed.toSorted()).toEqual(["a", "c"]);
    expect(errors()).toEqual([
      expect.objectContaining({
        ...{ scope: scopeOf(ONE), error: expect.stringMatching(/broke down/) },
        ...{ Failures: 2, stage: "local" },
      }),
    ]);
  });
  it("has them again where its role is refused, before anything is done there", async () => {
    members.trust({ account: THREE, region }, false);
    const worked: string[] = [];
    const failed = await run([message("a", THREE)], async scope => {
      worked.push(scope);
      return [];
    });
    expect(failed).toEqual(["a"]);
    expect(worked).toEqual([]);
    expect(errors()).toEqual([expect.objectContaining({ scope: scopeOf(THREE) })]);
  });
});

describe("a place that is throttled", () => {
  /** What was put back on the queue: each body, the looks counted, and the delay. */
  const again = () =>
    requests("sqs")
      .filter(({ action }) => action === "SendMessage")
      .map(({ request }) => request as Record<string, unknown>);
  it("has its messages put back for a while, which is no failure and no look", async () => {
    const messages = [message("a", ONE, { attempt: 2 }), message("b", ONE)];
    expect(await run(messages, throttle)).toEqual([]);
    const bodies = pieces.account.queues.messages("portward-remediate").map(one => ({
      ...{ body: one.body, looks: one.attributes["portward-attempt"]?.StringValue },
      delay: (one.visibleAt - one.sentAt) / 1_000,
    }));
    expect(bodies.toSorted((a, b) => (a.body < b.body ? -1 : 1))).toEqual([
      { body: messages[0]?.body, looks: "2", delay: 20 },
      { body: messages[1]?.body, looks: "0", delay: 20 },
    ]);
    expect(again()).toHaveLength(2);
  });
  it("has those delivered again that cannot be put back, and the log says so", async () => {
    pieces.account.faults.failNext("sqs", "SendMessage", "InternalError");
    const failed = await run([message("a", ONE), message("b", ONE)], throttle);
    expect(failed).toHaveLength(1);
    const error = expect.stringMatching(/^InternalError/);
    expect(errors().at(-1)).toEqual({ scope: scopeOf(ONE), error });
  });
});

describe("a place that takes too long", () => {
  const forever: Run = () => new Promise(() => {});
  it("has its messages again, and the others are done", async () => {
    const messages = [message("a", ONE), message("b", TWO), message("c", ONE)];
    await run(messages, nothing);
    const slow: Run = (scope, ids) =>
      scope === scopeOf(ONE) ? forever(scope, ids) : nothing("", []);
    expect(await run(messages, slow, 800)).toEqual(["a", "c"]);
    expect(errors()).toEqual([{ scope: scopeOf(ONE) }]);
  });
  it("has them again at once where no time is left", async () => {
    const started = performance.now();
    expect(await run([message("a", ONE)], forever, -1_000)).toEqual(["a"]);
    expect(performance.now() - started).toBeLessThan(1_000);
  });
  it("is not spoken of where it was in time", async () => {
    await run([message("a", ONE)], nothing);
    await run([message("a", ONE)], nothing, 500);
    await wait(600);
    expect(lines).toEqual([]);
  });
});

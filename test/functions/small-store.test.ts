// The stores of one kind of item or two: what each keeps, and who wins where two write. What is done
// with it, other tests show through the functions; these also run on DynamoDB Local.
import { afterAll, beforeAll, expect, test } from "vitest";
import { alertStore } from "../../functions/aws/stores/alert-store.ts";
import { answerStore } from "../../functions/aws/stores/answer-store.ts";
import { brakeStore } from "../../functions/aws/stores/brake-store.ts";
import { clickStore } from "../../functions/aws/stores/click-store.ts";
import { deliveryStore } from "../../functions/aws/stores/delivery-store.ts";
import { exposureStore } from "../../functions/aws/stores/exposure-store.ts";
import { nonceStore } from "../../functions/aws/stores/nonce-store.ts";
import { pauseStore } from "../../functions/aws/stores/pause-store.ts";
import { findingOf } from "../support/findings.ts";
import { type Stored, startStored } from "../support/stored.ts";

const NOW = Date.UTC(2026, 10, 21, 12);
const MINUTE = 60_000;
const GROUP = "sg-0a1b2c3d";

let stored: Stored;
beforeAll(async () => {
  stored = await startStored();
});
afterAll(() => stored.stop());

/** How many of these won. */
const winners = async (all: readonly Promise<boolean>[]) =>
  (await Promise.all(all)).filter(won => won).length;

test("an alert is kept once, waits, is told and is forgotten", async () => {
  const store = alertStore(stored.client, stored.config());
  const finding = findingOf({ id: "f-1" });
  await store.keep(finding, { how: "again", at: NOW, due: NOW + MINUTE });
  await store.keep(finding, { how: "again", at: NOW + 1, due: NOW });
  const [kept, ...others] = await store.ofGroup(GROUP);
  if (!kept) throw new Error("nothing is kept");
  expect(others).toEqual([]);
  expect(kept).toMatchObject({ at: NOW, due: NOW + MINUTE, isTold: false });
  await store.postpone(kept, NOW + 2 * MINUTE);
  await store.noteTold(kept);
  expect(await store.all()).toMatchObject([{ due: NOW + 2 * MINUTE, isTold: true }]);
  await store.remove(kept);
  expect(await store.all()).toEqual([]);
  await expect(store.noteTold(kept)).rejects.toThrow();
  expect(await store.all()).toEqual([]);
});

test("the alerts of a minute are counted by all who send some, and one has the turn to tell", async () => {
  const store = alertStore(stored.client, stored.config());
  const counts = await Promise.all([1, 2, 3, 4, 5].map(() => store.count(NOW)));
  expect(counts.toSorted()).toEqual([1, 2, 3, 4, 5]);
  expect(await store.count(NOW + MINUTE)).toBe(1);
  expect(await winners([1, 2, 3].map(() => store.takeTurn(NOW)))).toBe(1);
  expect(await store.takeTurn(NOW + MINUTE - 1)).toBe(false);
  expect(await store.takeTurn(NOW + MINUTE)).toBe(true);
  await store.endTurn();
  expect(await store.takeTurn(NOW)).toBe(true);
});

test("a key of the API is one caller's, and answers for a day what was asked under it", async () => {
  let now = NOW;
  const store = answerStore(stored.client, stored.config(), () => now);
  const asked = { caller: "alice", key: "key-1", request: "a" };
  const begun = await Promise.all([store.begin(asked), store.begin(asked)]);
  expect(begun.map(({ kind }) => kind).toSorted()).toEqual(["in-progress", "mine"]);
  const mine = begun.find(one => one.kind === "mine");
  expect(await store.begin({ ...asked, request: "b" })).toEqual({ kind: "other-request" });
  now += MINUTE;
  const second = await store.begin(asked);
  if (mine?.kind !== "mine" || second.kind !== "mine") throw new Error("the key is nobody's");
  await store.finish(asked, mine.token, "of the one that lost its lease");
  await store.finish(asked, second.token, "done");
  expect(await store.begin(asked)).toEqual({ kind: "answered", answer: "done" });
  await store.release(asked, mine.token);
  expect(await store.begin(asked)).toEqual({ kind: "answered", answer: "done" });
  now += 24 * 60 * MINUTE;
  expect(await store.begin(asked)).toMatchObject({ kind: "mine" });
});

test("the marks of a group are written by who read the last ones, and plans are replaced", async () => {
  const store = brakeStore(stored.client, stored.config());
  const marks = (n: number) => new Uint8Array([n]);
  expect(await winners([store.mark(GROUP, marks(1), 0), store.mark(GROUP, marks(2), 0)])).toBe(1);
  expect(await store.mark(GROUP, marks(3), 1)).toBe(true);
  expect(await store.mark(GROUP, marks(4), 1)).toBe(false);
  expect(await store.marks(GROUP)).toEqual({ marks: marks(3), rev: 2 });
  expect(await store.all()).toEqual(new Map([[GROUP, { marks: marks(3), rev: 2 }]]));
  await store.forget(GROUP);
  expect(await store.marks(GROUP)).toBe(undefined);
  const plan = { id: "p-1", groups: [GROUP], toldAt: 0 };
  await store.keepPlan(plan);
  await store.keepPlan({ ...plan, toldAt: NOW });
  expect(await store.plan("p-1")).toEqual({ ...plan, toldAt: NOW });
});

test("a finding is one click's until its time is over or it is given back", async () => {
  const store = clickStore(stored.client, stored.config());
  const [one, other] = ["a", "b"].map(token => ({ token, until: NOW + MINUTE }));
  if (!one || !other) throw new Error("no clicks");
  expect(await winners([store.take("f", one, NOW), store.take("f", other, NOW)])).toBe(1);
  const first = await store.find("f");
  const [winner, loser] = first?.token === "a" ? [one, other] : [other, one];
  expect(await store.note("f", { ...loser, exception: "x" })).toBe(false);
  expect(await store.note("f", { ...winner, exception: "x-1" })).toBe(true);
  await store.giveBack("f", loser);
  expect(await store.find("f")).toEqual({ ...winner, exception: "x-1" });
  expect(await store.take("f", { ...loser, until: NOW + 2 * MINUTE }, NOW + MINUTE)).toBe(true);
  await store.giveBack("f", loser);
  expect(await store.find("f")).toBe(undefined);
});

test("a message is posted to a receiver by one, and again only by who finds it not done", async () => {
  const store = deliveryStore(stored.client, stored.config());
  const begin = (now: number) => store.begin("m", "slack", now);
  expect((await Promise.all([begin(NOW), begin(NOW)])).toSorted()).toEqual(["busy", "turn"]);
  await store.release("m", "slack");
  expect(await begin(NOW)).toBe("turn");
  expect(await begin(NOW + MINUTE)).toBe("turn");
  await store.finish("m", "slack", NOW, "posted");
  expect(await begin(NOW + 60 * MINUTE)).toBe("done");
  expect(await store.begin("m", "mail", NOW)).toBe("turn");
});

test("of two sights of an exposure the later stays, and is not forgotten by the earlier", async () => {
  const store = exposureStore(stored.client, stored.config());
  const one = { groupId: GROUP, rule: "ingress tcp 22 from 0.0.0.0/0", groups: [GROUP], seenAt: 2 };
  await store.note(one);
  await store.note({ ...one, seenAt: 1 });
  expect(await store.all()).toEqual([one]);
  await store.forget({ ...one, seenAt: 1 });
  expect(await store.all()).toEqual([one]);
  await store.forget(one);
  expect(await store.all()).toEqual([]);
});

test("a link is used up once, and says for what", async () => {
  const store = nonceStore(stored.client, stored.config(), () => NOW);
  expect(await store.find("n")).toBe(undefined);
  expect(await winners(["approve", "reject"].map(what => store.use("n", what)))).toBe(1);
  const used = await store.find("n");
  expect(used?.at).toBe("2026-11-21T12:00:00.000Z");
  expect(await store.use("n", "reject")).toBe(false);
  expect(await store.find("n")).toEqual(used);
});

test("a pause ends once, is told of by one, and is removed unless it was started anew", async () => {
  const store = pauseStore(stored.client, stored.config());
  const at = new Date(NOW).toISOString();
  const until = new Date(NOW + MINUTE).toISOString();
  const is = { until, at, by: "bob", reason: "release" };
  const kept = { kind: "pause" as const, group: GROUP, is, toldAt: NOW };
  await store.start(kept);
  await store.start({ kind: "hold", is, toldAt: NOW });
  expect(await store.all()).toEqual([kept, { kind: "hold", is, toldAt: NOW }]);
  expect(await winners([1, 2].map(n => store.claim(kept, NOW + n)))).toBe(1);
  const early = new Date(NOW + 1).toISOString();
  expect(await winners([1, 2].map(() => store.end(kept, early, "wang")))).toBe(1);
  expect(await store.remove(kept)).toBe(false);
  const [ended] = await store.all();
  if (!ended) throw new Error("no pause is kept");
  expect(await store.remove(ended)).toBe(true);
  expect(await store.all()).toEqual([{ kind: "hold", is, toldAt: NOW }]);
});

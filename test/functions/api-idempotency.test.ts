// Idempotency-Key: one request is done once however often it is sent, another one under the same key is
// a mistake, and what a crash left unanswered is taken over after a while.
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { answerStore } from "../../functions/aws/stores/answer-store.ts";
import { type ApiStage, startApi } from "../support/api.ts";

let stage: ApiStage;
beforeAll(async () => {
  stage = await startApi();
});
beforeEach(async () => {
  const { body } = await stage.ask("alice")("GET", "/exceptions?state=requested&limit=100");
  for (const { id, requester } of body.items) {
    const name = requester.kind === "user" ? "tester" : "alice";
    await stage.ask(name)("POST", `/exceptions/${id}/withdraw`);
  }
});
afterAll(() => stage.stop());

const wish = (more: object = {}) => ({
  ...{ rule: "ingress tcp 7002 from 10.1.2.3/32", group: stage.groups.deploy },
  ...{ minutes: 60, reason: "release", ...more },
});

const post = (key: string, body: object = wish(), name: "tester" | "alice" = "tester") =>
  stage.ask(name, { "idempotency-key": key })("POST", "/exceptions", body);

const ids = async () =>
  (await stage.ask("tester")("GET", "/exceptions?limit=100")).body.items.map(
    ({ id }: { id: string }) => id,
  );

it("a repeat is answered as the first was, and done once", async () => {
  const first = await post("one");
  const before = await ids();
  const again = await post("one");
  expect(again.status).toBe(201);
  expect(again.body).toEqual(first.body);
  expect(again.headers.get("location")).toBe(`/exceptions/${first.body.id}`);
  expect(await ids()).toEqual(before);
});

it("without a key the same request is done twice", async () => {
  const ask = () => stage.ask("tester")("POST", "/exceptions", wish());
  const [one, two] = [await ask(), await ask()];
  expect(one.body.id).not.toBe(two.body.id);
});

it("another body under the same key is refused", async () => {
  await post("two");
  const other = await post("two", wish({ minutes: 30 }));
  expect(other).toMatchObject({
    status: 422,
    body: { type: "urn:portward:problem:other-request" },
  });
});

it("another route under the same key is refused", async () => {
  const { body } = await post("three");
  const ask = stage.ask("tester", { "idempotency-key": "three" });
  expect((await ask("POST", `/exceptions/${body.id}/withdraw`, {})).status).toBe(422);
});

it("another caller's key is his own", async () => {
  const mine = await post("four");
  const hers = await post("four", wish(), "alice");
  expect([mine.status, hers.status]).toEqual([201, 201]);
  expect(mine.body.id).not.toBe(hers.body.id);
});

it("of many at once one is done, and the others are answered or told to wait", async () => {
  const before = (await ids()).length;
  const answers = await Promise.all(Array.from({ length: 6 }, () => post("five")));
  const statuses = new Set(answers.map(({ status }) => status));
  expect(statuses.has(201)).toBe(true);
  expect([...statuses].filter(status => status !== 201 && status !== 409)).toEqual([]);
  expect((await ids()).length).toBe(before + 1);
});

it("nothing is kept of what was refused, so that it may be tried again", async () => {
  expect((await post("six", wish({ group: "sg-00000000" }))).status).toBe(400);
  expect((await post("six")).status).toBe(201);
});

it("is used up after a day", async () => {
  const first = await post("seven");
  await stage.later(24 * 3_600);
  const next = await post("seven");
  expect(next.status).toBe(201);
  expect(next.body.id).not.toBe(first.body.id);
});

it.each(["a,b", "a b", "x".repeat(129)])("%j is no key", async key => {
  const { status, body } = await post(key);
  expect([status, body.type]).toEqual([400, "urn:portward:problem:request.idempotency-key"]);
});

it("a key whose holder died is taken over when its lease is over", async () => {
  const store = answerStore(stage.documents, stage.aws.config, stage.aws.clock);
  const asked = { caller: "wang", key: "eight", request: "a" };
  const dead = await store.begin(asked);
  expect(dead.kind).toBe("mine");
  expect(await store.begin(asked)).toMatchObject({ kind: "in-progress" });
  expect(await store.begin({ ...asked, request: "b" })).toEqual({ kind: "other-request" });
  await stage.later(60);
  expect(await store.begin({ ...asked, request: "b" })).toEqual({ kind: "other-request" });
  const next = await store.begin(asked);
  if (dead.kind !== "mine" || next.kind !== "mine") throw new Error("nobody has the key");
  await store.finish(asked, dead.token, "of the dead");
  await store.release(asked, dead.token);
  expect(await store.begin(asked)).toMatchObject({ kind: "in-progress" });
  await store.finish(asked, next.token, "of the living");
  expect(await store.begin(asked)).toEqual({ kind: "answered", answer: "of the living" });
});

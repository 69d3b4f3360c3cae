// Jobs: stored before they are announced, one runner at a time, taken over when a runner dies, and
// results of any size.
import { randomBytes } from "node:crypto";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventSender } from "../../functions/aws/events.ts";
import { type JobStore, jobStore } from "../../functions/aws/stores/job-store.ts";
import { jobEvents } from "../../functions/wiring/triggers.ts";
import { matches } from "../../local/pattern.ts";
import { clientOptions, type Stored, startStored } from "../support/stored.ts";

const NOW = Date.parse("2026-11-21T12:00:00Z");
const MINUTE = 60_000;
const LEASE = 15 * MINUTE;

let stored: Stored;
let events: EventBridgeClient;
beforeAll(async () => {
  stored = await startStored();
  events = new EventBridgeClient({ ...clientOptions(stored.account), maxAttempts: 1 });
});
afterAll(async () => {
  events.destroy();
  await stored.stop();
});

function world() {
  const config = stored.config();
  const errors: string[] = [];
  let now = NOW;
  const surroundings = {
    clock: () => now,
    send: eventSender(events, { eventBus: "default" }),
    log: { error: (message: string) => errors.push(message) },
  };
  return {
    errors,
    store: jobStore(stored.client, config, surroundings),
    with: (client: Stored["client"]): JobStore => jobStore(client, config, surroundings),
    later(ms: number) {
      now += ms;
    },
  };
}

const announced = (id: string) =>
  stored.account.bus
    .events()
    .filter(event => matches(jobEvents, event) && (event.detail as { id?: string }).id === id);

const audit = { kind: "audit", by: "arn:aws:iam::111122223333:user/wang", input: {} } as const;
const files = [{ name: "matrix.yaml", text: "matrix: m\n" }];

const claimed = async (store: JobStore, id: string) => {
  const job = await store.claim(id);
  if (!job) throw new Error(`${id} cannot be claimed`);
  return job;
};

describe("a job that is asked for", () => {
  test("is stored and announced by its id and kind alone", async () => {
    const { store } = world();
    const job = await store.request({ kind: "plan", by: "wang", input: { files } });
    expect(job.id).toMatch(/^j-[0-9a-hjkmnp-tv-z]{26}$/);
    expect(await store.get(job.id)).toEqual({
      ...{ id: job.id, kind: "plan", by: "wang", state: "requested" },
      at: "2026-11-21T12:00:00.000Z",
    });
    const [event, ...more] = announced(job.id);
    expect(more).toEqual([]);
    expect(event).toMatchObject({ source: "portward", detail: { id: job.id, kind: "plan" } });
    expect(Object.keys(event?.detail as object)).toEqual(["id", "kind"]);
  });

  test("is kept when its event is lost, and announced again by the reminder", async () => {
    const { store, later, errors } = world();
    stored.account.faults.failNext("events", "PutEvents", "InternalException");
    const { id } = await store.request(audit);
    expect(errors).toEqual(["a job could not be announced"]);
    expect(announced(id)).toEqual([]);
    later(MINUTE);
    await store.remind();
    expect(announced(id)).toEqual([]);
    later(MINUTE);
    expect(await store.waiting()).toMatchObject([{ id, state: "requested" }]);
    await store.remind();
    expect(announced(id)).toHaveLength(1);
  });

  test.each([
    { call: 1, when: "before", left: 0 },
    { call: 1, when: "after", left: 0 },
    { call: 2, when: "before", left: 0 },
    { call: 2, when: "after", left: 1 },
  ] as const)("is whole or not there when its asker crashes at call $call, $when", async crash => {
    const { store, with: by, later } = world();
    const crashing = by(stored.crashingClient(crash.call, crash.when));
    await expect(
      crashing.request({ kind: "plan", by: "wang", input: { files } }),
    ).rejects.toThrow();
    later(5 * MINUTE);
    const left = await store.waiting();
    expect(left).toHaveLength(crash.left);
    for (const { id } of left) expect(await store.claim(id)).toMatchObject({ input: { files } });
  });

  test("waits in the order it was asked for", async () => {
    const { store, later } = world();
    const ids: string[] = [];
    for (let count = 0; count < 3; count++) {
      ids.push((await store.request(audit)).id);
      later(1);
    }
    later(5 * MINUTE);
    expect((await store.waiting()).map(({ id }) => id)).toEqual(ids);
  });
});

describe("a job that is taken up", () => {
  test("is one runner's, with its input, until he ends it", async () => {
    const { store, later } = world();
    const input = { files, planId: "j-1", version: 3, note: "one more runner" };
    const { id } = await store.request({ kind: "apply", by: "wang", input });
    const [one, two] = await Promise.all([store.claim(id), store.claim(id)]);
    expect([one, two].filter(Boolean)).toHaveLength(1);
    const mine = one ?? two;
    expect(mine).toMatchObject({ id, kind: "apply", by: "wang", state: "running", input });
    expect(await store.get(id)).toMatchObject({ state: "running" });
    later(MINUTE);
    if (mine)
      expect(await store.finish(mine, { state: "done", result: { version: 4 } })).toBe(true);
    expect(await store.get(id)).toMatchObject({
      state: "done",
      endedAt: "2026-11-21T12:01:00.000Z",
      result: { version: 4 },
    });
    later(LEASE);
    expect(await store.claim(id)).toBeUndefined();
    expect(await store.waiting()).toEqual([]);
  });

  test("is another's when its runner dies, and the dead one's end is refused", async () => {
    const { store, later } = world();
    const { id } = await store.request(audit);
    const dead = await claimed(store, id);
    later(LEASE - 1);
    expect(await store.waiting()).toEqual([]);
    expect(await store.claim(id)).toBeUndefined();
    later(1);
    expect(await store.waiting()).toMatchObject([{ id, state: "running" }]);
    const next = await claimed(store, id);
    expect(await store.finish(dead, { state: "done", result: "old" })).toBe(false);
    expect(await store.finish(next, { state: "done", result: "new" })).toBe(true);
    expect(await store.get(id)).toMatchObject({ state: "done", result: "new" });
  });

  test("has failed after three runners died on it", async () => {
    const { store, later } = world();
    const { id } = await store.request(audit);
    for (let run = 0; run < 3; run++) {
      await claimed(store, id);
      later(LEASE);
    }
    expect(await store.claim(id)).toBeUndefined();
    expect(await store.waiting()).toEqual([]);
    expect(await store.get(id)).toMatchObject({
      state: "failed",
      because: "it was begun 3 times and never came to an end",
    });
  });

  test("has failed when nobody took it up within a day", async () => {
    const { store, later } = world();
    const { id } = await store.request(audit);
    later(24 * 60 * MINUTE);
    expect(await store.claim(id)).toBeUndefined();
    expect(await store.waiting()).toEqual([]);
    expect(await store.get(id)).toMatchObject({ state: "failed" });
  });

  test("says why it was refused, on one line", async () => {
    const { store } = world();
    const { id } = await store.request(audit);
    const because = "version 4 is active\n, and this was made from 3";
    const end = { state: "refused", code: "moved", because } as const;
    await store.finish(await claimed(store, id), end);
    expect(await store.get(id)).toMatchObject({
      ...{ state: "refused", code: "moved" },
      because: "version 4 is active\\u{a}, and this was made from 3",
    });
  });

  test("ends once although the answer to its end is lost", async () => {
    const { store, with: by } = world();
    const { id } = await store.request(audit);
    const job = await claimed(store, id);
    const repeating = by(stored.repeatingClient());
    expect(await repeating.finish(job, { state: "done", result: 1 })).toBe(true);
    expect(await store.finish(job, { state: "failed", because: "late" })).toBe(false);
    expect(await store.get(id)).toMatchObject({ state: "done", result: 1 });
  });
});

test("a result of several megabytes is read back whole", async () => {
  const { store } = world();
  const { id } = await store.request(audit);
  const findings = Array.from({ length: 50_000 }, () => randomBytes(30).toString("hex"));
  const result = { groups: 1, findings };
  await store.finish(await claimed(store, id), { state: "done", result });
  expect((await store.get(id))?.result).toEqual(result);
});

test.each(["", "j-", "j-1", "x-01kam2v9c4q8v6w0d3e5f7g9h1", "j-01kam2v9c4q8v6w0d3e5f7g9h1"])(
  "there is no job %j",
  async id => {
    const { store } = world();
    expect(await store.get(id)).toBeUndefined();
    expect(await store.claim(id)).toBeUndefined();
  },
);

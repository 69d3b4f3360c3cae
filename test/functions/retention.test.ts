// How long what is over is kept: every store says when an item may go, by the stage's own days, and says
// nothing while what it is about still stands.
import { ScanCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Item } from "../../functions/aws/stores/dynamo.ts";
import { askHashOf, type KeptException } from "../../functions/aws/stores/exception-item.ts";
import { type ExceptionStore, exceptionStore } from "../../functions/aws/stores/exception-store.ts";
import { findingStore } from "../../functions/aws/stores/finding-store.ts";
import { jobStore } from "../../functions/aws/stores/job-store.ts";
import { type TableName, tables as wired } from "../../functions/wiring/tables.ts";
import { type LifeAction, takeStep } from "../../matrix/exceptions/exception-life.ts";
import { identityOf } from "../../matrix/exceptions/person.ts";
import type { Finding } from "../../matrix/finding.ts";
import { findingOf, triggerOf } from "../support/findings.ts";
import { type Stored, startStored, tables } from "../support/stored.ts";

let stored: Stored;
beforeAll(async () => {
  stored = await startStored();
});
afterAll(() => stored.stop());

const DAY = 24 * 3_600_000;
const NOW = Date.parse("2026-11-21T12:00:00Z");
const retention = { findings: 10, exceptions: 20, reports: 30 };
const configured = () => ({ ...stored.config(), retention });

/** When the items of a scope in a table may go, in milliseconds; undefined for never. */
async function expiries(table: TableName, of: string): Promise<(number | undefined)[]> {
  const scan = new ScanCommand({ TableName: tables[table], ConsistentRead: true });
  const { Items = [] } = await stored.client.send(scan);
  return Items.filter(({ pk }) => String(pk).includes(of)).map(({ expiresAt }: Item) =>
    typeof expiresAt === "number" ? expiresAt * 1_000 : undefined,
  );
}

describe("a finding", () => {
  const at = (ms: number) => new Date(ms).toISOString();
  const open: Partial<Finding> = { outcome: "left-open", seenAt: at(NOW), calls: [], notes: [] };
  const closed = { outcome: "closed", seenAt: at(NOW), closedAt: at(NOW + DAY) } as const;

  function world() {
    const config = configured();
    const store = findingStore(stored.client, config, () => NOW);
    return {
      record: (given: Partial<Finding>) => store.record(findingOf(given), NOW),
      expiry: () => expiries("findings", config.scope),
      store,
    };
  }

  it("never expires while its drift stands, and does from the end that a later run sees", async () => {
    const { record, expiry } = world();
    const { closedAt: _, ...standing } = findingOf(open);
    await record(standing);
    expect(await expiry()).toEqual([undefined]);
    await record({ outcome: "could-not-close", trigger: triggerOf("e-2") });
    expect(await expiry()).toEqual([undefined]);
    await record({ ...closed, trigger: triggerOf("e-3") });
    expect(await expiry()).toEqual([NOW + DAY + 10 * DAY]);
  });

  it("that is over when it is recorded expires from then, and reads as it always did", async () => {
    const { record, expiry, store } = world();
    const recorded = await record(closed);
    expect(await expiry()).toEqual([NOW + DAY + 10 * DAY]);
    expect(await store.get(recorded.id)).toEqual(recorded);
    expect(Object.keys(recorded)).not.toContain("expiresAt");
  });

  it("of a stranger's call expires, as the call is over once made", async () => {
    const { record, expiry } = world();
    const { closedAt: _, ...call } = findingOf({ kind: "impostor", outcome: "reported" });
    await record({ ...call, seenAt: at(NOW) });
    expect(await expiry()).not.toContain(undefined);
  });

  it("is listed as far back as it is kept", async () => {
    const { record, store } = world();
    const old = { seenAt: at(NOW - 9 * DAY), closedAt: at(NOW - 9 * DAY) };
    const older = { seenAt: at(NOW - 12 * DAY), closedAt: at(NOW - 12 * DAY) };
    await record({ ...old, ruleId: "sgr-0aaaaaaa", trigger: triggerOf("e-1") });
    await record({ ...older, ruleId: "sgr-0bbbbbbb", trigger: triggerOf("e-2") });
    const listed = await store.list({ since: at(NOW - 100 * DAY), limit: 9 });
    expect(listed.map(({ ruleId }) => ruleId)).toEqual(["sgr-0aaaaaaa"]);
  });
});

describe("an exception", () => {
  const END = NOW + 3_600_000;
  const user = (name: string) => identityOf(`arn:aws:iam::111122223333:user/${name}`);
  const directory = {
    account: "111122223333",
    people: {},
    approvers: ["arn:aws:iam::111122223333:user/wang"],
  };

  async function step(store: ExceptionStore, id: string, action: LifeAction, name?: string) {
    const kept = await store.get(id);
    if (!kept) throw new Error(`no ${id}`);
    const by = name === undefined ? {} : { by: user(name) };
    const hashes = { hash: kept.askHash, actualHash: askHashOf(kept) };
    const now = action === "end" ? END : NOW;
    const taken = takeStep(kept, { action, now, directory, ...by, ...hashes });
    if (taken.kind === "refused") throw new Error(taken.because);
    await store.move(kept, { action, to: taken.to, ...by });
  }

  async function made(): Promise<{ scope: string; store: ExceptionStore; kept: KeptException }> {
    const config = configured();
    const store = exceptionStore(stored.client, config, () => NOW);
    const ask = {
      ...{ start: NOW, end: END, groups: ["sg-0a1b2c3d"], open: true, reason: "release" },
      rule: "ingress tcp 22 from 203.0.113.7/32",
    };
    const asked = { ask, requester: user("li"), personKey: "li", perRequester: 5 };
    const kept = await store.create(asked);
    if ("kind" in kept) throw new Error(kept.because);
    return { scope: config.scope, store, kept };
  }

  const expiry = END + 20 * DAY;

  it("never expires while it is asked for, approved or active, however late it is ended", async () => {
    const { scope, store, kept } = await made();
    const heads = () => expiries("exceptions", `GROUP#${scope}`);
    expect(await heads()).toEqual([undefined]);
    await step(store, kept.id, "approve", "wang");
    await step(store, kept.id, "start");
    expect(await heads()).toEqual([undefined]);
    await step(store, kept.id, "end");
    expect(await heads()).toEqual([expiry]);
  });

  it("expires with all that leads to it and all that was done to it, from its end", async () => {
    const { scope, store, kept } = await made();
    await step(store, kept.id, "withdraw", "li");
    const all = await expiries("exceptions", scope);
    expect(all.length).toBeGreaterThan(1);
    expect(new Set(all)).toEqual(new Set([expiry]));
    expect(await expiries("history", kept.id)).toEqual([expiry, expiry]);
    expect((await store.history(kept.id)).flatMap(Object.keys)).not.toContain("expiresAt");
  });
});

describe("a job", () => {
  it("expires with its data from when it was asked for", async () => {
    const config = configured();
    const around = {
      clock: () => NOW,
      send: async () => undefined,
      log: { error: () => undefined },
    };
    const store = jobStore(stored.client, config, around);
    await store.request({ kind: "audit", by: "li", input: {} });
    const all = await expiries("ops", `JOB#${config.scope}`);
    expect(all.length).toBeGreaterThan(1);
    expect(new Set(all)).toEqual(new Set([NOW + 30 * DAY]));
  });
});

describe("a table", () => {
  it("lets items go by that attribute, but for the matrix and its versions", () => {
    const going = Object.entries(wired).filter(([, { expiry }]) => expiry === "expiresAt");
    expect(going.map(([name]) => name)).toEqual(["exceptions", "history", "findings", "ops"]);
    expect(wired.policy.expiry).toBeUndefined();
  });
});

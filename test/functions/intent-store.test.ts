// What runs leave behind: intents of any size, and the list of groups to look at again.

import { randomBytes } from "node:crypto";
import { PutCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { intentStore } from "../../functions/aws/stores/intent-store.ts";
import type { Intent } from "../../matrix/finding.ts";
import { findingOf } from "../support/findings.ts";
import { type Stored, startStored, tables } from "../support/stored.ts";

let stored: Stored;
beforeAll(async () => {
  stored = await startStored();
});
afterAll(() => stored.stop());

const freshStore = () => intentStore(stored.client, stored.config());

function intentOf(given: Partial<Intent> = {}): Intent {
  return {
    runId: "run-1",
    groupId: "sg-0a1b2c3d",
    at: "2026-11-21T12:00:00.000Z",
    findings: [findingOf()],
    before: ["ingress tcp 22 from 0.0.0.0/0", "egress all to 0.0.0.0/0"],
    plan: ["revoke ingress tcp 22 from 0.0.0.0/0"],
    ...given,
  };
}

/** Texts that do not pack: so many of 80 characters each. */
const noise = (count: number): string[] =>
  Array.from({ length: count }, () => randomBytes(40).toString("hex"));

describe("intents", () => {
  test("are read back by group until they are removed", async () => {
    const store = freshStore();
    const intents = [
      intentOf(),
      intentOf({ runId: "run-2" }),
      intentOf({ groupId: "sg-0a1b2c3d4" }),
    ];
    for (const intent of intents) await store.put(intent);
    expect(await store.forGroup("sg-0a1b2c3d")).toEqual(intents.slice(0, 2));
    await store.remove("sg-0a1b2c3d", "run-1");
    await store.remove("sg-0a1b2c3d", "run-1");
    expect(await store.forGroup("sg-0a1b2c3d")).toEqual([intents[1]]);
    expect(await store.all()).toEqual([intents[1], intents[2]]);
  });

  test("are replaced by their own run's later ones, and never by earlier ones", async () => {
    const store = freshStore();
    const later = intentOf({ at: "2026-11-21T12:00:01.000Z", plan: [] });
    await store.put(intentOf());
    await store.put(later);
    await store.put(intentOf());
    expect(await store.all()).toEqual([later]);
  });

  test("are read from every page", async () => {
    const store = freshStore();
    const runs = Array.from({ length: 6 }, (_, index) => `run-${index}`);
    for (const runId of runs) await store.put(intentOf({ runId, before: noise(5_500) }));
    expect((await store.all()).map(({ runId }) => runId)).toEqual(runs);
    expect((await store.forGroup("sg-0a1b2c3d")).map(({ runId }) => runId)).toEqual(runs);
  });

  test("of a thousand findings and rules are kept whole, as they pack", async () => {
    const store = freshStore();
    const rules = Array.from({ length: 2_000 }, (_, index) => `ingress tcp ${index} from ::/0`);
    const findings = rules.map((rule, index) => findingOf({ rule, ruleId: `sgr-${index}` }));
    const intent = intentOf({ findings, before: rules, plan: rules.map(r => `revoke ${r}`) });
    expect(JSON.stringify(intent).length).toBeGreaterThan(1_500_000);
    await store.put(intent);
    expect(await store.forGroup(intent.groupId)).toEqual([intent]);
  });

  test.each([
    { before: 12_000, plan: 10, left: { before: [], beforeCount: 12_000 } },
    { before: 3, plan: 12_000, left: { before: [], plan: [], beforeCount: 3, planCount: 12_000 } },
  ])(
    "too large for one item keep their findings and count the rest: $before rules, $plan steps",
    async ({ before, plan, left }) => {
      const store = freshStore();
      const intent = intentOf({ before: noise(before), plan: noise(plan) });
      await store.put(intent);
      expect(await store.forGroup(intent.groupId)).toEqual([{ ...intent, ...left }]);
    },
  );

  test("whose findings alone are too large are refused aloud", async () => {
    const findings = [findingOf({ calls: noise(12_000) })];
    await expect(freshStore().put(intentOf({ findings }))).rejects.toThrow("too large to store");
  });

  test("that cannot be read are an error, not no intent", async () => {
    const config = stored.config();
    const item = { pk: `INTENT#${config.scope}`, sk: "sg-0a1b2c3d#run-1", data: Buffer.from("x") };
    await stored.client.send(new PutCommand({ TableName: tables.ops, Item: item }));
    const store = intentStore(stored.client, config);
    await expect(store.all()).rejects.toThrow("sg-0a1b2c3d#run-1 cannot be read");
  });

  test("throw when DynamoDB goes on refusing", async () => {
    const store = intentStore(stored.impatientClient(), stored.config());
    const throttled = "ProvisionedThroughputExceededException";
    stored.account.faults.failNext("dynamodb", "PutItem", throttled);
    await expect(store.put(intentOf())).rejects.toThrow(throttled);
    stored.account.faults.failNext("dynamodb", "Query", throttled);
    await expect(store.forGroup("sg-0a1b2c3d")).rejects.toThrow(throttled);
  });
});

describe("the dirty list", () => {
  test("keeps the newest mark of a group, whichever comes last", async () => {
    const store = freshStore();
    await store.markDirty("sg-1", "open", 2_000);
    await store.markDirty("sg-1", "owed", 1_000);
    await store.markDirty("*", "a record without a group", 3_000);
    expect(await store.dirtyGroups()).toEqual([
      { groupId: "*", because: "a record without a group", at: 3_000 },
      { groupId: "sg-1", because: "open", at: 2_000 },
    ]);
  });

  test.each([
    ["an older mark", 1_999, 2_000, true],
    ["a mark of the same moment", 2_000, 2_000, true],
    ["a newer mark", 2_001, 2_000, false],
  ])("clears %s: %i by %i", async (_, mark, at, isCleared) => {
    const store = freshStore();
    await store.markDirty("sg-1", "open", mark);
    expect(await store.clearDirty("sg-1", at)).toBe(isCleared);
    expect(await store.dirtyGroups()).toHaveLength(isCleared ? 0 : 1);
  });

  test("clears what is not marked", async () => {
    expect(await freshStore().clearDirty("sg-1", 1)).toBe(true);
  });

  test.each([2, 50])(
    "keeps the newest of %i marks at once, against a sweep that clears",
    async n => {
      const store = freshStore();
      const marks = Array.from({ length: n }, (_, index) =>
        store.markDirty("sg-1", `mark ${index}`, 1_000 + index),
      );
      await Promise.all([...marks, store.clearDirty("sg-1", 999)]);
      expect(await store.dirtyGroups()).toMatchObject([{ at: 1_000 + n - 1 }]);
    },
  );
});

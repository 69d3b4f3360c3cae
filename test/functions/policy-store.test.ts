// The stored policy: versions of the matrix under races, crashes and damage; pauses, holds and
// exceptions; and that an answer that is missing is never taken for "nothing".
import { randomBytes } from "node:crypto";
import { type BatchGetCommandInput, DeleteCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Item, Key } from "../../functions/aws/stores/dynamo.ts";
import { packMatrix } from "../../functions/aws/stores/matrix-chunks.ts";
import { type PolicyStore, policyStore } from "../../functions/aws/stores/policy-store.ts";
import type { MatrixDocument } from "../../matrix/document.ts";
import { noPins } from "../../matrix/flows/selection.ts";
import { type Stored, startStored, tables } from "../support/stored.ts";

let stored: Stored;
beforeAll(async () => {
  stored = await startStored();
});
afterAll(() => stored.stop());

const NOW = Date.parse("2026-11-21T12:00:00Z");
const GROUP = "sg-0a1b2c3d";

function documentOf(name: string, networks: MatrixDocument["networks"] = {}): MatrixDocument {
  return {
    matrix: name,
    mode: "observe",
    vpcs: [],
    networks,
    groups: {},
    flows: [],
    forbids: [],
    people: {},
    exceptions: { approvers: [], maxDurationMinutes: 480, perRequester: 5, breakGlassMinutes: 0 },
  };
}

/** A document that does not pack: addresses drawn at random. */
function largeDocument(bytes: number): MatrixDocument {
  const blocks = Array.from({ length: Math.ceil(bytes / 60) }, () => ({
    kind: "cidr" as const,
    cidr: `2001:db8:${randomBytes(8)
      .toString("hex")
      .replace(/(....)/g, "$1:")}:/128`,
  }));
  return documentOf("large", { everybody: blocks });
}

const matrixOf = (document: MatrixDocument, from: number) => ({
  document,
  pins: noPins,
  by: "arn:aws:iam::111122223333:user/wang",
  at: "2026-11-21T12:00:00.000Z",
  note: `made from ${from}`,
  from,
});

/** A store of a fresh scope, and another view of it with a cold cache. */
function freshStore() {
  const config = stored.config();
  const open = (client = stored.client) => policyStore(client, config, () => NOW);
  return { config, store: open(), open };
}

async function activeName(store: PolicyStore): Promise<string | undefined> {
  const { active } = await store.readPolicy();
  return active && (await store.readMatrix(active)).document.matrix;
}

describe("a matrix", () => {
  test("is absent until one is applied", async () => {
    expect(await freshStore().store.readPolicy(GROUP)).toEqual({});
  });

  test("is read back as it was applied, pins and all", async () => {
    const { store, open } = freshStore();
    const pins = {
      groups: { api: [{ id: GROUP, owner: "111122223333", name: "funai-api" }] },
      lists: { "pl-0a1b2c3d": { owner: "111122223333", entries: ["10.0.0.0/8"] } },
    };
    const document = documentOf("one", { office: [{ kind: "cidr", cidr: "203.0.113.0/24" }] });
    const answer = await store.writeMatrix({ ...matrixOf(document, 0), pins });
    expect(answer).toMatchObject({ applied: { version: 1, chunks: 1 } });
    const { active } = await open().readPolicy(GROUP);
    expect(active).toEqual("applied" in answer && answer.applied);
    expect(await open().readMatrix(active!)).toEqual({ document, pins, version: 1 });
  });

  test("of two megabytes that do not pack is stored in chunks under the item limit", async () => {
    const { store, open } = freshStore();
    const document = largeDocument(2_000_000);
    await store.writeMatrix(matrixOf(document, 0));
    const { active } = await open().readPolicy();
    expect(active?.chunks).toBeGreaterThan(5);
    expect((await open().readMatrix(active!)).document).toEqual(document);
  });

  test("is the same object as long as the version stays, and read anew when it changes", async () => {
    const { store } = freshStore();
    await store.writeMatrix(matrixOf(documentOf("one"), 0));
    const { active: first } = await store.readPolicy();
    const before = await store.readMatrix(first!);
    expect(await store.readMatrix(first!)).toBe(before);
    await store.writeMatrix(matrixOf(documentOf("one"), 1));
    const { active: second } = await store.readPolicy();
    expect(await store.readMatrix(second!)).toEqual({ ...before, version: 2 });
  });

  test("hashes alike whatever the order of its keys", () => {
    const document = documentOf("one", { a: [], b: [] });
    const turned = Object.fromEntries(Object.entries(document).reverse());
    const other = { ...turned, networks: { b: [], a: [] } } as unknown as MatrixDocument;
    expect(packMatrix({ document: other, pins: noPins }).sha).toBe(
      packMatrix({ document, pins: noPins }).sha,
    );
  });
});

describe("applying", () => {
  test("is refused when another version is active than the one it was made from", async () => {
    const { store } = freshStore();
    await store.writeMatrix(matrixOf(documentOf("one"), 0));
    await store.writeMatrix(matrixOf(documentOf("two"), 1));
    const late = await store.writeMatrix(matrixOf(documentOf("late"), 1));
    expect(late).toMatchObject({
      refused: {
        because: "version 2 is active, and this was made from version 1",
        active: { version: 2 },
      },
    });
    expect(await store.writeMatrix(matrixOf(documentOf("first"), 0))).toHaveProperty("refused");
    expect(await activeName(store)).toBe("two");
  });

  test.each([
    [2, 0],
    [50, 0],
    [2, 1],
    [50, 1],
  ])("has one winner among %i writers at once from version %i", async (writers, from) => {
    const { store, open } = freshStore();
    if (from === 1) await store.writeMatrix(matrixOf(documentOf("old"), 0));
    const answers = await Promise.all(
      Array.from({ length: writers }, (_, index) =>
        open().writeMatrix(matrixOf(documentOf(`writer ${index}`), from)),
      ),
    );
    const winners = answers.flatMap((answer, index) => ("applied" in answer ? [index] : []));
    expect(winners).toHaveLength(1);
    expect(await activeName(store)).toBe(`writer ${winners[0]}`);
    // Numbers the losers took are no obstacle, and no part of the history.
    const [latest] = await store.history();
    const next = await store.writeMatrix(matrixOf(documentOf("next"), latest?.version ?? 0));
    expect(next).toHaveProperty("applied");
    expect(await store.history()).toHaveLength(from + 2);
  });

  const calls = Array.from({ length: 8 }, (_, index) => index + 1);
  test.each(calls.flatMap(call => [[call, "before"] as const, [call, "after"] as const]))(
    "leaves the old version or the new one when it crashes at call %i, %s its effect",
    async (call, when) => {
      const { store, open } = freshStore();
      await store.writeMatrix(matrixOf(documentOf("old"), 0));
      const crashed = open(stored.crashingClient(call, when));
      const ending = await crashed.writeMatrix(matrixOf(largeDocument(400_000), 1)).then(
        () => "done",
        () => "crashed",
      );
      const { active } = await open().readPolicy();
      if (ending === "done") expect(active?.version).toBe(2);
      expect(await activeName(open())).toBe(active?.version === 2 ? "large" : "old");
      const from = active?.version ?? 0;
      const again = await store.writeMatrix(matrixOf(documentOf("again"), from));
      expect(again).toHaveProperty("applied");
      expect((await store.history()).map(one => one.parent)).toEqual(
        from === 1 ? [1, 0] : [2, 1, 0],
      );
    },
  );

  test("knows that it won although the answers were lost and every call was made twice", async () => {
    const { open } = freshStore();
    const repeating = open(stored.repeatingClient());
    for (const from of [0, 1]) {
      const answer = await repeating.writeMatrix(matrixOf(documentOf("one"), from));
      expect(answer).toMatchObject({ applied: { version: from + 1 } });
    }
    expect((await open().history()).map(one => one.version)).toEqual([2, 1]);
  });

  test("mends a chunk of its own content that was damaged", async () => {
    const { store, config, open } = freshStore();
    await store.writeMatrix(matrixOf(documentOf("one"), 0));
    const { active } = await store.readPolicy();
    const pk = `MATRIX#${config.scope}#${active?.sha}`;
    await put(tables.policy, { pk, sk: "C#000", data: Buffer.from("damaged") });
    await expect(open().readMatrix(active!)).rejects.toThrow("matrix version 1 is damaged");
    await store.writeMatrix(matrixOf(documentOf("one"), 1));
    expect(await activeName(open())).toBe("one");
  });
});

describe("a matrix that is not whole", () => {
  test("names the chunk that is missing", async () => {
    const { store, config, open } = freshStore();
    await store.writeMatrix(matrixOf(largeDocument(1_000_000), 0));
    const { active } = await store.readPolicy();
    const Key = { pk: `MATRIX#${config.scope}#${active?.sha}`, sk: "C#001" };
    await stored.client.send(new DeleteCommand({ TableName: tables.policy, Key }));
    await expect(open().readMatrix(active!)).rejects.toThrow(
      `matrix version 1 is incomplete: chunk 2 of ${active?.chunks} is missing`,
    );
  });

  test("fails its hash when a chunk is another matrix's", async () => {
    const { store, config, open } = freshStore();
    await store.writeMatrix(matrixOf(documentOf("one"), 0));
    const { active } = await store.readPolicy();
    const other = packMatrix({ document: documentOf("two"), pins: noPins });
    const pk = `MATRIX#${config.scope}#${active?.sha}`;
    await put(tables.policy, { pk, sk: "C#000", data: other.chunks[0] });
    await expect(open().readMatrix(active!)).rejects.toThrow(
      `matrix version 1 is damaged: its hash is ${other.sha}, not ${active?.sha}`,
    );
  });

  test("is an error where its pointer cannot be read", async () => {
    const { store, config } = freshStore();
    await put(tables.policy, { pk: `MATRIX#${config.scope}`, sk: "ACTIVE", version: 3 });
    await expect(store.readPolicy()).rejects.toThrow("cannot be read");
  });
});

describe("versions", () => {
  test("are listed newest first and can be read again", async () => {
    const { store } = freshStore();
    await store.writeMatrix(matrixOf(documentOf("one"), 0));
    await store.writeMatrix(matrixOf(documentOf("two"), 1));
    expect((await store.history()).map(({ version, note }) => [version, note])).toEqual([
      [2, "made from 1"],
      [1, "made from 0"],
    ]);
    expect((await store.readVersion(1)).document.matrix).toBe("one");
    await expect(store.readVersion(3)).rejects.toThrow("matrix version 3 was never applied");
  });
});

describe("pauses and holds", () => {
  const until = (offset: number) => new Date(NOW + offset).toISOString();
  const by = { by: "wang", reason: "maintenance", at: until(-60_000) };

  test.each([
    ["of every group", "ALL", 1, true],
    ["of the group", GROUP, 1, true],
    ["of another group", "sg-0ffffffff", 1, false],
    ["that ends this moment", "ALL", 0, false],
    ["that has ended", GROUP, -1, false],
  ])("a pause %s is read as the clock says", async (_, sk, ends, isPaused) => {
    const { store, config } = freshStore();
    await put(tables.policy, { pk: `PAUSE#${config.scope}`, sk, until: until(ends), ...by });
    const { pause } = await store.readPolicy(GROUP);
    expect(pause).toEqual(isPaused ? { until: until(ends), ...by } : undefined);
  });

  test("of two pauses the one that ends later is given", async () => {
    const { store, config } = freshStore();
    const pk = `PAUSE#${config.scope}`;
    await put(tables.policy, { pk, sk: "ALL", until: until(1_000), ...by });
    await put(tables.policy, { pk, sk: GROUP, until: until(2_000), ...by });
    expect((await store.readPolicy(GROUP)).pause?.until).toBe(until(2_000));
  });

  test("a hold is its group's alone", async () => {
    const { store, config } = freshStore();
    await put(tables.policy, { pk: `HOLD#${config.scope}`, sk: GROUP, ...by });
    expect((await store.readPolicy(GROUP)).hold).toEqual(by);
    expect((await store.readPolicy("sg-0ffffffff")).hold).toBeUndefined();
  });

  test("a pause without a readable end is an error, not no pause", async () => {
    const { store, config } = freshStore();
    await put(tables.policy, { pk: `PAUSE#${config.scope}`, sk: "ALL", until: "soon", ...by });
    await expect(store.readPolicy()).rejects.toThrow("its end is not a time");
  });

  test("the summary lists what is in force", async () => {
    const { store, config } = freshStore();
    await store.writeMatrix(matrixOf(documentOf("one"), 0));
    const pk = `PAUSE#${config.scope}`;
    await put(tables.policy, { pk, sk: "ALL", until: until(-1), ...by });
    await put(tables.policy, { pk, sk: GROUP, until: until(1), ...by });
    await put(tables.policy, { pk: `HOLD#${config.scope}`, sk: GROUP, ...by });
    expect(await store.activeSummary()).toMatchObject({
      active: { version: 1, note: "made from 0", parent: 0 },
      pauses: [{ group: GROUP, until: until(1) }],
      holds: [{ group: GROUP, reason: "maintenance" }],
    });
  });
});

describe("exceptions", () => {
  const exception = (id: string, end: number, more = {}) => ({
    ...{ id, state: "approved", start: NOW - 1_000, end, groups: [GROUP], open: true },
    ...{ reason: "release", rule: "ingress tcp 22 from 203.0.113.7/32", ...more },
  });
  const putException = (scope: string, item: { id: string }) =>
    put(tables.exceptions, { pk: `GROUP#${scope}#${GROUP}`, sk: `X#${item.id}`, rev: 1, ...item });

  test("are read whole, without the ones that ended long ago", async () => {
    const { store, config } = freshStore();
    const flow = { from: [{ kind: "public" }], to: [{ kind: "entry", name: "api" }], ports: [] };
    const { rule: _, ...asked } = exception("x-2", NOW - 60_000, { flow });
    await putException(config.scope, exception("x-1", NOW + 60_000));
    await putException(config.scope, asked);
    await putException(config.scope, exception("x-3", NOW - 8 * 24 * 3_600_000));
    expect(await store.exceptionsFor(GROUP, NOW)).toEqual([exception("x-1", NOW + 60_000), asked]);
    expect(await store.exceptionsFor("sg-0ffffffff", NOW)).toEqual([]);
  });

  test("are read from every page", async () => {
    const { store, config } = freshStore();
    const reason = "r".repeat(300_000);
    const ids = ["x-1", "x-2", "x-3", "x-4", "x-5", "x-6", "x-7"];
    for (const id of ids) await putException(config.scope, exception(id, NOW + 1, { reason }));
    expect((await store.exceptionsFor(GROUP, NOW)).map(({ id }) => id)).toEqual(ids);
  });

  test.each([{ end: "tomorrow" }, { groups: "all" }, { rule: undefined }, { state: undefined }])(
    "one that cannot be read is an error, not no exception: %j",
    async damage => {
      const { store, config } = freshStore();
      await putException(config.scope, exception("x-1", NOW + 1, damage));
      await expect(store.exceptionsFor(GROUP, NOW)).rejects.toThrow("X#x-1 cannot be read");
    },
  );
});

describe("DynamoDB's failures", () => {
  const throttled = "ProvisionedThroughputExceededException";

  test("a read that is throttled once is repeated", async () => {
    const { store } = freshStore();
    stored.account.faults.failNext("dynamodb", "Query", throttled);
    expect(await store.exceptionsFor(GROUP, NOW)).toEqual([]);
  });

  test.each([
    ["exceptions", "Query", (store: PolicyStore) => store.exceptionsFor(GROUP, NOW)],
    ["the policy", "BatchGetItem", (store: PolicyStore) => store.readPolicy(GROUP)],
    ["the history", "GetItem", (store: PolicyStore) => store.history()],
  ])("reading %s throws when it goes on", async (_, action, read) => {
    const store = freshStore().open(stored.impatientClient());
    stored.account.faults.failNext("dynamodb", action, throttled);
    await expect(read(store)).rejects.toThrow(throttled);
  });

  test("keys it leaves out are asked for again, and at last are an error", async () => {
    const { store, config, open } = freshStore();
    await store.writeMatrix(matrixOf(documentOf("one"), 0));
    expect((await open(forgetfulClient(2)).readPolicy(GROUP)).active?.version).toBe(1);
    await expect(open(forgetfulClient(99)).readPolicy(GROUP)).rejects.toThrow(
      `left keys of ${config.tables.policy} unread after 5 attempts`,
    );
  });
});

/** A client whose first answers to BatchGetItem leave every key out, as a busy table's may. */
function forgetfulClient(times: number) {
  const client = stored.crashingClient(99, "before");
  let left = times;
  client.middlewareStack.add(
    next => async args => {
      const answer = await next(args);
      const input = args.input as BatchGetCommandInput;
      if (!input.RequestItems || left-- <= 0) return answer;
      const output = { ...(answer.output as object), UnprocessedKeys: input.RequestItems };
      return { ...answer, output: { ...output, Responses: {} } } as typeof answer;
    },
    { step: "initialize" },
  );
  return client;
}

const put = (TableName: string, Item: Item & Key) =>
  stored.client.send(new PutCommand({ TableName, Item }));

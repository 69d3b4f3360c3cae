// Exceptions in the table: two who act at once always leave a legal end, a crash at any call leaves no
// half that permits, and what was done stays on record.

import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exceptionLines } from "../../cli/exception-rows.ts";
import {
  askHashOf,
  headKey,
  historyKey,
  isChained,
  isWhole,
  type KeptException,
  newExceptionId,
} from "../../functions/aws/stores/exception-item.ts";
import { exceptionSlots } from "../../functions/aws/stores/exception-slots.ts";
import { type ExceptionStore, exceptionStore } from "../../functions/aws/stores/exception-store.ts";
import { policyStore } from "../../functions/aws/stores/policy-store.ts";
import { timeOfId } from "../../functions/aws/stores/time-id.ts";
import {
  type LifeAction,
  type LifeState,
  takeStep,
} from "../../matrix/exceptions/exception-life.ts";
import { type Directory, type Identity, identityOf } from "../../matrix/exceptions/person.ts";
import { type Stored, startStored, tables } from "../support/stored.ts";

let stored: Stored;
beforeAll(async () => {
  stored = await startStored();
});
afterAll(() => stored.stop());

const MINUTE = 60_000;
const NOW = Date.parse("2026-11-21T12:00:00Z");
const END = NOW + 60 * MINUTE;
const GROUPS = ["sg-0a1b2c3d", "sg-0b1b2c3d", "sg-0c1b2c3d"];

const user = (name: string): Identity => identityOf(`arn:aws:iam::111122223333:user/${name}`);
const directory: Directory = {
  account: "111122223333",
  people: {},
  approvers: ["wang", "chen"].map(name => `arn:aws:iam::111122223333:user/${name}`),
};

const asked = (more = {}, ask = {}) => ({
  ask: {
    ...{ start: NOW, end: END, groups: GROUPS.slice(0, 1), open: true, reason: "release" },
    ...{ rule: "ingress tcp 22 from 203.0.113.7/32", ...ask },
  },
  ...{ requester: user("li"), personKey: "li", perRequester: 5, ...more },
});

interface World {
  readonly config: ReturnType<Stored["config"]>;
  readonly store: ExceptionStore;
  /** A store of the same exceptions by another client. */
  by(client: DynamoDBDocumentClient): ExceptionStore;
}

function world(): World {
  const config = stored.config();
  const by = (client: DynamoDBDocumentClient) => exceptionStore(client, config, () => NOW);
  return { config, by, store: by(stored.client) };
}

async function make(store: ExceptionStore, more = {}, ask = {}): Promise<KeptException> {
  const made = await store.create(asked(more, ask));
  if ("kind" in made) throw new Error(made.because);
  return made;
}

/** One step as it is taken: read, decide, write, again if something moved. */
async function act(
  store: ExceptionStore,
  id: string,
  action: LifeAction,
  name?: string,
  now = NOW,
): Promise<string> {
  for (;;) {
    const kept = await store.get(id);
    if (!kept) return "unknown";
    const by = name === undefined ? {} : { by: user(name) };
    const hashes = { hash: kept.askHash, actualHash: askHashOf(kept) };
    const taken = takeStep(kept, { action, now, directory, ...by, ...hashes });
    if (taken.kind === "refused") return taken.code;
    const moved = await store.move(kept, { action, to: taken.to, ...by });
    if (moved) return moved.state;
  }
}

/** A client that stands still before its n-th call until it is let go. */
function holding(call: number) {
  const client = stored.impatientClient();
  const stopped = Promise.withResolvers<void>();
  const go = Promise.withResolvers<void>();
  let calls = 0;
  client.middlewareStack.add(
    next => async args => {
      calls += 1;
      if (calls === call) {
        stopped.resolve();
        await go.promise;
      }
      return next(args);
    },
    { step: "initialize" },
  );
  return { client, stopped: stopped.promise, go: go.resolve, isReached: () => calls >= call };
}

const pathOf = async (store: ExceptionStore, id: string) => {
  const history = await store.history(id);
  expect(isChained(history)).toBe(true);
  return history.map(({ to }) => to);
};

describe("two at once", () => {
  type Act = readonly [LifeAction, string | undefined];
  const approve: Act = ["approve", "wang"];
  it.each<[string, Act, Act, number, LifeState[][]]>([
    ["two approvers", approve, ["approve", "chen"], NOW, [["requested", "approved"]]],
    [
      "approval and withdrawal",
      approve,
      ["withdraw", "li"],
      NOW,
      [
        ["requested", "withdrawn"],
        ["requested", "approved", "withdrawn"],
      ],
    ],
    [
      "withdrawal and approval",
      ["withdraw", "li"],
      approve,
      NOW,
      [
        ["requested", "withdrawn"],
        ["requested", "approved", "withdrawn"],
      ],
    ],
    [
      "approval and rejection",
      approve,
      ["reject", "chen"],
      NOW,
      [
        ["requested", "approved"],
        ["requested", "rejected"],
      ],
    ],
    [
      "approval and expiry",
      approve,
      ["end", undefined],
      END,
      [
        ["requested", "expired"],
        ["requested", "approved", "expired"],
      ],
    ],
    [
      "expiry and approval",
      ["end", undefined],
      approve,
      END,
      [
        ["requested", "expired"],
        ["requested", "approved", "expired"],
      ],
    ],
  ])("%s: one stands still before each of its calls", async (_, first, second, end, legal) => {
    const { store, by } = world();
    let held = 0;
    for (let call = 1; ; call += 1) {
      const { id } = await make(store, { perRequester: 50 });
      const slow = holding(call);
      const timeOf = ([action]: Act) => (action === "end" ? end : NOW);
      const running = act(by(slow.client), id, ...first, timeOf(first));
      await Promise.race([slow.stopped, running]);
      await act(store, id, ...second, timeOf(second));
      slow.go();
      await running;
      slow.client.destroy();
      const path = await pathOf(store, id);
      expect(legal, `held at call ${call}`).toContainEqual(path);
      expect((await store.get(id))?.state).toBe(path.at(-1));
      if (!slow.isReached()) break;
      held += 1;
    }
    expect(held).toBeGreaterThan(4);
  });

  it("ten approvers make one approval", async () => {
    const { store } = world();
    const { id } = await make(store);
    const names = Array.from({ length: 10 }, (_, index) => (index % 2 ? "wang" : "chen"));
    const ends = await Promise.all(names.map(name => act(store, id, "approve", name)));
    expect(ends.filter(end => end === "approved")).toHaveLength(1);
    expect(await pathOf(store, id)).toEqual(["requested", "approved"]);
  });

  it("a repeated call is one step", async () => {
    const { store, by } = world();
    const { id } = await make(store);
    expect(await act(by(stored.repeatingClient()), id, "approve", "wang")).toBe("approved");
    expect(await pathOf(store, id)).toEqual(["requested", "approved"]);
  });
});

describe("the write itself", () => {
  it.each([
    ["the requester", { by: user("li") }, {}],
    ["the maker of the rule", { by: user("zhao") }, { actor: user("zhao") }],
    ["the requester under another identity", { by: user("wang"), personKey: "li" }, {}],
  ])("refuses an approval by %s, whatever was decided before", async (_, step, more) => {
    const { store } = world();
    const kept = await make(store, more);
    expect(await store.move(kept, { action: "approve", to: "approved", ...step })).toBeUndefined();
    expect((await store.get(kept.id))?.state).toBe("requested");
  });

  it("refuses an approval of what was changed in the table", async () => {
    const { store, config } = world();
    const kept = await make(store);
    await stored.client.send(
      new UpdateCommand({
        TableName: tables.exceptions,
        Key: headKey(config.scope, kept.groups[0] ?? "", kept.id),
        UpdateExpression: "SET #end = :end",
        ExpressionAttributeNames: { "#end": "end" },
        ExpressionAttributeValues: { ":end": END + 60 * MINUTE },
      }),
    );
    expect(await act(store, kept.id, "approve", "wang")).toBe("changed");
  });
});

describe("an exception of several groups", () => {
  const read = ({ config }: World) => {
    const policy = policyStore(stored.client, config, () => NOW);
    return Promise.all(GROUPS.map(group => policy.exceptionsFor(group, NOW)));
  };

  it("says the same to each of them at every step", async () => {
    const own = world();
    const { id } = await make(own.store, {}, { groups: GROUPS });
    for (const [action, name, state] of [
      ["approve", "wang", "approved"],
      ["withdraw", "li", "withdrawn"],
    ] as const) {
      await act(own.store, id, action, name);
      expect((await read(own)).map(found => found.map(one => one.state))).toEqual(
        GROUPS.map(() => [state]),
      );
    }
  });

  it.each(["before", "after"] as const)(
    "is whole or not there, if its making crashes %s a call",
    async when => {
      const seen = new Set<number>();
      for (let call = 1; ; call += 1) {
        const own = world();
        const crashing = own.by(stored.crashingClient(call, when));
        const ended = await make(crashing, {}, { groups: GROUPS }).catch(() => undefined);
        const found = await read(own);
        const first = found[0] ?? [];
        expect(found, `crashed at call ${call}`).toEqual(GROUPS.map(() => first));
        for (const { id } of first) {
          expect(await act(own.store, id, "approve", "wang")).toBe("approved");
          expect(await pathOf(own.store, id)).toEqual(["requested", "approved"]);
        }
        seen.add(first.length);
        if (ended) break;
      }
      expect([...seen].toSorted()).toEqual([0, 1]);
    },
  );

  it.each(["before", "after"] as const)(
    "is one state for all, if a step crashes %s a call",
    async when => {
      const seen = new Set<string>();
      for (let call = 1; ; call += 1) {
        const own = world();
        const { id } = await make(own.store, {}, { groups: GROUPS });
        await act(own.store, id, "approve", "wang");
        const crashing = own.by(stored.crashingClient(call, when));
        const ended = await act(crashing, id, "withdraw", "li").catch(() => undefined);
        const states = (await read(own)).flat().map(({ state }) => state);
        expect(new Set(states).size, `crashed at call ${call}`).toBe(1);
        seen.add(states[0] ?? "");
        await act(own.store, id, "withdraw", "li");
        expect(await pathOf(own.store, id)).toEqual(["requested", "approved", "withdrawn"]);
        if (ended) break;
      }
      expect([...seen].toSorted()).toEqual(["approved", "withdrawn"]);
    },
  );
});

describe("slots", () => {
  it("are as many as a person may have, however many are asked for at once", async () => {
    const { store } = world();
    const many = Array.from({ length: 10 }, () => store.create(asked({ perRequester: 3 })));
    const made = (await Promise.all(many)).flatMap(one => ("kind" in one ? [] : [one]));
    expect(made).toHaveLength(3);
    expect(await store.create(asked({ perRequester: 3 }))).toMatchObject({ code: "too-many" });
    expect(await store.create(asked({ perRequester: 3, personKey: "qian" }))).toHaveProperty("id");
    await act(store, made[0]?.id ?? "", "withdraw", "li");
    expect(await store.create(asked({ perRequester: 3 }))).toHaveProperty("id");
  });

  it("that a crash left are given back, those of living exceptions and fresh requests are not", async () => {
    const { store, config } = world();
    const slots = exceptionSlots(stored.client, config);
    const { id } = await make(store);
    const [old, fresh] = [newExceptionId(NOW - 11 * MINUTE), newExceptionId(NOW)];
    await slots.take("li", old, 5);
    await slots.take("li", fresh, 5);
    await store.freeSlots(NOW);
    const left = (await slots.taken()).map(one => one.id);
    expect(left.toSorted()).toEqual([id, fresh].toSorted());
  });
});

describe("what is due", () => {
  const dueOf = async (store: ExceptionStore, at: number, broken: string[] = []) => {
    const due = await store.due(at, id => broken.push(id));
    return due.map(({ id }) => id).toSorted();
  };

  it("does not wait for one that cannot be read", async () => {
    const { store, config } = world();
    const [damaged, sound] = [await make(store), await make(store)];
    await stored.client.send(
      new UpdateCommand({
        TableName: tables.exceptions,
        Key: headKey(config.scope, damaged.groups[0] ?? "", damaged.id),
        UpdateExpression: "REMOVE #requester",
        ExpressionAttributeNames: { "#requester": "requester" },
      }),
    );
    const broken: string[] = [];
    expect(await dueOf(store, END, broken)).toEqual([sound.id]);
    expect(broken).toEqual([damaged.id]);
    await expect(store.list()).rejects.toThrow("cannot be read");
  });

  it("are those to start, those to end, and those whose closing is owed", async () => {
    const { store } = world();
    const soon = await make(store, {}, { start: NOW + MINUTE });
    const now = await make(store, {}, { start: NOW });
    const gone = await make(store, {}, { start: NOW });
    const idle = await make(store, {}, { start: NOW });
    for (const { id } of [soon, now, gone]) await act(store, id, "approve", "wang");
    await act(store, gone.id, "withdraw", "li");
    await act(store, idle.id, "withdraw", "li");
    const due = (at: number) => dueOf(store, at);
    expect(await due(NOW)).toEqual([now.id, gone.id].toSorted());
    const owed = await store.get(gone.id);
    if (owed) await store.settle(owed);
    expect(await due(NOW)).toEqual([now.id]);
    await act(store, now.id, "start");
    expect(await due(NOW)).toEqual([]);
    expect(await due(END)).toEqual([soon.id, now.id].toSorted());
  });

  it("is nothing of another scope", async () => {
    const one = world();
    const { id } = await make(one.store);
    await act(one.store, id, "approve", "wang");
    expect(await dueOf(world().store, END)).toEqual([]);
    expect(await world().store.get(id)).toBeUndefined();
  });
});

describe("a history", () => {
  const change = (id: string, n: number, note: string) =>
    stored.client.send(
      new UpdateCommand({
        TableName: tables.history,
        Key: historyKey(id, n),
        UpdateExpression: "SET #note = :note",
        ExpressionAttributeNames: { "#note": "note" },
        ExpressionAttributeValues: { ":note": note },
      }),
    );

  it.each([1, 2, 3])("of which entry %i was changed later is shown as broken", async n => {
    const { store } = world();
    const { id } = await make(store);
    await act(store, id, "approve", "wang");
    await act(store, id, "withdraw", "li");
    const shown = async () => {
      const kept = await store.get(id);
      const history = await store.history(id);
      return kept && [isWhole(kept, history), exceptionLines(kept, history).join(" ")];
    };
    expect(await shown()).toEqual([true, expect.not.stringContaining("BROKEN")]);
    await change(id, n, "nothing to see here");
    expect(await shown()).toEqual([false, expect.stringContaining("BROKEN")]);
  });
});

it("ids are in the order of time, and tell it", () => {
  const ids = [0, 1, 1_000, NOW].map(newExceptionId);
  expect(ids.toSorted()).toEqual(ids);
  expect(timeOfId(newExceptionId(NOW))).toBe(NOW);
  expect(ids[0]).toMatch(/^x-[0-9a-hjkmnp-tv-z]{26}$/);
});

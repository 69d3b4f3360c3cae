// People are told of every step that was taken and of none that was not, whatever crashes or runs at
// the same time: never lost, and twice only where the crash fell between telling and its mark.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { documentClient } from "../../functions/aws/stores/dynamo.ts";
import { isChained, type KeptException } from "../../functions/aws/stores/exception-item.ts";
import { exceptionSlots } from "../../functions/aws/stores/exception-slots.ts";
import type { Deps } from "../../functions/reconcile/deps.ts";
import { actOnException, askException, type Wish } from "../../functions/reconcile/exceptions.ts";
import { sweep } from "../../functions/reconcile/sweep.ts";
import { passWindow } from "../../functions/reconcile/windows.ts";
import type { KeyName } from "../../local/identities.ts";
import type { Fate } from "../support/carrier.ts";
import {
  applyWithPeople,
  done,
  forgetSchedules,
  identityIn,
  wishFor,
} from "../support/exception-stage.ts";
import { type Gated, startGated } from "../support/gated.ts";
import { studioIn } from "../support/stage.ts";
import { clientOptions } from "../support/stored.ts";
import { stride } from "../support/stride.ts";

const STEP = stride(8);

const MINUTE = 60_000;
const DAY = 1_440 * MINUTE;

let world: Gated;
let documents: ReturnType<typeof documentClient>;
beforeAll(async () => {
  world = await startGated();
  documents = documentClient(clientOptions(world.account));
  const text = studioIn("enforce").replace("exceptions:", "exceptions:\n  breakGlass: 60m\n");
  await applyWithPeople(world, text);
});
afterAll(async () => {
  documents.destroy();
  await world.stop();
});

// What earlier tests left is out of every list by then.
beforeEach(async () => {
  world.account.clock.advance(40 * DAY);
  await world.idle();
});

const who = (name: KeyName) => identityIn(world.account, name);
const wordsOf = (id: string): string[] =>
  world.account.inbox
    .messages()
    .filter(({ topicArn }) => topicArn === world.aws.config.topicArn)
    .filter(({ message }) => message.includes(`Exception ${id}`))
    .map(({ subject = "" }) => /^(?:BREAK GLASS|EXCEPTION [A-Z]+)/.exec(subject)?.[0] ?? "");

async function minutes(count: number): Promise<void> {
  world.account.clock.advance(count * MINUTE);
  await world.idle();
  await sweep(world.aws);
}

let asked = 0;
/** A wish for a day on which no test ever arrives, told from the others by its reason. */
function wish(more: Partial<Wish> = {}): Wish {
  asked += 1;
  const start = Math.ceil(world.aws.clock() / MINUTE) * MINUTE + 5 * DAY;
  return wishFor(world.groups.deploy, { start, reason: `release ${asked}.`, ...more });
}

const ask = async (more?: Partial<Wish>): Promise<KeptException> =>
  done(await askException(world.aws, wish(more), who("tester")));

async function approved(more?: Partial<Wish>): Promise<KeptException> {
  const { id } = await ask(more);
  return done(await actOnException(world.aws, id, "approve", who("alice")));
}

async function end({ id }: Pick<KeptException, "id">): Promise<void> {
  await actOnException(world.aws, id, "withdraw", who("tester"));
  forgetSchedules(world.account);
}

const byReason = async (reason: string) =>
  (await world.aws.exceptions.list()).find(kept => kept.reason === reason);

/** A step, the word it is told by, and the state that shows that it was taken. */
interface Step {
  readonly word: string;
  readonly state: string;
  prepare(): Promise<{ reason: string; take(deps: Deps): Promise<unknown> }>;
}

const answer = (
  word: string,
  state: string,
  [action, name]: ["approve" | "reject" | "withdraw", KeyName],
  make: () => Promise<KeptException>,
): Step => ({
  ...{ word, state },
  async prepare() {
    const { id, reason } = await make();
    return { reason, take: deps => actOnException(deps, id, action, who(name)) };
  },
});

const request = (word: string, state: string, more: Partial<Wish>): Step => ({
  ...{ word, state },
  async prepare() {
    const wanted = wish(more);
    const take = (deps: Deps) => askException(deps, wanted, who("tester"));
    return { reason: wanted.reason, take };
  },
});

const steps: Step[] = [
  request("EXCEPTION REQUESTED", "requested", {}),
  request("BREAK GLASS", "approved", { breakGlass: true }),
  answer("EXCEPTION APPROVED", "approved", ["approve", "alice"], () => ask()),
  answer("EXCEPTION REJECTED", "rejected", ["reject", "bob"], () => ask()),
  answer("EXCEPTION WITHDRAWN", "withdrawn", ["withdraw", "alice"], () => approved()),
];

describe.each(steps)("$word", ({ word, state, prepare }) => {
  it.each(["cut", "cut-after"] as const)("survives a crash at every call (%s)", async how => {
    const seen = new Set<string>();
    let reached = true;
    for (let at = 0; reached; at += STEP) {
      const { reason, take } = await prepare();
      world.gate.decide(call => (call < at ? "pass" : call === at ? how : "cut"));
      await take(world.behind).catch(() => undefined);
      reached = world.gate.count() > at;
      const kept = await byReason(reason);
      const isTaken = kept?.state === state;
      const before = kept ? wordsOf(kept.id).filter(one => one === word).length : 0;
      await minutes(1);
      const after = kept ? wordsOf(kept.id).filter(one => one === word).length : 0;
      const doubled = before === 1 ? [1, 2] : [1];
      expect(isTaken ? doubled : [0], `crash at call ${at}`).toContain(after);
      await minutes(11);
      expect(await world.aws.exceptions.untold(), `crash at call ${at}`).toEqual([]);
      expect(kept ? wordsOf(kept.id).filter(one => one === word).length : 0).toBe(after);
      if (kept) await end(kept);
      seen.add(isTaken ? "taken" : "not taken");
    }
    expect([...seen].toSorted()).toEqual(["not taken", "taken"]);
  });
});

it.each(["cut", "cut-after"] as const)(
  "a reminder survives a crash at every call (%s)",
  async how => {
    let reached = true;
    let crashes = 0;
    for (let at = 0; reached; at += STEP) {
      const start = Math.floor(world.aws.clock() / MINUTE) * MINUTE;
      const kept = await approved({ start });
      forgetSchedules(world.account);
      await minutes(1);
      world.account.clock.advance(45 * MINUTE);
      world.gate.decide(call => (call < at ? "pass" : call === at ? how : "cut"));
      await passWindow(world.behind, kept.id).catch(() => undefined);
      reached = world.gate.count() > at;
      const ending = () => wordsOf(kept.id).filter(one => one === "EXCEPTION ENDING").length;
      const before = ending();
      await minutes(1);
      await minutes(1);
      expect(before === 1 ? [1, 2] : [1], `crash at call ${at}`).toContain(ending());
      await minutes(15);
      expect((await world.aws.exceptions.get(kept.id))?.state).toBe("expired");
      crashes += reached ? 1 : 0;
    }
    expect(crashes).toBeGreaterThan(4 / STEP);
  },
);

it.each(["cut", "cut-after"] as const)(
  "that nobody answered survives a crash at every call (%s)",
  async how => {
    let reached = true;
    let crashes = 0;
    for (let at = 0; reached; at += STEP) {
      const start = Math.floor(world.aws.clock() / MINUTE) * MINUTE;
      const kept = await ask({ start, minutes: 2 });
      forgetSchedules(world.account);
      world.account.clock.advance(3 * MINUTE);
      world.gate.decide(call => (call < at ? "pass" : call === at ? how : "cut"));
      await passWindow(world.behind, kept.id).catch(() => undefined);
      reached = world.gate.count() > at;
      const told = () => wordsOf(kept.id).filter(one => one === "EXCEPTION UNANSWERED").length;
      const before = told();
      await minutes(1);
      await minutes(11);
      expect(before === 1 ? [1, 2] : [1], `crash at call ${at}`).toContain(told());
      expect((await world.aws.exceptions.get(kept.id))?.state).toBe("expired");
      crashes += reached ? 1 : 0;
    }
    expect(crashes).toBeGreaterThan(4 / STEP);
  },
);

describe("while somebody approves", () => {
  type Path = readonly string[];
  const paths = (...all: Path[]): readonly Path[] => all;
  const others = [
    {
      name: "another approves",
      act: (id: string) => actOnException(world.aws, id, "approve", who("bob")),
      legal: paths(["request", "approve"]),
    },
    {
      name: "it is withdrawn",
      act: (id: string) => actOnException(world.aws, id, "withdraw", who("tester")),
      legal: paths(["request", "withdraw"], ["request", "approve", "withdraw"]),
    },
    {
      name: "it is rejected",
      act: (id: string) => actOnException(world.aws, id, "reject", who("bob")),
      legal: paths(["request", "approve"], ["request", "reject"]),
    },
    {
      name: "its window ends",
      act: () => minutes(3),
      more: () => ({ start: Math.floor(world.aws.clock() / MINUTE) * MINUTE, minutes: 2 }),
      // Where the clock comes to its start by the way, a schedule may call then.
      legal: paths(
        ["request", "end"],
        ["request", "approve", "end"],
        ["request", "approve", "start", "end"],
      ),
    },
  ];

  it.each(others)("$name, held at every call: one legal end", async ({ act, more, legal }) => {
    const { deploy } = world.groups;
    const rules = await world.rules(deploy);
    const slots = exceptionSlots(documents, world.deployment.config);
    const taken = new Set<string>();
    let reached = true;
    for (let at = 0; reached; at += STEP) {
      const { id } = await ask(more?.());
      const stopped = Promise.withResolvers<void>();
      const go = Promise.withResolvers<void>();
      world.gate.decide(async (call): Promise<Fate> => {
        if (call === at) {
          stopped.resolve();
          await go.promise;
        }
        return "pass";
      });
      const first = actOnException(world.behind, id, "approve", who("alice"));
      await Promise.race([stopped.promise, first]);
      reached = world.gate.count() > at;
      await act(id);
      go.resolve();
      await first;
      forgetSchedules(world.account);
      await minutes(1);
      const history = await world.aws.exceptions.history(id);
      const path = history.map(({ action }) => action);
      expect(isChained(history), `held at call ${at}`).toBe(true);
      expect(legal, `held at call ${at}`).toContainEqual(path);
      const kept = await world.aws.exceptions.get(id);
      expect(kept?.state).toBe(history.at(-1)?.to);
      const told = history.filter(({ by }) => by !== "portward").length;
      // Whoever holds the turn to tell for minutes is taken for dead, and may tell after another did.
      const most = more === undefined ? told : told + 1;
      const times = wordsOf(id).length;
      expect(times >= told && times <= most, `held at call ${at}: told ${times} times`).toBe(true);
      const isLiving = kept?.state === "approved";
      expect((await slots.taken()).some(slot => slot.id === id)).toBe(isLiving);
      expect(await world.rules(deploy)).toEqual(rules);
      await end({ id });
      await minutes(1);
      taken.add(path.join(" "));
    }
    expect(taken.size).toBeGreaterThanOrEqual(Math.min(2, legal.length));
  });
});

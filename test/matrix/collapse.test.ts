// When a finding is told: at once, or later with others; and the laws of it, on drawn histories.
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import {
  actorKey,
  calm,
  type EarlierAlert,
  floodDue,
  isObserved,
  nextDaily,
  REMEMBERED,
  tellingOf,
} from "../../matrix/alert/collapse.ts";
import { outcomeWord } from "../../matrix/alert/outcome.ts";
import type { Finding } from "../../matrix/finding.ts";
import type { Actor } from "../../matrix/trigger.ts";
import { actor, findingOf, triggerOf, without } from "../support/findings.ts";
import { seed } from "../support/seed.ts";

const MINUTE = 60_000;
const NOON = Date.parse("2026-11-21T12:00:00.000Z");
const at = (minutes: number): number => NOON + minutes * MINUTE;
const ARN = actor.roleArn ?? "";

/** An alert some minutes before noon, or one that is due some minutes from noon. */
function earlier(how: EarlierAlert["how"], minutes: number, due?: number): EarlierAlert {
  const word = "CLOSED";
  return {
    ...{ word, how, at: at(-minutes), actor: ARN },
    ...(due === undefined ? {} : { due: at(due) }),
  };
}

const closed = findingOf();
const audit = { kind: "audit", id: "a-1" };
const standing = without(findingOf({ mode: "observe", outcome: "left-open" }), "closedAt");
const later = (how: "again" | "standing", minutes: number) => ({ how, due: at(minutes) });
const twice = [earlier("once", 10), earlier("again", 5, 5)];

describe("a finding is told", () => {
  test.each<[string, Finding, EarlierAlert[], object]>([
    ["at once, the first time", closed, [], { how: "once" }],
    ["later, the second time", closed, [earlier("once", 10)], later("again", 5)],
    ["at once when the window is over", closed, [earlier("once", 15)], { how: "once" }],
    [
      "at once after another end",
      findingOf({ outcome: "could-not-close" }),
      twice,
      { how: "once" },
    ],
    [
      "at once when it is open again, and was told closed",
      without(findingOf({ outcome: "left-open", mode: "enforce" }), "closedAt"),
      twice,
      { how: "once" },
    ],
    ["as a fight, the third time by one actor", closed, twice, { how: "fight", times: 3 }],
    [
      "later, the third time by somebody else",
      findingOf({ actor: { ...actor, roleArn: "arn:aws:iam::111122223333:role/other" } }),
      twice,
      later("again", 5),
    ],
    ["later, the third time by nobody known", without(closed, "actor"), twice, later("again", 5)],
    [
      "later, where the fight was named",
      closed,
      [...twice, earlier("fight", 2)],
      later("again", 5),
    ],
    [
      "later, where the last window has just been told of",
      closed,
      [earlier("once", 40), earlier("again", 20, -10)],
      later("again", 5),
    ],
    [
      "later, where the first is told at the end of its minute",
      closed,
      [earlier("flood", 0.5, 0.5)],
      later("again", 15.5),
    ],
    [
      "at once, an exception's end",
      findingOf({ trigger: { kind: "exception", id: "x-1" } }),
      twice,
      { how: "once" },
    ],
    ["at once, an opening in a group that is observed", standing, [], { how: "once" }],
    [
      "once a day, what an audit finds in one",
      { ...standing, trigger: audit },
      [],
      { how: "standing", due: Date.parse("2026-11-22T08:00:00.000Z") },
    ],
    [
      "once a day, what an audit reports in one",
      without(
        findingOf({ mode: "observe", kind: "missing", outcome: "reported", trigger: audit }),
        "closedAt",
      ),
      [],
      { how: "standing", due: Date.parse("2026-11-22T08:00:00.000Z") },
    ],
    [
      "at once, what an audit closes in a group that was observed before",
      findingOf({ mode: "observe", trigger: audit }),
      [],
      { how: "once" },
    ],
    [
      "at once, what an audit leaves open in a group that is not observed",
      without(findingOf({ outcome: "left-open", trigger: audit }), "closedAt"),
      [],
      { how: "once" },
    ],
    [
      "at once, though a digest of what stands told of it",
      closed,
      [earlier("standing", 5, 5)],
      { how: "once" },
    ],
    [
      "at once, always, what could not be closed",
      findingOf({ outcome: "could-not-close", mode: "observe", trigger: audit }),
      [{ ...earlier("once", 5), word: "COULD NOT CLOSE" }],
      { how: "once" },
    ],
    [
      "later, the second time of another end that is not a revert",
      without(findingOf({ outcome: "left-open" }), "closedAt"),
      [{ ...earlier("once", 5), word: "LEFT OPEN" }],
      later("again", 10),
    ],
    [
      "at once, the end of an exception, though another has just been told",
      findingOf({ trigger: { kind: "exception", id: "x-1" } }),
      [{ ...earlier("once", 5), word: "EXCEPTION ENDED" }],
      { how: "once" },
    ],
    [
      "later, where nobody known made it again and again",
      without(closed, "actor"),
      [10, 5].map(minutes => ({ word: "CLOSED" as const, how: "once" as const, at: at(-minutes) })),
      later("again", 10),
    ],
    [
      "as a fight again, an hour after it was named",
      closed,
      [earlier("fight", 60), earlier("again", 10, 5), earlier("again", 5, 5)],
      { how: "fight", times: 3 },
    ],
    [
      "later, where the first of three is just a window ago",
      closed,
      [earlier("once", 15), earlier("again", 5, 5)],
      later("again", 5),
    ],
    [
      "at once, always, a stranger with our role",
      findingOf({ kind: "impostor", outcome: "reported", mode: "observe", trigger: audit }),
      [],
      { how: "once" },
    ],
  ])("%s", (_, finding, alike, telling) => {
    expect(tellingOf(finding, alike, NOON)).toEqual(telling);
  });

  it("at once up to the twentieth alert of a minute, then at its end", () => {
    expect(floodDue(calm.perMinute, at(0.5))).toBeUndefined();
    expect(floodDue(calm.perMinute + 1, at(0.5))).toBe(at(1));
  });

  it.each([
    ["2026-11-21T07:59:59.999Z", "2026-11-21T08:00:00.000Z"],
    ["2026-11-21T08:00:00.000Z", "2026-11-22T08:00:00.000Z"],
  ])("of a day: after %s at %s", (now, next) => {
    expect(new Date(nextDaily(Date.parse(now))).toISOString()).toBe(next);
  });
});

it.each<[Partial<Finding>, boolean]>([
  [{ outcome: "left-open" }, true],
  [{ outcome: "reported", kind: "missing" }, true],
  [{ outcome: "closed" }, false],
  [{ outcome: "left-open", mode: "enforce" }, false],
  [{ outcome: "reported", kind: "impostor" }, false],
])("a finding is only observed: %j: %j", (given, is) => {
  expect(isObserved(findingOf({ mode: "observe", ...given }))).toBe(is);
});

it.each<[string, Partial<Actor>, string]>([
  ["its role, where sessions name themselves", {}, ARN],
  ["its session, where the name is its own", { nameChosenByCaller: false }, actor.arn ?? ""],
  [
    "its role, where the session is not known",
    { nameChosenByCaller: false, arn: undefined as never },
    ARN,
  ],
  ["its session, where no role is known", { roleArn: undefined as never }, actor.arn ?? ""],
  [
    "its type and name, where no ARN is known",
    { arn: undefined as never, roleArn: undefined as never },
    "AssumedRole bob",
  ],
])("an actor is the same by %s", (_, given, key) => {
  const known = Object.entries({ ...actor, ...given }).filter(([, value]) => value !== undefined);
  expect(actorKey(Object.fromEntries(known) as unknown as Actor)).toBe(key);
  expect(actorKey(undefined)).toBeUndefined();
});

interface Told {
  readonly how: string;
  readonly count: number;
  readonly at: number;
}

/** Lets a history of one rule pass as the store and the sweep do it, and says what was told. */
function live(times: readonly { gap: number; who: number; outcome: Finding["outcome"] }[]): Told[] {
  const kept: (EarlierAlert & { isTold: boolean })[] = [];
  const told: Told[] = [];
  let now = NOON;
  const sweep = (until: number): void => {
    for (let minute = Math.ceil(now / MINUTE) * MINUTE; minute <= until; minute += MINUTE) {
      const due = kept.filter(one => !one.isTold && (one.due ?? 0) <= minute);
      if (due.length > 0) told.push({ how: "again", count: due.length, at: minute });
      for (const one of due) kept[kept.indexOf(one)] = { ...one, isTold: true };
      const remembered = kept.filter(
        one => !one.isTold || (one.due ?? one.at) + REMEMBERED >= minute,
      );
      kept.splice(0, kept.length, ...remembered);
    }
    now = until;
  };
  for (const { gap, who, outcome } of times) {
    sweep(now + gap * 1_000);
    const finding = findingOf({
      outcome,
      trigger: triggerOf(`e-${now}`),
      actor: { type: "IAMUser", name: `u${who}`, arn: `u${who}`, nameChosenByCaller: false },
    });
    const telling = tellingOf(finding, kept, now);
    const due = telling.how === "again" ? telling.due : undefined;
    if (due === undefined) told.push({ how: telling.how, count: 1, at: now });
    kept.push({
      ...{ word: outcomeWord(finding), how: telling.how, at: now, actor: `u${who}` },
      ...{ isTold: due === undefined, ...(due !== undefined && { due }) },
    });
  }
  sweep(now + 20 * MINUTE);
  return told;
}

const outcomes = fc.constantFrom<Finding["outcome"]>("closed", "narrowed", "could-not-close");
const history = fc.array(
  fc.record({
    gap: fc.oneof(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 60, max: 2_000 })),
    who: fc.integer({ min: 0, max: 1 }),
    outcome: outcomes,
  }),
  { minLength: 1, maxLength: 60 },
);

describe("whatever happens to a rule", () => {
  it("every time is told exactly once: at once, or counted in one message", () => {
    let collapsed = 0;
    fc.assert(
      fc.property(history, times => {
        const told = live(times);
        collapsed += told.filter(({ count }) => count > 1).length;
        expect(told.reduce((sum, { count }) => sum + count, 0)).toBe(times.length);
      }),
      { seed, numRuns: 300 },
    );
    expect(collapsed).toBeGreaterThan(100);
  });

  it("what was reverted is never silent for longer than a window, and never loud", () => {
    let fights = 0;
    fc.assert(
      fc.property(history, times => {
        const reverts = times.map(one => ({ ...one, outcome: "closed" as const }));
        const told = live(reverts);
        const last = told.at(-1)?.at ?? 0;
        // One when it begins anew, one when a window is over, and a fight an hour for each actor.
        const minutes = (last - NOON) / MINUTE;
        const loudest = 2 * (minutes / calm.window + 2) + 2 * (minutes / calm.fightNamed + 2);
        fights += told.filter(({ how }) => how === "fight").length;
        expect(told.length).toBeLessThanOrEqual(loudest);
      }),
      { seed, numRuns: 300 },
    );
    expect(fights).toBeGreaterThan(100);
  });

  it("a controller that puts it back every minute for a day is told 24 fights and a digest a window", () => {
    const day = Array.from({ length: 24 * 60 }, () => ({
      ...{ gap: 60, who: 0, outcome: "closed" as const },
    }));
    const told = live(day);
    const count = (how: string) => told.filter(one => one.how === how).length;
    expect([count("once"), count("fight")]).toEqual([1, 24]);
    expect(count("again")).toBeLessThanOrEqual(24 * 4 + 1);
    expect(told.reduce((sum, one) => sum + one.count, 0)).toBe(day.length);
  });
});

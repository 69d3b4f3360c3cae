// When the clock has something to do with an exception; and a window in words.
import { describe, expect, it } from "vitest";
import type { Exception } from "../../matrix/exception.ts";
import {
  isDue,
  isEndingSoon,
  REMINDED_BEFORE,
  stepTimes,
} from "../../matrix/exceptions/exception-clock.ts";
import { whatOf, windowText } from "../../matrix/exceptions/exception-text.ts";

const MINUTE = 60_000;
const START = Date.parse("2026-11-21T12:00:00Z");
const END = START + 60 * MINUTE;
const exception = (given: Partial<Exception> = {}): Exception => ({
  ...{ id: "x-1", state: "approved", start: START, end: END, groups: ["sg-1"], open: true },
  ...given,
});

describe("the clock is due", () => {
  it.each<[string, Partial<Exception>, number, boolean]>([
    ["at the start of an approved one", { state: "approved" }, START, true],
    ["not before it", { state: "approved" }, START - 1, false],
    ["not before the end of an active one", { state: "active" }, END - 1, false],
    ["at its end", { state: "active" }, END, true],
    ["at the end of one that nobody answered", { state: "requested" }, END, true],
    ["not before that", { state: "requested" }, END - 1, false],
    ["when one is withdrawn and not settled", { state: "withdrawn", unsettled: true }, START, true],
    ["not when it is settled", { state: "withdrawn", unsettled: false }, END, false],
    ["not when nothing is known of it", { state: "withdrawn" }, END, false],
    ["not for one that is expired", { state: "expired" }, END, false],
    ["not for one that is rejected", { state: "rejected", unsettled: true }, END, false],
  ])("%s", (_, given, now, due) => expect(isDue(exception(given), now)).toBe(due));
});

describe("people are reminded", () => {
  const soon = END - REMINDED_BEFORE;
  it.each<[string, Partial<Exception>, number, boolean]>([
    ["fifteen minutes before the end", {}, soon, true],
    ["not before", {}, soon - 1, false],
    ["until it is over", {}, END - 1, true],
    ["not then", {}, END, false],
    ["not of one that is not active", { state: "requested" }, soon, false],
    ["not of one as short as that", { start: soon }, END - 1, false],
    ["of one that is longer", { start: soon - 1 }, END - 1, true],
  ])("%s", (_, given, now, is) => expect(isEndingSoon(exception(given), now)).toBe(is));
});

describe("the clock has to come", () => {
  const remind = END - REMINDED_BEFORE;
  const steps = (given: Partial<Exception>, now: number) =>
    stepTimes(exception(given), now).map(({ step, at }) => [step, at]);
  it.each<[string, Partial<Exception>, number, (string | number)[][]]>([
    [
      "at the start, before the end and at the end",
      {},
      START - MINUTE,
      [
        ["start", START],
        ["remind", remind],
        ["end", END],
      ],
    ],
    [
      "at once, where it has begun",
      {},
      START + MINUTE,
      [
        ["start", START + MINUTE],
        ["remind", remind],
        ["end", END],
      ],
    ],
    [
      "without reminding, where it is too late for that",
      {},
      remind,
      [
        ["start", remind],
        ["end", END],
      ],
    ],
    [
      "to remind, where it is just not too late",
      {},
      remind - 1,
      [
        ["start", remind - 1],
        ["remind", remind],
        ["end", END],
      ],
    ],
    [
      "without reminding, where it is too short",
      { start: remind },
      START,
      [
        ["start", remind],
        ["end", END],
      ],
    ],
    [
      "to remind of the shortest that is long enough",
      { start: remind - 1 },
      START,
      [
        ["start", remind - 1],
        ["remind", remind],
        ["end", END],
      ],
    ],
  ])("%s", (_, given, now, expected) => expect(steps(given, now)).toEqual(expected));
});

describe("in words", () => {
  it.each([
    ["of one day has the day once", END, "2026-11-21 12:00 to 13:00 UTC"],
    [
      "over midnight has both days",
      START + 24 * 60 * MINUTE,
      "2026-11-21 12:00 to 2026-11-22 12:00 UTC",
    ],
  ])("a window %s", (_, end, text) => expect(windowText({ start: START, end })).toBe(text));

  const flow: NonNullable<Exception["flow"]> = {
    from: [{ kind: "network", name: "office" }],
    to: [{ kind: "entry", name: "db" }],
    ports: [{ protocol: "tcp", from: 5432, to: 5432 }],
  };
  it.each([
    [
      "its rule",
      { rule: "ingress tcp 22 from 10.0.0.1/32", flow },
      "ingress tcp 22 from 10.0.0.1/32",
    ],
    ["its flow", { flow }, "office to db tcp 5432"],
    ["nothing without both", {}, ""],
    ["no more than 300 characters", { rule: "x".repeat(301) }, `${"x".repeat(299)}…`],
  ])("an exception is %s", (_, given, text) => expect(whatOf(given)).toBe(text));
});

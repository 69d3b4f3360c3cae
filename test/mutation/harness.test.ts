// The mutation tests' own parts: tests are run again with their hooks, and what was missed decides.
import { describe, expect, it } from "vitest";
import type { Explanation } from "./explained.ts";
import type { Fate, Mutant } from "./mutant.ts";
import { partOf, parts } from "./parts.ts";
import { replay, testsOf } from "./replay.ts";
import { scoreOf } from "./score.ts";
import { originalOf } from "./span.ts";
import * as suite from "./suite.ts";

const load = async (log: string[], broken = "") => {
  const note = (what: string) => () => {
    log.push(what);
    if (what === broken) throw new Error(`${what} broke`);
  };
  return suite.collect("some.test.ts", async () => {
    suite.beforeEach(note("before each"));
    suite.afterEach(note("after each"));
    suite.describe("inner", () => {
      suite.beforeAll(() => {
        log.push("before all");
        return note("undone");
      });
      suite.afterAll(note("after all"));
      suite.beforeEach(note("before each inner"));
      suite.it.each([[1], [2]])("row %d", row => note(`row ${row}`)());
    });
    suite.it("last", note("last"));
  });
};
const idsOf = (block: suite.Block) => testsOf(block).map(({ id }) => id);

describe("a noted file", () => {
  it("is run as it is written, as often as wanted", async () => {
    const log: string[] = [];
    const file = await load(log);
    expect(idsOf(file)).toHaveLength(3);
    const each = (row: string) => ["before each", "before each inner", row, "after each"];
    const inner = ["before all", ...each("row 1"), ...each("row 2"), "undone", "after all"];
    const whole = [...inner, "before each", "last", "after each"];
    for (const _ of [1, 2]) {
      log.length = 0;
      const results = await replay(file, new Set(idsOf(file)), { bail: false });
      expect(results.map(({ failure }) => failure)).toEqual([undefined, undefined, undefined]);
      expect(log).toEqual(whole);
    }
  });

  it("is run in part, without the hooks of what is left out", async () => {
    const log: string[] = [];
    const file = await load(log);
    await replay(file, new Set(idsOf(file).slice(2)), { bail: false });
    expect(log).toEqual(["before each", "last", "after each"]);
  });

  it("ends with the first failure, its hooks run", async () => {
    const log: string[] = [];
    const file = await load(log, "row 1");
    const results = await replay(file, new Set(idsOf(file)), { bail: true });
    expect(results.map(({ failure }) => failure)).toEqual(["row 1 broke"]);
    expect(log.slice(-3)).toEqual(["after each", "undone", "after all"]);
    expect(log).not.toContain("row 2");
  });

  it.each(["before each", "after each", "after all", "undone"])(
    "fails where its hook fails: %s",
    async hook => {
      const file = await load([], hook);
      const results = await replay(file, new Set(idsOf(file)), { bail: false });
      expect(results[0]?.failure).toBe(`${hook} broke`);
    },
  );
});

const mutant = (fate: Fate, from = "a", file = "matrix/plan.ts"): Mutant => ({
  ...{ file, line: 1, in: "a < b", from, to: "c", fate },
});
const many = (count: number, fate: Fate) => Array.from({ length: count }, () => mutant(fate));
const known: Explanation = {
  ...{ file: "matrix/plan.ts", in: "a < b", from: "a", to: "c", because: "it is the same" },
};

describe("a score", () => {
  it("is enough from nine of ten and a few on, in every folder by itself", () => {
    const rules = (fate: Fate, count: number) =>
      Array.from({ length: count }, () => mutant(fate, "a", "matrix/rules/box.ts"));
    const isEnough = (noticed: number, missed: number, others: Mutant[] = []) =>
      scoreOf([...rules("noticed", noticed), ...rules("missed", missed), ...others], []).isEnough;
    expect([isEnough(87, 13), isEnough(86, 14)]).toEqual([true, false]);
    expect(isEnough(87, 14, many(99, "noticed"))).toBe(false);
  });

  it("does not count what was not tried, and shows it", () => {
    const { lines, isEnough } = scoreOf([...many(9, "static"), ...many(3, "text")], []);
    expect(isEnough).toBe(true);
    expect(lines.at(-1)).toBe("matrix | 0 | 0 | 0 | - | 9, 3, 0");
  });

  it("takes an explanation, which shows in it all the same", () => {
    const { lines, isEnough } = scoreOf([mutant("noticed", "b"), mutant("missed")], [known]);
    expect(isEnough).toBe(true);
    expect(lines.at(-1)).toBe("matrix | 1 | 1 | 0 | 50.0 % | 0, 0, 0");
  });

  it("is not enough with an explanation of what is noticed, unless a sample cannot tell", () => {
    expect(scoreOf([mutant("noticed")], [known]).isEnough).toBe(false);
    expect(scoreOf([mutant("noticed"), mutant("not drawn")], [known]).isEnough).toBe(true);
    expect(scoreOf([mutant("noticed", "a", "matrix/can.ts")], [known]).isEnough).toBe(true);
  });

  it("prints what was missed as it is to be explained", () => {
    expect(scoreOf([mutant("missed")], []).lines[0]).toContain("in: a < b\n    from: a\n    to: c");
  });
});

it("a span is the text it says", () => {
  const span = { start: { line: 1, column: 5 }, end: { line: 2, column: 3 } };
  expect(originalOf("one two\nthree\nfour", span)).toBe("two\nth");
});

it("every source in scope is of one part", () => {
  expect(partOf("functions/reconcile/audit/brake.ts")?.name).toBe("audits");
  expect(partOf("functions/reconcile/chat-click.ts")?.name).toBe("exceptions");
  expect(partOf("functions/reconcile/apply.ts")?.name).toBe("closing");
  expect(partOf("matrix/audit/page/page.ts")?.name).toBe("matrix");
  expect(partOf("functions/aws/retry-queue.ts")).toBeUndefined();
  expect(new Set(parts.map(({ name }) => name)).size).toBe(parts.length);
});

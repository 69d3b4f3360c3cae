// Facts, how much of them is shown, and how they are set in columns.
import { describe, expect, it, test } from "vitest";
import { countOf, limited } from "../../matrix/alert/count-text.ts";
import { briefFacts, fact, factLines } from "../../matrix/alert/fact.ts";
import { labelled, widthOf, wrap } from "../../matrix/alert/paragraph.ts";
import { bytesOf, fitting, sentBytes } from "../../matrix/alert/size.ts";
import { asciiLine, subjectOf } from "../../matrix/alert/subject.ts";

const lines = (count: number) => Array.from({ length: count }, (_, n) => `line ${n}`);

describe("a fact", () => {
  it("is none without a line that says something", () => {
    expect(fact("Why", undefined, "")).toEqual([]);
    expect(fact("Why")).toEqual([]);
    expect(fact("Why", "a", undefined, "", "b")).toEqual([{ label: "Why", lines: ["a", "b"] }]);
  });

  it("in columns has its label once", () => {
    const facts = [...fact("Why", "a", "b"), ...fact("Exception", "c")];
    expect(factLines(facts)).toEqual(["Why       a", "          b", "Exception c"]);
  });

  it.each([
    [5, lines(5)],
    [6, [...lines(4), "and 2 more"]],
    [9, [...lines(4), "and 5 more"]],
  ])("in short has five lines at most: of %i", (count, shown) => {
    expect(briefFacts(fact("L", ...lines(count)))).toEqual([{ label: "L", lines: shown }]);
  });

  it("in short has 400 characters a line", () => {
    const [{ lines: [line = ""] = [] } = {}] = briefFacts(fact("L", "x".repeat(500)));
    expect(line).toBe(`${"x".repeat(399)}…`);
  });
});

test.each([
  [2, 3, ["line 0", "line 1"]],
  [3, 3, ["line 0", "line 1", "line 2"]],
  [5, 3, ["line 0", "line 1", "line 2", "and 2 more"]],
])("of %i lines %i may be listed: %j", (count, most, shown) => {
  expect(limited(lines(count), line => line, most)).toEqual(shown);
});

test.each([
  [0, "0 rules"],
  [1, "1 rule"],
  [2, "2 rules"],
])("%i is written %s", (count, text) => expect(countOf(count, "rule")).toBe(text));

describe("columns", () => {
  it("a label stands before the first line", () => {
    const text = `${"x".repeat(68)} y`;
    expect(labelled("Why", text)).toEqual([`Why       ${"x".repeat(68)}`, "          y"]);
  });

  it("a word of just the width is not broken, and one more is", () => {
    expect(wrap("abc", 3)).toEqual(["abc"]);
    expect(wrap("abcd", 3)).toEqual(["abc", "d"]);
    expect(wrap("ab c", 4)).toEqual(["ab c"]);
    expect(wrap("ab cd", 4)).toEqual(["ab", "cd"]);
    expect(wrap(`${"x".repeat(78)} y`)).toEqual(["x".repeat(78), "y"]);
  });

  it.each([
    ["abc", 3],
    ["\u00e9\u02ff", 2],
    ["e\u0301", 1],
    ["\u0416", 1],
    ["\u00a9", 1],
    ["名", 2],
    ["\u1100", 2],
    ["😀", 2],
    ["\u{20000}", 2],
    ["", 0],
  ])("%j takes %i", (text, columns) => expect(widthOf(text)).toBe(columns));
});

describe("what fits", () => {
  it("is counted in bytes as JSON", () => {
    expect([bytesOf("名"), sentBytes("名"), sentBytes('"')]).toEqual([3, 5, 4]);
  });

  // Each text takes its JSON and two bytes more.
  it.each([
    [0, []],
    [4, []],
    [5, ["a"]],
    [10, ["a"]],
    [11, ["a", "bb"]],
    [100, ["a", "bb"]],
  ])("in %i bytes is the first of the texts: %j", (bytes, texts) => {
    expect(fitting(["a", "bb"], bytes)).toEqual(texts);
  });

  it("ends with the first that does not, though a later one would", () => {
    expect(fitting(["a", "b".repeat(50), "c"], 20)).toEqual(["a"]);
    expect(fitting(["b".repeat(50), "c"], 20)).toEqual([]);
  });
});

describe("a subject", () => {
  const group = { id: "sg-1", name: "web" };
  const place = { account: "111122223333", region: "eu-west-1", group };
  it.each([
    ["its part", { ...place, parts: ["front"] }, "T on front sg-1, 111122223333 eu-west-1"],
    ["its name without a part", { ...place, parts: [] }, "T on web sg-1, 111122223333 eu-west-1"],
    [
      "its name where the part is not ASCII",
      { ...place, parts: ["前端"] },
      "T on web sg-1, 111122223333 eu-west-1",
    ],
    [
      "its name where only another part is ASCII",
      { ...place, parts: ["前端", "front"] },
      "T on web sg-1, 111122223333 eu-west-1",
    ],
    [
      "its name where the part is long",
      { ...place, parts: ["x".repeat(41)] },
      "T on web sg-1, 111122223333 eu-west-1",
    ],
    [
      "its part of forty letters",
      { ...place, parts: ["x".repeat(40)] },
      `T on ${"x".repeat(40)} sg-1, 111122223333 eu-west-1`,
    ],
    [
      "its id alone",
      { ...place, parts: ["a b"], group: { id: "sg-1", name: "" } },
      "T on sg-1, 111122223333 eu-west-1",
    ],
  ])("names the group by %s", (_, where, subject) => expect(subjectOf("T", where)).toBe(subject));

  it("has 99 characters at most, each of ASCII that shows", () => {
    expect(asciiLine("x".repeat(99))).toBe("x".repeat(99));
    expect(asciiLine("x".repeat(100))).toBe(`${"x".repeat(96)}...`);
    expect(asciiLine("a\n名😀~ ")).toBe("a???~ ");
  });
});

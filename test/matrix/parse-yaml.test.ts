import { describe, expect, test } from "vitest";
import { parseMatrix } from "../../matrix/file/parse.ts";
import { linesOf } from "../support/parsing.ts";

const base = "matrix: m\ngroups: { api: { name: api } }\n";

describe("refuses text that is no matrix", () => {
  test.each([
    ["nothing", "", "0.yaml:1:1: the file is empty"],
    ["a comment alone", "# later", "0.yaml:1:1: the file is empty"],
    ["a word", "hello", "0.yaml:1:1: a matrix file is a map of keys"],
    ["a list", "- a", "0.yaml:1:1: a matrix file is a map of keys"],
    [
      "two documents",
      `${base}---\n${base}`,
      "0.yaml:3:1: the file holds more than one YAML document",
    ],
    ["a tag", "matrix: !m x", "0.yaml:1:9: not YAML: unresolved tag"],
    ["YAML 1.1", `%YAML 1.1\n---\n${base}`, "0.yaml:1:1: YAML 1.1 reads `no` as false"],
    ["a tab for indentation", "groups:\n\tapi: {}", "0.yaml:2:1: not YAML: tabs are not allowed"],
    ["an open brace", "groups: { api: {", "0.yaml:1:17: not YAML: flow map"],
    ["a colon within braces", "flows: [{ purpose: a: b }]", "0.yaml:1:20: not YAML: block coll"],
    ["a reserved first letter", "matrix: @m", "0.yaml:1:9: not YAML: plain value cannot start"],
    [
      "deep nesting",
      `networks: ${"[".repeat(40)}${"]".repeat(40)}`,
      "nested deeper than 16 levels",
    ],
    ["very deep nesting", "[".repeat(20_000), "nested deeper than 16 levels"],
    ["more than 1 MB", `#${" ".repeat(1_000_000)}`, "0.yaml:1:1: the file is larger than 1 MB"],
    ["more than 1 MB of Chinese letters", `# ${"长".repeat(400_000)}`, "larger than 1 MB"],
  ])("such as %s", (_, text, says) => {
    const lines = linesOf(text);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(says);
    expect(lines[0]).toMatch(/ \(.+\)$/s);
  });
});

describe("refuses keys and aliases such as", () => {
  test.each([
    ["a key twice", `${base}mode: revoke\nmode: enforce`, "0.yaml:4:1: `mode` stands twice"],
    [
      "a number and its text as keys",
      `${base}people: { 1: [], "1": [] }`,
      "0.yaml:3:18: `1` stands twice",
    ],
    ["a map as key", `${base}? { a: b }\n: c`, "0.yaml:3:3: a key is one plain text"],
    ["no key", `${base}? \n: c`, "a key is one plain text"],
    ["a merge key", `${base}flows: []\n<<: { mode: revoke }`, "0.yaml:4:1: unknown key `<<`"],
    ["the key __proto__", `${base}"__proto__": { mode: enforce }`, "unknown key `__proto__`"],
    ["an alias without an anchor", `${base}mode: *m`, "0.yaml:3:7: *m names no anchor above it"],
    ["an alias of itself", `${base}flows: &f [*f]`, "0.yaml:3:12: *f holds itself"],
  ])("%s", (_, text, says) => {
    expect(linesOf(text).some(line => line.includes(says))).toBe(true);
  });

  test("the name __proto__, which would be found where nobody defined it", () => {
    const text =
      '{ "matrix": "m", "groups": { "__proto__": { "name": "a" }, "b": { "name": "b" } } }';
    expect(linesOf(text)).toHaveLength(1);
    expect(linesOf(text)[0]).toContain("`__proto__` cannot be a name");
  });

  test("an alias bomb, at once", () => {
    const levels = "bcdefghij".split("").map((name, index) => {
      const below = `*${"abcdefghi"[index]}`;
      return `  ${name}: &${name} [${Array(9).fill(below).join(", ")}]`;
    });
    const text = `${base}networks:\n  a: &a [10.0.0.0/8]\n${levels.join("\n")}\n`;
    expect(linesOf(text).join("\n")).toContain("more than 200000 values once its aliases");
  });

  test("networks that come to too much when written out", () => {
    const levels = Array.from(
      { length: 30 },
      (_, i) => `n${i + 1}: [n${i}, m${i}], m${i}: [n${i}]`,
    );
    const text = `${base}networks: { n0: [10.0.0.0/8], ${levels.join(", ")} }`;
    expect(linesOf(text)[0]).toContain("more than 10000 peers");
  });

  test("a chain of networks without end", () => {
    const chain = Array.from({ length: 5_000 }, (_, i) => `n${i}: [n${i + 1}]`).join(", ");
    const lines = linesOf(`${base}networks: { ${chain}, n5000: [] }`);
    expect(lines[0]).toContain("or 32 levels");
  });
});

test("checks the files that can be read beside one that cannot", () => {
  expect(linesOf("flows: [", `${base}mode: monitor`).map(line => line.split(": ")[0])).toEqual([
    "0.yaml:1:9",
    "1.yaml:3:7",
  ]);
});

test("tells what of a file is refused although a later file replaces it", () => {
  const lines = linesOf(`${base}mode: monitor`, "mode: revoke");
  expect(lines).toEqual(["0.yaml:3:7: `monitor` is no mode (one of observe, revoke, enforce)"]);
});

test("reads two thousand groups and flows in a moment", () => {
  const groups = Array.from({ length: 2000 }, (_, i) => `  g${i}: { members: [10.0.0.1] }`);
  const flows = Array.from(
    { length: 2000 },
    (_, i) => `  - { from: g${i}, to: g0, ports: tcp ${i} }`,
  );
  const text = `matrix: m\ngroups:\n${groups.join("\n")}\nflows:\n${flows.join("\n")}\n`;
  expect(parseMatrix([{ name: "m.yaml", text }]).flows).toHaveLength(2000);
});

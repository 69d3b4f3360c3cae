import { describe, expect, test } from "vitest";
import { parseMatrix } from "../../matrix/file/parse.ts";
import { linesOf, parse, problemsOf, refusalsOf } from "../support/parsing.ts";

const base = "matrix: m\ngroups: { api: { name: api } }\n";

const EMPTY = "0.yaml:1:1: the file is empty (begin with `matrix: NAME`)";
const NO_MAP =
  "0.yaml:1:1: a matrix file is a map of keys such as matrix, groups and flows (begin with `matrix: NAME`)";
const TOO_LARGE = "0.yaml:1:1: the file is larger than 1 MB (split the matrix into files)";
const QUOTE = '(put text that holds ": ", " #", a comma or a bracket in quotes)';

/** A file of so many bytes, of letters that take three each at its end. */
const sized = (bytes: number, letter: string): string => {
  const left = bytes - base.length - 1;
  const wide = Math.floor(left / new TextEncoder().encode(letter).length);
  const narrow = left - wide * new TextEncoder().encode(letter).length;
  return `${base}#${letter.repeat(wide)}${"a".repeat(narrow)}`;
};

describe("refuses text that is no matrix", () => {
  test.each([
    ["nothing", "", `yaml.empty ${EMPTY}`],
    ["a comment alone", "# later", `yaml.empty ${EMPTY}`],
    ["a word", "hello", `type ${NO_MAP}`],
    ["a list", "- a", `type ${NO_MAP}`],
    [
      "two documents",
      `${base}---\n${base}`,
      "yaml.multiple-docs 0.yaml:3:1: the file holds more than one YAML document (remove the `---`, or give the second document as a file of its own)",
    ],
    [
      "a tag",
      "matrix: !m x",
      "yaml.tag-resolve-failed 0.yaml:1:9: not YAML: unresolved tag: !m (remove the tag, or put a value that begins with ! in quotes)",
    ],
    [
      "YAML 1.1",
      `%YAML 1.1\n---\n${base}`,
      "yaml.version 0.yaml:1:1: YAML 1.1 reads `no` as false and `22:22` as a number; a matrix is YAML 1.2 (remove the %YAML 1.1 line)",
    ],
    [
      "a tab for indentation",
      "groups:\n\tapi: {}",
      "yaml.tab-as-indent 0.yaml:2:1: not YAML: tabs are not allowed as indentation (indent by spaces)",
    ],
    [
      "an open brace",
      "groups: { api: {",
      "yaml.bad-indent 0.yaml:1:17: not YAML: flow map in block collection must be sufficiently indented and end with a } (close what is open on the lines above, and indent by spaces alike)",
    ],
    [
      "a colon within braces",
      "flows: [{ purpose: a: b }]",
      `yaml.block-in-flow 0.yaml:1:20: not YAML: block collections are not allowed within flow collections ${QUOTE}`,
    ],
    [
      "an open quote",
      'matrix: "m',
      `yaml.missing-char 0.yaml:1:11: not YAML: missing closing "quote ${QUOTE}`,
    ],
    [
      "a reserved first letter",
      "matrix: @m",
      "yaml.bad-scalar-start 0.yaml:1:9: not YAML: plain value cannot start with reserved character @ (put the text in quotes)",
    ],
    [
      "deep nesting",
      `networks: ${"[".repeat(40)}${"]".repeat(40)}`,
      "yaml.depth 0.yaml:1:27: nested deeper than 16 levels (a matrix needs five)",
    ],
    [
      "lists one level too deep",
      `${base}networks: { a: ${"[".repeat(16)}${"]".repeat(16)} }`,
      "yaml.depth 0.yaml:3:31: nested deeper than 16 levels (a matrix needs five)",
    ],
    [
      "maps one level too deep",
      `${base}x: ${"{ a: ".repeat(16)}1${" }".repeat(16)}`,
      "yaml.depth 0.yaml:3:84: nested deeper than 16 levels (a matrix needs five)",
    ],
    ["more than 1 MB", sized(1_000_001, " "), `yaml.size ${TOO_LARGE}`],
    ["more than 1 MB of Chinese letters", sized(1_000_001, "长"), `yaml.size ${TOO_LARGE}`],
  ])("such as %s", (_, text, line) => {
    expect(refusalsOf(text)).toEqual([`matrix.${line}`]);
  });

  test("such as very deep nesting", () => {
    expect(refusalsOf("[".repeat(20_000))).toEqual([
      expect.stringMatching(
        /^matrix\.yaml\.depth 0\.yaml:1:\d+: nested deeper than 16 levels \(a matrix needs five\)$/,
      ),
    ]);
  });

  test("and has no cure for a directive that nobody knows", () => {
    expect(problemsOf(`%M 1\n---\n${base}`)).toStrictEqual([
      {
        ...{ code: "matrix.yaml.bad-directive", message: "not YAML: unknown directive %M" },
        ...{ file: "0.yaml", line: 1, column: 1 },
      },
    ]);
  });

  test("and says of a whole file that it has no path", () => {
    expect(problemsOf("- a")).toStrictEqual([
      {
        ...{ code: "matrix.type", file: "0.yaml", line: 1, column: 1 },
        ...{ message: "a matrix file is a map of keys such as matrix, groups and flows" },
        cure: "begin with `matrix: NAME`",
      },
    ]);
  });

  test("and says of a fault of YAML that it has no path", () => {
    expect(problemsOf("")[0]).not.toHaveProperty("path");
    expect(problemsOf("matrix: @m")[0]).not.toHaveProperty("path");
    expect(problemsOf("[".repeat(20_000))[0]).not.toHaveProperty("path");
    expect(problemsOf(`%YAML 1.1\n---\n${base}`)[0]).not.toHaveProperty("path");
  });
});

describe("reads", () => {
  test.each([
    ["1 MB", sized(1_000_000, " ")],
    ["1 MB of Chinese letters", sized(1_000_000, "长")],
    ["YAML that says its version", `%YAML 1.2\n---\n${base}`],
    [
      "what an anchor that is used later says",
      `${base}networks: { a: &a [10.0.0.0/8], b: *a, c: *a }`,
    ],
  ])("%s", (_, text) => {
    expect(refusalsOf(text)).toEqual([]);
  });

  test("the latest of two anchors with one name", () => {
    const text = `${base}networks: { a: &x [10.0.0.0/8], b: &x [10.1.0.0/16], c: *x }`;
    expect(parse(text).networks.c).toEqual([{ kind: "cidr", cidr: "10.1.0.0/16" }]);
  });

  test("within what an alias stands for what was meant there", () => {
    const text = `${base}networks: { a: [&x 10.0.0.0/8], b: &y [*x], c: [&x 10.1.0.0/16], d: *y, e: [*x] }`;
    const [first, second] = ["10.0.0.0/8", "10.1.0.0/16"].map(cidr => [{ kind: "cidr", cidr }]);
    expect(parse(text).networks).toEqual({ a: first, b: first, c: second, d: first, e: second });
  });
});

describe("refuses keys and aliases such as", () => {
  const KEY = "a key is one plain text (quote IPv6 addresses and texts that hold a colon)";
  const TOP = "(one of matrix, mode, vpc, networks, groups, flows, forbid, people, exceptions)";
  test.each<[string, string, ...string[]]>([
    [
      "a key twice, of which the first counts",
      `${base}mode: revoke\nmode: monitor`,
      "yaml.duplicate-key 0.yaml:4:1: `mode` stands twice in one map, first on line 3 (keep one of them)",
    ],
    [
      "a number and its text as keys",
      `${base}people: { a1: [], 0x1: [], "0x1": [] }`,
      "yaml.duplicate-key 0.yaml:3:28: `0x1` stands twice in one map, first on line 3 (keep one of them)",
    ],
    ["a map as key", `${base}? { a: b }\n: c`, `yaml.key 0.yaml:3:3: ${KEY}`],
    [
      "an alias as key",
      `${base}networks: { a: &x [] }\npeople: { *x : [] }`,
      `yaml.key 0.yaml:4:11: ${KEY}`,
    ],
    ["no key", `${base}? \n: c`, `yaml.key 0.yaml:3:3: ${KEY}`],
    ["nothing before the colon", `${base}: c`, `yaml.key 0.yaml:3:1: ${KEY}`],
    ["a key that is nothing", `${base}~: c`, `unknown-key 0.yaml:3:1: unknown key \`~\` ${TOP}`],
    [
      "a merge key",
      `${base}flows: []\n<<: { mode: revoke }`,
      "unknown-key 0.yaml:4:1: unknown key `<<` (write the keys out)",
    ],
    [
      "the key __proto__",
      `${base}"__proto__": { mode: enforce }`,
      `unknown-key 0.yaml:3:1: unknown key \`__proto__\` ${TOP}`,
    ],
    [
      "an alias without an anchor above it",
      `${base}mode: *m\nvpc: &m vpc-0a1b2c3d`,
      "yaml.alias 0.yaml:3:7: *m names no anchor above it (put a value that begins with * in quotes)",
      "type 0.yaml:3:7: `mode` must be text, not empty (one of observe, revoke, enforce)",
    ],
    [
      "an alias of itself",
      `${base}flows: &f [*f]`,
      "yaml.alias 0.yaml:3:12: *f holds itself (write the value out)",
      "type 0.yaml:3:12: an item of `flows` must be a map, not empty (write {}, or remove the key)",
    ],
    [
      "an alias of the whole file",
      "&f [*f]",
      "type 0.yaml:1:4: a matrix file is a map of keys such as matrix, groups and flows (begin with `matrix: NAME`)",
      "yaml.alias 0.yaml:1:5: *f holds itself (write the value out)",
    ],
  ])("%s", (_, text, ...lines) => {
    expect(refusalsOf(text)).toEqual(lines.map(line => `matrix.${line}`));
  });

  test("one that is no text, at a path with a question mark", () => {
    expect(problemsOf(`${base}? { a: b }\n: c`).map(({ path }) => path)).toEqual(["?"]);
    expect(problemsOf(`${base}mode: 3`).map(({ path }) => path)).toEqual(["mode"]);
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
    expect(refusalsOf(text)).toEqual([
      expect.stringMatching(
        /^matrix\.yaml\.size 0\.yaml:\d+:\d+: the file comes to more than 200000 values once its aliases are written out \(use a network, not aliases\)$/,
      ),
    ]);
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

// What is said of a matrix that is refused, and in what order.
import { describe, expect, test } from "vitest";
import { parseMatrix } from "../../matrix/file/parse.ts";
import { linesOf, problemsOf, refusalsOf } from "../support/parsing.ts";

// Each text stands on lines 3 and after.
const base = "matrix: m\ngroups: { api: { name: api }, db: { name: db } }\n";

/** A text and what is said of it, all of it. */
const ROWS: readonly (readonly [text: string, ...lines: string[]])[] = [
  [
    "mode: monitor",
    "matrix.unknown-mode 0.yaml:3:7: `monitor` is no mode (one of observe, revoke, enforce)",
  ],
  ["mode: Enforce", "matrix.unknown-mode 0.yaml:3:7: `Enforce` is no mode (did you mean enforce?)"],
  [
    "colour: red",
    "matrix.unknown-key 0.yaml:3:1: unknown key `colour` (one of matrix, mode, vpc, networks, groups, flows, forbid, people, exceptions)",
  ],
  ["network: {}", "matrix.unknown-key 0.yaml:3:1: unknown key `network` (did you mean networks?)"],
  [
    "vpc: vpc-1",
    "matrix.vpc 0.yaml:3:6: `vpc-1` is no VPC id (vpc- and 8 to 17 hexadecimal digits, in lower case)",
  ],
  [
    "vpc: [vpc-0a1b2c3d, 7]",
    'matrix.type 0.yaml:3:21: an item of `vpc` must be text, not the number `7` (quote it: "7")',
  ],
  [
    "vpc: xvpc-0a1b2c3d",
    "matrix.vpc 0.yaml:3:6: `xvpc-0a1b2c3d` is no VPC id (vpc- and 8 to 17 hexadecimal digits, in lower case)",
  ],
  [
    "vpc: vpc-0a1b2c3dX",
    "matrix.vpc 0.yaml:3:6: `vpc-0a1b2c3dX` is no VPC id (vpc- and 8 to 17 hexadecimal digits, in lower case)",
  ],
  [
    'vpc: ""',
    "matrix.vpc 0.yaml:3:6: `` is no VPC id (vpc- and 8 to 17 hexadecimal digits, in lower case)",
  ],
  ["vpc: []", "matrix.empty 0.yaml:3:6: the list is empty (name at least one)"],
  [
    "vpc: { a: b }",
    "matrix.type 0.yaml:3:6: `a` is read as a map (quote text that holds a colon, such as an IPv6 address)",
  ],
  [
    "flows: none",
    "matrix.type 0.yaml:3:8: `flows` must be a list, not the text `none` (write [none])",
  ],
  [
    "flows:",
    "matrix.type 0.yaml:3:7: `flows` must be a list, not empty (give it a value, or remove it)",
  ],
  [
    "mode:",
    "matrix.type 0.yaml:3:6: `mode` must be text, not empty (one of observe, revoke, enforce)",
  ],
  [
    "mode: ~",
    "matrix.type 0.yaml:3:7: `mode` must be text, not empty (one of observe, revoke, enforce)",
  ],
  [
    "mode: [observe]",
    "matrix.type 0.yaml:3:7: `mode` must be text, not a list (one of observe, revoke, enforce)",
  ],
  [
    "mode: { a: b }",
    "matrix.type 0.yaml:3:7: `mode` must be text, not a map (one of observe, revoke, enforce)",
  ],
  ["mode: 3", "matrix.unknown-mode 0.yaml:3:7: `3` is no mode (one of observe, revoke, enforce)"],
  ['mode: ""', "matrix.unknown-mode 0.yaml:3:7: `` is no mode (one of observe, revoke, enforce)"],
  ["<<: { mode: revoke }", "matrix.unknown-key 0.yaml:3:1: unknown key `<<` (write the keys out)"],
  [
    "vpc: 0x1F",
    'matrix.type 0.yaml:3:6: `vpc` must be text, not the number `0x1F` (quote it: "0x1F")',
  ],
];

test.each(ROWS)("refuses %s", (text, ...lines) => {
  expect(refusalsOf(base + text)).toEqual(lines);
});

describe("names every problem at once", () => {
  test("in the order of the file, each with place, path and cure", () => {
    const text = `matrix: m
groups:
  api: { name: api, colour: red }
  db: {}
flows:
  - { from: apii, to: db, ports: tcp 80/443 }
  - { from: api, to: db, ports: tcp 99999, need: maybe }
`;
    const problems = problemsOf(text);
    expect(problems.map(({ code, line, path }) => [code, line, path])).toEqual([
      ["matrix.unknown-key", 3, "groups.api.colour"],
      ["matrix.entry.empty", 4, "groups.db"],
      ["matrix.peer.unknown", 6, "flows[0].from"],
      ["matrix.ports.slash", 6, "flows[0].ports"],
      ["matrix.ports.range", 7, "flows[1].ports"],
      ["matrix.unknown-need", 7, "flows[1].need"],
    ]);
    expect(problems.every(({ cure, file, column }) => cure && file && column)).toBe(true);
  });

  test("in the file each stands in", () => {
    const above = "networks: { a: [10.0.0.1/8] }\nflows: [{ from: nobody, to: db, ports: all }]";
    expect(linesOf(`${base}mode: monitor`, above).map(line => line.split(": ")[0])).toEqual([
      "0.yaml:3:7",
      "1.yaml:1:17",
      "1.yaml:2:17",
    ]);
  });

  test("in the order of the files, whatever is found first", () => {
    const network = (name: string) => `networks: { ${name}: [nobody] }`;
    const places = linesOf(
      `${base}${network("a")}\nmode: monitor`,
      `mode: monitor\n${network("b")}`,
    );
    expect(places.map(line => line.split(": ")[0])).toEqual([
      "0.yaml:3:17",
      "0.yaml:4:7",
      "1.yaml:1:7",
      "1.yaml:2:17",
    ]);
  });

  test("in the message of one error", () => {
    const parse = () => parseMatrix([{ name: "m.yaml", text: "mode: monitor\nvpc: 3" }]);
    expect(parse).toThrow(
      [
        "m.yaml:1:1: the matrix has no name (begin with `matrix: NAME`)",
        "m.yaml:1:1: the matrix has no group, so it would govern nothing (add one under groups, such as `groups: { api: { name: NAME-IN-EC2 } }`)",
        "m.yaml:1:7: `monitor` is no mode (one of observe, revoke, enforce)",
        'm.yaml:2:6: `vpc` must be text, not the number `3` (quote it: "3")',
      ].join("\n"),
    );
  });
});

test("refuses a flow by group id and names the entry the id belongs to", () => {
  const text = `matrix: m\ngroups: { db: { id: sg-0a1b2c3d } }\nflows: [{ from: public, to: sg-0a1b2c3d, ports: all }]`;
  expect(linesOf(text)[0]).toContain("(write db for sg-0a1b2c3d)");
});

test("says nothing of a group missing where the groups are of the wrong type", () => {
  expect(linesOf("matrix: m\ngroups: [api]")).toEqual([
    "0.yaml:2:9: `groups` must be a map, not a list (write `key: value` pairs below it, or in { })",
  ]);
});

test("shows hidden characters of a file spelled out", () => {
  expect(linesOf(`${base}"mo\\u202ede\\n": x`)[0]).toContain("`mo\\u{202e}de\\u{a}`");
});

test.each([
  [
    "groups: { api: { name: api } }",
    "no-name 0.yaml:1:1: the matrix has no name (begin with `matrix: NAME`)",
  ],
  [
    "matrix: two words\ngroups: { api: { name: api } }",
    "name 0.yaml:1:9: `two words` cannot be a name (letters, digits, . _ and -, beginning with a letter or digit, 64 at most)",
  ],
  [
    "matrix: 3\ngroups: { api: { name: api } }",
    'type 0.yaml:1:9: `matrix` must be text, not the number `3` (quote it: "3")',
  ],
])("refuses the file %j", (text, line) => {
  expect(refusalsOf(text)).toEqual([`matrix.${line}`]);
});

describe("a section of the wrong type is told alone, above or below one that is right", () => {
  const flows = `${base}flows: [{ from: api, to: db, ports: all }]`;
  const MAP = "(write `key: value` pairs below it, or in { })";
  test.each([
    [base, "groups: 3", `1.yaml:1:9: \`groups\` must be a map, not the number \`3\` ${MAP}`],
    ["groups: 3", base, `0.yaml:1:9: \`groups\` must be a map, not the number \`3\` ${MAP}`],
    [base, "groups: { api: [a] }", `1.yaml:1:16: \`api\` must be a map, not a list ${MAP}`],
    [flows, "flows: {}", "1.yaml:1:8: `flows` must be a list, not a map (write [ ] around it)"],
    ["flows: {}", flows, "0.yaml:1:8: `flows` must be a list, not a map (write [ ] around it)"],
    ["flows: 3", flows, "0.yaml:1:8: `flows` must be a list, not the number `3` (write [3])"],
  ])("%j and %j", (first, second, line) => {
    expect(linesOf(first, second)).toEqual([line]);
  });
});

test("says nothing of names that a file may define which cannot be read", () => {
  const lines = linesOf(
    "networks: { office: []",
    `${base}flows: [{ from: office, to: db, ports: all }]`,
  );
  expect(lines.map(line => line.split(": ")[1])).toEqual(["not YAML"]);
});

test("refuses no file at all", () => {
  expect(refusalsOf()).toEqual([
    "matrix.no-file no matrix file is given (name one with --matrix FILE)",
  ]);
});

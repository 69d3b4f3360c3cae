import { describe, expect, test } from "vitest";
import { formatProblem, InputError, type Problem } from "../../matrix/errors.ts";
import { parseMatrix } from "../../matrix/file/parse.ts";

/** The problems of files that must be refused. */
function problemsOf(...texts: string[]): readonly Problem[] {
  try {
    parseMatrix(texts.map((text, index) => ({ name: `${index}.yaml`, text })));
  } catch (error) {
    if (error instanceof InputError) return error.problems;
    throw error;
  }
  return [];
}

const linesOf = (...texts: string[]): string[] => problemsOf(...texts).map(formatProblem);

// Each row's text stands on lines 3 and after.
const base = "matrix: m\ngroups: { api: { name: api }, db: { name: db } }\n";
const flow = (text: string): string => `${base}flows: [{ ${text} }]`;

const AFTER_BASE: readonly (readonly [text: string, place: string, says: string, cure: string])[] =
  [
    ["mode: monitor", "3:7", "`monitor` is no mode", "one of observe, revoke, enforce"],
    ["mode: Enforce", "3:7", "`Enforce` is no mode", "did you mean enforce?"],
    ["colour: red", "3:1", "unknown key `colour`", "one of matrix, mode,"],
    ["network: {}", "3:1", "unknown key `network`", "did you mean networks?"],
    ["vpc: vpc-1", "3:6", "`vpc-1` is no VPC id", "hexadecimal"],
    ["vpc: [vpc-0a1b2c3d, 7]", "3:21", "must be text, not the number `7`", 'quote it: "7"'],
    ["networks: { a: 10.0.0.0/8 }", "3:16", "`a` must be a list", "write [10.0.0.0/8]"],
    ["networks: { api: [] }", "2:11", "`api` is a network and a group", "rename one"],
    ["networks: { public: [] }", "3:13", "`public` is built in", "use another name"],
    ["networks: { sg-1: [] }", "3:13", "`sg-1` cannot be a name", "a word of its own"],
    ["networks: { toString: [] }", "3:13", "`toString` cannot be a name", "letters, digits"],
    ["networks: { 10.0.0.1: [] }", "3:13", "`10.0.0.1` cannot be a name", "letters, digits"],
    [
      "networks: { a: [b], b: [c], c: [a] }",
      "3:17",
      "holds itself: a -> b -> c -> a",
      "remove one",
    ],
    ["networks: { private: [private] }", "3:23", "private -> private", "list 10.0.0.0/8"],
    ["networks: { private: [a], a: [public] }", "3:13", "private may hold blocks only", "move"],
    ["networks: { a: [api] }", "3:17", "a network holds no groups", "name the group in from or to"],
    [
      "networks: { a: [10.0.0.1/8] }",
      "3:17",
      "`10.0.0.1/8` has bits set",
      "write 10.0.0.0/8, or 10.0.0.1/32",
    ],
    [
      'networks: { a: ["2001:db8::1/32"] }',
      "3:17",
      "bits set",
      "write 2001:db8::/32, or 2001:db8::1/128",
    ],
    [
      "networks: { a: [10.0.0.300] }",
      "3:17",
      "`10.0.0.300` is no address or block",
      "203.0.113.0/24",
    ],
    ["networks: { a: [010.0.0.1] }", "3:17", "`010.0.0.1` is no address", "203.0.113.7"],
    ["networks: { a: [10.0.0.0/33] }", "3:17", "`10.0.0.0/33` is no address", "203.0.113.0/24"],
    ["networks: { a: [2001:db8::] }", "3:17", "`2001:db8:` is read as a map", "IPv6"],
    ["networks: { a: [pl-XYZ] }", "3:17", "`pl-XYZ` is no prefix list id", "hexadecimal"],
    ["networks: { a: [sg-0a1b2c3d@1] }", "3:17", "is no group id", "12 digits"],
    ["networks: { a: [sg-0a1b2c3d@?] }", "3:17", "is no group id", "12 digits"],
    ["networks: { a: [{ list: pl-0a1b2c3d }] }", "3:17", "`within` is missing", "list's id alone"],
    [
      "networks: { a: [{ list: b, within: [10.0.0.0/8] }], b: [] }",
      "3:25",
      "only a list has",
      "{ list: pl-…",
    ],
    [
      "networks: { a: [{ list: pl-0a1b2c3d, within: [api] }] }",
      "3:47",
      "`api` is no address",
      "203.",
    ],
    [
      "networks: { a: [{ list: pl-0a1b2c3d, within: [] }] }",
      "3:46",
      "the list is empty",
      "at least one",
    ],
    ["people: { w: mail }", "3:14", "`w` must be a list", "write [mail]"],
    ["people: { w: [wang] }", "3:15", "`wang` is no identity", "mail:ADDRESS"],
    [
      'people: { w: ["arn:aws:iam::111122223333:role/x"] }',
      "3:15",
      "is no identity",
      "IAM user's ARN",
    ],
    ['people: { w: ["mail:a@b.c"], v: ["mail:A@b.c"] }', "3:34", "of w and of v", "one person"],
    ["exceptions: { approvers: [wang] }", "3:27", "`wang` is nobody of people", "none is defined"],
    [
      'exceptions: { approvers: ["arn:aws:iam::111122223333:role/*"] }',
      "3:27",
      "no exact ARN",
      "wildcards",
    ],
    ["exceptions: { maxDuration: 8 }", "3:28", "must be text, not the number `8`", "8h or 8m"],
    [
      "exceptions: { maxDuration: 8hours }",
      "3:28",
      "`8hours` is no duration",
      "write 30m, 8h or 2d",
    ],
    ["exceptions: { maxDuration: 0h }", "3:28", "`0h` is no duration", "write 30m, 8h or 2d"],
    ["exceptions: { perRequester: 0 }", "3:29", "`0` is less than 1", "write 1"],
    ["exceptions: { perRequester: many }", "3:29", "must be a whole number", "digits alone"],
    ["exceptions: { breakGlass: 9h }", "3:27", "longer than maxDuration", "shorten it"],
    ["forbid: [{ from: public, to: db }]", "3:10", "`ports` is missing", "add ports"],
    [
      "forbid: [{ from: public, to: public, ports: all }]",
      "3:10",
      "neither side of this forbid",
      "name a group",
    ],
    [
      "forbid: [{ from: { list: pl-0a1b2c3d, within: [10.0.0.0/8] }, to: db, ports: all }]",
      "3:18",
      "a forbid takes the list whole",
      "write pl-0a1b2c3d alone",
    ],
  ];

const IN_FLOW: readonly (readonly [text: string, column: number, says: string, cure: string])[] = [
  ["from: apii, to: db, ports: all", 17, "`apii` is no group and no network", "did you mean api?"],
  ["from: constructor, to: db, ports: all", 17, "`constructor` is no group", "one of api, db"],
  ['from: "api, db", to: db, ports: all', 17, "`api, db` is no name", "write a list: [api, db]"],
  ["from: others, to: db, ports: all", 17, "`others` cannot be a peer", "name the groups"],
  ["from: 3, to: db, ports: all", 17, "`from` must be text, not the number `3`", "quote it"],
  ["from: [], to: db, ports: all", 17, "the list is empty", "at least one"],
  ["from: , to: db, ports: all", 17, "`from` must be text, not empty", "comma"],
  [
    "from: public, to: 10.0.0.0/8, ports: all",
    9,
    "neither side of this flow is a group",
    "name a group",
  ],
  ["from: api, to: db", 9, "`ports` is missing", "add ports, such as `ports: tcp 443`"],
  ["from: api, to: db, ports: 443", 37, "not the number `443`", "tcp 443 or udp 443"],
  ["from: api, to: db, ports: [443]", 38, "an item of `ports` must be text", "tcp 443 or udp 443"],
  ["from: api, to: db, ports: 22:22", 37, "22:22 is one port", "write tcp 22"],
  [
    "from: api, to: db, ports: 80/443",
    37,
    "two ports or as a range",
    "tcp 80 443 for the two ports",
  ],
  ["from: api, to: db, ports: [tcp 1, tcp 9-8]", 45, "tcp 9-8 is reversed", "write tcp 8-9"],
  ["from: api, to: db, ports: all, need: maybe", 48, "`maybe` is no need", "one of required"],
  ["from: api, to: db, ports: all, sides: in", 49, "`in` is no sides", "one of both"],
  ["from: api, to: db, ports: all, probe: health", 49, "`health` is no path", "/internal/health"],
  ["from: api, to: db, ports: all, purpose: 3", 51, "not the number `3`", 'quote it: "3"'],
  ["from: api, to: db, ports: all, port: 3", 42, "unknown key `port`", "did you mean ports?"],
  ["from: api, to: db, ports: all, within: 3", 42, "unknown key `within`", "one of from, to"],
  [
    "from: api, to: db, ports: tcp 80,443,8000-8100",
    44,
    "unknown keys `443`, `8000-8100`, without a value",
    'write ports: "tcp 80,443,8000-8100"',
  ],
  [
    "from: api, to: db, ports: all, purpose: claim, heartbeat, report",
    58,
    "unknown keys `heartbeat`, `report`, without a value",
    'write purpose: "claim, heartbeat, report"',
  ],
  ["from: api, db, to: db, ports: all", 22, "unknown key `db`", "write from: [api, db]"],
];

const ENTRIES: readonly (readonly [text: string, column: number, says: string, cure: string])[] = [
  ["e: {}", 11, "nothing plays the part `e`", "give an id, a name, tags or members"],
  ["e: { mode: revoke, members: [] }", 11, "nothing plays the part `e`", "`others: {}`"],
  ["e:", 14, "`e` must be a map, not empty", "comma"],
  [
    "e: { members: [10.0.0.1], by: group }",
    41,
    "referred to by group but selects none",
    "remove by",
  ],
  ["e: { id: [sg-0a1b2c3d, sg-0a1b2c3e] }", 20, "`id` must be text, not a list", "one of each"],
  ["e: { name: a, name: b }", 25, "`name` stands twice in one map, first on line 2", "keep one"],
  ["e: { id: api }", 20, "`api` is no group id", "goes into name"],
  ["e: { name: sg-0a1b2c3d }", 22, "no group name", "write id: sg-0a1b2c3d"],
  ["e: { name: 12 }", 22, "not the number `12`", 'quote it: "12"'],
  ["e: { name: true }", 22, "not the truth value `true`", 'quote it: "true"'],
  ["e: { tags: {} }", 22, "would select every group", "name a tag"],
  ["e: { tags: { env: 1 } }", 29, "`env` must be text, not the number `1`", 'quote it: "1"'],
  ["e: { members: [10.0.0.1/24] }", 26, "bits set", "write 10.0.0.0/24, or 10.0.0.1/32"],
  ["e: { name: a, egress: shut }", 33, "`shut` is no egress", "one of open, listed"],
  ["others: { name: a }", 21, "`name` cannot stand in others", "an entry of their own"],
  ["others: { adopt: auto }", 21, "`adopt` cannot stand in others", "remove it"],
  ["private: { name: a }", 11, "`private` is built in", "redefine private under networks"],
];

describe("refuses and points at", () => {
  test.each(AFTER_BASE)("%s at %s: %s (%s)", (text, place, says, cure) => {
    const lines = linesOf(base + text);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(`0.yaml:${place}: `);
    expect(lines[0]).toContain(says);
    expect(lines[0]?.split(" (").slice(1).join(" (")).toContain(cure);
  });

  test.each(IN_FLOW)("the flow %s at column %i: %s (%s)", (text, column, says, cure) => {
    const lines = linesOf(flow(text));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(`0.yaml:3:${column}: `);
    expect(lines[0]).toContain(says);
    expect(lines[0]).toContain(cure);
  });

  test.each(ENTRIES)("the entry %s at column %i: %s (%s)", (text, column, says, cure) => {
    const lines = linesOf(`matrix: m\ngroups: { ${text} }`);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(`0.yaml:2:${column}: `);
    expect(lines[0]).toContain(says);
    expect(lines[0]).toContain(cure);
  });
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

test("refuses no file at all", () => {
  expect(() => parseMatrix([])).toThrow("no matrix file is given (name one with --matrix FILE)");
});

import { describe, expect, test } from "vitest";
import { parse } from "../support/parsing.ts";

const base = "matrix: m\ngroups: { api: { name: api }, db: { members: [10.0.0.7] } }\n";

test("fills in every default", () => {
  expect(parse("matrix: m\ngroups: { api: { name: funai-api } }")).toStrictEqual({
    matrix: "m",
    mode: "observe",
    vpcs: [],
    networks: {},
    groups: {
      api: {
        name: "api",
        groupName: "funai-api",
        members: [],
        egress: "open",
        by: "address",
        adopt: "manual",
      },
    },
    flows: [],
    forbids: [],
    people: {},
    exceptions: {
      approvers: [],
      maxDurationMinutes: 480,
      perRequester: 5,
      breakGlassMinutes: 0,
    },
  });
});

test("is plain JSON", () => {
  const document = parse(`${base}flows: [{ from: public, to: api, ports: tcp 443 }]`);
  expect(JSON.parse(JSON.stringify(document))).toEqual(document);
});

describe("entries", () => {
  const entryOf = (text: string) => parse(`matrix: m\ngroups: { e: ${text} }`).groups.e;

  test.each([
    ["{ id: sg-0a1b2c3d }", { id: "sg-0a1b2c3d" }],
    ['{ tags: { role: web, "tke:role": node } }', { tags: { role: "web", "tke:role": "node" } }],
    [
      "{ members: [10.0.0.7, 10.0.0.7/32, 10.1.0.0/16] }",
      { members: ["10.0.0.7/32", "10.1.0.0/16"] },
    ],
    ['{ members: ["2001:0DB8::1"] }', { members: ["2001:db8::1/128"] }],
    ["{ name: n, egress: listed, by: group }", { egress: "listed", by: "group" }],
    ["{ name: n, mode: enforce, owner: ops }", { mode: "enforce", owner: "ops" }],
    ["{ tags: { a: b }, adopt: auto }", { adopt: "auto" }],
  ])("reads %s", (text, part) => {
    expect(entryOf(text)).toMatchObject({ name: "e", ...part });
  });

  test("say nothing that the file does not say", () => {
    expect(entryOf("{ members: [10.0.0.7], by: address }")).toStrictEqual({
      ...{ name: "e", members: ["10.0.0.7/32"], egress: "open", by: "address", adopt: "manual" },
    });
  });

  test("reads others without a selector, its mode only where it says one", () => {
    const quiet = parse("matrix: m\nmode: enforce\ngroups: { others: {} }").groups.others;
    const loud = parse("matrix: m\ngroups: { others: { mode: revoke } }").groups.others;
    expect(quiet).toEqual({
      name: "others",
      members: [],
      by: "address",
      adopt: "manual",
      others: true,
      egress: "open",
    });
    expect(loud).toEqual({ ...quiet, mode: "revoke" });
  });
});

describe("peers", () => {
  const peersOf = (text: string) =>
    parse(
      `${base}networks: { office: [10.9.0.0/16] }\nflows: [{ from: ${text}, to: db, ports: all }]`,
    ).flows[0]?.from;

  test.each([
    ["api", [{ kind: "entry", name: "api" }]],
    ["office", [{ kind: "network", name: "office" }]],
    ["private", [{ kind: "network", name: "private" }]],
    ["public", [{ kind: "public" }]],
    ["0.0.0.0/0", [{ kind: "cidr", cidr: "0.0.0.0/0" }]],
    ["203.0.113.9", [{ kind: "cidr", cidr: "203.0.113.9/32" }]],
    ['"2001:DB8:0:0::/32"', [{ kind: "cidr", cidr: "2001:db8::/32" }]],
    ["pl-0a1b2c3d", [{ kind: "prefix-list", id: "pl-0a1b2c3d" }]],
    [
      "{ list: pl-0a1b2c3d, within: [203.0.113.0/24, 203.0.113.0/24] }",
      [{ kind: "prefix-list", id: "pl-0a1b2c3d", within: ["203.0.113.0/24"] }],
    ],
    ["sg-0a1b2c3d", [{ kind: "group", id: "sg-0a1b2c3d" }]],
    ["sg-0a1b2c3d@222233334444", [{ kind: "group", id: "sg-0a1b2c3d", owner: "222233334444" }]],
    [
      "[api, api, office]",
      [
        { kind: "entry", name: "api" },
        { kind: "network", name: "office" },
      ],
    ],
  ])("reads %s", (text, peers) => {
    expect(peersOf(text)).toEqual(peers);
  });

  test("lets networks be empty, nest and redefine private", () => {
    const text = `${base}networks: { none: [], 办公室: [none, public, private], private: [10.0.0.0/8] }`;
    expect(parse(text).networks).toEqual({
      none: [],
      办公室: [
        { kind: "network", name: "none" },
        { kind: "public" },
        { kind: "network", name: "private" },
      ],
      private: [{ kind: "cidr", cidr: "10.0.0.0/8" }],
    });
  });
});

describe("flows and forbids", () => {
  test("keep what they say and where they stand", () => {
    const text = `${base}flows:\n  - { from: [api, 10.0.0.0/8], to: db, ports: [tcp 80 443, icmp], need: advised, sides: both, purpose: "a, b", probe: /x }`;
    expect(parse(text).flows).toEqual([
      {
        id: "api, 10.0.0.0/8 -> db tcp 80 443, icmp",
        from: [
          { kind: "entry", name: "api" },
          { kind: "cidr", cidr: "10.0.0.0/8" },
        ],
        to: [{ kind: "entry", name: "db" }],
        ports: [
          { protocol: "tcp", from: 80, to: 80 },
          { protocol: "tcp", from: 443, to: 443 },
          { protocol: "icmp", from: -1, to: -1 },
        ],
        need: "advised",
        sides: "both",
        purpose: "a, b",
        probe: "/x",
        source: { file: "0.yaml", line: 4 },
      },
    ]);
  });

  test("are required unless they say so, with no peer spared", () => {
    const text = `${base}flows: [{ from: api, to: db, ports: all }]\nforbid: [{ from: public, to: db, ports: tcp 22, reason: r }, { from: public, to: db, ports: all }]`;
    const { flows, forbids } = parse(text);
    expect(flows[0]?.need).toBe("required");
    expect(flows[0]).not.toHaveProperty("sides");
    expect(flows[0]).not.toHaveProperty("purpose");
    expect(flows[0]).not.toHaveProperty("probe");
    expect(forbids[1]).not.toHaveProperty("reason");
    expect(forbids.slice(0, 1)).toStrictEqual([
      {
        id: "public -> db tcp 22",
        from: [{ kind: "public" }],
        to: [{ kind: "entry", name: "db" }],
        ports: [{ protocol: "tcp", from: 22, to: 22 }],
        except: [],
        reason: "r",
        source: { file: "0.yaml", line: 4 },
      },
    ]);
  });

  test("spare whom a forbid excepts", () => {
    const text = `${base}forbid: [{ from: public, to: db, ports: all, except: [api, 192.0.2.0/24] }]`;
    expect(parse(text).forbids[0]?.except).toEqual([
      { kind: "entry", name: "api" },
      { kind: "cidr", cidr: "192.0.2.0/24" },
    ]);
  });

  test("are told apart when their words are the same", () => {
    const flow = "{ from: api, to: db, ports: tcp 80 }";
    const ids = parse(`${base}flows: [${flow}, ${flow}]`).flows.map(({ id }) => id);
    expect(ids).toEqual(["api -> db tcp 80", "api -> db tcp 80 #2"]);
  });

  test("have each port once", () => {
    const { flows } = parse(`${base}flows: [{ from: api, to: db, ports: [tcp 80 80, tcp 80] }]`);
    expect(flows[0]?.ports).toEqual([{ protocol: "tcp", from: 80, to: 80 }]);
  });
});

test("reads people and the terms of exceptions", () => {
  const identities = [
    "sso:AWSReservedSSO_Security/wang@example.com",
    "slack:T01/U02",
    "mail:wang@example.com",
    "jwt:https://id.example.com#auth0|1",
    "arn:aws-cn:iam::111122223333:user/ops/wang",
  ];
  const arn = "arn:aws:iam::111122223333:role/Security";
  const document = parse(
    `${base}people: { wang: ${JSON.stringify(identities)} }\nexceptions: { approvers: [wang, "${arn}", wang], maxDuration: 2d, perRequester: 3, breakGlass: 30m }`,
  );
  expect(document.people).toEqual({ wang: identities });
  expect(document.exceptions).toEqual({
    approvers: ["wang", arn],
    maxDurationMinutes: 2880,
    perRequester: 3,
    breakGlassMinutes: 30,
  });
});

describe("identities", () => {
  const people = (text: string) => parse(`${base}people: { ${text} }`).people;

  test("of one person count once, whatever their case", () => {
    expect(people('w: ["mail:w@example.com", "mail:W@example.com"]')).toEqual({
      w: ["mail:w@example.com"],
    });
  });

  test("by a token are told apart by case", () => {
    expect(people('w: ["jwt:https://id#A"], v: ["jwt:https://id#a"]')).toEqual({
      w: ["jwt:https://id#A"],
      v: ["jwt:https://id#a"],
    });
  });
});

test("lets break-glass last as long as any exception", () => {
  const { exceptions } = parse(`${base}exceptions: { maxDuration: 2h, breakGlass: 120m }`);
  expect(exceptions).toMatchObject({ maxDurationMinutes: 120, breakGlassMinutes: 120 });
});

test("lets names of peers look a little like ids and addresses", () => {
  const networks = "networks: { my-sg-1: [], 1a: [], all: [my-sg-1, 1a] }";
  const flows = "flows: [{ from: [my-sg-1, 1a], to: db, ports: all }]";
  expect(parse(`${base}${networks}\n${flows}`).flows[0]?.from).toEqual([
    { kind: "network", name: "my-sg-1" },
    { kind: "network", name: "1a" },
  ]);
});

describe("several files", () => {
  const below = `${base}mode: revoke\nvpc: vpc-0a1b2c3d\nnetworks: { a: [10.0.0.0/8], b: [10.1.0.0/16] }\nflows: [{ from: a, to: db, ports: tcp 1 }]\nforbid: [{ from: public, to: db, ports: tcp 9 }]\nexceptions: { maxDuration: 4h, perRequester: 2 }`;

  test("win key by key, lists replacing lists", () => {
    const above =
      "mode: enforce\nvpc: [vpc-0a1b2c3e]\nnetworks: { a: [192.0.2.0/24] }\ngroups: { db: { members: [10.0.0.8], mode: observe }, web: { name: web } }\nexceptions: { perRequester: 9 }";
    const document = parse(below, above);
    expect(document).toMatchObject({ matrix: "m", mode: "enforce", vpcs: ["vpc-0a1b2c3e"] });
    expect(document.networks).toEqual({
      a: [{ kind: "cidr", cidr: "192.0.2.0/24" }],
      b: [{ kind: "cidr", cidr: "10.1.0.0/16" }],
    });
    expect(Object.keys(document.groups)).toEqual(["api", "db", "web"]);
    expect(document.groups.api?.groupName).toBe("api");
    expect(document.groups.db).toMatchObject({ members: ["10.0.0.8/32"], mode: "observe" });
    expect(document.exceptions).toMatchObject({ maxDurationMinutes: 240, perRequester: 9 });
  });

  test("add up their flows and forbids, each at its own place", () => {
    const above =
      "flows: [{ from: api, to: db, ports: tcp 2 }]\nforbid: [{ from: public, to: db, ports: tcp 8 }]";
    const { flows, forbids } = parse(below, above);
    expect(flows.map(({ id, source }) => [id, source])).toEqual([
      ["a -> db tcp 1", { file: "0.yaml", line: 6 }],
      ["api -> db tcp 2", { file: "1.yaml", line: 1 }],
    ]);
    expect(forbids.map(forbid => forbid.source?.file)).toEqual(["0.yaml", "1.yaml"]);
  });

  test("may name in one what another defines", () => {
    const flows = "flows: [{ from: office, to: db, ports: all }]";
    expect(parse(flows, base, "networks: { office: [192.0.2.0/24] }").flows).toHaveLength(1);
  });
});

describe("texts", () => {
  const json = '{\n\t"matrix": "m",\n\t"groups": { "api": { "name": "\\u0061pi" } }\n}\n';

  test.each([
    ["JSON with tabs", json],
    ["JSON on one line", JSON.stringify(JSON.parse(json))],
    [
      "a byte order mark and carriage returns",
      "\uFEFFmatrix: m\r\ngroups: { api: { name: api } }\r\n",
    ],
    ["document markers", "---\nmatrix: m\ngroups: { api: { name: api } }\n...\n"],
    ["aliases", "matrix: m\ngroups: { api: &e { name: api }, web: *e }\n"],
    ["a schema for editors", `$schema: ./schema.json\n${base}`],
  ])("may have %s", (_, text) => {
    expect(parse(text).groups.api?.groupName).toBe("api");
  });
});

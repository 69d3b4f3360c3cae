// What keeps a document from compiling, and what a flow becomes on either side.
import { describe, expect, it } from "vitest";
import { compileMatrix } from "../../matrix/compile.ts";
import { InputError } from "../../matrix/errors.ts";
import { parseMatrix } from "../../matrix/file/parse.ts";
import type { Pins } from "../../matrix/flows/selection.ts";
import { formatRule } from "../../matrix/rules/rule.ts";

const head = `matrix: test
networks: { office: [203.0.113.0/24], clients: [public], empty: [] }
groups:
  web: { name: web, members: [10.0.1.1], egress: listed }
  db:  { name: db,  members: [10.0.2.1] }
  ref: { name: ref, egress: listed }
`;

const compile = (text: string, pins?: Pins) =>
  compileMatrix(parseMatrix([{ name: "m.yaml", text: head + text }]), pins);

function problems(text: string, pins?: Pins): string[] {
  try {
    compile(text, pins);
    return [];
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return error.problems.map(({ code, line }) => `${line} ${code}`);
  }
}

describe("a document does not compile where", () => {
  it.each([
    [
      "a flow meets a forbid",
      "{ from: public, to: web, ports: tcp 22 }",
      "{ from: public, to: web, ports: tcp 20-30 }",
      ["8 matrix.flow.forbidden"],
    ],
    [
      "a flow meets one by its members",
      "{ from: db, to: web, ports: tcp 22 }",
      "{ from: 10.0.2.0/24, to: web, ports: all }",
      ["8 matrix.flow.forbidden"],
    ],
    [
      "a flow on demand meets one",
      "{ from: office, to: web, ports: tcp 22, need: on-demand }",
      "{ from: public, to: web, ports: all }",
      ["8 matrix.flow.forbidden"],
    ],
    [
      "an open egress meets one",
      "{ from: office, to: web, ports: tcp 22 }",
      "{ from: db, to: public, ports: tcp 25 }",
      ["10 matrix.egress.forbidden"],
    ],
    [
      "a flow has no side",
      "{ from: db, to: office, ports: tcp 22 }",
      "{ from: public, to: db, ports: all }",
      ["8 matrix.flow.empty"],
    ],
    [
      "icmp has only IPv6 peers",
      '{ from: "2001:db8::/32", to: web, ports: icmp }',
      "{ from: public, to: db, ports: all }",
      ["8 matrix.flow.empty"],
    ],
  ])("%s", (_, flow, forbid, expected) => {
    expect(problems(`flows:\n  - ${flow}\nforbid:\n  - ${forbid}\n`)).toEqual(expected);
  });

  it("several things are wrong, and then says all of them", () => {
    const flows =
      "flows:\n  - { from: public, to: db, ports: tcp 22 }\n  - { from: db, to: office, ports: tcp 1 }\n";
    expect(problems(`${flows}forbid:\n  - { from: public, to: db, ports: all }\n`)).toHaveLength(2);
  });
});

describe("a document that does not compile says", () => {
  /** The first problem, whole. */
  function said(text: string, pins?: Pins) {
    try {
      compile(text, pins);
    } catch (error) {
      if (error instanceof InputError) return error.message.split("\n");
      throw error;
    }
    return [];
  }
  const forbid = "forbid:\n  - { from: public, to: web, ports: tcp 20-30, reason: no shells }\n";

  it("which flow meets which forbid, of which line", () => {
    expect(said(`flows:\n  - { from: public, to: web, ports: tcp 22 }\n${forbid}`)).toEqual([
      'm.yaml:8: flow "public to web tcp 22" overlaps the forbid "public to web tcp 20-30 (no shells)" of line 10 (narrow the flow, or let its network through with `except`)',
    ]);
  });

  it("which forbid it meets, where its line is not known", () => {
    const flows = "flows:\n  - { from: public, to: web, ports: tcp 22 }\n";
    const document = parseMatrix([{ name: "m.yaml", text: head + flows + forbid }]);
    const forbids = document.forbids.map(({ source: _, ...rest }) => rest);
    expect(() => compileMatrix({ ...document, forbids })).toThrow(
      /overlaps the forbid "public to web tcp 20-30 \(no shells\)" \(narrow/,
    );
  });

  it("whose open egress meets one", () => {
    expect(said("forbid:\n  - { from: db, to: public, ports: tcp 25 }\n")).toEqual([
      'm.yaml:8: the open egress of db overlaps the forbid "db to public tcp 25" of line 8 (say `egress: listed` on db and list what it needs)',
    ]);
  });

  it.each([
    [
      "that the only side is left out",
      "{ from: office, to: [web, 10.0.9.0/24], ports: tcp 22, sides: egress }",
      'flow "office to web, 10.0.9.0/24 tcp 22" compiles to nothing: `sides` leaves out the only side that is a group (drop `sides`)',
    ],
    [
      "that the egress is open already",
      "{ from: [db, office], to: office, ports: tcp 22 }",
      'flow "db, office to office tcp 22" compiles to nothing: all egress of db is open already (say `egress: listed` on db)',
    ],
    [
      "that the families differ",
      "{ from: office, to: web, ports: icmpv6 }",
      'flow "office to web icmpv6 all" compiles to nothing: its protocol and its peers are of different address families (icmp goes with IPv4 peers, icmpv6 with IPv6 ones)',
    ],
  ])("of a flow %s", (_, flow, text) => {
    expect(said(`flows:\n  - ${flow}\n`)).toEqual([`m.yaml:8: ${text}`]);
    const others = "  - { from: public, to: web, ports: tcp 99 }\n";
    expect(said(`flows:\n  - ${flow}\n${others}`)).toEqual([`m.yaml:8: ${text}`]);
  });

  it("nothing of the entry for every other group", () => {
    const flow = "flows:\n  - { from: office, to: web, ports: tcp 22 }\n";
    const text = head.replace("  web:", "  others: { mode: observe }\n  web:") + flow;
    const { parts } = compileMatrix(parseMatrix([{ name: "m.yaml", text }]));
    expect(parts.map(({ name }) => name)).toEqual(["web", "db", "ref"]);
  });
});

describe("a document compiles where", () => {
  it.each([
    [
      "a network is empty",
      "{ from: empty, to: web, ports: tcp 22 }",
      "{ from: public, to: db, ports: all }",
    ],
    [
      "a forbid lets the flow's network through",
      "{ from: office, to: db, ports: tcp 22 }",
      "{ from: public, to: db, ports: all, except: [office] }",
    ],
    [
      "public forbids no private address",
      "{ from: 10.0.0.0/8, to: db, ports: tcp 22 }",
      "{ from: public, to: db, ports: all }",
    ],
    [
      "nobody plays an entry yet",
      "{ from: ref, to: web, ports: tcp 22 }",
      "{ from: public, to: db, ports: all }",
    ],
  ])("%s", (_, flow, forbid) => {
    expect(problems(`flows:\n  - ${flow}\nforbid:\n  - ${forbid}\n`)).toEqual([]);
  });
});

describe("a flow becomes", () => {
  const pins: Pins = {
    lists: {},
    groups: {
      ref: [
        { id: "sg-0000000f", owner: "111122223333", vpcId: "vpc-1", name: "ref" },
        { id: "sg-0000000e", owner: "111122223333", vpcId: "vpc-1", name: "ref" },
      ],
    },
  };
  it.each([
    [
      "{ from: web, to: db, ports: tcp 5432 }",
      ["web egress tcp 5432 to 10.0.2.1/32", "db ingress tcp 5432 from 10.0.1.1/32"],
    ],
    ["{ from: db, to: web, ports: tcp 80 }", ["web ingress tcp 80 from 10.0.2.1/32"]],
    ["{ from: db, to: web, ports: tcp 80, sides: egress }", ["db egress tcp 80 to 10.0.1.1/32"]],
    [
      "{ from: clients, to: web, ports: tcp 443 }",
      ["web ingress tcp 443 from 0.0.0.0/0", "web ingress tcp 443 from ::/0"],
    ],
    ["{ from: clients, to: web, ports: icmp }", ["web ingress icmp all from 0.0.0.0/0"]],
    [
      "{ from: web, to: web, ports: tcp 1 }",
      ["web ingress tcp 1 from 10.0.1.1/32", "web egress tcp 1 to 10.0.1.1/32"],
    ],
    ["{ from: pl-0a1b2c3d, to: web, ports: udp 53 }", ["web ingress udp 53 from pl-0a1b2c3d"]],
  ])("%s", (flow, lines) => {
    const compiled = compile(`flows:\n  - ${flow}\n`);
    expect(compiled.lines.map(l => `${l.part} ${formatRule(l.rule)}`)).toEqual(lines);
  });

  it("one rule for each group that plays an entry without members", () => {
    const { lines } = compile("flows:\n  - { from: ref, to: web, ports: tcp 9 }\n", pins);
    expect(lines.map(l => `${l.part} ${formatRule(l.rule)}`)).toEqual([
      "web ingress tcp 9 from sg-0000000f@111122223333",
      "web ingress tcp 9 from sg-0000000e@111122223333",
      "ref egress tcp 9 to 10.0.1.1/32",
    ]);
  });
});

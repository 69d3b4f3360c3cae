// What the lint says of groups, networks, members, quotas and approvers, and in what order it says it.
import { describe, expect, it } from "vitest";
import { warningsOf, warningsWithoutPlaces } from "../support/lint.ts";

const HEAD = "matrix: m\n";

describe("what nothing names", () => {
  const dead = (line: number, name: string, out: string) =>
    `lint.dead-group m.yaml:${line}: no flow names the group ${name}, so nobody may reach it${out} (write its flows, or remove it)`;

  it("is told of groups, with whom they may reach", () => {
    const groups =
      "groups:\n  open: { name: a }\n  shut: { name: b, egress: listed }\n  others: {}\n";
    expect(warningsOf(HEAD + groups)).toEqual([
      dead(3, "open", ""),
      dead(4, "shut", " and it may reach nobody"),
    ]);
  });

  it("is told of networks, but not of what the format calls private", () => {
    const networks =
      "networks:\n  old: [192.0.2.0/24]\n  private: [10.0.0.0/8]\ngroups: { others: {} }\n";
    expect(warningsOf(HEAD + networks)).toEqual([
      "lint.dead-network m.yaml:3: nothing names the network old (remove it, or name it in a flow)",
    ]);
  });

  it("is none that a flow, a forbid, its exception or another network names", () => {
    const text = `matrix: m
networks:
  inner: [203.0.113.0/25]
  outer: [inner]
  spared: [203.0.113.128/25]
groups:
  a: { name: a }
  b: { name: b }
  c: { name: c, members: [10.0.0.1] }
flows:
  - { from: outer, to: a, ports: tcp 443 }
forbid:
  - { from: [203.0.113.0/24, 10.0.0.0/24], to: b, ports: all, except: [spared, c] }
`;
    expect(warningsOf(text)).toEqual([]);
  });
});

describe("members", () => {
  const MATRIX = `networks: { private: [10.0.0.0/8, "2001:db8::/32"] }
flows: [{ from: a, to: b, ports: tcp 1 }]
groups:
`;
  const membersOf = (a: string, b: string) =>
    warningsOf(
      `${HEAD}${MATRIX}  a: { name: a, members: [${a}] }\n  b: { name: b, members: [${b}] }\n`,
    );
  const outside = (line: number, member: string, name: string) =>
    `lint.public-member m.yaml:${line}: the member ${member} of ${name} is outside the private networks (write the address its interface has inside, or add the block to \`private\`)`;
  const shared = (member: string, other: string) =>
    `lint.shared-member m.yaml:6: the member ${member} of b is a member of a too (${other}) (one machine may wear several groups, but then say so: refer to one of them \`by: group\`)`;

  it("are told where two groups have one, or a part of one", () => {
    expect(membersOf("10.0.0.1, 10.0.1.0/24", "10.0.0.0/30, 10.0.1.7, 10.0.2.1")).toEqual([
      shared("10.0.0.0/30", "10.0.0.1/32"),
      shared("10.0.1.7/32", "10.0.1.0/24"),
    ]);
  });

  it("are not told where one group has them twice", () => {
    expect(membersOf("10.0.0.0/24, 10.0.0.1", "10.0.1.1")).toEqual([]);
  });

  it("are told where they are, or reach, outside the private networks", () => {
    expect(membersOf('10.0.0.1, "2001:db8::1", 192.0.2.1', "11.0.0.0/8, 10.0.0.0/7")).toEqual([
      outside(5, "192.0.2.1/32", "a"),
      shared("10.0.0.0/7", "10.0.0.1/32"),
      outside(6, "11.0.0.0/8", "b"),
      outside(6, "10.0.0.0/7", "b"),
    ]);
  });
});

describe("a group near its quota", () => {
  const ports = (count: number) => Array.from({ length: count }, (_, i) => 1000 + 2 * i).join(" ");
  const told = (count: number, direction: string, family: number) =>
    `lint.near-quota m.yaml:2: the flows of a come to ${count} ${direction} rules for IPv${family}; a group holds 60 unless AWS was asked for more (use wider blocks, a prefix list, or a reference (\`by: group\`))`;
  const quotaOf = (flow: string) =>
    warningsOf(`${HEAD}groups: { a: { name: a, egress: listed } }\nflows:\n  - { ${flow} }\n`);

  it.each<[string, string, string[]]>([
    ["is none with 49 rules", `from: 10.0.0.0/8, to: a, ports: tcp ${ports(49)}`, []],
    ["of one family", `from: 10.0.0.0/8, to: a, ports: tcp ${ports(50)}`, [told(50, "ingress", 4)]],
    [
      "of the other family, going out",
      `from: a, to: "2001:db8::/32", ports: tcp ${ports(51)}`,
      [told(51, "egress", 6)],
    ],
    [
      "of lists, which count in both",
      `from: pl-0123456789abcdef0, to: a, ports: tcp ${ports(50)}`,
      [told(50, "ingress", 4), told(50, "ingress", 6)],
    ],
  ])("%s", (_, flow, warnings) => {
    expect(quotaOf(flow)).toEqual(warnings);
  });
});

describe("approvers", () => {
  const CURE =
    "(name under exceptions.approvers people with their identities: an exception needs two)";
  const GROUPS = "groups: { a: { name: a, egress: listed } }\n";
  const ON_DEMAND = "flows: [{ from: 10.0.0.0/8, to: a, ports: tcp 1, need: on-demand }]\n";
  const ALWAYS = ON_DEMAND.replace("on-demand", "allowed");
  const people = (approvers: string) =>
    `people: { li: [], wang: ["mail:wang@example.com"] }\nexceptions: { approvers: [${approvers}] }\n`;
  const ARN = "arn:aws:iam::111122223333:user/li";

  it.each<[string, string, string[]]>([
    [
      "of nobody, where flows are on demand",
      ON_DEMAND,
      [`m.yaml:3: flows are on demand, but nobody can approve an exception ${CURE}`],
    ],
    [
      "without an identity, where flows are on demand",
      ON_DEMAND + people("li"),
      [`m.yaml:5: flows are on demand, but nobody can approve an exception ${CURE}`],
    ],
    [
      "without an identity",
      ALWAYS + people("li"),
      [`m.yaml:5: nobody can approve an exception ${CURE}`],
    ],
    [
      "of whom some have no identity",
      ON_DEMAND + people("li, wang"),
      [`m.yaml:5: the approver li has no identity ${CURE}`],
    ],
    ["by their identities or ARNs", ON_DEMAND + people(`wang, "${ARN}"`), []],
    ["of nobody, where nothing is on demand", ALWAYS, []],
  ])("are told of: %s", (_, text, warnings) => {
    const expected = warnings.map(warning => `lint.nobody-approves ${warning}`);
    expect(warningsOf(HEAD + GROUPS + text)).toEqual(expected);
  });

  it("are told of without a place where none is known", () => {
    expect(warningsWithoutPlaces(HEAD + GROUPS + ALWAYS + people("li"))).toEqual([
      `lint.nobody-approves nobody can approve an exception ${CURE}`,
    ]);
  });
});

describe("the order of warnings", () => {
  it("is by file and line, whatever they say", () => {
    const first = `${HEAD}networks: { old: [192.0.2.0/24] }
groups:
  idle: { name: idle }
  a: { name: a }
flows:
  - { from: public, to: a, ports: tcp 22 }
`;
    const second = `groups:
  last: { name: last }
flows:
  - { from: public, to: a, ports: tcp 3389 }
`;
    const places = warningsOf(first, second).map(text => text.split(": ")[0]);
    expect(places).toEqual([
      "lint.dead-network m.yaml:2",
      "lint.dead-group m.yaml:4",
      "lint.world-door m.yaml:7",
      "lint.dead-group m2.yaml:2",
      "lint.world-door m2.yaml:4",
    ]);
  });
});

// Whether the oracle itself is right about the law: facts of the design that anybody can check by
// reading. The code under test is not called here.
import { describe, expect, it } from "vitest";
import { APP, caseOf, DB, type Facts } from "../support/facts.ts";
import type { FlowText, MatrixText, Mode } from "../support/oracle/case.ts";
import { lawfulAfter, packetsOfRules, rule } from "../support/oracle/law.ts";
import { isWithin, meet } from "../support/oracle/universe.ts";

type Row = [title: string, facts: Facts, before: string[], open: string[], shut: string[]];

function checkAfter(mode: Mode, [, facts, before, open, shut]: Row): void {
  const c = caseOf(facts, before);
  const ruling = rule(c, [...open, ...shut]);
  const after = lawfulAfter(ruling, mode);
  const packets = (text: string) => packetsOfRules(ruling.universe, [text]);
  expect(open.filter(text => !isWithin(packets(text), after))).toEqual([]);
  expect(shut.filter(text => meet(packets(text), after))).toEqual([]);
}

const ssh: FlowText = { from: "10.0.0.0/8", to: "app", ports: "tcp 22" };
const list = (id: string, entries: string[], rest = {}) => ({
  id,
  owner: APP.owner,
  state: "create-complete",
  entries,
  ...rest,
});

const enforceRows: Row[] = [
  [
    "opens a required rule that is missing",
    { flows: [ssh] },
    [],
    ["ingress tcp 22 from 10.0.0.0/8"],
    ["ingress tcp 22 from 11.0.0.0/8", "ingress tcp 23 from 10.0.0.0/8"],
  ],
  [
    "cuts a world-wide rule to the permitted block",
    { flows: [{ ...ssh, need: "allowed" }] },
    ["ingress tcp 20-30 from 0.0.0.0/0"],
    ["ingress tcp 22 from 10.0.0.0/8"],
    ["ingress tcp 22 from 9.255.255.255/32", "ingress tcp 21 from 10.0.0.0/8"],
  ],
  [
    "opens nothing that is only allowed",
    { flows: [{ ...ssh, need: "allowed" }] },
    [],
    [],
    ["ingress tcp 22 from 10.0.0.0/8"],
  ],
  [
    "keeps nothing of an on-demand flow",
    { flows: [{ ...ssh, need: "on-demand" }] },
    ["ingress tcp 22 from 10.0.0.0/8"],
    [],
    ["ingress tcp 22 from 10.0.0.0/8"],
  ],
  [
    "lets two halves permit the whole jointly",
    {
      flows: [
        { from: "0.0.0.0/1", to: "app", ports: "tcp 80", need: "allowed" },
        { from: "128.0.0.0/1", to: "app", ports: "tcp 80", need: "allowed" },
      ],
    },
    ["ingress tcp 80 from 0.0.0.0/0"],
    ["ingress tcp 80 from 0.0.0.0/0"],
    ["ingress tcp 80 from ::/0"],
  ],
  [
    "means both families by public where the VPC has IPv6, and any AWS-side peer is permitted",
    {
      flows: [{ from: "public", to: "app", ports: "tcp 443" }],
      world: { ipv6Vpcs: [APP.vpcId] },
    },
    ["ingress tcp 443 from pl-0e000000000000009", "ingress tcp 443 from sg-0e000000000000009@?"],
    [
      "ingress tcp 443 from 0.0.0.0/0",
      "ingress tcp 443 from ::/0",
      "ingress tcp 443 from pl-0e000000000000009",
      "ingress tcp 443 from sg-0e000000000000009@?",
    ],
    ["ingress tcp 442 from 0.0.0.0/0"],
  ],
  [
    "requires no IPv6 of public where the VPC has none",
    { flows: [{ from: "public", to: "app", ports: "tcp 443" }] },
    [],
    ["ingress tcp 443 from 0.0.0.0/0"],
    ["ingress tcp 443 from ::/0"],
  ],
  [
    "refers to a group by its members' addresses and permits the reference",
    { db: { members: ["10.0.0.4"] }, flows: [{ from: "db", to: "app", ports: "tcp 22" }] },
    [`ingress tcp 22 from ${DB.id}`],
    ["ingress tcp 22 from 10.0.0.4/32", `ingress tcp 22 from ${DB.id}`],
    ["ingress tcp 22 from 10.0.0.5/32"],
  ],
  [
    "refers to a group by reference where it has no members",
    { flows: [{ from: "db", to: "app", ports: "tcp 22" }] },
    [],
    [`ingress tcp 22 from ${DB.id}`],
    [`ingress tcp 22 from ${DB.id}@?`, `ingress tcp 22 from ${DB.id}@222233334444`],
  ],
  [
    "refers to a group by reference where it asks for that",
    {
      db: { members: ["10.0.0.4"], by: "group" },
      flows: [{ from: "db", to: "app", ports: "tcp 22" }],
    },
    [],
    [`ingress tcp 22 from ${DB.id}`],
    ["ingress tcp 22 from 10.0.0.4/32"],
  ],
  [
    "requires no reference into another VPC",
    {
      flows: [{ from: "db", to: "app", ports: "tcp 22" }],
      world: { groups: [APP, { ...DB, vpcId: "vpc-0b000000000000002" }] },
    },
    [],
    [],
    [`ingress tcp 22 from ${DB.id}`],
  ],
  [
    "keeps all egress where it is open and requires none",
    { flows: [{ from: "app", to: "db", ports: "tcp 22", sides: "ingress" }] },
    ["egress all to 0.0.0.0/0"],
    ["egress all to 0.0.0.0/0"],
    [`egress tcp 22 to ${DB.id}`],
  ],
  [
    "takes egress that is listed from the flows",
    { app: { egress: "listed" }, flows: [{ from: "app", to: "10.0.0.0/8", ports: "udp 53" }] },
    ["egress all to 0.0.0.0/0"],
    ["egress udp 53 to 10.0.0.0/8"],
    ["egress tcp 53 to 10.0.0.0/8", "egress udp 53 to 11.0.0.0/8"],
  ],
  [
    "writes an egress rule for an open egress when the flow says both sides",
    { flows: [{ from: "app", to: "10.0.0.0/8", ports: "udp 53", sides: "both" }] },
    [],
    ["egress udp 53 to 10.0.0.0/8"],
    [],
  ],
  [
    "tolerates a rule wholly on advised ports and narrows a wider one",
    { flows: [{ ...ssh, need: "advised" }] },
    ["ingress tcp 22 from 203.0.113.0/24", "ingress tcp 21-22 from 198.51.100.0/24"],
    ["ingress tcp 22 from 203.0.113.0/24", "ingress tcp 22 from 10.0.0.0/8"],
    ["ingress tcp 22 from 198.51.100.0/24", "ingress tcp 21 from 10.0.0.0/8"],
  ],
  [
    "does not tolerate a rule that touches a forbid",
    {
      flows: [{ ...ssh, need: "advised" }],
      matrix: { forbid: [{ from: "public", to: "app", ports: "tcp 22" }] },
    },
    ["ingress tcp 22 from 203.0.113.0/24", "ingress tcp 22 from 192.168.0.0/16"],
    ["ingress tcp 22 from 192.168.0.0/16"],
    ["ingress tcp 22 from 203.0.113.0/24"],
  ],
  [
    "pairs icmp with IPv4 peers and icmpv6 with IPv6 ones",
    {
      flows: [{ from: ["10.0.0.0/8", "fd00::/8"], to: "app", ports: ["icmp 8/0", "icmpv6"] }],
    },
    [],
    ["ingress icmp 8/0 from 10.0.0.0/8", "ingress icmpv6 all from fd00::/8"],
    [
      "ingress icmp all from fd00::/8",
      "ingress icmp 8/1 from 10.0.0.0/8",
      "ingress icmpv6 all from 10.0.0.0/8",
    ],
  ],
  [
    "permits a list of this account by what it holds",
    {
      flows: [{ ...ssh, need: "allowed" }],
      world: {
        lists: [
          list("pl-0000000000000000a", ["10.1.0.0/16"]),
          list("pl-0000000000000000b", ["10.1.0.0/16", "11.0.0.0/8"]),
          list("pl-0000000000000000c", []),
          list("pl-0000000000000000d", ["10.1.0.0/16"], { owner: "222233334444" }),
          list("pl-0000000000000000e", ["10.1.0.0/16"], { state: "modify-in-progress" }),
        ],
      },
    },
    ["a", "b", "c", "d", "e"].map(end => `ingress tcp 21-22 from pl-0000000000000000${end}`),
    ["ingress tcp 22 from pl-0000000000000000a"],
    [
      "ingress tcp 21 from pl-0000000000000000a",
      ...["b", "c", "d", "e"].map(end => `ingress tcp 22 from pl-0000000000000000${end}`),
    ],
  ],
  [
    "permits any list by name",
    {
      flows: [{ from: "pl-0000000000000000d", to: "app", ports: "tcp 22", need: "allowed" }],
      world: { lists: [list("pl-0000000000000000d", ["0.0.0.0/0"], { owner: "AWS" })] },
    },
    ["ingress all from pl-0000000000000000d"],
    ["ingress tcp 22 from pl-0000000000000000d"],
    ["ingress tcp 22 from 10.0.0.0/8", "ingress tcp 23 from pl-0000000000000000d"],
  ],
  [
    "follows networks into networks and finds nobody in an empty one",
    {
      matrix: { networks: { office: ["10.1.0.0/16"], all: ["office", "none"], none: [] } },
      flows: [{ from: "all", to: "app", ports: "tcp 22" }],
    },
    [],
    ["ingress tcp 22 from 10.1.0.0/16"],
    ["ingress tcp 22 from 10.2.0.0/16"],
  ],
  [
    "opens what an active exception says, and only keeps what one without opening says",
    {
      world: {
        exceptions: [
          { ask: { from: "10.0.0.0/8", to: "app", ports: "tcp 22" }, open: true },
          { ask: { rule: "ingress tcp 23 from 10.0.0.0/8" }, open: false },
          { ask: { rule: "ingress tcp 24 from 10.0.0.0/8" }, open: false },
        ],
      },
    },
    ["ingress tcp 23-25 from 10.0.0.0/8"],
    ["ingress tcp 22-24 from 10.0.0.0/8"],
    ["ingress tcp 25 from 10.0.0.0/8"],
  ],
  [
    "lets no exception open what is forbidden",
    {
      matrix: { forbid: [{ from: "public", to: "app", ports: "all" }] },
      world: {
        exceptions: [{ ask: { from: "0.0.0.0/0", to: "app", ports: "tcp 22" }, open: true }],
      },
    },
    ["ingress tcp 22 from 203.0.113.0/24"],
    [],
    ["ingress tcp 22 from 0.0.0.0/0"],
  ],
];

describe("the law in mode enforce", () => {
  it.each(enforceRows)("%s", (...row) => checkAfter("enforce", row));
});

const revokeRows: Row[] = [
  [
    "restores nothing",
    { flows: [ssh] },
    ["ingress tcp 22 from 10.1.0.0/16"],
    ["ingress tcp 22 from 10.1.0.0/16"],
    ["ingress tcp 22 from 10.2.0.0/16"],
  ],
  [
    "closes what nothing permits",
    { flows: [ssh] },
    ["ingress all from ::/0"],
    [],
    ["ingress all from ::/0"],
  ],
];

describe("the law in mode revoke", () => {
  it.each(revokeRows)("%s", (...row) => checkAfter("revoke", row));
});

describe("the law in mode observe", () => {
  it("changes nothing", () => {
    checkAfter("observe", [
      "",
      { flows: [ssh] },
      ["ingress all from ::/0"],
      ["ingress all from ::/0"],
      ["ingress tcp 22 from 10.0.0.0/8"],
    ]);
  });
});

describe("forbids", () => {
  const isVoid = (facts: Facts) => rule(caseOf(facts, [])).conflict === "standing";
  const closed = { forbid: [{ from: "public", to: "app", ports: "tcp 1-1024" }] };

  it.each([
    [
      "a flow from outside private meets one of public",
      [{ ...ssh, from: "11.0.0.0/8" }],
      closed,
      true,
    ],
    ["a flow from inside private does not", [ssh], closed, false],
    [
      "a flow on other ports does not",
      [{ ...ssh, from: "11.0.0.0/8", ports: "tcp 1025" }],
      closed,
      false,
    ],
    [
      "a network that is excepted gets through",
      [{ ...ssh, from: "11.0.0.0/8" }],
      { forbid: [{ ...closed.forbid[0]!, except: ["8.0.0.0/5"] }] },
      false,
    ],
    [
      "private can be redefined",
      [{ ...ssh, from: "11.0.0.0/8" }],
      { ...closed, networks: { private: ["11.0.0.0/8"] } },
      false,
    ],
    [
      "an open egress meets one",
      [],
      { forbid: [{ from: "app", to: "9.9.9.9/32", ports: "tcp 25" }] },
      true,
    ],
  ] as [string, FlowText[], Partial<MatrixText>, boolean][])("%s", (_, flows, matrix, expected) => {
    expect(isVoid({ flows, matrix })).toBe(expected);
  });
});

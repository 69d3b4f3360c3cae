// What the lint says of flows and forbids: doors open to the world, lines that add nothing, on-demand
// flows that are never closed.
import { describe, expect, it } from "vitest";
import { warningsOf, warningsWithoutPlaces } from "../support/lint.ts";

const BASE = `matrix: m
networks: { office: [203.0.113.0/24] }
groups:
  web: { name: web, egress: listed }
  db: { name: db, egress: listed }
  job: { name: job }
flows:
  - { from: office, to: web, ports: icmp 8/0, need: allowed }
  - { from: [web, job], to: db, ports: tcp 5432 }
`;
const APPROVERS = 'people: { li: ["mail:li@example.com"] }\nexceptions: { approvers: [li] }\n';
const lines = (all: readonly string[]) => all.map(line => `  - { ${line} }\n`).join("");
const flows = (...all: readonly string[]) => `${BASE}${lines(all)}${APPROVERS}`;
const forbids = (...all: readonly string[]) => `${BASE}forbid:\n${lines(all)}`;

describe("a flow from the world", () => {
  const door = (text: string, doors: string) =>
    `lint.world-door m.yaml:10: flow "${text}" keeps ${doors} open to the world (name who comes in, or write need: allowed or on-demand so that it is not restored)`;
  const wide = (text: string, ports: string) =>
    `lint.wide-range m.yaml:10: flow "${text}" opens ${ports} (list the ports that something listens on)`;
  const DOORS = "ssh (22), remote desktop (3389)";

  it.each<[string, string, string[]]>([
    [
      "keeps doors open",
      "from: public, to: web, ports: tcp 22 80 3389",
      [door("public to web tcp 22, tcp 80, tcp 3389", "ssh (22) and remote desktop (3389)")],
    ],
    [
      "keeps doors open where it is advised",
      "from: 0.0.0.0/0, to: web, ports: tcp 22, need: advised",
      [door("0.0.0.0/0 to web tcp 22", "ssh (22)")],
    ],
    [
      "is one among other peers",
      'from: [office, "::/0", db], to: web, ports: tcp 22',
      [door("office, ::/0, db to web tcp 22", "ssh (22)")],
    ],
    [
      "opens all ports of tcp",
      "from: public, to: web, ports: tcp",
      [door("public to web tcp 0-65535", "all ports of tcp")],
    ],
    [
      "opens all ports of tcp but one",
      "from: public, to: web, ports: tcp 1-65535",
      [door("public to web tcp 1-65535", DOORS)],
    ],
    [
      "opens all ports of udp but one",
      "from: public, to: web, ports: udp 1-65535",
      [wide("public to web udp 1-65535", "65535 ports to the world: udp 1-65535")],
    ],
    [
      "opens more than a thousand ports, also on demand",
      "from: public, to: web, ports: tcp 9000-10000, need: on-demand",
      [wide("public to web tcp 9000-10000", "1001 ports to the world: tcp 9000-10000")],
    ],
    ["opens a thousand ports", "from: public, to: web, ports: tcp 9000-9999", []],
    ["is half of the world", "from: 0.0.0.0/1, to: web, ports: tcp 22", []],
    ["is not restored", "from: public, to: web, ports: tcp 22, need: allowed", []],
    ["goes to the world instead", "from: web, to: public, ports: tcp 22", []],
    ["leads to no group", "from: [web, public], to: 10.0.0.0/8, ports: tcp 22", []],
    ["lets nobody in", "from: [db, public], to: web, ports: tcp 22, sides: egress", []],
  ])("%s", (_, line, warnings) => {
    expect(warningsOf(flows(line))).toEqual(warnings);
  });
});

describe("a flow that adds nothing", () => {
  const covered = (
    line: number,
    flow: string,
    cover: string,
    of: number,
    cure = "remove one of them",
  ) =>
    `lint.covered-flow m.yaml:${line}: flow "${flow}" adds nothing to "${cover}" of line ${of} (${cure})`;
  const narrow = (need: string) => `from: 10.0.0.0/8, to: web, ports: tcp 80, need: ${need}`;
  const wide = (need: string) => `from: 10.0.0.0/7, to: web, ports: tcp 80-81, need: ${need}`;
  const NARROW = "10.0.0.0/8 to web tcp 80";
  const WIDE = "10.0.0.0/7 to web tcp 80-81";

  it.each([
    ["required", ["required"]],
    ["allowed", ["required", "allowed", "advised"]],
    ["advised", ["advised"]],
    ["on-demand", ["required", "allowed", "advised", "on-demand"]],
  ])("is a narrower one that is %s beside one that is any of %j", (need, covers) => {
    const needs = ["required", "allowed", "advised", "on-demand"];
    const told = needs.map(other => warningsOf(flows(wide(other), narrow(need))).length);
    expect(told).toEqual(needs.map(other => (covers.includes(other) ? 1 : 0)));
  });

  it("is told wherever it stands, with the line of the other", () => {
    const narrower = flows(narrow("required"), wide("required"));
    expect(warningsOf(narrower)).toEqual([covered(10, NARROW, WIDE, 11)]);
    expect(warningsWithoutPlaces(narrower)).toEqual([
      `lint.covered-flow flow "${NARROW}" adds nothing to "${WIDE}" (remove one of them)`,
    ]);
    const never = "it is never closed: narrow the other flow";
    expect(warningsOf(flows(narrow("on-demand"), wide("on-demand")))).toEqual([
      covered(10, NARROW, WIDE, 11, never),
    ]);
  });

  it("is the later one of two that are alike, but the weaker one wherever it stands", () => {
    const named = "from: office, to: web, ports: tcp 80";
    const block = "from: 203.0.113.0/24, to: web, ports: tcp 80";
    const [NAMED, BLOCK] = ["office to web tcp 80", "203.0.113.0/24 to web tcp 80"];
    expect(warningsOf(flows(named, block))).toEqual([covered(11, BLOCK, NAMED, 10)]);
    expect(warningsOf(flows(block, named))).toEqual([covered(11, NAMED, BLOCK, 10)]);
    expect(warningsOf(flows(`${named}, need: allowed`, block))).toEqual([
      covered(10, NAMED, BLOCK, 11),
    ]);
  });

  it("is none that another one covers on one of its groups or peers only", () => {
    const both = "from: 10.0.0.0/8, to: [web, db], ports: tcp 80";
    expect(warningsOf(flows(both, wide("required")))).toEqual([]);
    const several = "from: [10.0.0.0/8, 172.16.0.0/12], to: web, ports: tcp 80";
    expect(warningsOf(flows(several, wide("required")))).toEqual([]);
    expect(warningsOf(flows(several, narrow("required")))).toEqual([
      covered(11, NARROW, "10.0.0.0/8, 172.16.0.0/12 to web tcp 80", 10),
    ]);
  });
});

describe("an on-demand flow under an open egress", () => {
  const told = (flow: string, open: string, to: string) =>
    `lint.on-demand-open m.yaml:10: flow "${flow}" is on demand, but all egress of ${open} to ${to} is open already (say \`egress: listed\` on ${open})`;
  const onDemand = (line: string) => warningsOf(flows(`${line}, need: on-demand`));

  it("is told with what of it is open", () => {
    expect(onDemand("from: [job, web], to: [db, office], ports: tcp 1")).toEqual([
      told("job, web to db, office tcp 1", "job", "office"),
    ]);
    expect(onDemand("from: job, to: db, ports: tcp 1, sides: egress")).toEqual([
      told("job to db tcp 1", "job", "db"),
    ]);
  });

  it.each([
    ["out of a group whose egress is listed", "from: web, to: office, ports: tcp 1"],
    ["into another group, which lets nobody in", "from: job, to: db, ports: tcp 1"],
    ["that only lets in", "from: job, to: [db, office], ports: tcp 1, sides: ingress"],
  ])("is none %s", (_, line) => {
    expect(onDemand(line)).toEqual([]);
  });
});

describe("a forbid that is idle", () => {
  const idle = (line: number, text: string, cover: string, of: number) =>
    `lint.idle-forbid m.yaml:${line}: forbid "${text}" adds nothing to "${cover}" of line ${of} (remove it)`;
  const ssh = "from: 198.51.100.0/24, to: db, ports: tcp 22";
  const all = "from: 198.51.0.0/16, to: db, ports: all";
  const [SSH, ALL] = ["198.51.100.0/24 to db tcp 22", "198.51.0.0/16 to db all"];

  it("is told with the one that forbids all of it, wherever that stands", () => {
    expect(warningsOf(forbids(ssh, all))).toEqual([idle(11, SSH, ALL, 12)]);
    expect(warningsOf(forbids(all, ssh))).toEqual([idle(12, SSH, ALL, 11)]);
    expect(warningsWithoutPlaces(forbids(ssh, all))).toEqual([
      `lint.idle-forbid forbid "${SSH}" adds nothing to "${ALL}" (remove it)`,
    ]);
  });

  it("is the later one of two that are alike", () => {
    const named = "from: office, to: db, ports: all";
    const block = "from: 203.0.113.0/24, to: db, ports: all";
    const [NAMED, BLOCK] = ["office to db all", "203.0.113.0/24 to db all"];
    expect(warningsOf(forbids(named, block))).toEqual([idle(12, BLOCK, NAMED, 11)]);
    expect(warningsOf(forbids(block, named))).toEqual([idle(12, NAMED, BLOCK, 11)]);
  });

  it("is told where nothing is left of it", () => {
    expect(warningsOf(forbids("from: office, to: db, ports: all, except: [office]"))).toEqual([
      'lint.idle-forbid m.yaml:11: forbid "office to db all" forbids nothing: its peers are empty, or `except` lets all of them through (remove it, or name its peers)',
    ]);
  });

  it("is none that another one covers on one of its groups only", () => {
    const both = "from: 198.51.100.0/24, to: [db, job], ports: tcp 22";
    expect(warningsOf(forbids(all, both))).toEqual([]);
  });
});

// What the lint says, of which line, and with which cure; and that what is meant is left alone.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { warningsOf } from "../support/lint.ts";

const HEAD = `matrix: m
networks: { office: [203.0.113.0/24], nobody: [] }
groups:
  web: { name: web, members: [10.0.0.1], egress: listed }
  db:  { name: db }
flows:
  - { from: [office, nobody], to: web, ports: tcp 8443 }
  - { from: web, to: db, ports: tcp 5432 }
`;

const flow = (line: string) => `${HEAD}  - { ${line} }\n`;
const forbid = (...lines: string[]) =>
  `${HEAD}forbid:\n${lines.map(line => `  - { ${line} }\n`).join("")}`;
const APPROVERS = 'people: { li: ["mail:li@example.com"] }\nexceptions: { approvers: [li] }\n';
const group = (line: string) => HEAD.replace("flows:", `  ${line}\nflows:`);

describe("the lint warns", () => {
  it.each([
    [
      "a required door to the world",
      flow("from: public, to: web, ports: tcp 20-25"),
      /m\.yaml:9: .*ssh \(22\) open to the world \(name who/,
    ],
    [
      "remote desktop by its block",
      flow("from: 0.0.0.0/0, to: db, ports: tcp 3389"),
      /m\.yaml:9: .*remote desktop \(3389\)/,
    ],
    ["everything", flow('from: "::/0", to: db, ports: all'), /m\.yaml:9: .*keeps everything open/],
    [
      "all ports of a protocol",
      flow("from: public, to: db, ports: udp"),
      /m\.yaml:9: .*all ports of udp/,
    ],
    [
      "a wide range",
      flow("from: public, to: web, ports: tcp 30000-32768, need: allowed"),
      /m\.yaml:9: .*2769 ports to the world: tcp 30000-32768/,
    ],
    [
      "on-demand under an open egress",
      flow("from: [db, web], to: office, ports: tcp 443, need: on-demand").concat(APPROVERS),
      /m\.yaml:9: .*all egress of db to office is open already \(say `egress: listed` on db\)/,
    ],
    [
      "a flow that another one covers",
      flow("from: 203.0.113.7, to: web, ports: tcp 8443"),
      /m\.yaml:9: flow "203\.0\.113\.7\/32 to web tcp 8443" adds nothing to .* of line 7 \(remove/,
    ],
    [
      "on-demand that is never closed",
      flow("from: office, to: web, ports: tcp 8443, need: on-demand").concat(APPROVERS),
      /m\.yaml:9: .*it is never closed: narrow the other flow/,
    ],
    [
      "a group nothing names",
      group("idle: { name: idle, egress: listed }"),
      /m\.yaml:6: no flow names the group idle, so nobody may reach it and it may reach nobody/,
    ],
    [
      "a network nothing names",
      HEAD.replace("nobody: []", "nobody: [], old: [192.0.2.0/24]"),
      /m\.yaml:2: nothing names the network old/,
    ],
    [
      "a member of two groups",
      HEAD.replace("{ name: db }", "{ name: db, members: [10.0.0.0/30] }"),
      /m\.yaml:5: the member 10\.0\.0\.0\/30 of db is a member of web too/,
    ],
    [
      "a member outside private networks",
      HEAD.replace("{ name: db }", "{ name: db, members: [8.8.8.8] }"),
      /m\.yaml:5: the member 8\.8\.8\.8\/32 of db is outside/,
    ],
    [
      "a group near its quota",
      flow(
        `from: office, to: db, ports: tcp ${Array.from({ length: 50 }, (_, i) => 1000 + 2 * i).join(" ")}`,
      ),
      /m\.yaml:5: the flows of db come to 51 ingress rules for IPv4/,
    ],
    [
      "a forbid of nothing",
      forbid("from: nobody, to: db, ports: all"),
      /m\.yaml:10: forbid .* forbids nothing/,
    ],
    [
      "a forbid that another one covers",
      forbid("from: public, to: db, ports: all", "from: 8.8.8.0/24, to: db, ports: tcp 22"),
      /m\.yaml:11: forbid .* adds nothing to .* of line 10/,
    ],
    [
      "on-demand flows nobody can approve",
      flow("from: office, to: db, ports: tcp 22, need: on-demand"),
      /m\.yaml:9: flows are on demand, but nobody can approve an exception/,
    ],
    [
      "approvers without an identity",
      `${HEAD}people: { li: [] }\nexceptions: { approvers: [li] }\n`,
      /m\.yaml:10: nobody can approve an exception/,
    ],
  ])("of %s", (_, text, message) => {
    const found = warningsOf(text);
    expect(found).toEqual([expect.stringMatching(message)]);
  });
});

describe("the lint is silent", () => {
  it.each([
    ["on what is meant", HEAD],
    [
      "on ssh to the world that is not restored",
      flow("from: public, to: web, ports: tcp 22, need: allowed"),
    ],
    ["on the web's own ports", flow("from: public, to: web, ports: tcp 80 443")],
    [
      "on a required flow beside a wider allowed one",
      flow("from: 203.0.112.0/23, to: web, ports: tcp 8443, need: allowed"),
    ],
    [
      "on an on-demand way into a group from one with open egress",
      flow("from: db, to: web, ports: tcp 22, need: on-demand").concat(APPROVERS),
    ],
    ["on a forbid that no flow meets", forbid("from: public, to: db, ports: all")],
  ])("%s", (_, text) => {
    expect(warningsOf(text)).toEqual([]);
  });

  it.each(["funai-studio", "ai-gateway"])("on the example %s", name => {
    expect(warningsOf(readFileSync(`matrix/examples/${name}.yaml`, "utf8"))).toEqual([]);
  });
});

// What an entry comes to, and several together: who permits what, what a forbid voids, what a list may hold.
import { describe, expect, it } from "vitest";
import { parseMatrix } from "../../matrix/file/parse.ts";
import { flowText } from "../../matrix/flows/flow.ts";
import { compilePart, type Grant, isSameGrant, type Permit } from "../../matrix/flows/part.ts";
import type { Site } from "../../matrix/flows/peers.ts";
import { noPins, type Pins } from "../../matrix/flows/selection.ts";
import { unionOf } from "../../matrix/flows/union.ts";
import { formatShape } from "../../matrix/rules/protocol.ts";
import { formatRule } from "../../matrix/rules/rule.ts";

const LIST = "pl-0a1b2c3d";
const PINNED = "pl-0a1b2c3e";
const text = `
matrix: test
mode: enforce
networks: { office: [203.0.113.0/24], inner: [private] }
groups:
  web: { name: web, egress: listed }
  api: { name: api }
  log: { name: log, egress: listed }
flows:
  - { from: office, to: web, ports: tcp 443 }
  - { from: office, to: web, ports: tcp 443 444, need: allowed }
  - { from: office, to: web, ports: tcp 22, need: on-demand }
  - { from: 10.0.0.0/8, to: web, ports: tcp 9000, need: advised }
  - { from: 10.0.0.0/8, to: log, ports: tcp 9001, need: advised, sides: egress }
  - { from: web, to: log, ports: icmp 8/0 }
  - { from: public, to: log, ports: [icmp 8/0, icmpv6 128/0] }
  - { from: { list: ${LIST}, within: [192.0.2.0/24] }, to: web, ports: tcp 1 }
  - { from: { list: ${LIST}, within: [198.51.100.0/24] }, to: web, ports: tcp 2 }
  - { from: ${PINNED}, to: log, ports: icmpv6 }
  - { from: [public, 198.51.100.7], to: api, ports: tcp 25 }
  - { from: public, to: [api, log], ports: tcp 80 }
  - { from: api, to: log, ports: tcp 514 }
forbid:
  - { from: 198.51.100.0/24, to: api, ports: tcp 25, reason: spam }
  - { from: 198.51.100.0/24, to: api, ports: tcp 20-30, reason: spam too }
  - { from: web, to: public, ports: tcp 25 }
`;
const document = parseMatrix([{ name: "m.yaml", text }]);
const pins: Pins = {
  groups: {
    api: [{ id: "sg-0000000a", owner: "111122223333", name: "api", vpcId: "vpc-1" }],
    web: [
      { id: "sg-0000000b", owner: "111122223333", name: "web", vpcId: "vpc-1" },
      { id: "sg-0000000c", owner: "444455556666", name: "web" },
    ],
  },
  lists: { [PINNED]: { owner: "111122223333", entries: ["192.0.2.0/25"] } },
};
const here: Site = { ipv6: true, owner: "111122223333", vpcId: "vpc-1" };
const part = (name: string, site: Site = here, given = pins) =>
  compilePart(name, document, given, site);

const grantText = (grant: Grant): string =>
  grant.kind === "flow" ? flowText(grant.flow) : `${grant.kind}`;
const boxText = ({ direction, shape, peer }: Permit): string => {
  const who = "range" in peer ? "addresses" : "id" in peer ? peer.id : `any ${peer.family ?? ""}`;
  return `${direction} ${formatShape(shape)} ${who.trim()}`;
};
const lines = (of: { readonly lines: ReturnType<typeof part>["lines"] }): string[] =>
  of.lines.map(line => `${line.need} ${formatRule(line.rule)}`);

describe("an entry", () => {
  it("permits what its flows do, but what is on demand only then", () => {
    const { permits, onDemand } = part("web");
    expect(onDemand.map(permit => `${boxText(permit)} by ${grantText(permit.grant)}`)).toEqual([
      "ingress tcp 22 addresses by office to web tcp 22",
    ]);
    expect(permits.map(boxText)).toEqual([
      "ingress tcp 443 addresses",
      "ingress tcp 443 addresses",
      "ingress tcp 444 addresses",
      "ingress tcp 9000 addresses",
      `ingress tcp 1 ${LIST}`,
      `ingress tcp 2 ${LIST}`,
    ]);
  });

  it("takes a protocol of one family from peers of that family, lists and groups", () => {
    const { permits } = part("log");
    expect(permits.map(boxText)).toEqual([
      "ingress icmp 8/0 sg-0000000b",
      "ingress icmp 8/0 sg-0000000c",
      "ingress icmp 8/0 any 4",
      "ingress icmpv6 128/0 any 6",
      `ingress icmpv6 all ${PINNED}`,
      "ingress tcp 80 any",
      "ingress tcp 514 sg-0000000a",
    ]);
    expect(lines(part("log"))).toEqual([
      "required ingress icmp 8/0 from sg-0000000b",
      "required ingress icmp 8/0 from sg-0000000c@444455556666",
      "required ingress icmp 8/0 from 0.0.0.0/0",
      "required ingress icmpv6 128/0 from ::/0",
      `required ingress icmpv6 all from ${PINNED}`,
      "required ingress tcp 80 from 0.0.0.0/0",
      "required ingress tcp 80 from ::/0",
      "required ingress tcp 514 from sg-0000000a",
    ]);
  });

  it("asks for a reference only within a VPC, and for IPv6 only where the VPC has it", () => {
    expect(lines(part("log", { ...here, vpcId: "vpc-2", ipv6: false }))).toEqual([
      "required ingress icmp 8/0 from sg-0000000c@444455556666",
      "required ingress icmp 8/0 from 0.0.0.0/0",
      `required ingress icmpv6 all from ${PINNED}`,
      "required ingress tcp 80 from 0.0.0.0/0",
    ]);
    expect(lines(part("log", { ipv6: true }))).toContain(
      "required ingress tcp 514 from sg-0000000a@111122223333",
    );
  });

  it("permits nothing by a flow that meets a forbid, once for each forbid", () => {
    const { permits, conflicts, lines: wanted } = part("api");
    expect(permits.map(boxText)).toEqual(["ingress tcp 80 any", "egress all any"]);
    expect(permits[1]?.grant).toEqual({ kind: "egress-open", part: "api" });
    expect(wanted.map(({ rule }) => formatRule(rule))).toEqual([
      "ingress tcp 80 from 0.0.0.0/0",
      "ingress tcp 80 from ::/0",
    ]);
    expect(conflicts.map(c => `${c.part}: ${grantText(c.grant)}: ${c.forbid.reason}`)).toEqual([
      "api: public, 198.51.100.7/32 to api tcp 25: spam",
      "api: public, 198.51.100.7/32 to api tcp 25: spam too",
    ]);
  });

  it("bans on the side where it is named", () => {
    const bans = (name: string) => part(name).bans.map(({ direction }) => direction);
    expect(bans("api")).toEqual(["ingress", "ingress"]);
    expect(new Set(bans("web"))).toEqual(new Set(["egress"]));
    expect(bans("log")).toEqual([]);
  });

  it("tolerates on advised ports of flows that enter it", () => {
    expect(part("web").advised.map(formatShape)).toEqual(["tcp 9000"]);
    expect(part("log").advised).toEqual([]);
  });

  it("bounds the lists it names, by what the matrix says or they held when it was applied", () => {
    expect(part("web").bounds).toEqual({ [LIST]: ["192.0.2.0/24", "198.51.100.0/24"] });
    expect(part("log").bounds).toEqual({ [PINNED]: ["192.0.2.0/25"] });
    expect(part("log", here, noPins).bounds).toEqual({});
    expect(part("nobody").permits).toEqual([]);
  });
});

describe("two grants", () => {
  const [one, two] = document.flows;
  if (!one || !two) throw new Error("no flows");
  const grants: Grant[] = [
    { kind: "flow", flow: one },
    { kind: "flow", flow: two },
    { kind: "exception", id: "x-1", until: 1 },
    { kind: "exception", id: "x-2", until: 1 },
    { kind: "egress-open", part: "web" },
    { kind: "egress-open", part: "api" },
  ];

  it("are the same only if they are by the same flow, exception or entry", () => {
    for (const a of grants) {
      for (const b of grants) expect(isSameGrant(a, { ...b })).toBe(a === b);
    }
    expect(
      isSameGrant(
        { kind: "exception", id: "x", until: 1 },
        { kind: "exception", id: "x", until: 2 },
      ),
    ).toBe(true);
  });
});

describe("entries together", () => {
  const union = (...names: string[]) => unionOf(names.map(name => part(name)));

  it("permit by direction what any of them permits", () => {
    const { ingress, egress } = union("api", "log");
    expect(new Set(ingress.map(({ direction }) => direction))).toEqual(new Set(["ingress"]));
    expect(egress.map(boxText)).toEqual(["egress all any"]);
    expect(ingress.map(boxText).filter(one => one === "ingress tcp 80 any")).toHaveLength(2);
  });

  it("require each rule once, and nothing that is only allowed or on demand", () => {
    const { required } = union("api", "log");
    const texts = required.map(({ rule }) => formatRule(rule));
    expect(new Set(texts).size).toBe(texts.length);
    expect(
      required.filter(({ rule }) => formatRule(rule) === "ingress tcp 80 from ::/0"),
    ).toMatchObject([{ part: "api" }]);
    const own = union("web").required.map(line => `${line.need} ${formatRule(line.rule)}`);
    expect(own).toEqual([
      "required ingress tcp 443 from 203.0.113.0/24",
      "advised ingress tcp 9000 from 10.0.0.0/8",
      `required ingress tcp 1 from ${LIST}`,
      `required ingress tcp 2 from ${LIST}`,
    ]);
  });

  it("know which required line a rule says that one permit holds", () => {
    const { heldBy, required } = union("web");
    const said = required.map(({ rule }) => heldBy(rule)?.says);
    expect(said).toEqual(required.map((_, index) => [index]));
  });

  it("void a flow of one that meets a forbid of another", () => {
    const words = `
matrix: test
groups: { a: { name: a, egress: listed }, b: { name: b, egress: listed } }
flows:
  - { from: 10.0.0.0/8, to: a, ports: tcp 22 }
  - { from: 10.0.0.0/8, to: a, ports: tcp 23 }
forbid: [{ from: 10.1.0.0/16, to: b, ports: tcp 22 }]
`;
    const other = parseMatrix([{ name: "m.yaml", text: words }]);
    const both = unionOf(["a", "b"].map(name => compilePart(name, other, noPins, here)));
    expect(both.ingress.map(boxText)).toEqual(["ingress tcp 23 addresses"]);
    expect(both.required.map(({ rule }) => formatRule(rule))).toEqual([
      "ingress tcp 23 from 10.0.0.0/8",
    ]);
    expect(both.conflicts.map(({ part: name }) => name)).toEqual(["a + b"]);
    const alone = unionOf([compilePart("a", other, noPins, here)]);
    expect(alone.ingress).toHaveLength(2);
    expect(alone.conflicts).toEqual([]);
    expect(union("api").conflicts).toHaveLength(2);
    expect(union("web", "log").bounds).toEqual({ ...part("web").bounds, ...part("log").bounds });
  });
});

// Whom the words of a flow or a forbid mean, in the form that is permitted and the one that is required.
import { describe, expect, it } from "vitest";
import type { PeerSpec } from "../../matrix/document.ts";
import { parseMatrix } from "../../matrix/file/parse.ts";
import { flowPeers, forbiddenPeers, outsidePrivate, rangesOf } from "../../matrix/flows/peers.ts";
import type { Pins } from "../../matrix/flows/selection.ts";
import type { BoxPeer } from "../../matrix/rules/box.ts";
import { blocksOf, contains, formatCidr, parseCidr, type Range } from "../../matrix/rules/cidr.ts";
import { formatPeer } from "../../matrix/rules/rule.ts";

const read = (more: string) =>
  parseMatrix([
    {
      name: "m.yaml",
      text: `
matrix: test
${more}
groups:
  web: { name: web, members: [10.0.1.1, 10.0.1.2], by: group }
  vip: { name: vip, members: [10.0.2.1], by: address }
  ref: { name: ref }
  own: { id: sg-0000000d }
`,
    },
  ]);
const document = read(
  "networks: { office: [203.0.113.0/24, lab], lab: [198.51.100.0/24], all: [public, sg-0000000e], inner: [private] }",
);
const pins: Pins = {
  lists: {},
  groups: {
    web: [{ id: "sg-0000000a", owner: "111122223333", name: "web", vpcId: "vpc-1" }],
    vip: [{ id: "sg-0000000b", owner: "111122223333", name: "vip", vpcId: "vpc-1" }],
    ref: [
      { id: "sg-0000000c", owner: "444455556666", name: "ref", vpcId: "vpc-2" },
      { id: "sg-0000000f", owner: "444455556666", name: "ref" },
    ],
  },
};
const here = { ipv6: true, owner: "111122223333", vpcId: "vpc-1" };
const LIST = "pl-0a1b2c3d";

const entry = (name: string): PeerSpec => ({ kind: "entry", name });
const network = (name: string): PeerSpec => ({ kind: "network", name });
const cidr = (block: string): PeerSpec => ({ kind: "cidr", cidr: block });

const text = (peer: BoxPeer): string => {
  if (peer.kind === "addresses") return blocksOf(peer.range).map(formatCidr).join("+");
  if (peer.kind === "any") return "any";
  return formatPeer(peer);
};

describe("the peers of a flow", () => {
  it.each<[PeerSpec, string[]]>([
    [entry("web"), ["10.0.1.1/32 -", "10.0.1.2/32 -", "sg-0000000a sg-0000000a"]],
    [entry("vip"), ["10.0.2.1/32 10.0.2.1/32", "sg-0000000b -"]],
    [
      entry("ref"),
      ["sg-0000000c@444455556666 -", "sg-0000000f@444455556666 sg-0000000f@444455556666"],
    ],
    [entry("own"), ["sg-0000000d sg-0000000d"]],
    [entry("nobody"), []],
    [network("office"), ["203.0.113.0/24 203.0.113.0/24", "198.51.100.0/24 198.51.100.0/24"]],
    [network("nowhere"), []],
    [network("all"), ["any 0.0.0.0/0,::/0", "sg-0000000e sg-0000000e"]],
    [cidr("10.0.0.7/32"), ["10.0.0.7/32 10.0.0.7/32"]],
    [{ kind: "prefix-list", id: LIST }, [`${LIST} ${LIST}`]],
    [{ kind: "prefix-list", id: LIST, within: ["10.0.0.0/8"] }, [`${LIST} ${LIST} 10.0.0.0/8`]],
    [{ kind: "group", id: "sg-1", owner: "111122223333" }, ["sg-1 sg-1"]],
    [{ kind: "group", id: "sg-1", owner: "444455556666" }, ["sg-1@444455556666 sg-1@444455556666"]],
  ])("%j", (spec, expected) => {
    const uses = flowPeers([spec], document, pins, here).map(({ permitted, required, within }) =>
      [text(permitted), required.map(formatPeer).join(",") || "-", ...(within ?? [])].join(" "),
    );
    expect(uses).toEqual(expected);
    const required = flowPeers([spec], document, pins, here).flatMap(use => use.required);
    expect(required.every(peer => typeof peer === "object")).toBe(true);
  });

  it("are of IPv4 only where the VPC has no IPv6", () => {
    const [use] = flowPeers([{ kind: "public" }], document, pins, { ipv6: false });
    expect(use?.permitted).toEqual({ kind: "any" });
    expect(use?.required.map(formatPeer)).toEqual(["0.0.0.0/0"]);
  });

  it("name a group of an entry by id once, pinned or not", () => {
    const both: Pins = {
      lists: {},
      groups: { own: [{ id: "sg-0000000d", owner: "", name: "own" }] },
    };
    expect(flowPeers([entry("own")], document, both, here)).toHaveLength(1);
    const other: Pins = {
      lists: {},
      groups: { own: [{ id: "sg-0000000e", owner: "", name: "own" }] },
    };
    expect(flowPeers([entry("own")], document, other, here)).toHaveLength(2);
    expect(flowPeers([entry("web")], document, { lists: {}, groups: {} }, here)).toHaveLength(2);
  });
});

describe("whom a forbid means", () => {
  const forbidden = (specs: PeerSpec[], except: PeerSpec[] = []) =>
    forbiddenPeers(specs, except, document, pins, here).map(text);

  it.each<[PeerSpec[], PeerSpec[], string[]]>([
    [[cidr("10.0.0.0/30")], [cidr("10.0.0.1/32")], ["10.0.0.0/32", "10.0.0.2/31"]],
    [[cidr("10.0.0.0/30")], [cidr("11.0.0.0/30")], ["10.0.0.0/30"]],
    [[cidr("10.0.0.0/30")], [{ kind: "prefix-list", id: LIST }], ["10.0.0.0/30"]],
    [[{ kind: "prefix-list", id: LIST }], [], [LIST]],
    [[{ kind: "prefix-list", id: LIST }], [{ kind: "prefix-list", id: LIST }], []],
    [[{ kind: "prefix-list", id: LIST }], [{ kind: "prefix-list", id: "pl-1" }], [LIST]],
    [
      [{ kind: "prefix-list", id: LIST }],
      [
        { kind: "prefix-list", id: "pl-1" },
        { kind: "prefix-list", id: LIST },
      ],
      [],
    ],
    [[{ kind: "prefix-list", id: LIST }], [cidr("10.0.0.0/8")], [LIST]],
    [[{ kind: "group", id: "sg-1" }], [{ kind: "prefix-list", id: "sg-1" }], ["sg-1"]],
    [[{ kind: "group", id: "sg-1" }], [{ kind: "group", id: "sg-1" }], []],
    [[entry("web")], [], ["10.0.1.1/32", "10.0.1.2/32", "sg-0000000a"]],
    [[entry("web")], [entry("web")], []],
    [[network("lab")], [network("office")], []],
  ])("%j except %j", (specs, except, expected) => {
    expect(forbidden(specs, except)).toEqual(expected);
  });

  it("by public is every address outside of private", () => {
    const ranges = (specs: PeerSpec[], except: PeerSpec[] = []): Range[] =>
      forbiddenPeers(specs, except, document, pins, here).flatMap(peer =>
        peer.kind === "addresses" ? [peer.range] : [],
      );
    const holds = (all: readonly Range[], block: string) => {
      const wanted = parseCidr(block);
      return wanted !== undefined && all.some(range => contains(range, wanted));
    };
    const open = ranges([{ kind: "public" }]);
    expect(
      ["8.8.8.8", "203.0.113.0/24", "2001:db8::/32", "0.0.0.0", "255.255.255.255"].map(block =>
        holds(open, block),
      ),
    ).not.toContain(false);
    expect(
      [
        "10.0.0.1",
        "172.16.0.1",
        "192.168.0.1",
        "100.64.0.1",
        "169.254.0.1",
        "fc00::1",
        "fe80::1",
      ].map(block => holds(open, block)),
    ).not.toContain(true);
    expect(holds(ranges([{ kind: "public" }], [network("office")]), "203.0.113.0/24")).toBe(false);
  });
});

describe("the addresses of a network", () => {
  const shown = (ranges: readonly Range[]) => ranges.flatMap(blocksOf).map(formatCidr);
  const inner = [
    ...["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16"],
    ...["fc00::/7", "fe80::/10"],
  ];

  it.each([
    ["office", ["203.0.113.0/24", "198.51.100.0/24"]],
    ["nowhere", []],
    ["inner", inner],
    ["private", inner],
  ])("%s", (name, blocks) => {
    expect(shown(rangesOf(name, document))).toEqual(blocks);
  });

  it("public is what is outside of private, by whatever name", () => {
    expect(rangesOf("public", document)).toEqual(outsidePrivate(document));
    expect(rangesOf("all", document)).toEqual(outsidePrivate(document));
    expect(outsidePrivate(document).length).toBeGreaterThan(2);
  });

  it("private is what the matrix says it is", () => {
    const narrow = read("networks: { private: [10.0.0.0/8] }");
    expect(shown(rangesOf("private", narrow))).toEqual(["10.0.0.0/8"]);
    expect(shown(outsidePrivate(narrow))).toContain("8.0.0.0/7");
    expect(shown(outsidePrivate(narrow))).not.toContain("10.0.0.0/8");
  });

  it("are refused where the document was not checked", () => {
    const broken = { networks: { x: [cidr("10.0.0.0/40")] } };
    expect(() => rangesOf("x", broken)).toThrow(/not a block/);
  });
});

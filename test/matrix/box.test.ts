// Sets of packets: what one holds, where two meet, and what several hold together.
import { describe, expect, it } from "vitest";
import {
  type Box,
  type BoxPeer,
  boxesMeet,
  boxHolds,
  boxOf,
  isCovered,
  isPeerCovered,
  peerHolds,
  peersMeet,
  rulesMeet,
  sharing,
} from "../../matrix/rules/box.ts";
import { ALL } from "../../matrix/rules/protocol.ts";
import { formatRule, parseRule, type Rule } from "../../matrix/rules/rule.ts";

const rule = (text: string): Rule => {
  const parsed = parseRule(text);
  if (!parsed) throw new Error(`not a rule: ${text}`);
  return parsed;
};
const box = (text: string): Box => boxOf(rule(text));
const boxes = (texts: readonly string[]): Box[] => texts.map(box);

/** A peer as rule text has it, or anybody: `any`, `any 4`, `any 6`. */
function peer(text: string): BoxPeer {
  if (text === "any") return { kind: "any" };
  if (text.startsWith("any")) return { kind: "any", family: text === "any 4" ? 4 : 6 };
  return box(`ingress all from ${text}`).peer;
}

describe("a peer", () => {
  it.each([
    ["any", "10.0.0.0/8", true],
    ["any", "any 4", true],
    ["any", "pl-0a1b2c3d", true],
    ["any 4", "10.0.0.0/8", true],
    ["any 4", "::/0", false],
    ["any 4", "any 4", true],
    ["any 4", "any 6", false],
    ["any 4", "any", false],
    ["any 6", "sg-0c2d3e4f", true],
    ["any 6", "pl-0a1b2c3d", true],
    ["10.0.0.0/8", "10.0.0.0/8", true],
    ["10.0.0.0/8", "10.0.0.0/9", true],
    ["10.0.0.0/8", "10.128.0.0/9", true],
    ["10.0.0.0/9", "10.0.0.0/8", false],
    ["10.128.0.0/9", "10.0.0.0/8", false],
    ["0.0.0.0/0", "::/128", false],
    ["10.0.0.0/8", "pl-0a1b2c3d", false],
    ["0.0.0.0/0", "any 4", false],
    ["pl-0a1b2c3d", "pl-0a1b2c3d", true],
    ["pl-0a1b2c3d", "pl-0a1b2c3e", false],
    ["pl-0a1b2c3d", "10.0.0.0/8", false],
    ["sg-0c2d3e4f", "sg-0c2d3e4f", true],
    ["sg-0c2d3e4f", "sg-0c2d3e4f@111122223333", false],
    ["sg-0c2d3e4f", "sg-0c2d3e40", false],
    ["sg-0c2d3e4f", "any", false],
  ])("%s holds %s: %s", (outer, inner, expected) => {
    expect(peerHolds(peer(outer), peer(inner))).toBe(expected);
  });

  it("is told by its kind, not by its id alone", () => {
    const list: BoxPeer = { kind: "prefix-list", id: "x" };
    const group: BoxPeer = { kind: "group", id: "x" };
    expect([peerHolds(list, group), peerHolds(group, list)]).toEqual([false, false]);
    expect([peersMeet(list, group), peersMeet(group, list)]).toEqual([false, false]);
  });

  it.each([
    ["any 4", "any 6", true],
    ["any", "any", true],
    ["any 4", "10.0.0.0/8", true],
    ["any 4", "::/0", false],
    ["any 6", "sg-0c2d3e4f", true],
    ["10.0.0.0/8", "10.128.0.0/9", true],
    ["10.0.0.0/9", "10.128.0.0/9", false],
    ["0.0.0.0/0", "::/0", false],
    ["0.0.0.0/32", "::/128", false],
    ["10.0.0.0/8", "pl-0a1b2c3d", false],
    ["pl-0a1b2c3d", "pl-0a1b2c3d", true],
    ["sg-0c2d3e4f", "sg-0c2d3e40", false],
    ["sg-0c2d3e4f", "sg-0c2d3e4f@111122223333", false],
  ])("%s and %s share somebody: %s", (a, b, expected) => {
    expect(peersMeet(peer(a), peer(b))).toBe(expected);
    expect(peersMeet(peer(b), peer(a))).toBe(expected);
  });

  it.each([
    ["10.0.0.0/8", ["10.128.0.0/9", "10.0.0.0/9"], true],
    ["10.0.0.0/8", ["10.0.0.0/9", "10.0.0.0/10", "10.128.0.0/9"], true],
    ["10.0.0.0/8", ["10.0.0.0/9", "10.192.0.0/10"], false],
    ["10.0.0.0/8", ["10.0.0.0/9"], false],
    ["10.0.0.0/8", ["10.128.0.0/9", "11.0.0.0/8"], false],
    ["10.0.0.0/8", ["8.0.0.0/7", "10.0.0.0/9", "10.128.0.0/9", "11.0.0.0/8"], true],
    ["10.0.0.0/8", ["::/1", "8000::/1"], false],
    ["10.0.0.0/8", ["any 4"], true],
    ["10.0.0.0/8", ["any 6"], false],
    ["10.0.0.0/8", ["any 6", "10.0.0.0/9", "10.128.0.0/9"], true],
    ["0.0.0.0/31", ["0.0.0.0/32", "0.0.0.1/32"], true],
    ["0.0.0.0/31", ["0.0.0.0/32", "0.0.0.2/32"], false],
    ["10.0.0.0/8", ["sg-0c2d3e4f", "10.0.0.0/9", "pl-0a1b2c3d", "10.128.0.0/9"], true],
    ["10.0.0.0/8", [], false],
    ["pl-0a1b2c3d", ["sg-0c2d3e4f", "pl-0a1b2c3d"], true],
    ["pl-0a1b2c3d", ["0.0.0.0/1", "128.0.0.0/1"], false],
    ["any", ["any 4", "any 6"], false],
    ["any", ["any"], true],
  ])("%s is held by %j together: %s", (inner, peers, expected) => {
    expect(isPeerCovered(peer(inner), peers.map(peer))).toBe(expected);
  });
});

describe("two boxes", () => {
  it.each([
    ["ingress tcp 20-25 from 10.0.0.0/8", "ingress tcp 25-30 from 10.0.0.0/8", true],
    ["ingress tcp 20-25 from 10.0.0.0/8", "ingress tcp 26-30 from 10.0.0.0/8", false],
    ["ingress tcp 22 from 10.0.0.0/8", "ingress udp 22 from 10.0.0.0/8", false],
    ["ingress tcp 22 from 10.0.0.0/8", "egress tcp 22 to 10.0.0.0/8", false],
    ["ingress tcp 22 from 10.0.0.0/8", "ingress all from 10.0.0.0/8", true],
    ["ingress tcp 22 from 10.0.0.0/8", "ingress all from 11.0.0.0/8", false],
    ["ingress icmp 8/0 from 10.0.0.0/8", "ingress icmp 8/all from 10.0.0.0/8", true],
    ["ingress icmp 8/0 from 10.0.0.0/8", "ingress icmp 8/1 from 10.0.0.0/8", false],
    ["ingress icmp 8/0 from 10.0.0.0/8", "ingress icmp 9/0 from 10.0.0.0/8", false],
    ["ingress icmp 9/all from 10.0.0.0/8", "ingress icmp all from 10.0.0.0/8", true],
    ["ingress proto 47 from 10.0.0.0/8", "ingress proto 47 from 10.0.0.0/8", true],
    ["ingress proto 47 from 10.0.0.0/8", "ingress proto 50 from 10.0.0.0/8", false],
  ])("%s and %s meet: %s", (a, b, expected) => {
    expect(boxesMeet(box(a), box(b))).toBe(expected);
    expect(boxesMeet(box(b), box(a))).toBe(expected);
    expect(rulesMeet(rule(a), rule(b))).toBe(expected);
  });

  it.each([
    ["ingress tcp 20-25 from 10.0.0.0/8", "ingress tcp 22 from 10.1.0.0/16", true],
    ["ingress tcp 20-25 from 10.0.0.0/8", "ingress tcp 22-26 from 10.1.0.0/16", false],
    ["ingress tcp 20-25 from 10.0.0.0/8", "ingress tcp 22 from 11.0.0.0/8", false],
    ["ingress all from 10.0.0.0/8", "egress tcp 22 to 10.0.0.0/8", false],
  ])("%s holds %s: %s", (outer, inner, expected) => {
    expect(boxHolds(box(outer), box(inner))).toBe(expected);
  });
});

describe("boxes together", () => {
  it.each([
    [
      "ingress tcp 0-9 from 10.0.0.0/8",
      ["tcp 0-4 from 10.0.0.0/8", "tcp 5-9 from 10.0.0.0/8"],
      true,
    ],
    [
      "ingress tcp 0-9 from 10.0.0.0/8",
      ["tcp 0-4 from 10.0.0.0/8", "tcp 6-9 from 10.0.0.0/8"],
      false,
    ],
    [
      "ingress tcp 0-9 from 10.0.0.0/8",
      ["tcp 0-4 from 10.0.0.0/8", "tcp 5-8 from 10.0.0.0/8"],
      false,
    ],
    [
      "ingress tcp 0-9 from 10.0.0.0/8",
      ["tcp 1-4 from 10.0.0.0/8", "tcp 5-9 from 10.0.0.0/8"],
      false,
    ],
    [
      "ingress tcp 0-9 from 10.0.0.0/8",
      ["tcp 0-9 from 10.0.0.0/9", "tcp 0-4 from 10.128.0.0/9", "tcp 5-9 from 10.128.0.0/9"],
      true,
    ],
    [
      "ingress tcp 0-9 from 10.0.0.0/8",
      ["tcp 0-9 from 10.0.0.0/9", "tcp 0-4 from 10.128.0.0/9", "udp 5-9 from 10.128.0.0/9"],
      false,
    ],
    ["ingress all from 10.0.0.0/8", ["all from 10.0.0.0/9", "all from 10.128.0.0/9"], true],
    [
      "ingress all from 10.0.0.0/8",
      ["all from 10.0.0.0/9", "tcp from 10.128.0.0/9", "udp from 10.128.0.0/9"],
      false,
    ],
    [
      "ingress icmp all from 10.0.0.0/8",
      ["icmp all from 10.0.0.0/9", "icmp 8/all from 10.128.0.0/9"],
      false,
    ],
    [
      "ingress icmp 8/all from 10.0.0.0/8",
      ["icmp 8/all from 10.0.0.0/9", "icmp all from 10.128.0.0/9"],
      true,
    ],
    ["ingress tcp 22 from 10.0.0.0/8", [], false],
    [
      "ingress icmp 8/all from 10.0.0.0/8",
      ["icmp 8/all from 10.0.0.0/9", "icmp 8/255 from 10.128.0.0/9"],
      false,
    ],
    [
      "ingress icmp 8/all from 10.0.0.0/8",
      ["icmp 8/all from 10.0.0.0/9", "icmp 8/0 from 10.128.0.0/9"],
      false,
    ],
    [
      "ingress proto 47 from 10.0.0.0/8",
      ["proto 47 from 10.0.0.0/9", "all from 10.128.0.0/9"],
      true,
    ],
  ])("%s is held by %j: %s", (inner, texts, expected) => {
    const all = boxes(texts.map(text => `ingress ${text}`));
    expect(isCovered(box(inner), all)).toBe(expected);
  });

  it("of which one holds every protocol there is by name leave none unnamed", () => {
    const protocols = Array.from({ length: 256 }, (_, protocol) => protocol);
    const halves = (text: string) => [
      ...boxes([`ingress all from 10.0.0.0/9`]),
      ...protocols.map((protocol): Box => {
        const { shape } = box(`ingress proto ${protocol} from ${text}`);
        return { ...box(`ingress all from ${text}`), shape };
      }),
    ];
    expect(isCovered(box("ingress all from 10.0.0.0/8"), halves("10.128.0.0/9"))).toBe(true);
    expect(isCovered(box("ingress all from 10.0.0.0/8"), halves("10.128.0.0/9").slice(1))).toBe(
      false,
    );
    expect(isCovered(box("ingress all from 10.0.0.0/8"), halves("10.128.0.0/9").slice(0, -1))).toBe(
      false,
    );
  });
});

describe("the boxes that share a shape", () => {
  const rules = [
    "ingress tcp 22 from 10.0.0.0/8",
    "ingress udp 53 from 10.0.0.0/8",
    "egress all to ::/0",
  ].map(rule);

  it("are found in their order, and the same for the same shape", () => {
    const find = sharing(rules);
    const texts = (shape: Box["shape"]) => find(shape).map(formatRule);
    const ssh = box("ingress tcp 20-25 from ::/0").shape;
    expect(texts(ssh)).toEqual(["ingress tcp 22 from 10.0.0.0/8", "egress all to ::/0"]);
    expect(find({ ...ssh })).toBe(find(ssh));
    expect(texts(box("ingress udp 53 from ::/0").shape)).toEqual([
      "ingress udp 53 from 10.0.0.0/8",
      "egress all to ::/0",
    ]);
    expect(texts({ protocol: ALL, from: -1, to: -1 })).toHaveLength(3);
  });

  it("are kept for a bounded number of shapes", () => {
    const find = sharing(rules);
    const shapes = Array.from({ length: 4_097 }, (_, port) => ({
      protocol: 6,
      from: port,
      to: port,
    }));
    const [first, ...others] = shapes;
    if (first === undefined) throw new Error("no shape");
    const before = find(first);
    for (const shape of others.slice(0, -1)) find(shape);
    expect(find(first)).toBe(before);
    for (const shape of others) find(shape);
    expect(find(first)).not.toBe(before);
    expect(find(first)).toEqual(before);
  });
});

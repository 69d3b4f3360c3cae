// All packets worth asking about in one case. Between two neighbouring edges of the ports, types and
// blocks that occur, every packet meets the same fate, so the edges and their neighbours stand for all.
import {
  type Block,
  blockOf,
  type Direction,
  isAwsPeer,
  type Opening,
  type PacketPeer,
  type Traffic,
} from "./packet.ts";

export interface Universe {
  readonly traffic: readonly Traffic[];
  readonly peers: readonly PacketPeer[];
}

/** A set of packets of one universe: one byte for each, in the order direction, traffic, peer. */
export type PacketSet = Uint8Array;

const directions: readonly Direction[] = ["ingress", "egress"];

/** Protocols that always occur: GRE, ESP, and 99 in the place of every other one. */
const PLAIN_PROTOCOLS = [47, 50, 99];

/** Peers that no case names, in the place of every other prefix list and group. */
const STRANGERS = ["pl-0ffffffffffffffff", "sg-0ffffffffffffffff", "sg-0ffffffffffffffff@?"];

/** Enumerates the packets for the port texts and peer texts of a case. */
export function universeOf(ports: Iterable<string>, peers: Iterable<string>): Universe {
  const texts = [...new Set(peers)];
  const blocks = texts.filter(text => !isAwsPeer(text)).map(blockOf);
  const aws = [...new Set([...texts.filter(isAwsPeer), ...STRANGERS])];
  return {
    traffic: trafficPoints([...new Set(ports)]),
    peers: [
      ...addressPoints(4, blocks),
      ...addressPoints(6, blocks),
      ...aws.map((text): PacketPeer => ({ family: 0, text })),
    ],
  };
}

function trafficPoints(texts: readonly string[]): Traffic[] {
  const numbers = (pattern: RegExp, last: number): number[] => {
    const edges = texts.flatMap(text => [...text.matchAll(pattern)].map(match => Number(match[1])));
    const near = edges.flatMap(edge => [edge - 1, edge, edge + 1]);
    return [...new Set([0, last, ...near])].filter(n => n >= 0 && n <= last);
  };
  const ports = numbers(/(?:tcp|udp|-)\s*(\d+)/g, 65535);
  const types = numbers(/icmp(?:v6)? (\d+)\//g, 255);
  const codes = numbers(/icmp(?:v6)? \d+\/(\d+)/g, 255);
  const others = texts.flatMap(text => [...text.matchAll(/^proto (\d+)$/g)].map(m => Number(m[1])));
  const messages = types.flatMap(a => codes.map(b => ({ a, b })));
  return [
    ...[6, 17].flatMap(protocol => ports.map(a => ({ protocol, a, b: 0 }))),
    ...[1, 58].flatMap(protocol => messages.map(({ a, b }) => ({ protocol, a, b }))),
    ...[...new Set([...PLAIN_PROTOCOLS, ...others])].map(protocol => ({ protocol, a: 0, b: 0 })),
  ];
}

function addressPoints(family: 4 | 6, blocks: readonly Block[]): PacketPeer[] {
  const width = family === 4 ? 32 : 128;
  const own = blocks.filter(block => block.family === family);
  const points = own.flatMap(({ prefix }) => {
    const [first, last] = [prefix.padEnd(width, "0"), prefix.padEnd(width, "1")];
    return [before(first), first, last, after(last)];
  });
  return [...new Set(["0".repeat(width), ...points])]
    .filter(text => text.length === width)
    .map(text => ({ family, text }));
}

// One more and one less in binary: the trailing run of ones (zeros) flips together with the bit
// before it. Beyond the last (first) address there is none: "".
const after = (bits: string): string => flipTail(bits, "0", "1");
const before = (bits: string): string => flipTail(bits, "1", "0");

function flipTail(bits: string, from: string, to: string): string {
  const at = bits.lastIndexOf(from);
  return at < 0 ? "" : bits.slice(0, at) + to + from.repeat(bits.length - at - 1);
}

/** The packets of a universe that an opening lets through. */
export function packetsOf(universe: Universe, opening: Opening): PacketSet {
  return packetsOfAll(universe, [opening]);
}

/** The packets that some opening lets through. */
export function packetsOfAll(universe: Universe, openings: readonly Opening[]): PacketSet {
  const { traffic, peers } = universe;
  const set = new Uint8Array(directions.length * traffic.length * peers.length);
  for (const { direction, carries, reaches } of openings) {
    const start = directions.indexOf(direction) * traffic.length;
    const reached = [...peers.keys()].filter(column => reaches(peers[column]!));
    for (const [row, load] of traffic.entries()) {
      if (!carries(load)) continue;
      for (const column of reached) set[(start + row) * peers.length + column] = 1;
    }
  }
  return set;
}

/** The packets in either set. */
export const either = (a: PacketSet, b: PacketSet): PacketSet => combined(a, b, (x, y) => x | y);

/** The packets in both sets. */
export const both = (a: PacketSet, b: PacketSet): PacketSet => combined(a, b, (x, y) => x & y);

/** The packets of `a` that are not in `b`. */
export const without = (a: PacketSet, b: PacketSet): PacketSet => combined(a, b, (x, y) => x & ~y);

function combined(a: PacketSet, b: PacketSet, bit: (x: number, y: number) => number): PacketSet {
  const set = new Uint8Array(a.length);
  for (let i = 0; i < set.length; i += 1) set[i] = bit(a[i]!, b[i]!);
  return set;
}

/** Tells whether every packet of `inner` is in `outer`. */
export const isWithin = (inner: PacketSet, outer: PacketSet): boolean =>
  inner.every((bit, i) => bit <= outer[i]!);

/** Tells whether the sets share a packet. */
export const meet = (a: PacketSet, b: PacketSet): boolean => a.some((bit, i) => bit + b[i]! > 1);

/** Names the first packet of a set, for the message of a failing law. */
export function describeFirst(universe: Universe, set: PacketSet): string | undefined {
  const at = set.indexOf(1);
  if (at < 0) return undefined;
  const { traffic, peers } = universe;
  const load = traffic[Math.floor(at / peers.length) % traffic.length]!;
  const peer = peers[at % peers.length]!;
  const direction = directions[Math.floor(at / (peers.length * traffic.length))];
  return `${direction} protocol ${load.protocol} ${load.a}/${load.b} ${describePeer(peer)}`;
}

function describePeer({ family, text }: PacketPeer): string {
  if (family === 0) return text;
  if (family === 6)
    return (text.match(/.{16}/g) ?? []).map(w => parseInt(w, 2).toString(16)).join(":");
  return (text.match(/.{8}/g) ?? []).map(byte => parseInt(byte, 2)).join(".");
}

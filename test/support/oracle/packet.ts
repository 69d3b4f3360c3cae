// What a packet is to the oracle, and which packets a block, a port text or a peer text holds.
// Addresses are strings of bits: a block holds an address that starts with its prefix. Nothing here
// comes from matrix/: an oracle that shares code with what it checks agrees with its bugs.

export type Direction = "ingress" | "egress";

/** What a packet carries: tcp and udp a port in `a`, ICMP a type in `a` and a code in `b`. */
export interface Traffic {
  readonly protocol: number;
  readonly a: number;
  readonly b: number;
}

/** The other end: the bits of an address, or (family 0) an AWS-side peer by its rule text. */
export interface PacketPeer {
  readonly family: 0 | 4 | 6;
  readonly text: string;
}

export type TrafficTest = (traffic: Traffic) => boolean;
export type PeerTest = (peer: PacketPeer) => boolean;

/** What one rule, flow or forbid says of packets. */
export interface Opening {
  readonly direction: Direction;
  readonly carries: TrafficTest;
  readonly reaches: PeerTest;
}

/** A block as the bits that all its addresses start with. */
export interface Block {
  readonly family: 4 | 6;
  readonly prefix: string;
}

export const protocolNumbers: Readonly<Record<string, number>> = {
  icmp: 1,
  tcp: 6,
  udp: 17,
  icmpv6: 58,
};

/** Reads `10.0.0.0/8`, `2001:db8::/32` or a single address. */
export function blockOf(text: string): Block {
  const [address = "", length] = text.split("/");
  const family = address.includes(":") ? 6 : 4;
  const bits = family === 6 ? ipv6Bits(address) : ipv4Bits(address);
  return { family, prefix: bits.slice(0, length === undefined ? bits.length : Number(length)) };
}

const ipv4Bits = (text: string): string =>
  text
    .split(".")
    .map(byte => Number(byte).toString(2).padStart(8, "0"))
    .join("");

function ipv6Bits(text: string): string {
  const [head = "", tail] = text.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => "0");
  return [...left, ...zeros, ...right]
    .map(word => Number.parseInt(word, 16).toString(2).padStart(16, "0"))
    .join("");
}

/** Tells whether an address (or none: AWS-side peers are not their addresses) is in the block. */
export const isIn = (block: Block, peer: PacketPeer): boolean =>
  peer.family === block.family && peer.text.startsWith(block.prefix);

/** Reads one port text (`tcp 22`, `udp 1-2`, `tcp`, `icmp 8/0`, `icmp 8/all`, `proto 47`, `all`). */
export function trafficTest(text: string): TrafficTest {
  const [name = "", ports = "all"] = text.split(" ");
  if (name === "all") return () => true;
  if (name === "proto") return ({ protocol }) => protocol === Number(ports);
  const number = protocolNumbers[name];
  if (number === undefined) throw new Error(`the oracle cannot read ${text}`);
  if (ports === "all") return ({ protocol }) => protocol === number;
  if (name.startsWith("icmp")) {
    const [type, code] = ports.split("/");
    return ({ protocol, a, b }) =>
      protocol === number && a === Number(type) && (code === "all" || b === Number(code));
  }
  const [from, to = from] = ports.split("-");
  return ({ protocol, a }) => protocol === number && a >= Number(from) && a <= Number(to);
}

/** Splits what a matrix calls ports (`tcp 80 443`, a list) into one text for each port or range. */
export function portTexts(ports: string | readonly string[]): string[] {
  const texts = typeof ports === "string" ? [ports] : ports;
  return texts.flatMap(text => {
    const [name = "", ...rest] = text.split(/[ ,]+/);
    return rest.length === 0 ? [name] : rest.map(port => `${name} ${port}`);
  });
}

/** Tells whether a peer text is an AWS-side peer rather than addresses. */
export const isAwsPeer = (text: string): boolean => /^(pl|sg)-/.test(text);

/** The peers that a peer text of a rule means. */
export function peerTest(text: string): PeerTest {
  if (isAwsPeer(text)) return ({ family, text: own }) => family === 0 && own === text;
  const block = blockOf(text);
  return peer => isIn(block, peer);
}

/** The parts of a rule text. */
export function ruleParts(rule: string): { direction: Direction; ports: string; peer: string } {
  const match = /^(ingress|egress) (.+) (?:from|to) (\S+)$/.exec(rule);
  if (!match) throw new Error(`the oracle cannot read ${rule}`);
  return {
    direction: match[1] === "ingress" ? "ingress" : "egress",
    ports: match[2] ?? "",
    peer: match[3] ?? "",
  };
}

/** Puts a rule text together. */
export const ruleText = (direction: Direction, ports: string, peer: string): string =>
  `${direction} ${ports} ${direction === "ingress" ? "from" : "to"} ${peer}`;

/** What a rule lets through. */
export function openingOf(rule: string): Opening {
  const { direction, ports, peer } = ruleParts(rule);
  return { direction, carries: trafficTest(ports), reaches: peerTest(peer) };
}

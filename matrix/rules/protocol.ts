// Protocols and what they carry beside a peer: port ranges, or an ICMP type and code.
// A shape is the part of a rule that is neither direction nor peer.
import { remembered } from "../remembered.ts";

/** An IANA protocol number, or -1 for all protocols. */
export type Protocol = number;

export const ALL = -1;
export const ICMP = 1;
export const TCP = 6;
export const UDP = 17;
export const ICMPV6 = 58;

/**
 * Protocol and ports as EC2 stores them: tcp and udp have a port range; ICMP has a type in `from`
 * and a code in `to`, -1 for any (it is not an interval); every other protocol ignores ports.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html
 */
export interface Shape {
  readonly protocol: Protocol;
  readonly from: number;
  readonly to: number;
}

/** A shape as a box: ports or types on one axis, codes on the other. Both ends included. */
export interface Span {
  readonly a0: number;
  readonly a1: number;
  readonly b0: number;
  readonly b1: number;
}

const NAMES: ReadonlyMap<string, Protocol> = new Map([
  ["all", ALL],
  ["-1", ALL],
  ["tcp", TCP],
  ["udp", UDP],
  ["icmp", ICMP],
  ["icmpv6", ICMPV6],
]);

/** Reads a protocol name or number as EC2 takes it (`tcp`, `6`, `-1`, `all`). */
export function parseProtocol(text: string): Protocol | undefined {
  const named = NAMES.get(text.toLowerCase());
  if (named !== undefined) return named;
  return /^\d{1,3}$/.test(text) && Number(text) <= 255 ? Number(text) : undefined;
}

/** Tells whether the protocol has ports. */
export const hasPorts = (protocol: Protocol): boolean => protocol === TCP || protocol === UDP;

/** Tells whether the protocol has an ICMP type and code. */
export const isIcmp = (protocol: Protocol): boolean => protocol === ICMP || protocol === ICMPV6;

/** A number of its own for each shape: from and to are below 2^17, counted from -1. */
export const shapeKey = ({ protocol, from, to }: Shape): number =>
  ((protocol + 1) * 2 ** 17 + from + 1) * 2 ** 17 + to + 1;

const SHAPES = 4096;

// Equal shapes are one value: an account has few, and each of them in thousands of rules.
const shapesByKey = remembered(SHAPES, (key: number): Shape => {
  const pair = key % 2 ** 34;
  const [from, to] = [Math.floor(pair / 2 ** 17) - 1, (pair % 2 ** 17) - 1];
  return { protocol: Math.floor(key / 2 ** 34) - 1, from, to };
});

function shapeFrom(protocol: Protocol, from: number, to: number): Shape {
  const shape = { protocol, from, to };
  const isKeyed = isNarrow(from) && isNarrow(to);
  return isKeyed ? shapesByKey(shapeKey(shape)) : shape;
}

const isNarrow = (port: number): boolean => Number.isInteger(port) && port >= -1 && port <= 65_535;

/** Brings ports to the one form a protocol has: dropped where ignored, -1 for any. */
export function canonicalShape(protocol: Protocol, from?: number, to?: number): Shape {
  if (hasPorts(protocol)) {
    const whole = from === undefined || from < 0;
    return whole ? shapeFrom(protocol, 0, 65_535) : shapeFrom(protocol, from, to ?? from);
  }
  if (!isIcmp(protocol)) return shapeFrom(protocol, -1, -1);
  const type = from ?? -1;
  return shapeFrom(protocol, type, type < 0 ? -1 : (to ?? -1));
}

/** The protocol's span when every port, type and code is meant. */
export function wholeSpan(protocol: Protocol): Span {
  if (hasPorts(protocol)) return { a0: 0, a1: 65535, b0: 0, b1: 0 };
  if (isIcmp(protocol)) return { a0: 0, a1: 255, b0: 0, b1: 255 };
  return { a0: 0, a1: 0, b0: 0, b1: 0 };
}

/** The span of a shape within one protocol it holds. */
export function spanOf(shape: Shape, protocol: Protocol): Span {
  if (shape.protocol === ALL) return wholeSpan(protocol);
  if (hasPorts(protocol)) return { a0: shape.from, a1: shape.to, b0: 0, b1: 0 };
  if (!isIcmp(protocol) || shape.from < 0) return wholeSpan(protocol);
  const [b0, b1] = shape.to < 0 ? [0, 255] : [shape.to, shape.to];
  return { a0: shape.from, a1: shape.from, b0, b1 };
}

/** The shape of a span, where one rule can say it. */
export function shapeOf(protocol: Protocol, span: Span): Shape {
  if (hasPorts(protocol)) return { protocol, from: span.a0, to: span.a1 };
  if (!isIcmp(protocol)) return { protocol, from: -1, to: -1 };
  if (span.a0 !== span.a1) return { protocol, from: -1, to: -1 };
  return { protocol, from: span.a0, to: span.b0 === span.b1 ? span.b0 : -1 };
}

/** Tells whether everything of `inner` is in `outer`. */
export function shapeCovers(outer: Shape, inner: Shape): boolean {
  if (outer.protocol === ALL) return true;
  if (outer.protocol !== inner.protocol) return false;
  if (hasPorts(outer.protocol)) return outer.from <= inner.from && outer.to >= inner.to;
  if (!isIcmp(outer.protocol) || outer.from < 0) return true;
  return outer.from === inner.from && (outer.to < 0 || outer.to === inner.to);
}

/** What two shapes share; always one shape or nothing. */
export function intersectShape(a: Shape, b: Shape): Shape | undefined {
  if (shapeCovers(a, b)) return b;
  if (shapeCovers(b, a)) return a;
  if (a.protocol !== b.protocol || !hasPorts(a.protocol)) return undefined;
  const from = Math.max(a.from, b.from);
  const to = Math.min(a.to, b.to);
  return from <= to ? { protocol: a.protocol, from, to } : undefined;
}

/** The one shape two shapes of a protocol make up together, if their ports touch or overlap. */
export function joinShape(a: Shape, b: Shape): Shape | undefined {
  if (shapeCovers(a, b)) return a;
  if (shapeCovers(b, a)) return b;
  if (a.protocol !== b.protocol || !hasPorts(a.protocol)) return undefined;
  if (a.from > b.to + 1 || b.from > a.to + 1) return undefined;
  return { protocol: a.protocol, from: Math.min(a.from, b.from), to: Math.max(a.to, b.to) };
}

/**
 * Writes a shape as rule text has it.
 *
 * @example formatShape({ protocol: 1, from: 8, to: -1 }) // "icmp 8/all"
 */
export function formatShape({ protocol, from, to }: Shape): string {
  if (protocol === ALL) return "all";
  if (hasPorts(protocol)) {
    const name = protocol === TCP ? "tcp" : "udp";
    return from === to ? `${name} ${from}` : `${name} ${from}-${to}`;
  }
  if (!isIcmp(protocol)) return `proto ${protocol}`;
  const name = protocol === ICMP ? "icmp" : "icmpv6";
  return from < 0 ? `${name} all` : `${name} ${from}/${to < 0 ? "all" : to}`;
}

/**
 * Reads the protocol and ports of a rule text.
 *
 * @example parseShape("tcp 8000-8100") // { protocol: 6, from: 8000, to: 8100 }
 */
export function parseShape(text: string): Shape | undefined {
  const [name = "", ports, ...rest] = text.trim().split(/\s+/);
  if (rest.length > 0) return undefined;
  if (name === "proto") return protoShape(ports);
  const protocol = /^\d/.test(name) ? undefined : parseProtocol(name);
  if (protocol === undefined) return undefined;
  if (protocol === ALL) return ports === undefined ? canonicalShape(ALL) : undefined;
  if (ports === undefined || ports === "all") return canonicalShape(protocol);
  return hasPorts(protocol) ? portShape(protocol, ports) : typeShape(protocol, ports);
}

function protoShape(number: string | undefined): Shape | undefined {
  if (number === undefined || !/^\d+$/.test(number)) return undefined;
  const protocol = parseProtocol(number);
  return protocol === undefined ? undefined : canonicalShape(protocol);
}

function portShape(protocol: Protocol, text: string): Shape | undefined {
  const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text);
  if (!match) return undefined;
  const from = Number(match[1]);
  const to = match[2] === undefined ? from : Number(match[2]);
  return from <= to && to <= 65535 ? shapeFrom(protocol, from, to) : undefined;
}

function typeShape(protocol: Protocol, text: string): Shape | undefined {
  const match = /^(\d{1,3})\/(\d{1,3}|all)$/.exec(text);
  if (!match) return undefined;
  const from = Number(match[1]);
  const to = match[2] === "all" ? -1 : Number(match[2]);
  return from <= 255 && to <= 255 ? shapeFrom(protocol, from, to) : undefined;
}

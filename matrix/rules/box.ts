// Sets of packets as boxes, and the one question that decides everything: do these boxes together
// hold all of that rule? Several may do so jointly; nothing here knows who permits what.
import type { Family, Range } from "./cidr.ts";
import {
  ALL,
  hasPorts,
  type Protocol,
  type Shape,
  type Span,
  shapeCovers,
  shapeKey,
  spanOf,
} from "./protocol.ts";
import { type Direction, type Peer, type Rule, samePeer } from "./rule.ts";

/** Peers of a box: addresses as a range, one AWS-side peer, or anybody (of one address family). */
export type BoxPeer =
  | { readonly kind: "addresses"; readonly range: Range }
  | { readonly kind: "prefix-list"; readonly id: string }
  | { readonly kind: "group"; readonly id: string; readonly owner?: string }
  | { readonly kind: "any"; readonly family?: Family };

export interface Box {
  readonly direction: Direction;
  readonly shape: Shape;
  readonly peer: BoxPeer;
}

/** The packets of a rule as a box. */
export function boxOf(rule: Rule): Box {
  return { direction: rule.direction, shape: rule.shape, peer: boxPeerOf(rule.peer) };
}

/** Addresses as a box's peer. */
export const addresses = (range: Range): BoxPeer => ({ kind: "addresses", range });

/** A rule's peer as a box's peer. */
export function boxPeerOf(peer: Peer): BoxPeer {
  return peer.kind === "cidr" ? addresses(peer.cidr) : peer;
}

/** Tells whether the box's peers hold all of the other's. */
export function peerHolds(outer: BoxPeer, inner: BoxPeer): boolean {
  if (outer.kind === "any") return anyHolds(outer.family, inner);
  if (outer.kind === "addresses") {
    if (inner.kind !== "addresses") return false;
    const [a, b] = [outer.range, inner.range];
    return a.family === b.family && a.first <= b.first && a.last >= b.last;
  }
  if (outer.kind === "prefix-list") return inner.kind === "prefix-list" && outer.id === inner.id;
  return inner.kind === "group" && outer.id === inner.id && outer.owner === inner.owner;
}

function anyHolds(family: Family | undefined, inner: BoxPeer): boolean {
  if (family === undefined) return true;
  if (inner.kind === "addresses") return inner.range.family === family;
  return inner.kind !== "any" || inner.family === family;
}

/** Tells whether two boxes' peers share one. */
export function peersMeet(a: BoxPeer, b: BoxPeer): boolean {
  if (a.kind === "any" && b.kind === "any") {
    // Anybody of either family still holds every prefix list and group.
    return true;
  }
  if (a.kind === "any") return anyHolds(a.family, b);
  if (b.kind === "any") return anyHolds(b.family, a);
  if (a.kind === "addresses" && b.kind === "addresses") return rangesMeet(a.range, b.range);
  return peerHolds(a, b);
}

const rangesMeet = (a: Range, b: Range): boolean =>
  a.family === b.family && a.first <= b.last && b.first <= a.last;

/** Tells whether two shapes share a packet. */
export function shapesMeet(a: Shape, b: Shape): boolean {
  if (a.protocol === ALL || b.protocol === ALL) return true;
  if (a.protocol !== b.protocol) return false;
  if (hasPorts(a.protocol)) return a.from <= b.to && b.from <= a.to;
  const [x, y] = [spanOf(a, a.protocol), spanOf(b, b.protocol)];
  return x.a0 <= y.a1 && y.a0 <= x.a1 && x.b0 <= y.b1 && y.b0 <= x.b1;
}

/** Tells whether two boxes share a packet. */
export function boxesMeet(a: Box, b: Box): boolean {
  return a.direction === b.direction && shapesMeet(a.shape, b.shape) && peersMeet(a.peer, b.peer);
}

/** Tells whether two rules share a packet. */
export function rulesMeet(a: Rule, b: Rule): boolean {
  if (a.direction !== b.direction || !shapesMeet(a.shape, b.shape)) return false;
  return a.peer.kind === "cidr" && b.peer.kind === "cidr"
    ? rangesMeet(a.peer.cidr, b.peer.cidr)
    : samePeer(a.peer, b.peer);
}

/** Tells whether one box holds all of the other. */
export function boxHolds(outer: Box, inner: Box): boolean {
  return (
    outer.direction === inner.direction &&
    shapeCovers(outer.shape, inner.shape) &&
    peerHolds(outer.peer, inner.peer)
  );
}

/** So many shapes are kept at most: whoever may write rules could make a new one every time. */
const MOST_SHAPES = 4096;

/**
 * Makes the search for those of these boxes that share a shape's packets, in their order. Rules have few
 * shapes, so what was picked for one is kept: of a large matrix only a few boxes are compared again.
 */
export function sharing<B extends { readonly shape: Shape }>(
  boxes: readonly B[],
): (shape: Shape) => readonly B[] {
  const picked = new Map<number, readonly B[]>();
  return shape => {
    const key = shapeKey(shape);
    const known = picked.get(key);
    if (known) return known;
    const found = boxes.filter(box => shapesMeet(box.shape, shape));
    if (picked.size >= MOST_SHAPES) picked.clear();
    picked.set(key, found);
    return found;
  };
}

/** Tells whether the boxes together hold every packet of `inner`. */
export function isCovered(inner: Box, boxes: readonly Box[]): boolean {
  if (boxes.some(box => boxHolds(box, inner))) return true;
  const meeting = boxes.filter(box => boxesMeet(box, inner));
  if (meeting.length < 2) return false;
  return protocolsOf(inner.shape, meeting).every(protocol =>
    isProtocolCovered(inner, protocol, meeting),
  );
}

/**
 * The protocols to look at one by one so that nothing is missed: those named by a box, and one that
 * stands for all the others (0-255), where only boxes of all protocols count.
 */
export function protocolsOf(shape: Shape, boxes: readonly { shape: Shape }[]): Protocol[] {
  if (shape.protocol !== ALL) return [shape.protocol];
  const named = new Set(boxes.map(box => box.shape.protocol).filter(p => p !== ALL));
  for (let other = 0; other <= 255; other += 1) {
    if (!named.has(other)) return [...named, other];
  }
  return [...named];
}

interface Slab {
  readonly span: Span;
  readonly peer: BoxPeer;
}

function isProtocolCovered(inner: Box, protocol: Protocol, boxes: readonly Box[]): boolean {
  const slabs = slabsOf(protocol, boxes);
  return cellsOf(spanOf(inner.shape, protocol), slabs).every(cell =>
    isPeerCovered(inner.peer, peersAt(slabs, cell)),
  );
}

/** The parts of boxes that speak of one protocol. */
export function slabsOf(protocol: Protocol, boxes: readonly Box[]): Slab[] {
  return boxes
    .filter(box => box.shape.protocol === ALL || box.shape.protocol === protocol)
    .map(box => ({ span: spanOf(box.shape, protocol), peer: box.peer }));
}

/** The peers of the slabs that hold a cell whole. */
export function peersAt(slabs: readonly Slab[], cell: Span): BoxPeer[] {
  return slabs.filter(slab => spanHolds(slab.span, cell)).map(slab => slab.peer);
}

const spanHolds = (outer: Span, inner: Span): boolean =>
  outer.a0 <= inner.a0 && outer.a1 >= inner.a1 && outer.b0 <= inner.b0 && outer.b1 >= inner.b1;

/** Cuts a span at the edges of the slabs: within a cell every slab is all or nothing. */
export function cellsOf(span: Span, slabs: readonly Slab[]): Span[] {
  const rows = cuts(
    span.a0,
    span.a1,
    slabs.map(({ span: s }) => [s.a0, s.a1]),
  );
  const columns = cuts(
    span.b0,
    span.b1,
    slabs.map(({ span: s }) => [s.b0, s.b1]),
  );
  return rows.flatMap(([a0, a1]) => columns.map(([b0, b1]) => ({ a0, a1, b0, b1 })));
}

function cuts(first: number, last: number, edges: [number, number][]): [number, number][] {
  const starts = new Set([first]);
  for (const [from, to] of edges) {
    if (from > first && from <= last) starts.add(from);
    if (to >= first && to < last) starts.add(to + 1);
  }
  const sorted = [...starts].sort((a, b) => a - b);
  return sorted.map((from, i) => [from, (sorted[i + 1] ?? last + 1) - 1]);
}

/** Tells whether the peers together hold all of `inner`. */
export function isPeerCovered(inner: BoxPeer, peers: readonly BoxPeer[]): boolean {
  if (peers.some(peer => peerHolds(peer, inner))) return true;
  if (inner.kind !== "addresses") return false;
  const { family, first, last } = inner.range;
  const ranges = peers
    .flatMap(peer => rangeOf(peer, family))
    .sort((a, b) => (a.first < b.first ? -1 : 1));
  let next = first;
  for (const range of ranges) {
    if (range.first > next) return false;
    if (range.last >= next) next = range.last + 1n;
    if (next > last) return true;
  }
  return false;
}

// Anybody of the family would have held all of it alone.
function rangeOf(peer: BoxPeer, family: Family): Range[] {
  return peer.kind === "addresses" && peer.range.family === family ? [peer.range] : [];
}

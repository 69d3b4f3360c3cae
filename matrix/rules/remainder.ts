// The part of a rule that is permitted, as rules: intersection, never subtraction, so that no rule
// explodes into fragments. Pieces that adjoin are one rule.

import type { Permit } from "../flows/part.ts";
import {
  addresses,
  type Box,
  type BoxPeer,
  cellsOf,
  isPeerCovered,
  peersAt,
  protocolsOf,
  slabsOf,
} from "./box.ts";
import { type Cidr, intersectCidr, joinCidr } from "./cidr.ts";
import { merged } from "./merge.ts";
import {
  ALL,
  canonicalShape,
  intersectShape,
  joinShape,
  type Shape,
  shapeOf,
  spanOf,
} from "./protocol.ts";
import { covers, type Peer, type Rule, samePeer } from "./rule.ts";

/** The permitted part of a rule with an address or a group as its peer. */
export function permittedPieces(rule: Rule, permits: readonly Permit[]): Rule[] {
  const pieces: Rule[] = [];
  for (const permit of permits) {
    if (permit.direction !== rule.direction) continue;
    const shape = intersectShape(rule.shape, permit.shape);
    const peer = shape && sharedPeer(rule.peer, permit.peer);
    if (shape && peer) pieces.push({ direction: rule.direction, shape, peer });
  }
  return mergePieces(pieces);
}

function sharedPeer(peer: Peer, permitted: BoxPeer): Peer | undefined {
  if (permitted.kind === "any") {
    const wanted = permitted.family;
    const fits = wanted === undefined || peer.kind !== "cidr" || peer.cidr.family === wanted;
    return fits ? peer : undefined;
  }
  if (peer.kind === "cidr") {
    if (permitted.kind !== "addresses") return undefined;
    // A permit's addresses are always one block (part.ts).
    const cidr = intersectCidr(peer.cidr, permitted.range as Cidr);
    return cidr && { kind: "cidr", cidr };
  }
  return permitted.kind !== "addresses" && samePeer(peer, permitted) ? peer : undefined;
}

/**
 * The permitted part of a rule whose peer is a prefix list: the list stays whole, its ports are cut.
 * `contents` are the list's blocks where it may be permitted by content, else undefined.
 */
export function permittedListPieces(
  rule: Rule,
  permits: readonly Permit[],
  contents: readonly Cidr[] | undefined,
): Rule[] {
  const peer: BoxPeer = rule.peer as BoxPeer;
  const boxes: Box[] = permits.filter(permit => permit.direction === rule.direction);
  const isOpen = (peers: BoxPeer[]) =>
    isPeerCovered(peer, peers) || contents?.every(range => isPeerCovered(addresses(range), peers));
  const protocols = protocolsOf(rule.shape, boxes);
  const shapes = protocols.map(protocol => {
    const slabs = slabsOf(protocol, boxes);
    const cells = cellsOf(spanOf(rule.shape, protocol), slabs);
    const open = cells.filter(cell => isOpen(peersAt(slabs, cell)));
    const whole = open.length === cells.length;
    const own: Shape = rule.shape.protocol === ALL ? canonicalShape(protocol) : rule.shape;
    return whole ? [own] : open.map(cell => shapeOf(protocol, cell));
  });
  if (rule.shape.protocol === ALL && isEveryProtocol(shapes, protocols)) return [rule];
  // The protocol that stood for all unnamed ones has no shape here: what opens it opens every other.
  return mergePieces(shapes.flat().map(shape => ({ ...rule, shape })));
}

const isEveryProtocol = (shapes: readonly Shape[][], protocols: readonly number[]): boolean =>
  shapes.every(([shape], i) => shape !== undefined && isWholeOf(shape, protocols[i] ?? ALL));

const isWholeOf = (shape: Shape, protocol: number): boolean => {
  const whole = canonicalShape(protocol);
  return shape.from === whole.from && shape.to === whole.to;
};

/** Drops pieces held by others and joins those that together are exactly one rule. */
export const mergePieces = (pieces: readonly Rule[]): Rule[] =>
  merged(pieces, { covers, join: joinRules });

function joinRules(a: Rule, b: Rule): Rule | undefined {
  if (a.direction !== b.direction) return undefined;
  if (samePeer(a.peer, b.peer)) {
    const shape = joinShape(a.shape, b.shape);
    return shape && { ...a, shape };
  }
  const sameShape =
    a.shape.protocol === b.shape.protocol &&
    a.shape.from === b.shape.from &&
    a.shape.to === b.shape.to;
  if (!sameShape || a.peer.kind !== "cidr" || b.peer.kind !== "cidr") return undefined;
  const cidr = joinCidr(a.peer.cidr, b.peer.cidr);
  return cidr && { ...a, peer: { kind: "cidr", cidr } };
}

// A security group rule: direction, protocol and ports, one peer; its one text form, which is its
// identity. Description and tags are no part of it.
import { remembered } from "../remembered.ts";
import { type Cidr, contains, formatCidr, intersectCidr, parseCidr } from "./cidr.ts";
import {
  canonicalShape,
  formatShape,
  intersectShape,
  parseProtocol,
  parseShape,
  type Shape,
  shapeCovers,
} from "./protocol.ts";

export type Direction = "ingress" | "egress";

/** The other end of a rule. A prefix list and a referenced group are one peer each, not addresses. */
export type Peer =
  | { readonly kind: "cidr"; readonly cidr: Cidr }
  | { readonly kind: "prefix-list"; readonly id: string }
  /** `owner` is absent for the group's own account and "?" for a stale reference. */
  | { readonly kind: "group"; readonly id: string; readonly owner?: string };

export interface Rule {
  readonly direction: Direction;
  readonly shape: Shape;
  readonly peer: Peer;
}

/** A rule's fields as EC2's API and CloudTrail name them, whatever the encoding. */
export interface RuleFields {
  direction: Direction;
  protocol: string | number;
  fromPort?: number | undefined;
  toPort?: number | undefined;
  cidrIpv4?: string | undefined;
  cidrIpv6?: string | undefined;
  prefixListId?: string | undefined;
  groupId?: string | undefined;
  /** The account that owns the referenced group; "?" when EC2 no longer says (stale reference). */
  groupOwner?: string | undefined;
}

/** Builds the canonical rule that EC2 stores for these fields; undefined where they name none. */
export function ruleFrom(fields: RuleFields, ownAccount?: string): Rule | undefined {
  const protocol = parseProtocol(String(fields.protocol));
  const peer = peerFrom(fields, ownAccount);
  if (protocol === undefined || peer === undefined) return undefined;
  const shape = canonicalShape(protocol, fields.fromPort, fields.toPort);
  return ruleWith(fields.direction, shape, peer);
}

// Equal rules are one value, and so are equal peers: an account has some thousands, and each of them in
// many groups. What was found out about one is then known of all.
const PEERS = 32_768;
const SHAPES = 4096;

const rulesWith = (direction: Direction) =>
  remembered(PEERS, (peer: Peer) =>
    remembered(SHAPES, (shape: Shape): Rule => ({ direction, shape, peer })),
  );
const rules = { ingress: rulesWith("ingress"), egress: rulesWith("egress") };

const ruleWith = (direction: Direction, shape: Shape, peer: Peer): Rule =>
  rules[direction](peer)(shape);

const blockPeer = remembered(PEERS, (text: string): Peer | undefined => {
  const cidr = parseCidr(text);
  return cidr && { kind: "cidr", cidr };
});

const listPeer = remembered(PEERS, (id: string): Peer => ({ kind: "prefix-list", id }));

const namedGroup = remembered(PEERS, (text: string): Peer => {
  const [id = "", owner] = text.split("@");
  return owner === undefined ? { kind: "group", id } : { kind: "group", id, owner };
});

function peerFrom(fields: RuleFields, ownAccount?: string): Peer | undefined {
  const block = fields.cidrIpv4 ?? fields.cidrIpv6;
  if (block !== undefined) return blockPeer(block);
  if (fields.prefixListId !== undefined) return listPeer(fields.prefixListId);
  if (fields.groupId === undefined) return undefined;
  return groupPeer(fields.groupId, fields.groupOwner, ownAccount);
}

/** A referenced group as a peer, its owner left out where it is the own account. */
export function groupPeer(id: string, owner?: string, ownAccount?: string): Peer {
  return namedGroup(owner === undefined || owner === ownAccount ? id : `${id}@${owner}`);
}

/**
 * Writes a rule in the form that is its identity.
 *
 * @example formatRule(parseRule("ingress tcp 443 from 10.0.0.7/8")) // "ingress tcp 443 from 10.0.0.0/8"
 */
export function formatRule(rule: Rule): string {
  const to = rule.direction === "ingress" ? "from" : "to";
  return `${rule.direction} ${formatShape(rule.shape)} ${to} ${formatPeer(rule.peer)}`;
}

/** Writes a peer as rule text has it. */
export function formatPeer(peer: Peer): string {
  if (peer.kind === "cidr") return formatCidr(peer.cidr);
  if (peer.kind === "prefix-list" || peer.owner === undefined) return peer.id;
  return `${peer.id}@${peer.owner}`;
}

/**
 * Reads a peer: an address or block, `pl-…`, `sg-…`, `sg-…@222233334444`, `sg-…@?`.
 *
 * @example parsePeer("sg-0c2d3e4f@111122223333") // { kind: "group", id: "sg-0c2d3e4f", owner: "111122223333" }
 */
export function parsePeer(text: string): Peer | undefined {
  if (/^pl-[0-9a-f]{8,17}$/.test(text)) return listPeer(text);
  const group = /^(sg-[0-9a-f]{8,17})(?:@(\d{12}|\?))?$/.exec(text);
  if (group?.[1]) return groupPeer(group[1], group[2]);
  return blockPeer(text);
}

/**
 * Reads a rule text.
 *
 * @example parseRule("ingress icmp 8/0 from 0.0.0.0/0")
 */
export function parseRule(text: string): Rule | undefined {
  const match = /^(ingress|egress)\s+(.+?)\s+(from|to)\s+(\S+)$/.exec(text.trim());
  if (!match) return undefined;
  const direction: Direction = match[1] === "ingress" ? "ingress" : "egress";
  if ((match[3] === "from") !== (direction === "ingress")) return undefined;
  const shape = parseShape(match[2] ?? "");
  const peer = parsePeer(match[4] ?? "");
  return shape && peer && ruleWith(direction, shape, peer);
}

/** Tells whether two peers are the same one. */
export function samePeer(a: Peer, b: Peer): boolean {
  if (a.kind === "cidr") {
    return b.kind === "cidr" && a.cidr.prefix === b.cidr.prefix && contains(a.cidr, b.cidr);
  }
  if (a.kind === "prefix-list") return b.kind === "prefix-list" && a.id === b.id;
  return b.kind === "group" && a.id === b.id && a.owner === b.owner;
}

/** Tells whether two rules have one text. */
export function sameRule(a: Rule, b: Rule): boolean {
  const isSameShape =
    a.shape.protocol === b.shape.protocol &&
    a.shape.from === b.shape.from &&
    a.shape.to === b.shape.to;
  return isSameShape && a.direction === b.direction && samePeer(a.peer, b.peer);
}

/** Tells whether every packet of `inner` is one of `outer`. */
export function covers(outer: Rule, inner: Rule): boolean {
  if (outer.direction !== inner.direction || !shapeCovers(outer.shape, inner.shape)) return false;
  const [a, b] = [outer.peer, inner.peer];
  return a.kind === "cidr" && b.kind === "cidr" ? contains(a.cidr, b.cidr) : samePeer(a, b);
}

/** The rule that lets through what both let through, if any. */
export function intersect(a: Rule, b: Rule): Rule | undefined {
  if (a.direction !== b.direction) return undefined;
  const shape = intersectShape(a.shape, b.shape);
  const peer = intersectPeer(a.peer, b.peer);
  return shape && peer && { direction: a.direction, shape, peer };
}

function intersectPeer(a: Peer, b: Peer): Peer | undefined {
  if (a.kind === "cidr" && b.kind === "cidr") {
    const cidr = intersectCidr(a.cidr, b.cidr);
    return cidr && { kind: "cidr", cidr };
  }
  return samePeer(a, b) ? a : undefined;
}

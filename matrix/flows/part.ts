// What one entry of the matrix comes to for a group that plays it: the lines of its table, what
// is permitted, required, forbidden and tolerated. Nothing live but pins and the site goes in.

import type { Flow, Forbid, MatrixDocument, Need, PeerSpec, PortSpec } from "../document.ts";
import { type Box, type BoxPeer, boxesMeet } from "../rules/box.ts";
import { ALL, canonicalShape, ICMP, ICMPV6, parseProtocol, type Shape } from "../rules/protocol.ts";
import { type Direction, formatRule, type Rule } from "../rules/rule.ts";
import { flowsOf } from "./flows-of.ts";
import { flowPeers, forbiddenPeers, type PeerUse, type Site } from "./peers.ts";
import type { Pins } from "./selection.ts";

/** Who permits something: a flow, an open egress, or an exception. */
export type Grant =
  | { readonly kind: "flow"; readonly flow: Flow }
  | { readonly kind: "egress-open"; readonly part: string }
  | { readonly kind: "exception"; readonly id: string; readonly until: number };

/** A box that is permitted; addresses in it are always one block. */
export interface Permit extends Box {
  readonly grant: Grant;
}

/** A rule a flow asks for, in its chosen form. */
export interface Line {
  readonly part: string;
  readonly rule: Rule;
  readonly need: Need;
  readonly flow: Flow;
  /** Set where an exception requires it; at its start nobody has opened it yet. */
  readonly exception?: {
    readonly id: string;
    readonly until: number;
    readonly isStarting: boolean;
  };
}

export interface Ban extends Box {
  readonly forbid: Forbid;
}

/** A flow or an open egress that meets a forbid: it is void, and a document with one does not compile. */
export interface Conflict {
  readonly part: string;
  readonly grant: Grant;
  readonly forbid: Forbid;
}

export interface Part {
  readonly name: string;
  readonly lines: readonly Line[];
  readonly permits: readonly Permit[];
  /** What on-demand flows would permit while an exception is open. */
  readonly onDemand: readonly Permit[];
  readonly bans: readonly Ban[];
  /** Ingress ports on which rules are reported, not closed. */
  readonly advised: readonly Shape[];
  /** Blocks a named prefix list of this account may hold, by list id. */
  readonly bounds: Readonly<Record<string, readonly string[]>>;
  readonly conflicts: readonly Conflict[];
}

/** Compiles one entry for a group at a site. */
export function compilePart(name: string, document: MatrixDocument, pins: Pins, site: Site): Part {
  const sides = flowsOf(document, name).flatMap(flow => sidesOf(flow, name, document));
  const uses = sides.map(side => ({ ...side, peers: flowPeers(side.peers, document, pins, site) }));
  const bans = document.forbids.flatMap(forbid => bansOf(forbid, name, document, pins, site));
  const permits = uses.flatMap(side => permitsOf(side.flow, side.direction, side.peers));
  const entry = document.groups[name];
  if (entry?.egress === "open") permits.push(openEgress(name));
  const conflicts = conflictsOf(name, permits, bans);
  const sound = (grant: Grant) => !conflicts.some(conflict => isSameGrant(conflict.grant, grant));
  const live = permits.filter(permit => sound(permit.grant));
  const isOnDemand = (p: Permit) => p.grant.kind === "flow" && p.grant.flow.need === "on-demand";
  return {
    name,
    lines: uses
      .filter(side => sound({ kind: "flow", flow: side.flow }))
      .flatMap(side => linesOf(name, side.flow, side.direction, side.peers)),
    permits: live.filter(permit => !isOnDemand(permit)),
    onDemand: live.filter(isOnDemand),
    bans,
    advised: advisedShapes(name, document),
    bounds: boundsOf(
      uses.flatMap(side => side.peers),
      pins,
    ),
    conflicts,
  };
}

/** Tells whether two grants are the same flow, open egress or exception. */
export function isSameGrant(a: Grant, b: Grant): boolean {
  if (a.kind === "flow") return b.kind === "flow" && a.flow === b.flow;
  if (a.kind === "exception") return b.kind === "exception" && a.id === b.id;
  return b.kind === "egress-open" && a.part === b.part;
}

const openEgress = (part: string): Permit => ({
  direction: "egress",
  shape: canonicalShape(ALL),
  peer: { kind: "any" },
  grant: { kind: "egress-open", part },
});

interface Side {
  readonly flow: Flow;
  readonly direction: Direction;
  readonly peers: readonly PeerSpec[];
}

/** The sides of a flow that become rules of an entry's groups. */
export function sidesOf(flow: Flow, part: string, document: MatrixDocument): Side[] {
  const sides: Side[] = [];
  if (names(flow.to, part) && flow.sides !== "egress") {
    sides.push({ flow, direction: "ingress", peers: flow.from });
  }
  const listed = document.groups[part]?.egress === "listed";
  const egress = flow.sides === undefined ? listed : flow.sides !== "ingress";
  if (names(flow.from, part) && egress) {
    sides.push({ flow, direction: "egress", peers: flow.to });
  }
  return sides;
}

const names = (specs: readonly PeerSpec[], part: string): boolean =>
  specs.some(spec => spec.kind === "entry" && spec.name === part);

/** The boxes a flow permits on one side, in every form of its peers. */
export function permitsOf(
  flow: Flow,
  direction: Direction,
  uses: readonly PeerUse[],
  grant: Grant = { kind: "flow", flow },
): Permit[] {
  return flow.ports
    .map(shapeOfPorts)
    .flatMap(shape =>
      uses.flatMap(use =>
        ofFamily(use.permitted, shape).map(peer => ({ direction, shape, peer, grant })),
      ),
    );
}

/** The rules a flow asks for on one side, in the chosen form of its peers. */
export function linesOf(
  part: string,
  flow: Flow,
  direction: Direction,
  uses: readonly PeerUse[],
): Line[] {
  const rules = flow.ports.map(shapeOfPorts).flatMap(shape =>
    uses
      .flatMap(use => use.required)
      .filter(peer => isFamilyOf(shape, peer.kind === "cidr" ? peer.cidr.family : undefined))
      .map((peer): Rule => ({ direction, shape, peer })),
  );
  const distinct = new Map(rules.map(rule => [formatRule(rule), rule]));
  return [...distinct.values()].map(rule => ({ part, rule, need: flow.need, flow }));
}

// `icmp` is for IPv4 peers and `icmpv6` for IPv6 ones; lists and groups may hold either.
const familyOf = (shape: Shape): 4 | 6 | undefined =>
  shape.protocol === ICMP ? 4 : shape.protocol === ICMPV6 ? 6 : undefined;

function isFamilyOf(shape: Shape, family: 4 | 6 | undefined): boolean {
  const wanted = familyOf(shape);
  return wanted === undefined || family === undefined || wanted === family;
}

function ofFamily(peer: BoxPeer, shape: Shape): BoxPeer[] {
  const wanted = familyOf(shape);
  if (wanted === undefined) return [peer];
  if (peer.kind === "any") return [{ kind: "any", family: wanted }];
  return peer.kind !== "addresses" || peer.range.family === wanted ? [peer] : [];
}

/** The shape a port of the document stands for. */
export function shapeOfPorts(ports: PortSpec): Shape {
  const protocol =
    typeof ports.protocol === "number" ? ports.protocol : parseProtocol(ports.protocol);
  return canonicalShape(protocol ?? ALL, ports.from, ports.to);
}

function bansOf(
  forbid: Forbid,
  part: string,
  document: MatrixDocument,
  pins: Pins,
  site: Site,
): Ban[] {
  const side = (direction: Direction, specs: readonly PeerSpec[]): Ban[] =>
    forbid.ports.map(shapeOfPorts).flatMap(shape =>
      forbiddenPeers(specs, forbid.except, document, pins, site).map(peer => ({
        direction,
        shape,
        peer,
        forbid,
      })),
    );
  return [
    ...(names(forbid.to, part) ? side("ingress", forbid.from) : []),
    ...(names(forbid.from, part) ? side("egress", forbid.to) : []),
  ];
}

/** Finds what meets a forbid, once for each pair of grant and forbid. */
export function conflictsOf(
  part: string,
  permits: readonly Permit[],
  bans: readonly Ban[],
): Conflict[] {
  const found: Conflict[] = [];
  for (const { grant, ...box } of permits) {
    for (const ban of bans) {
      const known = found.some(c => isSameGrant(c.grant, grant) && c.forbid === ban.forbid);
      if (!known && boxesMeet(box, ban)) found.push({ part, grant, forbid: ban.forbid });
    }
  }
  return found;
}

function advisedShapes(part: string, document: MatrixDocument): Shape[] {
  return flowsOf(document, part)
    .filter(flow => flow.need === "advised" && names(flow.to, part) && flow.sides !== "egress")
    .flatMap(flow => flow.ports.map(shapeOfPorts));
}

function boundsOf(uses: readonly PeerUse[], pins: Pins): Record<string, readonly string[]> {
  const bounds: Record<string, readonly string[]> = {};
  for (const { permitted, within } of uses) {
    if (permitted.kind !== "prefix-list") continue;
    const blocks = within ?? pins.lists[permitted.id]?.entries;
    if (blocks) bounds[permitted.id] = [...(bounds[permitted.id] ?? []), ...blocks];
  }
  return bounds;
}

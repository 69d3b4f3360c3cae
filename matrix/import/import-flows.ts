// Rules of many groups as the flows a person would have written: both sides of a connection are one
// flow, equal ports and peers are gathered. Exactly the packets of the rules, no more and no less.
import type { SecurityGroup } from "../group.ts";
import { ALL, formatShape, ICMP, ICMPV6, type Shape } from "../rules/protocol.ts";
import { formatPeer, type Peer, type Rule } from "../rules/rule.ts";

/** One end of a flow: a group that is imported, or a peer of a rule. */
export type End =
  | { readonly kind: "entry"; readonly id: string }
  | { readonly kind: "peer"; readonly peer: Peer };

export interface ImportedFlow {
  readonly from: readonly End[];
  readonly to: readonly End[];
  readonly shapes: readonly Shape[];
  /** Absent where it follows from the ends. */
  readonly sides?: "ingress" | "egress";
  readonly descriptions: readonly string[];
}

export interface ImportedFlows {
  readonly flows: readonly ImportedFlow[];
  /** Groups that let everything out, whose egress is open. */
  readonly open: ReadonlySet<string>;
  /** What people wrote beside the rules of each peer, by its text. */
  readonly words: ReadonlyMap<string, ReadonlySet<string>>;
  /** Rules that no flow can say, by group: a stale reference, ICMP of the other address family. */
  readonly unsaid: ReadonlyMap<string, readonly Rule[]>;
}

interface Atom {
  readonly from: End;
  readonly to: End;
  readonly shape: Shape;
  readonly sides?: "ingress" | "egress";
  readonly descriptions: readonly string[];
}

/** Makes flows of the rules of groups; `ipv6Vpcs` are the VPCs where IPv6 exists. */
export function importFlows(
  groups: readonly SecurityGroup[],
  ipv6Vpcs: ReadonlySet<string>,
): ImportedFlows {
  const ids = new Set(groups.map(({ id }) => id));
  const open = new Set(groups.filter(group => letsAllOut(group, ipv6Vpcs)).map(({ id }) => id));
  const unsaid = new Map<string, Rule[]>();
  const words = new Map<string, Set<string>>();
  const ingress = new Map<string, Atom>();
  const egress = new Map<string, Atom>();
  for (const group of groups) {
    for (const { rule, description } of group.rules) {
      if (rule.direction === "egress" && open.has(group.id)) continue;
      if (!isSayable(rule)) {
        unsaid.set(group.id, [...(unsaid.get(group.id) ?? []), rule]);
        continue;
      }
      const own: End = { kind: "entry", id: group.id };
      const other = endOf(rule.peer, ids);
      words.set(endText(other), (words.get(endText(other)) ?? new Set()).add(description ?? ""));
      const ends =
        rule.direction === "ingress" ? { from: other, to: own } : { from: own, to: other };
      const atom = { ...ends, shape: rule.shape, descriptions: description ? [description] : [] };
      (rule.direction === "ingress" ? ingress : egress).set(atomKey(atom), atom);
    }
  }
  return { flows: gather(joinSides(ingress, egress, open)), open, words, unsaid };
}

const endOf = (peer: Peer, ids: ReadonlySet<string>): End =>
  peer.kind === "group" && peer.owner === undefined && ids.has(peer.id)
    ? { kind: "entry", id: peer.id }
    : { kind: "peer", peer };

function letsAllOut({ rules, vpcId }: SecurityGroup, ipv6Vpcs: ReadonlySet<string>): boolean {
  const letsOut = (family: 4 | 6) =>
    rules.some(
      ({ rule: { direction, shape, peer } }) =>
        direction === "egress" &&
        shape.protocol === ALL &&
        peer.kind === "cidr" &&
        peer.cidr.family === family &&
        peer.cidr.prefix === 0,
    );
  return letsOut(4) && (letsOut(6) || !ipv6Vpcs.has(vpcId ?? ""));
}

// `icmp` is for IPv4 peers and `icmpv6` for IPv6 ones; EC2 takes either with both.
function isSayable({ peer, shape }: Rule): boolean {
  if (peer.kind === "group") return peer.owner !== "?";
  if (peer.kind !== "cidr") return true;
  if (shape.protocol === ICMP) return peer.cidr.family === 4;
  return shape.protocol !== ICMPV6 || peer.cidr.family === 6;
}

// Between two groups whose egress is listed one flow stands for both rules, and says its side if
// there is only one of them.
function joinSides(
  ingress: ReadonlyMap<string, Atom>,
  egress: ReadonlyMap<string, Atom>,
  open: ReadonlySet<string>,
): Atom[] {
  const atoms: Atom[] = [];
  for (const [key, atom] of ingress) {
    const other = egress.get(key);
    const isImplied = atom.from.kind !== "entry" || open.has(atom.from.id) || other !== undefined;
    const descriptions = [...atom.descriptions, ...(other?.descriptions ?? [])];
    atoms.push({ ...atom, descriptions, ...(isImplied ? {} : { sides: "ingress" }) });
  }
  for (const [key, atom] of egress) {
    if (ingress.has(key)) continue;
    atoms.push({ ...atom, ...(atom.to.kind === "entry" ? { sides: "egress" } : {}) });
  }
  return atoms;
}

/** Gathers what differs in one thing only: ports first, then who comes, then where to. */
function gather(atoms: readonly Atom[]): ImportedFlow[] {
  const single = atoms.map(
    ({ from, to, shape, ...rest }): ImportedFlow => ({
      ...{ from: [from], to: [to], shapes: [shape] },
      ...rest,
    }),
  );
  const byEnds = merge(single, ({ from, to }) => [keys(from), keys(to)], "shapes");
  // What a person would not write on one line stays apart: groups, blocks, the world.
  const byTarget = merge(
    byEnds,
    ({ from, to, shapes }) => [keys(to), shapeKeys(shapes), from.map(sortOf)[0]],
    "from",
  );
  return merge(
    byTarget,
    ({ from, to, shapes }) => [keys(from), shapeKeys(shapes), to.map(sortOf)[0]],
    "to",
  );
}

function merge(
  flows: readonly ImportedFlow[],
  keyOf: (flow: ImportedFlow) => unknown,
  field: "from" | "to" | "shapes",
): ImportedFlow[] {
  const merged = new Map<string, ImportedFlow>();
  for (const flow of flows) {
    const key = JSON.stringify([flow.sides, keyOf(flow)]);
    const known = merged.get(key);
    if (!known) merged.set(key, flow);
    else {
      const descriptions = [...new Set([...known.descriptions, ...flow.descriptions])];
      merged.set(key, { ...known, [field]: [...known[field], ...flow[field]], descriptions });
    }
  }
  return [...merged.values()];
}

const sortOf = (end: End): string => (isWorld(end) ? "world" : isBlock(end) ? "block" : end.kind);

/** A block that is not everybody, nor a list or a group. */
export const isBlock = (end: End): boolean =>
  end.kind === "peer" && end.peer.kind === "cidr" && end.peer.cidr.prefix > 0;

/** Everybody of one address family. */
export const isWorld = (end: End): boolean =>
  end.kind === "peer" && end.peer.kind === "cidr" && end.peer.cidr.prefix === 0;

/** An end as text that no other end has. */
export const endText = (end: End): string =>
  end.kind === "entry" ? `entry ${end.id}` : formatPeer(end.peer);

const keys = (ends: readonly End[]): string[] => ends.map(endText).toSorted();
const shapeKeys = (shapes: readonly Shape[]): string[] => shapes.map(formatShape).toSorted();
const atomKey = ({ from, to, shape }: Atom): string =>
  `${endText(from)} > ${endText(to)} ${formatShape(shape)}`;

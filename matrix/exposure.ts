// What really reaches an interface: AWS adds up the rules of all groups it wears. The law of
// verdict.ts is per group; here is what the sum lets in, from where, and what of it no part permits.

import type { Forbid, MatrixDocument } from "./document.ts";
import type { Permit } from "./flows/part.ts";
import { rangesOf } from "./flows/peers.ts";
import { holdings } from "./flows/union.ts";
import type { SecurityGroup } from "./group.ts";
import type { GroupPolicy } from "./policy.ts";
import {
  addresses,
  type Box,
  type BoxPeer,
  cellsOf,
  isPeerCovered,
  peersAt,
  peersMeet,
  protocolsOf,
  sharing,
  slabsOf,
} from "./rules/box.ts";
import type { Range } from "./rules/cidr.ts";
import { merged } from "./rules/merge.ts";
import {
  ALL,
  canonicalShape,
  formatShape,
  joinShape,
  type Shape,
  shapeCovers,
  shapeOf,
  wholeSpan,
} from "./rules/protocol.ts";
import { formatRule, type Rule } from "./rules/rule.ts";
import { forbidsMeeting, judge, type ListView } from "./verdict.ts";

/** A group that an interface wears; without a policy where no entry selects it. */
export interface WornGroup {
  readonly group: SecurityGroup;
  readonly policy: GroupPolicy | undefined;
}

/** A rule of one worn group that lets in what no part of the interface permits, or what one forbids. */
export interface Excess {
  readonly group: SecurityGroup;
  readonly rule: Rule;
  /** The part of it that some part permits. */
  readonly kept: readonly Rule[];
  readonly breaks: readonly Forbid[];
}

/** A named set of addresses. */
export interface Network {
  readonly name: string;
  readonly ranges: readonly Range[];
}

/** What the addresses of a network can reach, as ports in the words of the matrix. */
export interface Reach {
  readonly from: string;
  /** What every address of it reaches, of one family at least: 0.0.0.0/0 is the whole world. */
  readonly whole: readonly string[];
  /** What only some of its addresses reach. */
  readonly part: readonly string[];
}

/**
 * Finds what the union of worn groups lets in beyond what any of their parts permits, and what
 * breaks a forbid of any of them. Nothing where no worn group plays a part.
 */
export function excessOf(worn: readonly WornGroup[], lists: ListView): Excess[] {
  const policies = worn.flatMap(({ policy }) => policy ?? []);
  const [first] = policies;
  if (!first) return [];
  const joint = jointPolicy(policies, first);
  return worn.flatMap(({ group }) => {
    const ingress = group.rules.filter(({ rule }) => rule.direction === "ingress");
    const { verdicts } = judge({ ...group, rules: ingress }, joint, lists);
    return verdicts.flatMap((verdict): Excess[] => {
      if (verdict.kind === "missing") return [];
      const { rule } = verdict.live;
      const breaks = forbidsMeeting(rule, joint, lists);
      if (verdict.kind !== "drift" && breaks.length === 0) return [];
      return [{ group, rule, kept: verdict.kind === "drift" ? verdict.kept : [rule], breaks }];
    });
  });
}

/** One policy that permits what any permits and forbids what any forbids; it requires nothing. */
function jointPolicy(policies: readonly GroupPolicy[], first: GroupPolicy): GroupPolicy {
  const ingress = policies.flatMap(policy => policy.ingress);
  const near = { ingress: sharing(ingress), egress: sharing<Permit>([]) };
  return {
    ...{ ...first, ingress, near, heldBy: holdings(near, []) },
    excepted: policies.flatMap(policy => policy.excepted),
    advised: policies.flatMap(policy => policy.advised),
    bans: policies.flatMap(policy => policy.bans),
    ...{ egress: [], required: [], bounds: {} },
  };
}

/** The networks of a matrix by their addresses, the whole outside world first. */
export function networksOf(document: Pick<MatrixDocument, "networks">): Network[] {
  const own = Object.keys(document.networks).filter(name => name !== "private");
  return ["public", "private", ...own]
    .map(name => ({ name, ranges: rangesOf(name, document) }))
    .filter(({ ranges }) => ranges.length > 0);
}

/** Says what each network can reach through rules taken together; networks that reach nothing are left out. */
export function reachOf(
  rules: readonly Rule[],
  networks: readonly Network[],
  lists: Pick<ListView, "get">,
): Reach[] {
  const boxes = rules.filter(({ direction }) => direction === "ingress").flatMap(boxesOf(lists));
  const cells = protocolsOf(canonicalShape(ALL), boxes).flatMap(protocol => {
    const slabs = slabsOf(protocol, boxes);
    const isNamed = boxes.some(({ shape }) => shape.protocol === protocol);
    return cellsOf(wholeSpan(protocol), slabs).map(cell => ({
      shape: isNamed ? shapeOf(protocol, cell) : canonicalShape(ALL),
      peers: peersAt(slabs, cell),
    }));
  });
  return networks.flatMap(({ name, ranges }): Reach[] => {
    const own = ranges.map(range => ({ family: range.family, peer: addresses(range) }));
    const familiesMet = (peers: BoxPeer[]) =>
      own.filter(one => peers.some(peer => peersMeet(one.peer, peer))).map(({ family }) => family);
    const isPart = (peers: BoxPeer[]) => familiesMet(peers).length > 0;
    const isWhole = (peers: BoxPeer[]) => {
      const families = familiesMet(peers);
      return own.every(one => !families.includes(one.family) || isPeerCovered(one.peer, peers));
    };
    const open = cells.filter(({ peers }) => isPart(peers));
    const whole = joined(open.filter(({ peers }) => isWhole(peers)).map(({ shape }) => shape));
    const part = joined(open.filter(({ peers }) => !isWhole(peers)).map(({ shape }) => shape));
    if (open.length === 0) return [];
    return [{ from: name, whole: whole.map(formatShape), part: part.map(formatShape) }];
  });
}

// A prefix list lets in the addresses it holds; a group holds none.
const boxesOf =
  (lists: Pick<ListView, "get">) =>
  ({ direction, shape, peer }: Rule): Box[] => {
    if (peer.kind === "cidr") return [{ direction, shape, peer: addresses(peer.cidr) }];
    const entries = lists.get(peer.id)?.entries ?? [];
    return entries.map(entry => ({ direction, shape, peer: addresses(entry) }));
  };

/** Shapes with those that adjoin or lie within others made one. */
const joined = (shapes: readonly Shape[]): Shape[] =>
  merged(shapes, { covers: shapeCovers, join: joinShape });

/** A rule of another group beside which groups it is worn: what an exposure is called. */
export function exposureText({ group, rule }: Excess, worn: readonly WornGroup[]): string {
  const others = worn.map(one => one.group.id).filter(id => id !== group.id);
  return `${formatRule(rule)} beside ${others.sort().join(", ")}`;
}

// What a flow, a forbid, an open egress or an exception says of the judged group's packets: each as
// openings, and each required rule as its text. The matrix is read as prose, nothing is optimised.
import { asList, type Case, type FlowText, type ForbidText, type PeerText } from "./case.ts";
import {
  blockOf,
  type Direction,
  isAwsPeer,
  isIn,
  type Opening,
  type PacketPeer,
  type PeerTest,
  peerTest,
  portTexts,
  ruleText,
  trafficTest,
} from "./packet.ts";
import { groupsBehind } from "./roles.ts";

const PRIVATE = [
  "10.0.0.0/8",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "100.64.0.0/10",
  "169.254.0.0/16",
  "fc00::/7",
  "fe80::/10",
];

/** One other end of a flow: whom it permits, and the peers of rules that it asks for. */
interface End {
  readonly test: PeerTest;
  readonly required: readonly string[];
}

/** Something that permits packets, or would: a flow, an open egress, an exception. */
export interface Grant {
  readonly openings: readonly Opening[];
  /** Rules it requires, in the chosen form. */
  readonly required: readonly string[];
}

/** What a flow comes to for a part the group plays. */
export function grantOfFlow(c: Case, flow: FlowText, part: string): Grant {
  const grants: Grant[] = [];
  if (asList(flow.to).includes(part) && flow.sides !== "egress") {
    grants.push(sideOf(c, flow, "ingress", flow.from));
  }
  const isListed = c.matrix.groups[part]?.egress === "listed";
  const hasEgress = flow.sides === undefined ? isListed : flow.sides !== "ingress";
  if (asList(flow.from).includes(part) && hasEgress) {
    grants.push(sideOf(c, flow, "egress", flow.to));
  }
  return {
    openings: grants.flatMap(grant => grant.openings),
    required: grants.flatMap(grant => grant.required),
  };
}

function sideOf(
  c: Case,
  flow: FlowText,
  direction: Direction,
  others: PeerText | readonly PeerText[],
): Grant {
  const ends = asList(others).flatMap(peer => endsOf(c, peer));
  const ports = portTexts(flow.ports);
  return {
    openings: ports.flatMap(port =>
      ends.map(({ test }) => ({
        direction,
        carries: trafficTest(port),
        reaches: peer => test(peer) && isFamilyOf(port, peer.family),
      })),
    ),
    required: ports.flatMap(port =>
      ends
        .flatMap(end => end.required)
        .filter(peer => isFamilyOf(port, isAwsPeer(peer) ? 0 : blockOf(peer).family))
        .map(peer => ruleText(direction, wholePorts(port), peer)),
    ),
  };
}

// A protocol alone means all of it, which a rule says in numbers.
function wholePorts(port: string): string {
  if (port === "tcp" || port === "udp") return `${port} 0-65535`;
  return port === "icmp" || port === "icmpv6" ? `${port} all` : port;
}

// `icmp` is for IPv4 peers, `icmpv6` for IPv6 ones. Prefix lists and groups may hold either.
function isFamilyOf(port: string, family: PacketPeer["family"]): boolean {
  if (/^icmp( |$)/.test(port)) return family !== 6;
  return !/^icmpv6( |$)/.test(port) || family !== 4;
}

function endsOf(c: Case, peer: PeerText): End[] {
  if (typeof peer !== "string") return [plainEnd(c, peer.list)];
  if (peer in c.matrix.groups) return entryEnds(c, peer);
  const network = c.matrix.networks?.[peer];
  if (network !== undefined) return network.flatMap(inner => endsOf(c, inner));
  if (peer === "private") return PRIVATE.map(block => plainEnd(c, block));
  if (peer !== "public") return [plainEnd(c, peer)];
  const hasIpv6 = c.ipv6Vpcs.includes(c.subject.vpcId);
  return [{ test: () => true, required: hasIpv6 ? ["0.0.0.0/0", "::/0"] : ["0.0.0.0/0"] }];
}

function plainEnd(c: Case, text: string): End {
  const peer = asBlock(shortOf(c, text));
  return { test: peerTest(peer), required: [peer] };
}

// Rule text leaves the owner out for the group's own account.
const shortOf = (c: Case, text: string): string => text.replace(`@${c.subject.owner}`, "");

// By address where the entry has members (unless it asks for references), else by reference, and
// that within one VPC. Either form is permitted; the chosen one is required.
function entryEnds(c: Case, name: string): End[] {
  const { members = [], by } = c.matrix.groups[name]!;
  const isByAddress = members.length > 0 && by !== "group";
  const groups = groupsBehind(c, name);
  return [
    ...members.map(asBlock).map(block => ({
      test: peerTest(block),
      required: isByAddress ? [block] : [],
    })),
    ...groups.map(group => {
      const peer = shortOf(c, `${group.id}@${group.owner}`);
      const isNear = group.vpcId === c.subject.vpcId;
      return { test: peerTest(peer), required: isNear && !isByAddress ? [peer] : [] };
    }),
  ];
}

// A peer may be written as a bare address; a rule has its block.
function asBlock(peer: string): string {
  if (isAwsPeer(peer) || peer.includes("/")) return peer;
  return `${peer}/${blockOf(peer).prefix.length}`;
}

/** What a forbid takes from a part the group plays. */
export function openingsOfForbid(c: Case, forbid: ForbidText, part: string): Opening[] {
  const openings: Opening[] = [];
  const add = (direction: Direction, others: PeerText | readonly PeerText[]) => {
    for (const port of portTexts(forbid.ports)) {
      openings.push({
        direction,
        carries: trafficTest(port),
        reaches: peer => isNamed(c, asList(others), peer) && !isNamed(c, forbid.except ?? [], peer),
      });
    }
  };
  if (asList(forbid.to).includes(part)) add("ingress", forbid.from);
  if (asList(forbid.from).includes(part)) add("egress", forbid.to);
  return openings;
}

// In a forbid `public` is every address outside `private`, and no AWS-side peer.
function isNamed(c: Case, names: readonly PeerText[], peer: PacketPeer): boolean {
  return names.some(name => {
    if (name !== "public") {
      const network = typeof name === "string" ? c.matrix.networks?.[name] : undefined;
      if (network !== undefined) return isNamed(c, network, peer);
      return endsOf(c, name).some(end => end.test(peer));
    }
    return peer.family !== 0 && !isPrivate(c, peer);
  });
}

function isPrivate(c: Case, peer: PacketPeer): boolean {
  const own = c.matrix.networks?.private;
  if (own === undefined) return PRIVATE.some(block => isIn(blockOf(block), peer));
  return isNamed(c, own, peer);
}

/** Every block that `private` could mean: the edges of `public` in a forbid. */
export const privateBlocks: readonly string[] = PRIVATE;

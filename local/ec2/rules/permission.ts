// Which rules does an ip permission mean? One rule per peer, in canonical form; and back, the
// grouped form that DescribeSecurityGroups shows.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html

import { badCombination, invalidValue, missingParameter } from "../errors.ts";
import { type Input, intOf, structsOf, textOf } from "../wire/query.ts";
import type { Fields } from "../wire/xml.ts";
import { canonicalIpv4, canonicalIpv6 } from "./cidr.ts";
import { canonicalPorts, canonicalProtocol } from "./protocol.ts";
import { checkDescription, identityOf, type Peer, type RuleContent } from "./rule.ts";

/** A group as a request names it. */
export interface GroupPair {
  groupId?: string;
  name?: string;
  account?: string;
}

/** How the two kinds of named peers are looked up: strictly to authorize, leniently to revoke. */
export interface PeerLookup {
  group: (pair: GroupPair) => Peer;
  prefixList: (prefixListId: string) => Peer;
}

/** The rules that a request's ip permissions (or flat parameters) mean; no two are the same. */
export function rulesOf(input: Input, egress: boolean, lookup: PeerLookup): RuleContent[] {
  const permissions = structsOf(input, "IpPermissions");
  const flat = flatRules(input, egress, lookup);
  if (flat.length > 0 && permissions.length > 0) {
    throw badCombination("The parameters ipPermissions and cidrIp may not both be specified");
  }
  const rules =
    flat.length > 0 ? flat : permissions.flatMap(permission => expand(permission, egress, lookup));
  if (rules.length === 0) throw missingParameter("ipPermissions");
  if (new Set(rules.map(identityOf)).size < rules.length) {
    throw invalidValue("The same permission must not appear multiple times");
  }
  return rules;
}

function expand(permission: Input, egress: boolean, lookup: PeerLookup): RuleContent[] {
  const protocol = canonicalProtocol(textOf(permission, "IpProtocol"));
  const ports = canonicalPorts(
    protocol,
    intOf(permission, "FromPort"),
    intOf(permission, "ToPort"),
  );
  const peers = peersOf(permission, lookup);
  if (peers.length === 0) throw noPeer();
  return peers.map(({ peer, description }) => {
    checkDescription(description);
    return { egress, protocol, ...ports, peer, ...described(description) };
  });
}

interface DescribedPeer {
  peer: Peer;
  description: string | undefined;
}

function peersOf(permission: Input, lookup: PeerLookup): DescribedPeer[] {
  const list = (name: string, read: (item: Input) => Peer) =>
    structsOf(permission, name).map(item => ({
      peer: read(item),
      description: textOf(item, "Description"),
    }));
  return [
    ...list("IpRanges", item => ipv4Peer(textOf(item, "CidrIp"))),
    ...list("Ipv6Ranges", item => ipv6Peer(textOf(item, "CidrIpv6"))),
    ...list("PrefixListIds", item => {
      const id = textOf(item, "PrefixListId");
      if (id === undefined) throw noPeer();
      return lookup.prefixList(id);
    }),
    ...list("Groups", item => lookup.group(pairOf(item))),
  ];
}

/** The peer of an IPv4 block as sent. */
export function ipv4Peer(cidr: string | undefined): Peer {
  if (cidr === undefined) throw noPeer();
  return { kind: "ipv4", cidr: canonicalIpv4(cidr) };
}

/** The peer of an IPv6 block as sent. */
export function ipv6Peer(cidr: string | undefined): Peer {
  if (cidr === undefined) throw noPeer();
  return { kind: "ipv6", cidr: canonicalIpv6(cidr) };
}

function pairOf(item: Input): GroupPair {
  const groupId = textOf(item, "GroupId");
  const name = textOf(item, "GroupName");
  const account = textOf(item, "UserId");
  if (groupId === undefined && name === undefined) throw noPeer();
  return {
    ...(groupId === undefined ? {} : { groupId }),
    ...(name === undefined ? {} : { name }),
    ...(account === undefined ? {} : { account }),
  };
}

/** A description, if there is one: an empty one is none. */
export function described(description: string | undefined): { description?: string } {
  return description === undefined || description === "" ? {} : { description };
}

/** EC2's error for a rule with no peer or with several. */
export function noPeer() {
  return invalidValue(
    "missing mandatory parameter: exactly one of remote-security-group, remote-ip-range, " +
      "remote-ipv6-range, or prefix-list-id must be present",
  );
}

function flatRules(input: Input, egress: boolean, lookup: PeerLookup): RuleContent[] {
  const name = textOf(input, "SourceSecurityGroupName");
  const cidr = textOf(input, "CidrIp");
  const protocol = textOf(input, "IpProtocol");
  if (name === undefined && cidr === undefined && protocol === undefined) return [];
  if (egress) throw badCombination("Egress rules must be given as ipPermissions");
  if (name === undefined) {
    if (protocol?.toLowerCase() === "icmpv6")
      throw invalidValue("Invalid value 'icmpv6' for IP protocol");
    const ranges = cidr === undefined ? [] : [{ CidrIp: cidr }];
    return expand({ ...input, IpRanges: ranges }, egress, lookup);
  }
  if (cidr !== undefined || protocol !== undefined) {
    throw badCombination("The parameters sourceSecurityGroupName and cidrIp may not be combined");
  }
  return everythingFrom(lookup.group(flatPair(input, name)));
}

function flatPair(input: Input, name: string): GroupPair {
  const account = textOf(input, "SourceSecurityGroupOwnerId");
  return { name, ...(account === undefined ? {} : { account }) };
}

/** What a group named by the flat parameters gets: full TCP, UDP and ICMP access. */
function everythingFrom(peer: Peer): RuleContent[] {
  return [
    { egress: false, protocol: "tcp", from: 0, to: 65535, peer },
    { egress: false, protocol: "udp", from: 0, to: 65535, peer },
    { egress: false, protocol: "icmp", from: -1, to: -1, peer },
  ];
}

/** What a grouped permission's peers look like in an answer. */
export interface PermissionFields {
  [name: string]: string | number | undefined | Fields[];
  groups: Fields[];
  ipRanges: Fields[];
  ipv6Ranges: Fields[];
  prefixListIds: Fields[];
}

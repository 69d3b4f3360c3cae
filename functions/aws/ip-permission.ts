// EC2's wire forms of a rule, there and back: what DescribeSecurityGroupRules returns, what
// Authorize, Revoke and Modify take. One rule per ip permission, so one peer each.
import type {
  IpPermission,
  SecurityGroupRule,
  SecurityGroupRuleRequest,
} from "@aws-sdk/client-ec2";
import type { LiveRule } from "../../matrix/group.ts";
import { formatCidr } from "../../matrix/rules/cidr.ts";
import {
  ALL,
  hasPorts,
  ICMP,
  ICMPV6,
  isIcmp,
  type Shape,
  TCP,
  UDP,
} from "../../matrix/rules/protocol.ts";
import { type Rule, type RuleFields, ruleFrom } from "../../matrix/rules/rule.ts";

/**
 * Reads one rule as DescribeSecurityGroupRules returns it.
 *
 * @example { IsEgress: false, IpProtocol: "tcp", FromPort: 22, ToPort: 22, CidrIpv4: "0.0.0.0/0" }
 */
export function liveRule(wire: SecurityGroupRule): LiveRule | undefined {
  const { Description, SecurityGroupRuleId } = wire;
  const rule = ruleFrom(ruleFieldsOf(wire), wire.GroupOwnerId);
  return rule && withoutAbsent({ rule, ruleId: SecurityGroupRuleId, description: Description });
}

/** The fields of a rule as DescribeSecurityGroupRules returns them. */
export function ruleFieldsOf(wire: SecurityGroupRule): RuleFields {
  const { ReferencedGroupInfo: reference } = wire;
  return {
    direction: wire.IsEgress ? "egress" : "ingress",
    protocol: wire.IpProtocol ?? "",
    fromPort: wire.FromPort,
    toPort: wire.ToPort,
    cidrIpv4: wire.CidrIpv4,
    cidrIpv6: wire.CidrIpv6,
    prefixListId: wire.PrefixListId,
    groupId: reference?.GroupId,
    // A deleted peer's account is no longer told: the reference is stale.
    groupOwner: reference ? (reference.UserId ?? "?") : undefined,
  };
}

function withoutAbsent(live: {
  rule: Rule;
  ruleId: string | undefined;
  description: string | undefined;
}): LiveRule {
  const { rule, ruleId, description } = live;
  return {
    rule,
    ...(ruleId === undefined ? {} : { ruleId }),
    ...(description === undefined ? {} : { description }),
  };
}

/** Expands an ip permission, as DescribeSecurityGroups returns it, into one rule per peer. */
export function rulesOfPermission(
  permission: IpPermission,
  direction: RuleFields["direction"],
  owner: string,
): LiveRule[] {
  const { IpProtocol, FromPort: fromPort, ToPort: toPort } = permission;
  const base = { direction, protocol: IpProtocol ?? "", fromPort, toPort };
  const peers: { fields: Partial<RuleFields>; description: string | undefined }[] = [
    ...(permission.IpRanges ?? []).map(({ CidrIp, Description }) => ({
      fields: { cidrIpv4: CidrIp },
      description: Description,
    })),
    ...(permission.Ipv6Ranges ?? []).map(({ CidrIpv6, Description }) => ({
      fields: { cidrIpv6: CidrIpv6 },
      description: Description,
    })),
    ...(permission.PrefixListIds ?? []).map(({ PrefixListId, Description }) => ({
      fields: { prefixListId: PrefixListId },
      description: Description,
    })),
    ...(permission.UserIdGroupPairs ?? []).map(({ GroupId, UserId, Description }) => ({
      fields: { groupId: GroupId, groupOwner: UserId ?? "?" },
      description: Description,
    })),
  ];
  return peers.map(({ fields, description }) => {
    const rule = ruleFrom({ ...base, ...fields }, owner);
    // A rule that cannot be read must not be taken for one that is not there.
    if (!rule) throw new Error(`unreadable ip permission ${JSON.stringify(permission)}`);
    return withoutAbsent({ rule, ruleId: undefined, description });
  });
}

/** The ip permission that names exactly the rule EC2 returned, spelled as EC2 spelled it. */
export function permissionOf(wire: SecurityGroupRule): IpPermission {
  const { ReferencedGroupInfo: reference } = wire;
  return {
    IpProtocol: wire.IpProtocol,
    ...(wire.IpProtocol === "-1" ? {} : portsOf(wire.FromPort, wire.ToPort)),
    ...(wire.CidrIpv4 ? { IpRanges: [{ CidrIp: wire.CidrIpv4 }] } : {}),
    ...(wire.CidrIpv6 ? { Ipv6Ranges: [{ CidrIpv6: wire.CidrIpv6 }] } : {}),
    ...(wire.PrefixListId ? { PrefixListIds: [{ PrefixListId: wire.PrefixListId }] } : {}),
    ...(reference
      ? { UserIdGroupPairs: [{ GroupId: reference.GroupId, UserId: reference.UserId }] }
      : {}),
  };
}

const portsOf = (from?: number, to?: number) =>
  from === undefined ? {} : { FromPort: from, ToPort: to };

/** The ip permission that authorizes a rule. */
export function newPermission(rule: Rule, description?: string): IpPermission {
  const { peer, shape } = rule;
  const Description = description === undefined ? {} : { Description: description };
  const base = { IpProtocol: wireProtocol(shape), ...wirePorts(shape) };
  if (peer.kind === "prefix-list") {
    return { ...base, PrefixListIds: [{ PrefixListId: peer.id, ...Description }] };
  }
  if (peer.kind === "group") {
    const UserId = peer.owner === undefined ? {} : { UserId: peer.owner };
    return { ...base, UserIdGroupPairs: [{ GroupId: peer.id, ...UserId, ...Description }] };
  }
  const block = formatCidr(peer.cidr);
  return peer.cidr.family === 4
    ? { ...base, IpRanges: [{ CidrIp: block, ...Description }] }
    : { ...base, Ipv6Ranges: [{ CidrIpv6: block, ...Description }] };
}

/** The whole new content of a rule for ModifySecurityGroupRules, which clears what is left out. */
export function ruleRequest(rule: Rule, description?: string): SecurityGroupRuleRequest {
  const { peer, shape } = rule;
  const ports = wirePorts(shape);
  return {
    IpProtocol: wireProtocol(shape),
    FromPort: ports.FromPort ?? -1,
    ToPort: ports.ToPort ?? -1,
    ...(description === undefined ? {} : { Description: description }),
    ...(peer.kind === "prefix-list" ? { PrefixListId: peer.id } : {}),
    ...(peer.kind === "group" ? { ReferencedGroupId: peer.id } : {}),
    ...(peer.kind === "cidr" ? wireBlock(peer.cidr) : {}),
  };
}

const wireBlock = (cidr: Parameters<typeof formatCidr>[0]) =>
  cidr.family === 4 ? { CidrIpv4: formatCidr(cidr) } : { CidrIpv6: formatCidr(cidr) };

const WIRE_NAMES = new Map([
  [ALL, "-1"],
  [TCP, "tcp"],
  [UDP, "udp"],
  [ICMP, "icmp"],
  [ICMPV6, "icmpv6"],
]);

const wireProtocol = ({ protocol }: Shape): string => WIRE_NAMES.get(protocol) ?? String(protocol);

const wirePorts = ({ protocol, from, to }: Shape): { FromPort?: number; ToPort?: number } =>
  hasPorts(protocol) || isIcmp(protocol) ? { FromPort: from, ToPort: to } : {};

// Security groups of one account and region: reading them whole, and the calls that change rules.
// Each function is one call (or its pages); what to call and in which order is reconcile's.
import {
  AuthorizeSecurityGroupEgressCommand,
  AuthorizeSecurityGroupIngressCommand,
  DescribeSecurityGroupRulesCommand,
  DescribeSecurityGroupsCommand,
  DescribeVpcsCommand,
  type EC2Client,
  type Filter,
  ModifySecurityGroupRulesCommand,
  RevokeSecurityGroupEgressCommand,
  type RevokeSecurityGroupEgressCommandOutput,
  RevokeSecurityGroupIngressCommand,
  type SecurityGroupRule,
  type SecurityGroup as WireGroup,
} from "@aws-sdk/client-ec2";
import { inOrder, type LiveGroup, type LiveRule, type SecurityGroup } from "../../matrix/group.ts";
import type { Direction, Rule } from "../../matrix/rules/rule.ts";
import { liveRule, newPermission, permissionOf, ruleRequest } from "./ip-permission.ts";

/** A group as read, with EC2's own spelling of each rule so that it can be revoked by value. */
export interface GroupRead {
  readonly group: SecurityGroup;
  readonly spelling: ReadonlyMap<string, SecurityGroupRule>;
}

/** What a revoke took, as EC2 told it; `told` is false where the answer did not say. */
export interface Revoked {
  readonly told: boolean;
  readonly rules: readonly LiveRule[];
}

export type SecurityGroups = ReturnType<typeof securityGroups>;

/** The security groups an EC2 client reaches. */
export function securityGroups(ec2: EC2Client) {
  return {
    /** Reads a group and all its rules in parallel; undefined when there is no such group. */
    async read(groupId: string): Promise<GroupRead | undefined> {
      const [groups, rules] = await Promise.all([
        describeGroups(ec2, [{ Name: "group-id", Values: [groupId] }]),
        describeRules(ec2, [groupId]),
      ]);
      const wire = groups[0];
      return wire && groupRead(wire, rules);
    },

    /** Reads the rules of a group that was read before; none when it is gone. */
    async rules({ id, owner }: Pick<LiveGroup, "id" | "owner">): Promise<LiveRule[]> {
      return (await describeRules(ec2, [id])).flatMap(
        wire => liveRule({ GroupOwnerId: owner, ...wire }) ?? [],
      );
    },

    /** Reads groups without their rule ids, page by page. */
    async list(filters: Filter[] = []): Promise<LiveGroup[]> {
      return (await describeGroups(ec2, filters)).map(liveGroup);
    },

    /** The ids of the groups with a rule that refers to a prefix list. */
    async referringTo(listId: string): Promise<string[]> {
      const names = ["ip-permission.prefix-list-id", "egress.ip-permission.prefix-list-id"];
      const found = await Promise.all(
        names.map(Name => describeGroups(ec2, [{ Name, Values: [listId] }])),
      );
      return [...new Set(found.flat().map(group => group.GroupId ?? ""))].filter(id => id !== "");
    },

    /** Tells which of these VPCs have an IPv6 block. */
    async ipv6Vpcs(vpcIds: readonly string[]): Promise<Set<string>> {
      if (vpcIds.length === 0) return new Set();
      const filter = { Name: "vpc-id", Values: [...vpcIds] };
      const answer = await ec2.send(new DescribeVpcsCommand({ Filters: [filter] }));
      const withIpv6 = (answer.Vpcs ?? []).filter(vpc =>
        vpc.Ipv6CidrBlockAssociationSet?.some(a => a.Ipv6CidrBlockState?.State === "associated"),
      );
      return new Set(withIpv6.flatMap(vpc => vpc.VpcId ?? []));
    },

    /** Revokes rules by the values they were read with; EC2 takes all of a call or none. */
    async revoke(read: GroupRead, direction: Direction, rules: readonly LiveRule[]) {
      const IpPermissions = rules.map(live => permissionAsRead(read, live));
      return send(ec2, direction, { GroupId: read.group.id, IpPermissions });
    },

    /** Revokes whatever stands under these rule ids now: a last resort. */
    async revokeById(groupId: string, direction: Direction, ruleIds: readonly string[]) {
      return send(ec2, direction, { GroupId: groupId, SecurityGroupRuleIds: [...ruleIds] });
    },

    /** Writes rules in one call, all or none. */
    async authorize(
      groupId: string,
      direction: Direction,
      rules: readonly { rule: Rule; description?: string }[],
    ): Promise<void> {
      const IpPermissions = rules.map(({ rule, description }) => newPermission(rule, description));
      const input = { GroupId: groupId, IpPermissions };
      await (direction === "ingress"
        ? ec2.send(new AuthorizeSecurityGroupIngressCommand(input))
        : ec2.send(new AuthorizeSecurityGroupEgressCommand(input)));
    },

    /** Gives a rule new content under its old id. */
    async modify(groupId: string, ruleId: string, rule: Rule, description?: string): Promise<void> {
      const update = {
        SecurityGroupRuleId: ruleId,
        SecurityGroupRule: ruleRequest(rule, description),
      };
      await ec2.send(
        new ModifySecurityGroupRulesCommand({ GroupId: groupId, SecurityGroupRules: [update] }),
      );
    },
  };
}

type RevokeInput = {
  GroupId: string;
  IpPermissions?: ReturnType<typeof permissionOf>[];
  SecurityGroupRuleIds?: string[];
};

async function send(ec2: EC2Client, direction: Direction, input: RevokeInput): Promise<Revoked> {
  const answer: RevokeSecurityGroupEgressCommandOutput =
    direction === "ingress"
      ? await ec2.send(new RevokeSecurityGroupIngressCommand(input))
      : await ec2.send(new RevokeSecurityGroupEgressCommand(input));
  const rules = (answer.RevokedSecurityGroupRules ?? []).flatMap(
    wire =>
      liveRule({ ...wire, ...(wire.ReferencedGroupId && referenced(wire.ReferencedGroupId)) }) ??
      [],
  );
  const told =
    answer.RevokedSecurityGroupRules !== undefined || answer.UnknownIpPermissions !== undefined;
  return { told, rules };
}

const referenced = (GroupId: string) => ({ ReferencedGroupInfo: { GroupId } });

function permissionAsRead(read: GroupRead, live: LiveRule) {
  const wire = live.ruleId === undefined ? undefined : read.spelling.get(live.ruleId);
  return wire ? permissionOf(wire) : newPermission(live.rule);
}

async function describeGroups(ec2: EC2Client, filters: Filter[]): Promise<WireGroup[]> {
  const found: WireGroup[] = [];
  let NextToken: string | undefined;
  do {
    const page = await ec2.send(
      new DescribeSecurityGroupsCommand({
        MaxResults: 200,
        ...(filters.length > 0 ? { Filters: filters } : {}),
        ...(NextToken === undefined ? {} : { NextToken }),
      }),
    );
    found.push(...(page.SecurityGroups ?? []));
    NextToken = page.NextToken || undefined;
  } while (NextToken !== undefined);
  return found;
}

async function describeRules(ec2: EC2Client, ids: string[]): Promise<SecurityGroupRule[]> {
  const found: SecurityGroupRule[] = [];
  let NextToken: string | undefined;
  do {
    const page = await ec2.send(
      new DescribeSecurityGroupRulesCommand({
        Filters: [{ Name: "group-id", Values: ids }],
        MaxResults: 1000,
        ...(NextToken === undefined ? {} : { NextToken }),
      }),
    );
    found.push(...(page.SecurityGroupRules ?? []));
    NextToken = page.NextToken || undefined;
  } while (NextToken !== undefined);
  return found;
}

function groupRead(wire: WireGroup, rules: readonly SecurityGroupRule[]): GroupRead {
  const spelling = new Map(rules.map(rule => [rule.SecurityGroupRuleId ?? "", rule]));
  const live = rules.flatMap(rule => {
    const read = liveRule({ GroupOwnerId: wire.OwnerId, ...rule });
    // A rule that cannot be read must not be taken for one that is not there.
    if (!read) throw new Error(`unreadable rule ${rule.SecurityGroupRuleId} of ${wire.GroupId}`);
    return read;
  });
  return { group: { ...liveGroup(wire), rules: inOrder(live) }, spelling };
}

/** Reads a group as DescribeSecurityGroups returns it, without its rules. */
export function liveGroup(wire: WireGroup): LiveGroup {
  return {
    id: wire.GroupId ?? "",
    owner: wire.OwnerId ?? "",
    name: wire.GroupName ?? "",
    tags: Object.fromEntries((wire.Tags ?? []).map(tag => [tag.Key ?? "", tag.Value ?? ""])),
    ...(wire.VpcId === undefined ? {} : { vpcId: wire.VpcId }),
  };
}

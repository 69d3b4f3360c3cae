// How do answers show rules? Grouped by protocol and ports in DescribeSecurityGroups, one by one in
// DescribeSecurityGroupRules and the answers of authorize and revoke.

import { type Action, arnOf, type Call } from "../call.ts";
import { filtered, page, pageFields, usualPage } from "../listing.ts";
import type { Group, Region, Store, Tags } from "../state.ts";
import { tagFields } from "../tags.ts";
import { structsOf, textOf, textsOf } from "../wire/query.ts";
import { listing, texts } from "../wire/shapes.ts";
import type { Fields } from "../wire/xml.ts";
import { checkRuleId, noRule } from "./lookup.ts";
import type { PermissionFields } from "./permission.ts";
import { hasPorts } from "./protocol.ts";
import type { Peer, Rule, RuleContent } from "./rule.ts";

type GroupPeer = Extract<Peer, { kind: "group" }>;
type ReferenceOf = (peer: GroupPeer) => Fields;

/** Writes references to groups; a peered group that is gone has no userId: the rule is stale. */
export function referenceWriter(store: Store, region: Region): ReferenceOf {
  return peer => {
    if (peer.peeringId === undefined) return { userId: peer.account, groupId: peer.groupId };
    const there = store.region({ account: peer.account, region: region.region });
    return {
      userId: there.tables.groups.has(peer.groupId) ? peer.account : undefined,
      groupId: peer.groupId,
      vpcId: peer.vpcId,
      vpcPeeringConnectionId: peer.peeringId,
      peeringStatus: "active",
    };
  };
}

/** Groups rules into ip permissions, as DescribeSecurityGroups shows them. */
export function permissionFields(
  rules: readonly RuleContent[],
  referenceOf: ReferenceOf,
): PermissionFields[] {
  const permissions = new Map<string, PermissionFields>();
  for (const rule of rules) {
    const key = `${rule.protocol} ${rule.from} ${rule.to}`;
    let permission = permissions.get(key);
    if (permission === undefined) {
      permission = emptyPermission(rule);
      permissions.set(key, permission);
    }
    addPeer(permission, rule, referenceOf);
  }
  return [...permissions.values()];
}

function emptyPermission(rule: RuleContent): PermissionFields {
  const ports = hasPorts(rule.protocol) ? { fromPort: rule.from, toPort: rule.to } : {};
  const ipProtocol = rule.protocol;
  return { ipProtocol, ...ports, groups: [], ipRanges: [], ipv6Ranges: [], prefixListIds: [] };
}

function addPeer(permission: PermissionFields, rule: RuleContent, referenceOf: ReferenceOf): void {
  const { peer, description } = rule;
  if (peer.kind === "ipv4") permission.ipRanges.push({ cidrIp: peer.cidr, description });
  else if (peer.kind === "ipv6") permission.ipv6Ranges.push({ cidrIpv6: peer.cidr, description });
  else if (peer.kind === "group") permission.groups.push({ ...referenceOf(peer), description });
  else permission.prefixListIds.push({ prefixListId: peer.prefixListId, description });
}

/** One rule as DescribeSecurityGroupRules and authorize show it; tags are added by the caller. */
export function ruleFields(
  region: Region,
  groupId: string,
  rule: Rule,
  referenceOf: ReferenceOf,
): Fields {
  const { peer } = rule;
  return {
    groupOwnerId: region.account,
    groupId,
    securityGroupRuleId: rule.ruleId,
    description: rule.description,
    isEgress: rule.egress,
    ipProtocol: rule.protocol,
    fromPort: rule.from,
    toPort: rule.to,
    cidrIpv4: peer.kind === "ipv4" ? peer.cidr : undefined,
    cidrIpv6: peer.kind === "ipv6" ? peer.cidr : undefined,
    prefixListId: peer.kind === "prefix-list" ? peer.prefixListId : undefined,
    referencedGroupInfo: peer.kind === "group" ? referenceOf(peer) : undefined,
    securityGroupRuleArn: arnOf(region, "security-group-rule", rule.ruleId),
  };
}

/** One rule as revoke shows it: a referenced group by its id alone. */
export function revokedFields(groupId: string, rule: Rule): Fields {
  const { peer } = rule;
  return {
    securityGroupRuleId: rule.ruleId,
    groupId,
    isEgress: rule.egress,
    ipProtocol: rule.protocol,
    fromPort: rule.from,
    toPort: rule.to,
    cidrIpv4: peer.kind === "ipv4" ? peer.cidr : undefined,
    cidrIpv6: peer.kind === "ipv6" ? peer.cidr : undefined,
    prefixListId: peer.kind === "prefix-list" ? peer.prefixListId : undefined,
    referencedGroupId: peer.kind === "group" ? peer.groupId : undefined,
    description: rule.description,
  };
}

interface Row {
  group: Group;
  rule: Rule;
  tags: Tags;
}

export const describeRules: Action = {
  family: "read",
  members: { ...listing, SecurityGroupRuleId: texts },
  run: call => {
    const ids = textsOf(call.input, "SecurityGroupRuleId");
    for (const id of ids) checkRuleId(id);
    const rows = rowsOf(call, ids);
    const matching = filtered(call.input, rows, {
      "group-id": ({ group }) => [group.groupId],
      "security-group-rule-id": ({ rule }) => [rule.ruleId],
    });
    const { records, token } = page(call.input, matching, ({ rule }) => rule.ruleId, usualPage);
    const referenceOf = referenceWriter(call.store, call.region);
    const items = records.map(({ group, rule, tags }) => ({
      ...ruleFields(call.region, group.groupId, rule, referenceOf),
      tagSet: tagFields(tags),
    }));
    return pageFields("securityGroupRuleSet", items, token);
  },
};

function rowsOf(call: Call, ids: readonly string[]): Row[] {
  const wanted = ids.length === 0 ? undefined : new Set(ids);
  const rows: Row[] = [];
  for (const group of groupsAsked(call)) {
    for (const rule of group.rules) {
      if (wanted === undefined || wanted.has(rule.ruleId)) {
        rows.push({ group, rule, tags: rule.tags });
      }
    }
  }
  if (wanted !== undefined) checkFound(call, wanted, rows);
  return rows;
}

/**
 * The groups that a filter by plain group ids leaves, so that a large region is not walked whole.
 */
function groupsAsked(call: Call): Iterable<Group> {
  const { groups } = call.view;
  const filter = structsOf(call.input, "Filter").find(one => textOf(one, "Name") === "group-id");
  const ids = filter === undefined ? [] : textsOf(filter, "Value");
  if (ids.length === 0 || ids.some(id => /[*?\\]/.test(id))) return groups.values();
  return [...new Set(ids)].flatMap(id => groups.get(id) ?? []);
}

// An id that a filter leaves out is still a known id.
function checkFound(call: Call, wanted: ReadonlySet<string>, rows: readonly Row[]): void {
  const missing = new Set(wanted);
  for (const { rule } of rows) missing.delete(rule.ruleId);
  if (missing.size === 0) return;
  for (const group of call.view.groups.values()) {
    for (const rule of group.rules) missing.delete(rule.ruleId);
  }
  for (const id of missing) throw noRule(id);
}

// Which rules does a group get? AuthorizeSecurityGroupIngress and Egress: all of a call's rules or
// none.

import { type Action, type Call, groupNamed, noGroup, put } from "../call.ts";
import { Ec2Error, invalidValue } from "../errors.ts";
import { checkId, newId } from "../ids.ts";
import { findPrefixList } from "../prefix-lists/lookup.ts";
import type { Group } from "../state.ts";
import { tagFields, tagsFor } from "../tags.ts";
import { flatPermission, ipPermissions, type Members, tagSpecifications } from "../wire/shapes.ts";
import type { Fields } from "../wire/xml.ts";
import { referenceWriter, ruleFields } from "./describe.ts";
import { groupOf } from "./lookup.ts";
import { type GroupPair, noPeer, type PeerLookup, rulesOf } from "./permission.ts";
import { checkQuota } from "./quota.ts";
import { identityOf, nameOf, type Peer, type Rule } from "./rule.ts";

const members: Members = {
  GroupId: "text",
  GroupName: "text",
  ...flatPermission,
  IpPermissions: ipPermissions,
  TagSpecification: tagSpecifications,
};
const { GroupName: _, ...egressMembers } = members;

export const authorizeIngress: Action = {
  family: "classic",
  members,
  run: call => authorize(call, false),
};

export const authorizeEgress: Action = {
  family: "classic",
  members: egressMembers,
  required: ["GroupId"],
  run: call => authorize(call, true),
};

function authorize(call: Call, egress: boolean): Fields {
  const group = groupOf(call);
  const tags = tagsFor(call.input, "security-group-rule");
  const made = rulesOf(call.input, egress, existingPeers(call, group)).map(
    (rule): Rule => ({ ...rule, ruleId: newId("sgr"), tags }),
  );
  checkNew(group.rules, made);
  const rules = [...group.rules, ...made];
  checkQuota(group.rules, rules, call.tables.prefixLists, call.rulesPerGroup);
  put(call, "groups", group.groupId, { ...group, rules });
  const referenceOf = referenceWriter(call.store, call.region);
  return {
    return: true,
    securityGroupRuleSet: made.map(rule => ({
      ...ruleFields(call.region, group.groupId, rule, referenceOf),
      tagSet: Object.keys(tags).length === 0 ? undefined : tagFields(tags),
    })),
  };
}

/** Refuses a rule that the group has already. */
export function checkNew(known: readonly Rule[], made: readonly Rule[]): void {
  const identities = new Set(known.map(identityOf));
  for (const rule of made) if (identities.has(identityOf(rule))) throw duplicate(rule);
}

/** EC2's error for a rule that the group has already. */
export function duplicate(rule: Rule): Ec2Error {
  return new Ec2Error(
    "InvalidPermission.Duplicate",
    `the specified rule "${nameOf(rule)}" already exists`,
  );
}

/** Looks peers up strictly: a rule can only be made with a peer that is there. */
export function existingPeers(call: Call, group: Group): PeerLookup {
  return {
    group: pair => existingGroup(call, group, pair),
    prefixList: prefixListId => {
      findPrefixList(call.tables, prefixListId);
      return { kind: "prefix-list", prefixListId };
    },
  };
}

function existingGroup(call: Call, group: Group, pair: GroupPair): Peer {
  if (pair.account !== undefined && !/^\d{12}$/.test(pair.account)) {
    throw invalidValue(`Invalid value '${pair.account}' for userId`);
  }
  const { account, region } = call.region;
  if (pair.groupId === undefined) return namedGroup(call, group, pair);
  checkId("sg", pair.groupId, "InvalidGroupId.Malformed");
  const own =
    (pair.account ?? account) === account ? call.tables.groups.get(pair.groupId) : undefined;
  if (own?.vpcId === group.vpcId) return { kind: "group", groupId: own.groupId, account };
  // A group of a peered VPC of the same region, of this account or another.
  // https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-security-groups.html
  for (const peering of call.tables.peerings.values()) {
    if (peering.vpcId !== group.vpcId) continue;
    if (pair.account !== undefined && pair.account !== peering.peerAccount) continue;
    const there = call.store.region({ account: peering.peerAccount, region });
    const found = there.tables.groups.get(pair.groupId);
    if (found?.vpcId !== peering.peerVpcId) continue;
    const { peerAccount, peerVpcId: vpcId, peeringId } = peering;
    return { kind: "group", groupId: found.groupId, account: peerAccount, vpcId, peeringId };
  }
  throw noGroup(pair.groupId);
}

function namedGroup(call: Call, group: Group, { name, account }: GroupPair): Peer {
  if (name === undefined) throw noPeer();
  const own = call.region.account;
  const inDefaultVpc = call.tables.vpcs.get(group.vpcId)?.isDefault === true;
  const found = inDefaultVpc ? groupNamed(call.tables, group.vpcId, name) : undefined;
  if (found === undefined || (account ?? own) !== own) throw noGroup(name);
  return { kind: "group", groupId: found.groupId, account: own };
}

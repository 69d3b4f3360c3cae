// Which rules does a group lose? RevokeSecurityGroupIngress and Egress, by values or by rule ids.
// What a call cannot find is an error, except (by values) in a default VPC, where it is only
// listed.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RevokeSecurityGroupIngress.html

import { type Action, type Call, groupNamed, noGroup, put } from "../call.ts";
import { badCombination } from "../errors.ts";
import { checkId } from "../ids.ts";
import type { Group } from "../state.ts";
import { structsOf, textsOf } from "../wire/query.ts";
import { flatPermission, ipPermissions, type Members } from "../wire/shapes.ts";
import type { Fields } from "../wire/xml.ts";
import { permissionFields, referenceWriter, revokedFields } from "./describe.ts";
import { checkRuleId, groupOf, noPermission, noRule } from "./lookup.ts";
import { type GroupPair, type PeerLookup, rulesOf } from "./permission.ts";
import { identityOf, type Peer, type Rule, type RuleContent } from "./rule.ts";

const members: Members = {
  GroupId: "text",
  GroupName: "text",
  ...flatPermission,
  IpPermissions: ipPermissions,
  SecurityGroupRuleId: {
    list: "text",
    trailName: "securityGroupRuleIds",
    trailKey: "securityGroupRuleId",
  },
};
const { GroupName: _, ...egressMembers } = members;

export const revokeIngress: Action = {
  family: "classic",
  members,
  run: call => revoke(call, false),
};

export const revokeEgress: Action = {
  family: "classic",
  members: egressMembers,
  required: ["GroupId"],
  run: call => revoke(call, true),
};

function revoke(call: Call, egress: boolean): Fields {
  const group = groupOf(call);
  const ids = textsOf(call.input, "SecurityGroupRuleId");
  if (ids.length > 0 && structsOf(call.input, "IpPermissions").length > 0) {
    throw badCombination(
      "The parameters ipPermissions and securityGroupRuleIds may not both be specified",
    );
  }
  const { gone, unknown } =
    ids.length > 0 ? byId(group, egress, ids) : byValue(call, group, egress);
  if (gone.length > 0) {
    const revoked = new Set(gone);
    const rules = group.rules.filter(rule => !revoked.has(rule));
    put(call, "groups", group.groupId, { ...group, rules });
  }
  const referenceOf = referenceWriter(call.store, call.region);
  return {
    return: true,
    revokedSecurityGroupRuleSet: gone.map(rule => revokedFields(group.groupId, rule)),
    unknownIpPermissionSet:
      unknown.length === 0 ? undefined : permissionFields(unknown, referenceOf),
  };
}

interface Found {
  gone: Rule[];
  unknown: RuleContent[];
}

function byId(group: Group, egress: boolean, ids: readonly string[]): Found {
  const gone = [...new Set(ids)].map(id => {
    checkRuleId(id);
    const rule = group.rules.find(one => one.ruleId === id && one.egress === egress);
    if (rule === undefined) throw noRule(id);
    return rule;
  });
  return { gone, unknown: [] };
}

function byValue(call: Call, group: Group, egress: boolean): Found {
  const known = new Map(group.rules.map(rule => [identityOf(rule), rule]));
  const found: Found = { gone: [], unknown: [] };
  for (const wanted of rulesOf(call.input, egress, knownPeers(call, group))) {
    const rule = known.get(identityOf(wanted));
    if (rule !== undefined) found.gone.push(rule);
    else found.unknown.push(wanted);
  }
  const inDefaultVpc = call.tables.vpcs.get(group.vpcId)?.isDefault === true;
  if (found.unknown.length > 0 && !inDefaultVpc) throw noPermission();
  return found;
}

/** Looks peers up by what the group's rules say: their groups and lists may be gone. */
export function knownPeers(call: Call, group: Group): PeerLookup {
  return {
    group: pair => knownGroup(call, group, pair),
    prefixList: prefixListId => {
      checkId("pl", prefixListId, "InvalidPrefixListId.Malformed");
      return { kind: "prefix-list", prefixListId };
    },
  };
}

function knownGroup(call: Call, group: Group, pair: GroupPair): Peer {
  const groupId = pair.groupId ?? idOfNamed(call, group, pair.name ?? "");
  checkId("sg", groupId, "InvalidGroupId.Malformed");
  for (const { peer } of group.rules) {
    if (peer.kind !== "group" || peer.groupId !== groupId) continue;
    if (pair.account === undefined || pair.account === peer.account) return peer;
  }
  return { kind: "group", groupId, account: pair.account ?? call.region.account };
}

function idOfNamed(call: Call, group: Group, name: string): string {
  const found = groupNamed(call.tables, group.vpcId, name);
  if (found === undefined) throw noGroup(name);
  return found.groupId;
}

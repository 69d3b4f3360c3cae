// What do rules become in place? ModifySecurityGroupRules (a full replacement that keeps the rule's
// id, tags and direction) and UpdateSecurityGroupRuleDescriptionsIngress and Egress.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifySecurityGroupRules.html

import { type Action, type Call, put } from "../call.ts";
import { badCombination, invalidValue, missingParameter } from "../errors.ts";
import type { Group } from "../state.ts";
import { type Input, intOf, structOf, structsOf, textOf } from "../wire/query.ts";
import { ipPermissions, type Members } from "../wire/shapes.ts";
import type { Fields } from "../wire/xml.ts";
import { duplicate, existingPeers } from "./authorize.ts";
import { checkRuleId, groupOf, noPermission, noRule } from "./lookup.ts";
import { described, ipv4Peer, ipv6Peer, noPeer, type PeerLookup, rulesOf } from "./permission.ts";
import { canonicalPorts, canonicalProtocol } from "./protocol.ts";
import { checkQuota } from "./quota.ts";
import { knownPeers } from "./revoke.ts";
import { checkDescription, identityOf, isSameKind, type Peer, type Rule } from "./rule.ts";

export const modifyRules: Action = {
  family: "wrapped",
  members: {
    GroupId: "text",
    SecurityGroupRule: {
      list: {
        members: {
          SecurityGroupRuleId: "text",
          SecurityGroupRule: {
            members: {
              IpProtocol: "text",
              FromPort: "int",
              ToPort: "int",
              CidrIpv4: "text",
              CidrIpv6: "text",
              PrefixListId: "text",
              ReferencedGroupId: "text",
              Description: "text",
            },
          },
        },
      },
    },
  },
  required: ["GroupId", "SecurityGroupRule"],
  run: call => {
    const group = groupOf(call);
    const changed = replacements(call, group);
    const rules = group.rules.map(rule => changed.get(rule.ruleId) ?? rule);
    checkDistinct(rules, changed);
    checkQuota(group.rules, rules, call.tables.prefixLists, call.rulesPerGroup);
    put(call, "groups", group.groupId, { ...group, rules });
    return { return: true };
  },
};

function replacements(call: Call, group: Group): Map<string, Rule> {
  const lookup = existingPeers(call, group);
  const changed = new Map<string, Rule>();
  for (const update of structsOf(call.input, "SecurityGroupRule")) {
    const rule = ruleIn(group, textOf(update, "SecurityGroupRuleId"));
    if (changed.has(rule.ruleId)) throw repeated(rule.ruleId);
    changed.set(rule.ruleId, replaced(rule, structOf(update, "SecurityGroupRule") ?? {}, lookup));
  }
  return changed;
}

function ruleIn(group: Group, ruleId: string | undefined, egress?: boolean): Rule {
  if (ruleId === undefined) throw missingParameter("SecurityGroupRuleId");
  checkRuleId(ruleId);
  const rule = group.rules.find(one => one.ruleId === ruleId);
  if (rule === undefined || (egress !== undefined && rule.egress !== egress)) throw noRule(ruleId);
  return rule;
}

function replaced(rule: Rule, content: Input, lookup: PeerLookup): Rule {
  const protocol = canonicalProtocol(textOf(content, "IpProtocol"));
  const ports = canonicalPorts(protocol, intOf(content, "FromPort"), intOf(content, "ToPort"));
  const peer = peerOf(content, lookup);
  if (!isSameKind(peer, rule.peer)) {
    throw invalidValue("You may not change the rule type when you modify a security group rule");
  }
  const description = textOf(content, "Description");
  checkDescription(description);
  const { ruleId, egress, tags } = rule;
  return { ruleId, egress, tags, protocol, ...ports, peer, ...described(description) };
}

function peerOf(content: Input, lookup: PeerLookup): Peer {
  const given = ["CidrIpv4", "CidrIpv6", "PrefixListId", "ReferencedGroupId"].filter(
    name => textOf(content, name) !== undefined,
  );
  const [name] = given;
  if (given.length !== 1 || name === undefined) throw noPeer();
  const value = textOf(content, name) ?? "";
  if (name === "CidrIpv4") return ipv4Peer(value);
  if (name === "CidrIpv6") return ipv6Peer(value);
  return name === "PrefixListId" ? lookup.prefixList(value) : lookup.group({ groupId: value });
}

function repeated(ruleId: string) {
  return invalidValue(`The security group rule ID '${ruleId}' must not appear multiple times`);
}

function checkDistinct(rules: readonly Rule[], changed: ReadonlyMap<string, Rule>): void {
  const owners = new Map<string, Rule>();
  for (const rule of rules) {
    const identity = identityOf(rule);
    const other = owners.get(identity);
    if (other !== undefined && (changed.has(rule.ruleId) || changed.has(other.ruleId))) {
      throw duplicate(rule);
    }
    owners.set(identity, rule);
  }
}

const descriptionMembers: Members = {
  GroupId: "text",
  GroupName: "text",
  IpPermissions: ipPermissions,
  SecurityGroupRuleDescription: {
    list: { members: { SecurityGroupRuleId: "text", Description: "text" } },
  },
};

export const updateDescriptionsIngress: Action = {
  family: "wrapped",
  members: descriptionMembers,
  run: call => describeAnew(call, false),
};

export const updateDescriptionsEgress: Action = {
  family: "wrapped",
  members: descriptionMembers,
  run: call => describeAnew(call, true),
};

function describeAnew(call: Call, egress: boolean): Fields {
  const group = groupOf(call);
  const byId = structsOf(call.input, "SecurityGroupRuleDescription");
  if (byId.length > 0 && structsOf(call.input, "IpPermissions").length > 0) {
    throw badCombination(
      "The parameters ipPermissions and securityGroupRuleDescriptions may not both be specified",
    );
  }
  const texts =
    byId.length > 0 ? textsById(group, egress, byId) : textsByValue(call, group, egress);
  const rules = group.rules.map(rule => {
    if (!texts.has(rule)) return rule;
    const { description: _, ...rest } = rule;
    return { ...rest, ...described(texts.get(rule)) };
  });
  put(call, "groups", group.groupId, { ...group, rules });
  return { return: true };
}

type Texts = Map<Rule, string | undefined>;

function textsById(group: Group, egress: boolean, updates: readonly Input[]): Texts {
  const texts: Texts = new Map();
  for (const update of updates) {
    const rule = ruleIn(group, textOf(update, "SecurityGroupRuleId"), egress);
    if (texts.has(rule)) throw repeated(rule.ruleId);
    const description = textOf(update, "Description");
    checkDescription(description);
    texts.set(rule, description);
  }
  return texts;
}

function textsByValue(call: Call, group: Group, egress: boolean): Texts {
  const known = new Map(group.rules.map(rule => [identityOf(rule), rule]));
  const texts: Texts = new Map();
  for (const wanted of rulesOf(call.input, egress, knownPeers(call, group))) {
    const rule = known.get(identityOf(wanted));
    if (rule === undefined) throw noPermission();
    texts.set(rule, wanted.description);
  }
  return texts;
}

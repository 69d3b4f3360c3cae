// Which rules a record says were added, removed or changed. It prefers EC2's answer, which has
// rule ids and canonical values, to the request; neither is believed before the group is read.
import { formatRule, type RuleFields, ruleFrom } from "../../../matrix/rules/rule.ts";
import { type Change, ruleContent } from "../../../matrix/trigger.ts";
import { field, isFields, list, port, text } from "./fields.ts";
import { isGroupId, isPrefixListId, isRuleId } from "./ids.ts";

/** A call on rules: its name, its unwrapped parts, and the account the group is in. */
export interface RuleCall {
  event: string;
  request: unknown;
  response: unknown;
  account: string;
  /** The one group it is about, where that is known. */
  groupId?: string | undefined;
}

/** Lists the rules a call on rules changed, as far as its record tells. */
export function changesFrom(call: RuleCall): Change[] {
  if (call.event === "ModifySecurityGroupRules") return modified(call);
  const kind = call.event.startsWith("Revoke") ? "removed" : "added";
  const answered = answeredRules(call, kind);
  if (answered.length > 0) return answered;
  return [...requestedRules(call, kind), ...requestedIds(call, kind)];
}

/** One answered rule per ip permission and peer: `securityGroupRuleSet`, `revoked…RuleSet`. */
function answeredRules(call: RuleCall, kind: Change["kind"]): Change[] {
  const set = kind === "added" ? "securityGroupRuleSet" : "revokedSecurityGroupRuleSet";
  return list(field(call.response, set))
    .filter(isFields)
    .map(item =>
      change(kind, {
        groupId: groupId(field(item, "groupId")) ?? call.groupId,
        ruleId: ruleId(field(item, "securityGroupRuleId")),
        rule: ruleText(peerFields(item), item, directionOf(call.event), call.account),
      }),
    );
}

function requestedRules(call: RuleCall, kind: Change["kind"]): Change[] {
  const direction = directionOf(call.event);
  const permissions = list(field(call.request, "ipPermissions"));
  // The flat old parameters are one ip permission that has its only peer beside its ports.
  return [...permissions, call.request].filter(isFields).flatMap(permission =>
    permissionPeers(permission).map(peer =>
      change(kind, {
        groupId: call.groupId,
        rule: ruleText(peer, permission, direction, call.account),
      }),
    ),
  );
}

/** A revoke by id; the key is not documented, see EC2's SecurityGroupRuleId.N. */
function requestedIds(call: RuleCall, kind: Change["kind"]): Change[] {
  const given = [
    ...list(field(call.request, "securityGroupRuleIds")),
    ...list(field(call.request, "securityGroupRuleId")),
  ];
  return given
    .map(item => ruleId(item) ?? ruleId(field(item, "securityGroupRuleId")))
    .filter(id => id !== undefined)
    .map(id => change(kind, { groupId: call.groupId, ruleId: id }));
}

/** A Modify record has neither direction nor old content. */
function modified(call: RuleCall): Change[] {
  const updates =
    field(call.request, "securityGroupRule") ?? field(call.request, "securityGroupRules");
  return list(updates)
    .filter(isFields)
    .map(update => {
      const content = field(update, "securityGroupRule");
      const rule = ruleText(peerFields(content), content, "ingress", call.account);
      return change("changed", {
        groupId: call.groupId,
        ruleId: ruleId(field(update, "securityGroupRuleId")),
        content: rule === undefined ? undefined : ruleContent(rule),
      });
    });
}

type PeerFields = Pick<
  RuleFields,
  "cidrIpv4" | "cidrIpv6" | "prefixListId" | "groupId" | "groupOwner"
>;

/** The peers of an ip permission: `{items:[{cidrIp}]}`, or a flat `cidrIp` beside the ports. */
function permissionPeers(permission: Record<string, unknown>): PeerFields[] {
  const groups = [
    ...list(field(permission, "groups")),
    ...list(field(permission, "userIdGroupPairs")),
  ];
  const peers: PeerFields[] = [
    ...texts(permission, "ipRanges", "cidrIp").map(cidrIpv4 => ({ cidrIpv4 })),
    ...texts(permission, "ipv6Ranges", "cidrIpv6").map(cidrIpv6 => ({ cidrIpv6 })),
    ...texts(permission, "prefixListIds", "prefixListId").map(prefixListId => ({ prefixListId })),
    ...groups.map(groupPeerFields),
    { cidrIpv4: text(field(permission, "cidrIp")) },
  ];
  return peers.filter(peer => Object.values(peer).some(value => value !== undefined));
}

function texts(permission: Record<string, unknown>, name: string, inner: string): string[] {
  return list(field(permission, name))
    .map(item => text(field(item, inner)) ?? text(item))
    .filter(item => item !== undefined);
}

/** The peer of an answered or modified rule, which has just one. */
function peerFields(rule: unknown): PeerFields {
  const info = field(rule, "referencedGroupInfo");
  const referenced = text(field(rule, "referencedGroupId"));
  return {
    cidrIpv4: text(field(rule, "cidrIpv4")),
    cidrIpv6: text(field(rule, "cidrIpv6")),
    prefixListId: text(field(rule, "prefixListId")),
    ...(isFields(info) ? groupPeerFields(info) : { groupId: referenced }),
  };
}

function groupPeerFields(pair: unknown): PeerFields {
  return { groupId: text(field(pair, "groupId")), groupOwner: text(field(pair, "userId")) };
}

function ruleText(
  peer: PeerFields,
  fields: unknown,
  direction: RuleFields["direction"],
  account: string,
): string | undefined {
  const protocol = text(field(fields, "ipProtocol"));
  if (protocol === undefined || !isPlausible(peer)) return undefined;
  const [fromPort, toPort] = [field(fields, "fromPort"), field(fields, "toPort")];
  const ports = { fromPort: port(fromPort), toPort: port(toPort) };
  if (fromPort !== undefined && ports.fromPort === undefined) return undefined;
  if (toPort !== undefined && ports.toPort === undefined) return undefined;
  const rule = ruleFrom({ direction, protocol, ...ports, ...peer }, account);
  return rule && formatRule(rule);
}

/** Keeps text that is no peer out of rule text. */
function isPlausible(peer: PeerFields): boolean {
  const { cidrIpv4, cidrIpv6, prefixListId, groupId: group, groupOwner } = peer;
  if ([cidrIpv4, cidrIpv6].some(cidr => cidr !== undefined && cidr.length > 64)) return false;
  if (prefixListId !== undefined && !isPrefixListId(prefixListId)) return false;
  if (group !== undefined && !isGroupId(group)) return false;
  return groupOwner === undefined || /^\d{1,20}$/.test(groupOwner);
}

const directionOf = (event: string): RuleFields["direction"] =>
  event.endsWith("Egress") ? "egress" : "ingress";

function groupId(value: unknown): string | undefined {
  const id = text(value);
  return id !== undefined && isGroupId(id) ? id : undefined;
}

function ruleId(value: unknown): string | undefined {
  const id = text(value);
  return id !== undefined && isRuleId(id) ? id : undefined;
}

type Known = { [K in Exclude<keyof Change, "kind">]: Change[K] | undefined };

function change(kind: Change["kind"], known: Partial<Known>): Change {
  const made: Change = { kind };
  for (const [key, value] of Object.entries(known)) {
    if (value !== undefined) Object.assign(made, { [key]: value });
  }
  return made;
}

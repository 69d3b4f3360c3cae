// Which groups are there? CreateSecurityGroup, DeleteSecurityGroup, DescribeSecurityGroups and
// DescribeStaleSecurityGroups, with the rules EC2 gives a new group by itself.

import {
  type Action,
  arnOf,
  type Call,
  defaultVpc,
  findGroup,
  findGroupByName,
  findVpc,
  groupNamed,
  put,
} from "./call.ts";
import { Ec2Error, invalidValue } from "./errors.ts";
import { newId } from "./ids.ts";
import { filtered, page, pageFields, usualPage } from "./listing.ts";
import { permissionFields, referenceWriter } from "./rules/describe.ts";
import { groupOf } from "./rules/lookup.ts";
import { checkGroupText, type Rule } from "./rules/rule.ts";
import type { Group, Region, Store, Tables, Vpc } from "./state.ts";
import { tagFields, tagsFor } from "./tags.ts";
import { textOf, textsOf } from "./wire/query.ts";
import { listing, tagSpecifications, texts } from "./wire/shapes.ts";
import type { Fields } from "./wire/xml.ts";

// The default quota of a region.
const maxGroups = 2500;

export const createGroup: Action = {
  family: "classic",
  members: {
    GroupName: "text",
    GroupDescription: "text",
    VpcId: "text",
    TagSpecification: tagSpecifications,
  },
  required: ["GroupName", "GroupDescription"],
  hidden: ["securityGroupArn"],
  run: call => {
    const vpcId = textOf(call.input, "VpcId");
    const vpc = vpcId === undefined ? defaultVpc(call.tables) : findVpc(call.tables, vpcId);
    const name = textOf(call.input, "GroupName") ?? "";
    const description = textOf(call.input, "GroupDescription") ?? "";
    checkGroupText("GroupName", name);
    checkGroupText("GroupDescription", description);
    checkName(call.tables, vpc, name);
    if (call.tables.groups.size >= maxGroups) {
      throw new Ec2Error(
        "SecurityGroupLimitExceeded",
        "The maximum number of security groups has been reached.",
      );
    }
    const groupId = newId("sg");
    const tags = tagsFor(call.input, "security-group");
    const rules = defaultEgress(vpc);
    put(call, "groups", groupId, { groupId, name, description, vpcId: vpc.vpcId, rules, tags });
    return {
      return: true,
      groupId,
      tagSet: Object.keys(tags).length === 0 ? undefined : tagFields(tags),
      securityGroupArn: arnOf(call.region, "security-group", groupId),
    };
  },
};

function checkName(tables: Tables, vpc: Vpc, name: string): void {
  if (name.toLowerCase().startsWith("sg-")) {
    throw invalidValue(
      `Value (${name}) for parameter GroupName is invalid. Group names may not be in the format sg-*.`,
    );
  }
  if (name.toLowerCase() === "default") {
    throw new Ec2Error("InvalidGroup.Reserved", `The security group '${name}' is reserved`);
  }
  if (groupNamed(tables, vpc.vpcId, name) !== undefined) {
    throw new Ec2Error(
      "InvalidGroup.Duplicate",
      `The security group '${name}' already exists for VPC '${vpc.vpcId}'`,
    );
  }
}

/** The egress rules of a new group: everything, over IPv6 too where the VPC has IPv6. */
export function defaultEgress(vpc: Vpc): Rule[] {
  const all = { egress: true, protocol: "-1", from: -1, to: -1, tags: {} };
  const rules: Rule[] = [
    { ...all, ruleId: newId("sgr"), peer: { kind: "ipv4", cidr: "0.0.0.0/0" } },
  ];
  if (vpc.ipv6.length > 0) rules.push(ipv6Egress());
  return rules;
}

/** The allow-all egress rule that IPv6 brings. */
export function ipv6Egress(): Rule {
  const all = { egress: true, protocol: "-1", from: -1, to: -1, tags: {} };
  return { ...all, ruleId: newId("sgr"), peer: { kind: "ipv6", cidr: "::/0" } };
}

/** The group that every VPC has from the start: everything from itself, everything out. */
export function defaultGroup(vpc: Vpc, account: string): Group {
  const groupId = newId("sg");
  const fromItself: Rule = {
    ruleId: newId("sgr"),
    egress: false,
    protocol: "-1",
    from: -1,
    to: -1,
    peer: { kind: "group", groupId, account },
    tags: {},
  };
  return {
    groupId,
    name: "default",
    description: "default VPC security group",
    vpcId: vpc.vpcId,
    rules: [fromItself, ...defaultEgress(vpc)],
    tags: {},
  };
}

export const deleteGroup: Action = {
  family: "classic",
  members: { GroupId: "text", GroupName: "text" },
  hidden: ["groupId"],
  run: call => {
    const group = groupOf(call);
    const { groupId, name } = group;
    if (name === "default") {
      throw new Ec2Error(
        "CannotDelete",
        `the specified group: "${groupId}" name: "${name}" cannot be deleted by a user`,
      );
    }
    if (isInUse(call.tables, group)) {
      throw new Ec2Error("DependencyViolation", `resource ${groupId} has a dependent object`);
    }
    put(call, "groups", groupId, null);
    return { return: true, groupId };
  },
};

/**
 * A group of the same VPC or an interface holds on to it; a peered group's rule only goes stale.
 */
function isInUse(tables: Tables, group: Group): boolean {
  for (const one of tables.interfaces.values()) {
    if (one.groupIds.includes(group.groupId)) return true;
  }
  for (const other of tables.groups.values()) {
    if (other.groupId === group.groupId || other.vpcId !== group.vpcId) continue;
    const refers = other.rules.some(
      ({ peer }) => peer.kind === "group" && peer.groupId === group.groupId,
    );
    if (refers) return true;
  }
  return false;
}

export const describeGroups: Action = {
  family: "read",
  members: { ...listing, GroupId: texts, GroupName: texts },
  run: call => {
    const matching = filtered(call.input, namedGroups(call), {
      "group-id": group => [group.groupId],
      "group-name": group => [group.name],
      "vpc-id": group => [group.vpcId],
      description: group => [group.description],
      "owner-id": () => [call.region.account],
      "ip-permission.prefix-list-id": group => listsOf(group, false),
      "egress.ip-permission.prefix-list-id": group => listsOf(group, true),
    });
    const { records, token } = page(call.input, matching, group => group.groupId, usualPage);
    const items = records.map(group => groupFields(call.store, call.region, group));
    return pageFields("securityGroupInfo", items, token);
  },
};

/** The prefix lists that a group's rules of one direction refer to. */
function listsOf({ rules }: Group, egress: boolean): string[] {
  return rules.flatMap(({ egress: isEgress, peer }) =>
    isEgress === egress && peer.kind === "prefix-list" ? [peer.prefixListId] : [],
  );
}

function namedGroups(call: Call): Group[] {
  const ids = textsOf(call.input, "GroupId");
  const names = textsOf(call.input, "GroupName");
  if (ids.length === 0 && names.length === 0) return [...call.view.groups.values()];
  const found = new Map(ids.map(id => [id, findGroup(call.view, id)]));
  for (const name of names) {
    const group = findGroupByName(call.view, name);
    found.set(group.groupId, group);
  }
  return [...found.values()];
}

function groupFields(store: Store, region: Region, group: Group): Fields {
  const referenceOf = referenceWriter(store, region);
  const permissions = (egress: boolean) =>
    permissionFields(
      group.rules.filter(rule => rule.egress === egress),
      referenceOf,
    );
  return {
    ownerId: region.account,
    groupId: group.groupId,
    groupName: group.name,
    groupDescription: group.description,
    vpcId: group.vpcId,
    ipPermissions: permissions(false),
    ipPermissionsEgress: permissions(true),
    tagSet: tagFields(group.tags),
    securityGroupArn: arnOf(region, "security-group", group.groupId),
  };
}

export const describeStaleGroups: Action = {
  family: "read",
  members: { VpcId: "text", MaxResults: "int", NextToken: "text" },
  required: ["VpcId"],
  run: call => {
    const { vpcId } = findVpc(call.view, textOf(call.input, "VpcId") ?? "");
    const stale = [...call.view.groups.values()].flatMap(group => {
      const rules = group.vpcId === vpcId ? group.rules.filter(rule => isStale(call, rule)) : [];
      return rules.length === 0 ? [] : [{ ...group, rules }];
    });
    const size = { min: 5, max: 255 };
    const { records, token } = page(call.input, stale, group => group.groupId, size);
    return pageFields("staleSecurityGroupSet", records.map(staleFields(call)), token);
  },
};

function isStale(call: Call, { peer }: Rule): boolean {
  if (peer.kind !== "group" || peer.peeringId === undefined) return false;
  const there = call.store.region({ account: peer.account, region: call.region.region });
  return !there.tables.groups.has(peer.groupId);
}

function staleFields(call: Call): (group: Group) => Fields {
  const referenceOf = referenceWriter(call.store, call.region);
  const permissions = (group: Group, egress: boolean) =>
    permissionFields(
      group.rules.filter(rule => rule.egress === egress),
      referenceOf,
    );
  return group => ({
    groupId: group.groupId,
    groupName: group.name,
    description: group.description,
    vpcId: group.vpcId,
    staleIpPermissions: permissions(group, false),
    staleIpPermissionsEgress: permissions(group, true),
  });
}

// Which tags does a thing have? CreateTags, DeleteTags, and the tags given while something is made.

import { type Action, type Call, findGroup, findVpc, put } from "./call.ts";
import { Ec2Error, invalidValue, missingParameter } from "./errors.ts";
import { findInterface, findSubnet } from "./network/lookup.ts";
import { findPrefixList } from "./prefix-lists/lookup.ts";
import { checkRuleId, noRule } from "./rules/lookup.ts";
import type { Tags } from "./state.ts";
import { type Input, structsOf, textOf, textsOf } from "./wire/query.ts";
import { tagList } from "./wire/shapes.ts";
import type { Fields } from "./wire/xml.ts";

const maxTags = 50;
const maxResources = 1000;

/** The tags that a request gives to what it makes, by the kind of thing. */
export function tagsFor(input: Input, resourceType: string): Tags {
  let tags: Tags = {};
  for (const specification of structsOf(input, "TagSpecification")) {
    const type = textOf(specification, "ResourceType");
    if (type !== resourceType) {
      throw invalidValue(
        `'${type ?? "null"}' is not a valid taggable resource type for this operation.`,
      );
    }
    tags = merged(tags, structsOf(specification, "Tag"));
  }
  return tags;
}

/** Tags as an answer lists them. */
export function tagFields(tags: Tags): Fields[] {
  return Object.entries(tags).map(([key, value]) => ({ key, value }));
}

function merged(tags: Tags, given: Input[]): Tags {
  // Entries, not assignment: a tag may be named __proto__.
  const all = new Map(Object.entries(tags));
  for (const tag of given) all.set(checkedKey(tag), checkedValue(tag));
  if (all.size > maxTags) {
    throw new Ec2Error("TagLimitExceeded", `The maximum number of tags is ${maxTags}`);
  }
  return Object.fromEntries(all);
}

function checkedKey(tag: Input): string {
  const key = textOf(tag, "Key");
  if (key === undefined || key === "") throw missingParameter("Tag.Key");
  if (key.length > 128) throw invalidValue("Tag key exceeds the maximum length of 128 characters");
  if (key.toLowerCase().startsWith("aws:")) {
    throw invalidValue("Tag keys starting with 'aws:' are reserved for internal use");
  }
  return key;
}

function checkedValue(tag: Input): string {
  const value = textOf(tag, "Value") ?? "";
  if (value.length > 256)
    throw invalidValue("Tag value exceeds the maximum length of 256 characters");
  return value;
}

export const createTags: Action = {
  family: "classic",
  members: {
    ResourceId: { list: "text", trailName: "resourcesSet", trailKey: "resourceId" },
    Tag: tagList,
  },
  required: ["ResourceId", "Tag"],
  run: call => {
    const given = structsOf(call.input, "Tag");
    return retag(call, tags => merged(tags, given));
  },
};

export const deleteTags: Action = {
  family: "classic",
  members: createTags.members,
  required: ["ResourceId"],
  run: call => {
    const given = structsOf(call.input, "Tag");
    return retag(call, tags => (given.length === 0 ? {} : without(tags, given)));
  },
};

/** A tag given without a value goes whatever its value; with one only if that is its value. */
function without(tags: Tags, given: Input[]): Tags {
  const left = new Map(Object.entries(tags));
  for (const tag of given) {
    const key = textOf(tag, "Key") ?? "";
    const value = textOf(tag, "Value");
    if (value === undefined || left.get(key) === value) left.delete(key);
  }
  return Object.fromEntries(left);
}

function retag(call: Call, change: (tags: Tags) => Tags): Fields {
  const ids = [...new Set(textsOf(call.input, "ResourceId"))];
  if (ids.length > maxResources) {
    throw invalidValue(`At most ${maxResources} resources can be tagged in one call`);
  }
  const rules = new Set(ids.filter(id => id.startsWith("sgr-")));
  for (const id of ids) if (!rules.has(id)) retagRecord(call, id, change);
  if (rules.size > 0) retagRules(call, ids, rules, change);
  return { return: true };
}

function retagRecord(call: Call, id: string, change: (tags: Tags) => Tags): void {
  const { tables } = call;
  const changed = <R extends { tags: Tags }>(record: R): R => ({
    ...record,
    tags: change(record.tags),
  });
  const prefix = id.slice(0, id.indexOf("-"));
  if (prefix === "sg") put(call, "groups", id, changed(findGroup(tables, id)));
  else if (prefix === "vpc") put(call, "vpcs", id, changed(findVpc(tables, id)));
  else if (prefix === "subnet") put(call, "subnets", id, changed(findSubnet(tables, id)));
  else if (prefix === "eni") put(call, "interfaces", id, changed(findInterface(tables, id)));
  else if (prefix === "pl") put(call, "prefixLists", id, changed(findPrefixList(tables, id)));
  else throw new Ec2Error("InvalidID", `The ID '${id}' is not valid`);
}

function retagRules(
  call: Call,
  ids: readonly string[],
  ruleIds: ReadonlySet<string>,
  change: (tags: Tags) => Tags,
): void {
  const missing = new Set(ruleIds);
  for (const id of ruleIds) checkRuleId(id);
  for (const known of call.tables.groups.values()) {
    if (!known.rules.some(rule => ruleIds.has(rule.ruleId))) continue;
    // One request may tag a group and its rules: keep the group's new tags.
    const group = ids.includes(known.groupId) ? { ...known, tags: change(known.tags) } : known;
    const rules = group.rules.map(rule => {
      if (!missing.delete(rule.ruleId)) return rule;
      return { ...rule, tags: change(rule.tags) };
    });
    put(call, "groups", group.groupId, { ...group, rules });
  }
  for (const id of missing) throw noRule(id);
}

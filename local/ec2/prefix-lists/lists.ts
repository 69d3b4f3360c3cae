// Which prefix lists are there? Create, Delete and DescribeManagedPrefixLists, and
// GetManagedPrefixListAssociations. What is in them is in versions.ts.

import { type Action, type Call, put } from "../call.ts";
import { Ec2Error, invalidValue } from "../errors.ts";
import { newId } from "../ids.ts";
import { filtered, page, pageFields } from "../listing.ts";
import type { PrefixList, Region, Tables } from "../state.ts";
import { tagFields, tagsFor } from "../tags.ts";
import { intOf, structsOf, textOf, textsOf } from "../wire/query.ts";
import { listing, tagSpecifications, texts } from "../wire/shapes.ts";
import type { Fields } from "../wire/xml.ts";
import { addEntries, maxEntriesPerCall } from "./entries.ts";
import { findPrefixList, ownPrefixList, versionKey, visibleVersion } from "./lookup.ts";

const maxLists = 100;
const maxEntriesPerList = 1000;

/** The members of an entry that is added. */
export const entryMembers = { list: { members: { Cidr: "text", Description: "text" } } } as const;

export const createPrefixList: Action = {
  family: "wrapped",
  members: {
    PrefixListName: "text",
    Entry: entryMembers,
    MaxEntries: "int",
    AddressFamily: "text",
    TagSpecification: tagSpecifications,
    ClientToken: "text",
  },
  required: ["PrefixListName", "MaxEntries", "AddressFamily"],
  run: call => {
    const again = repeatOf(call);
    if (again !== undefined) return { prefixList: listFields(call, again) };
    if ([...call.tables.prefixLists.values()].filter(one => isOwn(call, one)).length >= maxLists) {
      throw new Ec2Error(
        "PrefixListLimitExceeded",
        "The maximum number of prefix lists has been reached.",
      );
    }
    const list = listAsked(call);
    const added = structsOf(call.input, "Entry");
    const entries = addEntries([], added, list.family);
    checkCapacity(entries.length, list.maxEntries);
    put(call, "prefixLists", list.prefixListId, list);
    const { prefixListId, version } = list;
    put(call, "versions", versionKey(prefixListId, version), { prefixListId, version, entries });
    return { prefixList: listFields(call, list) };
  },
};

function isOwn(call: Call, list: PrefixList): boolean {
  return list.owner === call.region.account;
}

function repeatOf(call: Call): PrefixList | undefined {
  const token = textOf(call.input, "ClientToken");
  if (token === undefined) return undefined;
  for (const list of call.tables.prefixLists.values()) {
    if (list.clientToken !== token) continue;
    if (list.name === textOf(call.input, "PrefixListName")) return list;
    throw new Ec2Error("IdempotentParameterMismatch", "The client token was used before");
  }
  return undefined;
}

function listAsked(call: Call): PrefixList {
  const { input } = call;
  const family = textOf(input, "AddressFamily");
  if (family !== "IPv4" && family !== "IPv6") {
    throw invalidValue(`Value (${family}) for parameter AddressFamily is invalid.`);
  }
  const maxEntries = checkedSize(intOf(input, "MaxEntries") ?? 0);
  const clientToken = textOf(input, "ClientToken");
  return {
    prefixListId: newId("pl"),
    name: checkedName(textOf(input, "PrefixListName") ?? ""),
    family,
    maxEntries,
    owner: call.region.account,
    version: 1,
    verb: "create",
    settlesAt: call.now + call.store.lag(),
    before: { version: 1, maxEntries },
    ...(clientToken === undefined ? {} : { clientToken }),
    tags: tagsFor(input, "prefix-list"),
  };
}

/** Refuses a size EC2 does not take. */
export function checkedSize(maxEntries: number): number {
  if (maxEntries < 1 || maxEntries > maxEntriesPerList) {
    throw invalidValue(`Value (${maxEntries}) for parameter MaxEntries is invalid.`);
  }
  return maxEntries;
}

/** Refuses a name EC2 does not take: up to 255 characters, not beginning with com.amazonaws. */
export function checkedName(name: string): string {
  if (name === "" || name.length > 255 || name.startsWith("com.amazonaws")) {
    throw new Ec2Error("InvalidPrefixListName", `The prefix list name '${name}' is invalid`);
  }
  return name;
}

/** Refuses more entries than a list may hold. */
export function checkCapacity(entries: number, maxEntries: number): void {
  if (entries > maxEntries) {
    throw new Ec2Error(
      "PrefixListMaxEntriesExceeded",
      `The prefix list would have ${entries} entries; it may have ${maxEntries}.`,
    );
  }
}

export const deletePrefixList: Action = {
  family: "wrapped",
  members: { PrefixListId: "text" },
  required: ["PrefixListId"],
  run: call => {
    const id = textOf(call.input, "PrefixListId") ?? "";
    const list = ownPrefixList(call.tables, id, call.region.account, call.now);
    if (groupsWith(call.tables, id).length > 0) {
      throw new Ec2Error("DependencyViolation", `The prefix list '${id}' is in use`);
    }
    put(call, "prefixLists", id, null);
    for (const [key, version] of call.tables.versions) {
      if (version.prefixListId === id) put(call, "versions", key, null);
    }
    return { prefixList: { ...listFields(call, list), state: "delete-in-progress" } };
  },
};

/** The ids of the groups that have a rule with this list. */
export function groupsWith(tables: Tables, prefixListId: string): string[] {
  const ids: string[] = [];
  for (const { groupId, rules } of tables.groups.values()) {
    const refers = rules.some(
      ({ peer }) => peer.kind === "prefix-list" && peer.prefixListId === prefixListId,
    );
    if (refers) ids.push(groupId);
  }
  return ids;
}

// Prefix lists say themselves that they are settling, so their describes do not lag.
export const describePrefixLists: Action = {
  family: "read",
  members: { ...listing, PrefixListId: texts },
  run: call => {
    const ids = textsOf(call.input, "PrefixListId");
    const named =
      ids.length === 0
        ? [...call.tables.prefixLists.values()]
        : [...new Set(ids)].map(id => findPrefixList(call.tables, id));
    const matching = filtered(call.input, named, {
      "prefix-list-id": list => [list.prefixListId],
      "prefix-list-name": list => [list.name],
      "owner-id": list => [list.owner],
    });
    const size = { min: 1, max: maxEntriesPerCall };
    const { records, token } = page(call.input, matching, list => list.prefixListId, size);
    return pageFields(
      "prefixListSet",
      records.map(list => listFields(call, list)),
      token,
    );
  },
};

/** A prefix list as answers show it; an AWS-managed one has no version and no maximum. */
export function listFields(call: Call, list: PrefixList): Fields {
  const managed = list.owner === "AWS";
  const settling = list.settlesAt > call.now;
  const maxEntries = settling ? list.before.maxEntries : list.maxEntries;
  return {
    prefixListId: list.prefixListId,
    addressFamily: list.family,
    state: stateOf(list, settling),
    stateMessage: settling ? undefined : list.stateMessage,
    prefixListArn: arnOfList(call.region, list),
    prefixListName: list.name,
    maxEntries: managed ? undefined : maxEntries,
    version: managed ? undefined : visibleVersion(list, call.now),
    tagSet: tagFields(list.tags),
    ownerId: list.owner,
  };
}

function stateOf(list: PrefixList, settling: boolean): string {
  if (settling) return `${list.verb}-in-progress`;
  return `${list.verb}-${list.stateMessage === undefined ? "complete" : "failed"}`;
}

function arnOfList({ region }: Region, list: PrefixList): string {
  const owner = list.owner === "AWS" ? "aws" : list.owner;
  return `arn:aws:ec2:${region}:${owner}:prefix-list/${list.prefixListId}`;
}

export const describeAssociations: Action = {
  family: "read",
  members: { PrefixListId: "text", MaxResults: "int", NextToken: "text" },
  required: ["PrefixListId"],
  run: call => {
    const { prefixListId } = findPrefixList(call.tables, textOf(call.input, "PrefixListId") ?? "");
    const size = { min: 5, max: 255 };
    const { records, token } = page(
      call.input,
      groupsWith(call.view, prefixListId),
      id => id,
      size,
    );
    const resourceOwner = call.region.account;
    return pageFields(
      "prefixListAssociationSet",
      records.map(resourceId => ({ resourceId, resourceOwner })),
      token,
    );
  },
};

// How does a prefix list change? Every change of its entries is a new version; restoring an old one
// is a new version too. A stale CurrentVersion is refused.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyManagedPrefixList.html

import { type Action, type Call, put } from "../call.ts";
import { badCombination, Ec2Error, invalidValue } from "../errors.ts";
import { page, pageFields } from "../listing.ts";
import { fitsResized } from "../rules/quota.ts";
import type { Entry, PrefixList } from "../state.ts";
import { intOf, structsOf, textOf } from "../wire/query.ts";
import type { Fields } from "../wire/xml.ts";
import { addEntries, checkDisjoint, maxEntriesPerCall, removeEntries } from "./entries.ts";
import {
  checkCapacity,
  checkedName,
  checkedSize,
  entryMembers,
  groupsWith,
  listFields,
} from "./lists.ts";
import { entriesOf, findPrefixList, ownPrefixList, versionKey, visibleVersion } from "./lookup.ts";

const maxVersions = 1000;

export const modifyPrefixList: Action = {
  family: "wrapped",
  members: {
    PrefixListId: "text",
    CurrentVersion: "int",
    PrefixListName: "text",
    AddEntry: entryMembers,
    RemoveEntry: { list: { members: { Cidr: "text" } } },
    MaxEntries: "int",
  },
  required: ["PrefixListId"],
  run: call => {
    const known = ownListAsked(call);
    const name = textOf(call.input, "PrefixListName");
    const list = name === undefined ? known : { ...known, name: checkedName(name) };
    const added = structsOf(call.input, "AddEntry");
    const removed = structsOf(call.input, "RemoveEntry");
    const maxEntries = intOf(call.input, "MaxEntries");
    if (added.length + removed.length === 0) {
      return answer(call, maxEntries === undefined ? list : resized(call, list, maxEntries));
    }
    if (maxEntries !== undefined) {
      throw badCombination(
        "The entries and the size of a prefix list may not be modified together",
      );
    }
    checkDisjoint(added, removed, list.family);
    const before = entriesOf(call.tables, list.prefixListId, list.version) ?? [];
    const kept = removeEntries(before, removed, list.family);
    return answer(call, nextVersion(call, list, addEntries(kept, added, list.family), "modify"));
  },
};

export const restorePrefixList: Action = {
  family: "wrapped",
  members: { PrefixListId: "text", PreviousVersion: "int", CurrentVersion: "int" },
  required: ["PrefixListId", "PreviousVersion", "CurrentVersion"],
  run: call => {
    const list = ownListAsked(call);
    const previous = intOf(call.input, "PreviousVersion") ?? 0;
    const entries = entriesOf(call.tables, list.prefixListId, previous);
    if (entries === undefined) throw noVersion(previous);
    return answer(call, nextVersion(call, list, entries, "restore"));
  },
};

function ownListAsked(call: Call): PrefixList {
  const id = textOf(call.input, "PrefixListId") ?? "";
  const list = ownPrefixList(call.tables, id, call.region.account, call.now);
  const stated = intOf(call.input, "CurrentVersion");
  if (stated !== undefined && stated !== list.version) {
    throw new Ec2Error(
      "PrefixListVersionMismatch",
      "The prefix list has the incorrect version number.",
    );
  }
  return list;
}

function noVersion(version: number) {
  return invalidValue(`The prefix list has no version ${version}`);
}

function nextVersion(
  call: Call,
  list: PrefixList,
  entries: Entry[],
  verb: PrefixList["verb"],
): PrefixList {
  checkCapacity(entries.length, list.maxEntries);
  const { prefixListId } = list;
  const version = list.version + 1;
  put(call, "versions", versionKey(prefixListId, version), { prefixListId, version, entries });
  if (version > maxVersions)
    put(call, "versions", versionKey(prefixListId, version - maxVersions), null);
  return changing(call, { ...list, version }, list, verb);
}

/** The list with its change under way: it has settled at once unless reads lag. */
function changing(
  call: Call,
  list: PrefixList,
  { version, maxEntries }: PrefixList,
  verb: PrefixList["verb"],
): PrefixList {
  const { stateMessage: _, ...rest } = list;
  const settlesAt = call.now + call.store.lag();
  return { ...rest, verb, settlesAt, before: { version, maxEntries } };
}

// A size that a referencing group cannot bear makes the change fail after it was accepted.
function resized(call: Call, list: PrefixList, maxEntries: number): PrefixList {
  checkedSize(maxEntries);
  const entries = entriesOf(call.tables, list.prefixListId, list.version) ?? [];
  checkCapacity(entries.length, maxEntries);
  const next = changing(call, { ...list, maxEntries }, list, "modify");
  const { groups, prefixLists } = call.tables;
  const tooFull = groupsWith(call.tables, list.prefixListId).filter(id => {
    const rules = groups.get(id)?.rules ?? [];
    return !fitsResized(rules, next, prefixLists, call.rulesPerGroup);
  });
  if (tooFull.length === 0 || maxEntries <= list.maxEntries) return next;
  const stateMessage = `Resources without capacity: ${tooFull.slice(0, 10).join(", ")}`;
  return { ...next, maxEntries: list.maxEntries, stateMessage };
}

function answer(call: Call, list: PrefixList): Fields {
  put(call, "prefixLists", list.prefixListId, list);
  return { prefixList: listFields(call, list) };
}

export const describeEntries: Action = {
  family: "read",
  members: { PrefixListId: "text", TargetVersion: "int", MaxResults: "int", NextToken: "text" },
  required: ["PrefixListId"],
  run: call => {
    const list = findPrefixList(call.tables, textOf(call.input, "PrefixListId") ?? "");
    const version = intOf(call.input, "TargetVersion") ?? visibleVersion(list, call.now);
    const entries = entriesOf(call.tables, list.prefixListId, version);
    if (entries === undefined) throw noVersion(version);
    const size = { min: 1, max: maxEntriesPerCall };
    const { records, token } = page(call.input, entries, entry => entry.cidr, size);
    const items = records.map(({ cidr, description }) => ({ cidr, description }));
    return pageFields("entrySet", items, token);
  },
};

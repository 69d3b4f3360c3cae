// Which entries of the matrix a live group plays. Names and tags belong to whoever may create or tag
// a group, so they choose a part only until an apply has pinned group ids, and afterwards only take away.

import type { GroupEntry, MatrixDocument } from "../document.ts";
import type { LiveGroup, PrefixList } from "../group.ts";
import { formatCidr } from "../rules/cidr.ts";

export interface PinnedGroup {
  readonly id: string;
  readonly owner: string;
  readonly vpcId?: string;
  readonly name: string;
}

export interface PinnedList {
  readonly owner: string;
  /** The blocks it held at apply, for a list of the account's own. */
  readonly entries?: readonly string[];
}

/** Who played which part when the matrix was applied. */
export interface Pins {
  readonly groups: Readonly<Record<string, readonly PinnedGroup[]>>;
  readonly lists: Readonly<Record<string, PinnedList>>;
}

export const noPins: Pins = { groups: {}, lists: {} };

/** The parts of one live group. */
export interface Selection {
  /** Entries by whose flows it is judged; "others" stands alone. */
  readonly parts: readonly string[];
  /** True when no apply has pinned it yet: judged, but nobody's peer and nothing is opened for it. */
  readonly candidate: boolean;
  /** Entries it has come to match without being pinned to them. */
  readonly newlyMatched: readonly string[];
  /** Parts it keeps although its name or tags no longer match. */
  readonly strayed: readonly string[];
}

export const OTHERS = "others";

/** Finds the parts a live group plays under the matrix and its pins. */
export function selectParts(document: MatrixDocument, pins: Pins, group: LiveGroup): Selection {
  if (!isGoverned(document, group)) return unmanaged;
  const entries = entriesOf(document);
  const pinnedTo = entriesByGroup(pins).get(group.id);
  const near = entriesNear(entries, group, pinnedTo);
  const pinned = near.filter(entry => pinnedTo?.has(entry.name) || isOwn(entry, group));
  const matched = near.filter(entry => !pinned.includes(entry) && isMatch(entry, group));
  const newlyMatched = matched.map(entry => entry.name);
  if (pinned.length > 0) {
    const strayed = pinned.filter(entry => !isMatch(entry, group)).map(entry => entry.name);
    return { parts: pinned.map(entry => entry.name), candidate: false, newlyMatched, strayed };
  }
  if (matched.length > 0) {
    return { parts: newlyMatched, candidate: true, newlyMatched, strayed: [] };
  }
  const { others } = entries;
  return others ? { ...unmanaged, parts: [others.name] } : unmanaged;
}

/** The entries that select groups, in the order of the document, by what each asks for first. */
interface Entries {
  readonly places: ReadonlyMap<string, number>;
  readonly all: readonly GroupEntry[];
  readonly byMark: ReadonlyMap<string, readonly number[]>;
  readonly others: GroupEntry | undefined;
}

// Asked for every group of an account, so what depends on the matrix alone is made once for it.
const entriesOfDocument = new WeakMap<MatrixDocument, Entries>();
const entriesOfPins = new WeakMap<Pins, ReadonlyMap<string, ReadonlySet<string>>>();

function entriesOf(document: MatrixDocument): Entries {
  const known = entriesOfDocument.get(document);
  if (known) return known;
  const every = Object.values(document.groups);
  const all = every.filter(entry => !entry.others);
  const places = new Map(all.map((entry, place) => [entry.name, place]));
  const byMark = Map.groupBy(all.keys(), place => markOf(all[place]));
  const made = { all, places, byMark, others: every.find(entry => entry.others) };
  entriesOfDocument.set(document, made);
  return made;
}

// One thing that every group has which an entry selects; no other group need be compared with it.
function markOf({ id, groupName, tags = {} }: Partial<GroupEntry> = {}): string {
  if (id !== undefined) return `id ${id}`;
  if (groupName !== undefined) return `name ${groupName}`;
  const [tag] = Object.entries(tags);
  return tag ? `tag ${tag.join("=")}` : "";
}

const marksOf = ({ id, name, tags }: LiveGroup): string[] => [
  ...[`id ${id}`, `name ${name}`],
  ...Object.entries(tags).map(tag => `tag ${tag.join("=")}`),
];

/** The entries that a group may play, in the order of the document: of a large matrix only a few. */
function entriesNear(
  { all, places, byMark }: Entries,
  group: LiveGroup,
  pinnedTo: ReadonlySet<string> = new Set(),
): GroupEntry[] {
  const pinned = [...pinnedTo].flatMap(name => places.get(name) ?? []);
  const near = new Set([...pinned, ...marksOf(group).flatMap(mark => byMark.get(mark) ?? [])]);
  return [...near].sort((a, b) => a - b).flatMap(place => all[place] ?? []);
}

/** The names of the entries each group is pinned to. */
function entriesByGroup(pins: Pins): ReadonlyMap<string, ReadonlySet<string>> {
  const known = entriesOfPins.get(pins);
  if (known) return known;
  const byGroup = new Map<string, Set<string>>();
  for (const [name, pinned] of Object.entries(pins.groups)) {
    for (const { id } of pinned) byGroup.set(id, (byGroup.get(id) ?? new Set()).add(name));
  }
  entriesOfPins.set(pins, byGroup);
  return byGroup;
}

const unmanaged: Selection = { parts: [], candidate: false, newlyMatched: [], strayed: [] };

/** Resolves entries to the groups that match them now, as `matrix apply` stores them. */
export function resolvePins(
  document: MatrixDocument,
  groups: readonly LiveGroup[],
  lists: readonly PrefixList[] = [],
): Pins {
  const governed = groups.filter(group => isGoverned(document, group));
  const byEntry = Object.values(document.groups)
    .filter(entry => !entry.others)
    .map(entry => [entry.name, governed.filter(g => isMatch(entry, g)).map(pinOf)] as const);
  return {
    groups: Object.fromEntries(byEntry),
    lists: Object.fromEntries(lists.map(list => [list.id, pinOfList(list)])),
  };
}

const pinOf = ({ id, owner, vpcId, name }: LiveGroup): PinnedGroup =>
  vpcId === undefined ? { id, owner, name } : { id, owner, vpcId, name };

// Only the account's own lists are pinned with their entries: AWS changes its lists by itself.
const pinOfList = (list: PrefixList): PinnedList =>
  list.owner === "AWS"
    ? { owner: list.owner }
    : { owner: list.owner, entries: list.entries.map(formatCidr) };

function isGoverned(document: MatrixDocument, group: LiveGroup): boolean {
  return document.vpcs.length === 0 || document.vpcs.includes(group.vpcId ?? "");
}

/** Tells whether a group plays an entry without being pinned: by its id, or as the entry adopts. */
function isOwn(entry: GroupEntry, group: LiveGroup): boolean {
  return entry.id === group.id || (entry.adopt === "auto" && isMatch(entry, group));
}

function isMatch(entry: GroupEntry, group: LiveGroup): boolean {
  const { id, groupName, tags } = entry;
  if (id === undefined && groupName === undefined && tags === undefined) return false;
  if (id !== undefined && id !== group.id) return false;
  if (groupName !== undefined && groupName !== group.name) return false;
  for (const key in tags) if (tags[key] !== group.tags[key]) return false;
  return true;
}

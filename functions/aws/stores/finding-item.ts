// A finding as an item: its key, its computed id, and which of two outcomes is the better one.
// Reading and writing items is finding-store.ts.
import { createHash } from "node:crypto";
import type { DriftKey, Finding, Outcome, Sighting } from "../../../matrix/finding.ts";
import { expiryAfter } from "../../wiring/retention.ts";
import type { Item, Key } from "./dynamo.ts";

/** A finding as it is kept: with every run that saw the same drift, the first one first. */
export interface KeptFinding extends Finding {
  readonly sightings: readonly Sighting[];
}

/** The drift a finding is about. */
export function driftKeyOf({ group, kind, rule, ruleId }: Finding): DriftKey {
  const key = { groupId: group.id, kind, rule };
  return ruleId === undefined ? key : { ...key, ruleId };
}

/** The id of a drift's n-th occurrence in an account and region: computed, so that a repeat agrees. */
export function findingId(scope: string, key: DriftKey, occurrence: number): string {
  const { groupId, kind, rule, ruleId } = key;
  return `f-${digest12([scope, groupId, kind, rule, ruleId ?? "", occurrence])}`;
}

/** The partition of a group's findings. */
export const findingPartition = (scope: string, groupId: string): string =>
  `GROUP#${scope}#${groupId}`;

/** What the sort keys of a drift's occurrences begin with. */
export const findingPrefix = ({ kind, rule, ruleId }: DriftKey): string =>
  `F#${digest12([kind, rule, ruleId ?? ""])}#`;

/** The key of a drift's n-th occurrence; keys of one drift are in the order of occurrence. */
export function findingKey(scope: string, key: DriftKey, occurrence: number): Key {
  const sk = `${findingPrefix(key)}${occurrenceText(occurrence)}`;
  return { pk: findingPartition(scope, key.groupId), sk };
}

// From 10,000 on a letter says how many digits there are, and letters sort after digits: a fight that
// somebody's automation keeps up every minute gets there within a week.
function occurrenceText(occurrence: number): string {
  const digits = String(occurrence);
  if (digits.length <= 4) return digits.padStart(4, "0");
  return `${String.fromCharCode(97 + digits.length - 5)}${digits}`;
}

/** Twelve base32 characters of a hash: sixty bits. */
export function digest12(parts: readonly (string | number)[]): string {
  const hash = createHash("sha256").update(JSON.stringify(parts)).digest();
  const bits = hash.readBigUInt64BE() >> 4n;
  return Array.from({ length: 12 }, (_, index) => {
    const shift = 5n * BigInt(11 - index);
    return "abcdefghijklmnopqrstuvwxyz234567"[Number((bits >> shift) & 31n)];
  }).join("");
}

const RANKS: Readonly<Record<Outcome, number>> = {
  closed: 8,
  narrowed: 8,
  restored: 8,
  "put-back": 8,
  gone: 6,
  permitted: 6,
  "could-not-close": 4,
  "could-not-restore": 4,
  "left-open": 2,
  reported: 0,
};

/** How good an outcome is; of equals, the one that owes nothing is the better. */
export function rankOf({ outcome, owed }: Pick<Finding, "outcome" | "owed">): number {
  return RANKS[outcome] - (owed.length > 0 ? 1 : 0);
}

/** From this rank on a drift is over: its outcome ends it, though something may be owed. */
export const FINISHED_RANK = RANKS.gone - 1;

/** Tells whether a drift is over, so that the next one like it is another. */
export function isFinished({ outcome }: Pick<Finding, "outcome">): boolean {
  return RANKS[outcome] >= RANKS.gone;
}

/**
 * Tells whether a run that read the group at `readAt` saw the same drift as a kept finding, and not
 * the next one like it. A call by a stranger is over once made: each is another.
 */
export function isSameDrift(kept: KeptFinding, seen: Finding, readAt: number): boolean {
  const isKnown = kept.sightings.some(one => sightingName(one) === sightingName(seen.trigger));
  if (isKnown || kept.kind === "impostor") return isKnown;
  const last = Math.max(Date.parse(kept.seenAt), Date.parse(kept.closedAt ?? kept.seenAt));
  return !isFinished(kept) || last >= readAt;
}

/** The partition of the index by day: findings of one day, by the time they were first seen. */
export const dayPartition = (scope: string, time: number): string =>
  `${scope}#${new Date(time).toISOString().slice(0, 10)}`;

/** The name of a sighting in its item's map. */
export const sightingName = ({ id, kind }: Sighting): string => id || kind;

/** When a finding may go; never while its drift stands. A call by a stranger is over once made. */
export function expiryOf(
  { kind, outcome, seenAt, closedAt = seenAt }: Finding,
  days: number,
): { expiresAt?: number } {
  const isOver = kind === "impostor" || isFinished({ outcome });
  return isOver ? { expiresAt: expiryAfter(Date.parse(closedAt), days) } : {};
}

/** A new finding as an item. */
export function itemOf(scope: string, finding: Finding, days: number): Item & Key {
  return {
    ...findingKey(scope, driftKeyOf(finding), finding.occurrence),
    ...finding,
    calls: bounded(finding.calls),
    notes: bounded(finding.notes),
    day: dayPartition(scope, Date.parse(finding.seenAt)),
    at: finding.seenAt,
    rank: rankOf(finding),
    sightings: { [sightingName(finding.trigger)]: finding.trigger },
    ...expiryOf(finding, days),
  };
}

// A call may name a thousand rules, and an item holds 400 KB.
const LINES = 50;
const LINE = 2_000;

/** Bounds lines that an item keeps. */
export const bounded = (lines: readonly string[]): string[] =>
  lines.slice(0, LINES).map(line => (line.length > LINE ? `${line.slice(0, LINE)}…` : line));

const OWN = new Set([
  "pk",
  "sk",
  "day",
  "at",
  "rank",
  "claimedBy",
  "claimedUntil",
  "sightings",
  "expiresAt",
]);

/** A finding out of its item. */
export function findingFrom(item: Item): KeptFinding {
  const fields = Object.entries(item).filter(([name]) => !OWN.has(name));
  const finding = Object.fromEntries(fields) as unknown as Finding;
  const first = sightingName(finding.trigger);
  const { [first]: _, ...later } = item.sightings as Record<string, Sighting>;
  const inOrder = Object.values(later).sort((a, b) => compare(a.at ?? "", b.at ?? ""));
  return { ...finding, sightings: [finding.trigger, ...inOrder] };
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

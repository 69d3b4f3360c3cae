// What a digest counts: findings by outcome, by group and by actor, and the bounded lists it shows.
import type { Finding } from "../finding.ts";
import { plainText } from "../plain-text.ts";
import { actorKey } from "./collapse.ts";
import { limited } from "./count-text.ts";
import { type Fact, fact, timeOr } from "./fact.ts";
import { outcomeWord, worstFirst } from "./outcome.ts";

/** Of a finding what a digest says of it. */
export type Digested = Pick<
  Finding,
  | ("id" | "kind" | "account" | "region" | "group" | "parts" | "mode" | "rule" | "ruleId")
  | ("outcome" | "trigger" | "actor" | "openedAt" | "seenAt" | "closedAt" | "breaks")
>;

const GROUPS_COUNTED = 200;

/** How many findings each group has, by its id; beyond a bound all others together. */
export function groupCounts(findings: readonly Digested[]): [string, number][] {
  const groups = groupsOf(findings);
  const rest = groups.slice(GROUPS_COUNTED).reduce((sum, { count }) => sum + count, 0);
  const counted = groups.slice(0, GROUPS_COUNTED).map(({ id, count }): [string, number] => {
    return [plainText(id, 64), count];
  });
  return rest > 0 ? [...counted, ["others", rest]] : counted;
}

/** The groups of findings, most findings first. */
export function groupsOf(
  findings: readonly Digested[],
): { id: string; name: string; count: number }[] {
  const groups = new Map<string, { id: string; name: string; count: number }>();
  // Findings come the worst first, and so do groups of the same count.
  for (const finding of worstFirst(findings)) {
    const { id } = finding.group;
    const known = groups.get(id) ?? { id, name: groupText(finding), count: 0 };
    groups.set(id, { ...known, count: known.count + 1 });
  }
  return [...groups.values()].sort((a, b) => b.count - a.count);
}

/** A group by part or name, and id. */
export function groupText({ group, parts }: Digested): string {
  const name = parts[0] ?? group.name;
  return [...(name === "" ? [] : [plainText(name, 100)]), plainText(group.id, 64)].join(" ");
}

/** How many findings ended with which word, the worst first. */
export function outcomesOf(findings: readonly Digested[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const finding of worstFirst(findings)) {
    const word = outcomeWord(finding);
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return counts;
}

/** Counts on one line. */
export const countsText = (counts: ReadonlyMap<string, number>): string =>
  [...counts].map(([word, count]) => `${word} ${count}`).join(", ");

export interface ActorCount {
  readonly name: string;
  readonly count: number;
}

/** Who made them, most findings first; what nobody is known for is not counted. */
export function actorsOf(findings: readonly Digested[]): ActorCount[] {
  const actors = new Map<string | undefined, ActorCount>();
  for (const { actor } of findings) {
    if (!actor) continue;
    const key = actorKey(actor);
    const name = `${plainText(actor.name, 100)} (${plainText(actor.type, 64)})`;
    actors.set(key, { name, count: (actors.get(key)?.count ?? 0) + 1 });
  }
  return [...actors.values()].sort((a, b) => b.count - a.count);
}

/** Says who made how many. */
export function byFact(findings: readonly Digested[]): Fact[] {
  const actors = actorsOf(findings);
  const unknown = findings.length - actors.reduce((sum, { count }) => sum + count, 0);
  return fact(
    "Who",
    ...limited(actors, ({ name, count }) => `${count} by ${name}`),
    unknown > 0 ? `${unknown} by nobody known` : undefined,
  );
}

/** Says between which times they were seen. */
export function betweenText(findings: readonly Digested[]): string {
  const times = findings.map(({ seenAt }) => timeOr(seenAt)).toSorted();
  const [first, last] = [times[0], times.at(-1)];
  return first === last ? `at ${first}` : `between ${first} and ${last}`;
}

/** The ids of findings, and how many more there are. */
export function idsText(findings: readonly Digested[]): string {
  return limited(findings, ({ id }) => plainText(id, 64)).join(", ");
}

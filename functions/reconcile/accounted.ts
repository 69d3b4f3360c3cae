// Who accounts for drift that was over before this run could end it: a finding, or the intent of a run
// that is still at work. What nobody accounts for belongs on record, which is the caller's matter.
import type { Finding } from "../../matrix/finding.ts";
import { isFinished } from "../aws/stores/finding-item.ts";
import type { RunDeps } from "./deps.ts";

/** A finding's clock may be this much before an event's, which has whole seconds. */
const SLACK = 2_000;

/** Drift that is over; whether this run saw it stand, or only an event tells of it. */
export interface Over {
  readonly finding: Finding;
  readonly wasSeen: boolean;
}

export interface Accounted {
  /** What nobody accounts for. */
  readonly unknown: readonly Over[];
  /** What accounts for the rest, as it is kept or will be. */
  readonly known: readonly Finding[];
  /** Some of it is another run's, which does not know whose it was and has not recorded it yet. */
  readonly isUnnamed: boolean;
}

/**
 * Asks what is kept, and the runs at work, about drift that is over. A finding that does not know who
 * made it is told.
 *
 * @param atWork what runs at work were about to record when the group was read.
 * @param readAtWork reads what they are about to record now.
 */
export async function accountFor(
  { findings }: Pick<RunDeps, "findings">,
  over: readonly Over[],
  atWork: readonly Finding[],
  readAtWork: () => Promise<readonly Finding[]>,
): Promise<Accounted> {
  const first = among(over, atWork);
  const kept: Finding[] = [];
  const rest: Over[] = [];
  await Promise.all(
    first.unknown.map(async one => {
      const newest = await findings.newest(one.finding);
      if (!newest || !isAccountOf(newest, one)) rest.push(one);
      else if (newest.actor || !one.finding.actor) kept.push(newest);
      else kept.push(await findings.add(newest, one.finding));
    }),
  );
  // Asked last, as few are left: a run may have begun since the group was read.
  const last = among(rest, rest.length > 0 ? await readAtWork() : []);
  return {
    unknown: last.unknown,
    known: [...first.known, ...kept, ...last.known],
    isUnnamed: first.isUnnamed || last.isUnnamed,
  };
}

function among(over: readonly Over[], planned: readonly Finding[]): Accounted {
  const pairs = over.map(one => ({ one, other: planned.find(other => isPlanOf(other, one)) }));
  return {
    unknown: pairs.filter(({ other }) => !other).map(({ one }) => one),
    known: pairs.flatMap(({ other }) => other ?? []),
    isUnnamed: pairs.some(({ one, other }) => other && one.finding.actor && !other.actor),
  };
}

// What this run saw stand and is gone, a run at work took; an event may tell of an older time.
const isPlanOf = (planned: Finding, { finding, wasSeen }: Over): boolean =>
  isSameRule(planned, finding) && (wasSeen || isNewEnough(planned, finding));

// Drift that somebody left open or could not close has come to a better end since it was seen.
const isAccountOf = (kept: Finding, { finding, wasSeen }: Over): boolean =>
  isNewEnough(kept, finding) && (!wasSeen || isFinished(kept));

/** Tells whether two findings are of one rule. */
export const isSameRule = (a: Finding, b: Finding): boolean =>
  a.rule === b.rule && (a.ruleId === b.ruleId || b.kind === "missing");

// Of one rule an older finding is of an older drift.
const isNewEnough = (known: Finding, { openedAt, seenAt }: Finding): boolean =>
  Date.parse(known.closedAt ?? known.seenAt) >= Date.parse(openedAt ?? seenAt) - SLACK;

// Writes rules: what is left of a wide rule, and what is required. Nothing here revokes; what
// cannot be written in time is owed, and never keeps a hole open.
import { type Direction, formatRule } from "../../matrix/rules/rule.ts";
import { isDuplicate, isOverLimit } from "../aws/error-codes.ts";
import type { SecurityGroups } from "../aws/security-groups.ts";
import { noteFailure, type Progress, type Written } from "./progress.ts";

export interface Opening {
  readonly groups: SecurityGroups;
  readonly groupId: string;
  readonly progress: Progress;
  readonly clock: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  /** Retrying ends then; milliseconds since the epoch. */
  readonly deadline: number;
}

/** A call that failed. */
interface Failure {
  readonly error: unknown;
}

const PAUSE = 400;

/**
 * Authorizes rules, both directions at once.
 *
 * @returns what the group's quota could not hold; other failures are owed in the progress.
 */
export async function open<A extends Written>(opening: Opening, rules: readonly A[]): Promise<A[]> {
  const refused = await Promise.all(
    (["ingress", "egress"] as const).map(direction =>
      openBatch(
        opening,
        direction,
        rules.filter(({ rule }) => rule.direction === direction),
      ),
    ),
  );
  return refused.flat();
}

async function openBatch<A extends Written>(
  opening: Opening,
  direction: Direction,
  rules: readonly A[],
): Promise<A[]> {
  if (rules.length === 0) return [];
  try {
    await send(opening, direction, rules);
    return [];
  } catch (error) {
    // All or none: one that exists or does not fit must not keep the others out.
    const [first] = rules;
    if (rules.length === 1 && first) return openOne(opening, direction, first, { error });
    const refused = await Promise.all(rules.map(rule => openOne(opening, direction, rule)));
    return refused.flat();
  }
}

async function openOne<A extends Written>(
  opening: Opening,
  direction: Direction,
  rule: A,
  earlier?: Failure,
): Promise<A[]> {
  const { progress, clock, sleep, deadline } = opening;
  const text = formatRule(rule.rule);
  let failure = earlier;
  for (;;) {
    failure ??= await sendOne(opening, direction, rule);
    if (!failure || isDuplicate(failure.error)) {
      progress.owed.delete(text);
      return [];
    }
    progress.owed.set(text, rule);
    if (isOverLimit(failure.error)) return [rule];
    if (clock() + PAUSE > deadline) {
      noteFailure(progress, `authorize ${text}`, failure.error);
      return [];
    }
    await sleep(PAUSE);
    failure = undefined;
  }
}

async function sendOne(
  opening: Opening,
  direction: Direction,
  rule: Written,
): Promise<Failure | undefined> {
  try {
    await send(opening, direction, [rule]);
    return undefined;
  } catch (error) {
    return { error };
  }
}

async function send(
  { groups, groupId, progress }: Opening,
  direction: Direction,
  rules: readonly Written[],
): Promise<void> {
  progress.calls.push(`authorize ${rules.map(({ rule }) => formatRule(rule)).join(", ")}`);
  await groups.authorize(groupId, direction, rules);
  for (const { rule } of rules) {
    progress.wrote.add(formatRule(rule));
    progress.owed.delete(formatRule(rule));
  }
}

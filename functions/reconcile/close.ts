// Takes rules off a group by value: EC2 matches what was read, so a rule that changed since is left
// alone and judged again. A batch that misses goes again without what is gone, or is split where the
// reads do not show what that is, so one missing rule leaves no other open.
import type { LiveRule } from "../../matrix/group.ts";
import { type Direction, formatRule, type Rule } from "../../matrix/rules/rule.ts";
import { isDuplicate, isGone, isGroupGone } from "../aws/error-codes.ts";
import type { GroupRead, Revoked, SecurityGroups } from "../aws/security-groups.ts";
import { keyOf, missKey, noteFailure, noteTaken, type Progress } from "./progress.ts";

export interface Closing {
  readonly groups: SecurityGroups;
  readonly read: GroupRead;
  readonly progress: Progress;
  /** The part of a rule the policy permits: what a revoke by id may have taken too much. */
  readonly permittedPart: (rule: Rule) => readonly Rule[];
}

/** Twice missed by value, a rule is closed by its id. */
const MISSES_BEFORE_ID = 2;

/** Revokes rules, both directions at once. */
export async function close(closing: Closing, rules: readonly LiveRule[]): Promise<void> {
  const { misses } = closing.progress;
  const isStubborn = (live: LiveRule) =>
    live.ruleId !== undefined && (misses.get(missKey(live)) ?? 0) >= MISSES_BEFORE_ID;
  const byValue = rules.filter(live => !isStubborn(live));
  await Promise.all([
    ...(["ingress", "egress"] as const).map(direction =>
      closeBatch(
        closing,
        direction,
        byValue.filter(live => live.rule.direction === direction),
      ),
    ),
    ...rules.filter(isStubborn).map(live => closeById(closing, live)),
  ]);
}

async function closeBatch(
  closing: Closing,
  direction: Direction,
  rules: readonly LiveRule[],
): Promise<void> {
  if (rules.length === 0) return;
  const { groups, read, progress } = closing;
  for (const live of rules) noteTaken(progress, live);
  const call = `revoke ${rules.map(live => formatRule(live.rule)).join(", ")}`;
  progress.calls.push(call);
  try {
    noteAnswer(progress, rules, await groups.revoke(read, direction, rules));
  } catch (error) {
    if (isGroupGone(error)) for (const live of rules) noteMiss(progress, live);
    else if (!isGone(error)) noteFailure(progress, call, error);
    else if (rules.length > 1) await closeRest(closing, direction, rules);
    else for (const live of rules) noteMiss(progress, live);
  }
}

// Mostly all of them are gone, as another run was faster: splitting would ask for each by itself.
async function closeRest(
  closing: Closing,
  direction: Direction,
  rules: readonly LiveRule[],
): Promise<void> {
  const standing = await standingOf(closing, rules);
  if (standing.length === rules.length) return closeHalves(closing, direction, rules);
  for (const live of rules) if (!standing.includes(live)) noteMiss(closing.progress, live);
  await closeBatch(closing, direction, standing);
}

/** Those of the rules that a new read shows as they were read before; all of them if it fails. */
async function standingOf(
  { groups, read }: Closing,
  rules: readonly LiveRule[],
): Promise<readonly LiveRule[]> {
  try {
    const now = new Set((await groups.rules(read.group)).map(keyOf));
    return rules.filter(live => now.has(keyOf(live)));
  } catch {
    return rules;
  }
}

async function closeHalves(
  closing: Closing,
  direction: Direction,
  rules: readonly LiveRule[],
): Promise<void> {
  const middle = Math.ceil(rules.length / 2);
  await Promise.all([
    closeBatch(closing, direction, rules.slice(0, middle)),
    closeBatch(closing, direction, rules.slice(middle)),
  ]);
}

// In a default VPC a revoke that matches nothing answers success: only the rules named are gone.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RevokeSecurityGroupIngress.html
function noteAnswer(progress: Progress, rules: readonly LiveRule[], answer: Revoked): void {
  const ids = new Set(answer.rules.map(live => live.ruleId));
  const texts = new Set(answer.rules.map(live => formatRule(live.rule)));
  for (const live of rules) {
    const isTold =
      live.ruleId === undefined ? texts.has(formatRule(live.rule)) : ids.has(live.ruleId);
    if (isTold) progress.revoked.add(keyOf(live));
    else if (answer.told) noteMiss(progress, live);
  }
}

function noteMiss(progress: Progress, live: LiveRule): void {
  const key = missKey(live);
  progress.misses.set(key, (progress.misses.get(key) ?? 0) + 1);
  progress.taken.delete(keyOf(live));
}

async function closeById(closing: Closing, live: LiveRule): Promise<void> {
  const { groups, read, progress } = closing;
  const { direction } = live.rule;
  const call = `revoke ${live.ruleId} by id`;
  progress.calls.push(call);
  try {
    const answer = await groups.revokeById(read.group.id, direction, [live.ruleId ?? ""]);
    progress.revoked.add(keyOf(live));
    for (const taken of answer.rules) noteTaken(progress, taken);
    await putBack(closing, direction, answer.rules);
  } catch (error) {
    if (!isGone(error)) noteFailure(progress, call, error);
  }
}

// By id whatever stood there is gone: what of it was permitted goes back at once.
async function putBack(
  closing: Closing,
  direction: Direction,
  taken: readonly LiveRule[],
): Promise<void> {
  const { groups, read, progress, permittedPart } = closing;
  const back = taken.flatMap(live => permittedPart(live.rule).map(rule => ({ ...live, rule })));
  if (back.length === 0) return;
  const call = `authorize ${back.map(live => formatRule(live.rule)).join(", ")}`;
  progress.calls.push(call);
  try {
    await groups.authorize(read.group.id, direction, back);
    for (const { rule } of back) progress.wrote.add(formatRule(rule));
  } catch (error) {
    // It is among what was taken, so the next look puts it back.
    if (!isDuplicate(error)) noteFailure(progress, call, error);
  }
}

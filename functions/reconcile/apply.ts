// A plan becomes calls. Closing never waits for opening, but for five seconds at most where what is
// left of a rule has to be written before the rule can go without cutting permitted traffic.

import type { LiveRule } from "../../matrix/group.ts";
import { type Authorization, type Narrowing, type Plan, remainderOf } from "../../matrix/plan.ts";
import { boxOf, isCovered, rulesMeet } from "../../matrix/rules/box.ts";
import { formatCidr } from "../../matrix/rules/cidr.ts";
import { formatRule } from "../../matrix/rules/rule.ts";
import { ruleContent, type Trigger } from "../../matrix/trigger.ts";
import { type Judgement, keptRules, type ListDrift } from "../../matrix/verdict.ts";
import { isDuplicate, isGone } from "../aws/error-codes.ts";
import { type Closing, close } from "./close.ts";
import type { RunDeps } from "./deps.ts";
import { type Opening, open } from "./open.ts";
import { keyOf, noteFailure, noteTaken, type Progress } from "./progress.ts";

export interface Step {
  readonly deps: RunDeps;
  readonly judgement: Judgement;
  readonly closing: Closing;
  readonly triggers: readonly Trigger[];
  readonly progress: Progress;
}

const HOLD_BACK = 5_000;

/** Carries out a plan; failures are in the progress, nothing is thrown. */
export async function apply(step: Step, plan: Plan): Promise<void> {
  const inPlace = plan.modify.filter(narrowing => isNamed(narrowing, step.triggers));
  const replaced = plan.modify.filter(narrowing => !inPlace.includes(narrowing));
  const rules = [...replaced.map(({ live, to }) => remainderOf(live, to)), ...plan.authorize];
  // A rule that shares a packet with one still to be written may be all that lets it through now.
  const isHeld = (live: LiveRule) => rules.some(({ rule }) => rulesMeet(rule, live.rule));
  const held = [...replaced.map(({ live }) => live), ...plan.revoke.filter(isHeld)];
  const plain = plan.revoke.filter(live => !held.includes(live));
  const written = openWithRoom(step, openingOf(step), rules);
  await Promise.all([
    close(step.closing, plain),
    Promise.all(inPlace.map(narrowing => narrow(step, narrowing))),
    atMost(step, written).then(() => close(step.closing, held)),
    Promise.all(plan.lists.map(drift => putListBack(step, drift))),
  ]);
  // What was revoked has made room for what did not fit before.
  await open(openingOf(step), await written);
}

const openingOf = ({ deps, judgement, progress }: Step): Opening => ({
  groups: deps.groups,
  groupId: judgement.group.id,
  progress,
  clock: deps.clock,
  sleep: deps.sleep,
  deadline: deps.clock() + HOLD_BACK,
});

async function atMost(step: Step, written: Promise<unknown>): Promise<void> {
  const done = new AbortController();
  await Promise.race([written, step.deps.sleep(HOLD_BACK, done.signal)]);
  done.abort();
}

// In place only what the event names and the read shows with the event's content: an id says
// nothing of what stands under it by now, and ModifySecurityGroupRules compares nothing.
function isNamed({ live }: Narrowing, triggers: readonly Trigger[]): boolean {
  if (live.ruleId === undefined) return false;
  const text = formatRule(live.rule);
  return triggers
    .flatMap(trigger => trigger.changes)
    .some(
      change =>
        change.ruleId === live.ruleId &&
        (change.rule === text || change.content === ruleContent(text)),
    );
}

async function narrow(step: Step, { live, to }: Narrowing): Promise<void> {
  const { deps, judgement, progress } = step;
  const call = `modify ${live.ruleId} from ${formatRule(live.rule)} to ${formatRule(to)}`;
  noteTaken(progress, live);
  progress.calls.push(call);
  try {
    await deps.groups.modify(judgement.group.id, live.ruleId ?? "", to, live.description);
    progress.narrowed.add(keyOf(live));
    progress.wrote.add(formatRule(to));
  } catch (error) {
    // What is left of it stands there already, so the wide rule can simply go.
    if (isDuplicate(error)) await close(step.closing, [live]);
    else if (!isGone(error)) noteFailure(progress, call, error);
  }
}

async function openWithRoom(
  step: Step,
  opening: Opening,
  rules: readonly Authorization[],
): Promise<Authorization[]> {
  const refused = await open(opening, rules);
  if (refused.length === 0) return [];
  await close(step.closing, coveredRules(step.judgement));
  return open(opening, refused);
}

/** Rules that are wholly held by others that stay: they can go without a packet noticing. */
function coveredRules(judgement: Judgement): LiveRule[] {
  let staying = judgement.verdicts.flatMap(v => (v.kind === "permitted" ? [v.live] : []));
  const beside = judgement.verdicts.filter(v => v.kind !== "permitted" && v.kind !== "drift");
  const fixed = beside.flatMap(keptRules);
  const covered: LiveRule[] = [];
  for (const live of staying) {
    const others = [...staying.filter(other => other !== live).map(({ rule }) => rule), ...fixed];
    if (!isCovered(boxOf(live.rule), others.map(boxOf))) continue;
    covered.push(live);
    staying = staying.filter(other => other !== live);
  }
  return covered;
}

async function putListBack(step: Step, { list, extra, back }: ListDrift): Promise<void> {
  const { deps, progress } = step;
  const call = `take ${extra.map(formatCidr).join(", ")} out of ${list.id}`;
  progress.calls.push(call);
  try {
    await deps.lists.change(list, { out: extra, back });
    progress.narrowed.add(list.id);
  } catch (error) {
    noteFailure(progress, call, error);
    // Once may be a change in between, which the next read shows; twice and its rules must go.
    const misses = (progress.misses.get(list.id) ?? 0) + 1;
    progress.misses.set(list.id, misses);
    if (misses > 1) progress.broken.add(list.id);
  }
}

// Carries a group from one judged state to the next until what EC2 shows agrees with the law, or
// the time is up: apply, read again, judge again. A read that lags behind our own writes is waited
// for, not acted on.

import type { LiveRule, PrefixList } from "../../matrix/group.ts";
import { type Authorization, isEmpty, type Plan, remainderOf } from "../../matrix/plan.ts";
import type { GroupPolicy } from "../../matrix/policy.ts";
import { boxOf, isCovered } from "../../matrix/rules/box.ts";
import { formatRule, type Rule } from "../../matrix/rules/rule.ts";
import type { Trigger } from "../../matrix/trigger.ts";
import { type Judgement, judge, keptRules, type ListView } from "../../matrix/verdict.ts";
import { apply } from "./apply.ts";
import type { Met } from "./conclude.ts";
import type { RunDeps } from "./deps.ts";
import { keyOf, missKey, newProgress, type Progress } from "./progress.ts";
import { compileFor, judgeState, listView, readState, type State } from "./state.ts";

/** Waits between one look and the next: about eight seconds, the lag EC2's reads may show. */
const WAITS = [0, 200, 500, 1_000, 2_000, 4_000];

export interface Settled {
  readonly met: readonly Met[];
  readonly progress: Progress;
  /** The first judgement, whose prefix list drifts are the run's. */
  readonly first: Judgement;
  readonly last: Judgement;
  /** What was read last: a pause may have begun since the first read. */
  readonly state: State;
  /** True when the bound was reached with something still to do or to see. */
  readonly isOpen: boolean;
  /** True when drift appeared too late to be tried: it is the next run's. */
  readonly isCutShort: boolean;
}

/** What a run may do with a judgement: the mode's plan, cut down by a pause or a hold. */
export interface Planner {
  /** Nothing may be written at all. */
  readonly isBarred: boolean;
  readonly plan: (judgement: Judgement) => Plan;
}

/**
 * Brings a group to what its policy says.
 *
 * @param announce is called once, when there is something to do: together with the first calls where an
 *   event has asked for them, else before them.
 */
export async function settle(
  deps: RunDeps,
  start: { state: State; policy: GroupPolicy; triggers: readonly Trigger[] },
  plannerOf: (state: State) => Planner,
  announce: (first: Judgement, plan: Plan) => Promise<void>,
): Promise<Settled> {
  const isUrgent = start.triggers.some(({ kind }) => kind === "event");
  const progress = newProgress();
  const known = { broken: progress.broken, asked: new Set<string>() };
  let { state } = start;
  let planner = plannerOf(state);
  let view = listView(deps, state, known);
  let judgement = judgeState(state, start.policy, view);
  const first = judgement;
  const met = new Map<string, Met>();
  let plan = planner.plan(judgement);
  let announced: Promise<void> | undefined;
  meet(met, judgement, progress);
  for (const wait of WAITS) {
    const waiting = waitingLists(judgement);
    if (isEmpty(plan) && waiting.length === 0 && !lags(judgement, planner, progress)) {
      const ends = { isOpen: false, isCutShort: false };
      return { met: [...met.values()], progress, first, last: judgement, state, ...ends };
    }
    if (!isEmpty(plan)) announced ??= announce(judgement, plan);
    // Only an event is urgent; what an apply or a window writes may soon be accounted for by nothing else.
    if (!isUrgent) await announced;
    const step = stepOf(deps, { state, judgement, view }, start.triggers, progress);
    for (const id of waiting) known.asked.add(id);
    const [lists] = await Promise.all([deps.lists.read(waiting), apply(step, plan), announced]);
    const isWritten = !isEmpty(plan) || progress.calls.length > 0;
    if (wait > 0) await deps.sleep(wait);
    const next = isWritten ? await readState(deps, state.read?.group.id ?? "") : state;
    state = withLists(next, state, lists);
    const compiled = compileFor(state);
    if (!compiled) return letGo({ met: [...met.values()], progress, first, state }, judgement);
    planner = plannerOf(state);
    view = listView(deps, state, known);
    judgement = judgeState(state, compiled, view);
    plan = pending(withPutBack(planner, judgement, view, progress), progress);
    meet(met, judgement, progress);
  }
  const isOpen = !isEmpty(plan) || lags(judgement, planner, progress);
  const untried = untriedOf(plan, progress);
  const tried = [...met].filter(([key]) => !untried.has(key)).map(([, one]) => one);
  const isCutShort = untried.size > 0;
  return { met: tried, progress, first, last: judgement, state, isOpen, isCutShort };
}

// What nobody tried to close was not impossible to close.
function untriedOf(plan: Plan, progress: Progress): Set<string> {
  const { taken, misses, owed } = progress;
  const closing = [...plan.revoke, ...plan.modify.map(({ live }) => live)];
  const isTried = (live: LiveRule) => taken.has(keyOf(live)) || misses.has(missKey(live));
  const opening = plan.authorize.map(({ rule }) => formatRule(rule));
  return new Set([
    ...closing.filter(live => !isTried(live)).map(keyOf),
    ...opening.filter(text => !owed.has(text)),
  ]);
}

/** Ends a run whose group was deleted or is governed no more: what was done stays on record. */
function letGo(
  settled: Omit<Settled, "last" | "isOpen" | "isCutShort">,
  judgement: Judgement,
): Settled {
  const { met, progress, state } = settled;
  const group = state.read?.group ?? { ...judgement.group, rules: [] };
  const standing = new Set(group.rules.map(keyOf));
  const isOver = ({ verdict }: Met) =>
    verdict.kind === "missing"
      ? progress.wrote.has(formatRule(verdict.line.rule))
      : !standing.has(keyOf(verdict.live));
  const last = { ...judgement, group, verdicts: [], lists: [] };
  return { ...settled, met: met.filter(isOver), last, isOpen: false, isCutShort: false };
}

interface Seen {
  readonly state: State;
  readonly judgement: Judgement;
  readonly view: ListView;
}

function stepOf(
  deps: RunDeps,
  { state, judgement, view }: Seen,
  triggers: readonly Trigger[],
  progress: Progress,
) {
  if (!state.read) throw new Error("a group that does not exist cannot be changed");
  const permittedPart = (rule: Rule): readonly Rule[] => permittedOf(judgement, view, rule);
  const closing = { groups: deps.groups, read: state.read, progress, permittedPart };
  return { deps, judgement, closing, triggers, progress };
}

function permittedOf(judgement: Judgement, view: ListView, rule: Rule): readonly Rule[] {
  const alone = { ...judgement.group, rules: [{ rule }] };
  // A list nobody has read yet is no reason to write a rule.
  const read = { ...view, isPending: () => false };
  return judge(alone, judgement.policy, read).verdicts.flatMap(keptRules);
}

/** The lists a judgement waits for: a rule uses them, and nobody has read them. */
export function waitingLists(judgement: Judgement): string[] {
  const ids = judgement.verdicts.flatMap(v => (v.kind === "waiting" ? [v.list] : []));
  return [...new Set(ids)];
}

/** A newer state, with what is known of lists before it. */
export function withLists(next: State, state: State, lists: readonly PrefixList[]): State {
  const fresh = lists.map(list => [list.id, list] as const);
  return { ...next, lists: new Map([...state.lists, ...fresh, ...next.lists]) };
}

function meet(met: Map<string, Met>, judgement: Judgement, progress: Progress): void {
  for (const verdict of judgement.verdicts) {
    if (verdict.kind === "drift" && !isClosed(progress, keyOf(verdict.live))) {
      const key = keyOf(verdict.live);
      if (!met.has(key)) met.set(key, { judgement, verdict });
    } else if (verdict.kind === "missing") {
      const text = formatRule(verdict.line.rule);
      if (!met.has(text) && !progress.wrote.has(text)) met.set(text, { judgement, verdict });
    }
  }
}

const isClosed = (progress: Progress, key: string): boolean =>
  progress.revoked.has(key) || progress.narrowed.has(key);

/** The plan without what EC2 has said is done: a read that still shows it lags. */
function pending(plan: Plan, progress: Progress): Plan {
  return {
    ...plan,
    lists: plan.lists.filter(
      ({ list }) => !progress.narrowed.has(list.id) && !progress.broken.has(list.id),
    ),
    modify: plan.modify.filter(({ live }) => !isClosed(progress, keyOf(live))),
    revoke: plan.revoke.filter(live => !isClosed(progress, keyOf(live))),
    authorize: plan.authorize.filter(({ rule }) => !progress.wrote.has(formatRule(rule))),
  };
}

function lags(judgement: Judgement, planner: Planner, progress: Progress): boolean {
  const plan = planner.plan(judgement);
  return !isEmpty(plan) && isEmpty(pending(plan, progress));
}

/** Adds what this run took and the policy, maybe a newer one, permits and nothing else lets through. */
function withPutBack(
  planner: Planner,
  judgement: Judgement,
  view: ListView,
  progress: Progress,
): Plan {
  const plan = planner.plan(judgement);
  if (planner.isBarred) return plan;
  const open = [
    ...judgement.verdicts.flatMap(keptRules),
    ...plan.modify.map(({ to }) => to),
    ...plan.authorize.map(({ rule }) => rule),
  ];
  const back: Authorization[] = [];
  for (const live of progress.taken.values()) {
    for (const rule of permittedOf(judgement, view, live.rule)) {
      if (isCovered(boxOf(rule), [...open, ...back.map(a => a.rule)].map(boxOf))) continue;
      back.push(remainderOf(live, rule));
    }
  }
  return { ...plan, authorize: [...plan.authorize, ...back] };
}

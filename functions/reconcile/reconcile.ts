// One group, from trigger to finding: the only place that knows the order.
import type { Finding, Intent } from "../../matrix/finding.ts";
import { emptyPlan } from "../../matrix/plan.ts";
import type { Trigger } from "../../matrix/trigger.ts";
import { announce } from "./announce.ts";
import { brakedPlan, heldBack } from "./audit/brake.ts";
import { standingBar } from "./bars.ts";
import { isBehind } from "./caught-up.ts";
import type { RunDeps } from "./deps.ts";
import type { Setting } from "./draft.ts";
import { gather } from "./gather.ts";
import { payOwed } from "./owed.ts";
import { abandoned, recovered } from "./recover.ts";
import { report } from "./report.ts";
import { type Planner, type Settled, settle } from "./settle.ts";
import { compileFor, readState, type State } from "./state.ts";

export type RunOutcome =
  /** No matrix is active: nothing was called on EC2. */
  | "no-matrix"
  | "absent"
  | "unmanaged"
  | "clean"
  | "acted"
  /** Drift stands because the mode, a pause or an owner forbids to act. */
  | "left-open"
  /** Drift stands although it was acted on: alerted, and on the sweep's list. */
  | "open";

export interface Run {
  readonly groupId: string;
  readonly outcome: RunOutcome;
  readonly findings: readonly Finding[];
  /** The read had not caught up with a trigger: look again later before believing it. */
  readonly isStale: boolean;
  /** A finding waits for another run's publication: look again later. */
  readonly isPending: boolean;
  readonly isThrottled: boolean;
  /** A pause kept the run from writing: what had to be done is still to be done. */
  readonly isPaused: boolean;
}

/**
 * Brings one group to what its policy permits and requires:
 * read the group and the policy; judge and plan; record the intent with the closing calls; close;
 * read again until it agrees; record the findings and tell people.
 *
 * @param lastLooks the triggers that will not come again: drift they tell of and nobody accounts
 *   for becomes a finding now. Before, the read may lag, or another run be about to record it.
 * @throws when the policy or the group cannot be read whole, or a finding cannot be recorded or
 *   published; the trigger is to be delivered again.
 */
export async function reconcile(
  deps: RunDeps,
  groupId: string,
  triggers: readonly Trigger[],
  lastLooks: ReadonlySet<string> = new Set(),
): Promise<Run> {
  const state = await readState(deps, groupId);
  const run = { id: deps.newId(), readAt: state.readAt };
  if (!state.policy) return ending(groupId, "no-matrix");
  const policy = compileFor(state);
  const leftover = abandoned(deps, state.intents, triggers);
  if (!state.read || !policy) return finishAway(deps, state, leftover, triggers, groupId, run);
  const setting = settingOf(deps, state, triggers);
  const settled = await settle(
    deps,
    { state, policy, triggers },
    now => plannerOf(settingOf(deps, now, triggers)),
    (first, plan) => announce(setting, first, plan, run.id),
  );
  const gathered = await gather(endOf(setting, settled), settled, leftover, run.id);
  const isLast = ({ trigger }: Finding) => lastLooks.has(trigger.id);
  const over = gathered.lived.filter(isLast);
  const reported = await report(deps, [...gathered.findings, ...over], run);
  if (!reported.isPending) await forget(deps, groupId, leftover, run.id, settled);
  const isOwing = settled.progress.owed.size > 0 || (await isStillOwing(setting, settled));
  if (settled.isOpen || isOwing) {
    await deps.intents.markDirty(groupId, "open or owed", deps.clock());
  }
  const outcome = outcomeOf(settled);
  const comingBack = triggers.filter(({ id }) => !lastLooks.has(id));
  const reads = [state.read.group, settled.last.group];
  const known = [...reported.findings, ...gathered.known];
  const isUnseen = await isBehind(deps, groupId, comingBack, reads, known);
  const isUntold = over.length < gathered.lived.length;
  const isToCome = settled.isCutShort || gathered.isUnnamed;
  const isStale = isUnseen || isUntold || (isToCome && comingBack.length > 0);
  return {
    ...ending(groupId, outcome),
    findings: reported.findings,
    isStale,
    isPending: reported.isPending,
    isThrottled: settled.progress.throttled,
    isPaused: settled.state.control.pause !== undefined,
  };
}

const ending = (groupId: string, outcome: RunOutcome): Run => ({
  ...{ groupId, outcome, findings: [] },
  ...{ isStale: false, isPending: false, isThrottled: false, isPaused: false },
});

function settingOf(deps: RunDeps, state: State, triggers: readonly Trigger[]): Setting {
  const { control, read, readAt, policy } = state;
  const owner = read?.group.owner;
  const paused = control.pause && `paused until ${control.pause.until}: ${control.pause.reason}`;
  const hold = control.hold && `restoring is on hold: ${control.hold.reason}`;
  const matrixVersion = policy?.version ?? "";
  // What somebody has accepted the brake does not hold back.
  const marks = deps.accepted ? undefined : control.marks;
  const bar = paused ?? standingBar(deps.config, owner);
  return { deps, triggers, matrixVersion, seenAt: readAt, bar, hold, marks };
}

/** The setting at the end of a run: a pause or a hold that began meanwhile is why it stopped. */
function endOf(setting: Setting, { state }: Settled): Setting {
  if (!state.read) return setting;
  const { bar, hold, marks } = settingOf(setting.deps, state, setting.triggers);
  return { ...setting, bar, hold, marks };
}

function plannerOf({ bar, hold, marks, triggers, deps }: Setting): Planner {
  return {
    isBarred: bar !== undefined,
    plan(judgement) {
      if (bar !== undefined) return emptyPlan;
      const { mode } = judgement.policy;
      // On hold nothing is restored; what a rule leaves must then be written as in mode revoke.
      const narrowed = hold !== undefined && mode === "enforce" ? "revoke" : mode;
      const plan = brakedPlan(judgement, heldBack(judgement, marks, triggers), narrowed);
      return deps.accepted?.(judgement.group.id, plan) ?? plan;
    },
  };
}

// Only a run that nobody waits for asks: the sweep has the group on its list as long as it owes.
async function isStillOwing(setting: Setting, { last, state }: Settled): Promise<boolean> {
  const { deps, triggers } = setting;
  const isBarred = plannerOf(settingOf(deps, state, triggers)).isBarred;
  if (triggers.every(({ kind }) => kind === "event")) return false;
  if (!state.read || isBarred || last.policy.mode === "observe") return false;
  return payOwed(deps, last, state.readAt);
}

async function forget(
  deps: RunDeps,
  groupId: string,
  leftover: readonly Intent[],
  runId: string,
  settled?: Settled,
): Promise<void> {
  const done = leftover.map(intent => intent.runId);
  // Its intent was stored with its first call, and goes also where every call missed.
  if ((settled?.progress.calls.length ?? 0) > 0) done.push(runId);
  await Promise.all(done.map(id => deps.intents.remove(groupId, id)));
}

function outcomeOf({ met, first, progress, isOpen }: Settled): RunOutcome {
  if (isOpen) return "open";
  if (progress.calls.length > 0) return "acted";
  return met.length > 0 || first.lists.length > 0 ? "left-open" : "clean";
}

/** Ends a run on a group that is not there, or that no entry governs. */
async function finishAway(
  deps: RunDeps,
  state: State,
  leftover: readonly Intent[],
  triggers: readonly Trigger[],
  groupId: string,
  run: { id: string; readAt: number },
): Promise<Run> {
  const reported = await report(deps, recovered(deps, leftover, state.read?.group), run);
  if (!reported.isPending) await forget(deps, groupId, leftover, run.id);
  const outcome = state.read ? "unmanaged" : "absent";
  const isNew = triggers.some(trigger => trigger.createdGroups?.includes(groupId));
  const isStale = !state.read && (isNew || (await isBehind(deps, groupId, triggers, [undefined])));
  return { ...ending(groupId, outcome), ...reported, isStale };
}

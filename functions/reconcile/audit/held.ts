// The plan of what the brake holds back: its id says exactly which rules, as they stand, under which
// matrix. Applying it does that set, or refuses where anything of it has moved.
import { heldNotice } from "../../../matrix/alert/held.ts";
import { canonicalJson } from "../../../matrix/canonical-json.ts";
import type { Plan } from "../../../matrix/plan.ts";
import { formatRule } from "../../../matrix/rules/rule.ts";
import { sha256 } from "../../aws/stores/json-chunks.ts";
import { eachAtOnce } from "../batch.ts";
import type { Deps } from "../deps.ts";
import { judgeWhole } from "../judge-whole.ts";
import { type Run, reconcile } from "../reconcile.ts";
import { compileFor, readState } from "../state.ts";
import { heldBack, stepsOf, withoutMarks } from "./brake.ts";
import { auditTrigger } from "./repair.ts";

/** What is held back on one group, and what that was made from. */
export interface HeldGroup {
  readonly group: string;
  /** What would be done, a line each. */
  readonly steps: readonly string[];
  /** The texts of the rules that are held, in order as a group's rules are. */
  readonly held: readonly string[];
  /** Every rule of the group with its id. */
  readonly rules: readonly string[];
  /** The hash of the matrix in force. */
  readonly matrix: string;
}

/** Why a plan was not carried out. */
export interface PlanRefused {
  readonly kind: "refused";
  readonly code: "moved" | "unknown-plan";
  readonly because: string;
}

const AT_ONCE = 4;
const DAY = 24 * 3_600_000;

/** Finds what is held back on a group now; undefined where nothing is. */
export async function heldOn(deps: Deps, groupId: string): Promise<HeldGroup | undefined> {
  const state = await readState(deps, groupId);
  const policy = compileFor(state);
  if (!state.read || !policy) return undefined;
  const judgement = await judgeWhole(deps, state, policy);
  const held = heldBack(judgement, state.control.marks);
  if (held.length === 0) return undefined;
  return {
    group: groupId,
    steps: stepsOf(judgement, held).sort(),
    held: held.map(({ live }) => formatRule(live.rule)),
    rules: judgement.group.rules.map(({ rule, ruleId }) => `${ruleId} ${formatRule(rule)}`),
    matrix: state.control.active?.sha ?? "",
  };
}

/** The id of a plan: of the plan itself and of what it was made from, so that it changes with either. */
export function planIdOf(groups: readonly HeldGroup[]): string {
  const sorted = groups.toSorted((a, b) => (a.group < b.group ? -1 : 1));
  return `p-${sha256(canonicalJson(sorted)).slice(0, 12)}`;
}

/** Makes the plan of what is held back on groups, and tells people of it: at first and once a day. */
export async function keepHeld(
  deps: Deps,
  groupIds: readonly string[],
): Promise<{ planId: string; groups: HeldGroup[] } | undefined> {
  const groups = await heldOnAll(deps, groupIds);
  if (groups.length === 0) return undefined;
  const planId = planIdOf(groups);
  const now = deps.clock();
  const kept = await deps.brake.plan(planId);
  if (kept && now - kept.toldAt < DAY) return { planId, groups };
  const { account, region } = deps.config;
  // A plan must be there before anybody is told its id.
  const plan = { id: planId, groups: groups.map(({ group }) => group) };
  if (!kept) await deps.brake.keepPlan({ ...plan, toldAt: 0 });
  await deps.publish(heldNotice({ account, region, planId, groups }));
  await deps.brake.keepPlan({ ...plan, toldAt: now });
  return { planId, groups };
}

async function heldOnAll(deps: Deps, groupIds: readonly string[]): Promise<HeldGroup[]> {
  const groups: HeldGroup[] = [];
  await eachAtOnce(AT_ONCE, groupIds, async id => {
    const held = await heldOn(deps, id);
    if (held) groups.push(held);
  });
  return groups;
}

/** Closes exactly what a plan holds back. */
export async function applyHeld(
  deps: Deps,
  planId: string,
  triggerId: string,
): Promise<PlanRefused | { readonly kind: "applied"; readonly runs: readonly Run[] }> {
  const plan = await deps.brake.plan(planId);
  if (!plan) {
    const because = `no audit has held back a plan ${planId}`;
    return { kind: "refused", code: "unknown-plan", because };
  }
  const groups = await heldOnAll(deps, plan.groups);
  if (planIdOf(groups) !== planId) {
    const because = `the account or the matrix has moved since ${planId}: run the audit again`;
    return { kind: "refused", code: "moved", because };
  }
  const { account, region } = deps.config;
  const trigger = auditTrigger({ account, region, triggerId }, deps);
  const runs: Run[] = [];
  await eachAtOnce(AT_ONCE, groups, async group => {
    runs.push(await reconcile(bound(deps, group), group.group, [trigger]));
    await release(deps, group);
  });
  return { kind: "applied", runs };
}

/** The account for a run that closes these rules and does nothing else. */
function bound(deps: Deps, { held }: HeldGroup): Deps {
  const isOf = (rule: string) => held.includes(rule);
  return {
    ...deps,
    accepted: (_, plan: Plan) => ({
      ...plan,
      lists: [],
      modify: plan.modify.filter(({ live }) => isOf(formatRule(live.rule))),
      revoke: plan.revoke.filter(({ rule }) => isOf(formatRule(rule))),
      authorize: plan.authorize.filter(
        ({ because }) => because.kind === "remainder" && isOf(formatRule(because.of.rule)),
      ),
    }),
  };
}

/** Forgets that rules were permitted: whoever opens one of them again opens it anew. */
export async function release(deps: Deps, { group, held }: HeldGroup): Promise<void> {
  const kept = await deps.brake.marks(group);
  if (kept) await deps.brake.mark(group, withoutMarks(kept.marks, held), kept.rev);
}

// Puts a matrix into force as its plan says: refuses what nobody accepted, closes nothing that is not
// in the plan, and moves the pointer only if the version the plan was made from is still in force.
//
// A group that was only observed until now is brought to its plan before the pointer moves: events
// then never meet standing rules that nobody looked at. A group that was in revoke or enforce comes
// after it, as until then events act by the old version and would undo what the new one opens.
import type { MatrixDocument } from "../../matrix/document.ts";
import { inputError } from "../../matrix/errors.ts";
import { isObserving, observed } from "../../matrix/life/first-apply.ts";
import { closingsOf, type GroupSteps, isIdle, listText } from "../../matrix/life/group-steps.ts";
import { countClosings, type GroupPlan } from "../../matrix/life/matrix-plan.ts";
import type { Plan } from "../../matrix/plan.ts";
import { formatRule } from "../../matrix/rules/rule.ts";
import { errorText } from "../aws/error-codes.ts";
import type { ActivePointer } from "../aws/stores/matrix-history.ts";
import { eachAtOnce } from "./batch.ts";
import type { Deps } from "./deps.ts";
import { type NumberedPlan, type Planned, planInAccount } from "./matrix-plan.ts";
import { tellApplied } from "./matrix-told.ts";
import { type Run, reconcile } from "./reconcile.ts";

/** What somebody wants to put into force. */
export interface ApplyWish {
  readonly by: string;
  readonly note: string;
  /** The id of the plan he has seen; without one nothing is closed. */
  readonly accept?: string;
  /** The version that plan was made from, where he says it. */
  readonly version?: number;
  /** Lets the first matrix of an account be in the mode it says. */
  readonly isFirstMeant?: boolean;
}

/** What became of it. */
export type ApplyAnswer =
  | {
      readonly kind: "applied";
      readonly applied: ActivePointer;
      readonly plan: NumberedPlan;
      readonly document: MatrixDocument;
      readonly pins: Planned["pins"];
      /** True where the first apply was held to observe. */
      readonly isHeldToObserve: boolean;
      readonly runs: readonly Run[];
    }
  | {
      readonly kind: "refused";
      /** closings: nobody accepted what it closes; moved: it is not what was accepted. */
      readonly code: "closings" | "moved";
      readonly because: string;
      readonly plan: NumberedPlan;
    };

const AT_ONCE = 4;

/**
 * Applies a document.
 *
 * @throws InputError when it does not compile for the groups that play its parts, or acts where this
 * stage only reports.
 */
export async function applyMatrix(
  deps: Deps,
  asked: MatrixDocument,
  wish: ApplyWish,
): Promise<ApplyAnswer> {
  const isMeant = wish.isFirstMeant === true || wish.accept !== undefined;
  const isFirst = (await deps.policy.readPolicy()).active === undefined;
  const document = isFirst && !isMeant ? observed(asked) : asked;
  refuseToAct(deps, document);
  const planned = await planInAccount(deps, document);
  const { plan, pins } = planned;
  const refusal = refusalOf(plan, wish);
  if (refusal) return { kind: "refused", ...refusal, plan };
  const early = plan.groups.filter(isRaised);
  const late = plan.groups.filter(group => !early.includes(group));
  const runs = await carryOut(asIfActive(deps, document, planned, wish), early);
  const { by, note } = wish;
  const at = new Date(deps.clock()).toISOString();
  const written = await deps.policy.writeMatrix({
    ...{ document, pins, by, at, note, from: plan.base },
    ...{ planId: plan.id, isToTell: true },
  });
  if ("refused" in written) {
    // What was closed for it the version in force may require.
    await Promise.all(
      early.filter(isBusy).map(({ group }) => markDirty(deps, group, "not applied")),
    );
    return { kind: "refused", code: "moved", because: written.refused.because, plan };
  }
  await tellApplied(deps, written.applied.version).catch(error => {
    deps.log.error("the apply is left to the sweep to tell of", { error: errorText(error) });
  });
  runs.push(...(await carryOut(deps, late)));
  const isHeldToObserve = document !== asked;
  return {
    ...{ kind: "applied", applied: written.applied, plan, document, pins },
    ...{ isHeldToObserve, runs },
  };
}

// Two stages that act would agree, and tell everything twice; and one matrix would undo the other's.
function refuseToAct({ config }: Deps, document: MatrixDocument): void {
  const { isReporting, account, region, stage } = config;
  if (!isReporting || isObserving(document)) return;
  throw inputError(
    "matrix.reports-only",
    `the stage ${stage} only reports: another one acts in account ${account} ${region}, by the parameter /portward/acting-stage`,
    `apply it there, or in observe here; to hand over, deploy that one with "acts": false, then ${stage} without`,
  );
}

function refusalOf(
  plan: NumberedPlan,
  { accept, version }: ApplyWish,
): { code: "closings" | "moved"; because: string } | undefined {
  if (version !== undefined && version !== plan.base) {
    const because = `version ${plan.base} is in force, and the plan was made from ${version}`;
    return { code: "moved", because };
  }
  if (accept !== undefined && accept !== plan.id) {
    const because = `the plan is ${plan.id} by now, not ${accept}: the account, the version in force or the matrix has moved`;
    return { code: "moved", because };
  }
  const count = countClosings(plan);
  if (accept !== undefined || count === 0) return undefined;
  const what = `${count} live ${count === 1 ? "rule" : "rules"}`;
  const because = `it closes or narrows ${what}: look at the plan, then accept it as ${plan.id}`;
  return { code: "closings", because };
}

// Nothing acted on it until now, and from now on something does.
const isRaised = ({ mode, modeBefore }: GroupPlan): boolean =>
  mode !== "observe" && (modeBefore === null || modeBefore === "observe");

const isBusy = ({ now }: GroupPlan): boolean => !isIdle(now);

/** The same account as if the document were in force: for the runs before it is. */
function asIfActive(
  deps: Deps,
  document: MatrixDocument,
  { pins, plan }: Planned,
  { by }: ApplyWish,
): Deps {
  const version = plan.base + 1;
  // That there is one is all that counts: whatever it points to, this document is read.
  const active: ActivePointer = { version, sha: "", by, at: "", chunks: 0 };
  const stored = { document, pins, version };
  return {
    ...deps,
    policy: {
      ...deps.policy,
      readPolicy: async groupId => ({ ...(await deps.policy.readPolicy(groupId)), active }),
      readMatrix: async () => stored,
    },
  };
}

/** Brings groups to their plan, and no further; one that fails is left to the sweep. */
async function carryOut(deps: Deps, groups: readonly GroupPlan[]): Promise<Run[]> {
  const { account, region } = deps.config;
  const id = `apply-${deps.newId()}`;
  const trigger = { kind: "apply" as const, id, at: deps.clock(), account, region, changes: [] };
  const runs: Run[] = [];
  await eachAtOnce(AT_ONCE, groups.filter(isBusy), async ({ group, now }) => {
    const bound: Deps = { ...deps, accepted: (_, plan) => withinSteps(plan, now) };
    try {
      runs.push(await reconcile(bound, group, [trigger]));
    } catch (error) {
      deps.log.error("not finished", { groupId: group, error: errorText(error) });
      await markDirty(deps, group, errorText(error));
    }
  });
  return runs;
}

const markDirty = (deps: Deps, groupId: string, because: string) =>
  deps.intents.markDirty(groupId, because, deps.clock());

/** What of a plan the steps name; what else has drifted since is for the events that told of it. */
function withinSteps(plan: Plan, steps: GroupSteps): Plan {
  const closing = new Set(closingsOf(steps));
  const opening = new Set(steps.open.map(({ rule }) => rule));
  const lists = steps.lists.map(text => text.split(" ")[0]);
  return {
    ...plan,
    lists: plan.lists.filter(drift => steps.lists.includes(listText(drift))),
    modify: plan.modify.filter(({ live }) => closing.has(formatRule(live.rule))),
    revoke: plan.revoke.filter(
      ({ rule }) =>
        closing.has(formatRule(rule)) ||
        (rule.peer.kind === "prefix-list" && lists.includes(rule.peer.id)),
    ),
    authorize: plan.authorize.filter(({ because, rule }) =>
      because.kind === "remainder"
        ? closing.has(formatRule(because.of.rule))
        : opening.has(formatRule(rule)),
    ),
  };
}

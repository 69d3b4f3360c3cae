// From a judgement to what would be done: a value that can be shown, stored, filtered and applied.
// The order and the calls are apply's; the mode is a filter over the whole.

import type { Mode } from "./document.ts";
import { isOwnEnded } from "./exceptions/ended.ts";
import type { Line } from "./flows/part.ts";
import type { LiveRule } from "./group.ts";
import { boxOf, isCovered } from "./rules/box.ts";
import { formatCidr } from "./rules/cidr.ts";
import { formatRule, type Rule } from "./rules/rule.ts";
import { ruleDescription } from "./rules/rule-description.ts";
import { type Judgement, keptRules, type ListDrift, type Verdict } from "./verdict.ts";

/** A drifted rule and the one rule that is left of it. */
export interface Narrowing {
  readonly live: LiveRule;
  readonly to: Rule;
}

/** A rule to write, and why. */
export interface Authorization {
  readonly rule: Rule;
  readonly description?: string;
  readonly because:
    | { readonly kind: "remainder"; readonly of: LiveRule }
    | { readonly kind: "required"; readonly line: Line };
}

export interface Plan {
  /** Prefix lists to take the extra blocks out of. */
  readonly lists: readonly ListDrift[];
  readonly modify: readonly Narrowing[];
  readonly authorize: readonly Authorization[];
  readonly revoke: readonly LiveRule[];
  /** What the mode left out, in the same words as the rest. */
  readonly withheld: readonly string[];
}

export const emptyPlan: Plan = { lists: [], modify: [], authorize: [], revoke: [], withheld: [] };

type Drift = Extract<Verdict, { kind: "drift" }>;

/**
 * Makes the plan of a judgement in a mode: never more than the law says, never a rule that what is
 * kept already covers.
 */
export function planFor(judgement: Judgement, mode: Mode = judgement.policy.mode): Plan {
  const full = fullPlan(judgement, mode);
  const plan = restrict(full, mode);
  return mode === "observe" ? withOwnEnded(plan, judgement) : plan;
}

// What Portward opened for an exception it closes at the end, whatever the mode is by then.
function withOwnEnded(plan: Plan, { verdicts, policy }: Judgement): Plan {
  const own = verdicts.flatMap(verdict =>
    verdict.kind === "drift" && verdict.kept.length === 0 && isOwnEnded(verdict.live, policy)
      ? [verdict.live]
      : [],
  );
  if (own.length === 0) return plan;
  const closing = describePlan({ ...emptyPlan, revoke: own });
  const withheld = plan.withheld.filter(step => !closing.includes(step));
  return { ...plan, revoke: [...plan.revoke, ...own], withheld };
}

/** Tells whether there is nothing to do. */
export function isEmpty(plan: Plan): boolean {
  return [plan.lists, plan.modify, plan.authorize, plan.revoke].every(list => list.length === 0);
}

function fullPlan(judgement: Judgement, mode: Mode): Plan {
  const { verdicts } = judgement;
  const drifts = verdicts.filter((v): v is Drift => v.kind === "drift");
  const required = verdicts.flatMap(v => (v.kind === "missing" ? [v.line] : []));
  const staying = verdicts.filter(v => v.kind !== "drift").flatMap(keptRules);
  const restored = mode === "enforce" ? required.map(line => line.rule) : [];
  const wanted = neededPieces(drifts, [...staying, ...restored]);
  // In place only what leaves one rule by itself: what it loses would be closed before the required
  // rules that also let it through are written.
  const alone = restored.length === 0 ? wanted : neededPieces(drifts, staying);
  const narrowed = drifts.filter(drift => {
    const [only, ...more] = wanted.get(drift) ?? [];
    const [itself, ...rest] = alone.get(drift) ?? [];
    return only !== undefined && only === itself && more.length === 0 && rest.length === 0;
  });
  return {
    lists: judgement.lists,
    modify: narrowed.flatMap(d => (wanted.get(d) ?? []).map(to => ({ live: d.live, to }))),
    authorize: [
      ...drifts
        .filter(drift => !narrowed.includes(drift))
        .flatMap(d => (wanted.get(d) ?? []).map(rule => remainderOf(d.live, rule))),
      ...required.map(requiredOf),
    ],
    revoke: drifts.filter(drift => !narrowed.includes(drift)).map(drift => drift.live),
    withheld: [],
  };
}

// Pieces that other rules cover need not be written: what stays, or another drift's pieces.
function neededPieces(drifts: readonly Drift[], staying: readonly Rule[]): Map<Drift, Rule[]> {
  const pieces = drifts.flatMap(drift => drift.kept.map(rule => ({ drift, rule })));
  let left = pieces;
  for (const piece of pieces) {
    const others = left.filter(other => other !== piece).map(other => other.rule);
    if (isCovered(boxOf(piece.rule), [...staying, ...others].map(boxOf))) {
      left = left.filter(other => other !== piece);
    }
  }
  const needed = new Map<Drift, Rule[]>();
  for (const { drift, rule } of left) needed.set(drift, [...(needed.get(drift) ?? []), rule]);
  return needed;
}

/** Writes what is left of a rule; it keeps the description, which says whose it is. */
export function remainderOf(live: LiveRule, rule: Rule): Authorization {
  const because = { kind: "remainder", of: live } as const;
  const { description } = live;
  return description === undefined ? { rule, because } : { rule, description, because };
}

const requiredOf = (line: Line): Authorization => ({
  rule: line.rule,
  description: ruleDescription(line),
  because: { kind: "required", line },
});

/** Leaves in a plan what a mode may do: observe nothing, revoke what closes, enforce all of it. */
export function restrict(plan: Plan, mode: Mode): Plan {
  if (mode === "enforce") return plan;
  if (mode === "observe")
    return { ...emptyPlan, withheld: [...plan.withheld, ...describePlan(plan)] };
  const isClosing = (a: Authorization) => a.because.kind === "remainder";
  const left = { ...plan, authorize: plan.authorize.filter(isClosing) };
  const restored = { ...emptyPlan, authorize: plan.authorize.filter(a => !isClosing(a)) };
  return { ...left, withheld: [...plan.withheld, ...describePlan(restored)] };
}

/** Writes each step of a plan on a line of its own. */
export function describePlan(plan: Plan): string[] {
  return [
    ...plan.lists.map(
      ({ list, extra }) => `take ${extra.map(formatCidr).join(", ")} out of ${list.id}`,
    ),
    ...plan.modify.map(step => `narrow ${formatRule(step.live.rule)} to ${formatRule(step.to)}`),
    ...plan.authorize.map(step => `authorize ${formatRule(step.rule)}`),
    ...plan.revoke.map(live => `revoke ${formatRule(live.rule)}`),
  ];
}

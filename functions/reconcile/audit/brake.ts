// The brake: a rule that an audit saw permitted and that is drift now although it did not change is
// the sign of a wrong matrix. It is left alone, by events as by audits, until somebody applies the
// plan. New openings are never held, nor what a forbid names.
//
//   drift, and an audit saw the very rule permitted    held, unless
//   … an event of this run says that it was just made  not held: it is a new opening
//   … a forbid names it                                not held
//   … its prefix list holds more than it may           not held: the list changed, not the matrix
//
// Only audits mark; a matrix apply marks nothing. Before the first audit nothing is held: then there
// is no rule of which anybody could say that it used to be permitted.
import { createHash } from "node:crypto";
import type { Mode } from "../../../matrix/document.ts";
import { describePlan, isEmpty, type Plan, planFor } from "../../../matrix/plan.ts";
import { boxesMeet, boxOf } from "../../../matrix/rules/box.ts";
import { formatRule, type Rule } from "../../../matrix/rules/rule.ts";
import type { Trigger } from "../../../matrix/trigger.ts";
import type { Judgement, Verdict } from "../../../matrix/verdict.ts";
import { makerOf } from "../blame.ts";

type Drift = Extract<Verdict, { kind: "drift" }>;

/** Why a rule is left open, for people. */
export const HELD_BACK =
  "held back: an audit saw it permitted and it has not changed since, so the matrix may be wrong; " +
  "`portward audit` names the plan, `portward audit --apply PLAN-ID` closes it";

/** Bytes of a mark: nobody finds a second rule with the mark of a first one. */
const MARK = 12;

const markOf = (text: string): Buffer =>
  createHash("sha256").update(text).digest().subarray(0, MARK);

function eachMark(marks: Uint8Array): Buffer[] {
  const bytes = Buffer.from(marks);
  const count = bytes.length / MARK;
  return Array.from({ length: count }, (_, at) => bytes.subarray(at * MARK, (at + 1) * MARK));
}

/** Tells whether a rule is among the marks. */
function isMarked(marks: Uint8Array, text: string): boolean {
  const mark = markOf(text);
  return eachMark(marks).some(other => other.equals(mark));
}

/** Writes marks of rules, in an order that does not depend on theirs. */
export function marksOf(texts: readonly string[]): Uint8Array {
  return Buffer.concat([...new Set(texts)].sort().map(markOf));
}

/** The marks without those of some rules. */
export function withoutMarks(marks: Uint8Array, texts: readonly string[]): Uint8Array {
  const gone = texts.map(markOf);
  const left = eachMark(marks).filter(mark => !gone.some(other => other.equals(mark)));
  return Buffer.concat(left);
}

/** The drifts of a judged group that the brake holds back. */
export function heldBack(
  judgement: Judgement,
  marks: Uint8Array | undefined,
  triggers: readonly Trigger[] = [],
): Drift[] {
  return judgement.verdicts.filter((verdict): verdict is Drift =>
    isHeldBack(judgement, verdict, { marks, triggers }),
  );
}

/** Tells whether the brake holds one drift back. */
export function isHeldBack(
  { group, lists }: Judgement,
  verdict: Verdict,
  { marks, triggers }: { marks: Uint8Array | undefined; triggers: readonly Trigger[] },
): boolean {
  if (verdict.kind !== "drift" || verdict.breaks.length > 0 || !marks) return false;
  const { live } = verdict;
  const { peer } = live.rule;
  if (peer.kind === "prefix-list" && lists.some(({ list }) => list.id === peer.id)) return false;
  return isMarked(marks, formatRule(live.rule)) && !makerOf(live, group.id, triggers);
}

/** The plan of a group in a mode, with what is held left as it stands. */
export function brakedPlan(judgement: Judgement, held: readonly Drift[], mode: Mode): Plan {
  if (held.length === 0) return planFor(judgement, mode);
  const plan = planFor(standing(judgement, held), mode);
  return { ...plan, withheld: [...plan.withheld, ...stepsOf(judgement, held)] };
}

// What stays as it is counts like what is tolerated: whole, and for others to lean on.
function standing(judgement: Judgement, held: readonly Drift[]): Judgement {
  const verdicts = judgement.verdicts.map((verdict): Verdict => {
    const isHeld = verdict.kind === "drift" && held.includes(verdict);
    return isHeld ? { kind: "tolerated", live: verdict.live } : verdict;
  });
  return { ...judgement, verdicts };
}

/** What would be done with drifts that are held, a line each. */
export function stepsOf(judgement: Judgement, held: readonly Drift[]): string[] {
  const others = judgement.verdicts.filter(v => v.kind !== "drift" || held.includes(v));
  const plan = planFor({ ...judgement, verdicts: others, lists: [] }, "revoke");
  return describePlan(plan);
}

/** Tells whether an audit has anything to do on a group beside what is held. */
export const hasWork = (judgement: Judgement, held: readonly Drift[]): boolean =>
  !isEmpty(brakedPlan(judgement, held, judgement.policy.mode));

/**
 * The rules of a group to mark: those that are permitted, and held ones as long as they stand. A
 * prefix list that is permitted by what it holds is not marked, as somebody else decides what it holds.
 */
export function markable(judgement: Judgement, held: readonly Drift[]): string[] {
  const permitted = judgement.verdicts.flatMap(verdict =>
    verdict.kind === "permitted" && isByName(judgement, verdict.live.rule) ? [verdict.live] : [],
  );
  return [...permitted, ...held.map(({ live }) => live)].map(({ rule }) => formatRule(rule));
}

// Addresses that are permitted never meet a list: it is permitted by what it holds then.
function isByName({ policy }: Judgement, rule: Rule): boolean {
  if (rule.peer.kind !== "prefix-list") return true;
  const box = boxOf(rule);
  return [...policy.ingress, ...policy.egress].some(permit => boxesMeet(permit, box));
}

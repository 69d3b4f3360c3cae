// A judged group as `explain` shows it: the public JSON form, and the same for people. Judging is
// matrix/verdict.ts.
import { because } from "../matrix/because.ts";
import type { Mode } from "../matrix/document.ts";
import type { Exception } from "../matrix/exception.ts";
import type { LiveRule, SecurityGroup } from "../matrix/group.ts";
import { plainText } from "../matrix/plain-text.ts";
import { type Plan, planFor } from "../matrix/plan.ts";
import { groupPolicy, type Policy } from "../matrix/policy.ts";
import { formatRule } from "../matrix/rules/rule.ts";
import { judge, type ListView, type Verdict } from "../matrix/verdict.ts";
import { beside, paint, type Tone } from "./output.ts";

/** The public JSON form of one judged group. */
export interface Explanation {
  readonly group: string;
  readonly parts: readonly string[];
  readonly mode: Mode;
  readonly verdicts: readonly ExplainedRule[];
  readonly plan: ExplainedPlan;
}

export interface ExplainedRule {
  readonly rule: string;
  readonly ruleId?: string;
  readonly verdict: Verdict["kind"] | "unmanaged";
  readonly because: string;
  /** The part of a drifted rule that is permitted. */
  readonly kept?: readonly string[];
}

export interface ExplainedPlan {
  readonly modify: readonly { ruleId?: string; from: string; to: string }[];
  readonly revoke: readonly string[];
  readonly authorize: readonly string[];
  readonly withheld: readonly string[];
  /** Prefix lists of the account to be put back, where there are any. */
  readonly lists?: readonly string[];
}

/** What a group is judged by, beside the policy. */
export interface Situation {
  readonly ipv6: boolean;
  readonly exceptions: readonly Exception[];
  readonly now: number;
  readonly lists?: ListView;
}

/** Judges a group and says for each rule what it is and why, and what would be done. */
export function explainGroup(
  group: SecurityGroup,
  policy: Policy,
  situation: Situation,
): Explanation {
  const compiled = groupPolicy(policy, group, situation);
  if (!compiled) return unmanaged(group);
  const judgement = judge(group, compiled, situation.lists);
  return {
    group: group.id,
    parts: compiled.selection.parts,
    mode: compiled.mode,
    verdicts: judgement.verdicts.map(verdict => ({
      ...named(verdict.kind === "missing" ? verdict.line : verdict.live),
      verdict: verdict.kind,
      because: because(verdict, compiled),
      ...(verdict.kind === "drift" && verdict.kept.length > 0
        ? { kept: verdict.kept.map(formatRule) }
        : {}),
    })),
    plan: explainedPlan(planFor(judgement)),
  };
}

function unmanaged(group: SecurityGroup): Explanation {
  const reason = "no entry of the matrix selects this group";
  return {
    group: group.id,
    parts: [],
    mode: "observe",
    verdicts: group.rules.map(live => ({
      ...named(live),
      verdict: "unmanaged",
      because: reason,
    })),
    plan: { modify: [], revoke: [], authorize: [], withheld: [] },
  };
}

const named = ({ rule, ruleId }: Pick<LiveRule, "rule" | "ruleId">) =>
  ruleId === undefined ? { rule: formatRule(rule) } : { rule: formatRule(rule), ruleId };

function explainedPlan(plan: Plan): ExplainedPlan {
  const lists = plan.lists.map(({ list }) => list.id);
  return {
    modify: plan.modify.map(({ live, to }) => {
      const step = { from: formatRule(live.rule), to: formatRule(to) };
      return live.ruleId === undefined ? step : { ruleId: live.ruleId, ...step };
    }),
    revoke: plan.revoke.map(({ rule }) => formatRule(rule)),
    authorize: plan.authorize.map(({ rule }) => formatRule(rule)),
    withheld: plan.withheld,
    ...(lists.length > 0 && { lists }),
  };
}

/** Tells whether a group has drifted: a rule nothing permits, or a required one that is missing. */
export function hasDrift({ verdicts, plan }: Explanation): boolean {
  const isDrift = verdicts.some(({ verdict }) => verdict === "drift" || verdict === "missing");
  return isDrift || (plan.lists ?? []).length > 0;
}

const TONES: Readonly<Record<ExplainedRule["verdict"], Tone>> = {
  permitted: "good",
  excepted: "good",
  tolerated: "doubtful",
  waiting: "doubtful",
  unmanaged: "quiet",
  drift: "bad",
  missing: "bad",
};

/** Prints a judged group for people. */
export function explanationLines(explanation: Explanation, name: string): string[] {
  const { group, parts, mode, verdicts, plan } = explanation;
  const part = parts.length === 0 ? "no part of the matrix" : `${parts.join(" + ")}, mode ${mode}`;
  const title = [group, ...(name === "" ? [] : [plainText(name)])].join("  ");
  return [
    `${paint("title", title)}  (${part})`,
    ...(verdicts.length === 0 ? ["  no rules"] : []),
    ...verdicts.flatMap(verdictLines),
    ...planLines(plan),
  ];
}

function verdictLines({ rule, ruleId, verdict, because: why }: ExplainedRule): string[] {
  const id = ruleId === undefined ? "" : `  ${paint("quiet", ruleId)}`;
  const word = paint(TONES[verdict], verdict.padEnd(9));
  const reason = verdict === "unmanaged" ? [] : beside("", plainText(why, 2_000));
  return [`  ${word} ${rule}${id}`, ...reason];
}

function planLines({ modify, revoke, authorize, withheld, lists = [] }: ExplainedPlan): string[] {
  const steps = [
    ...lists.map(id => `put back ${id}`),
    ...modify.map(({ from, to }) => `narrow ${from} to ${to}`),
    ...authorize.map(rule => `authorize ${rule}`),
    ...revoke.map(rule => `revoke ${rule}`),
  ];
  return [
    ...steps.flatMap(step => beside("plan", step)),
    ...withheld.flatMap(step => beside("withheld", step)),
  ];
}

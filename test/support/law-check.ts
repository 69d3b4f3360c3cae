// Holds the code under test to the oracle's ruling on one case, and counts what kinds of case came
// by, so that a run that met none of a kind is seen.

import { type Plan, planFor } from "../../matrix/plan.ts";
import type { GroupPolicy } from "../../matrix/policy.ts";
import { formatRule } from "../../matrix/rules/rule.ts";
import type { Judgement } from "../../matrix/verdict.ts";
import { keptRules } from "../../matrix/verdict.ts";
import { judgementOf, type PlanText, planText, policyOf, statesOf } from "./law-subject.ts";
import type { Case, Mode } from "./oracle/case.ts";
import { lawfulAfter, packetsOfRules, permittedCount, type Ruling, rule } from "./oracle/law.ts";
import {
  both,
  describeFirst,
  either,
  isWithin,
  type PacketSet,
  without,
} from "./oracle/universe.ts";
import { type Tally, tallyCase } from "./tally.ts";

const MODES: readonly Mode[] = ["observe", "revoke", "enforce"];

/** Makes a plan of a judgement; a law that cannot tell a bad planner is none. */
export type Planner = (judgement: Judgement, mode: Mode) => Plan;

/** Checks one case and counts it; throws with what is wrong and where. */
export function checkLaw(c: Case, tally: Tally, planner: Planner = planFor): void {
  const policy = policyOf(c);
  const judgement = policy && judgementOf(c, policy, c.rules);
  const plans = new Map<Mode, PlanText>(
    MODES.map(mode => [mode, judgement ? planText(planner(judgement, mode)) : NOTHING]),
  );
  const written = [...plans.values()].flatMap(p => [...p.modify.map(m => m.to), ...p.authorize]);
  const kept = judgement?.verdicts.flatMap(keptRules).map(formatRule) ?? [];
  const ruling = rule(c, [...written, ...kept]);
  tallyCase(tally, c, ruling, plans.get("enforce") ?? NOTHING);
  checkRoles(ruling, policy);
  if (!policy || !judgement) return;
  checkConflict(ruling, policy);
  const trials = MODES.map((mode): Trial => {
    const plan = plans.get(mode) ?? NOTHING;
    return { c, mode, plan, ruling, policy, planner, states: statesOf(c.rules, plan) };
  });
  // A matrix that meets a forbid is refused before it can act; of it only the forbid itself is certain.
  trials.forEach(checkForbidden);
  if (ruling.conflict === "standing") return;
  checkVerdicts(ruling, judgement);
  checkRemainders(c, ruling, judgement);
  for (const law of [checkAfter, checkSteps, checkThrift, checkRest]) trials.forEach(law);
}

const NOTHING: PlanText = { modify: [], authorize: [], revoke: [] };

interface Trial {
  readonly c: Case;
  readonly mode: Mode;
  readonly plan: PlanText;
  readonly ruling: Ruling;
  readonly policy: GroupPolicy;
  readonly planner: Planner;
  /** The rule sets after each step. */
  readonly states: readonly (readonly string[])[];
}

function checkRoles({ roles }: Ruling, policy: GroupPolicy | undefined): void {
  const { parts = [], candidate = false } = policy?.selection ?? {};
  expectSame("parts", parts, roles.parts);
  expectSame("candidate", candidate, roles.isCandidate);
  expectSame("mode", policy?.mode ?? "observe", roles.mode);
}

function checkConflict({ conflict }: Ruling, policy: GroupPolicy): void {
  const isRefused = policy.conflicts.some(({ grant }) => grant.kind !== "exception");
  if (conflict === "on-demand") return;
  expectSame("a forbid is met", isRefused, conflict === "standing");
}

function checkVerdicts(ruling: Ruling, judgement: Judgement): void {
  const missing: string[] = [];
  for (const verdict of judgement.verdicts) {
    if (verdict.kind === "missing") missing.push(formatRule(verdict.line.rule));
    else {
      const text = formatRule(verdict.live.rule);
      expectSame(`the verdict on "${text}"`, verdict.kind, ruling.verdicts.get(text));
    }
  }
  const packets = (text: string) => packetsOfRules(ruling.universe, [text]);
  const absent = ruling.requiredRules.filter(text => !isWithin(packets(text), ruling.before));
  expectSame("missing", missing.toSorted(), absent.toSorted());
}

function checkRemainders(c: Case, ruling: Ruling, judgement: Judgement): void {
  for (const verdict of judgement.verdicts) {
    if (verdict.kind !== "drift") continue;
    const text = formatRule(verdict.live.rule);
    const most = permittedCount(c, ruling, text);
    if (verdict.kept.length > most) {
      throw new Error(`"${text}" falls into ${verdict.kept.length} rules, permitted are ${most}`);
    }
    const kept = packetsOfRules(ruling.universe, verdict.kept.map(formatRule));
    const own = both(packetsOfRules(ruling.universe, [text]), ruling.permitted);
    expectPackets(`the permitted part of "${text}"`, ruling, kept, own);
  }
}

function checkForbidden({ mode, ruling, states, c }: Trial): void {
  if (mode === "observe") return;
  const after = packetsOfRules(ruling.universe, states.at(-1) ?? c.rules);
  const open = both(after, ruling.forbidden);
  const first = describeFirst(ruling.universe, open);
  if (first !== undefined) throw new Error(`${mode} leaves a forbidden packet open: ${first}`);
}

function checkAfter({ mode, ruling, states, c }: Trial): void {
  const after = packetsOfRules(ruling.universe, states.at(-1) ?? c.rules);
  expectPackets(`after ${mode}`, ruling, after, lawfulAfter(ruling, mode));
}

function checkSteps({ mode, ruling, states }: Trial): void {
  const due = either(both(ruling.before, ruling.permitted), ruling.tolerated);
  for (const [index, rules] of states.entries()) {
    const open = packetsOfRules(ruling.universe, rules);
    if (isWithin(due, open)) continue;
    const cut = describeFirst(ruling.universe, without(due, open));
    throw new Error(`${mode} cuts ${cut} at step ${index + 1}`);
  }
}

// What the plan writes must not be open already by what it leaves alone or narrows to.
function checkThrift({ c, mode, plan, ruling }: Trial): void {
  const gone = [...plan.revoke, ...plan.modify.map(step => step.from)];
  const left = c.rules.filter(text => !gone.includes(text));
  const narrowed = plan.modify.map(step => step.to);
  for (const text of [...plan.authorize, ...narrowed]) {
    const others = [...left, ...narrowed.filter(other => other !== text)];
    const open = packetsOfRules(ruling.universe, others);
    if (isWithin(packetsOfRules(ruling.universe, [text]), open)) {
      throw new Error(`${mode} writes "${text}", which is open already`);
    }
  }
}

function checkRest({ c, mode, policy, planner, states }: Trial): void {
  if (mode === "observe") return;
  const after = states.at(-1) ?? c.rules;
  const again = planText(planner(judgementOf(c, policy, after), mode));
  expectSame(`the plan after ${mode}`, again, NOTHING);
}

function expectSame(what: string, actual: unknown, expected: unknown): void {
  const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (a !== b) throw new Error(`${what}: it says ${a}, the oracle ${b}`);
}

function expectPackets(what: string, { universe }: Ruling, is: PacketSet, due: PacketSet): void {
  if (!isWithin(is, due)) {
    throw new Error(`${what}: ${describeFirst(universe, without(is, due))} must not be in it`);
  }
  if (!isWithin(due, is)) {
    throw new Error(`${what}: ${describeFirst(universe, without(due, is))} is not in it`);
  }
}

// How each drift ended: read off what EC2 answered and off the last state, never assumed.
import type { Finding, Outcome } from "../../matrix/finding.ts";
import { formatRule, type Rule } from "../../matrix/rules/rule.ts";
import type { Judgement, ListDrift } from "../../matrix/verdict.ts";
import { HELD_BACK, isHeldBack } from "./audit/brake.ts";
import { type Drifted, draftFinding, draftListFinding, iso, type Setting } from "./draft.ts";
import { keyOf, type Progress } from "./progress.ts";

/** A drift this run met, with the judgement it was met in. */
export interface Met {
  readonly judgement: Judgement;
  readonly verdict: Drifted;
}

/** The finding of a drift with its outcome. */
export function conclude(
  setting: Setting,
  { judgement, verdict }: Met,
  progress: Progress,
  last: Judgement,
): Finding {
  const draft = draftFinding(setting, judgement, verdict);
  const end = endOf(verdict, draft, progress, last);
  const isOver = !end.startsWith("could-not");
  const isHeld = !isOver && isHeldBack(judgement, verdict, setting);
  const barred = isHeld ? "left-open" : barredOutcome(setting, judgement, verdict);
  const outcome = isOver ? end : (barred ?? end);
  const rules =
    verdict.kind === "missing" ? [verdict.line.rule] : [verdict.live.rule, ...verdict.kept];
  return {
    ...ended(setting, draft, outcome, progress, isHeld),
    ...(isHeld && { held: true }),
    after: isDone(outcome) ? draft.after.filter(text => !progress.owed.has(text)) : [],
    calls: callsNaming([...rules.map(formatRule), draft.ruleId], progress),
    owed: owedOf(rules, progress),
  };
}

/** The finding of a prefix list with its outcome. */
export function concludeList(
  setting: Setting,
  judgement: Judgement,
  drift: ListDrift,
  { progress, last }: { progress: Progress; last: Judgement },
): Finding {
  const draft = draftListFinding(setting, judgement, drift);
  const { id } = drift.list;
  const isBarred = setting.bar !== undefined || judgement.policy.mode === "observe";
  const isStanding = last.lists.some(({ list }) => list.id === id);
  // Every group that uses the list has a run of its own, and one of them is the first.
  const end = progress.narrowed.has(id) ? "put-back" : isStanding ? "could-not-close" : "gone";
  const outcome = isBarred && isStanding ? "left-open" : end;
  return { ...ended(setting, draft, outcome, progress), calls: callsNaming([id], progress) };
}

function barredOutcome(
  setting: Setting,
  { policy }: Judgement,
  verdict: Drifted,
): Outcome | undefined {
  if (setting.bar !== undefined || policy.mode === "observe") return "left-open";
  const isHeld = setting.hold !== undefined || policy.mode !== "enforce";
  return verdict.kind === "missing" && isHeld ? "reported" : undefined;
}

function endOf(verdict: Drifted, draft: Finding, progress: Progress, last: Judgement): Outcome {
  if (verdict.kind === "missing") {
    if (progress.wrote.has(draft.rule)) return "restored";
    const isMissing = last.verdicts.some(
      v => v.kind === "missing" && formatRule(v.line.rule) === draft.rule,
    );
    return isMissing ? "could-not-restore" : "gone";
  }
  const key = keyOf(verdict.live);
  if (progress.revoked.has(key) || progress.narrowed.has(key)) return draft.outcome;
  const isStanding = last.group.rules.some(live => keyOf(live) === key);
  if (isStanding) return "could-not-close";
  // Taken and not told of: our revoke is what made it go. Else somebody else was first.
  return progress.taken.has(key) ? draft.outcome : "gone";
}

const isDone = (outcome: Outcome): boolean =>
  outcome !== "left-open" && outcome !== "reported" && !outcome.startsWith("could-not");

function ended(
  setting: Setting,
  draft: Finding,
  outcome: Outcome,
  progress: Progress,
  isHeld = false,
): Finding {
  const failures = outcome.startsWith("could-not") ? progress.failures : [];
  const held = draft.kind === "missing" ? setting.hold : undefined;
  const brake = isHeld ? HELD_BACK : undefined;
  const bar = [setting.bar, held, brake].filter(reason => reason !== undefined);
  return {
    ...draft,
    outcome,
    // Connections are only cut, or not, where a rule went.
    notes: [...(isDone(outcome) ? draft.notes : []), ...failures, ...bar],
    ...(isDone(outcome) ? { closedAt: iso(setting.deps.clock()) } : {}),
  };
}

const callsNaming = (names: readonly (string | undefined)[], progress: Progress): string[] =>
  progress.calls.filter(call => names.some(name => name !== undefined && call.includes(name)));

const owedOf = (rules: readonly Rule[], progress: Progress): string[] =>
  rules.map(formatRule).filter(text => progress.owed.has(text));

// Drift that was over before it was looked at: an event says it was made, or that our own role took it
// away, and the group shows that it is gone. Somebody was faster, or a run died between its call and its
// intent. Who accounts for it is accounted.ts.
import type { Finding } from "../../matrix/finding.ts";
import type { LiveRule } from "../../matrix/group.ts";
import { covers, formatRule, parseRule } from "../../matrix/rules/rule.ts";
import type { Change, Trigger } from "../../matrix/trigger.ts";
import { type Judgement, judge } from "../../matrix/verdict.ts";
import { isSameRule } from "./accounted.ts";
import { concerns } from "./blame.ts";
import { type Drifted, draftFinding, iso, type Setting } from "./draft.ts";
import { isOwnCall } from "./impostor.ts";

/** The findings of drift that triggers tell of and that no read of this run showed. */
export function livedFindings(
  setting: Setting,
  judgement: Judgement,
  own: readonly Finding[],
): Finding[] {
  const { id } = judgement.group;
  return setting.triggers
    .flatMap(trigger => {
      const changes = trigger.changes.filter(change => concerns(change, id));
      const at = { ...setting, triggers: [trigger] };
      return isOwnCall(setting.deps, trigger)
        ? changes
            .flatMap(change => endedDrift(judgement, change))
            .map(verdict => unkeptFinding(at, judgement, verdict, trigger))
        : changes
            .flatMap(change => livedDrift(judgement, change))
            .map(verdict => goneFinding(at, judgement, verdict));
    })
    .filter(finding => !own.some(other => isSameRule(other, finding)));
}

function livedDrift(judgement: Judgement, change: Change): Drifted[] {
  return change.kind === "removed" ? livedGap(judgement, change) : livedRule(judgement, change);
}

// What a run ends: it takes away what is not permitted, and writes what is required.
function endedDrift(judgement: Judgement, change: Change): Drifted[] {
  if (change.kind === "removed") return livedRule(judgement, change);
  const { mode, required } = judgement.policy;
  return required
    .filter(({ rule }) => mode === "enforce" && formatRule(rule) === change.rule)
    .map(line => ({ kind: "missing", line }));
}

function livedRule(judgement: Judgement, change: Change): Drifted[] {
  const live = ruleOf(judgement, change);
  if (!live) return [];
  const text = formatRule(live.rule);
  const isStanding = judgement.group.rules.some(
    ({ rule, ruleId }) => formatRule(rule) === text && (!live.ruleId || ruleId === live.ruleId),
  );
  if (isStanding) return [];
  const { verdicts } = judge({ ...judgement.group, rules: [live] }, judgement.policy);
  return verdicts.filter(verdict => verdict.kind === "drift");
}

function ruleOf(judgement: Judgement, change: Change): LiveRule | undefined {
  const { ruleId } = change;
  const now = judgement.group.rules.find(live => ruleId !== undefined && live.ruleId === ruleId);
  const text = change.rule ?? textOf(change, now);
  const rule = text === undefined ? undefined : parseRule(text);
  return rule && { ...now, rule, ...(ruleId === undefined ? {} : { ruleId }) };
}

// A changed rule's record has no direction; the rule that stands under its id has.
function textOf({ content }: Change, now: LiveRule | undefined): string | undefined {
  if (content === undefined || !now) return undefined;
  const { direction } = now.rule;
  return `${direction} ${content.replace(/ (?=\S+$)/, direction === "ingress" ? " from " : " to ")}`;
}

// A required rule that was taken away and stands again under another id was put back by somebody.
function livedGap({ group, policy }: Judgement, change: Change): Drifted[] {
  const removed = change.rule === undefined ? undefined : parseRule(change.rule);
  if (!removed || change.ruleId === undefined) return [];
  return policy.required
    .filter(({ rule }) => covers(removed, rule))
    .filter(({ rule }) => {
      const text = formatRule(rule);
      return group.rules.some(
        live => formatRule(live.rule) === text && live.ruleId !== change.ruleId,
      );
    })
    .map(line => ({ kind: "missing", line }));
}

function goneFinding(setting: Setting, judgement: Judgement, verdict: Drifted): Finding {
  const draft = draftFinding(setting, judgement, verdict);
  return {
    ...draft,
    outcome: "gone",
    after: [],
    closedAt: iso(setting.deps.clock()),
    notes: [...draft.notes, "it was over before it was looked at"],
  };
}

// Its run has kept neither intent nor finding, so that the call's own record is all there is.
function unkeptFinding(
  setting: Setting,
  judgement: Judgement,
  verdict: Drifted,
  { at = setting.seenAt }: Trigger,
): Finding {
  const draft = draftFinding(setting, judgement, verdict);
  const standing = new Set(judgement.group.rules.map(({ rule }) => formatRule(rule)));
  return {
    ...draft,
    after: draft.after.filter(text => standing.has(text)),
    seenAt: iso(at),
    closedAt: iso(at),
    calls: [`${draft.kind === "missing" ? "authorize" : "revoke"} ${draft.rule}`],
    notes: [...draft.notes, "the run that did it was interrupted and kept no record of it"],
  };
}

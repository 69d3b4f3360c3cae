// Drift that is over and nobody recorded: an event says it was made, the group shows that it is
// gone, and no finding or intent accounts for it. Somebody was faster, or a run died between its
// call and its intent; either way what happened belongs on record.
import type { Finding } from "../../matrix/finding.ts";
import type { LiveRule } from "../../matrix/group.ts";
import { covers, formatRule, parseRule } from "../../matrix/rules/rule.ts";
import { type Change, ruleContent, type Trigger } from "../../matrix/trigger.ts";
import { type Judgement, judge } from "../../matrix/verdict.ts";
import { concerns } from "./blame.ts";
import { type Drifted, draftFinding, iso, type Setting } from "./draft.ts";

/** A finding's clock may be this much before an event's, which has whole seconds. */
const SLACK = 2_000;

/**
 * The findings of drift that triggers tell of and that was gone before this run could see it. Where
 * a run without an actor, an audit, was faster, its finding is told who it was.
 */
export async function livedFindings(
  setting: Setting,
  judgement: Judgement,
  own: readonly Finding[],
): Promise<Finding[]> {
  const { deps, triggers } = setting;
  const { id } = judgement.group;
  const lived = triggers.flatMap(trigger =>
    trigger.changes
      .filter(change => concerns(change, id))
      .flatMap(change => livedDrift(judgement, change))
      .map(verdict => goneFinding(setting, judgement, verdict, trigger))
      .filter(finding => !own.some(other => isSameRule(other, finding))),
  );
  if (lived.length === 0) return [];
  const [findings, intents] = await Promise.all([
    deps.findings.forGroup(id),
    deps.intents.forGroup(id),
  ]);
  const nameless = lived.filter(one => findings.some(other => !other.actor && isSame(other, one)));
  await Promise.all(nameless.map(one => deps.findings.record(one, openedAt(one))));
  const all = [...findings, ...intents.flatMap(intent => intent.findings)];
  return lived.filter(one => !all.some(other => isSame(other, one)));
}

function livedDrift(judgement: Judgement, change: Change): Drifted[] {
  return change.kind === "removed" ? livedGap(judgement, change) : livedRule(judgement, change);
}

function livedRule(judgement: Judgement, change: Change): Drifted[] {
  const live = ruleOf(judgement, change);
  if (!live) return [];
  const text = formatRule(live.rule);
  const isStanding = judgement.group.rules.some(
    ({ rule, ruleId }) => formatRule(rule) === text && (!live.ruleId || ruleId === live.ruleId),
  );
  if (isStanding) return [];
  const [verdict] = judge({ ...judgement.group, rules: [live] }, judgement.policy).verdicts;
  return verdict?.kind === "drift" ? [verdict] : [];
}

function ruleOf(judgement: Judgement, change: Change): LiveRule | undefined {
  const { ruleId } = change;
  const now = judgement.group.rules.find(live => ruleId !== undefined && live.ruleId === ruleId);
  const rule = parseRule(change.rule ?? textOf(change, now) ?? "");
  return rule && { ...now, rule, ...(ruleId === undefined ? {} : { ruleId }) };
}

// A changed rule's record has no direction; the rule that stands under its id has.
function textOf({ content }: Change, now: LiveRule | undefined): string | undefined {
  if (content === undefined || !now) return undefined;
  const { direction } = now.rule;
  const [peer = "", ...shape] = content.split(" ").reverse();
  const words = shape.reverse().join(" ");
  const text = `${direction} ${words} ${direction === "ingress" ? "from" : "to"} ${peer}`;
  return ruleContent(text) === content ? text : undefined;
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

function goneFinding(
  setting: Setting,
  judgement: Judgement,
  verdict: Drifted,
  trigger: Trigger,
): Finding {
  const draft = draftFinding({ ...setting, triggers: [trigger] }, judgement, verdict);
  return {
    ...draft,
    outcome: "gone",
    after: [],
    closedAt: iso(setting.deps.clock()),
    notes: [...draft.notes, "it was over before it was looked at"],
  };
}

const isSameRule = (a: Finding, b: Finding): boolean =>
  a.rule === b.rule && (a.ruleId === b.ruleId || b.kind === "missing");

// Of one rule an older finding is of an older drift.
const isSame = (known: Finding, lived: Finding): boolean =>
  isSameRule(known, lived) && Date.parse(known.closedAt ?? known.seenAt) >= openedAt(lived);

const openedAt = (finding: Finding): number =>
  Date.parse(finding.openedAt ?? finding.seenAt) - SLACK;

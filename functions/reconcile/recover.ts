// Finishes what a crash left: an intent without its findings. The group says how it ended; the
// intent says who and why.
import type { Finding, Intent } from "../../matrix/finding.ts";
import type { SecurityGroup } from "../../matrix/group.ts";
import { formatRule } from "../../matrix/rules/rule.ts";
import type { Trigger } from "../../matrix/trigger.ts";
import type { RunDeps } from "./deps.ts";
import { iso } from "./draft.ts";

/** A run that lives this long is over: a function's timeout is shorter. */
const ABANDONED = 60_000;

/** The intents nobody will finish any more: old ones, and those of an event delivered again. */
export function abandoned(
  deps: RunDeps,
  intents: readonly Intent[],
  triggers: readonly Trigger[],
): Intent[] {
  const ids = new Set(triggers.map(trigger => trigger.id));
  return intents.filter(intent => {
    const isOld = deps.clock() - Date.parse(intent.at) > ABANDONED;
    return isOld || intent.findings.some(finding => ids.has(finding.trigger.id));
  });
}

/** The findings of abandoned intents whose drift is gone; what still stands is the next run's. */
export function recovered(
  deps: RunDeps,
  intents: readonly Intent[],
  group: SecurityGroup | undefined,
): Finding[] {
  return intents
    .flatMap(intent => intent.findings)
    .filter(finding => isOver(finding, group))
    .map(finding => ({
      ...finding,
      closedAt: iso(deps.clock()),
      notes: [...finding.notes, "the run was interrupted; its end was read off the group later"],
    }));
}

function isOver(finding: Finding, group: SecurityGroup | undefined): boolean {
  if (!group) return true;
  const standing = group.rules.some(
    ({ rule, ruleId }) =>
      formatRule(rule) === finding.rule &&
      (finding.ruleId === undefined || ruleId === finding.ruleId),
  );
  return finding.kind === "missing" ? standing : !standing;
}

/** Gives a finding the actor that an abandoned intent knew. */
export function withKnownActor(finding: Finding, intents: readonly Intent[]): Finding {
  if (finding.actor) return finding;
  const known = intents
    .flatMap(intent => intent.findings)
    .find(other => other.rule === finding.rule && other.ruleId === finding.ruleId && other.actor);
  if (!known?.actor) return finding;
  const { actor, trigger, openedAt } = known;
  return { ...finding, actor, trigger, ...(openedAt === undefined ? {} : { openedAt }) };
}

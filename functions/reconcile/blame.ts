// Who made a rule, or took it away. A drift is laid at an actor only if his own record made that rule.
import type { LiveRule } from "../../matrix/group.ts";
import { covers, formatRule, parseRule, type Rule } from "../../matrix/rules/rule.ts";
import { type Change, ruleContent, type Trigger } from "../../matrix/trigger.ts";

/** The trigger whose record made a rule that stands on the group. */
export function makerOf(
  live: LiveRule,
  groupId: string,
  triggers: readonly Trigger[],
): Trigger | undefined {
  const text = formatRule(live.rule);
  return triggers.find(
    trigger =>
      trigger.changes.some(change => concerns(change, groupId) && madeRule(change, live, text)) ||
      (trigger.createdGroups?.includes(groupId) && isDefaultEgress(text)),
  );
}

/** The trigger whose record took away a rule that is required. */
export function removerOf(
  required: Rule,
  groupId: string,
  triggers: readonly Trigger[],
): Trigger | undefined {
  return triggers.find(trigger =>
    trigger.changes.some(change => {
      if (change.kind !== "removed" || !concerns(change, groupId) || !change.rule) return false;
      const removed = parseRule(change.rule);
      return removed !== undefined && covers(removed, required);
    }),
  );
}

/** Tells whether a change may be of a group: a record does not always say of which it is. */
export const concerns = (change: Change, groupId: string): boolean =>
  change.groupId === undefined || change.groupId === groupId;

function madeRule(change: Change, live: LiveRule, text: string): boolean {
  if (change.kind === "removed") return false;
  if (change.ruleId !== undefined && change.ruleId !== live.ruleId) return false;
  if (change.rule !== undefined) return change.rule === text;
  if (change.content !== undefined) return change.content === ruleContent(text);
  return change.ruleId !== undefined && change.kind === "added";
}

// CreateSecurityGroup adds these without an event of their own.
const isDefaultEgress = (text: string): boolean =>
  text === "egress all to 0.0.0.0/0" || text === "egress all to ::/0";

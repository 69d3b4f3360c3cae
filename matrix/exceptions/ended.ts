// Is a rule that drifts only what an exception had permitted, and did Portward open it? In revoke and
// enforce it is closed like any other drift; what differs is what the finding says, and mode observe.

import type { LiveRule } from "../group.ts";
import type { GroupPolicy } from "../policy.ts";
import { boxesMeet, boxOf, isCovered } from "../rules/box.ts";
import { formatRule, type Rule } from "../rules/rule.ts";
import { ruleDescription } from "../rules/rule-description.ts";

/** The exception that is over and without which a rule would not have stood; undefined for none. */
export function endedBy(rule: Rule, policy: GroupPolicy): { id: string } | undefined {
  const box = boxOf(rule);
  const met = policy.ended.find(permit => boxesMeet(permit, box));
  if (met?.grant.kind !== "exception") return undefined;
  const permits = rule.direction === "ingress" ? policy.ingress : policy.egress;
  const isWhole = isCovered(box, [...permits, ...policy.excepted, ...policy.ended]);
  return isWhole ? { id: met.grant.id } : undefined;
}

/**
 * Tells whether Portward itself opened a rule for an exception that is over: the very rule it asked
 * for, with the description that Portward gives. Somebody else's rule has neither reason to go.
 */
export function isOwnEnded({ rule, description }: LiveRule, policy: GroupPolicy): boolean {
  const text = formatRule(rule);
  return policy.endedLines.some(
    line => formatRule(line.rule) === text && ruleDescription(line) === description,
  );
}

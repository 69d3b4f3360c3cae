// A verdict's reason in one sentence; explain, alerts, findings and reports print this.
import { flowText, forbidText } from "./flows/flow.ts";
import type { Grant, Line } from "./flows/part.ts";
import { nearestFlow, nearestText } from "./nearest.ts";
import type { GroupPolicy } from "./policy.ts";
import { formatRule, type Rule } from "./rules/rule.ts";
import type { Verdict } from "./verdict.ts";

/** The rule a verdict speaks of. */
export function ruleOfVerdict(verdict: Verdict): Rule {
  return verdict.kind === "missing" ? verdict.line.rule : verdict.live.rule;
}

/** Says why a verdict is what it is. */
export function because(verdict: Verdict, policy: GroupPolicy): string {
  if (verdict.kind === "permitted")
    return `permitted by ${verdict.by.map(grantText).join(" and ")}`;
  if (verdict.kind === "excepted") {
    const until = new Date(verdict.until).toISOString();
    return `permitted by ${verdict.by.map(grantText).join(" and ")} until ${until}`;
  }
  if (verdict.kind === "tolerated") {
    return "on ports of an advised flow, touching no forbid: reported, not closed";
  }
  if (verdict.kind === "waiting") return `the contents of ${verdict.list} are not known yet`;
  if (verdict.kind === "missing") return `required by ${lineText(verdict.line)}, and not open`;
  return driftReason(verdict, policy);
}

function driftReason(drift: Extract<Verdict, { kind: "drift" }>, policy: GroupPolicy): string {
  const { kept, breaks, live } = drift;
  const part =
    kept.length === 0
      ? "nothing permits it"
      : `only a part of it is permitted: ${kept.map(formatRule).join(", ")}`;
  const nearest = nearestFlow(live.rule, policy);
  return [
    part,
    ...(breaks.length > 0 ? [`it breaks the forbid ${breaks.map(forbidText).join(" and ")}`] : []),
    ...(nearest ? [nearestText(nearest)] : ["no flow concerns this group"]),
  ].join("; ");
}

function lineText({ flow, exception }: Line): string {
  if (!exception) return flowText(flow);
  return `exception ${exception.id} until ${new Date(exception.until).toISOString()}`;
}

function grantText(grant: Grant): string {
  if (grant.kind === "flow") return flowText(grant.flow);
  if (grant.kind === "egress-open") return `the open egress of ${grant.part}`;
  return `exception ${grant.id}`;
}

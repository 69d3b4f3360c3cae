// Calls by Portward's own role that no run of Portward made: somebody else holds the role. Nothing
// is worse in this system, so it is a finding of its own and never filtered out of the events.
import type { Finding, Intent } from "../../matrix/finding.ts";
import { covers, parseRule } from "../../matrix/rules/rule.ts";
import type { Trigger } from "../../matrix/trigger.ts";
import { namedBy } from "../aws/stores/explanation.ts";
import type { RunDeps } from "./deps.ts";
import { iso } from "./draft.ts";

/** Tells whether a trigger is a call by one of our own roles. */
export function isOwnCall(deps: RunDeps, trigger: Trigger): boolean {
  const role = trigger.actor?.roleArn;
  return role !== undefined && deps.config.ownRoleArns.includes(role);
}

/**
 * Tells whether a finding or an intent of the group accounts for every change of an own call; with
 * `remainders` also for permitted rules that were part of drift which is on record.
 */
export async function isExplained(
  deps: RunDeps,
  trigger: Trigger,
  groupId: string,
  also?: "remainders",
): Promise<boolean> {
  const [findings, intents] = await Promise.all([
    deps.findings.forGroup(groupId),
    deps.intents.forGroup(groupId),
  ]);
  const { written } = namedBy(findings, intents);
  const taken = takenBy(findings, intents);
  return (
    trigger.changes.length > 0 &&
    trigger.changes.every(({ kind, ruleId = "", rule, content }) => {
      const text = rule ?? content ?? "";
      // A rule that was closed once explains no call that opens it again, whatever its id, and one
      // that was written once explains none that takes it away.
      if (kind === "removed") return taken.has(text) || taken.has(ruleId);
      return written.has(text) || (also !== undefined && isRemainder(text, findings));
    })
  );
}

function isRemainder(text: string, findings: readonly Finding[]): boolean {
  const rule = parseRule(text);
  return findings.some(finding => {
    const whole = finding.kind === "drift" ? parseRule(finding.rule) : undefined;
    return rule !== undefined && whole !== undefined && covers(whole, rule);
  });
}

/** What runs took away: rule texts, and the ids of rules that went by their id. */
function takenBy(findings: readonly Finding[], intents: readonly Intent[]): Set<string> {
  const all = [...findings, ...intents.flatMap(intent => intent.findings)];
  const steps = [...all.flatMap(({ calls }) => calls), ...intents.flatMap(({ plan }) => plan)];
  const revoked = steps.flatMap(step => /^revoke (.+)/.exec(step)?.[1]?.split(", ") ?? []);
  return new Set([
    ...all.flatMap(({ kind, rule }) => (kind === "drift" ? [rule] : [])),
    ...revoked.map(text => text.replace(" by id", "")),
  ]);
}

const CALLS =
  /^(?:Authorize|Revoke)SecurityGroup|^ModifySecurityGroupRules$|^ModifyManagedPrefixList$/;

/** Tells whether a run of Portward ever makes this call. */
export const isOurKind = ({ event = "" }: Trigger): boolean => CALLS.test(event);

/** The finding of a call that only our role can make and none of our runs did. */
export function impostorFinding(deps: RunDeps, trigger: Trigger, groupId: string): Finding {
  const { config, clock } = deps;
  const changes = trigger.changes.map(({ rule, content, ruleId }) => rule ?? content ?? ruleId);
  const what = changes.filter(Boolean).join(", ") || "a change that the record does not show";
  return {
    id: "",
    occurrence: 0,
    kind: "impostor",
    account: config.account,
    region: config.region,
    group: { id: groupId, name: "" },
    parts: [],
    mode: "observe",
    rule: `${trigger.event}: ${what}`,
    after: [],
    because: "made with Portward's own role, but by no run of Portward: somebody else holds it",
    trigger: {
      kind: trigger.kind,
      id: trigger.id,
      ...(trigger.event === undefined ? {} : { event: trigger.event }),
      ...(trigger.at === undefined ? {} : { at: iso(trigger.at) }),
    },
    ...(trigger.actor ? { actor: trigger.actor } : {}),
    outcome: "reported",
    ...(trigger.at === undefined ? {} : { openedAt: iso(trigger.at) }),
    seenAt: iso(clock()),
    calls: [],
    owed: [],
    notes: ["revoke the role's sessions and find out who assumed it"],
    matrixVersion: "",
  };
}

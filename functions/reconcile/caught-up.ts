// Has the read caught up with what the triggers say? An empty plan is believed only if it has: a
// change that no read of the run shows, and that nobody has dealt with since, may still appear.
import type { Finding } from "../../matrix/finding.ts";
import type { SecurityGroup } from "../../matrix/group.ts";
import { formatRule } from "../../matrix/rules/rule.ts";
import { type Change, ruleContent, type Trigger } from "../../matrix/trigger.ts";
import { concerns } from "./blame.ts";
import type { RunDeps } from "./deps.ts";

/** CloudTrail's clock has whole seconds. */
const SECOND = 1_000;

/**
 * Tells whether a trigger says something that none of these reads of the group shows and no finding
 * or intent accounts for; `known` are those at hand.
 */
export async function isBehind(
  deps: RunDeps,
  groupId: string,
  triggers: readonly Trigger[],
  reads: readonly (SecurityGroup | undefined)[],
  known: readonly Finding[] = [],
): Promise<boolean> {
  const unseen = triggers.flatMap(trigger =>
    reads
      .map(group => unseenChanges(trigger, groupId, group))
      .reduce((some, others) => some.filter(change => others.includes(change)))
      .map(change => ({ trigger, change })),
  );
  const isBy = (all: readonly Finding[]) =>
    unseen.every(({ trigger, change }) => all.some(one => isAbout(one, trigger, change)));
  if (isBy(known)) return false;
  const [findings, intents] = await Promise.all([
    deps.findings.forGroup(groupId),
    deps.intents.forGroup(groupId),
  ]);
  return !isBy([...known, ...findings, ...intents.flatMap(intent => intent.findings)]);
}

// What dealt with a rule before the event cannot have dealt with the event: the same rule may have
// been opened, or a rule given the same content, again.
function isAbout(finding: Finding, trigger: Trigger, { ruleId, rule, content }: Change): boolean {
  const isRule =
    (ruleId === undefined || finding.ruleId === ruleId || finding.kind === "missing") &&
    (rule === undefined || finding.rule === rule) &&
    (content === undefined || ruleContent(finding.rule) === content);
  const isLater = trigger.at === undefined || Date.parse(finding.seenAt) >= trigger.at + SECOND;
  return isRule && (isLater || sightingsOf(finding).includes(trigger.id));
}

const sightingsOf = (finding: Finding & { sightings?: readonly { id: string }[] }): string[] =>
  [finding.trigger, ...(finding.sightings ?? [])].map(({ id }) => id);

// The changes of a trigger that a read of the group does not show yet.
function unseenChanges(
  trigger: Trigger,
  groupId: string,
  group: SecurityGroup | undefined,
): Change[] {
  const changes = trigger.changes.filter(change => concerns(change, groupId));
  if (!group) return changes.filter(change => change.kind !== "removed");
  return changes.filter(change => !isSeen(change, group));
}

function isSeen(change: Change, group: SecurityGroup): boolean {
  const { ruleId, rule, content } = change;
  if (ruleId === undefined && rule === undefined) return true;
  const live = group.rules.find(({ rule: own, ruleId: id }) =>
    ruleId === undefined ? formatRule(own) === rule : id === ruleId,
  );
  if (change.kind === "removed") return live === undefined;
  if (!live) return false;
  return content === undefined || ruleContent(formatRule(live.rule)) === content;
}

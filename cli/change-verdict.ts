// What a matrix says of the rules a record made, offline: on groups that it names by id, as a record
// tells neither a group's name nor its tags.
import type { Reading } from "../functions/aws/cloudtrail.ts";
import type { MatrixDocument } from "../matrix/document.ts";
import { noPins } from "../matrix/flows/selection.ts";
import type { SecurityGroup } from "../matrix/group.ts";
import { makePolicy } from "../matrix/policy.ts";
import { parseRule } from "../matrix/rules/rule.ts";
import type { Change } from "../matrix/trigger.ts";
import { explainGroup } from "./explanation.ts";

/** One rule a record made, judged. */
export interface ChangeVerdict {
  readonly group: string;
  readonly rule: string;
  readonly verdict: string;
  readonly because: string;
}

/** Judges the rules a record says it added or changed. */
export function judgeChanges(document: MatrixDocument, reading: Reading): ChangeVerdict[] {
  if (reading.outcome !== "reconcile") return [];
  const { account, changes } = reading.trigger;
  return changes.flatMap(change => judgeChange(document, account, reading.groups[0], change));
}

function judgeChange(
  document: MatrixDocument,
  account: string,
  only: string | undefined,
  { kind, rule: text, groupId = only }: Change,
): ChangeVerdict[] {
  const rule = text === undefined ? undefined : parseRule(text);
  if (kind === "removed" || text === undefined || !rule || groupId === undefined) return [];
  const isNamed = Object.values(document.groups).some(({ id }) => id === groupId);
  if (!isNamed) {
    const because = `which part ${groupId} plays is not known offline: the matrix does not name its id`;
    return [{ group: groupId, rule: text, verdict: "unknown", because }];
  }
  const vpcId = document.vpcs[0];
  const alone: SecurityGroup = {
    ...{ id: groupId, owner: account, name: "", tags: {}, rules: [{ rule }] },
    ...(vpcId !== undefined && { vpcId }),
  };
  const lists = { account, get: () => undefined };
  const situation = { ipv6: true, exceptions: [], now: Date.now(), lists };
  const { verdicts } = explainGroup(alone, makePolicy(document, noPins), situation);
  return verdicts
    .filter(({ verdict }) => verdict !== "missing")
    .map(({ verdict, because }) => ({ group: groupId, rule: text, verdict, because }));
}

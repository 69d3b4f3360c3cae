// Findings that say that something stands open which does not: whoever closed it was not Portward, and
// no event told. They are brought to their end, so that the record says what is.
import type { Finding } from "../../../matrix/finding.ts";
import type { SecurityGroup } from "../../../matrix/group.ts";
import { formatRule } from "../../../matrix/rules/rule.ts";
import { iso } from "../draft.ts";
import { report } from "../report.ts";
import type { AuditContext } from "./context.ts";

/** Ends the open findings of a group that are over; the group may be gone itself. */
export async function closeBooks(
  { deps, triggerId }: AuditContext,
  group: SecurityGroup | undefined,
  open: readonly Finding[],
): Promise<void> {
  if (!deps) return;
  const over = open.filter(finding => isOver(finding, group));
  if (over.length === 0) return;
  const now = deps.clock();
  const trigger = { kind: "audit", id: triggerId, at: iso(now) };
  const ended = over.map(finding => ({
    ...finding,
    ...{ outcome: "gone" as const, closedAt: iso(now), owed: [], calls: [], trigger },
    notes: ["an audit found that it is over; no event told who ended it"],
  }));
  await report(deps, ended, { id: deps.newId(), readAt: now });
}

function isOver({ kind, rule, ruleId }: Finding, group: SecurityGroup | undefined): boolean {
  if (kind !== "drift" && kind !== "missing") return false;
  const standing = group?.rules.some(
    live =>
      formatRule(live.rule) === rule &&
      (ruleId === undefined || live.ruleId === undefined || live.ruleId === ruleId),
  );
  return kind === "missing" ? group === undefined || standing === true : standing !== true;
}

// Findings that say that something drifts which does not any more: somebody else closed it and no event
// told, or the policy changed. They are brought to their end, so that the record says what is.
import type { Finding, Outcome } from "../../../matrix/finding.ts";
import type { SecurityGroup } from "../../../matrix/group.ts";
import { formatRule } from "../../../matrix/rules/rule.ts";
import { iso } from "../draft.ts";
import { report } from "../report.ts";
import type { AuditContext } from "./context.ts";

/** What an audit sees of a group; nothing where the group is gone itself. */
interface Seen {
  readonly group?: SecurityGroup;
  /** The texts of what drifts now; undefined where no policy judges the group. */
  readonly drifting?: ReadonlySet<string>;
}

/** Ends the open findings of a group that are over. */
export async function closeBooks(
  { deps, triggerId }: AuditContext,
  seen: Seen,
  open: readonly Finding[],
): Promise<void> {
  if (!deps) return;
  const now = deps.clock();
  const trigger = { kind: "audit", id: triggerId, at: iso(now) };
  const ended = open.flatMap(finding => {
    const outcome = endOf(finding, seen);
    if (outcome === undefined) return [];
    const closed = { outcome, closedAt: iso(now), owed: [], calls: [], trigger };
    return [{ ...finding, ...closed, notes: [NOTES[outcome]] }];
  });
  await report(deps, ended, { id: deps.newId(), readAt: now });
}

type End = Extract<Outcome, "gone" | "permitted">;

const NOTES: Readonly<Record<End, string>> = {
  gone: "an audit found that it is over; no event told who ended it",
  permitted: "an audit found that the matrix in force, or an exception, has nothing against it",
};

function endOf({ kind, rule, ruleId }: Finding, { group, drifting }: Seen): End | undefined {
  if (kind !== "drift" && kind !== "missing") return undefined;
  const isStanding = group?.rules.some(
    live =>
      formatRule(live.rule) === rule &&
      (ruleId === undefined || live.ruleId === undefined || live.ruleId === ruleId),
  );
  const isGone = kind === "missing" ? group === undefined || isStanding : !isStanding;
  if (isGone) return "gone";
  return drifting === undefined || drifting.has(rule) ? undefined : "permitted";
}

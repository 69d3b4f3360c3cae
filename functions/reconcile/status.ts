// What is in force in the account and what happened last, as one value: what `portward status` prints
// and GET /status answers. It changes nothing.
import { type AuditReport, isDrift } from "../../matrix/audit/report.ts";
import type { Deps } from "./deps.ts";

const LAST = 5;

export type Status = Awaited<ReturnType<typeof readStatus>>;

/** Reads the status of the account and region. */
export async function readStatus(deps: Deps) {
  const { account, region, stage } = deps.config;
  const [summary, findings, dirty, depths] = await Promise.all([
    deps.policy.activeSummary(),
    deps.findings.list({ limit: LAST }),
    deps.intents.dirtyGroups(),
    deps.queue.depths(),
  ]);
  const { active, pauses, holds } = summary;
  const stored = active && (await deps.policy.readMatrix(active));
  const [lastEvent, lastAudit] = await Promise.all([
    deps.lastEvent.read(),
    deps.jobs.latest("audit"),
  ]);
  return {
    ...{ account, region, stage },
    matrix:
      active && stored
        ? {
            name: stored.document.matrix,
            mode: stored.document.mode,
            version: active.version,
            sha: active.sha,
            by: active.by,
            at: active.at,
            orphans: Object.entries(stored.pins.groups).flatMap(([entry, groups]) =>
              groups.length === 0 ? [entry] : [],
            ),
          }
        : null,
    ...{ pauses, holds, findings, dirty, ...depths },
    lastEvent: lastEvent ?? null,
    lastAudit: lastAudit ? auditSummary(lastAudit.result as AuditReport) : null,
  };
}

/** The last audit in a few numbers. */
function auditSummary({ id, endedAt, findings, missed = 0, planId }: AuditReport) {
  const count = (kind: string) => findings.filter(finding => finding.kind === kind).length;
  const plumbing = findings.flatMap(one => (one.kind === "plumbing" ? [one.because] : []));
  return {
    ...{ id, endedAt, missed, plumbing },
    drift: findings.filter(isDrift).length,
    exceptions: count("exception"),
    exposures: count("exposure"),
    ...(planId === undefined ? {} : { planId }),
  };
}

// An audit as a job: by the clock, by the API, by a direct call. All are stored and found the same way,
// and one that is out of time is handed to the next run of the function with its state.
import type { AuditReport } from "../../../matrix/audit/report.ts";
import type { ClaimedJob, Job } from "../../aws/stores/job-item.ts";
import type { Deps } from "../deps.ts";
import { runAudit } from "./audit.ts";
import { applyHeld } from "./held.ts";
import { fromRun } from "./repair.ts";
import { type AuditState, addFinding, newState, reportOf } from "./state.ts";

type AuditJob = Extract<ClaimedJob, { kind: "audit" }>;

/** What became of an audit. */
export type AuditAnswer =
  | { readonly kind: "done"; readonly report: AuditReport }
  | { readonly kind: "refused"; readonly code: string; readonly because: string }
  /** Another run goes on with it. */
  | { readonly kind: "handed-over"; readonly id: string };

/** Asks for an audit and does it at once, as far as the time goes. */
export async function auditNow(
  deps: Deps,
  asked: { by: string; apply?: string },
  options: { isLate?: () => boolean; progress?: (text: string) => void } = {},
): Promise<AuditAnswer> {
  const input = asked.apply === undefined ? {} : { apply: asked.apply };
  const job = await deps.jobs.request({ kind: "audit", by: asked.by, input, isOwn: true });
  return (await auditJob(deps, job.id, options)) ?? { kind: "handed-over", id: job.id };
}

/** Does a job if nobody else is at it; undefined otherwise. */
export async function auditJob(
  deps: Deps,
  id: string,
  options: { isLate?: () => boolean; progress?: (text: string) => void } = {},
): Promise<AuditAnswer | undefined> {
  const job = await deps.jobs.claim(id);
  if (job?.kind !== "audit") return undefined;
  const state = (job.input.state as AuditState | undefined) ?? newState(deps.clock());
  const refused = await applyFirst(deps, job, state);
  if (refused) {
    const { code, because } = refused;
    await deps.jobs.finish(job, { state: "refused", code, because });
    return { kind: "refused", code, because };
  }
  await runAudit(deps, triggerOf(job), state, options);
  if (state.phase !== "over") {
    await deps.jobs.handOver(job, { state });
    return { kind: "handed-over", id };
  }
  const { account, region } = deps.config;
  const report = reportOf(state, { id, account, region, endedAt: deps.clock() });
  await deps.jobs.finish(job, { state: "done", result: report });
  return { kind: "done", report };
}

const triggerOf = ({ id }: Pick<Job, "id">): string => `audit-${id}`;

/** Carries out the plan an audit was asked to apply; a job that was handed over has done so. */
async function applyFirst(deps: Deps, job: AuditJob, state: AuditState) {
  const { apply } = job.input;
  if (apply === undefined) return undefined;
  const applied = await applyHeld(deps, apply, triggerOf(job));
  if (applied.kind === "refused") return applied;
  for (const finding of applied.runs.flatMap(({ findings }) => findings)) {
    addFinding(state, fromRun(deps.config.scope, finding));
  }
  return undefined;
}

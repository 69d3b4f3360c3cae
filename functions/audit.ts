// The Lambda function of audits: called by the clock, by a job on the bus, or by hand with
// {"audit": true, "apply": "p-…"}. Every way is a job, so each audit is found by its id.
import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import type { Context } from "aws-lambda";
import type { AuditReport } from "../matrix/audit/report.ts";
import { type AwsAccount, connect } from "./aws/account.ts";
import { ownAccount } from "./aws/own-account.ts";
import { type AuditAnswer, auditJob, auditNow } from "./reconcile/audit/job.ts";
import { keepReport } from "./reconcile/audit/keep-report.ts";
import { runApplyJob, runPlanJob } from "./reconcile/matrix-jobs.ts";
import { measured } from "./wiring/measures.ts";
import { jobDetailType, ownSource } from "./wiring/triggers.ts";

/** A scheduled event, a job's event, or a call by hand. */
export interface AuditEvent {
  readonly source?: string;
  readonly "detail-type"?: string;
  readonly detail?: unknown;
  readonly audit?: boolean;
  readonly apply?: string;
}

/** What a run needs to hand its work over in time. */
const RESERVE_MS = 60_000;

/** The handler for an account; the local account and tests make their own. */
export function audit(account: () => AwsAccount) {
  return async (
    event: AuditEvent,
    context: Pick<Context, "getRemainingTimeInMillis">,
  ): Promise<AuditAnswer | undefined> => {
    const aws = account();
    const isLate = () => context.getRemainingTimeInMillis() < RESERVE_MS;
    const answer = await answerTo(event, aws, isLate);
    if (answer?.kind === "done") {
      noteReport(aws, answer.report);
      await keepReport(aws, answer.report);
    }
    return short(answer);
  };
}

async function answerTo(
  event: AuditEvent,
  aws: AwsAccount,
  isLate: () => boolean,
): Promise<AuditAnswer | undefined> {
  if (event.source === ownSource && event["detail-type"] === jobDetailType) {
    return runJob(aws, event.detail, isLate);
  }
  if (event.audit === true) {
    const apply = event.apply === undefined ? {} : { apply: event.apply };
    return auditNow(aws, { by: "invoke", ...apply }, { isLate });
  }
  if (event.source !== "aws.events" && event.source !== "aws.scheduler") {
    throw new Error('it takes a scheduled event, a job, or {"audit": true}');
  }
  return auditNow(aws, { by: "schedule" }, { isLate });
}

function noteReport({ config, clock, log }: AwsAccount, report: AuditReport): void {
  const { id, missed } = report;
  const drifts = report.findings.filter(({ kind }) => kind === "drift" || kind === "missing");
  const announced = missed === undefined ? {} : { MissedEvents: missed };
  const counts = { AuditedDrifts: drifts.length, ...announced };
  log.info("audited", { id, ...measured(config.stage, clock(), counts) });
}

async function runJob(aws: AwsAccount, detail: unknown, isLate: () => boolean) {
  const { id, kind } = Object(detail) as { id?: unknown; kind?: unknown };
  if (typeof id !== "string") throw new Error("the event names no job");
  if (kind === "audit") return auditJob(aws, id, { isLate });
  await runMatrixJob(aws, id);
  return undefined;
}

async function runMatrixJob(aws: AwsAccount, id: string): Promise<void> {
  const job = await aws.jobs.claim(id);
  if (job?.kind === "plan") await aws.jobs.finish(job, await runPlanJob(aws, job.input));
  if (job?.kind === "apply") await aws.jobs.finish(job, await runApplyJob(aws, job.input, job.by));
}

// A function answers with 6 MB at most; the whole report is the job's result.
function short<A extends AuditAnswer | undefined>(answer: A): A {
  if (answer?.kind !== "done") return answer;
  const { findings } = answer.report;
  const report = {
    ...answer.report,
    findings: findings.slice(0, 200),
    audited: [],
    interfaces: [],
  };
  return { ...answer, report: { ...report, reaches: [] } };
}

export const handler = middy<AuditEvent, AuditAnswer | undefined>()
  .use(injectLambdaContext(new Logger({ serviceName: "portward" })))
  .handler(audit(ownAccount(connect)));

// A full audit as the command line asks for it: by what is in force in an account, with everything it
// does there; or by matrix files, read-only, with nothing installed.

import type { PageInput } from "../matrix/audit/page/page.ts";
import type { AuditReport } from "../matrix/audit/report.ts";
import type { MatrixDocument } from "../matrix/document.ts";
import { inputError } from "../matrix/errors.ts";
import { resolvePins } from "../matrix/flows/selection.ts";
import { makePolicy } from "../matrix/policy.ts";
import { listsNamed } from "./named.ts";
import type { Target } from "./target.ts";

/** All that a read-only audit calls. */
const READ_RIGHTS = [
  ...["ec2:DescribeSecurityGroups", "ec2:DescribeNetworkInterfaces"],
  ...["ec2:DescribeManagedPrefixLists", "ec2:GetManagedPrefixListEntries"],
  ...["ec2:DescribeVpcs", "sts:GetCallerIdentity"],
];

/** The page shows 30 days of findings as bars: more than this tells nothing more. */
const MOST_FINDINGS = 10_000;

/** Audits the account by what is in force there, or closes what an earlier audit held back. */
export async function auditInForce(
  target: Target,
  apply: string | true | undefined,
): Promise<AuditReport> {
  const [aws, { auditNow }] = await Promise.all([
    target.connect(),
    import("../functions/reconcile/audit/job.ts"),
  ]);
  if (apply === true) {
    const last = (await aws.jobs.latest("audit"))?.result as AuditReport | undefined;
    const cure = last?.planId
      ? `the last audit held back ${last.planId}`
      : "the last audit held back nothing";
    throw inputError("option.apply", "--apply takes the id of the plan", cure);
  }
  const by = await target.caller();
  const asked = apply === undefined ? { by } : { by, apply };
  const answer = await auditNow(aws, asked, { progress });
  endProgress();
  if (answer.kind === "refused") {
    throw inputError(`audit.${answer.code}`, answer.because, "portward audit makes a new plan");
  }
  if (answer.kind === "handed-over") throw new Error(`audit ${answer.id} goes on elsewhere`);
  return answer.report;
}

/** What the page shows beside a report: the matrix in force, what it opens by exception, what was done. */
export async function besideReport(target: Target): Promise<Omit<PageInput, "report">> {
  const aws = await target.connect();
  const [{ active }, exceptions, findings] = await Promise.all([
    aws.policy.readPolicy(),
    aws.exceptions.standing(Date.now()),
    aws.findings.list({ limit: MOST_FINDINGS }),
  ]);
  if (!active) return { exceptions, findings };
  const { document, pins } = await aws.policy.readMatrix(active);
  return { exceptions, findings, document, pins };
}

/** Audits an account by a matrix that is not in force; it only reads. */
export async function auditReadOnly(target: Target, document: MatrixDocument): Promise<PageInput> {
  const place = { account: target.account, region: target.region };
  const startedAt = Date.now();
  const [{ auditFrom }, { newState, reportOf }, reader] = await Promise.all([
    import("../functions/reconcile/audit/audit.ts"),
    import("../functions/reconcile/audit/state.ts"),
    target.reader(),
  ]);
  const state = newState(startedAt);
  try {
    const [groups, lists] = await Promise.all([
      reader.region.groups(),
      reader.lists.read(listsNamed(document)),
    ]);
    const pins = resolvePins(document, groups, lists);
    const policy = makePolicy(document, pins, "file");
    // Who plays a part has to be known before a group is judged, and two reads would be of two times.
    const region = { ...reader.region, groupPage: async () => ({ items: groups }) };
    const world = { ...reader, region, clock: Date.now, sleep };
    await auditFrom(world, { ...place, policy }, state, { progress });
    endProgress();
    const report = reportOf(state, { id: "", ...place, endedAt: Date.now() });
    return { report, document, pins };
  } catch (thrown) {
    throw withRights(thrown);
  }
}

function withRights(thrown: unknown): unknown {
  const isDenied =
    thrown instanceof Error && /Unauthorized|AccessDenied|AuthFailure/.test(thrown.name);
  if (!isDenied) return thrown;
  const needed = READ_RIGHTS.join(", ");
  return new Error(`${thrown.message}; it needs these rights to read: ${needed}`, {
    cause: thrown,
  });
}

const sleep = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms));

// On a terminal only: one line that is written over.
function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
}

function endProgress(): void {
  if (process.stderr.isTTY) process.stderr.write("\r\u001b[K");
}

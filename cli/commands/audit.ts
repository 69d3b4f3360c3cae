// The full audit from a terminal: of an account Portward is deployed in, with everything it does there;
// or by matrix files, read-only, with nothing installed.

import { writeFileSync } from "node:fs";
import { Command } from "commander";
import { type AuditReport, isDrift } from "../../matrix/audit/report.ts";
import { inputError } from "../../matrix/errors.ts";
import { resolvePins } from "../../matrix/flows/selection.ts";
import { makePolicy } from "../../matrix/policy.ts";
import { printReport } from "../audit-report.ts";
import { action, CLEAN, DRIFT, type ExitCode } from "../exit-code.ts";
import { readMatrixFiles } from "../matrix-files.ts";
import { listsNamed } from "../named.ts";
import { type AccountOptions, withAccount, withJson, withMatrix } from "../option.ts";
import { print, printAccount } from "../output.ts";
import { openTarget, type Target } from "../target.ts";

interface AuditOptions extends AccountOptions {
  readonly matrix?: string[];
  readonly apply?: string | true;
  readonly out?: string;
}

const EXAMPLES = `
Without --matrix the account is audited by the matrix in force there, and what its mode lets be
repaired is repaired. With --matrix nothing is written anywhere, and nothing need be installed.

Examples:
  $ npx portward audit
  $ npx portward audit --matrix flows.yaml --aws --json --out audit.json
  $ npx portward audit --apply p-0a1b2c3d4e5f`;

/** All that a read-only audit calls. */
const READ_RIGHTS = [
  ...["ec2:DescribeSecurityGroups", "ec2:DescribeNetworkInterfaces"],
  ...["ec2:DescribeManagedPrefixLists", "ec2:GetManagedPrefixListEntries"],
  ...["ec2:DescribeVpcs", "sts:GetCallerIdentity"],
];

export const command = withMatrix(withAccount(withJson(new Command("audit"))), false)
  .description(
    "Judge every group of the region, repair what the mode lets be, say what reaches what.",
  )
  .option("--apply [plan-id]", "close exactly what an earlier audit held back under this plan")
  .option("--out <file>", "write the report as JSON to a file as well")
  .addHelpText("after", EXAMPLES)
  .action(action(run));

async function run(options: AuditOptions): Promise<ExitCode> {
  if (options.apply !== undefined && options.matrix) {
    throw inputError("option.apply", "--matrix only reads", "leave out --matrix or --apply");
  }
  const target = await openTarget(options);
  const report = options.matrix
    ? await readOnly(target, options.matrix)
    : await inForce(target, options.apply);
  printAccount(target.title, options.json);
  if (options.out !== undefined) {
    writeFileSync(options.out, `${JSON.stringify(report, null, 2)}\n`);
    if (!options.json) print(`written to ${options.out}`);
  }
  printReport(report, options);
  return report.findings.some(isDrift) ? DRIFT : CLEAN;
}

async function inForce(target: Target, apply: string | true | undefined): Promise<AuditReport> {
  const [aws, { auditNow }] = await Promise.all([
    target.connect(),
    import("../../functions/reconcile/audit/job.ts"),
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

async function readOnly(target: Target, files: readonly string[]): Promise<AuditReport> {
  const document = readMatrixFiles(files);
  const { account, region } = target;
  const startedAt = Date.now();
  const [{ auditFrom }, { newState, reportOf }, reader] = await Promise.all([
    import("../../functions/reconcile/audit/audit.ts"),
    import("../../functions/reconcile/audit/state.ts"),
    target.reader(),
  ]);
  const state = newState(startedAt);
  try {
    const [groups, lists] = await Promise.all([
      reader.groups.list(),
      reader.lists.read(listsNamed(document)),
    ]);
    const policy = makePolicy(document, resolvePins(document, groups, lists), "file");
    const world = { ...reader, clock: Date.now, sleep };
    await auditFrom(world, { account, region, policy }, state, { progress });
  } catch (thrown) {
    throw withRights(thrown);
  }
  endProgress();
  return reportOf(state, { id: "", account, region, endedAt: Date.now() });
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

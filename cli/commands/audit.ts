// The full audit from a terminal, in the form that is asked for, and what to do next.
import { Command } from "commander";
import { type AuditReport, isDrift } from "../../matrix/audit/report.ts";
import { isRepaired } from "../../matrix/audit/report-words.ts";
import { inputError } from "../../matrix/errors.ts";
import { auditInForce, auditReadOnly, besideReport } from "../auditing.ts";
import { action, CLEAN, DRIFT, type ExitCode } from "../exit-code.ts";
import { readMatrixFiles } from "../matrix-files.ts";
import { type AccountOptions, withAccount, withJson, withMatrix } from "../option.ts";
import { print, printAccount } from "../output.ts";
import { formOf, type ReportOptions, withReport, writeReport } from "../report-forms.ts";
import { openTarget } from "../target.ts";

interface AuditOptions extends AccountOptions, ReportOptions {
  readonly matrix?: string[];
  readonly apply?: string | true;
}

const EXAMPLES = `
Without --matrix the account is audited by the matrix in force there, and what its mode lets be
repaired is repaired. With --matrix nothing is written anywhere, and nothing need be installed.
Exit codes: 0 clean, 1 drift found, 2 bad input, 3 failure.

Examples:
  $ npx portward audit
  $ npx portward audit --out audit.html
  $ npx portward audit --matrix flows.yaml --aws --json --out audit.sarif
  $ npx portward audit --apply p-0a1b2c3d4e5f`;

export const command = withReport(withMatrix(withAccount(withJson(new Command("audit"))), false))
  .description(
    "Judge every group of the region, repair what the mode lets be, say what reaches what.",
  )
  .option("--apply [plan-id]", "close exactly what an earlier audit held back under this plan")
  .addHelpText("after", EXAMPLES)
  .action(action(run));

async function run(options: AuditOptions): Promise<ExitCode> {
  const { matrix, apply, json, format, out } = options;
  if (apply !== undefined && matrix) {
    throw inputError("option.apply", "--matrix only reads", "leave out --matrix or --apply");
  }
  const document = matrix && readMatrixFiles(matrix);
  const target = await openTarget(options);
  const input = document
    ? await auditReadOnly(target, document)
    : {
        report: await auditInForce(target, apply),
        ...(formOf(options) === "html" && (await besideReport(target))),
      };
  // A file takes the form that is asked for; the terminal tells all the same, or prints JSON.
  const told = json ? "json" : "table";
  const shown = out === undefined ? (format ?? told) : told;
  const isTold = shown === "table";
  printAccount(target.title, !isTold);
  writeReport(input, { format: shown });
  if (out !== undefined) writeReport(input, options);
  if (isTold && out !== undefined) print(`written to ${out}`);
  if (isTold) print(`next: ${nextStep(input.report, options)}`);
  return input.report.findings.some(isDrift) ? DRIFT : CLEAN;
}

function nextStep(report: AuditReport, { matrix: files, apply }: AuditOptions): string {
  const { matrix, planId, findings } = report;
  const open = findings.filter(one => isDrift(one) && !isRepaired(one) && !one.held).length;
  const named = files?.join(" ") ?? "FILE";
  const plan = `portward matrix plan --matrix ${named}`;
  if (!matrix) return "portward matrix import --from live --out matrix.yaml";
  if (planId !== undefined && planId !== apply) {
    return `if the matrix is right: portward audit --apply ${planId}; if not, correct it: ${plan}`;
  }
  if (files && open > 0)
    return `permit what is needed in ${named}, take back the rest, and audit again`;
  if (files) return plan;
  if (matrix.mode === "observe" && open > 0) {
    return `permit what is needed (a flow, or portward exception request), take back the rest, and audit again`;
  }
  if (open > 0) {
    const isPaused = findings.some(({ kind, rule }) => kind === "pause" && rule === "paused");
    return isPaused ? "portward resume, when it is over" : "portward finding list";
  }
  if (findings.some(({ kind, severity }) => kind === "exposure" && severity !== "low")) {
    return "take a group off what is exposed, or narrow its rules, and audit again";
  }
  if (matrix.mode === "enforce") return "portward status";
  return `write mode: ${matrix.mode === "observe" ? "revoke" : "enforce"} into the matrix, then ${plan}`;
}

// A saved audit in another form. Nothing is read but files: the page's picture wants the matrix, its
// timeline the findings.
import { Command } from "commander";
import type { PageInput } from "../../matrix/audit/page/page.ts";
import { inputError } from "../../matrix/errors.ts";
import type { Finding } from "../../matrix/finding.ts";
import { readExceptions } from "../exceptions-file.ts";
import { action, CLEAN, type ExitCode } from "../exit-code.ts";
import { readJsonInputs } from "../input-file.ts";
import { readMatrixFiles } from "../matrix-files.ts";
import { withMatrix } from "../option.ts";
import { type ReportOptions, withReport, writeReport } from "../report-forms.ts";
import { readReport } from "../report-schema.ts";

interface Options extends ReportOptions {
  readonly from: string;
  readonly matrix?: string[];
  readonly findings?: string;
  readonly exceptions?: string;
}

const EXAMPLES = `
Examples:
  $ npx portward audit --json > audit.json
  $ npx portward report --from audit.json --format csv --out audit.csv
  $ npx portward finding list --limit 1000 --json > findings.json
  $ npx portward report --from audit.json --matrix flows.yaml --findings findings.json --format html --out audit.html`;

export const command = withMatrix(withReport(new Command("report")), false)
  .description("Write a saved audit as a table, JSON, CSV, SARIF, OCSF or one HTML page.")
  .requiredOption("--from <file>", "what `audit --json` printed; - is standard input")
  .option("--findings <file>", "what `finding list --json` printed, for the page's timeline")
  .option("--exceptions <file>", "JSON array of exceptions, for the page's picture")
  .addHelpText("after", EXAMPLES)
  .action(action(run));

async function run(options: Options): Promise<ExitCode> {
  const { from, matrix, findings, exceptions } = options;
  const input: PageInput = {
    report: readReport(from),
    ...(matrix && { document: readMatrixFiles(matrix) }),
    ...(findings !== undefined && { findings: readFindings(findings) }),
    ...(exceptions !== undefined && { exceptions: readExceptions(exceptions) }),
  };
  writeReport(input, options);
  return CLEAN;
}

/** Findings as they are stored; of the fields only those the timeline shows are looked at. */
function readFindings(file: string): Finding[] {
  const [input] = readJsonInputs([file]);
  if (Array.isArray(input?.json) && input.json.every(isFinding)) return input.json;
  const cure = "`portward finding list --json` prints them";
  throw inputError("report.findings", `${file} holds no list of findings`, cure);
}

function isFinding(one: unknown): one is Finding {
  const { id, rule, seenAt, group, parts, kind, outcome, trigger, actor } = Object(one);
  const isActor = actor === undefined || typeof Object(actor).name === "string";
  const isGroup = typeof Object(group).id === "string" && typeof Object(group).name === "string";
  const words = [id, rule, seenAt, kind, outcome, Object(trigger).kind];
  const areTexts = [words, parts].every(
    list => Array.isArray(list) && list.every(word => typeof word === "string"),
  );
  return isActor && isGroup && areTexts && !Number.isNaN(Date.parse(seenAt));
}

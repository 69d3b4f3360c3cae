// Puts matrix files into force as their plan says. Refused where the plan closes live rules that
// nobody accepted, or where the account or the version in force has moved since.
import { Command } from "commander";
import { compileMatrix } from "../../../matrix/compile.ts";
import { applyFrom } from "../../applying.ts";
import { action, type ExitCode } from "../../exit-code.ts";
import { readMatrixFiles } from "../../matrix-files.ts";
import { type AccountOptions, withAccount, withJson, withMatrix } from "../../option.ts";
import { openTarget } from "../../target.ts";

interface ApplyOptions extends AccountOptions {
  readonly matrix: string[];
  readonly note?: string;
  readonly accept?: string;
  readonly yes?: boolean;
}

const EXAMPLES = `
A plan that closes or narrows live rules is carried out only with --accept and its id, and no further
than it says. The first matrix of an account is put in observe, unless --yes. Every apply is told to
people with its differences. Refused: exit code 1.

Examples:
  $ npx portward matrix apply --matrix flows.yaml
  $ npx portward matrix apply --matrix flows.yaml prod.yaml --aws --note "one more runner"
  $ npx portward matrix apply --matrix flows.yaml --accept p-0123456789ab`;

export const command = withMatrix(withAccount(withJson(new Command("apply"))))
  .description("Put a matrix into force, as its plan says.")
  .option("--note <text>", "why, for the history")
  .option("--accept <plan-id>", "carry out this plan although it closes live rules")
  .option("--yes", "let the first matrix of the account be in the mode it says")
  .addHelpText("after", EXAMPLES)
  .action(action(run));

async function run(options: ApplyOptions): Promise<ExitCode> {
  const document = readMatrixFiles(options.matrix);
  compileMatrix(document);
  const target = await openTarget(options);
  const { accept, yes, json } = options;
  const files = options.matrix.join(" ");
  return applyFrom(target, document, {
    note: options.note ?? `files ${options.matrix.join(", ")}`,
    again: `portward matrix apply --matrix ${files}`,
    ...(accept === undefined ? {} : { accept }),
    ...(yes === undefined ? {} : { yes }),
    ...(json === undefined ? {} : { json }),
  });
}

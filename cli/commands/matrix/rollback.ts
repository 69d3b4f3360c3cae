// Puts an older version of the matrix into force again, as a new version and under the rules of every
// apply: it closes nothing that was not accepted.
import { Argument, Command } from "commander";
import { inputError } from "../../../matrix/errors.ts";
import { applyFrom } from "../../applying.ts";
import { action, type ExitCode } from "../../exit-code.ts";
import { type AccountOptions, wholeNumber, withAccount, withJson } from "../../option.ts";
import { openTarget } from "../../target.ts";

interface RollbackOptions extends AccountOptions {
  readonly note?: string;
  readonly accept?: string;
}

const EXAMPLES = `
Without a version it is the one before the one in force. Who plays its parts is looked up anew.

Examples:
  $ npx portward matrix rollback
  $ npx portward matrix rollback 3 --aws --note "the new flows cut the probes off"`;

export const command = withAccount(withJson(new Command("rollback")))
  .description("Put an older version of the matrix into force again.")
  .addArgument(
    new Argument("[version]", "its number in the history").argParser(wholeNumber(1, 999_999)),
  )
  .option("--note <text>", "why, for the history")
  .option("--accept <plan-id>", "carry out this plan although it closes live rules")
  .addHelpText("after", EXAMPLES)
  .action(action(run));

async function run(asked: number | undefined, options: RollbackOptions): Promise<ExitCode> {
  const target = await openTarget(options);
  const { policy } = await target.connect();
  const line = await policy.history();
  const version = asked ?? line[0]?.parent;
  const found = line.find(one => one.version === version);
  if (!found || found === line[0]) throw noVersion(version, line[0]?.version);
  const { document } = await policy.readMatrix(found);
  const { accept, json } = options;
  return applyFrom(target, document, {
    note: options.note ?? `back to version ${found.version}`,
    again: `portward matrix rollback ${found.version}`,
    ...(accept === undefined ? {} : { accept }),
    ...(json === undefined ? {} : { json }),
  });
}

function noVersion(version: number | undefined, active: number | undefined) {
  if (active === undefined) {
    return inputError(
      "matrix.none",
      "no matrix was ever applied here",
      "see `portward matrix apply`",
    );
  }
  if (version === active) {
    return inputError("matrix.version", `version ${active} is in force already`, LIST);
  }
  const what = version === undefined || version === 0 ? "no version" : `version ${version}`;
  return inputError("matrix.version", `${what} was in force before version ${active}`, LIST);
}

const LIST = "`portward matrix history` lists those that were";

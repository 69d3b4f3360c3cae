// The versions of the matrix that were in force, newest first.
import { Command } from "commander";
import type { MatrixVersion } from "../../../functions/aws/stores/matrix-history.ts";
import { plainText } from "../../../matrix/plain-text.ts";
import { action, CLEAN, type ExitCode } from "../../exit-code.ts";
import { type AccountOptions, withAccount, withJson } from "../../option.ts";
import { print, printAccount, printJson, printLines } from "../../output.ts";
import { openTarget } from "../../target.ts";

const EXAMPLES = `
Examples:
  $ npx portward matrix history
  $ npx portward matrix history --aws --json`;

export const command = withAccount(withJson(new Command("history")))
  .description("List the versions of the matrix that were in force, newest first.")
  .addHelpText("after", EXAMPLES)
  .action(action(run));

async function run(options: AccountOptions): Promise<ExitCode> {
  const target = await openTarget(options);
  const { policy } = await target.connect();
  const versions = await policy.history();
  printAccount(target.title, options.json);
  if (options.json) printJson(versions);
  else if (versions.length === 0) print("no matrix was ever applied");
  else printLines(versions.flatMap(versionLines));
  return CLEAN;
}

function versionLines({ version, at, sha, by, note }: MatrixVersion): string[] {
  return [
    `version ${version}  ${at}  ${sha.slice(0, 12)}`,
    `  by ${plainText(by)}`,
    ...(note === "" ? [] : [`  ${plainText(note)}`]),
  ];
}

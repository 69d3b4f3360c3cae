// Whether matrix files are one sound matrix: every problem is named, or it is counted up. Offline;
// what it comes to on live groups is seen when it is applied.
import { Command } from "commander";
import { compileMatrix } from "../../../matrix/compile.ts";
import { action, CLEAN, type ExitCode } from "../../exit-code.ts";
import { readMatrixFiles } from "../../matrix-files.ts";
import { withJson, withMatrix } from "../../option.ts";
import { counted, print, printAccount, printJson } from "../../output.ts";

const EXAMPLES = `
Examples:
  $ npx portward matrix check --matrix matrix/examples/funai-studio.yaml
  $ npx portward matrix check --matrix flows.yaml prod.yaml --json`;

export const command = withMatrix(withJson(new Command("check")))
  .description("Name every problem of a matrix with its place and cure.")
  .addHelpText("after", EXAMPLES)
  .action(action(run));

async function run(options: { matrix: string[]; json?: boolean }): Promise<ExitCode> {
  const document = readMatrixFiles(options.matrix);
  compileMatrix(document);
  const { matrix, mode, flows, forbids } = document;
  const groups = Object.keys(document.groups).length;
  printAccount("offline", options.json);
  if (options.json) {
    printJson({
      ok: true,
      matrix,
      mode,
      groups,
      flows: flows.length,
      forbids: forbids.length,
    });
  } else {
    const counts = [
      counted(groups, "group"),
      counted(flows.length, "flow"),
      counted(forbids.length, "forbid"),
    ];
    print(`ok: ${counts.join(", ")}`);
  }
  return CLEAN;
}

// The self-check of a matrix, printed: which commands to run on which machine, and what to expect.
// Offline; nothing is run.
import { Command } from "commander";
import { compileMatrix } from "../../../matrix/compile.ts";
import { plainText } from "../../../matrix/plain-text.ts";
import { type Node, probesOf } from "../../../matrix/probes.ts";
import { action, CLEAN, type ExitCode } from "../../exit-code.ts";
import { readMatrixFiles } from "../../matrix-files.ts";
import { withJson, withMatrix } from "../../option.ts";
import { paint, print, printAccount, printJson, printLines, table } from "../../output.ts";

const EXAMPLES = `
Reachable: the command gets an answer. Refused: it gets none, as a security group drops silently.
Commands come from flows (with their \`probe\` path) and forbids, for entries with \`members\`.

Examples:
  $ npx portward matrix probes --matrix matrix/examples/funai-studio.yaml
  $ npx portward matrix probes --matrix flows.yaml --json`;

export const command = withMatrix(withJson(new Command("probes")))
  .description("Print the commands by which each machine checks what it may reach and may not.")
  .addHelpText("after", EXAMPLES)
  .action(action(run));

async function run(options: { matrix: string[]; json?: boolean }): Promise<ExitCode> {
  const document = readMatrixFiles(options.matrix);
  compileMatrix(document);
  const nodes = probesOf(document);
  printAccount("offline", options.json);
  if (options.json) printJson(nodes);
  else if (nodes.length === 0) {
    print("no entry has members, so there is no machine to check from");
  } else printLines(nodes.flatMap(nodeLines));
  return CLEAN;
}

function nodeLines({ entry, address, probes }: Node): string[] {
  const title = entry === "" ? "on a machine outside" : `on ${entry} (${address})`;
  const rows = probes.map(({ command, expect, because }) => [
    `  ${plainText(command, 500)}`,
    `# ${expect}: ${plainText(because, 300)}`,
  ]);
  return ["", paint("title", title), ...table(rows)];
}

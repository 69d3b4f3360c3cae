// The table a matrix comes to: every rule that its flows ask for, entry by entry. Offline.
import { Command } from "commander";
import { compileMatrix } from "../../../matrix/compile.ts";
import { type InputError, inputError, quoted } from "../../../matrix/errors.ts";
import { choiceCure } from "../../../matrix/file/spelling.ts";
import { flowTitle } from "../../../matrix/flows/flow.ts";
import type { Line } from "../../../matrix/flows/part.ts";
import { formatRule } from "../../../matrix/rules/rule.ts";
import { action, CLEAN, type ExitCode } from "../../exit-code.ts";
import { readMatrixFiles } from "../../matrix-files.ts";
import { withJson, withMatrix } from "../../option.ts";
import { printAccount, printJson, printLines, table } from "../../output.ts";

interface CompileOptions {
  readonly matrix: string[];
  readonly group?: string;
  readonly json?: boolean;
}

const EXAMPLES = `
Columns: the entry, the rule its groups get, whether it is required, the flow that asks for it.

Examples:
  $ npx portward matrix compile --matrix matrix/examples/funai-studio.yaml
  $ npx portward matrix compile --matrix flows.yaml --group deploy --json`;

export const command = withMatrix(withJson(new Command("compile")))
  .description("Print every rule that the flows of a matrix ask for.")
  .option("--group <entry>", "the rules of one entry only")
  .addHelpText("after", EXAMPLES)
  .action(action(run));

async function run(options: CompileOptions): Promise<ExitCode> {
  const document = readMatrixFiles(options.matrix);
  const { lines } = compileMatrix(document);
  const { group } = options;
  const entries = Object.keys(document.groups);
  if (group !== undefined && !entries.includes(group)) throw unknownEntry(group, entries);
  const shown = group === undefined ? lines : lines.filter(({ part }) => part === group);
  printAccount("offline", options.json);
  if (options.json) printJson(shown.map(lineJson));
  else printLines(table(shown.map(lineCells), " | "));
  return CLEAN;
}

function unknownEntry(group: string, entries: readonly string[]): InputError {
  const message = `${quoted(group)} is no entry of the matrix`;
  return inputError("matrix.entry.unknown", message, choiceCure(group, entries));
}

const lineCells = ({ part, rule, need, flow }: Line): string[] => [
  part,
  formatRule(rule),
  need,
  flowTitle(flow),
];

function lineJson({ part, rule, need, flow }: Line) {
  const { purpose } = flow;
  const line = { group: part, rule: formatRule(rule), need, flow: flow.id };
  return purpose === undefined ? line : { ...line, purpose };
}

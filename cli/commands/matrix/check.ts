// Whether matrix files are one sound matrix: every problem is named, and what is sound but probably
// not meant; else it is counted up. Offline; what it comes to on live groups is seen by `plan`.
import { Command } from "commander";
import { compileMatrix } from "../../../matrix/compile.ts";
import { formatProblem, type Problem } from "../../../matrix/errors.ts";
import { parseMatrix } from "../../../matrix/file/parse.ts";
import { placesOf } from "../../../matrix/file/places.ts";
import { lintMatrix } from "../../../matrix/lint/lint.ts";
import { action, CLEAN, DRIFT, type ExitCode } from "../../exit-code.ts";
import { readInputs } from "../../input-file.ts";
import { withJson, withMatrix } from "../../option.ts";
import { counted, paint, print, printAccount, printJson } from "../../output.ts";

const EXAMPLES = `
Warned of: doors and wide ranges open to the world, on-demand flows under an open egress, flows and
forbids that add nothing, groups and networks that nothing names, members of two groups or outside the
private networks, groups near their rule quota, exceptions nobody can approve. With --strict a warning
makes the exit code 1.

Examples:
  $ npx portward matrix check --matrix matrix/examples/funai-studio.yaml
  $ npx portward matrix check --matrix flows.yaml prod.yaml --strict --json`;

interface CheckOptions {
  readonly matrix: string[];
  readonly strict?: boolean;
  readonly json?: boolean;
}

export const command = withMatrix(withJson(new Command("check")))
  .description("Name every problem of a matrix, and what is probably not meant.")
  .option("--strict", "exit with 1 where there is a warning")
  .addHelpText("after", EXAMPLES)
  .action(action(run));

async function run({ matrix: files, strict, json }: CheckOptions): Promise<ExitCode> {
  const sources = readInputs(files);
  const document = parseMatrix(sources);
  compileMatrix(document);
  const warnings = lintMatrix(document, placesOf(sources));
  const isRefused = strict === true && warnings.length > 0;
  const { matrix, mode, flows, forbids } = document;
  const groups = Object.keys(document.groups).length;
  printAccount("offline", json);
  if (json) {
    const counts = { groups, flows: flows.length, forbids: forbids.length };
    printJson({ ok: !isRefused, matrix, mode, ...counts, warnings });
  } else {
    for (const one of warnings) print(warningLine(one, strict === true));
    const counts = [
      counted(groups, "group"),
      counted(flows.length, "flow"),
      counted(forbids.length, "forbid"),
    ];
    const warned = warnings.length > 0 ? `, ${counted(warnings.length, "warning")}` : "";
    print(`${isRefused ? "not ok" : "ok"}: ${counts.join(", ")}${warned}`);
    if (!isRefused) print(`next: portward matrix plan --matrix ${files.join(" ")}`);
  }
  return isRefused ? DRIFT : CLEAN;
}

function warningLine(problem: Problem, isStrict: boolean): string {
  const word = isStrict ? paint("bad", "error") : paint("doubtful", "warning");
  return `${word} ${formatProblem(problem)}`;
}

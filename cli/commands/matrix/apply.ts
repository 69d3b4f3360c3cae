// Makes matrix files the matrix in force: pins who plays its parts, moves the pointer, then brings
// every governed group to it. Refused where somebody else applied another meanwhile.
import { Command } from "commander";
import { activate, reconcileGoverned } from "../../../functions/reconcile/activate.ts";
import { compileMatrix } from "../../../matrix/compile.ts";
import type { MatrixDocument } from "../../../matrix/document.ts";
import type { Pins } from "../../../matrix/flows/selection.ts";
import { plainText } from "../../../matrix/plain-text.ts";
import { action, CLEAN, type ExitCode, FAILED } from "../../exit-code.ts";
import { createLog, errorsIn } from "../../log.ts";
import { readMatrixFiles } from "../../matrix-files.ts";
import { type AccountOptions, withAccount, withJson, withMatrix } from "../../option.ts";
import { print, printAccount, printJson, printLines, table } from "../../output.ts";
import { runLines } from "../../run-report.ts";
import { openTarget } from "../../target.ts";

interface ApplyOptions extends AccountOptions {
  readonly matrix: string[];
  readonly note?: string;
}

const EXAMPLES = `
Examples:
  $ npx portward matrix apply --matrix flows.yaml
  $ npx portward matrix apply --matrix flows.yaml prod.yaml --aws --note "one more runner"`;

export const command = withMatrix(withAccount(withJson(new Command("apply"))))
  .description("Put a matrix into force, and bring every group it governs to it.")
  .option("--note <text>", "why, for the history")
  .addHelpText("after", EXAMPLES)
  .action(action(run));

async function run(options: ApplyOptions): Promise<ExitCode> {
  const document = readMatrixFiles(options.matrix);
  compileMatrix(document);
  const target = await openTarget(options);
  const [aws, by] = await Promise.all([target.connect(), target.caller()]);
  const { log, lines } = createLog();
  const deps = { ...aws, log };
  const note = plainText(options.note ?? `files ${options.matrix.join(", ")}`, 200);
  const { pins, orphans, applied, refused } = await activate(deps, document, { by, note });
  if (!applied) throw new Error(`not applied: ${refused ?? "refused without a reason"}`);
  printAccount(target.title, options.json);
  if (!options.json) printApplied(document, pins, orphans, applied);
  const runs = await reconcileGoverned(deps, pins, "apply");
  const { version, sha, at } = applied;
  const groups = runs.map(({ groupId, outcome, findings }) => ({
    group: groupId,
    outcome,
    findings,
  }));
  const { matrix, mode } = document;
  if (options.json) {
    printJson({ matrix, mode, version, sha, by, at, pins: pins.groups, orphans, groups });
  } else {
    const names = namesOf(pins);
    print(runs.length === 0 ? "no group to look at" : "looked at");
    printLines(groups.flatMap(one => runLines(one, names.get(one.group))));
  }
  const failures = errorsIn(lines);
  for (const failure of failures) console.error(`portward: ${failure}; left to the minute sweep`);
  const isOpen = runs.some(({ outcome }) => outcome === "open");
  return failures.length > 0 || isOpen ? FAILED : CLEAN;
}

function printApplied(
  { matrix, mode }: MatrixDocument,
  pins: Pins,
  orphans: readonly string[],
  { version, sha, by }: { version: number; sha: string; by: string },
): void {
  print(`applied ${matrix} as version ${version}, mode ${mode}, sha ${sha.slice(0, 12)}`);
  print(`by ${by}`);
  const rows = Object.entries(pins.groups).flatMap(([entry, groups]) =>
    groups.map(({ id, name, vpcId = "" }) => [`  ${entry}`, id, plainText(name), vpcId]),
  );
  print(rows.length === 0 ? "no live group plays a part" : "pinned");
  printLines(table(rows));
  if (orphans.length > 0) print(`entries that match no live group: ${orphans.join(", ")}`);
}

function namesOf(pins: Pins): Map<string, string> {
  const all = Object.entries(pins.groups).flatMap(([entry, groups]) =>
    groups.map(({ id }) => [id, entry] as const),
  );
  return new Map(all);
}

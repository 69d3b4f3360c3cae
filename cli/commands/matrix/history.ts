// The versions of the matrix that were in force, newest first, and how two of them differ.
import { Command } from "commander";
import type { MatrixVersion } from "../../../functions/aws/stores/matrix-history.ts";
import type { PolicyStore } from "../../../functions/aws/stores/policy-store.ts";
import { inputError, quoted } from "../../../matrix/errors.ts";
import { diffDocuments, diffLines } from "../../../matrix/life/document-diff.ts";
import { plainText } from "../../../matrix/plain-text.ts";
import { action, CLEAN, type ExitCode } from "../../exit-code.ts";
import { type AccountOptions, withAccount, withJson } from "../../option.ts";
import { print, printAccount, printJson, printLines } from "../../output.ts";
import { openTarget } from "../../target.ts";

interface HistoryOptions extends AccountOptions {
  readonly diff?: string[];
}

const EXAMPLES = `
Examples:
  $ npx portward matrix history
  $ npx portward matrix history --diff 3 5
  $ npx portward matrix history --aws --json`;

export const command = withAccount(withJson(new Command("history")))
  .description(
    "List the versions of the matrix that were in force, or show how two of them differ.",
  )
  .option("--diff <version...>", "two versions: the older and the newer")
  .addHelpText("after", EXAMPLES)
  .action(action(run));

async function run(options: HistoryOptions): Promise<ExitCode> {
  const pair = options.diff && versionsOf(options.diff);
  const target = await openTarget(options);
  const { policy } = await target.connect();
  const versions = await policy.history();
  if (pair) return printDiff(policy, versions, pair, { title: target.title, ...options });
  printAccount(target.title, options.json);
  if (options.json) printJson(versions);
  else if (versions.length === 0) print("no matrix was ever applied");
  else printLines(versions.flatMap(versionLines));
  return CLEAN;
}

function versionsOf(texts: readonly string[]): [number, number] {
  const numbers = texts.map(text => (/^\d{1,6}$/.test(text) ? Number(text) : undefined));
  const [from, to, ...more] = numbers;
  if (from !== undefined && to !== undefined && more.length === 0) return [from, to];
  const message = `--diff ${quoted(texts.join(" "))} is not two versions`;
  throw inputError("option.diff", message, "write --diff 3 5");
}

async function printDiff(
  policy: PolicyStore,
  versions: readonly MatrixVersion[],
  pair: [number, number],
  { title, json }: { title: string; json?: boolean },
): Promise<ExitCode> {
  const [before, after] = await Promise.all(
    pair.map(number => {
      const found = versions.find(({ version }) => version === number);
      const cure = "`portward matrix history` lists those that were";
      if (!found) throw inputError("matrix.version", `version ${number} was never in force`, cure);
      return policy.readMatrix(found);
    }),
  );
  if (!before || !after) throw new Error("two versions make a difference");
  const diff = diffDocuments(before.document, after.document);
  printAccount(title, json);
  if (json) printJson({ from: pair[0], to: pair[1], ...diff });
  else {
    const lines = diffLines(diff);
    printLines(
      lines.length === 0 ? ["they say the same"] : lines.map(line => plainText(line, 500)),
    );
  }
  return CLEAN;
}

function versionLines({ version, at, sha, by, note, parent, planId }: MatrixVersion): string[] {
  const plan = planId === undefined ? "" : `  ${planId}`;
  const instead = parent === 0 ? "  the first" : `  after ${parent}`;
  return [
    `version ${version}  ${at}  ${sha.slice(0, 12)}${plan}${instead}`,
    `  by ${plainText(by)}`,
    ...(note === "" ? [] : [`  ${plainText(note)}`]),
  ];
}

// What putting matrix files into force would do to the live account, group by group. It changes
// nothing.
import { Command } from "commander";
import { isObserving } from "../../../matrix/life/first-apply.ts";
import { countClosings } from "../../../matrix/life/matrix-plan.ts";
import { action, CLEAN, DRIFT, type ExitCode } from "../../exit-code.ts";
import { readMatrixFiles } from "../../matrix-files.ts";
import { planLines } from "../../matrix-plan-lines.ts";
import { type AccountOptions, withAccount, withJson, withMatrix } from "../../option.ts";
import { print, printAccount, printJson, printLines } from "../../output.ts";
import { openTarget } from "../../target.ts";

const EXAMPLES = `
For each group: what this mode closes, narrows, opens or only reports now, against the matrix in force,
what the next mode would do, and which interfaces carry the group. Pauses, holds and exceptions count.
The plan's id stands for the matrix, the version in force and every rule it was made from; apply
--accept carries out that and nothing else. Exit code 1 when something would be closed or narrowed.

Examples:
  $ npx portward matrix plan --matrix flows.yaml
  $ npx portward matrix plan --matrix flows.yaml prod.yaml --aws --json`;

export const command = withMatrix(withAccount(withJson(new Command("plan"))))
  .description("Show what a matrix would close, open and report in the live account.")
  .addHelpText("after", EXAMPLES)
  .action(action(run));

async function run(options: AccountOptions & { matrix: string[] }): Promise<ExitCode> {
  const document = readMatrixFiles(options.matrix);
  const target = await openTarget(options);
  const aws = await target.connect();
  const { planInAccount } = await import("../../../functions/reconcile/matrix-plan.ts");
  const { plan } = await planInAccount(aws, document);
  const closings = countClosings(plan);
  printAccount(target.title, options.json);
  if (options.json) printJson(plan);
  else {
    printLines(planLines(plan));
    print(
      nextStep(options.matrix, {
        id: plan.id,
        closings,
        isFirst: plan.base === 0 && !isObserving(document),
      }),
    );
  }
  return closings > 0 ? DRIFT : CLEAN;
}

function nextStep(
  files: readonly string[],
  { id, closings, isFirst }: { id: string; closings: number; isFirst: boolean },
): string {
  const apply = `portward matrix apply --matrix ${files.join(" ")}`;
  if (closings > 0) return `next: if every rule above may close: ${apply} --accept ${id}`;
  if (isFirst) return `next: ${apply} (observe first; --yes puts it in the mode it says)`;
  return `next: ${apply}`;
}

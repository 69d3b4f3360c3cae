// One screen about one account: the matrix in force, pauses and holds, the last findings, what the
// minute sweep still has to do, and whether messages are stuck.
import { Command } from "commander";
import { timeText } from "../../matrix/alert/paragraph.ts";
import { plainText } from "../../matrix/plain-text.ts";
import { action, CLEAN, type ExitCode } from "../exit-code.ts";
import { findingRows } from "../finding-rows.ts";
import { type AccountOptions, withAccount, withJson } from "../option.ts";
import { beside, counted, print, printAccount, printJson, printLines } from "../output.ts";
import { openTarget, type Target } from "../target.ts";

const EXAMPLES = `
Examples:
  $ npx portward status
  $ npx portward status --aws --config portward.json --json`;

const SHOWN = 5;

export const command = withAccount(withJson(new Command("status")))
  .description("Show what is in force, what happened last, and whether anything is stuck.")
  .addHelpText("after", EXAMPLES)
  .action(action(run));

type Status = Awaited<ReturnType<typeof readStatus>>;

async function run(options: AccountOptions): Promise<ExitCode> {
  const target = await openTarget(options);
  const status = await readStatus(target);
  printAccount(target.title, options.json);
  if (options.json) printJson(status);
  else printStatus(status);
  return CLEAN;
}

async function readStatus(target: Target) {
  const aws = await target.connect();
  const { queueDepth } = await import("../../functions/aws/queue-depth.ts");
  const { retryQueueUrl, deadLetterQueueUrl } = aws.config;
  const [summary, findings, dirty, queued, deadLetters] = await Promise.all([
    aws.policy.activeSummary(),
    aws.findings.list({ limit: SHOWN }),
    aws.intents.dirtyGroups(),
    queueDepth(retryQueueUrl, target.access),
    queueDepth(deadLetterQueueUrl, target.access),
  ]);
  const { active, pauses, holds } = summary;
  const stored = active && (await aws.policy.readMatrix(active));
  return {
    account: target.account,
    region: target.region,
    stage: aws.config.stage,
    matrix:
      active && stored
        ? {
            name: stored.document.matrix,
            mode: stored.document.mode,
            version: active.version,
            sha: active.sha,
            by: active.by,
            at: active.at,
            orphans: Object.entries(stored.pins.groups).flatMap(([entry, groups]) =>
              groups.length === 0 ? [entry] : [],
            ),
          }
        : null,
    pauses,
    holds,
    findings,
    dirty,
    queued,
    deadLetters,
  };
}

function printStatus(status: Status): void {
  const { matrix, pauses, holds, findings, dirty, queued, deadLetters, stage } = status;
  const line = (label: string, text: string) =>
    printLines(beside(label, text, { indent: 0, width: 9 }));
  line("stage", stage);
  if (matrix) {
    line("matrix", `${matrix.name} version ${matrix.version}, mode ${matrix.mode}`);
    line("", `applied at ${timeText(matrix.at) ?? matrix.at} by`);
    line("", plainText(matrix.by));
    if (matrix.orphans.length > 0) line("", `no live group plays ${matrix.orphans.join(", ")}`);
  } else line("matrix", "none is applied: nothing is judged or changed");
  for (const { group, until, by, reason } of pauses) {
    line(
      "paused",
      `${group ?? "every group"} until ${until} by ${plainText(by)}: ${plainText(reason)}`,
    );
  }
  for (const { group, until = "further notice", by, reason } of holds) {
    line("hold", `${group} until ${until} by ${plainText(by)}: ${plainText(reason)}`);
  }
  for (const { groupId, because } of dirty) line("to sweep", `${groupId}: ${plainText(because)}`);
  line("queue", `${counted(queued, "message")}, ${counted(deadLetters, "dead letter")}`);
  print(findings.length === 0 ? "no findings" : "last findings");
  printLines(findingRows(findings));
}

// One screen about one account: the matrix in force, pauses and holds, the last findings, what the
// minute sweep still has to do, and whether messages are stuck.
import { Command } from "commander";
import type { Status } from "../../functions/reconcile/status.ts";
import { durationText, timeText } from "../../matrix/alert/paragraph.ts";
import { plainText } from "../../matrix/plain-text.ts";
import { action, CLEAN, type ExitCode } from "../exit-code.ts";
import { findingRows } from "../finding-rows.ts";
import { type AccountOptions, withAccount, withJson } from "../option.ts";
import { beside, counted, print, printAccount, printJson, printLines } from "../output.ts";
import { openTarget } from "../target.ts";

const EXAMPLES = `
Examples:
  $ npx portward status
  $ npx portward status --aws --config portward.json --json`;

export const command = withAccount(withJson(new Command("status")))
  .description("Show what is in force, what happened last, and whether anything is stuck.")
  .addHelpText("after", EXAMPLES)
  .action(action(run));

async function run(options: AccountOptions): Promise<ExitCode> {
  const target = await openTarget(options);
  const { readStatus } = await import("../../functions/reconcile/status.ts");
  const status = await readStatus(await target.connect());
  printAccount(target.title, options.json);
  if (options.json) printJson(status);
  else printStatus(status);
  return CLEAN;
}

function auditLines(audit: NonNullable<Status["lastAudit"]>): string[] {
  const { endedAt = "", drift, missed, exceptions, exposures, planId, plumbing } = audit;
  const faults = plumbing.map(one => plainText(one, 500));
  return [
    `${timeText(endedAt) ?? ""}: ${counted(drift, "drift")}, ${missed} without an event, ` +
      `${counted(exposures, "exposure")}, ${counted(exceptions, "open exception")}`,
    ...(planId === undefined ? [] : [`holds back plan ${planId}`]),
    ...(faults.length === 0 ? ["the plumbing is as it has to be"] : faults),
  ];
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
  const { lastEvent, lastAudit } = status;
  const late = lastEvent ? durationText(lastEvent.heardAt - lastEvent.at) : "";
  const event = lastEvent
    ? `${timeText(new Date(lastEvent.at).toISOString())}, heard ${late} later`
    : "none was heard of yet";
  line("event", event);
  const audit = lastAudit ? auditLines(lastAudit) : ["none yet: portward audit"];
  for (const [index, text] of audit.entries()) line(index === 0 ? "audit" : "", text);
  line("queue", `${counted(queued, "message")}, ${counted(deadLetters, "dead letter")}`);
  print(findings.length === 0 ? "no findings" : "last findings");
  printLines(findingRows(findings));
}

// What drifted and what was done about it, out of the record of findings; and asking for an exception
// for what was reverted. It changes nothing in the account itself.
import { Command } from "commander";
import { findingLines } from "../../matrix/alert/alert-text.ts";
import { inputError, quoted } from "../../matrix/errors.ts";
import { plainText } from "../../matrix/plain-text.ts";
import { type ActingOptions, openActing } from "../acting.ts";
import { type WishOptions, wishOf, withWish } from "../exception-wish.ts";
import { action, CLEAN, type ExitCode } from "../exit-code.ts";
import { findingRows } from "../finding-rows.ts";
import { type AccountOptions, wholeNumber, withAccount, withJson } from "../option.ts";
import { print, printAccount, printJson, printLines } from "../output.ts";
import { openTarget } from "../target.ts";

interface ListOptions extends AccountOptions {
  readonly group?: string;
  readonly limit: number;
}

const EXAMPLES = `
Examples:
  $ npx portward finding list --limit 5
  $ npx portward finding list --group sg-0f0a1b2c3d4e50100 --json
  $ npx portward finding show f-feci5krfm5sp`;

const list = withAccount(withJson(new Command("list")))
  .description("List findings, newest first: those of the last 30 days, or all of one group.")
  .option("--group <id>", "the findings of one security group")
  .option("--limit <number>", "how many at most", wholeNumber(1, 10_000), 20)
  .addHelpText("after", EXAMPLES)
  .action(action(runList));

const show = withAccount(withJson(new Command("show")))
  .description("Show one finding: the rule before and after, who, when, why, and the calls made.")
  .argument("<id>", "the finding's id, such as f-feci5krfm5sp")
  .addHelpText("after", EXAMPLES)
  .action(action(runShow));

const undo = withWish(withAccount(withJson(new Command("undo"))))
  .description("Ask for an exception for what was reverted; somebody else has to approve it.")
  .argument("<id>", "the finding's id, such as f-feci5krfm5sp")
  .option("--as <name>", "who asks, in the local account")
  .action(action(runUndo));

export const command = new Command("finding")
  .description("List and show what drifted and what was done about it, and ask for it back.")
  .addCommand(list)
  .addCommand(show)
  .addCommand(undo)
  .addHelpText("after", EXAMPLES);

async function runList(options: ListOptions): Promise<ExitCode> {
  const target = await openTarget(options);
  const { findings } = await target.connect();
  const { limit, group } = options;
  const found = await findings.list(group === undefined ? { limit } : { limit, group });
  printAccount(target.title, options.json);
  if (options.json) printJson(found);
  else if (found.length === 0) print("no findings");
  else printLines(findingRows(found));
  return CLEAN;
}

async function runShow(id: string, options: AccountOptions): Promise<ExitCode> {
  const target = await openTarget(options);
  const { findings } = await target.connect();
  const finding = await findings.get(id);
  if (!finding) {
    const cure = "`portward finding list` names them";
    throw inputError("finding.unknown", `there is no finding ${quoted(id)}`, cure);
  }
  printAccount(target.title, options.json);
  if (options.json) printJson(finding);
  else {
    printLines(findingLines(finding));
    printLines(finding.calls.map(call => `Call      ${plainText(call, 500)}`));
    const { publishedAt, sightings, occurrence } = finding;
    print(`Alert     ${publishedAt ? `published ${publishedAt}` : "not published yet"}`);
    print(`Seen      by ${sightings.length} run(s), occurrence ${occurrence} of this drift`);
  }
  return CLEAN;
}

async function runUndo(id: string, options: ActingOptions & WishOptions): Promise<ExitCode> {
  const { target, steps } = await openActing(options);
  const asked = await steps.undo(id, wishOf(options));
  return (await import("./exception.ts")).answer(target, asked, options);
}

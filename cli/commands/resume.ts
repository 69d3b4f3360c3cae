// Ends a pause or a hold before its time.
import { Command } from "commander";
import { openActing } from "../acting.ts";
import { action, CLEAN, type ExitCode } from "../exit-code.ts";
import { type AccountOptions, withAccount, withJson } from "../option.ts";
import { print, printAccount, printJson } from "../output.ts";
import { groupId } from "../pausing.ts";

const EXAMPLES = `
Examples:
  $ npx portward resume
  $ npx portward resume sg-0f0a1b2c3d4e50100`;

export const command = withAccount(withJson(new Command("resume")))
  .description("End the pause of every group, or the pause and the hold of one.")
  .argument("[group]", "id of the group")
  .addHelpText("after", EXAMPLES)
  .action(action(run));

async function run(group: string | undefined, options: AccountOptions): Promise<ExitCode> {
  const place = groupId(group);
  const { target, steps } = await openActing(options);
  await steps.resume(place.group);
  const where = group ?? "every group";
  printAccount(target.title, options.json);
  if (options.json) printJson({ resumed: true, ...place });
  else print(`${where} is resumed; what drifted meanwhile is looked at within a minute`);
  return CLEAN;
}

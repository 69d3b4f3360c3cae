// Stops all writing for a while, on one group or on all.
import { Command } from "commander";
import { minutesOf } from "../exception-wish.ts";
import { action, CLEAN, type ExitCode } from "../exit-code.ts";
import { withAccount, withJson } from "../option.ts";
import { type PauseOptions, startAndSay } from "../pausing.ts";

const EXAMPLES = `
Judging, findings and alerts go on. People are told at the start, every hour and at the end, when every
group is looked at.

Examples:
  $ npx portward pause --for 2h --reason "network migration"
  $ npx portward pause sg-0f0a1b2c3d4e50100 --for 30m --reason "incident 4711"`;

export const command = withAccount(withJson(new Command("pause")))
  .description("Stop closing and restoring for a while, 24 hours at most.")
  .argument("[group]", "id of a group; every group unless given")
  .requiredOption("--for <duration>", "how long: 30m or 2h", minutesOf)
  .requiredOption("--reason <text>", "why, for those who read the alert")
  .addHelpText("after", EXAMPLES)
  .action(action(run));

async function run(group: string | undefined, options: PauseOptions): Promise<ExitCode> {
  await startAndSay("pause", group, options);
  return CLEAN;
}

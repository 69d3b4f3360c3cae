// Stops restoring on one group: closing goes on.
import { Command } from "commander";
import { minutesOf } from "../exception-wish.ts";
import { action, CLEAN, type ExitCode } from "../exit-code.ts";
import { withAccount, withJson } from "../option.ts";
import { type PauseOptions, startAndSay } from "../pausing.ts";

const EXAMPLES = `
For whoever cut a required port on purpose, while answering an incident.

Examples:
  $ npx portward hold sg-0f0a1b2c3d4e50100 --reason "host compromised, incident 4711"
  $ npx portward resume sg-0f0a1b2c3d4e50100`;

export const command = withAccount(withJson(new Command("hold")))
  .description("Stop restoring required rules on a group, until it is resumed.")
  .argument("<group>", "id of the group")
  .option("--for <duration>", "end by itself after 30m or 2h, 24h at most", minutesOf)
  .requiredOption("--reason <text>", "why, for those who read the alert")
  .addHelpText("after", EXAMPLES)
  .action(action(run));

async function run(group: string, options: PauseOptions): Promise<ExitCode> {
  await startAndSay("hold", group, options);
  return CLEAN;
}

// The command that serves a local AWS account: its options and its help. Serving is cli/serve.ts, which
// is loaded only when it is needed.
import { Command } from "commander";
import { action } from "../exit-code.ts";
import { wholeNumber, withJson, withMatrix } from "../option.ts";
import type { LocalOptions } from "../serve.ts";

const PORT = 4700;

const EXAMPLES = `
Without --matrix the account has the five servers of matrix/examples/funai-studio.yaml, and that
matrix in force in mode enforce. With --matrix it has what the matrix names by id, and a group that
it selects by name or tags is adopted when you create one. Other commands find the account by
.portward/local.json in the directory it was started in.

Examples:
  $ npx portward local
  $ npx portward local --port 0 --state .portward/state
  $ npx portward local --matrix flows.yaml`;

export const command = withMatrix(withJson(new Command("local")), false)
  .description("Serve a local AWS account with Portward deployed in it, until stopped.")
  .option(
    "--port <number>",
    "where it listens on 127.0.0.1; 0 for any",
    wholeNumber(0, 65_535),
    PORT,
  )
  .option("--state <dir>", "keep the account in a directory, so that it survives a restart")
  .addHelpText("after", EXAMPLES)
  .action(action(async (options: LocalOptions) => (await import("../serve.ts")).serve(options)));

// Sets an emulated account up: creates what is missing and prints the configuration that the other
// commands take with --config. A real account is deployed with SST instead.
import { Command } from "commander";
import { inputError } from "../../matrix/errors.ts";
import { environmentOf } from "../environment.ts";
import { action, CLEAN, type ExitCode } from "../exit-code.ts";
import { print, printAccount, printJson } from "../output.ts";
import { openTarget } from "../target.ts";

interface SetupOptions {
  readonly aws?: boolean;
  readonly stage: string;
  readonly yes?: boolean;
  readonly json?: boolean;
}

const EXAMPLES = `
It creates no function, no event rule and no role: those come with \`npx sst deploy\`.

Examples:
  $ export AWS_ENDPOINT_URL=http://127.0.0.1:5000 AWS_REGION=ap-southeast-1
  $ npx portward setup --aws --json > portward.json
  $ npx portward matrix apply --matrix flows.yaml --aws --config portward.json`;

export const command = new Command("setup")
  .description("Create the tables, the topic and the queues of an emulated account.")
  .option("--aws", "by the AWS SDK's own conventions; there is no other way")
  .option("--stage <name>", "part of every name", "dev")
  .option("--yes", "also in a real account, where no AWS_ENDPOINT_URL is set")
  .option("--json", "print the configuration alone on stdout")
  .addHelpText("after", EXAMPLES)
  .action(action(run));

async function run(options: SetupOptions): Promise<ExitCode> {
  const { stage } = options;
  if (!options.aws) {
    const cure = "add --aws; a local account has its tables";
    throw inputError("option.aws", "setup works on what the AWS SDK is configured for", cure);
  }
  if (!/^[a-z][a-z0-9-]{0,19}$/.test(stage)) {
    const cure = "small letters, digits and -, 20 at most";
    throw inputError("option.stage", `--stage ${JSON.stringify(stage)} is no stage name`, cure);
  }
  if (!process.env.AWS_ENDPOINT_URL && !options.yes) {
    throw inputError(
      "setup.real",
      "no AWS_ENDPOINT_URL is set, so this would be a real account",
      "deploy a real account with `npx sst deploy`, or say --yes",
    );
  }
  const { setUp } = await import("../../functions/aws/setup.ts");
  const target = await openTarget({ aws: true });
  const { account, region, access } = target;
  const { config, created } = await setUp({ account, region, stage, access });
  printAccount(target.title, options.json);
  const done = created.length === 0 ? "everything was there" : `created ${created.join(", ")}`;
  if (options.json) process.stderr.write(`${done}\n`);
  else print(`${done}\nthe configuration, for --config FILE:`);
  printJson(environmentOf(config));
  return CLEAN;
}

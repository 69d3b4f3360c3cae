// The command line: names to lazily loaded commands, and how any of them ends. What a command does
// is its own file.
import { Command } from "commander";
import manifest from "../package.json" with { type: "json" };
import { exitCodeFor, INTERRUPTED } from "./exit-code.ts";
import { endWithReader } from "./output.ts";

interface Entry {
  readonly summary: string;
  readonly load: () => Promise<{ command: Command }>;
}

const commands: Readonly<Record<string, Entry>> = {
  demo: {
    summary: "open ports in a local account as a tester would, and watch each one close",
    load: () => import("./commands/demo.ts"),
  },
  local: {
    summary: "serve a local AWS account with Portward deployed in it, until stopped",
    load: () => import("./commands/local.ts"),
  },
  explain: {
    summary: "judge the rules of security groups, from files or live",
    load: () => import("./commands/explain.ts"),
  },
  replay: {
    summary: "say what CloudTrail records would trigger, or run them through the handler",
    load: () => import("./commands/replay.ts"),
  },
  matrix: {
    summary: "check, compile, apply and show the allow matrix",
    load: () => import("./commands/matrix.ts"),
  },
  audit: {
    summary: "judge every group of the region, and repair what no event announced",
    load: () => import("./commands/audit.ts"),
  },
  finding: {
    summary: "list and show what drifted and what was done about it",
    load: () => import("./commands/finding.ts"),
  },
  exception: {
    summary: "ask for a port for a while, approve it, see what is open by exception",
    load: () => import("./commands/exception.ts"),
  },
  can: {
    summary: "is a flow permitted, and is it open: else which side, group or port is wrong",
    load: () => import("./commands/can.ts"),
  },
  report: {
    summary: "write a saved audit as a table, CSV, SARIF, OCSF or one HTML page",
    load: () => import("./commands/report.ts"),
  },
  pause: {
    summary: "stop all writing for a while: everything is still judged and told",
    load: () => import("./commands/pause.ts"),
  },
  hold: {
    summary: "stop restoring on a group: somebody cut a required port on purpose",
    load: () => import("./commands/hold.ts"),
  },
  resume: {
    summary: "end a pause or a hold before its time",
    load: () => import("./commands/resume.ts"),
  },
  alert: {
    summary: "see that alerts arrive, and what they look like",
    load: () => import("./commands/alert.ts"),
  },
  status: {
    summary: "the account, the matrix in force, pauses, findings and plumbing on one screen",
    load: () => import("./commands/status.ts"),
  },
  setup: {
    summary: "create the tables, topic and queues of an emulated account",
    load: () => import("./commands/setup.ts"),
  },
};

const EXIT_CODES = `
Exit codes: 0 clean, 1 drift found, 2 bad input (nothing was changed), 3 failure.

Examples:
  $ npx portward demo
  $ npx portward local
  $ npx portward matrix check --matrix matrix/examples/funai-studio.yaml
  $ npx portward help explain`;

await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<void> {
  endWithReader();
  process.once("SIGINT", () => process.exit(INTERRUPTED));
  // Node would end with 1, which here means drift.
  process.on("uncaughtException", thrown => process.exit(exitCodeFor(thrown)));
  try {
    const program = await programFor(args);
    await program.parseAsync([...args], { from: "user" });
  } catch (thrown) {
    process.exitCode = exitCodeFor(thrown);
  }
}

/** The program, with the command that is meant loaded and only the names of the others. */
async function programFor(args: readonly string[]): Promise<Command> {
  const program = new Command("portward")
    .description(manifest.description)
    .version(manifest.version)
    // Else `matrix show --version 3` would print the version of the program.
    .enablePositionalOptions()
    .addHelpText("after", EXIT_CODES);
  for (const [name, { summary, load }] of Object.entries(commands)) {
    const isMeant = args.slice(0, 2).includes(name);
    const command = isMeant ? (await load()).command : new Command(name);
    program.addCommand(command.description(command.description() || summary).summary(summary));
  }
  throwInstead(program);
  return program;
}

// Commander would end the process itself, with exit code 1, which here means drift.
function throwInstead(command: Command): void {
  command.exitOverride();
  for (const inner of command.commands) throwInstead(inner);
}

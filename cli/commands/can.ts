// Whether a flow is permitted and open: by what, else on which side it is blocked, and which group or
// port is wrong. Without an account the matrix alone is asked.
import { Command } from "commander";
import { type Elsewhere, isPassable, type Side, sidesOfFlow } from "../../matrix/can.ts";
import { endsOf, offlineWorld, type World } from "../../matrix/can-ends.ts";
import { inputError } from "../../matrix/errors.ts";
import type { Exception } from "../../matrix/exception.ts";
import { readFlowWords } from "../../matrix/exceptions/exception-words.ts";
import { flowText } from "../../matrix/flows/flow.ts";
import { shapeOfPorts } from "../../matrix/flows/part.ts";
import { plainText } from "../../matrix/plain-text.ts";
import { liveWorld } from "../can-live.ts";
import { readExceptions } from "../exceptions-file.ts";
import { action, CLEAN, DRIFT, type ExitCode } from "../exit-code.ts";
import { readMatrixFiles } from "../matrix-files.ts";
import { type AccountOptions, withAccount, withJson, withMatrix } from "../option.ts";
import { beside, paint, print, printAccount, printJson, printLines } from "../output.ts";
import { findRunning } from "../running.ts";
import { openTarget } from "../target.ts";

interface Options extends AccountOptions {
  readonly matrix?: string[];
  readonly exceptions?: string;
}

const EXAMPLES = `
FROM and TO are entries or networks of the matrix, addresses, blocks, sg-… or public. With a local
account running, or with --aws, the live rules are looked at as well, and --matrix may be left out.
Exit codes: 0 yes, 1 no, 2 bad input, 3 failure.

Examples:
  $ npx portward can runner deploy tcp 7002 --matrix matrix/examples/funai-studio.yaml
  $ npx portward can 172.21.138.91 172.21.138.87 tcp 7001 80 --aws --matrix flows.yaml
  $ npx portward can public sg-0f0a1b2c3d4e50100 tcp 22 --json`;

export const command = withMatrix(withAccount(withJson(new Command("can"))), false)
  .description(
    "Say whether a flow is permitted and open; if not, which side, group or port is wrong.",
  )
  .argument("<from>", "who calls")
  .argument("<to>", "who is called")
  .argument("<ports...>", "as in a flow: tcp 7002")
  .option("--exceptions <file>", "JSON array of exceptions")
  .addHelpText("after", EXAMPLES)
  .action(action(run));

interface Answer {
  readonly from: string;
  readonly to: string;
  readonly sides: readonly Side[];
}

async function run(from: string, to: string, words: string[], options: Options): Promise<ExitCode> {
  const { title, world, elsewhere } = await worldFor(options);
  const { document } = world.policy;
  const flow = readFlowWords({ from, to, ports: words.join(" ") }, document);
  const shapes = flow.ports.map(shapeOfPorts);
  const callers = endsOf(flow.from, world);
  const answers = endsOf(flow.to, world).flatMap(called =>
    callers.map(
      (caller): Answer => ({
        from: caller.name,
        to: called.name,
        sides: sidesOfFlow(caller, called, shapes, elsewhere),
      }),
    ),
  );
  const asked = flowText(flow);
  if (answers.every(({ sides }) => sides.length === 0)) {
    const cure = "one of FROM and TO has to be a group of the matrix, or a machine with one";
    throw inputError("can.ungoverned", `the matrix says nothing of ${asked}`, cure);
  }
  const isYes = answers.every(({ sides }) => sides.every(isPassable));
  printAccount(title, options.json);
  if (options.json) printJson({ flow: asked, can: isYes, answers });
  else printAnswers(asked, isYes, answers, world.live !== undefined);
  return isYes ? CLEAN : DRIFT;
}

async function worldFor(options: Options): Promise<{
  title: string;
  world: World;
  elsewhere?: Elsewhere;
}> {
  const now = Date.now();
  const document = options.matrix && readMatrixFiles(options.matrix);
  const exceptions: Exception[] | undefined =
    options.exceptions === undefined ? undefined : readExceptions(options.exceptions);
  if (document && !options.aws && options.config === undefined && !(await findRunning())) {
    return { title: "offline", world: offlineWorld(document, exceptions ?? [], now) };
  }
  const target = await openTarget(options);
  const given = { ...(document && { document }), ...(exceptions && { exceptions }), now };
  const { world, lists } = await liveWorld(target, given);
  const groups = [...(world.live?.values() ?? [])];
  return { title: target.title, world, elsewhere: { groups, lists } };
}

/** Pairs of ends that are told one by one; the others are counted. */
const MOST_SHOWN = 10;

function printAnswers(
  asked: string,
  isYes: boolean,
  answers: readonly Answer[],
  isLive: boolean,
): void {
  print(`${paint(isYes ? "good" : "bad", isYes ? "yes" : "no")}  ${plainText(asked, 500)}`);
  const blocked = answers.filter(({ sides }) => !sides.every(isPassable));
  const told = isYes ? answers : blocked;
  for (const { from, to, sides } of told.slice(0, MOST_SHOWN)) {
    print(`${plainText(from)} to ${plainText(to)}`);
    printLines(sides.flatMap(sideLines));
  }
  if (told.length > MOST_SHOWN) print(`and ${told.length - MOST_SHOWN} more like these`);
  if (!isYes && answers.length > blocked.length) {
    print(`${answers.length - blocked.length} of ${answers.length} pairs pass`);
  }
  if (isYes && isLive) {
    print(
      "open on both sides: if it fails still, ask the service itself from its own group by curl",
    );
  }
}

function sideLines(side: Side): string[] {
  const { direction, permitted, by, forbids, onDemand, open, openBy, notes } = side;
  const line = (text: string) => beside("", plainText(text, 1_000), { indent: 2, width: 7 });
  const word = direction.padEnd(8);
  const says = [
    ...(permitted === undefined ? ["not governed"] : [permitted ? "permitted" : "not permitted"]),
    ...(open === undefined ? [] : [open ? "open" : "blocked"]),
  ].join(", ");
  const part = permitted ? "by" : "only a part, by";
  return [
    `  ${word} ${paint(isPassable(side) ? "good" : "bad", says)}`,
    ...(by.length === 0 ? [] : line(`${part} ${by.join(" and ")}`)),
    ...forbids.flatMap(one => line(`forbidden: ${one}`)),
    ...onDemand.flatMap(one => line(`an exception may open it: ${one}`)),
    ...(openBy.length === 0 ? [] : line(`open by ${openBy.join(" and ")}`)),
    ...(permitted === true && open === false ? line("permitted, and yet no rule opens it") : []),
    ...(permitted === false && open === true ? line("open, and yet not permitted: drift") : []),
    ...notes.flatMap(line),
  ];
}

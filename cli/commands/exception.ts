// Exceptions from a terminal: somebody asks for a port for a while, somebody else approves it, and it
// closes by itself. What may be done by whom is decided by functions/reconcile/exceptions.ts.
import { Command } from "commander";
import { isWhole, type KeptException } from "../../functions/aws/stores/exception-item.ts";
import { inputError, quoted } from "../../matrix/errors.ts";
import type { LifeAction } from "../../matrix/exceptions/exception-life.ts";
import { whatOf, windowText } from "../../matrix/exceptions/exception-text.ts";
import { type ActingOptions, openActing } from "../acting.ts";
import { exceptionLines, exceptionRows } from "../exception-rows.ts";
import { watchAll, watchOne } from "../exception-watch.ts";
import { type WishOptions, wishOf, withDuration, withWish } from "../exception-wish.ts";
import { action, CLEAN, type ExitCode } from "../exit-code.ts";
import { type AccountOptions, withAccount, withJson } from "../option.ts";
import { print, printAccount, printJson, printLines } from "../output.ts";
import type { Words } from "../steps.ts";
import { openTarget, type Target } from "../target.ts";

const EXAMPLES = `
In the local account --as names who acts. Under its example matrix alice and bob may approve and tester
may only ask; under your own, its people and approvers say who.

Examples:
  $ npx portward exception request 203.0.113.7 deploy "tcp 7002" --for 2h --reason "release" --as tester
  $ npx portward exception request --rule "ingress tcp 7002 from 10.1.2.3/32" --group sg-0f0a1b2c3d4e50100 --for 30m --reason "debug"
  $ npx portward exception approve x-01kam2v9c4q8v6w0d3e5f7g9h1 --as alice
  $ npx portward exception list --json`;

interface WatchOptions extends AccountOptions {
  readonly watch?: boolean;
}

interface RequestOptions extends ActingOptions, WishOptions, WatchOptions {
  readonly rule?: string;
  readonly group?: string;
}

const acting = (command: Command): Command =>
  withAccount(withJson(command)).option("--as <name>", "who acts, in the local account");

const request = withWish(acting(new Command("request")))
  .description("Ask for a flow, or a rule on a group, for a while.")
  .argument("[from]", "a group or network of the matrix, an address, pl-… or sg-…")
  .argument("[to]", "the same")
  .argument("[ports...]", "such as tcp 22")
  .option("--rule <text>", "a rule instead of a flow, such as `ingress tcp 22 from 203.0.113.7/32`")
  .option("--group <id>", "the security group of the rule")
  .option("--watch", "wait for the answer; with --json one object a line")
  .addHelpText("after", EXAMPLES)
  .action(action(runRequest));

const extend = withDuration(acting(new Command("extend")))
  .description("Ask for more time; it has to be approved like the first.")
  .argument("<id>", "the exception's id")
  .action(action(runExtend));

const list = withAccount(withJson(new Command("list")))
  .description("List exceptions, newest first: those that ended in the last 30 days or will end.")
  .option("--watch", "go on and print what changes, until Ctrl-C; with --json one object a line")
  .action(action(runList));

const show = withAccount(withJson(new Command("show")))
  .description("Show one exception and everything that was done to it.")
  .option(
    "--watch",
    "go on and print what is done to it until it is over; with --json one object a line",
  )
  .argument("<id>", "the exception's id")
  .action(action(runShow));

export const command = new Command("exception")
  .description("Ask for a port for a while, approve it, and see what is open by exception.")
  .addCommand(request)
  .addCommand(stepCommand("approve", "Approve a request of somebody else."))
  .addCommand(stepCommand("reject", "Reject a request."))
  .addCommand(stepCommand("withdraw", "End an exception before its time, or take a request back."))
  .addCommand(extend)
  .addCommand(list)
  .addCommand(show)
  .addHelpText("after", EXAMPLES);

async function runRequest(
  from: string | undefined,
  to: string | undefined,
  ports: readonly string[],
  options: RequestOptions,
): Promise<ExitCode> {
  const words = wordsOf({ from, to, ports: ports.join(" ") }, options);
  const { target, steps } = await openActing(options);
  const asked = await steps.request(words, wishOf(options));
  if (!options.watch) return answer(target, asked, options);
  const { json = false } = options;
  if (json) printFirst(target, asked);
  else answer(target, asked, options);
  const until = ({ state }: KeptException) => state !== "requested";
  await watchOne(await target.connect(), asked.id, { json, from: asked, until });
  return CLEAN;
}

function wordsOf(
  { from, to, ports }: { from: string | undefined; to: string | undefined; ports: string },
  { rule, group }: RequestOptions,
): Words {
  const isRule = rule !== undefined || group !== undefined;
  if (isRule && from === undefined) {
    if (rule !== undefined && group !== undefined) return { rule, group };
    throw inputError("exception.rule", "--rule and --group go together", "give both");
  }
  if (isRule || from === undefined || to === undefined || ports === "") {
    const cure = "write FROM TO PORTS, or --rule TEXT --group SG";
    throw inputError("exception.what", "what is asked for is not said", cure);
  }
  return { from, to, ports };
}

function stepCommand(name: Exclude<LifeAction, "start" | "end">, description: string): Command {
  return acting(new Command(name))
    .description(description)
    .argument("<id>", "the exception's id")
    .option("--note <text>", "what to say about it")
    .option("--hash <hash>", "what you were shown, as `exception show` prints it")
    .action(
      action(async (id: string, options: ActingOptions & { note?: string; hash?: string }) => {
        const { target, steps } = await openActing(options);
        const { note, hash } = options;
        const said = { ...(note !== undefined && { note }), ...(hash !== undefined && { hash }) };
        return answer(target, await steps.act(id, name, said), options);
      }),
    );
}

async function runExtend(id: string, options: ActingOptions & WishOptions): Promise<ExitCode> {
  const { target, steps } = await openActing(options);
  const { for: minutes, reason } = options;
  return answer(target, await steps.extend(id, { minutes, reason }), options);
}

/** Says what became of an exception. */
export function answer(target: Target, kept: KeptException, { json }: AccountOptions): ExitCode {
  printAccount(target.title, json);
  if (json) printJson(kept);
  else {
    print(`${kept.id} is ${kept.state}: ${whatOf(kept)}, ${windowText(kept)}`);
    print(nextOf(kept));
  }
  return CLEAN;
}

function nextOf({ id, state, open, unsettled }: KeptException): string {
  if (state === "requested") return `somebody else approves it: portward exception approve ${id}`;
  if (state === "approved" && open) return "Portward opens it within a minute of its start";
  if (state === "approved") return "open it yourself: it stands as long as the window is open";
  return unsettled ? "Portward closes it within a minute" : "nothing is open by it";
}

/** The first line of what is watched as JSON. */
function printFirst(target: Target, kept: KeptException): void {
  printAccount(target.title, true);
  print(JSON.stringify(kept));
}

async function runList(options: WatchOptions): Promise<ExitCode> {
  const target = await openTarget(options);
  const deps = await target.connect();
  const kept = await deps.exceptions.list();
  const { json = false, watch } = options;
  if (watch && json) {
    printAccount(target.title, json);
    for (const one of kept.toReversed()) print(JSON.stringify(one));
    return watchAll(deps, { json, from: kept });
  }
  printAccount(target.title, options.json);
  if (options.json) printJson(kept);
  else if (kept.length === 0) print("no exceptions");
  else printLines(exceptionRows(kept));
  return watch ? watchAll(deps, { from: kept }) : CLEAN;
}

async function runShow(id: string, options: WatchOptions): Promise<ExitCode> {
  const target = await openTarget(options);
  const deps = await target.connect();
  const { exceptions } = deps;
  const kept = await exceptions.get(id);
  if (!kept) {
    const cure = "`portward exception list` names them";
    throw inputError("exception.unknown", `there is no exception ${quoted(id)}`, cure);
  }
  const history = await exceptions.history(id);
  const { json = false, watch } = options;
  if (watch && json) printFirst(target, kept);
  else {
    printAccount(target.title, json);
    if (json) printJson({ ...kept, history, isWhole: isWhole(kept, history) });
    else printLines(exceptionLines(kept, history));
  }
  if (watch) await watchOne(deps, id, { json, from: kept });
  return CLEAN;
}

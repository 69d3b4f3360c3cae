// What CloudTrail records would trigger: one line per record of some files. It reads the records
// only, unless --live runs them through the handler; judging a group is `explain`.

import { Command } from "commander";
import { type Reading, readFile } from "../../functions/aws/cloudtrail.ts";
import { plainText } from "../../matrix/plain-text.ts";
import { type ChangeVerdict, judgeChanges } from "../change-verdict.ts";
import { action, CLEAN, type ExitCode, FAILED } from "../exit-code.ts";
import { readInputs } from "../input-file.ts";
import { readMatrixFiles } from "../matrix-files.ts";
import { type AccountOptions, withAccount, withJson, withMatrix } from "../option.ts";
import { print, printAccount, printJson } from "../output.ts";
import { type LiveReplay, liveLines, replayLive } from "../replay-live.ts";
import { openTarget } from "../target.ts";

/** The public JSON form of one record's answer. */
export interface ReplayLine {
  id: string;
  event: string;
  outcome: Reading["outcome"];
  groups: string[];
  prefixLists: string[];
  actor?: { type: string; arn?: string; name: string };
  because: string;
  /** With a matrix: what it says of the rules the record made. */
  rules?: ChangeVerdict[];
  /** With --live: what the handler did. */
  live?: LiveReplay;
}

interface ReplayOptions extends AccountOptions {
  readonly event: string[];
  readonly matrix?: string[];
  readonly live?: boolean;
}

const EXAMPLES = `
A file holds one record, several, a CloudTrail log file, or either in an EventBridge envelope.
With --matrix the rules a record made are judged as well, on groups that the matrix names by id.

Examples:
  $ npx portward replay --event record.json
  $ npx portward replay --event events/*.json --json
  $ npx portward replay --event record.json --live`;

export const command = withMatrix(withAccount(withJson(new Command("replay"))), false)
  .description("Say what CloudTrail records would trigger, or run them through the handler.")
  .requiredOption("--event <file...>", "a file of CloudTrail records; - is standard input")
  .option("--live", "run the real handler against the account, and print what it did")
  .addHelpText("after", EXAMPLES)
  .action(action(run));

async function run(options: ReplayOptions): Promise<ExitCode> {
  const document = options.matrix && readMatrixFiles(options.matrix);
  const files = readInputs(options.event);
  if (options.live) return runLive(files, options);
  const lines = files.flatMap(({ text }) =>
    readFile(text).map(reading => {
      const line = lineFrom(reading);
      return document ? { ...line, rules: judgeChanges(document, reading) } : line;
    }),
  );
  printAccount("offline", options.json);
  if (options.json) printJson(lines);
  else process.stdout.write(renderReplay(lines));
  return CLEAN;
}

async function runLive(files: { text: string }[], options: ReplayOptions): Promise<ExitCode> {
  const target = await openTarget(options);
  const aws = await target.connect();
  printAccount(target.title, options.json);
  const lines: ReplayLine[] = [];
  for (const { text } of files) {
    for (const { reading, live } of await replayLive(aws, text)) {
      const line = { ...lineFrom(reading), ...(live && { live }) };
      lines.push(line);
      if (!options.json) process.stdout.write(renderReplay([line]));
    }
  }
  if (options.json) printJson(lines);
  else if (lines.length === 0) print("no records");
  return lines.some(({ live }) => live && live.errors.length > 0) ? FAILED : CLEAN;
}

/** Says for every record of the texts what it would trigger. */
export async function replayRecords(
  texts: { name: string; text: string }[],
): Promise<ReplayLine[]> {
  return texts.flatMap(({ text }) => readFile(text).map(lineFrom));
}

function lineFrom(reading: Reading): ReplayLine {
  const { id, event, outcome, groups, prefixLists, actor, because } = reading;
  const line = { id, event, outcome, groups, prefixLists };
  if (!actor) return { ...line, because };
  const { type, arn, name } = actor;
  return { ...line, actor: arn === undefined ? { type, name } : { type, arn, name }, because };
}

/** Prints the answers for people: outcome, call and caller, then what to look at and why. */
export function renderReplay(lines: ReplayLine[]): string {
  if (lines.length === 0) return "no records\n";
  const width = lines.reduce((most, line) => Math.max(most, line.outcome.length), 0);
  return lines.map(line => renderLine(line, width)).join("");
}

function renderLine(line: ReplayLine, width: number): string {
  const caller = line.actor ? ` by ${line.actor.name} (${line.actor.type})` : "";
  const id = line.id ? `  ${line.id}` : "";
  const head = `${line.outcome.padEnd(width)}  ${line.event || "no event"}${caller}${id}`;
  const indent = " ".repeat(width + 2);
  const looked = [...line.groups, ...line.prefixLists].join(" ");
  const rows = [
    head,
    ...(looked ? [indent + looked] : []),
    indent + plainText(line.because, 512),
    ...(line.rules ?? []).map(({ rule, verdict, because }) =>
      plainText(`${indent}${verdict}: ${rule}: ${because}`, 1_024),
    ),
    ...(line.live ? liveLines(line.live) : []).map(text => indent + text),
  ];
  return `${rows.join("\n")}\n`;
}

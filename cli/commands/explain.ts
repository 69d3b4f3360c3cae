// What each rule of a security group is under a matrix, and why: of groups described in files, or of
// a live one. It changes nothing.
import { Command } from "commander";
import type { MatrixDocument } from "../../matrix/document.ts";
import { inputError, quoted } from "../../matrix/errors.ts";
import type { Exception } from "../../matrix/exception.ts";
import { resolvePins } from "../../matrix/flows/selection.ts";
import { makePolicy } from "../../matrix/policy.ts";
import { readDescribed } from "../described.ts";
import { readExceptions } from "../exceptions-file.ts";
import { action, CLEAN, DRIFT, type ExitCode } from "../exit-code.ts";
import { type Explanation, explainGroup, explanationLines, hasDrift } from "../explanation.ts";
import { readJsonInputs } from "../input-file.ts";
import { explainLive } from "../live.ts";
import { readMatrixFiles } from "../matrix-files.ts";
import { type AccountOptions, withAccount, withJson, withMatrix } from "../option.ts";
import { counted, print, printAccount, printJson, printLines } from "../output.ts";
import { openTarget } from "../target.ts";

interface ExplainOptions extends AccountOptions {
  readonly matrix?: string[];
  readonly group?: string[];
  readonly groups?: string[];
  readonly exceptions?: string;
  readonly now?: string;
}

const EXAMPLES = `
Offline, the matrix's names and tags are resolved within the files. A file of rules alone has
neither: give the groups' own descriptions beside it with --groups. A live GROUP is judged by the
matrix files, or without them by the matrix that is applied in the account.

Examples:
  $ aws ec2 describe-security-groups --group-ids sg-0a1b2c3d4e5f60718 > group.json
  $ npx portward explain --matrix matrix/examples/funai-studio.yaml --group group.json
  $ npx portward explain sg-0f0a1b2c3d4e50100
  $ npx portward explain sg-0a1b2c3d4e5f60718 --aws --matrix flows.yaml --json`;

export const command = withMatrix(withAccount(withJson(new Command("explain"))), false)
  .description("Judge the rules of security groups: what each is, why, and what would be done.")
  .argument("[group]", "id of a live group, in the local account unless --aws")
  .option("--group <file...>", "a describe-security-groups or …-group-rules answer, judged offline")
  .option("--groups <file...>", "a describe-security-groups answer that says who is who")
  .option("--exceptions <file>", "JSON array of exceptions")
  .option("--now <iso>", "the time at which exceptions are judged; now unless told")
  .addHelpText("after", EXAMPLES)
  .action(action(run));

async function run(argument: string | undefined, given: ExplainOptions): Promise<ExitCode> {
  const { id, options } = withGroup(argument, given);
  const now = timeOf(options.now);
  const exceptions = options.exceptions === undefined ? [] : readExceptions(options.exceptions);
  if (id === undefined) {
    const found = explainFiles(options, exceptions, now);
    printAccount("offline", options.json);
    const all = found.map(({ explanation }) => explanation);
    return answer(found, options.json ? (all.length === 1 ? all[0] : all) : undefined);
  }
  const document = options.matrix && readMatrixFiles(options.matrix);
  const target = await openTarget(options);
  const found = await explainLive(target, id, {
    ...(document && { document }),
    ...(options.exceptions !== undefined && { exceptions }),
    now,
  });
  printAccount(target.title, options.json);
  return answer([found], options.json ? found.explanation : undefined);
}

/** A group after --matrix FILE… was taken for one more file: it is told apart by its form. */
function withGroup(
  argument: string | undefined,
  given: ExplainOptions,
): { id?: string; options: ExplainOptions } {
  const last = given.matrix?.at(-1);
  const isSwallowed = argument === undefined && !given.group && last && GROUP_ID.test(last);
  const id = isSwallowed ? last : argument;
  const files = isSwallowed ? given.matrix?.slice(0, -1) : given.matrix;
  const { matrix: _, ...rest } = given;
  const options: ExplainOptions = files?.length ? { ...rest, matrix: files } : rest;
  if (id !== undefined) {
    checkId(id, options);
    return { id, options };
  }
  if (!options.group) throw inputError("option.group", "name a group, or a file with --group FILE");
  if (!options.matrix) throw inputError("option.matrix", "name the matrix with --matrix FILE");
  return { options };
}

const GROUP_ID = /^sg-[0-9a-f]{8,17}$/;

function checkId(id: string, { group }: ExplainOptions): void {
  if (group) {
    throw inputError("option.group", "a live group and --group FILE exclude each other");
  }
  if (GROUP_ID.test(id)) return;
  const cure = "an id is sg- and 8 to 17 hexadecimal digits; a file goes after --group";
  throw inputError("option.group", `${quoted(id)} is no security group id`, cure);
}

function timeOf(text: string | undefined): number {
  if (text === undefined) return Date.now();
  const time = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(time)) return time;
  const message = `--now ${JSON.stringify(text)} is no time`;
  throw inputError("option.now", message, "write it as 2026-11-21T09:00:00Z");
}

function explainFiles(
  options: ExplainOptions,
  exceptions: readonly Exception[],
  now: number,
): Named[] {
  const document = readMatrixFiles(options.matrix ?? []);
  const files = readJsonInputs(options.group ?? []);
  const described = readDescribed(files, readJsonInputs(options.groups ?? []));
  if (
    described.groups.length === 0 &&
    files.some(({ json }) => "SecurityGroupRules" in Object(json))
  ) {
    const cure = "give the describe-security-groups answer instead";
    throw inputError("described.empty", "the file holds no rule, so it names no group", cure);
  }
  if (described.nameless.length > 0 && needsNames(document)) {
    const which = described.nameless.slice(0, 3).join(", ");
    throw inputError(
      "described.nameless",
      `the matrix selects groups by name, tags or VPC, which a file of rules does not tell: ${which}`,
      "give the describe-security-groups answer as well, with --groups FILE",
    );
  }
  const policy = makePolicy(document, resolvePins(document, described.known), "file");
  return described.groups.map(group => {
    const account = group.owner;
    const lists = { account, get: () => undefined };
    // Nothing is known of a group's VPC offline, so both address families are meant.
    const explanation = explainGroup(group, policy, { ipv6: true, exceptions, now, lists });
    return { explanation, name: group.name };
  });
}

function needsNames({ groups, vpcs }: MatrixDocument): boolean {
  const entries = Object.values(groups);
  return vpcs.length > 0 || entries.some(({ groupName, tags }) => groupName ?? tags);
}

interface Named {
  readonly explanation: Explanation;
  readonly name: string;
}

function answer(found: readonly Named[], json: unknown): ExitCode {
  const drifted = found.filter(({ explanation }) => hasDrift(explanation));
  if (json !== undefined) printJson(json);
  else {
    for (const { explanation, name } of found)
      printLines(["", ...explanationLines(explanation, name)]);
    print(`\n${counted(found.length, "group")}, ${drifted.length} with drift`);
  }
  return drifted.length > 0 ? DRIFT : CLEAN;
}

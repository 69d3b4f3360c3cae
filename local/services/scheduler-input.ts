// A schedule out of a request to EventBridge Scheduler: what is required, what is allowed, and the
// service's own words for what is not. It does not store anything.
import type { Schedule, Schedules } from "../schedules.ts";
import { AwsError } from "../wire/aws-error.ts";
import { breaks, mustNotBeNull, neededText, pathOf } from "../wire/constraint.ts";
import { type JsonObject, optionalObject, optionalText } from "../wire/input.ts";

const nameForm = "^[0-9a-zA-Z-_.]+$";

/** Reads a whole schedule as it is created or replaced now. */
export function scheduleOf(
  schedules: Schedules,
  now: number,
  name: string,
  input: JsonObject,
): Schedule {
  const group = optionalText(input, "GroupName") ?? "default";
  if (!schedules.hasGroup(group)) throw missing(`Schedule group ${group} does not exist.`);
  const expression = neededText(input, "ScheduleExpression");
  const description = optionalText(input, "Description");
  const clientToken = optionalText(input, "ClientToken");
  checkWindow(input);
  return {
    arn: schedules.arnOf(group, name),
    name,
    group,
    expression,
    // What AWS does with a time that is past is not documented, and reports differ: some saw it
    // refused, some saw it fire. Here it fires at once.
    at: timeOf(expression, optionalText(input, "ScheduleExpressionTimezone")),
    target: targetOf(input),
    isEnabled: oneOf(input, "State", ["ENABLED", "DISABLED"]) === "ENABLED",
    endsDeleted: oneOf(input, "ActionAfterCompletion", ["NONE", "DELETE"]) === "DELETE",
    createdAt: now,
    modifiedAt: now,
    ...(description !== undefined && { description }),
    ...(clientToken !== undefined && { clientToken }),
  };
}

function targetOf(input: JsonObject): Schedule["target"] {
  const target = optionalObject(input, "Target");
  if (!target) throw mustNotBeNull("target");
  const arn = neededText(target, "Arn", "target.arn");
  const roleArn = neededText(target, "RoleArn", "target.roleArn");
  if (!/^arn:[\w-]+:lambda:[\w-]+:\d{12}:function:[\w-]+$/.test(arn)) {
    throw invalid(`Provided Arn is not in correct format: ${arn} is no function.`);
  }
  if (!/^arn:[\w-]+:iam::\d{12}:role\/[\w+=,.@/-]+$/.test(roleArn)) {
    throw breaks("Member must satisfy regular expression pattern", "target.roleArn", roleArn);
  }
  const text = optionalText(target, "Input");
  if (text !== undefined && !isJson(text)) throw invalid("Input must be well-formed JSON.");
  return { arn, roleArn, ...(text !== undefined && { input: text }) };
}

/** Reads `at(yyyy-mm-ddThh:mm:ss)` in UTC. */
function timeOf(expression: string, zone = "UTC"): number {
  if (zone !== "UTC") throw invalid(`The local account knows no time zone ${zone}, only UTC.`);
  const text = /^at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)$/.exec(expression)?.[1];
  const time = text === undefined ? Number.NaN : Date.parse(`${text}Z`);
  // Some days that do not exist are read as days of the next month.
  const isReal = !Number.isNaN(time) && new Date(time).toISOString() === `${text}.000Z`;
  if (!isReal) throw invalid(`Invalid Schedule Expression ${expression}.`);
  return time;
}

function checkWindow(input: JsonObject): void {
  const window = optionalObject(input, "FlexibleTimeWindow");
  if (!window) throw mustNotBeNull("flexibleTimeWindow");
  const mode = neededText(window, "Mode", "flexibleTimeWindow.mode");
  if (mode !== "OFF") throw invalid(`The local account has no flexible time window ${mode}.`);
}

/** Refuses what cannot be the name of a schedule or a group. */
export function checkName(name: string): void {
  if (!/^[0-9a-zA-Z-_.]+$/.test(name)) {
    throw breaks(`Member must satisfy regular expression pattern: ${nameForm}`, "name", name);
  }
  if (name.length > 64) {
    throw breaks("Member must have length less than or equal to 64", "name", name);
  }
}

/** One of some words; the first of them when it is left out. */
function oneOf(input: JsonObject, name: string, words: readonly [string, ...string[]]): string {
  const value = optionalText(input, name) ?? words[0];
  if (words.includes(value)) return value;
  const set = `Member must satisfy enum value set: [${words.toSorted().join(", ")}]`;
  throw breaks(set, pathOf(name), value);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function invalid(message: string): AwsError {
  return new AwsError("ValidationException", message);
}

/** What is there already. */
export function conflict(message: string): AwsError {
  return new AwsError("ConflictException", message, 409);
}

/** What is not there. */
export function missing(message: string): AwsError {
  return new AwsError("ResourceNotFoundException", message, 404);
}

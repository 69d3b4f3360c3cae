// The words in which Scheduler and KMS refuse a parameter that breaks a rule of its own.
import { AwsError } from "./aws-error.ts";
import { type JsonObject, optionalText } from "./input.ts";

/** Reads a text that must be there. */
export function neededText(input: JsonObject, name: string, path = pathOf(name)): string {
  const value = optionalText(input, name);
  if (value === undefined) throw mustNotBeNull(path);
  return value;
}

/** Refuses a parameter that is missing. */
export function mustNotBeNull(path: string): AwsError {
  return refused(`Value null at '${path}'`, "Member must not be null");
}

/** Refuses a parameter whose value breaks a rule; a long or secret value is left out. */
export function breaks(rule: string, path: string, value?: string): AwsError {
  return refused(
    value === undefined ? `Value at '${path}'` : `Value '${value}' at '${path}'`,
    rule,
  );
}

/** A parameter's name as those messages spell it. */
export function pathOf(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}

function refused(what: string, rule: string): AwsError {
  const failed = `${what} failed to satisfy constraint: ${rule}`;
  return new AwsError("ValidationException", `1 validation error detected: ${failed}`);
}

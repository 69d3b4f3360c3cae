// Reads typed fields out of a JSON object that came over the wire: absent is absent, and a field
// of the wrong type is refused the way AWS refuses it.
import { AwsError } from "./aws-error.ts";

/** A JSON object whose fields nobody has checked. */
export type JsonObject = { readonly [name: string]: unknown };

/** Reads an optional text. */
export function optionalText(input: JsonObject, name: string): string | undefined {
  const value = fieldOf(input, name);
  if (value === undefined) return undefined;
  if (typeof value !== "string") throw wrongType(name, "a string");
  return value;
}

/** Reads a text that must be there. */
export function requiredText(input: JsonObject, name: string): string {
  const value = optionalText(input, name);
  if (value === undefined || value === "") {
    throw new AwsError("MissingParameter", `The request must contain the parameter ${name}.`);
  }
  return value;
}

/** Reads an optional whole number within bounds. */
export function optionalInteger(
  input: JsonObject,
  name: string,
  least: number,
  most: number,
): number | undefined {
  const value = fieldOf(input, name);
  if (value === undefined) return undefined;
  if (!Number.isInteger(value)) throw wrongType(name, "an integer");
  const number = value as number;
  if (number < least || number > most) {
    const bounds = `Must be between ${least} and ${most}, if provided.`;
    const message = `Value ${number} for parameter ${name} is invalid. Reason: ${bounds}`;
    throw new AwsError("InvalidParameterValue", message);
  }
  return number;
}

/** Reads an optional object. */
export function optionalObject(input: JsonObject, name: string): JsonObject | undefined {
  const value = fieldOf(input, name);
  if (value === undefined) return undefined;
  if (typeof value !== "object" || Array.isArray(value)) throw wrongType(name, "an object");
  return value as JsonObject;
}

/** Reads a list of objects; absent is empty. */
export function objectList(input: JsonObject, name: string): JsonObject[] {
  const value = fieldOf(input, name) ?? [];
  if (!Array.isArray(value)) throw wrongType(name, "a list");
  for (const item of value) {
    if (typeof item !== "object" || item === null) throw wrongType(name, "a list of objects");
  }
  return value as JsonObject[];
}

/** Reads a list of texts; absent is empty. */
export function textList(input: JsonObject, name: string): string[] {
  const value = fieldOf(input, name) ?? [];
  if (!Array.isArray(value) || value.some(item => typeof item !== "string")) {
    throw wrongType(name, "a list of strings");
  }
  return value as string[];
}

function fieldOf(input: JsonObject, name: string): unknown {
  const value = Object.hasOwn(input, name) ? input[name] : undefined;
  return value === null ? undefined : value;
}

function wrongType(name: string, wanted: string): AwsError {
  return new AwsError("SerializationException", `${name} must be ${wanted}.`);
}

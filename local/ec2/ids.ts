// What does an EC2 id look like? Makes new ids and tells well-formed ones from others.

import { randomBytes } from "node:crypto";
import { Ec2Error } from "./errors.ts";

/** Makes a random id such as sg-0e79c7acdf4a0225e; ids are never reused. */
export function newId(prefix: string): string {
  return `${prefix}-0${randomBytes(8).toString("hex")}`;
}

/** Tells whether a text is an id of this kind: eight (old) or seventeen hex digits. */
export function isId(prefix: string, text: string): boolean {
  return (
    text.startsWith(`${prefix}-`) &&
    /^([0-9a-f]{8}|[0-9a-f]{17})$/.test(text.slice(prefix.length + 1))
  );
}

/** Refuses a text that is no id of this kind, with EC2's Malformed code. */
export function checkId(prefix: string, text: string, code: string): void {
  if (!isId(prefix, text)) {
    throw new Ec2Error(code, `Invalid id: "${text}" (expecting "${prefix}-...")`);
  }
}

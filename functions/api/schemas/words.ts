// The words that requests and answers of the API share: ids, durations, times and bounded text.
import * as z from "zod";
import { readDuration, readTime } from "../../../matrix/exceptions/exception-words.ts";

/** Text of at most so many characters that says something. */
export const line = (most: number): z.ZodString => z.string().min(1).max(most);

export const groupId = z
  .string()
  .regex(/^sg-[0-9a-f]{8,17}$/, "a security group id is sg- and 8 to 17 hexadecimal digits");

export const reason = line(500).describe("Why, for those who read the alert.");
export const note = line(500).describe("What to say about it.");

export const minutes = z
  .union([
    z.int().min(1).max(10_080),
    z.string().regex(/^[1-9]\d{0,3}[mhd]$/, "a duration is like 30m, 2h or 1d"),
  ])
  .describe("How long: whole minutes, or text like 30m, 2h or 1d.");

/** The minutes that `minutes` says. */
export const minutesIn = (said: z.output<typeof minutes>): number =>
  typeof said === "number" ? said : (readDuration(said) ?? 0);

export const time = z
  .string()
  .max(40)
  .refine(text => readTime(text) !== undefined, "a time is like 2026-11-21T09:00Z, with its zone")
  .describe("ISO 8601 with its zone.");

export const limit = z
  .string()
  .regex(/^(?:[1-9]\d?|100)$/, "a whole number from 1 to 100")
  .describe("How many at most, 1 to 100; 50 unless given.");

export const cursor = line(100).describe("`next` of the page before; where the next one begins.");

/** Who somebody is, as far as what he signed in with tells. */
export const identity = z.looseObject({
  kind: z.string(),
});

/** What every list of the API is. */
export const pageOf = <T extends z.ZodType>(items: T) =>
  z.strictObject({
    items: z.array(items),
    next: z.string().describe("The cursor of the next page; absent on the last.").optional(),
  });

export const problem = z
  .strictObject({
    type: z.string().regex(/^urn:portward:problem:[a-z0-9.-]+$/i),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    problems: z
      .array(
        z.strictObject({
          path: z.string().optional(),
          code: z.string(),
          message: z.string(),
          cure: z.string().optional(),
        }),
      )
      .describe("Each thing wrong with an input.")
      .optional(),
    requestId: z.string().optional(),
  })
  .describe("RFC 9457 problem details.");

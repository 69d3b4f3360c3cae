// What the rounds of a hub are asked: a message on their queue, a call by the clock, or a call by hand.
import * as z from "zod";

const place = {
  account: z.string().regex(/^\d{12}$/, "an account id of 12 digits"),
  region: z.string().regex(/^[a-z]{2,}(-[a-z]+)+-\d+$/, "a region"),
};

/** A round as it is on the queue. `at` is when it was asked for, in milliseconds. */
export const roundForm = z.discriminatedUnion("does", [
  z.strictObject({ ...place, does: z.literal("audit") }),
  z.strictObject({ ...place, does: z.literal("sweep"), at: z.number() }),
  z.strictObject({ ...place, does: z.literal("job"), job: z.record(z.string(), z.unknown()) }),
]);

export type Round = z.infer<typeof roundForm>;

/** What the schedules say. */
export const clockForm = z.strictObject({
  source: z.literal("aws.scheduler"),
  put: z.enum(["audits", "sweeps"]),
});

const files = z.array(z.strictObject({ name: z.string(), text: z.string() })).min(1);

const group = z
  .string()
  .regex(/^sg-[0-9a-f]+$/)
  .optional();

/** What a person says: audit a member, plan or apply a matrix there, pause or resume. */
export const callForm = z.discriminatedUnion("does", [
  z.strictObject({ ...place, does: z.literal("audit"), apply: z.string().optional() }),
  z.strictObject({ ...place, does: z.literal("plan"), files }),
  z.strictObject({
    ...{ ...place, does: z.literal("apply"), files },
    ...{ accept: z.string().optional(), note: z.string().default("") },
  }),
  z.strictObject({
    ...{ ...place, does: z.literal("pause"), group },
    ...{ minutes: z.number().int().positive(), reason: z.string() },
  }),
  z.strictObject({ ...place, does: z.literal("resume"), group }),
]);

export type RoundCall = z.infer<typeof callForm>;

// Pauses and status on the wire.
import * as z from "zod";
import { groupId, minutes, reason } from "./words.ts";

export const pauseBody = z.discriminatedUnion("action", [
  z
    .strictObject({ action: z.literal("pause"), group: groupId.optional(), minutes, reason })
    .describe("Stops all writing, on one group or on all, 24 hours at most."),
  z
    .strictObject({
      action: z.literal("hold"),
      group: groupId,
      minutes: minutes.optional(),
      reason,
    })
    .describe("Stops restoring on one group, until it is resumed unless minutes are given."),
  z
    .strictObject({ action: z.literal("resume"), group: groupId.optional() })
    .describe("Ends the pause of every group, or the pause and the hold of one."),
]);

const stop = {
  until: z.string().describe("ISO 8601, exclusive.").optional(),
  by: z.string(),
  reason: z.string(),
  at: z.string(),
};

export const pause = z.strictObject({
  kind: z.enum(["pause", "hold"]),
  group: z.string().optional(),
  ...stop,
});

export const resumed = z.strictObject({ resumed: z.literal(true), group: z.string().optional() });

export const status = z.looseObject({
  account: z.string(),
  region: z.string(),
  stage: z.string(),
  matrix: z
    .looseObject({ name: z.string(), mode: z.string(), version: z.int() })
    .nullable()
    .describe("The matrix in force; null where nothing is judged or changed."),
  pauses: z.array(z.looseObject({ group: z.string().optional(), ...stop })),
  holds: z.array(z.looseObject({ group: z.string(), ...stop })),
  findings: z.array(z.looseObject({ id: z.string() })).describe("The last five."),
  dirty: z.array(z.looseObject({ groupId: z.string(), because: z.string() })),
  queued: z.int(),
  deadLetters: z.int(),
});

export const health = z.strictObject({ status: z.literal("ok") });

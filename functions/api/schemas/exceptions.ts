// Exceptions on the wire: what may be asked for and done, and how one is shown. It is shown in the form
// in which it is kept, the same that `portward exception --json` prints.
import * as z from "zod";
import {
  cursor,
  groupId,
  identity,
  limit,
  line,
  minutes,
  note,
  pageOf,
  reason,
  time,
} from "./words.ts";

const wish = {
  minutes,
  reason,
  start: time.describe("When it starts, in whole minutes; now unless given.").optional(),
  open: z.boolean().describe("Whether Portward opens it; true unless given.").optional(),
  breakGlass: z
    .boolean()
    .describe("Without approval, as long as the matrix lets anybody.")
    .optional(),
};

export const flowWish = z
  .strictObject({
    from: line(500).describe("A group or network of the matrix, an address, pl-… or sg-…."),
    to: line(500).describe("The same."),
    ports: line(200).describe("Such as tcp 7002."),
    ...wish,
  })
  .describe("Asks for a flow in the words of the matrix.");

export const ruleWish = z
  .strictObject({
    rule: line(200).describe("Such as ingress tcp 22 from 203.0.113.7/32."),
    group: groupId,
    ...wish,
  })
  .describe("Asks for one rule on one security group.");

export const undoWish = z.strictObject(wish).describe("Asks for what a finding says was closed.");

export const approval = z
  .strictObject({
    hash: z
      .string()
      .regex(/^[0-9a-f]{64}$/, "a hash is 64 hexadecimal digits")
      .describe("`askHash` of what you were shown: if it has changed since, nothing is approved."),
    note: note.optional(),
  })
  .describe("Approves what was shown.");

export const remark = z.strictObject({ note: note.optional() });

export const extension = z.strictObject({ minutes, reason });

const state = z.enum(["requested", "approved", "active", "expired", "rejected", "withdrawn"]);

export const exceptionsQuery = z.strictObject({
  limit: limit.optional(),
  cursor: cursor.optional(),
  state: state.optional(),
});

const entry = z.looseObject({
  n: z.int().min(1),
  at: z.string(),
  by: z.string(),
  action: z.string(),
  to: state,
  note: z.string().optional(),
  prev: z.string().describe("The hash of the entry before; empty for the first."),
});

const kept = {
  id: z.string(),
  state,
  start: z.int().describe("Milliseconds since the epoch."),
  end: z.int().describe("Milliseconds since the epoch, exclusive."),
  groups: z.array(z.string()),
  open: z.boolean(),
  reason: z.string(),
  flow: z.looseObject({}).describe("What it permits, as the matrix has it.").optional(),
  rule: z.string().optional(),
  rev: z.int().describe("Counts the steps taken."),
  askedAt: z.int(),
  requester: identity,
  askHash: z.string().describe("The hash an approval is bound to."),
  approver: identity.optional(),
  actor: identity.describe("Who made the rule that was closed.").optional(),
  finding: z.string().optional(),
  extends: z.string().optional(),
  breakGlass: z.boolean().optional(),
  last: entry,
};

export const exception = z.looseObject(kept);
export const exceptionShown = z.looseObject({ ...kept, history: z.array(entry) });
export const exceptionPage = pageOf(exception);

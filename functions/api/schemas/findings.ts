// Findings on the wire: which to list, and how one is shown: in the form in which it is kept.
import * as z from "zod";
import { cursor, groupId, limit, pageOf, time } from "./words.ts";

export const outcome = z.enum([
  ...(["closed", "narrowed", "restored", "put-back", "gone", "permitted"] as const),
  ...(["left-open", "could-not-close", "could-not-restore", "reported"] as const),
]);

export const findingsQuery = z.strictObject({
  limit: limit.optional(),
  cursor: cursor.optional(),
  since: time
    .describe(
      "Seen since then; the last 30 days unless given, and as far back as findings are kept.",
    )
    .optional(),
  group: groupId.optional(),
  outcome: outcome.optional(),
  state: z.enum(["open", "over"]).describe("Whether what drifted is over.").optional(),
});

const sighting = z.looseObject({ kind: z.string(), id: z.string() });

export const finding = z.looseObject({
  id: z.string(),
  occurrence: z.int().min(1),
  kind: z.string(),
  account: z.string(),
  region: z.string(),
  group: z.looseObject({ id: z.string(), name: z.string() }),
  parts: z.array(z.string()),
  mode: z.string(),
  rule: z.string(),
  ruleId: z.string().optional(),
  after: z.array(z.string()).describe("Rules that are left of it or stand in its place."),
  because: z.string(),
  trigger: sighting,
  actor: z.looseObject({ type: z.string(), name: z.string() }).optional(),
  outcome,
  openedAt: z.string().optional(),
  seenAt: z.string(),
  closedAt: z.string().optional(),
  calls: z.array(z.string()),
  owed: z.array(z.string()),
  notes: z.array(z.string()),
  matrixVersion: z.string(),
  publishedAt: z.string().optional(),
  sightings: z.array(sighting),
});

export const findingPage = pageOf(finding);

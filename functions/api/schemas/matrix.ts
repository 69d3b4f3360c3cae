// The matrix on the wire, and the jobs that the API hands to others: audits, plans and applies.
import * as z from "zod";
import { line, note } from "./words.ts";

/** What one request may bring. */
const MATRIX = 900_000;

const matrixText = {
  text: line(MATRIX).describe("A matrix file, YAML or JSON.").optional(),
  document: z.record(z.string(), z.unknown()).describe("A matrix file, as JSON.").optional(),
  files: z
    .array(z.strictObject({ name: line(200), text: line(MATRIX) }))
    .min(1)
    .max(20)
    .describe("Several files, the later laid over the earlier.")
    .optional(),
};

const ONE_OF = "exactly one of text, document and files is needed";

const hasOne = ({
  text,
  document,
  files,
}: Partial<Record<keyof typeof matrixText, unknown>>): boolean =>
  [text, document, files].filter(form => form !== undefined).length === 1;

export const planBody = z.strictObject(matrixText).refine(hasOne, ONE_OF);

export const applyBody = z
  .strictObject({
    ...matrixText,
    planId: z
      .string()
      .regex(/^[pj]-[0-9a-z]{12,26}$/, "an id is like p-feci5krfm5sp")
      .describe("The plan that showed what it does."),
    version: z.int().min(0).describe("The version it was made from; 0 where none is in force."),
    note: note.optional(),
  })
  .refine(hasOne, ONE_OF);

export const matrixQuery = z.strictObject({
  version: z
    .string()
    .regex(/^[1-9]\d{0,8}$/, "a version is a whole number from 1")
    .optional(),
});

export const matrix = z.strictObject({
  version: z.int(),
  sha: z.string(),
  by: z.string(),
  at: z.string(),
  note: z.string(),
  parent: z.int().describe("The version active before it; 0 for none."),
  active: z.boolean(),
  document: z.looseObject({ matrix: z.string(), mode: z.string() }).describe("As it is checked."),
  pins: z.looseObject({}).describe("Which live groups play its parts."),
});

export const auditBody = z.strictObject({
  apply: z
    .string()
    .regex(/^p-[a-z2-7]{12}$/, "a plan's id is like p-feci5krfm5sp")
    .describe("Does exactly what this plan of an earlier audit holds back.")
    .optional(),
});

const job = {
  id: z.string(),
  kind: z.enum(["audit", "plan", "apply"]),
  by: z.string(),
  at: z.string(),
  state: z.enum(["requested", "running", "done", "refused", "failed"]),
  endedAt: z.string().optional(),
  code: z.string().optional(),
  because: z.string().describe("Why it was refused or failed.").optional(),
};

export const jobAsked = z.strictObject(job);
export const jobShown = z.strictObject({
  ...job,
  result: z.unknown().describe("What came of it, once it is done.").optional(),
});

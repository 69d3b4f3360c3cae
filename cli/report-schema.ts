// The JSON of an audit as it was saved, checked before anything is made of it: a file may come from
// anywhere. Keys it does not know are left out.
import * as z from "zod";
import { SEVERITIES } from "../matrix/alert/outcome.ts";
import type { AuditKind, AuditReport } from "../matrix/audit/report.ts";
import { KINDS } from "../matrix/audit/report-words.ts";
import { InputError } from "../matrix/errors.ts";
import { readJsonInputs } from "./input-file.ts";

const mode = z.enum(["observe", "revoke", "enforce"]);
const count = z.int().min(0);
const texts = z.array(z.string());

const finding = z.object({
  id: z.string(),
  kind: z.enum(Object.keys(KINDS) as [AuditKind, ...AuditKind[]]),
  severity: z.enum(SEVERITIES as unknown as [string, ...string[]]),
  group: z.string(),
  groupName: z.string().optional(),
  parts: texts.optional(),
  rule: z.string(),
  ruleId: z.string().optional(),
  because: z.string(),
  findingId: z.string().optional(),
  outcome: z.string().optional(),
  missed: z.boolean().optional(),
  held: z.boolean().optional(),
});

const group = z.object({
  id: z.string(),
  name: z.string(),
  vpcId: z.string().optional(),
  parts: texts,
  mode: mode.optional(),
  rules: count,
  interfaces: count,
});

const carrier = z.object({
  id: z.string(),
  groups: texts,
  addresses: texts,
  publicAddress: z.string().optional(),
  instance: z.string().optional(),
  description: z.string().optional(),
});

/**
 * What `audit --json` prints.
 *
 * @example { id: "…", account: "111122223333", region: "ap-southeast-1", startedAt: "2026-11-28T07:00:00Z",
 *   groups: 5, rules: 21, findings: [], audited: [], interfaces: [] }
 */
const reportSchema = z.object({
  id: z.string(),
  account: z.string().regex(/^\d{12}$/, "it is no account id"),
  region: z.string().regex(/^[a-z]{2,4}(-[a-z]+)+-\d$/, "it is no region"),
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime().optional(),
  matrix: z.object({ name: z.string(), version: z.string(), mode }).optional(),
  groups: count,
  rules: count,
  findings: z.array(finding),
  planId: z.string().optional(),
  audited: z.array(group).default([]),
  interfaces: z.array(carrier).default([]),
});

/** Reads a saved report; throws an InputError that names every field that is wrong. */
export function readReport(file: string): AuditReport {
  const [input] = readJsonInputs([file]);
  const { data, error } = reportSchema.safeParse(input?.json);
  if (data) return data as AuditReport;
  throw new InputError(
    error.issues.map(issue => {
      const path = issue.path.join(".");
      const message = `${path}${path && ": "}${issue.message.replace(/^Invalid input: /, "")}`;
      const cure = path === "" ? "`portward audit --json` prints one" : undefined;
      return { code: "report.field", file, path, message, ...(cure !== undefined && { cure }) };
    }),
  );
}

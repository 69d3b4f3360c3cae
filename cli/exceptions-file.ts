// Exceptions out of a file, as `explain --exceptions` takes them: a JSON array of exception items.
// Whether one is active is decided by the clock, not here.
import * as z from "zod";
import { InputError, type Problem } from "../matrix/errors.ts";
import type { Exception } from "../matrix/exception.ts";
import { parseRule } from "../matrix/rules/rule.ts";
import { readJsonInputs } from "./input-file.ts";

/** Times are milliseconds, as they are stored, or ISO 8601. */
const time = z.union([
  z.int(),
  z.iso.datetime({ offset: true }).transform(text => Date.parse(text)),
]);

const peer = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("cidr"), cidr: z.string() }),
  z.object({
    kind: z.literal("prefix-list"),
    id: z.string(),
    within: z.array(z.string()).optional(),
  }),
  z.object({ kind: z.literal("group"), id: z.string(), owner: z.string().optional() }),
  z.object({ kind: z.literal("network"), name: z.string() }),
  z.object({ kind: z.literal("entry"), name: z.string() }),
  z.object({ kind: z.literal("public") }),
]);

const ports = z.object({
  protocol: z.union([z.enum(["tcp", "udp", "icmp", "icmpv6", "all"]), z.int()]),
  from: z.int(),
  to: z.int(),
});

/**
 * One exception.
 *
 * @example { id: "x-1", state: "approved", start: "2026-11-21T09:00:00Z", end: "2026-11-21T11:00:00Z",
 *   groups: ["sg-0a1b2c3d"], rule: "ingress tcp 22 from 203.0.113.7/32" }
 */
const exceptionSchema = z
  .object({
    id: z.string(),
    state: z.string(),
    start: time,
    end: time,
    groups: z.array(z.string()),
    open: z.boolean().default(false),
    reason: z.string().optional(),
    rule: z
      .string()
      .refine(text => parseRule(text) !== undefined, "it is no rule text")
      .optional(),
    flow: z.object({ from: z.array(peer), to: z.array(peer), ports: z.array(ports) }).optional(),
  })
  .refine(
    ({ rule, flow }) => rule !== undefined || flow !== undefined,
    "it has no flow and no rule",
  );

/** Reads exceptions; throws an InputError that names every field that is wrong. */
export function readExceptions(file: string): Exception[] {
  const [input] = readJsonInputs([file]);
  const { data, error } = z.array(exceptionSchema).safeParse(input?.json);
  if (data) return data as Exception[];
  throw new InputError((error?.issues ?? []).map(issue => problemOf(file, issue)));
}

function problemOf(file: string, issue: z.core.$ZodIssue): Problem {
  const path = issue.path
    .map(key => (typeof key === "number" ? `[${key}]` : `.${String(key)}`))
    .join("");
  const message = issue.message.replace(/^Invalid input: /, "");
  return { code: "exceptions.field", file, path, message: `${path}${path && ": "}${message}` };
}

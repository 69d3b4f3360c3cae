// Asks the registry, where one answers, whether what is installed is signed and known to be
// vulnerable. Where none answers it says so and passes: nothing was checked then.
import { spawnSync } from "node:child_process";
import * as z from "zod";
import { root } from "./repository.ts";

/** What came of a question. A report is the only proof that somebody answered. */
export type Answer =
  | { readonly kind: "clean" | "not checked" }
  | { readonly kind: "found"; readonly what: readonly string[] };

const named = z.looseObject({ name: z.string(), version: z.string().optional() });
const signatures = z.object({ invalid: z.array(named), missing: z.array(named) });
const vulnerabilities = z.object({
  auditReportVersion: z.number(),
  vulnerabilities: z.record(z.string(), z.looseObject({ severity: z.string() })),
});

/** Reads what `npm audit signatures --json` printed. */
export function signaturesIn(printed: string): Answer {
  const report = signatures.safeParse(parsed(printed)).data;
  if (!report) return { kind: "not checked" };
  const say = (problem: string) => (one: z.infer<typeof named>) =>
    `${one.name}@${one.version ?? "?"}: signature ${problem}`;
  return answerOf([...report.invalid.map(say("invalid")), ...report.missing.map(say("missing"))]);
}

/** Reads what `npm audit --json` printed. */
export function vulnerabilitiesIn(printed: string): Answer {
  const report = vulnerabilities.safeParse(parsed(printed)).data;
  if (!report) return { kind: "not checked" };
  const found = Object.entries(report.vulnerabilities);
  return answerOf(found.map(([name, { severity }]) => `${name}: ${severity}`));
}

const answerOf = (what: string[]): Answer =>
  what.length === 0 ? { kind: "clean" } : { kind: "found", what };

function parsed(printed: string): unknown {
  try {
    return JSON.parse(printed);
  } catch {
    return undefined;
  }
}

const questions = [
  { what: "signatures", args: ["audit", "signatures"], read: signaturesIn },
  { what: "known vulnerabilities", args: ["audit"], read: vulnerabilitiesIn },
];

function ask(): void {
  const counts = { clean: 0, found: 0, "not checked": 0 };
  for (const { what, args, read } of questions) {
    const options = { cwd: root, encoding: "utf8", timeout: 120_000 } as const;
    const answer = read(spawnSync("npm", [...args, "--json", "--fetch-retries=0"], options).stdout);
    counts[answer.kind] += 1;
    const none = `not checked here, no registry answers \`npm ${args.join(" ")}\``;
    if (answer.kind === "found") console.log(`${what}:\n  ${answer.what.join("\n  ")}`);
    else console.log(`${what}: ${answer.kind === "clean" ? "checked, nothing found" : none}`);
  }
  if (counts.clean + counts.found > 0) {
    console.log(`${counts.clean} passed, ${counts.found} failed`);
  }
  process.exitCode = counts.found > 0 ? 1 : 0;
}

if (import.meta.main) ask();

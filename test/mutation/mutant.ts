// One small change of a source and what came of it, as Stryker's report has it.
import { readFileSync } from "node:fs";
import * as z from "zod";
import { originalOf } from "./span.ts";
import { NOT_DRAWN, TEXT } from "./worth.ts";

const positionSchema = z.object({ line: z.number(), column: z.number() });
const reportSchema = z.object({
  files: z.record(
    z.string(),
    z.object({
      source: z.string(),
      mutants: z.array(
        z.object({
          mutatorName: z.string(),
          replacement: z.string().default(""),
          status: z.string(),
          statusReason: z.string().optional(),
          location: z.object({ start: positionSchema, end: positionSchema }),
        }),
      ),
    }),
  ),
});

/** What came of a mutant: whether a test noticed it, or why it was not tried. */
export type Fate = "noticed" | "missed" | "static" | "text" | "not drawn";

/** A change of a source, named by texts, so that it is known again when lines have moved. */
export interface Mutant {
  readonly file: string;
  readonly line: number;
  /** The line it begins in. */
  readonly in: string;
  readonly from: string;
  readonly to: string;
  readonly fate: Fate;
}

/** Reads a report of Stryker's. */
export function mutantsIn(path: string): Mutant[] {
  const { files } = reportSchema.parse(JSON.parse(readFileSync(path, "utf8")));
  return Object.entries(files).flatMap(([file, { source, mutants }]) =>
    mutants.map(({ location, replacement, status, statusReason }) => ({
      file,
      line: location.start.line,
      in: short(source.split("\n")[location.start.line - 1] ?? ""),
      from: short(originalOf(source, location)),
      to: short(replacement),
      fate: fateOf(file, status, statusReason),
    })),
  );
}

function fateOf(file: string, status: string, reason = ""): Fate {
  if (status === "Killed" || status === "Timeout") return "noticed";
  // What breaks the process that runs the tests again and again has not been noticed by any.
  if (status === "Survived" || status === "NoCoverage" || status === "RuntimeError")
    return "missed";
  if (status === "Ignored") return "static";
  if (status === "CompileError" && reason.includes(TEXT)) return "text";
  if (status === "CompileError" && reason.includes(NOT_DRAWN)) return "not drawn";
  throw new Error(`${file}: a mutant came to ${status} ${reason}`);
}

/** One line, cut where it gets long. */
function short(text: string): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line.length > 120 ? `${line.slice(0, 119)}…` : line;
}

// A report in the form somebody asked for: on the terminal, or in a file. What each form says is
// matrix/audit/; what was found is the audit's.
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { type Command, Option } from "commander";
import type { Severity } from "../matrix/alert/outcome.ts";
import { type PageInput, pageText } from "../matrix/audit/page/page.ts";
import { csvText } from "../matrix/audit/report-csv.ts";
import { ocsfEvents } from "../matrix/audit/report-ocsf.ts";
import { sarifLog } from "../matrix/audit/report-sarif.ts";
import { tableLines } from "../matrix/audit/report-table.ts";
import { inputError } from "../matrix/errors.ts";
import manifest from "../package.json" with { type: "json" };
import { columns, paint, type Tone } from "./output.ts";

export const FORMATS = ["table", "json", "csv", "sarif", "ocsf", "html"] as const;

export type ReportFormat = (typeof FORMATS)[number];

/** In which form a report is written, and where to; absent is the terminal. */
export interface ReportOptions {
  readonly format: ReportFormat;
  readonly out?: string;
}

/** Adds --format and --out. */
export function withReport(command: Command): Command {
  const format = new Option("--format <form>", "the form of the report").choices(FORMATS);
  return command
    .addOption(format.default("table"))
    .option("--out <file>", "write it to a file instead of stdout");
}

/** Writes a report where it is asked for, in the form that is asked for. */
export function writeReport(input: PageInput, { format, out }: ReportOptions): void {
  const text = formText(input, format, out === undefined);
  if (out === undefined) {
    process.stdout.write(text);
    return;
  }
  try {
    writeFileSync(out, text);
  } catch (thrown) {
    throw inputError("option.out", `${out} cannot be written: ${(thrown as Error).message}`);
  }
}

function formText(input: PageInput, format: ReportFormat, isTerminal: boolean): string {
  const { report } = input;
  const { version } = manifest;
  if (format === "json") return `${JSON.stringify(report, null, 2)}\n`;
  if (format === "csv") return csvText(report);
  if (format === "sarif") return `${JSON.stringify(sarifLog(report, version), null, 2)}\n`;
  // One event a line, so that a log shipper can take it line by line.
  if (format === "ocsf")
    return ocsfEvents(report, version)
      .map(one => `${JSON.stringify(one)}\n`)
      .join("");
  if (format === "html") return pageText(input, sha256);
  return `${tableLines(report, columns())
    .map(line => (isTerminal ? painted(line) : line.text))
    .join("\n")}\n`;
}

const TONES: Readonly<Record<Severity, Tone>> = {
  critical: "bad",
  high: "bad",
  medium: "doubtful",
  low: "quiet",
};

function painted({ text, severity }: ReturnType<typeof tableLines>[number]): string {
  if (severity === undefined) return text;
  return paint(TONES[severity], severity) + text.slice(severity.length);
}

const sha256 = (text: string): string => createHash("sha256").update(text).digest("base64");

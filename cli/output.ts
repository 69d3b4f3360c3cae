// What a command prints: lines, tables and JSON on stdout; colour on a terminal only. With --json
// stdout is one JSON value, and the line that names the account goes to stderr.
import { styleText } from "node:util";
import { widthOf, wrap } from "../matrix/alert/paragraph.ts";

const MOST_COLUMNS = 100;
const LEAST_COLUMNS = 40;

/** How a word stands out on a terminal. */
export type Tone = "good" | "bad" | "doubtful" | "quiet" | "title";

const STYLES = {
  good: "green",
  bad: "red",
  doubtful: "yellow",
  quiet: "dim",
  title: "bold",
} as const;

/** Prints text and a line end. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Prints lines. */
export function printLines(lines: readonly string[]): void {
  if (lines.length > 0) print(lines.join("\n"));
}

/** Prints a JSON value, indented. */
export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}

/** Prints the first line of every answer, which names the account. */
export function printAccount(account: string, isJson: boolean | undefined): void {
  if (isJson) process.stderr.write(`${account}\n`);
  else print(account);
}

/** Paints a word; plain unless stdout is a terminal and NO_COLOR is not set. */
export function paint(tone: Tone, text: string): string {
  return styleText(STYLES[tone], text, { stream: process.stdout });
}

/** The columns there are, 100 at most. */
export function columns(): number {
  const own = process.stdout.columns || MOST_COLUMNS;
  return Math.max(LEAST_COLUMNS, Math.min(own, MOST_COLUMNS));
}

/** Text wrapped to the columns there are, each line indented. */
export function indented(text: string, indent: number): string[] {
  return wrap(text, columns() - indent).map(line => " ".repeat(indent) + line);
}

/** Text beside a label, wrapped to the columns there are. */
export function beside(label: string, text: string, { indent = 2, width = 9 } = {}): string[] {
  return indented(text, indent + width + 1).map((line, index) =>
    index === 0 ? `${" ".repeat(indent)}${padded(label, width)} ${line.trimStart()}` : line,
  );
}

/** Rows with their columns aligned; the last column is not padded. */
export function table(rows: readonly (readonly string[])[], gap = "  "): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, index) => {
      widths[index] = Math.max(widths[index] ?? 0, widthOf(cell));
    });
  }
  return rows.map(row =>
    row
      .map((cell, index) => (index === row.length - 1 ? cell : padded(cell, widths[index] ?? 0)))
      .join(gap)
      .trimEnd(),
  );
}

/** Text filled up to a width; letters of two columns count as two. */
export function padded(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - widthOf(text)));
}

/** Counts things: "1 group", "2 groups". */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** Ends the process quietly when whoever reads stdout has gone away, as `| head` does. */
export function endWithReader(): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0);
    throw error;
  });
}

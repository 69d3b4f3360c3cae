// Writes rows as a table for a terminal, or as Markdown for bench/results.md.
import type { Row } from "./figure.ts";

const HEAD = ["figure", "target", "measured", "spread", ""];

const cellsOf = ({ figure, target, measured, spread, verdict }: Row): string[] => [
  ...[figure, target, measured, spread, verdict],
];

/** Writes the table at the end of a bench. */
export const figureTable = (rows: readonly Row[]): string => textTable(HEAD, rows.map(cellsOf));

/** Writes the same table in Markdown. */
export const figureMarkdown = (rows: readonly Row[]): string =>
  markdownTable(HEAD, rows.map(cellsOf));

/** Writes a table in columns as wide as their widest cell. */
export function textTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map(row => (row[column] ?? "").length)));
  const line = (row: readonly string[]) =>
    widths
      .map((width, column) => (row[column] ?? "").padEnd(width))
      .join("  ")
      .trimEnd();
  return [line(head), widths.map(width => "-".repeat(width)).join("  "), ...rows.map(line)].join(
    "\n",
  );
}

/** Writes a table in Markdown. */
export function markdownTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const line = (row: readonly string[]) => `| ${row.join(" | ").replaceAll("  ", " ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** A number with separators between thousands. */
export const whole = (value: number): string => Math.round(value).toLocaleString("en-US");

/** A ratio with two decimals. */
export const times = (value: number): string => `${value.toFixed(2)} x`;

/** Milliseconds with one decimal. */
export const millis = (value: number): string => `${value.toFixed(1)} ms`;

// Keeps the latest figures in a file: the table, what belongs to each script, and on what kind of
// machine they were measured.
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import type { Measured } from "./figure.ts";
import { figureMarkdown } from "./table.ts";

/** Writes what a command measured to a file of bench/. */
export function writeResults(
  name: string,
  command: string,
  results: readonly { readonly name: string; readonly measured: Measured }[],
): void {
  const { length: cores, 0: first } = cpus();
  const text = [
    "# Latest figures",
    "",
    `Written by \`${command}\` on ${new Date().toISOString().slice(0, 10)}: ${cores} cores`,
    `(${first?.model.trim()}), Node ${process.versions.node}. [docs/evidence.md](../docs/evidence.md)`,
    "says what each row means.",
    "",
    figureMarkdown(results.flatMap(({ measured }) => measured.rows)),
    ...results
      .filter(({ measured }) => measured.notes.length > 0)
      .flatMap(({ name: script, measured }) => [
        "",
        `## ${script}`,
        "",
        "```",
        ...measured.notes.flatMap(note => note.split("\n")),
        "```",
      ]),
    "",
  ].join("\n");
  writeFileSync(new URL(`../${name}`, import.meta.url), text);
}

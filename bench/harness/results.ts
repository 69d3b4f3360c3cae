// Keeps the latest figures in bench/results.md: the table, what belongs to each script, and on what
// kind of machine.
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import type { Figure, Measured, Scale } from "./figure.ts";
import { figureMarkdown } from "./table.ts";

const FILE = new URL("../results.md", import.meta.url);

/** Writes the results of a whole run. */
export function writeResults(
  results: readonly { readonly figure: Figure; readonly measured: Measured }[],
  scale: Scale,
): void {
  const { length: cores, 0: first } = cpus();
  const command =
    scale === "quick" ? "npm run bench -- --quick --write" : "npm run bench -- --write";
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
      .flatMap(({ figure, measured }) => [
        "",
        `## ${figure.name}`,
        "",
        "```",
        ...measured.notes.flatMap(note => note.split("\n")),
        "```",
      ]),
    "",
  ].join("\n");
  writeFileSync(FILE, text);
}

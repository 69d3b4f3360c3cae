// Runs the scripts of the bench, all or those named, and prints one table at the end. A figure short of
// its target is said, not failed; what fails is a scenario that does not come out right.
//
//   npm run bench                       everything
//   npm run bench -- judging storm      some
//   npm run bench -- --quick            few turns: do the scenarios still come out right
//   npm run bench -- --write            and write the table to bench/results.md
import { parseArgs } from "node:util";
import { figures } from "./figures.ts";
import type { Measured, Row, Scale } from "./harness/figure.ts";
import { writeResults } from "./harness/results.ts";
import { figureTable } from "./harness/table.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: "boolean" }, write: { type: "boolean" } },
});

const scale: Scale = values.quick ? "quick" : "full";
const asked =
  positionals.length === 0 ? figures : figures.filter(f => positionals.includes(f.name));
const unknown = positionals.filter(name => !figures.some(figure => figure.name === name));
if (unknown.length > 0) {
  const known = figures.map(({ name }) => name).join(", ");
  console.error(`no figure is called ${unknown.join(", ")}; there are ${known}`);
  process.exit(2);
}

const failed: string[] = [];
const results: { name: string; measured: Measured }[] = [];
for (const figure of asked) {
  console.log(`== ${figure.name}`);
  const started = performance.now();
  try {
    const measured = await figure.measure(scale);
    results.push({ name: figure.name, measured });
    for (const note of measured.notes) console.log(note);
  } catch (error) {
    failed.push(figure.name);
    console.error(error);
  }
  console.log(`-- ${figure.name}: ${Math.round((performance.now() - started) / 1_000)} s\n`);
}

const rows: Row[] = results.flatMap(({ measured }) => measured.rows);
console.log(figureTable(rows));
if (values.write) {
  const options = [...positionals, ...(values.quick ? ["--quick"] : []), "--write"];
  writeResults("results.md", `npm run bench -- ${options.join(" ")}`, results);
}
console.log(`\n${results.length} passed, ${failed.length} failed`);
// A scenario that failed half way may have left an account listening.
process.exit(failed.length > 0 ? 1 : 0);

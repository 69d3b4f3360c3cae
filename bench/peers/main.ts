// The comparisons with Cloud Custodian, all or those named (small, large, moto, growth), as run.sh starts them.
// With --write the table goes to bench/peers-results.md.
import { parseArgs } from "node:util";
import { writeResults } from "../harness/results.ts";
import { figureTable } from "../harness/table.ts";
import { measure } from "./audits.ts";

const moto = process.env.PORTWARD_BENCH_MOTO;
if (!moto) throw new Error("npm run bench:peers starts this script, with what it needs");
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { write: { type: "boolean" } },
});
const measured = await measure(moto, positionals);
for (const note of measured.notes) console.log(note);
console.log(`\n${figureTable(measured.rows)}`);
if (values.write) {
  writeResults("peers-results.md", "npm run bench:peers -- --write", [
    { name: "audits", measured },
  ]);
}
process.exit(0);

// The comparison with Cloud Custodian, as run.sh starts it. With --write its table goes to
// bench/peers-results.md.
import { writeResults } from "../harness/results.ts";
import { figureTable } from "../harness/table.ts";
import { measure } from "./audits.ts";

const moto = process.env.PORTWARD_BENCH_MOTO;
if (!moto) throw new Error("npm run bench:peers starts this script, with what it needs");
const measured = await measure(moto);
for (const note of measured.notes) console.log(note);
console.log(`\n${figureTable(measured.rows)}`);
if (process.argv.includes("--write")) {
  writeResults("peers-results.md", "npm run bench:peers -- --write", [
    { name: "audits", measured },
  ]);
}
process.exit(0);

// npm run chaos: random histories with faults, crashes and lost events, each held to the oracle.
// PORTWARD_HISTORIES says how many, PORTWARD_SEED where they begin; a seed and 1 replays one.
import { type Failure, playSeeds, shrink } from "./run.ts";

const histories = Number(process.env.PORTWARD_HISTORIES ?? 500);
const first = Number(process.env.PORTWARD_SEED ?? 20_261_128);
const most = Number(process.env.PORTWARD_FAILURES ?? 3);

/** After so many histories it says how far it is. */
const PROGRESS = 250;

const isShrunk = process.env.PORTWARD_SHRINK !== "0";

const started = performance.now();
const failures: Failure[] = [];
const seeds = Array.from({ length: histories }, (_, n) => first + n);
const { played, failed, counts } = await playSeeds(
  seeds,
  async failure => {
    failures.push(failure);
    console.log(`seed ${failure.seed}: ${failure.problems.join("; ")}`);
    return failures.length < most;
  },
  count => {
    if (count % PROGRESS === 0 && count < histories) console.log(`to seed ${first + count - 1}`);
  },
);
for (const failure of failures) {
  const { seed, steps, problems } = isShrunk ? await shrink(failure) : failure;
  console.log(`\nPORTWARD_SEED=${seed} PORTWARD_HISTORIES=1 npm run chaos`);
  for (const step of steps) console.log(`  ${JSON.stringify(step)}`);
  for (const problem of problems) console.log(`  ! ${problem}`);
}
const seconds = (performance.now() - started) / 1_000;
console.log(
  `seeds ${first} to ${first + played - 1}: ${[...counts]
    .sort()
    .map(([what, n]) => `${what} ${n}`)
    .join(", ")}`,
);
const { user, system } = process.cpuUsage();
console.log(`${((user + system) / 1_000 / played).toFixed(0)} ms of processor for each history`);
console.log(`${(played / seconds).toFixed(2)} histories per second`);
console.log(`${played - failed} passed, ${failed} failed`);
process.exitCode = failed > 0 || played === 0 ? 1 : 0;

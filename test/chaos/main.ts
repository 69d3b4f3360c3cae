// npm run chaos: random histories with faults, crashes and lost events, each held to the oracle.
// PORTWARD_HISTORIES says how many, PORTWARD_SEED where they begin; a seed and 1 replays one. They are
// played by PORTWARD_PROCESSES processes, as many as there are processors unless told.
import { availableParallelism } from "node:os";
import { type Failure, playSeeds, shrink } from "./run.ts";
import { spread, type Tally } from "./spread.ts";

const histories = Number(process.env.PORTWARD_HISTORIES ?? 10_000);
const first = Number(process.env.PORTWARD_SEED ?? 20_261_128);
const most = Number(process.env.PORTWARD_FAILURES ?? 3);
const processes = Number(process.env.PORTWARD_PROCESSES ?? availableParallelism());

/** A process begins with some seconds of work: fewer are not spread. */
const WORTH_SPREADING = 80;
/** After so many histories it says how far it is. */
const PROGRESS = 250;

const isShrunk = process.env.PORTWARD_SHRINK !== "0";

/** Plays them in this process. */
async function playHere(): Promise<Tally> {
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
      if (count % PROGRESS === 0 && count < histories)
        console.log(`seeds ${first} to ${first + count - 1} are played`);
    },
  );
  const { user, system } = process.cpuUsage();
  for (const failure of failures) {
    const { seed, steps, problems } = isShrunk ? await shrink(failure) : failure;
    console.log(`\nPORTWARD_SEED=${seed} PORTWARD_HISTORIES=1 npm run chaos`);
    for (const step of steps) console.log(`  ${JSON.stringify(step)}`);
    for (const problem of problems) console.log(`  ! ${problem}`);
  }
  return { played, failed, counts: [...counts], processor: (user + system) / 1_000 };
}

const started = performance.now();
const isSpread = processes > 1 && histories >= WORTH_SPREADING;
const tally = isSpread
  ? await spread(import.meta.filename, { histories, first, processes })
  : await playHere();
const { played, failed, counts, processor } = tally;
if (process.send) process.send(tally);
else {
  const seconds = (performance.now() - started) / 1_000;
  const what = counts.sort().map(([name, n]) => `${name} ${n}`);
  console.log(`from seed ${first}: ${what.join(", ")}`);
  console.log(`${(processor / played).toFixed(0)} ms of processor for each history`);
  console.log(`${(played / seconds).toFixed(2)} histories per second`);
  console.log(`${played - failed} passed, ${failed} failed`);
}
process.exitCode = failed > 0 || played === 0 ? 1 : 0;

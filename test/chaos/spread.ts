// Plays histories in several processes at once: each has a row of seeds, and says what came of them.
import { fork } from "node:child_process";
import { once } from "node:events";

/** What came of some histories. */
export interface Tally {
  readonly played: number;
  readonly failed: number;
  readonly counts: [what: string, count: number][];
  /** Milliseconds of processor. */
  readonly processor: number;
}

/** Plays histories by a program that plays a row of them and sends its tally. */
export async function spread(
  program: string,
  { histories, first, processes }: { histories: number; first: number; processes: number },
): Promise<Tally> {
  const share = Math.ceil(histories / processes);
  const rows = Array.from({ length: processes }, (_, n) => ({
    from: first + n * share,
    count: Math.min(share, histories - n * share),
  })).filter(({ count }) => count > 0);
  const tallies = await Promise.all(rows.map(({ from, count }) => playRow(program, from, count)));
  const counts = new Map<string, number>();
  for (const [what, n] of tallies.flatMap(one => one.counts))
    counts.set(what, (counts.get(what) ?? 0) + n);
  const sum = (of: (tally: Tally) => number) => tallies.reduce((all, one) => all + of(one), 0);
  return {
    played: sum(({ played }) => played),
    failed: sum(({ failed }) => failed),
    processor: sum(({ processor }) => processor),
    counts: [...counts],
  };
}

async function playRow(program: string, from: number, count: number): Promise<Tally> {
  const env = {
    ...process.env,
    ...{ PORTWARD_SEED: `${from}`, PORTWARD_HISTORIES: `${count}`, PORTWARD_PROCESSES: "1" },
  };
  const child = fork(program, { env });
  let tally: Tally | undefined;
  child.on("message", message => {
    tally = message as Tally;
  });
  await once(child, "exit");
  if (!tally) throw new Error(`the process of the seeds from ${from} died`);
  return tally;
}

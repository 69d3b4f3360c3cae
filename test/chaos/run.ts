// Plays histories by their seeds on one account after another, and says what is wrong with each.

import { checkLaw, checkWrites, type Verdict } from "./check.ts";
import { drawSteps, type Step } from "./draw.ts";
import { begin, calmDown, passTime, play } from "./history.ts";
import { checkRecords } from "./records.ts";
import { startWorld, type World } from "./world.ts";

/** An account slows down as its tables fill. */
const HISTORIES_PER_ACCOUNT = 40;

export interface Failure {
  readonly seed: number;
  readonly steps: readonly Step[];
  readonly problems: readonly string[];
}

/** Plays one history, and checks it. */
export async function playOne(
  world: World,
  seed: number,
  steps: readonly Step[],
): Promise<Verdict> {
  const verdict: Verdict = { problems: [], counts: new Map() };
  const history = await begin(world, seed);
  for (const step of steps) await play(history, step);
  await calmDown(history);
  await checkLaw(history, "at rest", verdict);
  await passTime(history);
  await checkLaw(history, "after all", verdict);
  checkWrites(history, verdict);
  await checkRecords(history, verdict);
  return verdict;
}

/** Plays the histories of some seeds. */
export async function playSeeds(
  seeds: readonly number[],
  onFailure: (failure: Failure) => Promise<boolean>,
  onPlayed: (played: number) => void = () => {},
): Promise<{ played: number; failed: number; counts: Map<string, number> }> {
  const counts = new Map<string, number>();
  const add = (from: ReadonlyMap<string, number>) => {
    for (const [what, n] of from) counts.set(what, (counts.get(what) ?? 0) + n);
  };
  let [played, failed] = [0, 0];
  for (let at = 0; at < seeds.length; at += HISTORIES_PER_ACCOUNT) {
    const world = await startWorld();
    for (const seed of seeds.slice(at, at + HISTORIES_PER_ACCOUNT)) {
      const steps = drawSteps(seed);
      const verdict = await playSafely(world, seed, steps);
      played += 1;
      onPlayed(played);
      add(verdict.counts);
      if (verdict.problems.length === 0) continue;
      failed += 1;
      if (!(await onFailure({ seed, steps, problems: verdict.problems }))) {
        await world.stop();
        return { played, failed, counts };
      }
    }
    add(world.troubles.counts);
    await world.stop();
  }
  return { played, failed, counts };
}

/** Leaves out of a failing history whatever it fails without. */
export async function shrink({ seed, steps, problems }: Failure): Promise<Failure> {
  let best: Failure = { seed, steps, problems };
  for (let at = steps.length - 1; at >= 0; at -= 1) {
    const fewer = best.steps.filter((_, index) => index !== at);
    const world = await startWorld();
    const verdict = await playSafely(world, seed, fewer);
    await world.stop();
    if (verdict.problems.length > 0) best = { seed, steps: fewer, problems: verdict.problems };
  }
  return best;
}

async function playSafely(world: World, seed: number, steps: readonly Step[]): Promise<Verdict> {
  try {
    return await playOne(world, seed, steps);
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { problems: [`it threw: ${text}`], counts: new Map() };
  }
}

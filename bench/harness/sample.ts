// Samples of a noisy machine: ours and its reference in turns, so that whatever else runs falls on
// both; medians of their ratios, so that one bad moment decides nothing.

/** One thing to measure: does it once and says how much it took. */
export type Probe = () => Promise<number> | number;

/** One turn of a pair. */
export interface Turn {
  readonly ours: number;
  readonly reference: number;
}

/** Measures two probes in turns, who is first changing every time; the warm-up is thrown away. */
export async function inTurns(
  { ours, reference }: { ours: Probe; reference: Probe },
  { turns, warmUp = 1 }: { turns: number; warmUp?: number },
): Promise<Turn[]> {
  const taken: Turn[] = [];
  for (let turn = 0; turn < warmUp + turns; turn += 1) {
    const early = turn % 2 === 0 ? await reference() : undefined;
    const own = await ours();
    const other = early ?? (await reference());
    if (turn >= warmUp) taken.push({ ours: own, reference: other });
  }
  return taken;
}

/** Measures one probe several times after a warm-up. */
export async function repeated(
  probe: Probe,
  { turns, warmUp = 1 }: { turns: number; warmUp?: number },
): Promise<number[]> {
  const taken: number[] = [];
  for (let turn = 0; turn < warmUp + turns; turn += 1) {
    const value = await probe();
    if (turn >= warmUp) taken.push(value);
  }
  return taken;
}

/** The ratio of each turn, ours over the reference. */
export const ratiosOf = (turns: readonly Turn[]): number[] =>
  turns.map(({ ours, reference }) => ours / reference);

/** The middle value; of an even number, the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new Error("no value has no median");
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  const [low = 0, high = 0] = [sorted[half - 1], sorted[half]];
  return sorted.length % 2 === 1 ? high : (low + high) / 2;
}

/** Sums turns up into runs of equal length, so that a run says more than one turn. */
export function runsOf(turns: readonly Turn[], runs: number): Turn[] {
  const length = Math.floor(turns.length / runs);
  return Array.from({ length: runs }, (_, run) => {
    const own = turns.slice(run * length, (run + 1) * length);
    return {
      ours: median(own.map(turn => turn.ours)),
      reference: median(own.map(turn => turn.reference)),
    };
  });
}

/** The least and the most of the values, written as they are. */
export function spreadOf(values: readonly number[], write: (value: number) => string): string {
  return `${write(Math.min(...values))} to ${write(Math.max(...values))}`;
}

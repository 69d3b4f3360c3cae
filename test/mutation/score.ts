// What a run says, folder by folder: how many mutants the tests noticed, and which they did not.
import { dirname } from "node:path";
import { stringify } from "yaml";
import { type Explanation, explains } from "./explained.ts";
import type { Mutant } from "./mutant.ts";

/** The share of a folder's mutants, in percent, that tests must notice. */
const LEAST = 90;
/** A few mutants are no measure of a folder: so many more may be missed. */
const SLACK = 3;

/** What came of the mutants of some files. */
export interface Score {
  readonly lines: readonly string[];
  readonly isEnough: boolean;
}

/** Counts one run of whole files; explained mutants count as noticed in what decides, not in the score. */
export function scoreOf(mutants: readonly Mutant[], known: readonly Explanation[]): Score {
  const missed = mutants.filter(({ fate }) => fate === "missed");
  const unexplained = missed.filter(mutant => !known.some(one => explains(one, mutant)));
  const folders = Map.groupBy(mutants, ({ file }) => dirname(file));
  const idle = idleIn(mutants, known);
  const shares = [...folders].map(([folder, all]) => {
    const open = unexplained.filter(({ file }) => dirname(file) === folder).length;
    return { folder, ...countsOf(all), open };
  });
  const lines = [
    ...yamlOf(unexplained),
    ...idle.map(
      one => `explained and not missed: ${one.file}: ${one.in}: ${one.from} => ${one.to}`,
    ),
    "folder | noticed | missed | of them unexplained | score | not tried: static, texts, not drawn",
    ...shares.map(({ folder, noticed, missed, open, still, texts, undrawn }) =>
      [
        folder,
        noticed,
        missed,
        open,
        percent(noticed, noticed + missed),
        `${still}, ${texts}, ${undrawn}`,
      ].join(" | "),
    ),
  ];
  const isEnough =
    idle.length === 0 &&
    shares.every(
      ({ noticed, missed, open }) => open <= ((noticed + missed) * (100 - LEAST)) / 100 + SLACK,
    );
  return { lines, isEnough };
}

function countsOf(mutants: readonly Mutant[]) {
  const count = (fate: Mutant["fate"]) => mutants.filter(one => one.fate === fate).length;
  return {
    noticed: count("noticed"),
    missed: count("missed"),
    still: count("static"),
    texts: count("text"),
    undrawn: count("not drawn"),
  };
}

/** Explanations of what is noticed by now, or is not there any more. A sample cannot tell. */
function idleIn(mutants: readonly Mutant[], known: readonly Explanation[]): Explanation[] {
  const files = new Set(mutants.map(({ file }) => file));
  const sampled = new Set(
    mutants.filter(({ fate }) => fate === "not drawn").map(({ file }) => file),
  );
  return known.filter(
    one =>
      files.has(one.file) &&
      !sampled.has(one.file) &&
      !mutants.some(mutant => mutant.fate === "missed" && explains(one, mutant)),
  );
}

/** Missed mutants in the form that survivors.yaml explains them in. */
function yamlOf(mutants: readonly Mutant[]): string[] {
  return [...Map.groupBy(mutants, ({ file }) => file)].map(([file, all]) =>
    stringify(
      { [file]: all.map(one => ({ in: one.in, from: one.from, to: one.to, line: one.line })) },
      { lineWidth: 0 },
    ),
  );
}

const percent = (part: number, whole: number): string =>
  whole === 0 ? "-" : `${((100 * part) / whole).toFixed(1)} %`;

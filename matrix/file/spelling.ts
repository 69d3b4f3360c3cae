// The known word that a misspelt one was meant to be.

// A file of nothing but misspelt names must not take minutes.
const MOST_COMPARED = 200;

/** Finds the known word within two typing mistakes of a word, the closest first. */
export function didYouMean(word: string, known: readonly string[]): string | undefined {
  const limit = word.length < 5 ? 1 : 2;
  const near = known
    .slice(0, MOST_COMPARED)
    .map(candidate => ({ candidate, mistakes: mistakesBetween(word, candidate) }))
    .filter(({ mistakes }) => mistakes <= limit)
    .sort((a, b) => a.mistakes - b.mistakes);
  return near[0]?.candidate;
}

/** Says which words there are, and which was probably meant. */
export function choiceCure(word: string, known: readonly string[]): string {
  const near = didYouMean(word, known);
  if (near !== undefined) return `did you mean ${near}?`;
  if (known.length === 0) return "none is defined";
  const shown = known.slice(0, 12).join(", ");
  return known.length > 12 ? `one of ${shown}, …` : `one of ${shown}`;
}

// Letters added, lost, changed, or two neighbours swapped; words far apart in length are not compared.
function mistakesBetween(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2) return Number.POSITIVE_INFINITY;
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const changed = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isSwap = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swapped = isSwap ? (before[j - 2] ?? 0) + 1 : changed;
      next.push(Math.min(changed, swapped, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    before = row;
    row = next;
  }
  return row[b.length] ?? 0;
}

// Counts in words: a number with its noun, and of a long list the first and how many more there are.

/** How many are listed where nothing else is said. */
export const LISTED = 20;

/** As many of some things as may be listed, a line each, and a line that counts the others. */
export function limited<T>(all: readonly T[], line: (one: T) => string, most = LISTED): string[] {
  const more = all.length - most;
  return [...all.slice(0, most).map(line), ...(more > 0 ? [`and ${more} more`] : [])];
}

/** A count with its noun. */
export const countOf = (count: number, noun: string): string =>
  `${count} ${noun}${count === 1 ? "" : "s"}`;

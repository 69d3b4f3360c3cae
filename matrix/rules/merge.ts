// Many things made few: what another one holds is dropped, and two that are exactly one are joined. How
// one holds another, and what two come to, is the caller's.

/** How things are compared; `join` gives undefined where two are not exactly one. */
export interface Merging<T> {
  covers(outer: T, inner: T): boolean;
  join(a: T, b: T): T | undefined;
}

/** Merges as far as it goes. */
export function merged<T>(items: readonly T[], how: Merging<T>): T[] {
  let found: T[] = [];
  for (const item of items) found = absorbed(found, item, how);
  return found;
}

// Joining may make a new neighbour, so the joined one goes round again.
function absorbed<T>(found: readonly T[], item: T, how: Merging<T>): T[] {
  if (found.some(other => how.covers(other, item))) return [...found];
  const kept = found.filter(other => !how.covers(item, other));
  for (const other of kept) {
    const both = how.join(other, item);
    if (both === undefined) continue;
    const rest = kept.filter(one => one !== other);
    return absorbed(rest, both, how);
  }
  return [...kept, item];
}

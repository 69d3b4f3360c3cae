// Several matrix files as one: later files win key by key, a list replaces a list, but flows and
// forbids add up. Values keep the place of the file they come from.
import type { Located, LocatedMap, LocatedPair } from "./positions.ts";

const ADDING_UP = ["flows", "forbid"];

/** Lays files over each other, the last one on top. */
export function mergeFiles(files: readonly LocatedMap[]): LocatedMap | undefined {
  const [first, ...later] = files;
  return first && later.reduce((below, above) => mergeMaps(below, above, ADDING_UP), first);
}

function mergeMaps(below: LocatedMap, above: LocatedMap, adding: readonly string[]): LocatedMap {
  const pairs = new Map<string, LocatedPair>(below.pairs);
  for (const [key, pair] of above.pairs) {
    const old = pairs.get(key);
    pairs.set(
      key,
      old ? { ...pair, value: merge(old.value, pair.value, adding.includes(key)) } : pair,
    );
  }
  return { ...below, pairs };
}

function merge(below: Located, above: Located, isAdding: boolean): Located {
  if (below.kind === "map" && above.kind === "map") return mergeMaps(below, above, []);
  if (isAdding && below.kind === "list" && above.kind === "list") {
    return { ...above, items: [...below.items, ...above.items] };
  }
  return above;
}

// Remembers what was made of a key, so that equal things are one thing and are not made again. Bounded:
// whoever may write rules could make a new key every time.

/**
 * Makes a function that remembers its answers; when there are too many it begins anew. An answer of
 * undefined is not kept.
 */
export function remembered<K, V>(most: number, make: (key: K) => V): (key: K) => V {
  const known = new Map<K, V & {}>();
  return key => {
    const earlier = known.get(key);
    if (earlier !== undefined) return earlier;
    const made = make(key);
    if (made === undefined || made === null) return made;
    if (known.size >= most) known.clear();
    known.set(key, made);
    return made;
  };
}

// A shuffle that is the same every time, so that two runs of a scenario are one scenario.

/** The items in an order that the seed decides. */
export function shuffled<T>(items: readonly T[], seed = 1): T[] {
  let state = seed;
  // An xorshift of 32 bits: https://www.jstatsoft.org/article/view/v008i14
  const next = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state;
  };
  const keyed = items.map(item => ({ item, key: next() }));
  return keyed.sort((a, b) => a.key - b.key).map(({ item }) => item);
}

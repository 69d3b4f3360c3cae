// A few of the inputs that nobody sends: npm run fuzz has 100,000, and those that need an account.
import { expect, test } from "vitest";
import { randomOf } from "../../chaos/draw.ts";
import { parsesMatrix, parsesRule, readsBody, readsSecret } from "../../fuzz/offline.ts";
import { seed } from "../../support/seed.ts";

test.each([
  ["CloudTrail records", 800, readsBody],
  ["matrix files", 60, parsesMatrix],
  ["rule texts", 300, parsesRule],
  ["chat secrets", 300, readsSecret],
])("%s out of the fixtures, changed in a few places, are read or refused", (_, count, read) => {
  for (let n = 0; n < count; n += 1)
    expect(read(randomOf(seed + n)), `seed ${seed + n}`).toBe(undefined);
});

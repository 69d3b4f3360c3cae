// A few random histories with faults, crashes and lost events: npm run chaos has more, and prints a
// failing one as its steps.
import { expect, it } from "vitest";
import { type Failure, playSeeds } from "../chaos/run.ts";
import { seed } from "../support/seed.ts";
import { isSlow } from "../support/stride.ts";

/** A history takes about a third of a second of a processor. */
const HISTORIES = isSlow ? 200 : 8;

it(
  "histories in which anything may go wrong end as the law says, on record and told",
  async () => {
    const failures: Failure[] = [];
    const seeds = Array.from({ length: HISTORIES }, (_, n) => seed + n);
    const { played, counts } = await playSeeds(seeds, async failure => {
      failures.push(failure);
      return true;
    });
    expect(failures).toEqual([]);
    expect(played).toBe(HISTORIES);
    // They are of use only if something went wrong in them, and something was done.
    const kinds = ["crash", "writes", ...(isSlow ? ["schedule called", "rollback"] : [])];
    for (const kind of kinds) expect(counts.get(kind), kind).toBeGreaterThan(0);
  },
  (isSlow ? 30 : 5) * 60_000,
);

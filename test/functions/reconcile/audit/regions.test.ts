// Regions with interfaces that nobody watches: looked for once a day, named until somebody does.
import { describe, expect, it } from "vitest";
import type { RegionsSeen } from "../../../../functions/aws/regions.ts";
import { unwatchedFaults } from "../../../../functions/reconcile/audit/regions.ts";
import type { Deps } from "../../../../functions/reconcile/deps.ts";
import { NOW, REGION } from "../../../support/auditing.ts";

const DAY = 24 * 3_600_000;
const CURE = "PORTWARD_WATCHED_REGIONS names regions with a deployment of their own";

/** An account whose regions are used, or refuse to tell; what was looked at, and what is kept. */
function account(
  regions: Record<string, boolean | string>,
  given: { seen?: RegionsSeen; watched?: string[] } = {},
) {
  const looked: string[] = [];
  let kept = given.seen;
  const own: Deps["regions"] = {
    enabled: async () => Object.keys(regions),
    async look(region) {
      looked.push(region);
      const is = regions[region] ?? false;
      return typeof is === "string" ? { because: is } : { isUsed: is };
    },
    seen: async () => kept,
    async keep(seen) {
      kept = seen;
    },
  };
  const config = { region: REGION, ...(given.watched && { watchedRegions: given.watched }) };
  const deps = { config, regions: own, clock: () => NOW };
  return { find: () => unwatchedFaults(deps), looked, kept: () => kept };
}

describe("a region", () => {
  it("that holds interfaces and that nobody watches is named", async () => {
    const { find, looked, kept } = account({
      ...{ [REGION]: true, "us-west-2": true, "eu-west-3": true, "eu-west-1": false },
    });
    expect(await find()).toEqual([
      {
        ...{ rule: "regions", severity: "medium" },
        because: `interfaces are in eu-west-3, us-west-2, where no Portward watches; ${CURE}`,
      },
    ]);
    expect(looked.sort()).toEqual(["eu-west-1", "eu-west-3", "us-west-2"]);
    expect(kept()).toEqual({ at: NOW, used: ["eu-west-3", "us-west-2"], refused: [] });
  });
  it("that is empty, or is watched, is not", async () => {
    const regions = { [REGION]: true, "eu-west-3": true, "eu-west-1": false };
    const { find, looked } = account(regions, { watched: ["eu-west-3"] });
    expect(await find()).toEqual([]);
    expect(looked).toEqual(["eu-west-1"]);
  });
  it("that does not tell is named with the reason", async () => {
    const { find, kept } = account({
      "eu-west-3": "not now",
      "us-west-2": "no",
      "eu-west-1": "off",
    });
    expect(await find()).toEqual([
      {
        ...{ rule: "regions", severity: "low" },
        because: `not known: eu-west-1 (off), eu-west-3 (not now), us-west-2 (no); ${CURE}`,
      },
    ]);
    expect(kept()?.refused.map(({ region }) => region)).toEqual([
      ...["eu-west-1", "eu-west-3", "us-west-2"],
    ]);
  });
  it("that is used beside one that does not tell is the worse of the two", async () => {
    const { find } = account({ "us-west-2": "no", "eu-west-3": true });
    expect(await find()).toEqual([
      {
        ...{ rule: "regions", severity: "medium" },
        because: `interfaces are in eu-west-3, where no Portward watches; not known: us-west-2 (no); ${CURE}`,
      },
    ]);
  });
});

describe("what a look showed", () => {
  const seen = (at: number): RegionsSeen => ({
    ...{ at, used: ["eu-west-3", "eu-west-1"] },
    refused: [
      { region: "us-west-2", because: "no" },
      { region: "us-east-1", because: "no" },
    ],
  });

  it("is believed for a day, of regions that nobody has come to watch", async () => {
    const given = { seen: seen(NOW - DAY + 1), watched: ["eu-west-1", "us-east-1"] };
    const { find, looked } = account({ "eu-west-3": false }, given);
    expect((await find())[0]?.because).toBe(
      `interfaces are in eu-west-3, where no Portward watches; not known: us-west-2 (no); ${CURE}`,
    );
    expect(looked).toEqual([]);
  });
  it("is looked for again after a day", async () => {
    const { find, looked, kept } = account({ "eu-west-3": false }, { seen: seen(NOW - DAY) });
    expect(await find()).toEqual([]);
    expect([looked, kept()]).toEqual([["eu-west-3"], { at: NOW, used: [], refused: [] }]);
  });
});

// Which regions are there? DescribeRegions, for those in which this account has anything: of an empty
// one there is nothing to tell.

import type { Action } from "../call.ts";
import { filtered } from "../listing.ts";
import { textsOf } from "../wire/query.ts";
import { listing, texts } from "../wire/shapes.ts";

// It has no pages.
const { MaxResults: _, NextToken: __, ...filters } = listing;

export const describeRegions: Action = {
  family: "read",
  members: { ...filters, RegionName: texts, AllRegions: "bool" },
  run: ({ input, region, store }) => {
    const asked = textsOf(input, "RegionName");
    const names = store
      .places()
      .filter(({ account }) => account === region.account)
      .map(place => place.region)
      .filter(name => asked.length === 0 || asked.includes(name));
    const found = filtered(
      input,
      [...new Set(names)].sort().map(name => ({ name, tags: {} })),
      { "region-name": ({ name }) => [name] },
    );
    return {
      regionInfo: found.map(({ name }) => ({
        ...{ regionName: name, regionEndpoint: `ec2.${name}.amazonaws.com` },
        optInStatus: "opt-in-not-required",
      })),
    };
  },
};

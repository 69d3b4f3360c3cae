// What runs by the clock: the sweep of every minute.
import { schedules as times } from "../functions/wiring/triggers.ts";
import { deployFunction, environmentOf, type Surroundings } from "./functions.ts";
import type { FunctionName } from "./permissions.ts";
import { trust } from "./roles.ts";
import { camel, type Site } from "./site.ts";

/** Makes the functions that run by the clock, and their schedules. */
export function schedules(site: Site, around: Surroundings): void {
  const sweep = deployFunction(site, "sweep", environmentOf(site, around));
  schedule(site, "sweep", times.sweep, sweep);
}

/** Calls a function by the clock; the next call makes up for one that failed. */
export function schedule(
  site: Site,
  name: FunctionName,
  when: string,
  called: sst.aws.Function,
): void {
  new sst.aws.CronV2(`${camel(name)}Clock`, {
    schedule: when as "rate(1 minute)",
    function: called.arn,
    retries: 0,
    transform: {
      schedule: { name: site.name(name) },
      // SST lets the scheduler of any account take the role on.
      role: { assumeRolePolicy: trust("scheduler.amazonaws.com", site.account) },
    },
  });
}

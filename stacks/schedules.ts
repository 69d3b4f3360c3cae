// What runs by the clock, and the audits somebody asks for: the sweep of every minute, the audit of every
// hour, and the jobs that the API puts on the bus.
import { jobEvents, schedules as times } from "../functions/wiring/triggers.ts";
import { deployFunction, environmentOf, type Surroundings } from "./functions.ts";
import { trust } from "./roles.ts";
import { camel, type Site } from "./site.ts";

const ONE_HOUR = 3_600;

/** Makes the functions that run by the clock, and their schedules. */
export function schedules(site: Site, around: Surroundings): void {
  const environment = environmentOf(site, around);
  const sweep = deployFunction(site, "sweep", environment);
  const audit = deployFunction(site, "audit", environment);
  schedule(site, "sweep", times.sweep, sweep);
  schedule(site, "audit", times.audit, audit);
  jobs(site, audit, around);
}

/** Calls a function by the clock, saying what for; the next call makes up for one that failed. */
export function schedule(
  site: Site,
  thing: string,
  when: string,
  called: sst.aws.Function,
  said: Readonly<Record<string, string>> = {},
): void {
  new sst.aws.CronV2(`${camel(thing)}Clock`, {
    schedule: when as "rate(1 minute)",
    function: called.arn,
    event: { source: "aws.scheduler", ...said },
    retries: 0,
    transform: {
      schedule: { name: site.name(thing) },
      // SST lets the scheduler of any account take the role on.
      role: { assumeRolePolicy: trust("scheduler.amazonaws.com", site.account) },
    },
  });
}

// The sweep announces again what got lost here.
function jobs(site: Site, audit: sst.aws.Function, { deadLetters }: Surroundings): void {
  const rule = new aws.cloudwatch.EventRule("Jobs", {
    name: site.name("jobs"),
    description: `Portward ${site.stage}: audits, plans and applies somebody asked for`,
    eventPattern: JSON.stringify(jobEvents),
  });
  new aws.lambda.Permission("JobsMayCall", {
    action: "lambda:InvokeFunction",
    function: audit.name,
    principal: "events.amazonaws.com",
    sourceArn: rule.arn,
  });
  new aws.cloudwatch.EventTarget("JobsTarget", {
    rule: rule.name,
    targetId: "audit",
    arn: audit.arn,
    deadLetterConfig: { arn: deadLetters.arn },
    retryPolicy: { maximumEventAgeInSeconds: ONE_HOUR, maximumRetryAttempts: 5 },
  });
}

// From the account's events to the function that closes: rules on the default bus, a queue for what
// changes groups and a slower one for what attaches them, dead letters behind every step.
import {
  attachmentDelay,
  attachmentEvents,
  type EventPattern,
  groupEvents,
} from "../functions/wiring/triggers.ts";
import { deployFunction, environmentOf, functions, type Surroundings } from "./functions.ts";
import { consume, makeQueue } from "./queues.ts";
import { camel, type Site } from "./site.ts";

/** How often an event is tried before it is a dead letter. */
export const RECEIVES = 5;
/** More at once would only have EC2 throttle them all. */
const AT_ONCE = 5;
const ONE_HOUR = 3_600;

type Input = $util.Input<string>;

/** Makes the way from an event to a closed port. */
export function detection(
  site: Site,
  known: Pick<Surroundings, "apiUrl" | "canaryGroupId">,
): Surroundings {
  const ruleArn = (thing: string) => site.arn("events", `rule/${site.name(thing)}`);
  const events = "events.amazonaws.com";
  const deadLetters = makeQueue(site, "dead-letters", {
    senders: [{ service: events, sources: [ruleArn("*")] }],
  });
  const dying = { receives: RECEIVES, deadLetters };
  const from = (thing: string) => [{ service: events, sources: [ruleArn(thing)] }];
  const retry = makeQueue(site, "remediate", {
    delivery: { ...dying, seconds: functions.remediate.seconds },
    senders: from("group-events"),
  });
  const slow = makeQueue(site, "attachments", {
    delivery: { ...dying, seconds: functions.attachments.seconds, delay: attachmentDelay },
    senders: from("attachment-events"),
  });
  const around = { ...known, retry, deadLetters };
  listen(site, "group-events", groupEvents, { to: retry, deadLetters });
  listen(site, "attachment-events", attachmentEvents, { to: slow, deadLetters });
  const remediate = deployFunction(site, "remediate", environmentOf(site, around));
  consume(remediate, "remediate", retry, { size: 10, seconds: 0, atOnce: AT_ONCE });
  // Attachments are looked at together: they come in bursts, and open nothing by themselves. The queue's
  // delay has let them come together; the window is what Lambda asks for where a batch is above ten.
  const looking = deployFunction(site, "attachments", environmentOf(site, around));
  consume(looking, "attachments", slow, { size: 100, seconds: 1, atOnce: 2 });
  return around;
}

/** Makes a rule that puts what matches on a queue. */
export function listen(
  site: Site,
  thing: string,
  pattern: EventPattern,
  { to, deadLetters, bus }: { to: sst.aws.Queue; deadLetters: sst.aws.Queue; bus?: Input },
): void {
  // Where no bus is named the account's default one is meant, where CloudTrail's events arrive.
  const where = bus === undefined ? {} : { eventBusName: bus };
  const rule = new aws.cloudwatch.EventRule(camel(thing), {
    ...where,
    name: site.name(thing),
    description: `Portward ${site.stage}: ${thing}`,
    eventPattern: JSON.stringify(pattern),
  });
  new aws.cloudwatch.EventTarget(`${camel(thing)}Target`, {
    ...where,
    rule: rule.name,
    targetId: "queue",
    arn: to.arn,
    deadLetterConfig: { arn: deadLetters.arn },
    retryPolicy: { maximumEventAgeInSeconds: ONE_HOUR, maximumRetryAttempts: 185 },
  });
}

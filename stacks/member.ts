// A stage that is a member of a hub: rules that forward the events of this account and region to the
// hub's bus, and the role in which the hub closes here. No function, no table, nothing that is kept.
import { attachmentEvents, type EventPattern, groupEvents } from "../functions/wiring/triggers.ts";
import { hubBus, hubRoles, memberRoleName } from "./hub-names.ts";
import { memberGrants } from "./permissions.ts";
import { policyOf } from "./policy-document.ts";
import { makeQueue } from "./queues.ts";
import { trust } from "./roles.ts";
import { camel, type Site } from "./site.ts";

/** What the hub hears of, by the rule. */
const forwarded: Readonly<Record<string, EventPattern>> = {
  "group-events": groupEvents,
  "attachment-events": attachmentEvents,
};

const ONE_HOUR = 3_600;
const FIVE_MINUTES = 300;

/** Makes the member, if the stage is one. */
export function member(site: Site): { hub: string; role: $util.Output<string> } | undefined {
  const { hub } = site.parameters;
  if (!hub) return undefined;
  const place = { ...hub, partition: site.partition };
  const bus = hubBus(place);
  const role = new aws.iam.Role("MemberRole", {
    name: memberRoleName(hub.stage, site.region, "member"),
    description: `Portward ${site.stage}: the hub ${hub.account} ${hub.stage} changes groups of ${site.region}`,
    assumeRolePolicy: hubTrust(hubRoles(place), hub.externalId),
    maxSessionDuration: ONE_HOUR,
    inlinePolicies: [{ name: "portward", policy: policyOf(memberGrants(site)) }],
  });
  const ruleArns = Object.keys(forwarded).map(thing =>
    site.arn("events", `rule/${site.name(thing)}`),
  );
  const forward = new aws.iam.Role("ForwardRole", {
    name: memberRoleName(hub.stage, site.region, "forward"),
    description: `Portward ${site.stage}: events of ${site.region} go to the hub`,
    assumeRolePolicy: trust("events.amazonaws.com", site.account, ruleArns),
    inlinePolicies: [
      { name: "portward", policy: policyOf([{ actions: ["events:PutEvents"], on: [bus] }]) },
    ],
  });
  const senders = [{ service: "events.amazonaws.com", sources: ruleArns }];
  const deadLetters = makeQueue(site, "dead-letters", { senders });
  for (const [thing, pattern] of Object.entries(forwarded)) {
    forwarding(site, thing, pattern, { bus, roleArn: forward.arn, deadLetters });
  }
  lostEvents(site);
  return { hub: bus, role: role.arn };
}

function forwarding(
  site: Site,
  thing: string,
  pattern: EventPattern,
  to: { bus: string; roleArn: $util.Output<string>; deadLetters: sst.aws.Queue },
): void {
  // No bus is named: the account's default one is meant, where CloudTrail's events arrive.
  const rule = new aws.cloudwatch.EventRule(camel(thing), {
    name: site.name(thing),
    description: `Portward ${site.stage}: ${thing} go to the hub`,
    eventPattern: JSON.stringify(pattern),
  });
  new aws.cloudwatch.EventTarget(`${camel(thing)}Target`, {
    rule: rule.name,
    targetId: "hub",
    arn: to.bus,
    roleArn: to.roleArn,
    deadLetterConfig: { arn: to.deadLetters.arn },
    retryPolicy: { maximumEventAgeInSeconds: ONE_HOUR, maximumRetryAttempts: 185 },
  });
}

function lostEvents(site: Site): void {
  new aws.cloudwatch.MetricAlarm("DeadLettersWait", {
    name: site.name("dead-letters-wait"),
    alarmDescription:
      "Events did not reach the hub. What to do: docs/operations.md#a-dead-letter-queue-is-not-empty",
    namespace: "AWS/SQS",
    metricName: "ApproximateNumberOfMessagesVisible",
    dimensions: { QueueName: site.name("dead-letters") },
    statistic: "Maximum",
    period: FIVE_MINUTES,
    evaluationPeriods: 1,
    comparisonOperator: "GreaterThanThreshold",
    threshold: 0,
    treatMissingData: "notBreaching",
    alarmActions: told(site),
  });
}

/** The topic of the alarm, where anybody is to be mailed. What it says is no secret and needs no key. */
function told(site: Site): $util.Output<string>[] {
  const { mail } = site.parameters;
  if (mail.length === 0) return [];
  const topic = new aws.sns.Topic("MemberTopic", { name: site.name("alerts") });
  mail.forEach((endpoint, index) => {
    new aws.sns.TopicSubscription(`Mail${index + 1}`, {
      topic: topic.arn,
      protocol: "email",
      endpoint,
    });
  });
  return [topic.arn];
}

/** The hub's own functions, if they say the id both sides agreed on. */
function hubTrust(roles: readonly string[], externalId: string): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Action: "sts:AssumeRole",
        Principal: { AWS: roles },
        Condition: { StringEquals: { "sts:ExternalId": externalId } },
      },
    ],
  });
}

// Who touches Portward itself is told straight from the event bus to the topic of alerts, without a
// function: functions are among what can be switched off.
import { type OwnResources, ownResourceCalls } from "../functions/wiring/own-resources.ts";
import { tables } from "../functions/wiring/tables.ts";
import { functionsOf, type Queues } from "./functions.ts";
import { camel, type Site } from "./site.ts";

/** Makes the rules. */
export function tampering(site: Site, topic: sst.aws.SnsTopic, { deadLetters }: Queues): void {
  for (const { thing, pattern } of ownResourceCalls(ownResources(site))) {
    const rule = new aws.cloudwatch.EventRule(camel(thing), {
      name: site.name(thing),
      description: `Portward ${site.stage}: somebody touches its ${thing.replace("own-", "")}`,
      eventPattern: JSON.stringify(pattern),
    });
    new aws.cloudwatch.EventTarget(`${camel(thing)}Target`, {
      rule: rule.name,
      targetId: "alerts",
      arn: topic.arn,
      deadLetterConfig: { arn: deadLetters.arn },
      retryPolicy: { maximumEventAgeInSeconds: 3_600, maximumRetryAttempts: 185 },
      inputTransformer: {
        inputPaths: {
          call: "$.detail.eventName",
          who: "$.detail.userIdentity.arn",
          from: "$.detail.sourceIPAddress",
          when: "$.detail.eventTime",
          id: "$.detail.eventID",
        },
        inputTemplate: JSON.stringify(
          `TOUCHED: <call> on Portward's own resources (${site.name(thing)}) at <when> by <who> from <from>, CloudTrail event <id>. If this was no deploy of yours, see "Somebody touches Portward" in docs/operations.md.`,
        ),
      },
    });
  }
}

/** The names of the rules, for the policy of the topic. */
export const watchedNames = (site: Site): string[] =>
  ownResourceCalls(ownResources(site)).map(({ thing }) => site.name(thing));

function ownResources(site: Site): OwnResources {
  const { region, account, dnsSuffix, name, arn } = site;
  const names = functionsOf(site);
  const functionArns = names.map(one => arn("lambda", `function:${name(one)}`));
  const ofHub = (...things: string[]) => (site.parameters.members ? things : []);
  const queues = ["remediate", "attachments", "dead-letters", "notify", "notify-dead-letters"];
  return {
    rules: ["group-events", "attachment-events", "jobs", ...ownRuleThings]
      .concat(ofHub("member-events"))
      .map(name),
    queueUrls: [...queues, ...ofHub("members", "rounds")].map(
      one => `https://sqs.${region}.${dnsSuffix}/${account}/${name(one)}`,
    ),
    functions: [...names.map(name), ...functionArns],
    functionArns,
    tables: Object.keys(tables).flatMap(one => [name(one), arn("dynamodb", `table/${name(one)}`)]),
    topicArns: ["alerts", "approvals"].map(one => arn("sns", name(one))),
    roles: [...names, "schedules"].map(site.roleName),
    schedules: ["sweep", "audit", "canary", ...ofHub("round-audits", "round-sweeps")].map(name),
    logGroups: names.map(one => `/aws/lambda/${name(one)}`),
  };
}

const nothing: OwnResources = {
  ...{ rules: [], queueUrls: [], functions: [], functionArns: [], tables: [] },
  ...{ topicArns: [], roles: [], schedules: [], logGroups: [] },
};
/** Who would switch these rules off is heard of by them, too. */
const ownRuleThings = ownResourceCalls(nothing).map(({ thing }) => thing);

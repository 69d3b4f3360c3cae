// What tells people that Portward itself is unwell: alarms that count missing data as bad wherever
// silence is the fault, each with the place in docs/operations.md that says what to do; a dashboard.
import { NAMESPACE } from "../functions/wiring/measures.ts";
import { dashboardBody } from "./dashboard.ts";
import { functionsOf } from "./functions.ts";
import type { FunctionName } from "./permissions.ts";
import { camel, type Site } from "./site.ts";

const RUNBOOK = "docs/operations.md";
const MINUTE = 60;

interface Alarm {
  readonly thing: string;
  readonly says: string;
  /** The heading in docs/operations.md, as a link writes it. */
  readonly see: string;
  readonly metric: readonly [namespace: string, name: string];
  readonly of: Readonly<Record<string, string>>;
  readonly statistic: "Sum" | "Maximum";
  readonly above?: number;
  readonly below?: number;
  readonly seconds?: number;
  readonly periods?: number;
  /** Whether silence is as bad. */
  readonly isLoudWhenSilent?: boolean;
}

/** Makes the alarms and the dashboard. */
export function observability(site: Site, topic: sst.aws.SnsTopic): void {
  for (const alarm of alarmsOf(site)) {
    const [namespace, metricName] = alarm.metric;
    new aws.cloudwatch.MetricAlarm(camel(alarm.thing), {
      name: site.name(alarm.thing),
      alarmDescription: `${alarm.says} What to do: ${RUNBOOK}#${alarm.see}`,
      namespace,
      metricName,
      dimensions: { ...alarm.of },
      statistic: alarm.statistic,
      period: alarm.seconds ?? 5 * MINUTE,
      evaluationPeriods: alarm.periods ?? 1,
      comparisonOperator: alarm.below === undefined ? "GreaterThanThreshold" : "LessThanThreshold",
      threshold: alarm.below ?? alarm.above ?? 0,
      treatMissingData: alarm.isLoudWhenSilent ? "breaching" : "notBreaching",
      alarmActions: [topic.arn],
      okActions: [topic.arn],
    });
  }
  silence(site, topic);
  new aws.cloudwatch.Dashboard("Dashboard", {
    dashboardName: site.name("overview"),
    dashboardBody: dashboardBody(site),
  });
}

// No event for a day says nothing by itself; that the audit finds what events should have told of does.
function silence(site: Site, topic: sst.aws.SnsTopic): void {
  const day = { period: 24 * 60 * MINUTE };
  const calls = {
    ...{ namespace: "AWS/Lambda", metricName: "Invocations", stat: "Sum" },
    dimensions: { FunctionName: site.name("remediate") },
  };
  const drifts = {
    ...{ namespace: NAMESPACE, metricName: "AuditedDrifts", stat: "Maximum" },
    dimensions: { stage: site.stage },
  };
  const says = "No event for a day, and the audit finds drift: events do not arrive.";
  new aws.cloudwatch.MetricAlarm("NoEvents", {
    name: site.name("no-events"),
    alarmDescription: `${says} What to do: ${RUNBOOK}#events-do-not-arrive`,
    metricQueries: [
      { id: "calls", metric: { ...calls, ...day } },
      { id: "drifts", metric: { ...drifts, ...day } },
      {
        id: "silent",
        expression: "IF(FILL(calls, 0) < 1 AND FILL(drifts, 0) > 0, 1, 0)",
        label: "drift without events",
        returnData: true,
      },
    ],
    comparisonOperator: "GreaterThanThreshold",
    threshold: 0,
    evaluationPeriods: 1,
    treatMissingData: "notBreaching",
    alarmActions: [topic.arn],
    okActions: [topic.arn],
  });
}

function alarmsOf(site: Site): Alarm[] {
  const queue = (thing: string) => ({ QueueName: site.name(thing) });
  return [
    ...(site.parameters.chatSecret === undefined
      ? ["dead-letters"]
      : ["dead-letters", "notify-dead-letters"]
    ).map(
      (thing): Alarm => ({
        ...{ thing: `${thing}-wait`, see: "a-dead-letter-queue-is-not-empty" },
        says: `Messages wait in ${site.name(thing)}: nobody could work on them.`,
        metric: ["AWS/SQS", "ApproximateNumberOfMessagesVisible"],
        ...{ of: queue(thing), statistic: "Maximum", above: 0 },
      }),
    ),
    ...[
      "remediate",
      "attachments",
      ...(site.parameters.members ? ["members", "member-attachments"] : []),
    ].map(
      (thing): Alarm => ({
        ...{ thing: `${thing}-queue-old`, see: "events-wait-too-long" },
        says: `The oldest message of the queue ${site.name(thing)} waits for more than 10 minutes.`,
        metric: ["AWS/SQS", "ApproximateAgeOfOldestMessage"],
        ...{ of: queue(thing), statistic: "Maximum", above: 10 * MINUTE },
      }),
    ),
    ...functionsOf(site).flatMap(name => functionAlarms(site, name)),
    {
      ...{ thing: "sweep-stands-still", see: "the-sweep-stands-still" },
      says: "The sweep of every minute has not been called for 5 minutes.",
      metric: ["AWS/Lambda", "Invocations"],
      ...{ of: { FunctionName: site.name("sweep") }, statistic: "Sum", below: 1 },
      isLoudWhenSilent: true,
    },
    {
      ...{ thing: "left-open", see: "a-port-could-not-be-closed" },
      says: "A port that nothing permits could not be closed.",
      metric: [NAMESPACE, "CouldNotClose"],
      ...{ of: { stage: site.stage }, statistic: "Sum", above: 0 },
    },
    ...(site.parameters.canaryVpc === undefined ? [] : canaryAlarms(site)),
  ];
}

function functionAlarms(site: Site, name: FunctionName): Alarm[] {
  const of = { FunctionName: site.name(name) };
  return (["Errors", "Throttles"] as const).map(metric => ({
    ...{ thing: `${name}-${metric.toLowerCase()}`, see: "a-function-fails" },
    says: `The function ${of.FunctionName} has ${metric.toLowerCase()}.`,
    metric: ["AWS/Lambda", metric],
    ...{ of, statistic: "Sum", above: 0 },
  }));
}

function canaryAlarms(site: Site): Alarm[] {
  const of = { stage: site.stage };
  return [
    {
      ...{ thing: "canary-late", see: "the-canary-is-late" },
      says: "The canary's port was not closed within 60 seconds, or the canary does not run.",
      metric: [NAMESPACE, "CanarySeconds"],
      ...{ of, statistic: "Maximum", above: 60, seconds: 30 * MINUTE, isLoudWhenSilent: true },
    },
    {
      ...{ thing: "canary-attached", see: "the-canary-is-attached" },
      says: "Something wears the canary's group, so the canary has stopped.",
      metric: [NAMESPACE, "CanaryAttached"],
      ...{ of, statistic: "Maximum", above: 0, seconds: 15 * MINUTE },
    },
  ];
}

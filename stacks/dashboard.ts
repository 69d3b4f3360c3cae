// One screen for a stage: how fast it closes, what it met, what waits, what fails.
import { type Measure, NAMESPACE } from "../functions/wiring/measures.ts";
import { functionsOf } from "./functions.ts";
import type { Site } from "./site.ts";

type Line = (string | { stat: string; label?: string })[];

/** The body of the dashboard, as CloudWatch reads it. */
export function dashboardBody(site: Site): string {
  const own = (name: Measure, stat: string): Line => [
    ...[NAMESPACE, name, "stage", site.stage],
    { stat },
  ];
  const queue = (thing: string, metric: string): Line => [
    ...["AWS/SQS", metric, "QueueName", site.name(thing)],
    { stat: "Maximum", label: thing },
  ];
  const functionLines = (metric: string): Line[] =>
    functionsOf(site).map(name => [
      ...["AWS/Lambda", metric, "FunctionName", site.name(name)],
      { stat: "Sum", label: `${name} ${metric.toLowerCase()}` },
    ]);
  const widgets = [
    ["Seconds from event to closed", [own("SecondsToClose", "p50"), own("SecondsToClose", "p99")]],
    ["Drifts and reverts", [own("Drifts", "Sum"), own("Reverts", "Sum")]],
    ["Not closed, not finished", [own("CouldNotClose", "Sum"), own("Failures", "Sum")]],
    ["Seconds the canary's port was open", [own("CanarySeconds", "Maximum")]],
    [
      "Age of the oldest message",
      ["remediate", "attachments"].map(one => queue(one, "ApproximateAgeOfOldestMessage")),
    ],
    ["Dead letters", [queue("dead-letters", "ApproximateNumberOfMessagesVisible")]],
    ["Errors and throttles", [...functionLines("Errors"), ...functionLines("Throttles")]],
    ["Calls", functionLines("Invocations")],
  ] as const;
  return JSON.stringify({
    widgets: widgets.map(([title, metrics], index) => ({
      ...{
        type: "metric",
        width: 12,
        height: 6,
        x: (index % 2) * 12,
        y: Math.floor(index / 2) * 6,
      },
      properties: { title, metrics, region: site.region, period: 300, view: "timeSeries" },
    })),
  });
}

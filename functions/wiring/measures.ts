// What is measured, and how a line of the log becomes a metric: CloudWatch takes the numbers out of any
// line that has `_aws` in it. No call, no client; where nobody keeps logs nothing is measured.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html

/** The namespace of all of them; their one dimension is the stage. */
export const NAMESPACE = "Portward";

/** Every measure and its unit. */
export const measures = {
  /** From the time of the event to the closed rule. */
  SecondsToClose: "Seconds",
  /** Drifts met, however they ended. */
  Drifts: "Count",
  /** Rules closed, narrowed or restored. */
  Reverts: "Count",
  /** Drifts that stand although they were acted on. */
  CouldNotClose: "Count",
  /** Messages and groups a run could not finish. */
  Failures: "Count",
  /** Drifts that the audit met, and those among them that no event had announced. */
  AuditedDrifts: "Count",
  MissedEvents: "Count",
  CanarySeconds: "Seconds",
  CanaryAttached: "Count",
} as const;

export type Measure = keyof typeof measures;

/** A number, or several of one kind. */
export type Measured = Partial<Readonly<Record<Measure, number | readonly number[]>>>;

/** The fields that make a log line one with metrics; none where there is nothing to tell. */
export function measured(stage: string, at: number, values: Measured): Record<string, unknown> {
  const names = (Object.keys(values) as Measure[]).filter(name => [values[name]].flat().length > 0);
  if (names.length === 0) return {};
  const Metrics = names.map(Name => ({ Name, Unit: measures[Name] }));
  return {
    _aws: {
      Timestamp: at,
      CloudWatchMetrics: [{ Namespace: NAMESPACE, Dimensions: [["stage"]], Metrics }],
    },
    stage,
    ...Object.fromEntries(names.map(name => [name, values[name]])),
  };
}

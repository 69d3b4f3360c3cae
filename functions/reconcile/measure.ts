// The numbers of a run, for the log line that tells of it.
import { type Measured, measured } from "../wiring/measures.ts";
import type { RunDeps } from "./deps.ts";
import type { Run } from "./reconcile.ts";

/** The metrics of a run as fields of its log line. */
export function runMeasures({ config, clock }: RunDeps, run: Run): Record<string, unknown> {
  return measured(config.stage, clock(), measuresOf(run));
}

const REVERTED = new Set(["closed", "narrowed", "restored", "put-back"]);

function measuresOf({ findings }: Run): Measured {
  if (findings.length === 0) return {};
  const count = (is: (outcome: string) => boolean) =>
    findings.filter(({ outcome }) => is(outcome)).length;
  return {
    Drifts: findings.length,
    Reverts: count(outcome => REVERTED.has(outcome)),
    CouldNotClose: count(outcome => outcome.startsWith("could-not")),
    SecondsToClose: findings.flatMap(({ openedAt, closedAt }) =>
      openedAt && closedAt ? [(Date.parse(closedAt) - Date.parse(openedAt)) / 1_000] : [],
    ),
  };
}

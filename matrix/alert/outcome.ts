// How a finding ended, for people and for filters: the first word of its alert, how bad that is, and
// which of several is the worst. What else an alert says is finding-facts.ts.
import type { Finding } from "../finding.ts";
import { countOf } from "./count-text.ts";

/** An alert's first word, the worst first. */
export const WORDS = [
  "ROLE MISUSED",
  "COULD NOT CLOSE",
  "EXPOSED",
  "LEFT OPEN",
  "COULD NOT RESTORE",
  "EXCEPTION NOT OPENED",
  "NOT RESTORED",
  "NARROWED",
  "CLOSED",
  "RESTORED",
  "EXCEPTION OPENED",
  "EXCEPTION ENDED",
  "EXPOSURE ENDED",
  "PERMITTED",
] as const;

export type OutcomeWord = (typeof WORDS)[number];

export type Severity = "critical" | "high" | "medium" | "low";

export const SEVERITIES: readonly Severity[] = ["critical", "high", "medium", "low"];

/** The exception whose start or end a finding tells of; undefined for none. */
export function exceptionOf({ trigger }: Finding): string | undefined {
  return trigger.kind === "exception" ? trigger.id.replace(/-(?:start|end)$/, "") : undefined;
}

/** Of a finding what decides on its word and how bad it is. */
export type Ended = Pick<Finding, "kind" | "outcome" | "trigger" | "rule" | "breaks">;

/** The first word of a finding's alert. */
export function outcomeWord({ kind, outcome, trigger }: Ended): OutcomeWord {
  if (kind === "impostor") return "ROLE MISUSED";
  if (kind === "exposure") return outcome === "gone" ? "EXPOSURE ENDED" : "EXPOSED";
  if (outcome === "permitted") return "PERMITTED";
  if (kind === "missing") return missingWord(outcome, trigger.kind === "exception");
  if (outcome === "could-not-close" || outcome === "could-not-restore") return "COULD NOT CLOSE";
  if (outcome === "left-open" || outcome === "reported") return "LEFT OPEN";
  // What closes with an exception as its cause is its end.
  if (trigger.kind === "exception" && trigger.event !== "start") return "EXCEPTION ENDED";
  return outcome === "narrowed" ? "NARROWED" : "CLOSED";
}

function missingWord(outcome: Finding["outcome"], isOpening: boolean): OutcomeWord {
  const isBarred = outcome === "left-open" || outcome === "reported";
  const isFailed = outcome.startsWith("could-not");
  if (isOpening) return isBarred || isFailed ? "EXCEPTION NOT OPENED" : "EXCEPTION OPENED";
  if (isBarred) return "NOT RESTORED";
  return isFailed ? "COULD NOT RESTORE" : "RESTORED";
}

/** A word as filters have it. */
export const outcomeName = (word: string): string => word.toLowerCase().replaceAll(" ", "-");

/** Tells whether what a finding is about breaks a forbid. */
export const isForbidden = ({ breaks = [] }: Pick<Finding, "breaks">): boolean => breaks.length > 0;

/** How soon somebody has to look. */
export function severityOf(finding: Ended): Severity {
  const isWorld = / (?:0\.0\.0\.0|::)\/0(?: beside .*)?$/.test(finding.rule);
  switch (outcomeWord(finding)) {
    case "ROLE MISUSED":
    case "COULD NOT CLOSE":
      return "critical";
    case "EXPOSED":
      if (isForbidden(finding)) return "critical";
      return isWorld ? "high" : "medium";
    case "LEFT OPEN":
      return isWorld ? "high" : "medium";
    case "COULD NOT RESTORE":
      return "high";
    case "NOT RESTORED":
    case "EXCEPTION NOT OPENED":
      return "medium";
    case "NARROWED":
    case "CLOSED":
      return isWorld ? "medium" : "low";
    default:
      return "low";
  }
}

/** Puts findings in order, the worst first; of equals the first stays first. */
export function worstFirst<F extends Ended>(findings: readonly F[]): F[] {
  const rank = (finding: F): number =>
    WORDS.indexOf(outcomeWord(finding)) * SEVERITIES.length +
    SEVERITIES.indexOf(severityOf(finding));
  return [...findings].sort((a, b) => rank(a) - rank(b));
}

/** How many of some findings ended as the worst of them did. */
export function alikeText(findings: readonly Ended[], worst: Ended): string {
  const word = outcomeWord(worst);
  const alike = findings.filter(finding => outcomeWord(finding) === word).length;
  const part = alike === findings.length ? "" : `${alike} of `;
  return `${word} ${part}${countOf(findings.length, "rule")}`;
}

/** The worst severity among findings. */
export const worstSeverity = (findings: readonly Ended[]): Severity =>
  worstOf(findings.map(severityOf));

/** The worst of severities; low where there is none. */
export function worstOf(severities: readonly Severity[]): Severity {
  return SEVERITIES.find(severity => severities.includes(severity)) ?? "low";
}

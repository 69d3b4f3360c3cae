// What people and machines are told about the findings of one reconcile: a subject, a text, attributes
// to filter by, and the same as JSON. It publishes nothing, and bounds everything it says.

import type { Finding } from "../finding.ts";
import { plainText } from "../plain-text.ts";
import { adviceLines } from "./advice.ts";
import { findingLines, ruleText } from "./alert-text.ts";
import { type OutcomeWord, outcomeWord, severityOf, worstFirst, worstSeverity } from "./outcome.ts";
import { wrap } from "./paragraph.ts";

export interface Alert {
  /** Printable ASCII on one line, the outcome first; SNS takes less than 100 characters. */
  readonly subject: string;
  readonly text: string;
  /** outcome, group, kind, severity: for filter policies. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly detail: AlertDetail;
}

/** An exception as machines are told of it. Times are ISO 8601. */
export interface ExceptionDetail {
  readonly id: string;
  readonly state: string;
  /** The flow in words, or the rule text. */
  readonly what: string;
  readonly groups: readonly string[];
  readonly start: string;
  readonly end: string;
  readonly requester: string;
  readonly reason: string;
  /** What an approval is bound to. */
  readonly hash: string;
  readonly finding?: string;
  readonly breakGlass?: boolean;
}

/** The form for machines; `more` findings did not fit in. */
export interface AlertDetail {
  readonly outcome: string;
  readonly severity: string;
  readonly account: string;
  readonly region: string;
  readonly group: Finding["group"];
  readonly findings: readonly object[];
  readonly more: number;
  /** Where it is about an exception. */
  readonly exception?: ExceptionDetail;
  /** Where it is about a version of the matrix that was put into force. */
  readonly matrix?: MatrixDetail;
}

/** An applied matrix as machines are told of it. */
export interface MatrixDetail {
  readonly name: string;
  readonly version: number;
  readonly parent: number;
  readonly mode: string;
  readonly by: string;
  readonly planId?: string;
  /** Who may approve, or who is who, has changed. */
  readonly isAuthority: boolean;
  /** A line each: `+` added, `-` removed, `~` changed. */
  readonly changes: readonly string[];
}

/** https://docs.aws.amazon.com/sns/latest/api/API_Publish.html */
const SUBJECT = 99;
const SHOWN = 20;
/** SNS and EventBridge take 256 KB with everything around it. */
const BYTES = 190_000;
const DETAILED = 100;

/** Words the alert of the findings of one reconcile, which are of one group and not none. */
export function alertFor(findings: readonly Finding[]): Alert {
  const sorted = worstFirst(findings);
  const [worst] = sorted;
  if (!worst) throw new Error("an alert needs a finding");
  const word = outcomeWord(worst);
  const outcome = word.toLowerCase().replaceAll(" ", "-");
  const severity = worstSeverity(sorted);
  return {
    subject: subjectOf(sorted, worst, word),
    text: textOf(sorted),
    attributes: {
      outcome,
      group: plainText(worst.group.id, 64) || "none",
      kind: worst.kind,
      severity,
    },
    detail: detailOf(sorted, worst, { outcome, severity }),
  };
}

function subjectOf(findings: readonly Finding[], worst: Finding, word: OutcomeWord): string {
  const alike = findings.filter(finding => outcomeWord(finding) === word).length;
  const count = alike === findings.length ? `${alike}` : `${alike} of ${findings.length}`;
  const what = findings.length === 1 ? ruleText(worst) : `${count} rules`;
  const names = [worst.parts[0], worst.group.name].map(name => name ?? "");
  const name = names.find(one => /^[!-~]{1,40}$/.test(one));
  const { account, region } = worst;
  const where = [...(name === undefined ? [] : [name]), worst.group.id].join(" ");
  const subject = `${word} ${what} on ${where}, ${account} ${region}`.replace(/[^ -~]/gu, "?");
  return subject.length <= SUBJECT ? subject : `${subject.slice(0, SUBJECT - 3)}...`;
}

function textOf(findings: readonly Finding[]): string {
  const advice = adviceLines(findings).join("\n");
  // The worst one comes first, so that its outcome is the first word.
  const blocks = findings
    .slice(0, SHOWN)
    .map((finding, index) => findingLines(finding, index === 0).join("\n"));
  const shown = fitting(blocks, BYTES - bytesOf(advice) - 1_000);
  const more = findings.length - shown.length;
  const rest = `and ${more} more of this group: "portward finding list --aws" shows them all`;
  const parts = [...shown, ...(more > 0 ? [wrap(rest).join("\n")] : []), advice];
  return `${parts.join("\n\n")}\n`;
}

function detailOf(
  findings: readonly Finding[],
  worst: Finding,
  told: { outcome: string; severity: string },
): AlertDetail {
  const { account, region, group } = worst;
  const forms = findings.slice(0, DETAILED).map(finding => JSON.stringify(machineForm(finding)));
  const shown = fitting(forms, BYTES).map(form => JSON.parse(form) as object);
  const place = plain({ account, region, group }) as Pick<Finding, "account" | "region" | "group">;
  return { ...told, ...place, findings: shown, more: findings.length - shown.length };
}

const machineForm = (finding: Finding): object => ({
  ...(plain(finding) as object),
  outcomeWord: outcomeWord(finding),
  severity: severityOf(finding),
});

/** As many of the texts, from the first one on, as so many bytes hold. */
function fitting(texts: readonly string[], bytes: number): string[] {
  let left = bytes;
  const isTooLong = (text: string): boolean => {
    left -= bytesOf(text) + 2;
    return left < 0;
  };
  const end = texts.findIndex(isTooLong);
  return end < 0 ? [...texts] : texts.slice(0, end);
}

const encoder = new TextEncoder();
const bytesOf = (text: string): number => encoder.encode(text).length;

/** The same value with every text plain and every list bounded. */
function plain(value: unknown, max = 300): unknown {
  if (typeof value === "string") return plainText(value, max);
  if (Array.isArray(value)) return value.slice(0, 20).map(one => plain(one));
  if (typeof value !== "object" || value === null) return value;
  const fields = Object.entries(value).map(([name, field]) => [
    name,
    plain(field, name === "because" ? 2_000 : max),
  ]);
  return Object.fromEntries(fields);
}

// What people and machines are told about the findings of one reconcile: a subject, a text, attributes
// to filter by, and the same as JSON. It publishes nothing, and bounds everything it says.

import type { Finding } from "../finding.ts";
import { plainText } from "../plain-text.ts";
import { adviceOn } from "./advice.ts";
import { findingLines } from "./alert-text.ts";
import { briefFacts, type Fact, fact, factLines } from "./fact.ts";
import { findingFacts, findingTitle, ruleText } from "./finding-facts.ts";
import {
  alikeText,
  outcomeName,
  outcomeWord,
  severityOf,
  worstFirst,
  worstOf,
  worstSeverity,
} from "./outcome.ts";
import { wrap } from "./paragraph.ts";
import type { Reach } from "./reach.ts";
import { fitting, ROOM, sentBytes } from "./size.ts";
import { subjectOf } from "./subject.ts";

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
  /** What chat shows: a heading, facts in short, and what to do. */
  readonly title?: string;
  readonly facts?: readonly Fact[];
  readonly advice?: readonly string[];
  /** Why it is told in this form and not as one opening: a fight, or a digest of many alerts. */
  readonly about?: "fight" | "again" | "flood" | "standing" | "test";
  /** How many findings a digest stands for, by outcome and by group id. */
  readonly counts?: { readonly outcomes: Counts; readonly groups: Counts };
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

export type Counts = Readonly<Record<string, number>>;

/** What is known when an alert is made, beside its findings. */
export interface Circumstances {
  readonly reach?: Reach;
  /** The actor who makes the same rule again and again, and how often within the window. */
  readonly fight?: { readonly by: string; readonly times: number; readonly minutes: number };
}

const SHOWN = 20;
const DETAILED = 100;

/** Words the alert of the findings of one reconcile, which are of one group and not none. */
export function alertFor(findings: readonly Finding[], circumstances: Circumstances = {}): Alert {
  const sorted = worstFirst(findings);
  const [worst] = sorted;
  if (!worst) throw new Error("an alert needs a finding");
  const { fight } = circumstances;
  const title = fight ? fightTitle(worst, fight) : titleOf(sorted, worst);
  const severity = fight ? worstOf(["high", worstSeverity(sorted)]) : worstSeverity(sorted);
  const told = { outcome: outcomeName(outcomeWord(worst)), severity };
  const about = fight ? { about: "fight" as const } : {};
  return {
    subject: subjectOf(title, worst),
    text: textOf(sorted, worst, circumstances),
    attributes: {
      ...{ outcome: told.outcome, group: plainText(worst.group.id, 64) || "none" },
      ...{ kind: worst.kind, severity, ...about },
    },
    detail: detailOf(sorted, worst, circumstances, { ...told, ...about, title }),
  };
}

function titleOf(findings: readonly Finding[], worst: Finding): string {
  if (findings.length === 1) return findingTitle(worst);
  return alikeText(findings, worst);
}

type Fight = NonNullable<Circumstances["fight"]>;

const fightTitle = (finding: Finding, { by, times }: Fight): string =>
  `${outcomeWord(finding)} ${times} times, FIGHT with ${plainText(by, 40)}: ${ruleText(finding)}`;

function fightFacts({ by, times, minutes }: Fight): Fact[] {
  return fact(
    "Fight",
    `${times} times within ${minutes} min by ${plainText(by)}; reverting goes on, and more of it is ` +
      "told once for each window",
    "likely automation that puts back what it was told (Terraform, a controller, a script): change " +
      "it there, or put the flow into the matrix",
  );
}

function textOf(
  findings: readonly Finding[],
  worst: Finding,
  { reach, fight }: Circumstances,
): string {
  const advice = adviceOn(findings).map(one => wrap(one).join("\n"));
  const heading = fight
    ? [[...wrap(fightTitle(worst, fight)), "", ...factLines(fightFacts(fight))].join("\n")]
    : [];
  // The worst one comes first, so that its outcome is the first word.
  const blocks = findings.slice(0, SHOWN).map((finding, index) => {
    const isFirst = index === 0;
    return findingLines(finding, { withPlace: isFirst, reach: isFirst ? reach : undefined });
  });
  const texts = blocks.map(lines => lines.join("\n"));
  const shown = fitting(texts, ROOM.text - sentBytes([...heading, ...advice].join("\n")) - 1_000);
  const more = findings.length - shown.length;
  const rest = `and ${more} more of this group: "portward finding list --aws" shows them all`;
  const parts = [...heading, ...shown, ...(more > 0 ? [rest] : []), ...advice];
  return `${parts.join("\n\n")}\n`;
}

function detailOf(
  findings: readonly Finding[],
  worst: Finding,
  { reach, fight }: Circumstances,
  told: Pick<AlertDetail, "outcome" | "severity" | "about"> & { title: string },
): AlertDetail {
  const { account, region, group } = worst;
  const place = plain({ account, region, group }) as Pick<Finding, "account" | "region" | "group">;
  const facts = briefFacts([
    ...(fight ? fightFacts(fight) : []),
    ...findingFacts(worst, { reach }),
    ...othersFact(findings.slice(1)),
  ]);
  const head = { ...told, ...place, facts, advice: adviceOn(findings) };
  const room = ROOM.detail - sentBytes(JSON.stringify(head)) - 1_000;
  const forms = findings.slice(0, DETAILED).map(finding => JSON.stringify(machineForm(finding)));
  // A form is sent as JSON within JSON, so that its own quotes and backslashes are escaped twice.
  const shown = fitting(forms, room).map(form => JSON.parse(form) as object);
  return { ...head, findings: shown, more: findings.length - shown.length };
}

function othersFact(others: readonly Finding[]): Fact[] {
  const more = others.length - SHORT;
  const lines = others.slice(0, SHORT).map(findingTitle);
  return fact("Also", ...lines, more > 0 ? `and ${more} more of this group` : undefined);
}

const SHORT = 4;

const machineForm = (finding: Finding): object => ({
  ...(plain(finding) as object),
  outcomeWord: outcomeWord(finding),
  severity: severityOf(finding),
});

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

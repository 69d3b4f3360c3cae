// What people are told about an exception itself: that somebody asks for it, what became of it, that it
// ends soon, that the glass was broken. What is opened and closed by it are findings, see alert.ts.
import type { ExceptionRecord, LifeState } from "../exceptions/exception-life.ts";
import { whatOf, windowText } from "../exceptions/exception-text.ts";
import { identityText } from "../exceptions/person.ts";
import { plainText } from "../plain-text.ts";
import type { Alert, ExceptionDetail } from "./alert.ts";
import { LISTED, limited } from "./count-text.ts";
import { briefFacts, type Fact, fact, factLines } from "./fact.ts";
import { outcomeName, type Severity } from "./outcome.ts";
import { durationText, wrap } from "./paragraph.ts";
import { asciiLine } from "./subject.ts";

/** Each word with how soon somebody has to look. */
const WORDS = {
  "BREAK GLASS": "critical",
  "EXCEPTION REQUESTED": "medium",
  "EXCEPTION ENDING": "medium",
  "EXCEPTION APPROVED": "low",
  "EXCEPTION REJECTED": "low",
  "EXCEPTION WITHDRAWN": "low",
  "EXCEPTION UNANSWERED": "low",
} as const satisfies Record<string, Severity>;

export type ExceptionWord = keyof typeof WORDS;

/** What happened to an exception, as far as people are told. */
export interface ExceptionNotice {
  readonly word: ExceptionWord;
  readonly account: string;
  readonly region: string;
  readonly exception: ExceptionRecord;
  /** The state that what happened led to; it may be another by now. */
  readonly state: LifeState;
  /** Who did it, where that is neither the requester nor Portward. */
  readonly by?: string;
  readonly note?: string;
  /** Which parts its groups play, by id. */
  readonly parts: Readonly<Record<string, readonly string[]>>;
  /** Who may approve, by the matrix in force. */
  readonly approvers: readonly string[];
}

const MINUTE = 60_000;

/** Words a notice; its subject begins with what happened, like every alert's. */
export function exceptionNotice(notice: ExceptionNotice): Alert {
  const { word, account, region, exception, state } = notice;
  const outcome = outcomeName(word);
  const severity = WORDS[word];
  const [group = ""] = exception.groups;
  const what = whatOf(exception);
  const where = placeText(notice, group);
  const title = `${word} ${what}`;
  const facts = factsOf(notice);
  const advice = adviceFor(notice);
  return {
    subject: asciiLine(`${title} on ${where}, ${account} ${region}`),
    text: [...wrap(title), "", ...factLines(facts), "", ...wrap(advice), ""].join("\n"),
    attributes: { outcome, group: plainText(group, 64) || "none", kind: "exception", severity },
    detail: {
      ...{ outcome, severity, account, region, title, facts: briefFacts(facts), advice: [advice] },
      group: { id: plainText(group, 64), name: "" },
      ...{ findings: [], more: 0 },
      exception: exceptionDetail(exception, state),
    },
  };
}

/** An exception in the form for machines. */
export function exceptionDetail(
  exception: ExceptionRecord,
  state: LifeState = exception.state,
): ExceptionDetail {
  const { id, groups, start, end, requester, reason, askHash, finding, breakGlass } = exception;
  return {
    ...{ id: plainText(id, 64), state, hash: plainText(askHash, 64) },
    groups: groups.slice(0, LISTED).map(group => plainText(group, 64)),
    what: whatOf(exception),
    start: new Date(start).toISOString(),
    end: new Date(end).toISOString(),
    requester: plainText(identityText(requester), 512),
    reason: plainText(reason, 500),
    ...(finding === undefined ? {} : { finding: plainText(finding, 64) }),
    ...(breakGlass ? { breakGlass } : {}),
  };
}

function placeText({ parts }: ExceptionNotice, group: string): string {
  const names = few(parts[group] ?? []);
  const id = plainText(group, 64);
  return names === "" ? id : `${names} ${id}`;
}

const few = (texts: readonly string[]): string =>
  limited(texts, text => plainText(text, 200)).join(", ");

function factsOf(notice: ExceptionNotice): Fact[] {
  const { word, account, region, exception, by, note, approvers } = notice;
  const { id, start, end, open, requester, reason, finding, extends: old, askHash } = exception;
  const places = exception.groups.map(group => placeText(notice, group));
  return [
    ...fact("What", whatOf(exception)),
    ...fact("Groups", few(places)),
    ...fact("Account", `${account} ${region}`),
    ...fact("Window", `${windowText(exception)}, ${durationText(end - start)}`),
    ...fact("Opening", open ? "Portward opens it at the start" : "whoever needs it opens it"),
    ...fact("Asked by", plainText(identityText(requester), 512)),
    ...fact("Reason", plainText(reason, 500)),
    ...fact(deedOf(word), by === undefined ? undefined : `by ${plainText(by, 512)}`),
    ...fact("Note", note === undefined ? undefined : plainText(note, 500)),
    ...fact("Undoes", finding === undefined ? undefined : `finding ${plainText(finding, 64)}`),
    ...fact("Extends", old === undefined ? undefined : plainText(old, 64)),
    ...fact("Approvers", few(approvers)),
    ...fact("Exception", `${plainText(id, 64)}, hash ${plainText(askHash, 64)}`),
  ];
}

const deedOf = (word: ExceptionWord): string =>
  word.startsWith("EXCEPTION ") ? `${word[10]}${word.slice(11).toLowerCase()}` : "Opened";

function adviceFor({ word, exception }: ExceptionNotice): string {
  const { open, start, end } = exception;
  const id = plainText(exception.id, 64);
  const withdraw = `"portward exception withdraw ${id}"`;
  const minutes = Math.round((end - start) / MINUTE);
  switch (word) {
    case "BREAK GLASS":
      return (
        "NOBODY APPROVED IT. Whoever asked opens it alone, as the matrix lets him, and the next " +
        `audit lists it. If it should not be, end it: ${withdraw}.`
      );
    case "EXCEPTION REQUESTED":
      return (
        `An approver who is not the one asking answers it: "portward exception approve ${id}" or ` +
        `"portward exception reject ${id}". Until then nothing is open by it.`
      );
    case "EXCEPTION APPROVED":
      return (
        `${open ? "Portward opens it within a minute of its start" : "It may be opened in its window"} ` +
        `and closes at the end what only it permitted. To end it before: ${withdraw}.`
      );
    case "EXCEPTION REJECTED":
      return "Nothing is open by it.";
    case "EXCEPTION UNANSWERED":
      return (
        "Its window is over and nobody answered: nothing was open by it. If it is still needed, ask " +
        "again."
      );
    case "EXCEPTION WITHDRAWN":
      return "What was open by it alone is closed within a minute.";
    case "EXCEPTION ENDING":
      return (
        "What only it permits is closed at the end of its window. If it is needed longer, ask now: " +
        `"portward exception extend ${id} --for ${minutes}m --reason WHY". Somebody else has to ` +
        "approve that as well."
      );
  }
}

// What people are told about an exception itself: that somebody asks for it, what became of it, that it
// ends soon, that the glass was broken. What is opened and closed by it are findings, see alert.ts.
import type { ExceptionRecord, LifeState } from "../exceptions/exception-life.ts";
import { whatOf, windowText } from "../exceptions/exception-text.ts";
import { identityText } from "../exceptions/person.ts";
import { plainText } from "../plain-text.ts";
import type { Alert, ExceptionDetail } from "./alert.ts";
import type { Severity } from "./outcome.ts";
import { durationText, labelled, subjectLine, wrap } from "./paragraph.ts";

/** Each word with how soon somebody has to look. */
const WORDS = {
  "BREAK GLASS": "critical",
  "EXCEPTION REQUESTED": "medium",
  "EXCEPTION ENDING": "medium",
  "EXCEPTION APPROVED": "low",
  "EXCEPTION REJECTED": "low",
  "EXCEPTION WITHDRAWN": "low",
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

const LISTED = 20;
const MINUTE = 60_000;

/** Words a notice; its subject begins with what happened, like every alert's. */
export function exceptionNotice(notice: ExceptionNotice): Alert {
  const { word, account, region, exception, state } = notice;
  const outcome = word.toLowerCase().replaceAll(" ", "-");
  const severity = WORDS[word];
  const [group = ""] = exception.groups;
  const what = whatOf(exception);
  const where = placeText(notice, group);
  return {
    subject: subjectLine(`${word} ${what} on ${where}, ${account} ${region}`),
    text: [
      ...wrap(`${word} ${what}`),
      "",
      ...factLines(notice),
      "",
      ...adviceFor(notice).flatMap(text => [...wrap(text), ""]),
    ].join("\n"),
    attributes: { outcome, group: plainText(group, 64) || "none", kind: "exception", severity },
    detail: {
      ...{ outcome, severity, account, region },
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

const few = (texts: readonly string[]): string => {
  const more = texts.length - LISTED;
  const shown = texts.slice(0, LISTED).map(text => plainText(text, 200));
  return [...shown, ...(more > 0 ? [`and ${more} more`] : [])].join(", ");
};

function factLines(notice: ExceptionNotice): string[] {
  const { word, account, region, exception, by, note, approvers } = notice;
  const { id, start, end, open, requester, reason, finding, extends: old, askHash } = exception;
  const line = (label: string, text: string | undefined) =>
    text === undefined || text === "" ? [] : labelled(label, text);
  const places = exception.groups.map(group => placeText(notice, group));
  return [
    ...line("What", whatOf(exception)),
    ...line("Groups", few(places)),
    ...line("Account", `${account} ${region}`),
    ...line("Window", `${windowText(exception)}, ${durationText(end - start)}`),
    ...line("Opening", open ? "Portward opens it at the start" : "whoever needs it opens it"),
    ...line("Asked by", plainText(identityText(requester), 512)),
    ...line("Reason", plainText(reason, 500)),
    ...line(deedOf(word), by === undefined ? undefined : `by ${plainText(by, 512)}`),
    ...line("Note", note === undefined ? undefined : plainText(note, 500)),
    ...line("Undoes", finding === undefined ? undefined : `finding ${plainText(finding, 64)}`),
    ...line("Extends", old === undefined ? undefined : plainText(old, 64)),
    ...line("Approvers", few(approvers)),
    ...line("Exception", `${plainText(id, 64)}, hash ${plainText(askHash, 64)}`),
  ];
}

const deedOf = (word: ExceptionWord): string =>
  word.startsWith("EXCEPTION ") ? `${word[10]}${word.slice(11).toLowerCase()}` : "Opened";

function adviceFor({ word, exception }: ExceptionNotice): string[] {
  const { open, start, end } = exception;
  const id = plainText(exception.id, 64);
  const withdraw = `"portward exception withdraw ${id}"`;
  const minutes = Math.round((end - start) / MINUTE);
  switch (word) {
    case "BREAK GLASS":
      return [
        "NOBODY APPROVED IT. Whoever asked opens it alone, as the matrix lets him, and the next " +
          `audit lists it. If it should not be, end it: ${withdraw}.`,
      ];
    case "EXCEPTION REQUESTED":
      return [
        `An approver who is not the one asking answers it: "portward exception approve ${id}" or ` +
          `"portward exception reject ${id}". Until then nothing is open by it.`,
      ];
    case "EXCEPTION APPROVED":
      return [
        `${open ? "Portward opens it within a minute of its start" : "It may be opened in its window"} ` +
          `and closes at the end what only it permitted. To end it before: ${withdraw}.`,
      ];
    case "EXCEPTION REJECTED":
      return ["Nothing is open by it."];
    case "EXCEPTION WITHDRAWN":
      return ["What was open by it alone is closed within a minute."];
    case "EXCEPTION ENDING":
      return [
        "What only it permits is closed at the end of its window. If it is needed longer, ask now: " +
          `"portward exception extend ${id} --for ${minutes}m --reason WHY". Somebody else has to ` +
          "approve that as well.",
      ];
  }
}

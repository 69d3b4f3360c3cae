// An alert as a chat gets it, to vary; and what a message is as text to compare.
import type { AlertDetail } from "../../matrix/alert/alert.ts";
import { alertFor } from "../../matrix/alert/alert.ts";
import type { ChatAlert } from "../../matrix/alert/chat-text.ts";
import { findingOf } from "./findings.ts";

/** Makes a chat alert of little: one fact, one line of advice. */
export function chatAlert(given: Partial<AlertDetail> = {}, subject = "CLOSED it"): ChatAlert {
  const { detail } = alertFor([findingOf({ id: "f-1" })]);
  const little = { title: "CLOSED", facts: [{ label: "Why", lines: ["none"] }], advice: ["Rest."] };
  return { subject, detail: { ...detail, ...little, ...given } };
}

/** Makes a chat alert without some of its fields. */
export function withoutFields(alert: ChatAlert, ...names: (keyof AlertDetail)[]): ChatAlert {
  const kept = Object.entries(alert.detail).filter(([name]) => !names.some(one => one === name));
  return { ...alert, detail: Object.fromEntries(kept) as unknown as AlertDetail };
}

/** Some facts of one line each. */
export const factsOf = (count: number, line = "x") =>
  Array.from({ length: count }, (_, n) => ({ label: `L${n}`, lines: [line] }));

/** A value as lines to compare. */
export const jsonOf = (value: unknown): string => JSON.stringify(value, null, 1);

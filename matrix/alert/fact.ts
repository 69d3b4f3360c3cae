// What an alert says, once, for every channel: a label and what is to be said under it. Mail, Slack and
// the others are prints of these; all text in them is plain already.

import { plainText } from "../plain-text.ts";
import { labelled, timeText } from "./paragraph.ts";

export interface Fact {
  readonly label: string;
  /** One or more lines, the most important first. */
  readonly lines: readonly string[];
}

/** Makes a fact; without lines there is none. */
export function fact(label: string, ...lines: readonly (string | undefined)[]): Fact[] {
  const said = lines.filter(line => line !== undefined && line !== "") as string[];
  return said.length === 0 ? [] : [{ label, lines: said }];
}

/** A time for people, or in short whatever stands there instead of one. */
export const timeOr = (iso: string): string => timeText(iso) ?? plainText(iso, 64);

/** Sets facts in the columns of a mail. */
export function factLines(facts: readonly Fact[]): string[] {
  return facts.flatMap(({ label, lines }) =>
    lines.flatMap((line, index) => labelled(index === 0 ? label : "", line)),
  );
}

const LINES = 5;
const LINE = 400;

/** Facts in short, for chat: what is cut off there is in the mail and in the finding. */
export function briefFacts(facts: readonly Fact[]): Fact[] {
  return facts.map(({ label, lines }) => {
    const more = lines.length - LINES;
    const shown = more > 0 ? lines.slice(0, LINES - 1) : lines;
    const rest = more > 0 ? [`and ${lines.length - shown.length} more`] : [];
    return { label, lines: [...shown.map(line => plainText(line, LINE)), ...rest] };
  });
}

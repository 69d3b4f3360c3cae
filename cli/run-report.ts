// What was done on groups that a command reconciled: the public JSON form, and lines for people.

import { outcomeWord } from "../matrix/alert/outcome.ts";
import type { Finding } from "../matrix/finding.ts";
import { plainText } from "../matrix/plain-text.ts";
import { beside, paint, type Tone } from "./output.ts";

/** One reconcile, as far as it is told. */
export interface RunReport {
  readonly group: string;
  readonly outcome: string;
  readonly findings: readonly Finding[];
}

/** A finding's first word in its colour. */
export function outcomeText(finding: Finding): string {
  const word = outcomeWord(finding);
  const tone: Tone = /LEFT OPEN|COULD NOT|MISUSED|NOT RESTORED|NOT OPENED/.test(word)
    ? "bad"
    : "good";
  return paint(tone, word);
}

/** Prints one reconcile: the group, how it ended, and each finding. */
export function runLines({ group, outcome, findings }: RunReport, name = ""): string[] {
  const tone: Tone = /^(?:open|left-open)$/.test(outcome) ? "bad" : "good";
  const title = [group, plainText(name), paint(tone, outcome)].filter(Boolean).join("  ");
  return [
    `  ${title}`,
    ...findings.flatMap(finding => {
      const text = `${outcomeText(finding)} ${plainText(finding.rule, 500)}`;
      const notes = finding.notes.map(note => ` (${plainText(note, 300)})`).join("");
      return beside(finding.id, text + notes, { indent: 4, width: 14 });
    }),
  ];
}

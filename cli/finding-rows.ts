// Findings as a list for people: how each ended, which rule, then when, where and by whom.

import { outcomeWord } from "../matrix/alert/outcome.ts";
import { timeText } from "../matrix/alert/paragraph.ts";
import type { Finding } from "../matrix/finding.ts";
import { plainText } from "../matrix/plain-text.ts";
import { outcomeText } from "./run-report.ts";

/** Lists findings, two lines each. */
export function findingRows(findings: readonly Finding[]): string[] {
  const width = Math.max(0, ...findings.map(finding => outcomeWord(finding).length));
  return findings.flatMap(finding => {
    const { id, rule, seenAt, group, parts, actor } = finding;
    const blank = " ".repeat(width - outcomeWord(finding).length);
    const where = [parts.join(" + "), plainText(group.name), group.id].filter(Boolean).join(" ");
    const who = actor ? `by ${plainText(actor.name)}` : "maker unknown";
    return [
      `${id}  ${outcomeText(finding)}${blank}  ${plainText(rule, 300)}`,
      `${" ".repeat(id.length)}  ${timeText(seenAt) ?? ""}  ${where}  ${who}`,
    ];
  });
}

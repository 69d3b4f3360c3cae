// A report for a terminal: the worst first, one finding after the other, and the sum at the end.
// It sets no colours; a line says how bad it is, and cli/output.ts paints it.
import { SEVERITIES, type Severity } from "../alert/outcome.ts";
import { widthOf, wrap } from "../alert/paragraph.ts";
import { plainText } from "../plain-text.ts";
import type { AuditFinding, AuditReport } from "./report.ts";
import { bySeverity, groupLabel, inOrder, KINDS, marksOf, matrixLabel } from "./report-words.ts";

/** One line; of a finding's first line the first word is its severity. */
export interface TableLine {
  readonly text: string;
  readonly severity?: Severity;
}

/** A severity's word takes so many columns, and so far the rest of a finding is indented. */
const INDENT = 10;

/** Writes a report as lines of at most so many columns. */
export function tableLines(report: AuditReport, columns = 100): TableLine[] {
  const findings = inOrder(report.findings);
  return [
    ...plain(wrap(matrixLabel(report), columns)),
    ...findings.flatMap(finding => findingLines(finding, columns)),
    ...plain(sumLines(report, columns)),
  ];
}

const plain = (lines: readonly string[]): TableLine[] => lines.map(text => ({ text }));

function findingLines(finding: AuditFinding, columns: number): TableLine[] {
  const { severity, kind, rule, because } = finding;
  const width = Math.max(20, columns - INDENT);
  const [first = "", ...rest] = wrap(`${kind}  ${plainText(rule, 300)}`, width);
  const marks = marksOf(finding).join(", ");
  const more = [
    ...rest,
    ...(groupLabel(finding) === "" ? [] : wrap(groupLabel(finding), width)),
    ...wrap(plainText(because, 1_000), width),
    ...(marks === "" ? [] : wrap(marks, width)),
  ];
  return [
    { text: "" },
    { text: padded(severity) + first, severity },
    ...plain(more.map(line => padded("") + line)),
  ];
}

const padded = (word: string): string => word + " ".repeat(Math.max(0, INDENT - widthOf(word)));

function sumLines(report: AuditReport, columns: number): string[] {
  const { groups, rules, findings, planId } = report;
  const counts = bySeverity(findings);
  const bad = SEVERITIES.filter(severity => counts[severity] > 0).map(
    severity => `${counts[severity]} ${severity}`,
  );
  const kinds = Object.keys(KINDS).flatMap(kind => {
    const count = findings.filter(finding => finding.kind === kind).length;
    return count === 0 ? [] : [`${count} ${kind}`];
  });
  const held = findings.filter(finding => finding.held).length;
  return [
    "",
    ...wrap(`${groups} groups and ${rules} rules looked at`, columns),
    ...wrap(bad.length === 0 ? "nothing found" : `${bad.join(", ")}: ${kinds.join(", ")}`, columns),
    ...(planId === undefined
      ? []
      : wrap(
          `the brake holds ${held} back: \`portward audit --apply ${plainText(planId, 40)}\` does it`,
          columns,
        )),
  ];
}

// A report for a terminal: the worst first, one finding after the other, and the sum at the end.
// It sets no colours; a line says how bad it is, and cli/output.ts paints it.
import { SEVERITIES, type Severity } from "../alert/outcome.ts";
import { widthOf, wrap } from "../alert/paragraph.ts";
import { plainText } from "../plain-text.ts";
import { isWorlds, portsText, reachedIn } from "./reached.ts";
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
    ...plain(reachLines(report, columns)),
    ...plain(sumLines(report, columns)),
  ];
}

const plain = (lines: readonly string[]): TableLine[] => lines.map(text => ({ text }));

function findingLines(finding: AuditFinding, columns: number): TableLine[] {
  const { severity, kind, rule, because } = finding;
  const width = Math.max(20, columns - INDENT);
  const [first = "", ...rest] = wrap(
    [kind, plainText(rule, 300)].filter(Boolean).join("  "),
    width,
  );
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

/** So many are listed; the page has them all. */
const MOST_REACHED = 10;

function reachLines(report: AuditReport, columns: number): string[] {
  const open = reachedIn(report).filter(isWorlds);
  if (open.length === 0) return [];
  const lines = open.slice(0, MOST_REACHED).flatMap(({ groups, interfaces, reach }) => {
    const names = groups.map(({ id, name }) => name || id).join(" + ");
    const ports = reach.filter(({ from }) => from === "public").map(portsText);
    const count = interfaces.length === 1 ? "1 interface" : `${interfaces.length} interfaces`;
    const text = plainText(`${names} (${count}): ${ports.join(", ")}`, 500);
    return wrap(text, Math.max(20, columns - 2)).map(line => `  ${line}`);
  });
  const more = open.length - MOST_REACHED;
  const rest = more > 0 ? wrap(`${more} more: --format html shows them`, columns - 2) : [];
  return ["", "the world reaches", ...lines, ...rest.map(line => `  ${line}`)];
}

function sumLines(report: AuditReport, columns: number): string[] {
  const { groups, rules, findings, planId, missed, more = 0 } = report;
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
    ...(missed === undefined ? [] : [`${missed} drifted without an event`]),
    ...(more > 0 ? wrap(`${more} more findings do not fit in a report`, columns) : []),
    ...(planId === undefined
      ? []
      : wrap(
          `the brake holds ${held} back: \`portward audit --apply ${plainText(planId, 40)}\` does it`,
          columns,
        )),
  ];
}

// A full audit for people: what was read, the findings with the worst first, and what to do next; and
// the same as its public JSON form.
import { type AuditFinding, type AuditReport, isDrift } from "../matrix/audit/report.ts";
import { plainText } from "../matrix/plain-text.ts";
import { beside, counted, paint, print, printJson, printLines, type Tone } from "./output.ts";

export interface ReportOptions {
  readonly json?: boolean;
}

const ORDER = ["critical", "high", "medium", "low"];
const TONES: Readonly<Record<string, Tone>> = { critical: "bad", high: "bad", medium: "doubtful" };

/** Prints an audit. */
export function printReport(report: AuditReport, { json }: ReportOptions): void {
  if (json) {
    printJson(report);
    return;
  }
  const { groups, rules, matrix, missed = 0, more = 0, planId } = report;
  const by = matrix
    ? `by ${plainText(matrix.name)} version ${plainText(matrix.version)}, mode ${matrix.mode}`
    : "no matrix is in force";
  print(`${counted(groups, "group")}, ${counted(rules, "rule")}, ${by}`);
  const sorted = report.findings.toSorted(
    (a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity),
  );
  printLines(sorted.flatMap(findingLines));
  const drift = report.findings.filter(isDrift).length;
  print(`\n${counted(drift, "drift")}, ${missed} that no event announced`);
  if (more > 0) print(`and ${more} more findings that do not fit in a report`);
  if (planId !== undefined) {
    const held = report.findings.filter(finding => finding.held).length;
    print(`${counted(held, "rule")} held back, as an earlier audit saw them permitted:`);
    print(`  if the matrix is right: portward audit --apply ${planId}`);
  }
}

function findingLines(finding: AuditFinding): string[] {
  const { kind, severity, group, groupName = "", parts = [], rule, outcome, because } = finding;
  const words = [
    paint(TONES[severity] ?? "quiet", severity.padEnd(8)),
    kind,
    outcome,
    plainText(rule, 300),
  ];
  const where = [parts.join(" + "), plainText(groupName), group].filter(Boolean).join(" ");
  const marks = [finding.missed && "no event announced it", finding.held && "held back"];
  const why = [where, ...marks, plainText(because, 2_000)].filter(Boolean).join("; ");
  return [words.filter(Boolean).join("  "), ...beside("", why)];
}

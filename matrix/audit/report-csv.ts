// A report as CSV (RFC 4180): a row of names, then one row for each finding. A spreadsheet must not
// take a cell for a formula: https://owasp.org/www-community/attacks/CSV_Injection
import { plainText } from "../plain-text.ts";
import type { AuditFinding, AuditReport } from "./report.ts";
import { inOrder, timeOf } from "./report-words.ts";

type Cell = (finding: AuditFinding, report: AuditReport) => string | undefined;

const COLUMNS: Readonly<Record<string, Cell>> = {
  id: finding => finding.id,
  severity: finding => finding.severity,
  kind: finding => finding.kind,
  account: (_, report) => report.account,
  region: (_, report) => report.region,
  group: finding => finding.group,
  group_name: finding => finding.groupName,
  parts: finding => finding.parts?.join(" "),
  rule: finding => finding.rule,
  rule_id: finding => finding.ruleId,
  because: finding => finding.because,
  finding_id: finding => finding.findingId,
  outcome: finding => finding.outcome,
  missed: finding => yesNo(finding.missed),
  held: finding => yesNo(finding.held),
  audited_at: (_, report) => timeOf(report),
};

const yesNo = (value: boolean | undefined): string => (value ? "yes" : "no");

/** Writes a report as CSV, lines ended as the RFC has it. */
export function csvText(report: AuditReport): string {
  const cells = Object.values(COLUMNS);
  const rows = inOrder(report.findings).map(finding =>
    cells.map(cell => cellText(cell(finding, report) ?? "")),
  );
  return [Object.keys(COLUMNS), ...rows].map(row => `${row.map(quoted).join(",")}\r\n`).join("");
}

/**
 * Makes text harmless as a cell: one line, and no formula in any spreadsheet.
 *
 * @example cellText("=HYPERLINK(1)") // "'=HYPERLINK(1)"
 */
export function cellText(text: string): string {
  const line = plainText(text, 1_000);
  // Beside the signs their full-width forms, which Excel takes for the same in some languages, and
  // after blanks, which some readers drop. Tabs and line ends plainText has spelled out.
  return /^[\s\t\r]*[=+\-@＝＋－＠]/u.test(line) || /^[\t\r]/.test(text) ? `'${line}` : line;
}

const quoted = (cell: string): string =>
  /[",\r\n]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;

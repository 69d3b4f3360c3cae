// A report as SARIF 2.1.0, as code scanning and editors read it: one result for each finding, which
// keeps its fingerprint from audit to audit.
// https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
import type { Severity } from "../alert/outcome.ts";
import { plainText } from "../plain-text.ts";
import { groupArn } from "./arn.ts";
import type { AuditFinding, AuditKind, AuditReport } from "./report.ts";
import { groupLabel, inOrder, KINDS, marksOf, timeOf } from "./report-words.ts";

const SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json";

const LEVELS: Readonly<Record<Severity, "error" | "warning" | "note">> = {
  critical: "error",
  high: "error",
  medium: "warning",
  low: "note",
};

/** What is more urgent among results of one level, 0 to 100. */
const RANKS: Readonly<Record<Severity, number>> = { critical: 95, high: 75, medium: 50, low: 20 };

/** Writes a report as a SARIF log of one run. */
export function sarifLog(report: AuditReport, version = "0.0.0") {
  const kinds = Object.keys(KINDS) as AuditKind[];
  const rules = kinds.map(kind => ({
    id: kind,
    name: KINDS[kind].title.replace(/ (\w)/g, (_, letter: string) => letter.toUpperCase()),
    shortDescription: { text: KINDS[kind].title },
    fullDescription: { text: KINDS[kind].help },
    help: { text: KINDS[kind].help },
  }));
  const { id, account, region, startedAt } = report;
  return {
    $schema: SCHEMA,
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "Portward", semanticVersion: version, rules } },
        automationDetails: { id: plainText(`portward/${account}/${region}/${id}`) },
        invocations: [
          {
            executionSuccessful: true,
            startTimeUtc: startedAt,
            endTimeUtc: timeOf(report),
          },
        ],
        results: inOrder(report.findings).map(finding => resultOf(finding, report, kinds)),
      },
    ],
  };
}

function resultOf(finding: AuditFinding, report: AuditReport, kinds: readonly AuditKind[]) {
  const { id, kind, severity, rule, ruleId, because, findingId } = finding;
  const marks = marksOf(finding);
  const about = [plainText(rule, 300), groupLabel(finding)].filter(Boolean).join(" on ");
  return {
    ruleId: kind,
    ruleIndex: kinds.indexOf(kind),
    level: LEVELS[severity],
    rank: RANKS[severity],
    message: { text: [`${about}: ${plainText(because, 1_000)}`, ...marks].join("; ") },
    locations: [{ logicalLocations: [locationOf(finding, report)] }],
    partialFingerprints: { "portwardFinding/v1": plainText(id, 100) },
    properties: {
      severity,
      rule: plainText(rule, 300),
      ...(ruleId === undefined ? {} : { securityGroupRuleId: plainText(ruleId, 100) }),
      ...(findingId === undefined ? {} : { findingId: plainText(findingId, 100) }),
    },
  };
}

/** The group, or what else of the account the finding is about. */
function locationOf({ group, groupName, rule }: AuditFinding, report: AuditReport) {
  if (group === "") {
    const name = plainText(rule, 300);
    const place = `${report.account}/${report.region}/${name}`;
    return { name, fullyQualifiedName: place, kind: "resource" };
  }
  return {
    name: plainText(groupName ?? group, 300),
    fullyQualifiedName: plainText(groupArn(report, group), 300),
    kind: "resource",
  };
}

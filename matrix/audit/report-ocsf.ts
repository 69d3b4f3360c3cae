// A report as events of the Open Cybersecurity Schema Framework, for a security lake or SIEM: one
// compliance finding (class 2003) for each finding. https://schema.ocsf.io/1.6.0/classes/compliance_finding
import type { Severity } from "../alert/outcome.ts";
import { plainText } from "../plain-text.ts";
import { groupArn, partitionOf } from "./arn.ts";
import type { AuditFinding, AuditReport } from "./report.ts";
import { groupLabel, inOrder, isRepaired, KINDS, marksOf, timeOf } from "./report-words.ts";

const VERSION = "1.6.0";
const CATEGORY = 2;
const CLASS = 2003;

const SEVERITIES: Readonly<Record<Severity, { severity_id: number; severity: string }>> = {
  critical: { severity_id: 5, severity: "Critical" },
  high: { severity_id: 4, severity: "High" },
  medium: { severity_id: 3, severity: "Medium" },
  low: { severity_id: 2, severity: "Low" },
};

/** What is there to be acted on, and what the audit repaired. */
const NEW = { activity_id: 1, activity_name: "Create", status_id: 1, status: "New" };
const RESOLVED = { activity_id: 3, activity_name: "Close", status_id: 4, status: "Resolved" };
const FAIL = { status_id: 3, status: "Fail" };
/** Of what is as somebody meant it to be: an exception, a pause, a group nobody claims yet. */
const WARNING = { status_id: 2, status: "Warning" };

/** Writes a report as OCSF events. */
export function ocsfEvents(report: AuditReport, version = "0.0.0") {
  return inOrder(report.findings).map(finding => eventOf(finding, report, version));
}

function eventOf(finding: AuditFinding, report: AuditReport, version: string) {
  const { id, kind, severity, rule, because } = finding;
  const state = isRepaired(finding) ? RESOLVED : NEW;
  const isFailure = ["drift", "missing", "exposure", "plumbing"].includes(kind);
  const time = Date.parse(timeOf(report));
  const { account, region } = report;
  return {
    ...state,
    ...SEVERITIES[severity],
    category_uid: CATEGORY,
    category_name: "Findings",
    class_uid: CLASS,
    class_name: "Compliance Finding",
    type_uid: CLASS * 100 + state.activity_id,
    time,
    message: plainText([rule, groupLabel(finding)].filter(Boolean).join(" on "), 500),
    metadata: {
      version: VERSION,
      profiles: ["cloud"],
      correlation_uid: plainText(report.id, 100),
      product: { name: "Portward", vendor_name: "Portward", version },
    },
    finding_info: {
      uid: plainText(id, 100),
      title: `${KINDS[kind].title}: ${plainText(rule, 300)}`,
      desc: plainText(because, 1_000),
      types: [kind],
      last_seen_time: time,
    },
    compliance: {
      control: kind,
      desc: KINDS[kind].title,
      ...(isFailure ? FAIL : WARNING),
      status_details: [because, ...marksOf(finding)].map(text => plainText(text, 1_000)),
    },
    remediation: { desc: KINDS[kind].help },
    resources: [resourceOf(finding, report)],
    cloud: {
      provider: "AWS",
      region,
      cloud_partition: partitionOf(region),
      account: { uid: account, type: "AWS Account", type_id: 10 },
    },
  };
}

function resourceOf({ group, groupName, rule }: AuditFinding, report: AuditReport) {
  const { region } = report;
  if (group === "") return { name: plainText(rule, 300), type: "Portward", region };
  return {
    uid: plainText(groupArn(report, group), 300),
    name: plainText(groupName ?? group, 300),
    type: "AWS::EC2::SecurityGroup",
    region,
    cloud_partition: partitionOf(region),
  };
}

// One report in every form, to the letter.
import { describe, expect, it } from "vitest";
import type { AuditReport } from "../../matrix/audit/report.ts";
import { csvText } from "../../matrix/audit/report-csv.ts";
import { ocsfEvents } from "../../matrix/audit/report-ocsf.ts";
import { sarifLog } from "../../matrix/audit/report-sarif.ts";
import { tableLines } from "../../matrix/audit/report-table.ts";
import { jsonOf } from "../support/chat-alerts.ts";
import { auditFinding, auditReport, DEPLOY, oneOfEach } from "../support/reports.ts";

const drift = auditFinding({
  ...{ id: "a-1", findingId: "f-1", outcome: "left-open", missed: true, held: true },
  ...{ parts: ["deploy", "api"], because: "nothing permits it" },
});
const {
  groupName: _,
  ruleId: __,
  parts: ___,
  ...bare
} = auditFinding({
  ...{ id: "a-2", kind: "orphan-entry", severity: "medium", group: "", rule: "cache" },
  because: "no live group plays it",
});
const few = auditReport({ findings: [bare, drift] });
const withoutWords: AuditReport = auditReport({
  findings: [{ ...bare, rule: "", because: "" }],
});

describe("a table", () => {
  const textOf = (report: AuditReport, columns?: number) =>
    tableLines(report, columns)
      .map(({ text }) => text.trimEnd())
      .join("\n");

  it("has each finding with its group, its reason and what became of it, and the sum", () => {
    expect(textOf(few)).toMatchInlineSnapshot(`
      "matrix funai-studio version 12, mode enforce

      high      drift  ingress tcp 22 from 0.0.0.0/0
                deploy + api funai-deploy sg-0f0a1b2c3d4e50100
                nothing permits it
                left open, held by the brake, no event announced it

      medium    orphan-entry  cache
                no live group plays it

      6 groups and 24 rules looked at
      1 high, 1 medium: 1 drift, 1 orphan-entry"
    `);
    expect(tableLines(few).flatMap(({ severity }) => severity ?? [])).toEqual(["high", "medium"]);
  });

  it("has every line within its columns, and no finding without a word", () => {
    for (const { text } of tableLines(auditReport(), 40))
      expect(text.length).toBeLessThanOrEqual(40);
    expect(tableLines(withoutWords).map(({ text }) => text)).toContain("medium    orphan-entry");
  });

  it("tells what the world reaches, ten sets of groups at most", () => {
    const reach = [
      { from: "public", whole: ["tcp 443"], part: ["udp 53"] },
      { from: "office", whole: ["tcp 22"], part: [] },
    ];
    const reaches = Array.from({ length: 12 }, (_, n) => ({
      groups: n === 0 ? [DEPLOY, "sg-x"] : [`sg-${n}`],
      reach,
    }));
    const interfaces = [
      ...[1, 2].map(n => ({ id: `eni-${n}`, groups: ["sg-x", DEPLOY], addresses: [] })),
      { id: "eni-3", groups: ["sg-1"], addresses: [] },
    ];
    const report = auditReport({ findings: [], reaches, interfaces });
    expect(textOf(report)).toMatchInlineSnapshot(`
      "matrix funai-studio version 12, mode enforce

      the world reaches
        funai-deploy + sg-x (2 interfaces): tcp 443, some of it udp 53
        sg-1 (1 interface): tcp 443, some of it udp 53
        sg-2 (0 interfaces): tcp 443, some of it udp 53
        sg-3 (0 interfaces): tcp 443, some of it udp 53
        sg-4 (0 interfaces): tcp 443, some of it udp 53
        sg-5 (0 interfaces): tcp 443, some of it udp 53
        sg-6 (0 interfaces): tcp 443, some of it udp 53
        sg-7 (0 interfaces): tcp 443, some of it udp 53
        sg-8 (0 interfaces): tcp 443, some of it udp 53
        sg-9 (0 interfaces): tcp 443, some of it udp 53
        2 more: --format html shows them

      6 groups and 24 rules looked at
      nothing found"
    `);
    expect(textOf({ ...report, reaches: reaches.slice(0, 10) })).toContain(
      "  sg-9 (0 interfaces): tcp 443, some of it udp 53\n\n6 groups",
    );
    for (const { text } of tableLines(report, 30)) expect(text.length).toBeLessThanOrEqual(30);
  });
});

it("a CSV file has a row for each finding, quoted where it has to be", () => {
  const report = auditReport({
    findings: [
      { ...drift, because: 'it is "open", still' },
      { ...bare, rule: " cache", because: "cache " },
      { ...bare, rule: "a b", because: "-1" },
    ],
  });
  expect(csvText(report).replaceAll("\r\n", "\n")).toMatchInlineSnapshot(`
    "id,severity,kind,account,region,group,group_name,parts,rule,rule_id,because,finding_id,outcome,missed,held,audited_at
    a-1,high,drift,111122223333,ap-southeast-1,sg-0f0a1b2c3d4e50100,funai-deploy,deploy api,ingress tcp 22 from 0.0.0.0/0,sgr-0a1b2c3d,"it is ""open"", still",f-1,left-open,yes,yes,2026-11-28T07:00:02.000Z
    a-2,medium,orphan-entry,111122223333,ap-southeast-1,,,," cache",,"cache ",,,no,no,2026-11-28T07:00:02.000Z
    a-2,medium,orphan-entry,111122223333,ap-southeast-1,,,,a b,,'-1,,,no,no,2026-11-28T07:00:02.000Z
    "
  `);
});

it("a SARIF log has a rule for each kind and a result for each finding", () => {
  const { runs: [run] = [] } = sarifLog(few, "1.2.3");
  expect(run?.tool.driver.rules.map(({ name }) => name)).toEqual([
    ...["Exposure", "Drift", "MissingRule", "UnmanagedGroup", "Candidate", "EntryWithoutAGroup"],
    ...["Plumbing", "Exception", "Pause"],
  ]);
  expect({ ...run?.tool.driver, rules: [] }).toEqual({
    ...{ name: "Portward", semanticVersion: "1.2.3", rules: [] },
  });
  expect(run?.automationDetails).toEqual({ id: "portward/111122223333/ap-southeast-1/audit-1" });
  expect(jsonOf([run?.invocations, run?.results])).toMatchInlineSnapshot(`
    "[
     [
      {
       "executionSuccessful": true,
       "startTimeUtc": "2026-11-28T07:00:00.000Z",
       "endTimeUtc": "2026-11-28T07:00:02.000Z"
      }
     ],
     [
      {
       "ruleId": "drift",
       "ruleIndex": 1,
       "level": "error",
       "rank": 75,
       "message": {
        "text": "ingress tcp 22 from 0.0.0.0/0 on deploy + api funai-deploy sg-0f0a1b2c3d4e50100: nothing permits it; left open; held by the brake; no event announced it"
       },
       "locations": [
        {
         "logicalLocations": [
          {
           "name": "funai-deploy",
           "fullyQualifiedName": "arn:aws:ec2:ap-southeast-1:111122223333:security-group/sg-0f0a1b2c3d4e50100",
           "kind": "resource"
          }
         ]
        }
       ],
       "partialFingerprints": {
        "portwardFinding/v1": "a-1"
       },
       "properties": {
        "severity": "high",
        "rule": "ingress tcp 22 from 0.0.0.0/0",
        "securityGroupRuleId": "sgr-0a1b2c3d",
        "findingId": "f-1"
       }
      },
      {
       "ruleId": "orphan-entry",
       "ruleIndex": 5,
       "level": "warning",
       "rank": 50,
       "message": {
        "text": "cache: no live group plays it"
       },
       "locations": [
        {
         "logicalLocations": [
          {
           "name": "cache",
           "fullyQualifiedName": "111122223333/ap-southeast-1/cache",
           "kind": "resource"
          }
         ]
        }
       ],
       "partialFingerprints": {
        "portwardFinding/v1": "a-2"
       },
       "properties": {
        "severity": "medium",
        "rule": "cache"
       }
      }
     ]
    ]"
  `);
  expect(sarifLog(few).runs[0]?.tool.driver.semanticVersion).toBe("0.0.0");
  expect(sarifLog(withoutWords).runs[0]?.results[0]?.message.text).toBe(": ");
});

it("an OCSF event has its class, its finding, its resource and its cloud", () => {
  expect(jsonOf(ocsfEvents(few, "1.2.3"))).toMatchInlineSnapshot(`
    "[
     {
      "activity_id": 1,
      "activity_name": "Create",
      "status_id": 1,
      "status": "New",
      "severity_id": 4,
      "severity": "High",
      "category_uid": 2,
      "category_name": "Findings",
      "class_uid": 2003,
      "class_name": "Compliance Finding",
      "type_uid": 200301,
      "time": 1795849202000,
      "message": "ingress tcp 22 from 0.0.0.0/0 on deploy + api funai-deploy sg-0f0a1b2c3d4e50100",
      "metadata": {
       "version": "1.6.0",
       "profiles": [
        "cloud"
       ],
       "correlation_uid": "audit-1",
       "product": {
        "name": "Portward",
        "vendor_name": "Portward",
        "version": "1.2.3"
       }
      },
      "finding_info": {
       "uid": "a-1",
       "title": "Drift: ingress tcp 22 from 0.0.0.0/0",
       "desc": "nothing permits it",
       "types": [
        "drift"
       ],
       "last_seen_time": 1795849202000
      },
      "compliance": {
       "control": "drift",
       "desc": "Drift",
       "status_id": 3,
       "status": "Fail",
       "status_details": [
        "nothing permits it",
        "left open",
        "held by the brake",
        "no event announced it"
       ]
      },
      "remediation": {
       "desc": "A rule that neither the matrix nor an exception permits. In mode revoke or enforce Portward closes it; if it is needed, add a flow to the matrix or ask for an exception."
      },
      "resources": [
       {
        "uid": "arn:aws:ec2:ap-southeast-1:111122223333:security-group/sg-0f0a1b2c3d4e50100",
        "name": "funai-deploy",
        "type": "AWS::EC2::SecurityGroup",
        "region": "ap-southeast-1",
        "cloud_partition": "aws"
       }
      ],
      "cloud": {
       "provider": "AWS",
       "region": "ap-southeast-1",
       "cloud_partition": "aws",
       "account": {
        "uid": "111122223333",
        "type": "AWS Account",
        "type_id": 10
       }
      }
     },
     {
      "activity_id": 1,
      "activity_name": "Create",
      "status_id": 1,
      "status": "New",
      "severity_id": 3,
      "severity": "Medium",
      "category_uid": 2,
      "category_name": "Findings",
      "class_uid": 2003,
      "class_name": "Compliance Finding",
      "type_uid": 200301,
      "time": 1795849202000,
      "message": "cache",
      "metadata": {
       "version": "1.6.0",
       "profiles": [
        "cloud"
       ],
       "correlation_uid": "audit-1",
       "product": {
        "name": "Portward",
        "vendor_name": "Portward",
        "version": "1.2.3"
       }
      },
      "finding_info": {
       "uid": "a-2",
       "title": "Entry without a group: cache",
       "desc": "no live group plays it",
       "types": [
        "orphan-entry"
       ],
       "last_seen_time": 1795849202000
      },
      "compliance": {
       "control": "orphan-entry",
       "desc": "Entry without a group",
       "status_id": 2,
       "status": "Warning",
       "status_details": [
        "no live group plays it"
       ]
      },
      "remediation": {
       "desc": "No live group plays this entry. Correct its id, name or tags, or take it out of the matrix."
      },
      "resources": [
       {
        "name": "cache",
        "type": "Portward",
        "region": "ap-southeast-1"
       }
      ],
      "cloud": {
       "provider": "AWS",
       "region": "ap-southeast-1",
       "cloud_partition": "aws",
       "account": {
        "uid": "111122223333",
        "type": "AWS Account",
        "type_id": 10
       }
      }
     }
    ]"
  `);
  expect(ocsfEvents(few)[0]?.metadata.product.version).toBe("0.0.0");
  expect(ocsfEvents(withoutWords)[0]?.message).toBe("");
});

it("of OCSF fails what is wrong, and warns what is meant", () => {
  const states = ocsfEvents(auditReport({ findings: oneOfEach })).map(({ compliance }) => [
    compliance.control,
    compliance.status,
  ]);
  expect(Object.fromEntries(states)).toEqual({
    ...{ drift: "Fail", missing: "Fail", exposure: "Fail", plumbing: "Fail" },
    ...{ unmanaged: "Warning", candidate: "Warning", "orphan-entry": "Warning" },
    ...{ exception: "Warning", pause: "Warning" },
  });
});

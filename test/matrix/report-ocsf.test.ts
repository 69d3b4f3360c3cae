// The OCSF events of a report, by the schema of their class.
import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { expect, test } from "vitest";
import { ocsfEvents } from "../../matrix/audit/report-ocsf.ts";
import { auditFinding, auditReport, oneOfEach, reportArb } from "../support/reports.ts";

const schema = new URL("../fixtures/schemas/ocsf-compliance-finding.json", import.meta.url);
const validate = new Ajv2020({ strict: false }).compile(JSON.parse(readFileSync(schema, "utf8")));

const problemsOf = (event: unknown) => {
  validate(JSON.parse(JSON.stringify(event)));
  return validate.errors ?? [];
};

test("makes one event of each finding, and each satisfies the schema", () => {
  const events = ocsfEvents(auditReport(), "0.1.0");
  expect(events).toHaveLength(oneOfEach.length);
  for (const event of events) expect(problemsOf(event)).toEqual([]);
  expect(problemsOf({ ...events[0], severity_id: 17 })).not.toEqual([]);
});

test("says who, where and how bad", () => {
  const [event] = ocsfEvents(auditReport({ findings: [auditFinding()] }));
  expect(event).toMatchObject({
    ...{ class_uid: 2003, type_uid: 200301, severity_id: 4, status: "New" },
    time: Date.parse("2026-11-28T07:00:02.000Z"),
    finding_info: { uid: "a-4q7x2m9c1k0p", title: "Drift: ingress tcp 22 from 0.0.0.0/0" },
    resources: [
      {
        uid: "arn:aws:ec2:ap-southeast-1:111122223333:security-group/sg-0f0a1b2c3d4e50100",
        name: "funai-deploy",
        type: "AWS::EC2::SecurityGroup",
      },
    ],
    cloud: { provider: "AWS", region: "ap-southeast-1", account: { uid: "111122223333" } },
  });
});

test.each([
  ["closed", 3, "Resolved"],
  ["restored", 3, "Resolved"],
  ["left-open", 1, "New"],
  ["could-not-close", 1, "New"],
])("a finding that ended %s has activity %i, status %s", (outcome, activity, status) => {
  const [event] = ocsfEvents(auditReport({ findings: [auditFinding({ outcome })] }));
  expect(event).toMatchObject({ activity_id: activity, type_uid: 200300 + activity, status });
});

test("whatever the texts are, every event satisfies the schema and shows no hidden character", () => {
  let events = 0;
  fc.assert(
    fc.property(reportArb, report => {
      for (const event of ocsfEvents(report)) {
        expect(problemsOf(event)).toEqual([]);
        expect(JSON.stringify(event)).not.toMatch(/\p{Cc}|\p{Cf}|\p{Cs}|\\u00/u);
        events += 1;
      }
    }),
    { numRuns: 50 },
  );
  expect(events).toBeGreaterThan(50);
});

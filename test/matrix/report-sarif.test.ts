// The SARIF of a report, by its public schema.
import { readFileSync } from "node:fs";
import AjvDraft04Module from "ajv-draft-04";
import formatsModule from "ajv-formats";
import fc from "fast-check";
import { expect, test } from "vitest";
import { sarifLog } from "../../matrix/audit/report-sarif.ts";
import { auditFinding, auditReport, oneOfEach, reportArb } from "../support/reports.ts";

// Both are CommonJS modules whose types say otherwise.
const AjvDraft04 = AjvDraft04Module as unknown as typeof AjvDraft04Module.default;
const addFormats = formatsModule as unknown as typeof formatsModule.default;

const ajv = new AjvDraft04({ strict: false, unicodeRegExp: false });
addFormats(ajv);
const schema = new URL("../fixtures/schemas/sarif-2.1.0-rtm.5.json", import.meta.url);
const validate = ajv.compile(JSON.parse(readFileSync(schema, "utf8")));

const problemsOf = (log: unknown) => {
  validate(JSON.parse(JSON.stringify(log)));
  return validate.errors ?? [];
};

test("satisfies the schema, which would find a wrong log", () => {
  const log = sarifLog(auditReport(), "0.1.0");
  expect(problemsOf(log)).toEqual([]);
  expect(problemsOf({ ...log, runs: [{ results: [] }] })).not.toEqual([]);
});

test("has a rule with help for each kind, and each result points at its own", () => {
  const [run] = sarifLog(auditReport()).runs;
  const rules = run?.tool.driver.rules ?? [];
  expect(rules.map(rule => rule.id)).toEqual(expect.arrayContaining(oneOfEach.map(f => f.kind)));
  for (const rule of rules) expect(rule.help.text.length).toBeGreaterThan(40);
  for (const { ruleId, ruleIndex } of run?.results ?? []) expect(rules[ruleIndex]?.id).toBe(ruleId);
});

test("places a result at the group's ARN, in the partition of its region", () => {
  const placed = (region: string) => {
    const report = auditReport({ region, findings: [auditFinding()] });
    return sarifLog(report).runs[0]?.results[0]?.locations[0]?.logicalLocations[0];
  };
  const end = "111122223333:security-group/sg-0f0a1b2c3d4e50100";
  expect(placed("ap-southeast-1")).toEqual({
    name: "funai-deploy",
    fullyQualifiedName: `arn:aws:ec2:ap-southeast-1:${end}`,
    kind: "resource",
  });
  expect(placed("cn-north-1")?.fullyQualifiedName).toBe(`arn:aws-cn:ec2:cn-north-1:${end}`);
});

test("keeps a finding's fingerprint whatever else of the report changes", () => {
  const prints = (findings: typeof oneOfEach, id: string) =>
    Object.fromEntries(
      (sarifLog(auditReport({ findings, id })).runs[0]?.results ?? []).map(result => [
        result.properties.rule + result.ruleId,
        result.partialFingerprints,
      ]),
    );
  expect(prints([...oneOfEach].reverse(), "audit-2")).toEqual(prints(oneOfEach, "audit-1"));
  expect(prints(oneOfEach, "")["eni-0f0a1b2c3d4e50100exposure"]).toEqual({
    "portwardFinding/v1": "a-4",
  });
});

test.each([
  ["critical", "error"],
  ["high", "error"],
  ["medium", "warning"],
  ["low", "note"],
] as const)("a %s finding is a result of level %s", (severity, level) => {
  const log = sarifLog(auditReport({ findings: [auditFinding({ severity })] }));
  expect(log.runs[0]?.results[0]?.level).toBe(level);
});

test("whatever the texts are, it satisfies the schema and shows no hidden character", () => {
  let results = 0;
  fc.assert(
    fc.property(reportArb, report => {
      const log = sarifLog(report);
      expect(problemsOf(log)).toEqual([]);
      const json = JSON.stringify(log.runs[0]?.results);
      expect(json).not.toMatch(/\p{Cc}|\p{Cf}|\p{Cs}|\\u00/u);
      results += log.runs[0]?.results.length ?? 0;
    }),
    { numRuns: 50 },
  );
  expect(results).toBeGreaterThan(50);
});

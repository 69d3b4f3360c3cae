// The words and the order in which every form of a report speaks, and what of it reaches what.
import { describe, expect, it } from "vitest";
import { groupArn, partitionOf } from "../../matrix/audit/arn.ts";
import { portsText, reachedIn } from "../../matrix/audit/reached.ts";
import { type AuditKind, isDrift } from "../../matrix/audit/report.ts";
import {
  groupLabel,
  inOrder,
  isRepaired,
  KINDS,
  marksOf,
  matrixLabel,
} from "../../matrix/audit/report-words.ts";
import { API, auditFinding, auditReport, DEPLOY } from "../support/reports.ts";

const drift = auditFinding({
  ...{ outcome: "left-open", missed: true, held: true, parts: ["deploy", "api"] },
});
const { groupName: _, ruleId: __, parts: ___, ...bare } = auditFinding({ group: "" });

describe("the words of a report", () => {
  it("of kinds: drift is a rule that is there or missing, and nothing else", () => {
    const kinds = Object.keys(KINDS) as AuditKind[];
    expect(kinds.filter(kind => isDrift(auditFinding({ kind })))).toEqual(["drift", "missing"]);
  });

  it.each([
    ["closed", true],
    ["narrowed", true],
    ["restored", true],
    ["put-back", true],
    ["gone", true],
    ["permitted", true],
    ["left-open", false],
    ["could-not-close", false],
    [undefined, false],
  ])("of outcomes: %s is repaired: %j", (outcome, is) => {
    const { outcome: _, ...finding } = auditFinding();
    expect(isRepaired(outcome === undefined ? finding : { ...finding, outcome })).toBe(is);
  });

  it("of marks: what became of it, that the brake holds it, that nothing announced it", () => {
    expect(marksOf(drift)).toEqual(["left open", "held by the brake", "no event announced it"]);
    expect(marksOf(bare)).toEqual([]);
  });

  it("of groups: parts, name and id, none twice and none empty", () => {
    expect(groupLabel(drift)).toBe(`deploy + api funai-deploy ${DEPLOY}`);
    expect(groupLabel({ ...drift, groupName: "", parts: ["api"] })).toBe(`api ${DEPLOY}`);
    expect(groupLabel({ ...drift, groupName: "api", parts: ["api"] })).toBe(`api ${DEPLOY}`);
    expect(groupLabel(bare)).toBe("");
  });

  it("of matrices: by which one was judged", () => {
    expect(matrixLabel(auditReport())).toBe("matrix funai-studio version 12, mode enforce");
    const { matrix: _, ...without } = auditReport();
    expect(matrixLabel(without)).toBe("no matrix");
  });

  it("of order: severity, then kind, then group and rule", () => {
    const findings = [
      auditFinding({ id: "5", severity: "low", kind: "exposure" }),
      auditFinding({ id: "4", group: "sg-2", rule: "a" }),
      auditFinding({ id: "3", group: "sg-1", rule: "b" }),
      auditFinding({ id: "2", group: "sg-1", rule: "a" }),
      auditFinding({ id: "1", group: "sg-9", kind: "exposure" }),
    ];
    const ids = (all: typeof findings) =>
      inOrder(all)
        .map(({ id }) => id)
        .join("");
    expect([ids(findings), ids(findings.toReversed())]).toEqual(["12345", "12345"]);
  });

  it.each([
    [["tcp 22"], [], "tcp 22"],
    [[], ["tcp 22", "udp 53"], "some of it tcp 22, udp 53"],
    [["tcp 22", "tcp 23"], ["icmp"], "tcp 22, tcp 23, some of it icmp"],
  ])("of ports: %j and some of %j", (whole, part, text) => {
    expect(portsText({ from: "office", whole, part })).toBe(text);
  });
});

it("what is reached is known by the set of groups, the world first, and what nothing reaches is not", () => {
  const office = [{ from: "office", whole: ["tcp 22"], part: [] }];
  const world = [{ from: "public", whole: ["tcp 443"], part: [] }];
  const report = auditReport({
    reaches: [
      { groups: [API], reach: office },
      { groups: [API, DEPLOY], reach: world },
      { groups: ["sg-1", "sg-2"], reach: [] },
      { groups: ["sg-1sg-2"], reach: office },
    ],
    interfaces: [
      { id: "eni-1", groups: [DEPLOY, API], addresses: [] },
      { id: "eni-2", groups: ["sg-1", "sg-2"], addresses: [] },
    ],
  });
  const ids = reachedIn(report).map(({ groups, interfaces }) => [
    groups.map(({ name, id }) => name || id).join("+"),
    interfaces.map(({ id }) => id).join("+"),
  ]);
  expect(ids).toEqual([
    ["funai-api+funai-deploy", "eni-1"],
    ["funai-api", ""],
    ["sg-1sg-2", ""],
  ]);
});

it.each([
  ["ap-southeast-1", "aws"],
  ["cn-north-1", "aws-cn"],
  ["us-gov-west-1", "aws-us-gov"],
])("a group of %s is in the partition %s", (region, partition) => {
  expect(partitionOf(region)).toBe(partition);
  expect(groupArn({ account: "111122223333", region }, "sg-1")).toBe(
    `arn:${partition}:ec2:${region}:111122223333:security-group/sg-1`,
  );
});

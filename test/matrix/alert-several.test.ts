// An alert of several findings, and one of a fight: what is told whole, what is only counted.
import { describe, expect, it } from "vitest";
import { alertFor } from "../../matrix/alert/alert.ts";
import { ROOM, sentBytes } from "../../matrix/alert/size.ts";
import type { Finding } from "../../matrix/finding.ts";
import { jsonOf } from "../support/chat-alerts.ts";
import { findingOf, without } from "../support/findings.ts";

const some = (count: number, given: Partial<Finding> = {}) =>
  Array.from({ length: count }, (_, n) =>
    findingOf({ id: `f-${n}`, rule: `ingress tcp ${n + 1} from ::/0`, ...given }),
  );
const fight = { by: "arn:aws:iam::111122223333:role/ci", times: 3, minutes: 15 };

const makerOf = (n: number) => ({
  ...{ type: "AssumedRole", name: `m${n}`, nameChosenByCaller: true, arn: `a${n}` },
  roleArn: "r".repeat(600),
});

describe("a fight", () => {
  it("is told first, with what it is likely to be", () => {
    const { subject, text, attributes, detail } = alertFor(some(1), { fight });
    expect(subject).toBe(
      "CLOSED 3 times, FIGHT with arn:aws:iam::111122223333:role/ci: ingress tcp 1 from ::/0 on deploy ...",
    );
    expect(text.split("\n\n").slice(0, 2).join("\n\n")).toMatchInlineSnapshot(`
      "CLOSED 3 times, FIGHT with arn:aws:iam::111122223333:role/ci: ingress tcp 1
      from ::/0

      Fight     3 times within 15 min by arn:aws:iam::111122223333:role/ci;
                reverting goes on, and more of it is told once for each window
                likely automation that puts back what it was told (Terraform, a
                controller, a script): change it there, or put the flow into the
                matrix"
    `);
    expect(text.split("\n\n")[2]).toMatch(/^CLOSED ingress tcp 1 from ::\/0$/);
    expect(attributes).toMatchObject({ about: "fight", severity: "high", outcome: "closed" });
    expect(detail).toMatchObject({ about: "fight", severity: "high" });
    expect(detail.facts?.[0]?.label).toBe("Fight");
    expect(detail.title).toMatch(/^CLOSED 3 times, FIGHT with /);
  });

  it("is no less bad than what it is about", () => {
    const stuck = without(findingOf({ outcome: "could-not-close" }), "closedAt");
    expect(alertFor([stuck], { fight }).attributes.severity).toBe("critical");
  });

  it("is told of nowhere else", () => {
    const { attributes, detail, text } = alertFor(some(1));
    expect([attributes.about, detail.about, text.includes("Fight")]).toEqual([
      undefined,
      undefined,
      false,
    ]);
  });
});

describe("several findings", () => {
  it("have the place and the reach once, with the worst", () => {
    const reach = { kind: "unknown" } as const;
    const findings = [...some(1), ...some(1, { outcome: "left-open" })];
    const { text, detail } = alertFor(findings, { reach });
    expect(text.match(/^(?:LEFT OPEN|CLOSED) ingress|^Reached|^Account/gm)).toEqual([
      ...["LEFT OPEN ingress", "Account", "Reached", "CLOSED ingress"],
    ]);
    expect(detail.facts?.map(({ label }) => label)).toContain("Reached");
    expect(text).toMatch(/\n\nCLOSED ingress tcp 1 from ::\/0\n\nBefore /);
  });

  it.each([
    [1, undefined],
    [2, ["CLOSED ingress tcp 2 from ::/0"]],
    [5, [2, 3, 4, 5].map(n => `CLOSED ingress tcp ${n} from ::/0`)],
    [
      6,
      [...[2, 3, 4, 5].map(n => `CLOSED ingress tcp ${n} from ::/0`), "and 1 more of this group"],
    ],
  ])("of %i the others are named in short", (count, lines) => {
    const { facts = [] } = alertFor(some(count)).detail;
    expect(facts.find(({ label }) => label === "Also")?.lines).toEqual(lines);
  });

  it.each([
    [100, 100, 0],
    [101, 100, 1],
  ])("of %i are %i whole for machines, and %i more", (count, shown, more) => {
    const short = some(count, { because: "", notes: [], calls: [] });
    const { detail } = alertFor(short.map(one => without(one, "actor", "ruleId")));
    expect([detail.findings.length, detail.more]).toEqual([shown, more]);
  });

  it("say how many are not shown, in a paragraph of its own", () => {
    const { text } = alertFor(some(22));
    expect(text).toContain(
      '\n\nand 2 more of this group: "portward finding list --aws" shows them all\n\nIf it is needed',
    );
    expect(alertFor(some(20)).text).not.toContain("of this group");
  });

  it("for machines have texts made plain and short, reasons at greater length", () => {
    const long = "x".repeat(3_000);
    const [finding] = alertFor([
      findingOf({ because: long, notes: [long, "a\nb"], ruleId: long, calls: Array(30).fill("c") }),
    ]).detail.findings as Finding[];
    expect(finding?.because).toHaveLength(2_000);
    expect(finding?.ruleId).toHaveLength(300);
    expect(finding?.notes).toEqual([`${"x".repeat(299)}…`, "a\\u{a}b"]);
    expect(finding?.calls).toHaveLength(20);
  });
});

it("the text and the form for machines are filled to their bounds, and never beyond", () => {
  const fills = Array.from({ length: 30 }, (_, n) => {
    const notes = Array.from({ length: 20 }, () => "x".repeat(250 + 5 * n));
    const findings = some(100, { notes, because: '"'.repeat(500 + 30 * n) });
    const makers = findings.map((one, at) => ({ ...one, actor: makerOf(at % 3) }));
    const { text, detail } = alertFor(makers, { fight: { ...fight, by: "b".repeat(300) } });
    expect([detail.more > 0, text.includes("more of this group")]).toEqual([true, true]);
    return [sentBytes(text), sentBytes(JSON.stringify(detail))] as const;
  });
  const most = [0, 1].map(n => Math.max(...fills.map(fill => fill[n] ?? 0)));
  expect(most[0]).toBeLessThanOrEqual(ROOM.text);
  expect(most[0]).toBeGreaterThan(ROOM.text - 2_000);
  expect(most[1]).toBeLessThanOrEqual(ROOM.detail);
  expect(most[1]).toBeGreaterThan(ROOM.detail - 2_000);
});

it("the detail of one finding is whole", () => {
  expect(jsonOf(alertFor([findingOf({ id: "f-1" })]).detail)).toMatchInlineSnapshot(`
    "{
     "outcome": "closed",
     "severity": "medium",
     "title": "CLOSED ingress tcp 22 from 0.0.0.0/0",
     "account": "111122223333",
     "region": "ap-southeast-1",
     "group": {
      "id": "sg-0a1b2c3d",
      "name": "funai-deploy",
      "vpcId": "vpc-0a1b2c3d"
     },
     "facts": [
      {
       "label": "Before",
       "lines": [
        "ingress tcp 22 from 0.0.0.0/0 (sgr-0a1b2c3d)"
       ]
      },
      {
       "label": "After",
       "lines": [
        "nothing of it is open any more"
       ]
      },
      {
       "label": "Group",
       "lines": [
        "deploy: funai-deploy (sg-0a1b2c3d) in vpc-0a1b2c3d"
       ]
      },
      {
       "label": "Account",
       "lines": [
        "111122223333 ap-southeast-1"
       ]
      },
      {
       "label": "Who",
       "lines": [
        "bob (AssumedRole, a name the caller chose, account 111122223333) by AuthorizeSecurityGroupIngress",
        "arn:aws:iam::111122223333:role/deployer"
       ]
      },
      {
       "label": "From",
       "lines": [
        "203.0.113.9 with aws-cli, by its own word"
       ]
      },
      {
       "label": "Opened",
       "lines": [
        "2026-11-21 11:59:50 UTC"
       ]
      },
      {
       "label": "Seen",
       "lines": [
        "2026-11-21 12:00:00 UTC"
       ]
      },
      {
       "label": "Closed",
       "lines": [
        "2026-11-21 12:00:01 UTC, open for 11 s"
       ]
      },
      {
       "label": "Why",
       "lines": [
        "nothing permits it; the nearest flow is api -> deploy tcp 7002: another port"
       ]
      },
      {
       "label": "Limits",
       "lines": [
        "connections opened through it are tracked and go on until they time out"
       ]
      },
      {
       "label": "Finding",
       "lines": [
        "f-1, mode enforce, matrix version 12"
       ]
      }
     ],
     "advice": [
      "If it is needed: \\"portward finding undo f-1 --aws\\" asks for an exception, which somebody else approves and which ends by itself. If it is needed for good, put the flow into the matrix and apply it.",
      "If it was not bob: revoke the sessions of arn:aws:iam::111122223333:role/deployer, and look in CloudTrail for what else it did."
     ],
     "findings": [
      {
       "id": "f-1",
       "occurrence": 0,
       "kind": "drift",
       "account": "111122223333",
       "region": "ap-southeast-1",
       "group": {
        "id": "sg-0a1b2c3d",
        "name": "funai-deploy",
        "vpcId": "vpc-0a1b2c3d"
       },
       "parts": [
        "deploy"
       ],
       "mode": "enforce",
       "rule": "ingress tcp 22 from 0.0.0.0/0",
       "ruleId": "sgr-0a1b2c3d",
       "after": [],
       "because": "nothing permits it; the nearest flow is api -> deploy tcp 7002: another port",
       "trigger": {
        "kind": "event",
        "id": "e-1",
        "event": "AuthorizeSecurityGroupIngress",
        "at": "2026-11-21T11:59:50.000Z"
       },
       "actor": {
        "type": "AssumedRole",
        "arn": "arn:aws:sts::111122223333:assumed-role/deployer/bob",
        "name": "bob",
        "nameChosenByCaller": true,
        "account": "111122223333",
        "roleArn": "arn:aws:iam::111122223333:role/deployer",
        "accessKeyId": "ASIAEXAMPLEBOB",
        "sourceIp": "203.0.113.9",
        "tool": "aws-cli"
       },
       "outcome": "closed",
       "openedAt": "2026-11-21T11:59:50.000Z",
       "seenAt": "2026-11-21T12:00:00.000Z",
       "closedAt": "2026-11-21T12:00:01.000Z",
       "calls": [
        "revoke ingress tcp 22 from 0.0.0.0/0"
       ],
       "owed": [],
       "notes": [
        "connections opened through it are tracked and go on until they time out"
       ],
       "matrixVersion": "12",
       "outcomeWord": "CLOSED",
       "severity": "medium"
      }
     ],
     "more": 0
    }"
  `);
});

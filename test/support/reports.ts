// Audit reports to vary: one of the five servers with a finding of each kind, and random ones whose
// every text is hostile.
import fc from "fast-check";
import { SEVERITIES } from "../../matrix/alert/outcome.ts";
import type { AuditFinding, AuditKind, AuditReport } from "../../matrix/audit/report.ts";
import { KINDS } from "../../matrix/audit/report-words.ts";

export const DEPLOY = "sg-0f0a1b2c3d4e50100";
export const API = "sg-0f0a1b2c3d4e50091";

/** Makes a finding of an audit. */
export function auditFinding(given: Partial<AuditFinding> = {}): AuditFinding {
  return {
    id: "a-4q7x2m9c1k0p",
    kind: "drift",
    severity: "high",
    group: DEPLOY,
    groupName: "funai-deploy",
    parts: ["deploy"],
    rule: "ingress tcp 22 from 0.0.0.0/0",
    ruleId: "sgr-0a1b2c3d",
    because:
      "nothing permits it; it breaks the forbid public to deploy all (公网仅在统一入口处放开)",
    ...given,
  };
}

/** One finding of each kind, in an order that no form keeps. */
export const oneOfEach: readonly AuditFinding[] = [
  auditFinding({
    ...{ id: "a-1", kind: "pause", severity: "low", rule: "every group" },
    ...{ group: "", because: "paused until 2026-11-28T12:00:00Z by alice: a migration" },
  }),
  auditFinding({
    ...{ id: "a-2", kind: "missing", severity: "medium" },
    ...{ rule: "ingress tcp 7002 from 172.21.138.91/32", outcome: "restored" },
    because: "required by api to deploy tcp 7002, and not open",
  }),
  auditFinding({ id: "a-3", missed: true, outcome: "closed", findingId: "f-feci5krfm5sp" }),
  auditFinding({
    ...{ id: "a-4", kind: "exposure", severity: "critical", rule: "eni-0f0a1b2c3d4e50100" },
    because: "its groups together let the world in on tcp 7002",
  }),
  auditFinding({ id: "a-5", kind: "unmanaged", parts: [], group: "sg-0aaaaaaaaaaaaaaa1" }),
  auditFinding({ id: "a-6", kind: "candidate", severity: "medium", group: "sg-0aaaaaaaaaaaaaaa2" }),
  auditFinding({ id: "a-7", kind: "orphan-entry", severity: "medium", group: "", rule: "cache" }),
  auditFinding({ id: "a-8", kind: "plumbing", severity: "critical", group: "", rule: "trail" }),
  auditFinding({ id: "a-9", kind: "exception", severity: "low", rule: "x-01JD5G" }),
];

/** Makes a report of the five servers. */
export function auditReport(given: Partial<AuditReport> = {}): AuditReport {
  return {
    id: "audit-1",
    account: "111122223333",
    region: "ap-southeast-1",
    startedAt: "2026-11-28T07:00:00.000Z",
    endedAt: "2026-11-28T07:00:02.000Z",
    matrix: { name: "funai-studio", version: "12", mode: "enforce" },
    groups: 6,
    rules: 24,
    findings: oneOfEach,
    audited: [
      {
        ...{ id: DEPLOY, name: "funai-deploy", vpcId: "vpc-0f0a1b2c3d4e5f607", mode: "enforce" },
        ...{ parts: ["deploy"], rules: 4, interfaces: 1 },
      },
      { id: API, name: "funai-api", parts: ["api"], mode: "enforce", rules: 6, interfaces: 1 },
      { id: "sg-0aaaaaaaaaaaaaaa1", name: "default", parts: [], rules: 2, interfaces: 0 },
    ],
    interfaces: [
      {
        id: "eni-0f0a1b2c3d4e50100",
        groups: [DEPLOY],
        addresses: ["172.21.138.100"],
        publicAddress: "203.0.113.10",
        description: "funai-deploy",
      },
    ],
    ...given,
  };
}

/** Texts that somebody might give a group to break what prints it. */
export const HOSTILE: readonly string[] = [
  '=HYPERLINK("http://x","y")',
  "+1",
  "-1+1|cmd",
  "@SUM(A1)",
  "＝1+1",
  "\t=1",
  "\r\n=1",
  ' "quoted", and\r\nmore',
  "</script><script>alert(1)</script>",
  "<img src=x onerror=alert(1)>",
  "' onmouseover='alert(1)",
  '" autofocus onfocus="alert(1)',
  "javascript:alert(1)",
  "&lt;b&gt; &amp;",
  "\u202egnp.exe\u2066",
  "\u001b[31mred\u0000",
  "名\ud83d",
  "x".repeat(5_000),
  "{{7*7}} <!-- ]]> `",
];

const hostileArb: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...HOSTILE),
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.tuple(fc.constantFrom(...HOSTILE), fc.string()).map(([a, b]) => b + a),
);

const optional = (arb: fc.Arbitrary<string>) => fc.option(arb, { nil: undefined });

/** Findings of every kind whose texts are hostile. */
export const findingArb = fc
  .record({
    id: hostileArb,
    kind: fc.constantFrom(...(Object.keys(KINDS) as AuditKind[])),
    severity: fc.constantFrom(...SEVERITIES),
    group: fc.oneof(fc.constant(""), hostileArb),
    groupName: optional(hostileArb),
    rule: hostileArb,
    ruleId: optional(hostileArb),
    because: hostileArb,
    findingId: optional(hostileArb),
    outcome: optional(fc.oneof(fc.constantFrom("closed", "left-open"), hostileArb)),
  })
  .map(fields => JSON.parse(JSON.stringify(fields)) as AuditFinding);

/** Reports of such findings. */
export const reportArb: fc.Arbitrary<AuditReport> = fc
  .tuple(fc.array(findingArb, { maxLength: 8 }), hostileArb)
  .map(([findings, name]) =>
    auditReport({
      ...{ id: name, findings, matrix: { name, version: name, mode: "observe" } },
      audited: [{ id: name, name, parts: [name], rules: 1, interfaces: 1 }],
      interfaces: [
        { id: name, groups: [name], addresses: [name], publicAddress: name, description: name },
      ],
    }),
  );

/** What may stand in no output: controls, bidi marks, halves of characters. */
export const UNPLAIN = /[^\P{Cc}\n]|\p{Cf}|\p{Cs}/u;

// An alert made of hostile text: nothing from outside breaks a line, a subject or a limit.
import { expect, test } from "vitest";
import { alertFor } from "../../matrix/alert/alert.ts";
import { widthOf } from "../../matrix/alert/paragraph.ts";
import { findingOf } from "../support/findings.ts";

const hostile = "\r\nBcc: x\u0000\u001b[31m\u202e名\ud83d<script>\\".repeat(200);
const many = Array.from({ length: 100 }, () => hostile);

const everywhere = findingOf({
  ...{ rule: hostile, ruleId: hostile, because: hostile, matrixVersion: hostile, region: hostile },
  ...{ account: hostile, parts: many, group: { id: hostile, name: hostile, vpcId: hostile } },
  ...{ after: many, owed: many, notes: many, calls: many, outcome: "narrowed" },
  ...{ openedAt: hostile, seenAt: hostile, closedAt: hostile, id: hostile },
  trigger: { kind: hostile, id: hostile, event: hostile, at: hostile },
  actor: {
    ...{ type: hostile, name: hostile, arn: hostile, account: hostile, roleArn: hostile },
    ...{ accessKeyId: hostile, sourceIp: hostile, tool: hostile, invokedBy: hostile },
    ...{ userAgent: hostile, nameChosenByCaller: true },
  },
});

const bytesOf = (text: string) => new TextEncoder().encode(text).length;
const counts = [1, 500];

const names = ["funai-deploy", "生产环境", hostile, "", "x".repeat(255)];
const longest = `ingress tcp 1-65535 from ${"2001:0db8:".repeat(20)}/128`;
const rules = ["ingress tcp 22 from 0.0.0.0/0", hostile, longest];
test.each(names.flatMap(name => rules.map(rule => ({ name, rule }))))(
  "a subject is printable ASCII on one line, less than 100 characters: %j",
  ({ name, rule }) => {
    const { subject } = alertFor([findingOf({ rule, parts: [], group: { id: "sg-0a", name } })]);
    expect(subject).toMatch(/^CLOSED [ -~]{1,92}$/);
  },
);

test.each(counts)("the text of %i findings is plain lines of 78 columns, and bounded", count => {
  const { text } = alertFor(Array.from({ length: count }, () => everywhere));
  expect(text).toMatch(/^NARROWED /);
  expect(text).toContain("Finding ");
  expect(text).not.toMatch(/[^\P{Cc}\n]|\p{Cf}|\p{Cs}/u);
  expect(bytesOf(text)).toBeLessThan(200_000);
  for (const line of text.split("\n")) {
    expect(line).not.toMatch(/^Bcc/);
    expect(widthOf(line)).toBeLessThanOrEqual(78);
  }
});

test.each(counts)("the form for machines of %i findings is bounded and counts the rest", count => {
  const { detail } = alertFor(Array.from({ length: count }, () => everywhere));
  const json = JSON.stringify(detail);
  expect(json).not.toMatch(/\p{Cc}|\p{Cf}|\p{Cs}|\\u00/u);
  expect(bytesOf(json)).toBeLessThan(200_000);
  expect(detail.findings.length).toBeGreaterThan(0);
  expect(detail.findings.length + detail.more).toBe(count);
});

test("attributes are never empty, which SNS refuses", () => {
  const { attributes } = alertFor([findingOf({ group: { id: "", name: "" } })]);
  expect(Object.values(attributes)).toEqual(["closed", "none", "drift", "medium"]);
});

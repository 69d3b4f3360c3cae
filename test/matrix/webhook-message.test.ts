// An alert for other receivers: JSON, and the plain text of three robots within its bounds.
import { describe, expect, it } from "vitest";
import { sampleAlert } from "../../matrix/alert/test-alert.ts";
import { robotBytes, webhookMessage } from "../../matrix/alert/webhook-message.ts";
import { chatAlert, withoutFields } from "../support/chat-alerts.ts";

const robots = ["dingtalk", "wecom", "feishu"] as const;

/** What a robot shows. */
function textFor(form: (typeof robots)[number], alert = chatAlert()): string {
  const message = webhookMessage(alert, form) as {
    readonly text?: { readonly content: string };
    readonly content?: { readonly text: string };
  };
  return message.text?.content ?? message.content?.text ?? "";
}

it("the generic form is the detail with its subject and version", () => {
  const alert = chatAlert({}, "CLOSED <it>");
  expect(webhookMessage(alert, "generic")).toEqual({
    ...{ version: "1", source: "portward", subject: "CLOSED <it>" },
    ...alert.detail,
  });
});

it("each robot has its own form", () => {
  const content = "Portward: CLOSED\nWhy: none\nRest.";
  expect(webhookMessage(chatAlert(), "dingtalk")).toEqual({ msgtype: "text", text: { content } });
  expect(webhookMessage(chatAlert(), "wecom")).toEqual({ msgtype: "text", text: { content } });
  expect(webhookMessage(chatAlert(), "feishu")).toEqual({
    ...{ msg_type: "text", content: { text: content } },
  });
});

it("the sample is the name and heading, a line for each fact, and what to do", () => {
  expect(textFor("dingtalk", sampleAlert())).toMatchInlineSnapshot(`
    "Portward: CLOSED ingress tcp 22 from 0.0.0.0/0
    Before: ingress tcp 22 from 0.0.0.0/0 (sgr-0a1b2c3d4e5f60718)
    After: nothing of it is open any more
    Group: deploy: funai-deploy (sg-0f0a1b2c3d4e50100) in vpc-0f0a1b2c3d4e5f607
    Account: 111122223333 ap-southeast-1
    Who: bob (AssumedRole, a name the caller chose, account 111122223333) by AuthorizeSecurityGroupIngress; arn:aws:iam::111122223333:role/deployer
    From: 203.0.113.9 with aws-cli, by its own word
    Opened: 2026-11-21 11:59:50 UTC
    Seen: 2026-11-21 12:00:00 UTC
    Closed: 2026-11-21 12:00:01 UTC, open for 11 s
    Why: nothing permits it; it breaks the forbid public -> deploy runner all; nearest flow: api runner runtime -> deploy tcp 7002; differs in port tcp 22, not tcp 7002
    Reached: 1 interface, 1 with a public address; i-0a1b2c3d4e5f60718 eni-0a1b2c3d4e5f60718 172.21.138.100 public 198.51.100.7
    Limits: connections opened through it are tracked and go on until they time out
    Finding: f-abcdefghijkl, mode enforce, matrix version 12
    If it is needed: "portward finding undo f-abcdefghijkl --aws" asks for an exception, which somebody else approves and which ends by itself. If it is needed for good, put the flow into the matrix and apply it.
    If it was not bob: revoke the sessions of arn:aws:iam::111122223333:role/deployer, and look in CloudTrail for what else it did."
  `);
});

it("only Feishu's text has no tags", () => {
  const alert = chatAlert({ title: '<at user_id="all">' });
  expect(textFor("feishu", alert)).toContain('Portward: ‹at user_id="all"›');
  expect(textFor("dingtalk", alert)).toContain('Portward: <at user_id="all">');
  expect(textFor("wecom", alert)).toContain('Portward: <at user_id="all">');
});

it("an alert without a heading, facts and advice is its subject", () => {
  const bare = withoutFields(chatAlert({}, "SUBJECT"), "title", "facts", "advice");
  expect(textFor("wecom", bare)).toBe("Portward: SUBJECT");
});

describe.each(robots)("the text of %s", form => {
  const wide = "名".repeat(100);
  const shown = (advice: string[]) => textFor(form, chatAlert({ title: "T", facts: [], advice }));
  // What the heading leaves; each line takes one byte more for its end.
  const room = robotBytes[form] - "Portward: T\n".length;
  const whole = Math.floor(room / 301);

  it("has as many whole lines as its bytes hold", () => {
    expect(
      shown(Array.from({ length: 100 }, () => wide))
        .split("\n")
        .slice(1),
    ).toEqual(Array.from({ length: whole }, () => wide));
  });

  it("has a last line that fits exactly, and none that is a byte too long", () => {
    const lines = Array.from({ length: whole }, () => wide);
    const left = room - whole * 301;
    expect(shown([...lines, "x".repeat(left - 1)])).toMatch(/x$/);
    expect(shown([...lines, "x".repeat(left)])).toMatch(/名$/);
  });

  it("has several lines of one fact on one line, each cut at 500 characters", () => {
    const facts = [{ label: "L", lines: ["a", "b".repeat(600)] }];
    const alert = chatAlert({ title: "T", facts, advice: [] });
    expect(textFor(form, alert)).toBe(`Portward: T\nL: a; ${"b".repeat(499)}…`);
  });
});

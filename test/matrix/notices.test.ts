// What people are told that is no finding: pauses and holds, what the brake holds back, a test, a link.
import { describe, expect, it } from "vitest";
import { approvalMail } from "../../matrix/alert/approval-mail.ts";
import { type HeldBack, heldNotice } from "../../matrix/alert/held.ts";
import { type Notice, type NoticeWord, noticeFor } from "../../matrix/alert/notice.ts";
import { sampleAlert, testAlert } from "../../matrix/alert/test-alert.ts";
import { jsonOf } from "../support/chat-alerts.ts";

const place = { account: "111122223333", region: "ap-southeast-1" };

describe("a pause", () => {
  const notice = (word: NoticeWord, given: Partial<Notice> = {}) =>
    noticeFor({
      ...{ ...place, word, by: "alice", reason: "a migration" },
      ...{ since: "2026-11-21T12:00:00.000Z", ...given },
    });

  it("of every group says what, where, who, why, since when, and how to end it", () => {
    const { subject, text, attributes, detail } = notice("PAUSED", {
      until: "2026-11-21T13:00:00.000Z",
    });
    expect(subject).toBe("PAUSED every group, 111122223333 ap-southeast-1");
    expect(text).toMatchInlineSnapshot(`
      "PAUSED

      What      nothing is closed and nothing is restored; drift is still found and
                told
      Where     every group, account 111122223333 ap-southeast-1
      Who       alice
      Why       a migration
      Since     2026-11-21 12:00:00 UTC
      Until     2026-11-21 13:00:00 UTC

      To end it: portward resume
      "
    `);
    expect(attributes).toEqual({
      ...{ outcome: "paused", group: "all", kind: "pause", severity: "medium" },
    });
    expect(jsonOf(detail)).toMatchInlineSnapshot(`
      "{
       "outcome": "paused",
       "severity": "medium",
       "account": "111122223333",
       "region": "ap-southeast-1",
       "title": "PAUSED every group",
       "facts": [
        {
         "label": "What",
         "lines": [
          "nothing is closed and nothing is restored; drift is still found and told"
         ]
        },
        {
         "label": "Where",
         "lines": [
          "every group, account 111122223333 ap-southeast-1"
         ]
        },
        {
         "label": "Who",
         "lines": [
          "alice"
         ]
        },
        {
         "label": "Why",
         "lines": [
          "a migration"
         ]
        },
        {
         "label": "Since",
         "lines": [
          "2026-11-21 12:00:00 UTC"
         ]
        },
        {
         "label": "Until",
         "lines": [
          "2026-11-21 13:00:00 UTC"
         ]
        }
       ],
       "advice": [
        "To end it: portward resume"
       ],
       "group": {
        "id": "",
        "name": ""
       },
       "findings": [],
       "more": 0
      }"
    `);
  });

  it.each<[NoticeWord, string, string, string]>([
    [
      "PAUSED",
      "paused",
      "nothing is closed and nothing is restored; drift is still found and told",
      "resume sg-0a",
    ],
    [
      "STILL PAUSED",
      "still-paused",
      "nothing is closed and nothing is restored; drift is still found and told",
      "resume sg-0a",
    ],
    ["PAUSE ENDED", "pause-ended", "Portward acts again", "looked at now"],
    ["ON HOLD", "on-hold", "nothing is restored; closing goes on", "resume sg-0a"],
    ["STILL ON HOLD", "still-on-hold", "nothing is restored; closing goes on", "resume sg-0a"],
    ["HOLD ENDED", "hold-ended", "Portward acts again", "looked at now"],
  ])("%s of one group: %s, %s, %s", (word, outcome, meaning, advice) => {
    const { subject, text, attributes, detail } = notice(word, { group: "sg-0a" });
    expect(subject).toBe(`${word} sg-0a, 111122223333 ap-southeast-1`);
    expect(attributes).toMatchObject({ outcome, group: "sg-0a" });
    expect(detail.group).toEqual({ id: "sg-0a", name: "" });
    expect(detail.facts?.[0]).toEqual({ label: "What", lines: [meaning] });
    expect(detail.advice?.[0]).toContain(advice);
    expect(text.split("\n")[0]).toBe(word);
    expect(text).not.toContain("Until");
  });
});

describe("what the brake holds back", () => {
  const held = (given: Partial<HeldBack> = {}) =>
    heldNotice({
      ...{ ...place, planId: "p-1" },
      groups: [
        { group: "sg-1", steps: ["revoke ingress tcp 22 from ::/0", "revoke egress all to ::/0"] },
        { group: "sg-2", steps: ["revoke ingress all from ::/0"] },
      ],
      ...given,
    });

  it("is told with its plan, its rules and both ways to go on", () => {
    const { subject, text, attributes, detail } = held();
    expect(subject).toBe("AUDIT HELD BACK 3 rules, plan p-1, 111122223333 ap-southeast-1");
    expect(text).toMatchInlineSnapshot(`
      "AUDIT HELD BACK 3 rules

      Where     account 111122223333 ap-southeast-1, 2 group(s)
      Plan      p-1

      An earlier audit saw these rules permitted, and they have not changed since:
      it is the matrix that did. They stay open until somebody decides.

      sg-1 revoke ingress tcp 22 from ::/0
      sg-1 revoke egress all to ::/0
      sg-2 revoke ingress all from ::/0

      If the matrix is wrong: portward matrix rollback takes the last one back.
      If it is right: portward audit --apply p-1 closes exactly these.
      "
    `);
    expect(attributes).toEqual({
      ...{ outcome: "held-back", group: "all", kind: "brake", severity: "high" },
    });
    expect(jsonOf(detail)).toMatchInlineSnapshot(`
      "{
       "outcome": "held-back",
       "severity": "high",
       "account": "111122223333",
       "region": "ap-southeast-1",
       "title": "AUDIT HELD BACK 3 rules",
       "facts": [
        {
         "label": "Where",
         "lines": [
          "account 111122223333 ap-southeast-1, 2 group(s)"
         ]
        },
        {
         "label": "Plan",
         "lines": [
          "p-1"
         ]
        },
        {
         "label": "Why",
         "lines": [
          "An earlier audit saw these rules permitted, and they have not changed since: it is the matrix that did. They stay open until somebody decides."
         ]
        },
        {
         "label": "Rules",
         "lines": [
          "sg-1 revoke ingress tcp 22 from ::/0",
          "sg-1 revoke egress all to ::/0",
          "sg-2 revoke ingress all from ::/0"
         ]
        }
       ],
       "advice": [
        "If the matrix is wrong: portward matrix rollback takes the last one back.",
        "If it is right: portward audit --apply p-1 closes exactly these."
       ],
       "group": {
        "id": "",
        "name": ""
       },
       "findings": [
        {
         "step": "sg-1 revoke ingress tcp 22 from ::/0",
         "planId": "p-1"
        },
        {
         "step": "sg-1 revoke egress all to ::/0",
         "planId": "p-1"
        },
        {
         "step": "sg-2 revoke ingress all from ::/0",
         "planId": "p-1"
        }
       ],
       "more": 0
      }"
    `);
  });

  it.each([
    [1, "1 rule,", undefined],
    [100, "100 rules,", undefined],
    [101, "101 rules,", "and 1 more"],
    [250, "250 rules,", "and 150 more"],
  ])("of %i rules: %s %s", (count, counted, more) => {
    const steps = Array.from({ length: count }, (_, n) => `revoke n${n} ${"x".repeat(400)}`);
    const { subject, text, detail } = held({ groups: [{ group: "sg-1", steps }] });
    expect(subject).toContain(`HELD BACK ${counted}`);
    expect(/^and \d+ more$/m.exec(text)?.[0]).toBe(more);
    expect(detail.findings).toHaveLength(Math.min(count, 100));
    expect(detail.more).toBe(Math.max(count - 100, 0));
    const lines = text.split("\n").filter(line => line.startsWith("sg-1 revoke n"));
    expect(lines).toHaveLength(Math.min(count, 100));
    expect(lines[0]).toHaveLength(300);
  });
});

describe("a test of alerts", () => {
  it("says that it is one, and that nothing happened", () => {
    const { subject, text, attributes, detail } = testAlert({
      ...{ ...place, by: "alice\n", at: "2026-11-21T12:00:00.000Z" },
    });
    expect(subject).toBe("TEST of alerts: nothing happened, 111122223333 ap-southeast-1");
    expect(text).toMatchInlineSnapshot(`
      "TEST of alerts: nothing happened

      What      somebody looks whether alerts arrive here; no rule was opened or
                closed
      Account   111122223333 ap-southeast-1
      Who       alice\\u{a}
      When      2026-11-21 12:00:00 UTC

      There is nothing to do. Whoever does not read this is not reached by alerts.
      "
    `);
    expect(attributes).toEqual({ outcome: "test", group: "none", kind: "test", severity: "low" });
    expect(jsonOf(detail)).toMatchInlineSnapshot(`
      "{
       "outcome": "test",
       "severity": "low",
       "about": "test",
       "account": "111122223333",
       "region": "ap-southeast-1",
       "title": "TEST of alerts: nothing happened",
       "facts": [
        {
         "label": "What",
         "lines": [
          "somebody looks whether alerts arrive here; no rule was opened or closed"
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
          "alice\\\\u{a}"
         ]
        },
        {
         "label": "When",
         "lines": [
          "2026-11-21 12:00:00 UTC"
         ]
        }
       ],
       "advice": [
        "There is nothing to do. Whoever does not read this is not reached by alerts."
       ],
       "group": {
        "id": "",
        "name": ""
       },
       "findings": [],
       "more": 0
      }"
    `);
  });

  it("has a sample that is a whole alert about a rule that was closed", () => {
    const { subject, attributes, detail } = sampleAlert();
    expect(subject).toBe(
      "CLOSED ingress tcp 22 from 0.0.0.0/0 on deploy sg-0f0a1b2c3d4e50100, 111122223333 ap-southeast-1",
    );
    expect(attributes).toEqual({
      ...{ outcome: "closed", group: "sg-0f0a1b2c3d4e50100", kind: "drift", severity: "medium" },
    });
    expect(jsonOf(detail.findings)).toMatchInlineSnapshot(`
      "[
       {
        "id": "f-abcdefghijkl",
        "occurrence": 1,
        "kind": "drift",
        "account": "111122223333",
        "region": "ap-southeast-1",
        "group": {
         "id": "sg-0f0a1b2c3d4e50100",
         "name": "funai-deploy",
         "vpcId": "vpc-0f0a1b2c3d4e5f607"
        },
        "parts": [
         "deploy"
        ],
        "mode": "enforce",
        "rule": "ingress tcp 22 from 0.0.0.0/0",
        "ruleId": "sgr-0a1b2c3d4e5f60718",
        "after": [],
        "because": "nothing permits it; it breaks the forbid public -> deploy runner all; nearest flow: api runner runtime -> deploy tcp 7002; differs in port tcp 22, not tcp 7002",
        "trigger": {
         "kind": "event",
         "id": "4a1e",
         "event": "AuthorizeSecurityGroupIngress"
        },
        "actor": {
         "type": "AssumedRole",
         "name": "bob",
         "nameChosenByCaller": true,
         "account": "111122223333",
         "arn": "arn:aws:sts::111122223333:assumed-role/deployer/bob",
         "roleArn": "arn:aws:iam::111122223333:role/deployer",
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
      ]"
    `);
  });
});

describe("an approver's mail", () => {
  const mail = (until: string) =>
    approvalMail(
      { subject: "EXCEPTION REQUESTED", text: "  EXCEPTION REQUESTED it\n\nWhat  it\n\n" },
      { to: "wang", link: `https://example.com/${"x".repeat(100)}`, until },
    );

  it("has the notice, then the link whole on its own line", () => {
    const { to, subject, text } = mail("2026-11-21T12:00:00.000Z");
    expect([to, subject]).toEqual(["wang", "EXCEPTION REQUESTED"]);
    expect(text).toBe(
      [
        ...["  EXCEPTION REQUESTED it", "", "What  it", ""],
        "This link is yours alone, wang: it shows what is asked for, and lets you",
        "approve or reject it once, until 2026-11-21 12:00:00 UTC. Do not pass it on.",
        ...["", `https://example.com/${"x".repeat(100)}`, ""],
      ].join("\n"),
    );
  });

  it("has the time as it was given where it is none", () => {
    expect(mail("noon").text).toContain("until noon.");
  });
});

// What people are told about an exception: what happened first, everything to decide on, what to do;
// and nothing from outside breaks a line, a subject or a limit.
import { describe, expect, it, test } from "vitest";
import { alertFor } from "../../matrix/alert/alert.ts";
import {
  type ExceptionNotice,
  type ExceptionWord,
  exceptionNotice,
} from "../../matrix/alert/exception-notice.ts";
import { widthOf } from "../../matrix/alert/paragraph.ts";
import type { ExceptionRecord } from "../../matrix/exceptions/exception-life.ts";
import type { Finding } from "../../matrix/finding.ts";
import { findingOf, without } from "../support/findings.ts";

/** Text without its line breaks, to look for what may be wrapped. */
const flowing = (text: string) => text.replace(/\s+/g, " ");

const ID = "x-01kam2v9c4q8v6w0d3e5f7g9h1";
const words: readonly ExceptionWord[] = [
  ...(["BREAK GLASS", "EXCEPTION REQUESTED", "EXCEPTION ENDING"] as const),
  ...([
    "EXCEPTION APPROVED",
    "EXCEPTION REJECTED",
    "EXCEPTION WITHDRAWN",
    "EXCEPTION UNANSWERED",
  ] as const),
];

const record: ExceptionRecord = {
  ...{ id: ID, state: "requested", rev: 1, open: true, reason: "release 7" },
  ...{ groups: ["sg-0a1b2c3d"], rule: "ingress tcp 22 from 203.0.113.7/32" },
  start: Date.parse("2026-11-21T12:00:00Z"),
  end: Date.parse("2026-11-21T14:00:00Z"),
  askedAt: Date.parse("2026-11-21T11:58:00Z"),
  requester: { kind: "user", account: "111122223333", arn: "arn:aws:iam::111122223333:user/li" },
  askHash: "0123456789abcdef".repeat(4),
};

const noticeOf = (word: ExceptionWord, more: Partial<ExceptionNotice> = {}): ExceptionNotice => ({
  ...{ word, account: "111122223333", region: "ap-southeast-1", exception: record },
  ...{ state: "requested", parts: { "sg-0a1b2c3d": ["deploy"] }, approvers: ["wang", "chen"] },
  ...more,
});

describe("a notice", () => {
  it("says what, where, when, who, why, what it is bound to and what to do", () => {
    const { subject, text } = exceptionNotice(noticeOf("EXCEPTION REQUESTED"));
    expect(subject).toBe(
      "EXCEPTION REQUESTED ingress tcp 22 from 203.0.113.7/32 on deploy sg-0a1b2c3d, 111122223333 ap-so...",
    );
    expect(text).toMatchInlineSnapshot(`
      "EXCEPTION REQUESTED ingress tcp 22 from 203.0.113.7/32

      What      ingress tcp 22 from 203.0.113.7/32
      Groups    deploy sg-0a1b2c3d
      Account   111122223333 ap-southeast-1
      Window    2026-11-21 12:00 to 14:00 UTC, 2 h
      Opening   Portward opens it at the start
      Asked by  arn:aws:iam::111122223333:user/li
      Reason    release 7
      Approvers wang, chen
      Exception x-01kam2v9c4q8v6w0d3e5f7g9h1, hash
                0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef

      An approver who is not the one asking answers it: "portward exception approve
      x-01kam2v9c4q8v6w0d3e5f7g9h1" or "portward exception reject
      x-01kam2v9c4q8v6w0d3e5f7g9h1". Until then nothing is open by it.
      "
    `);
  });

  it("of an approval says by whom, what he said, and how to end it", () => {
    const by = { by: "arn:aws:iam::111122223333:user/wang", note: "go" };
    const { text } = exceptionNotice(noticeOf("EXCEPTION APPROVED", { state: "approved", ...by }));
    expect(text).toContain("Approved  by arn:aws:iam::111122223333:user/wang\nNote      go\n");
    expect(flowing(text)).toContain(`"portward exception withdraw ${ID}"`);
  });

  it("before the end says how to extend, and that it is to be approved", () => {
    const { text } = exceptionNotice(noticeOf("EXCEPTION ENDING", { state: "active" }));
    expect(flowing(text)).toContain(`portward exception extend ${ID} --for 120m --reason WHY`);
    expect(flowing(text)).toContain("Somebody else has to approve that as well.");
  });

  it("of break-glass is critical, names the approvers, and says that nobody approved it", () => {
    const exception = { ...record, breakGlass: true };
    const told = exceptionNotice(noticeOf("BREAK GLASS", { state: "approved", exception }));
    expect(told.attributes).toMatchObject({ outcome: "break-glass", severity: "critical" });
    expect(told.text).toContain("NOBODY APPROVED IT");
    expect(told.text).toContain("Approvers wang, chen\n");
    expect(told.detail.exception).toMatchObject({ breakGlass: true, state: "approved" });
  });

  it.each([
    ["BREAK GLASS", "break-glass", "critical"],
    ["EXCEPTION REQUESTED", "exception-requested", "medium"],
    ["EXCEPTION APPROVED", "exception-approved", "low"],
    ["EXCEPTION REJECTED", "exception-rejected", "low"],
    ["EXCEPTION WITHDRAWN", "exception-withdrawn", "low"],
    ["EXCEPTION UNANSWERED", "exception-unanswered", "low"],
    ["EXCEPTION ENDING", "exception-ending", "medium"],
  ] as const)("%s is filtered by its attributes", (word, outcome, severity) => {
    const { attributes, subject, text } = exceptionNotice(noticeOf(word));
    expect(attributes).toEqual({ outcome, severity, kind: "exception", group: "sg-0a1b2c3d" });
    expect([subject.startsWith(`${word} `), text.startsWith(`${word} `)]).toEqual([true, true]);
  });

  it("for machines has the exception whole", () => {
    const { detail, text } = exceptionNotice(
      noticeOf("EXCEPTION APPROVED", {
        state: "approved",
        exception: { ...record, finding: "f-1" },
      }),
    );
    const { title = "", facts = [], advice = [], ...rest } = detail;
    expect(text.startsWith(title)).toBe(true);
    expect(facts.map(({ label }) => label)).toEqual([
      ...["What", "Groups", "Account", "Window", "Opening", "Asked by", "Reason", "Undoes"],
      ...["Approvers", "Exception"],
    ]);
    expect(advice).toHaveLength(1);
    expect(rest).toEqual({
      ...{ outcome: "exception-approved", severity: "low", findings: [], more: 0 },
      ...{ account: "111122223333", region: "ap-southeast-1" },
      group: { id: "sg-0a1b2c3d", name: "" },
      exception: {
        ...{ id: ID, state: "approved", what: record.rule, groups: record.groups },
        ...{ start: "2026-11-21T12:00:00.000Z", end: "2026-11-21T14:00:00.000Z" },
        ...{ requester: "arn:aws:iam::111122223333:user/li", reason: "release 7" },
        ...{ hash: record.askHash, finding: "f-1" },
      },
    });
  });
});

describe("a notice says in its advice", () => {
  it.each<[ExceptionWord, Partial<ExceptionRecord>, RegExp]>([
    [
      "BREAK GLASS",
      {},
      /^NOBODY APPROVED IT\. .* end it: "portward exception withdraw x-01k\w+"\.$/,
    ],
    ["EXCEPTION REQUESTED", {}, /^An approver who is not the one asking answers it: /],
    [
      "EXCEPTION APPROVED",
      {},
      /^Portward opens it within a minute of its start and closes at the end /,
    ],
    [
      "EXCEPTION APPROVED",
      { open: false },
      /^It may be opened in its window and closes at the end /,
    ],
    ["EXCEPTION REJECTED", {}, /^Nothing is open by it\.$/],
    ["EXCEPTION UNANSWERED", {}, /^Its window is over and nobody answered: .* ask again\.$/],
    ["EXCEPTION WITHDRAWN", {}, /^What was open by it alone is closed within a minute\.$/],
    ["EXCEPTION ENDING", {}, /^What only it permits is closed at the end of its window\. /],
  ])("%s %j", (word, given, advice) => {
    const exception = { ...record, ...given };
    const told = exceptionNotice(noticeOf(word, { exception }));
    expect(told.detail.advice).toEqual([expect.stringMatching(advice)]);
    expect(flowing(told.text)).toContain(told.detail.advice?.[0]);
    expect(told.detail.title).toBe(`${word} ingress tcp 22 from 203.0.113.7/32`);
  });
});

describe("a notice says in its facts", () => {
  const factsIn = (given: Partial<ExceptionNotice>, word: ExceptionWord = "EXCEPTION APPROVED") => {
    const { facts = [] } = exceptionNotice(noticeOf(word, given)).detail;
    return new Map(facts.map(({ label, lines }) => [label, lines.join("|")]));
  };

  it.each<[ExceptionWord, string]>([
    ["BREAK GLASS", "Opened"],
    ["EXCEPTION APPROVED", "Approved"],
    ["EXCEPTION WITHDRAWN", "Withdrawn"],
    ["EXCEPTION REJECTED", "Rejected"],
  ])("%s by whom it was %s", (word, deed) => {
    expect(factsIn({ by: "wang" }, word).get(deed)).toBe("by wang");
    expect(factsIn({}, word).has(deed)).toBe(false);
  });

  it("what it extends, who opens it, and which parts its groups play", () => {
    const groups = ["sg-0a1b2c3d", "sg-0e"];
    const facts = factsIn({ exception: { ...record, groups, open: false, extends: "x-0" } });
    expect(facts.get("Extends")).toBe("x-0");
    expect(facts.get("Opening")).toBe("whoever needs it opens it");
    expect(facts.get("Groups")).toBe("deploy sg-0a1b2c3d, sg-0e");
    expect(factsIn({}).has("Extends")).toBe(false);
  });

  it("twenty groups, and how many there are more", () => {
    const groups = Array.from({ length: 22 }, (_, n) => `sg-${n}`);
    expect(factsIn({ exception: { ...record, groups } }).get("Groups")).toMatch(
      /sg-19, and 2 more$/,
    );
    const { detail } = exceptionNotice(
      noticeOf("EXCEPTION APPROVED", { exception: { ...record, groups } }),
    );
    expect(detail.exception?.groups).toEqual(groups.slice(0, 20));
  });
});

it("a notice about no group has a group to filter by", () => {
  const told = exceptionNotice(
    noticeOf("EXCEPTION REQUESTED", { exception: { ...record, groups: [] } }),
  );
  expect(told.attributes.group).toBe("none");
  expect(told.detail.group).toEqual({ id: "", name: "" });
});

const hostile = "\r\nBcc: x\u0000\u001b[31m\u202e名\ud83d<script>\\".repeat(200);

test.each(words)("%s made of hostile text is plain lines of 78 columns, and bounded", word => {
  const many = Array.from({ length: 200 }, () => hostile);
  const { rule: _, ...base } = record;
  const exception: ExceptionRecord = {
    ...{ ...base, id: hostile, reason: hostile, groups: many, finding: hostile, extends: hostile },
    ...{ rule: hostile, askHash: hostile },
    requester: { kind: "slack", team: hostile, user: hostile },
  };
  const parts = { [hostile]: many };
  const more = { exception, parts, by: hostile, note: hostile, approvers: many };
  const told = exceptionNotice(noticeOf(word, more));
  expect(told.subject).toMatch(new RegExp(`^${word} [ -~]{1,90}$`));
  expect(told.subject.length).toBeLessThan(100);
  for (const line of told.text.split("\n")) {
    expect(widthOf(line)).toBeLessThanOrEqual(78);
    expect(line).not.toMatch(/^Bcc|\p{Cc}|\p{Cf}|\p{Cs}/u);
  }
  expect(JSON.stringify(told.detail)).not.toMatch(/\p{Cc}|\p{Cf}|\p{Cs}|\\u00/u);
  expect(new TextEncoder().encode(told.text + JSON.stringify(told.detail)).length).toBeLessThan(
    200_000,
  );
});

describe("what an exception opens", () => {
  const opening = (given: Partial<Finding> = {}): Finding =>
    without(
      findingOf({
        ...{ id: "f-1", kind: "missing", outcome: "restored", notes: [] },
        because: `required by exception ${ID} until 2026-11-21T14:00:00.000Z, and not open`,
        trigger: { kind: "exception", id: `${ID}-start`, event: "start" },
        ...given,
      }),
      ...(["actor", "openedAt", "ruleId"] as const),
    );

  it("is told as opened by it, not as restored after a stranger", () => {
    const { subject, text, attributes } = alertFor([opening()]);
    expect(subject).toMatch(/^EXCEPTION OPENED ingress tcp 22 /);
    expect(attributes).toMatchObject({ outcome: "exception-opened", severity: "low" });
    expect(text).toMatch(new RegExp(`^Who {7}Portward: exception ${ID} starts$`, "m"));
    expect(text).toMatch(/^After {5}it is open$/m);
    expect(flowing(text)).toContain(`"portward exception withdraw ${ID}"`);
    expect(text).not.toMatch(/CloudTrail|removed|Removed|restor|again|unknown/i);
  });

  it.each([
    ["restored", "EXCEPTION OPENED", "low"],
    ["gone", "EXCEPTION OPENED", "low"],
    ["could-not-restore", "EXCEPTION NOT OPENED", "medium"],
    ["reported", "EXCEPTION NOT OPENED", "medium"],
    ["left-open", "EXCEPTION NOT OPENED", "medium"],
  ] as const)("that ended as %s is %s", (outcome, word, severity) => {
    const given = outcome === "restored" || outcome === "gone" ? opening({ outcome }) : undefined;
    const { subject, attributes } = alertFor([given ?? without(opening({ outcome }), "closedAt")]);
    expect([subject.startsWith(`${word} `), attributes.severity]).toEqual([true, severity]);
  });

  it("stays a required rule for what else was missing", () => {
    const { subject, text } = alertFor([opening({ trigger: { kind: "sweep", id: "sweep-1" } })]);
    expect(subject).toMatch(/^RESTORED /);
    expect(text).toContain("portward hold");
  });
});

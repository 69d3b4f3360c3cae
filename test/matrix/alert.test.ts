// What people are told: the outcome first, everything there is to know by its label, what to do.
// Hostile text and sizes are alert-hostile.test.ts.
import { describe, expect, test } from "vitest";
import { alertFor } from "../../matrix/alert/alert.ts";
import { worstFirst } from "../../matrix/alert/outcome.ts";
import { durationText, timeText, widthOf, wrap } from "../../matrix/alert/paragraph.ts";
import type { Finding } from "../../matrix/finding.ts";
import { actor, findingOf, triggerOf, without } from "../support/findings.ts";

const kept = (given: Partial<Finding> = {}) =>
  findingOf({ id: "f-abcdefghijkl", occurrence: 1, ...given });
const unfinished = (given: Partial<Finding>) => without(kept(given), "closedAt");
const textFor = (...findings: Finding[]) => alertFor(findings).text;
/** Text without its line breaks, to look for what may be wrapped. */
const flowing = (text: string) => text.replace(/\s+/g, " ");

describe("the text", () => {
  test("says what, where, who, when, why and what to do", () => {
    expect(textFor(kept())).toMatchInlineSnapshot(`
      "CLOSED ingress tcp 22 from 0.0.0.0/0

      Before    ingress tcp 22 from 0.0.0.0/0 (sgr-0a1b2c3d)
      After     nothing of it is open any more
      Group     deploy: funai-deploy (sg-0a1b2c3d) in vpc-0a1b2c3d
      Account   111122223333 ap-southeast-1
      Who       bob (AssumedRole, a name the caller chose, account 111122223333) by
                AuthorizeSecurityGroupIngress
                arn:aws:iam::111122223333:role/deployer
      From      203.0.113.9 with aws-cli, by its own word
      Opened    2026-11-21 11:59:50 UTC
      Seen      2026-11-21 12:00:00 UTC
      Closed    2026-11-21 12:00:01 UTC, open for 11 s
      Why       nothing permits it; the nearest flow is api -> deploy tcp 7002:
                another port
      Limits    connections opened through it are tracked and go on until they time
                out
      Finding   f-abcdefghijkl, mode enforce, matrix version 12

      If it is needed: "portward finding undo f-abcdefghijkl --aws" asks for an
      exception, which somebody else approves and which ends by itself. If it is
      needed for good, put the flow into the matrix and apply it.

      If it was not bob: revoke the sessions of
      arn:aws:iam::111122223333:role/deployer, and look in CloudTrail for what else
      it did.
      "
    `);
  });

  test("of a narrowed rule shows what is left of it", () => {
    const after = ["ingress tcp 22 from 10.0.0.0/8", "ingress tcp 22 from 203.0.113.0/24"];
    const text = flowing(textFor(kept({ outcome: "narrowed", after })));
    expect(text).toContain(`After ${after.join("; ")}`);
  });

  test("says plainly that the maker is unknown", () => {
    const text = textFor(without(kept(), "actor", "openedAt"));
    expect(flowing(text)).toContain("Who unknown: no event tells who made it");
    expect(text).toContain("Opened    unknown");
    expect(text).toContain("open for at least 1 s");
    expect(flowing(text)).toContain("look in CloudTrail for calls that changed sg-0a1b2c3d");
  });

  test.each([
    [{ ...actor, nameChosenByCaller: false }, "bob (AssumedRole, account 111122223333)"],
    [actor, "bob (AssumedRole, a name the caller chose, account 111122223333)"],
  ])("marks a name the caller chose: %o", (who, said) => {
    expect(flowing(textFor(kept({ actor: who })))).toContain(`Who ${said}`);
  });

  const observe = { outcome: "left-open", mode: "observe" } as const;
  const rest = "ingress tcp 22 from 10.0.0.0/8";
  test.each<[Partial<Finding>, string]>([
    [
      observe,
      "the mode is observe; revoke or enforce would take it back to what is permitted of it",
    ],
    [{ ...observe, after: [rest] }, `revoke or enforce would narrow it to ${rest}`],
    [{ ...observe, kind: "missing" }, "the mode is observe; enforce would restore it"],
    [{ outcome: "reported", kind: "missing", mode: "revoke" }, "the mode is revoke; enforce would"],
    [{ outcome: "left-open", notes: ["paused until noon"] }, "nothing was changed, see Limits"],
    [{ outcome: "could-not-close" }, "it is STILL OPEN"],
  ])("says what would be done, or why nothing was: %j", (given, said) => {
    const text = flowing(textFor(unfinished(given)));
    expect(text).toContain(said);
    expect(text).not.toMatch(/Closed|Restored/);
  });

  const user = { type: "IAMUser", name: "eve", nameChosenByCaller: false };
  test.each<[Partial<Finding>, string]>([
    [{}, '"portward finding undo f-abcdefghijkl --aws"'],
    [{ kind: "missing", outcome: "restored" }, '"portward hold sg-0a1b2c3d --aws"'],
    [{}, "revoke the sessions of arn:aws:iam::111122223333:role/deployer"],
    [
      { actor: { ...user, accessKeyId: "AKIAEXAMPLE" } },
      "not eve: deactivate access key AKIAEXAMPLE",
    ],
    [{ actor: { ...user, type: "Root" } }, "change the root user's password"],
    [
      { owed: ["ingress tcp 443 from ::/0"] },
      "still to be written back: ingress tcp 443 from ::/0",
    ],
    [{ outcome: "gone" }, "somebody else removed it before Portward did"],
  ])("says what to do and what is owed: %j", (given, said) => {
    expect(flowing(textFor(kept(given)))).toContain(said);
  });

  test("keeps letters that are not ASCII, in 78 columns", () => {
    const because = "这条规则没有被任何流量允许".repeat(20);
    const text = textFor(kept({ because, group: { id: "sg-0a1b2c3d", name: "生产环境" } }));
    expect(text).toContain("生产环境");
    expect(text.replace(/\s+/g, "")).toContain(because);
    for (const line of text.split("\n")) expect(widthOf(line)).toBeLessThanOrEqual(78);
  });

  test("of many findings shows the twenty worst and counts the rest", () => {
    const closed = Array.from({ length: 30 }, (_, n) => kept({ id: `f-${n}` }));
    const text = textFor(...closed, unfinished({ id: "f-worst", outcome: "could-not-close" }));
    expect(text).toMatch(/^COULD NOT CLOSE /);
    expect(text.match(/^Finding /gm)).toHaveLength(20);
    expect(text.match(/^Group /gm)).toHaveLength(1);
    expect(text).toContain("f-worst");
    expect(flowing(text)).toContain("and 11 more of this group");
  });
});

describe("the first word", () => {
  const exception = { kind: "exception", id: "x-1" };
  const missing = (outcome: Finding["outcome"]) => ({ kind: "missing", outcome }) as const;
  const list = {
    kind: "prefix-list",
    outcome: "put-back",
    rule: "pl-0a holds 192.0.2.0/24",
  } as const;
  const exposure = {
    kind: "exposure",
    outcome: "reported",
    rule: "ingress tcp 22 from 0.0.0.0/0 beside sg-0b, sg-0c",
  } as const;
  test.each<[string, string, Partial<Finding>]>([
    ["CLOSED", "medium", {}],
    ["CLOSED", "low", { rule: "ingress tcp 22 from 192.0.2.0/24" }],
    ["CLOSED", "medium", { outcome: "gone" }],
    ["CLOSED", "low", list],
    ["NARROWED", "medium", { outcome: "narrowed", rule: "ingress all from ::/0" }],
    ["LEFT OPEN", "high", { outcome: "left-open" }],
    ["LEFT OPEN", "medium", { outcome: "left-open", rule: "egress all to 10.0.0.0/8" }],
    ["COULD NOT CLOSE", "critical", { outcome: "could-not-close" }],
    ["RESTORED", "low", missing("restored")],
    ["RESTORED", "low", missing("gone")],
    ["COULD NOT RESTORE", "high", missing("could-not-restore")],
    ["NOT RESTORED", "medium", missing("reported")],
    ["LEFT OPEN", "high", { outcome: "reported" }],
    ["LEFT OPEN", "medium", { outcome: "left-open", rule: "pl-0a 0.0.0.0/0 of a list" }],
    ["COULD NOT CLOSE", "critical", { ...list, outcome: "could-not-restore" }],
    ["PERMITTED", "low", { outcome: "permitted" }],
    ["PERMITTED", "low", missing("permitted")],
    ["EXCEPTION OPENED", "low", { ...missing("restored"), trigger: exception }],
    ["EXCEPTION NOT OPENED", "medium", { ...missing("left-open"), trigger: exception }],
    ["EXCEPTION NOT OPENED", "medium", { ...missing("could-not-restore"), trigger: exception }],
    [
      "EXCEPTION NOT OPENED",
      "medium",
      { ...missing("reported"), trigger: exception, rule: "ingress tcp 22 from 192.0.2.1/32" },
    ],
    ["EXCEPTION ENDED", "low", { trigger: exception }],
    ["CLOSED", "medium", { trigger: { ...exception, event: "start" } }],
    ["EXPOSED", "critical", { ...exposure, breaks: ["public to deploy all"] }],
    ["EXPOSED", "high", { ...exposure, breaks: [] }],
    ["EXPOSED", "medium", { ...exposure, rule: "ingress tcp 22 from 10.0.0.0/8 beside sg-0b" }],
    ["EXPOSURE ENDED", "low", { ...exposure, outcome: "gone" }],
    ["ROLE MISUSED", "critical", { kind: "impostor", outcome: "reported" }],
  ])("is %s, severity %s, for %j", (word, severity, given) => {
    const { subject, text, attributes, detail } = alertFor([kept(given)]);
    expect(subject.startsWith(`${word} `)).toBe(true);
    expect(text.startsWith(`${word} `)).toBe(true);
    const outcome = word.toLowerCase().replaceAll(" ", "-");
    expect(attributes).toMatchObject({ outcome, severity });
    expect(detail).toMatchObject({
      outcome,
      severity,
      findings: [{ outcomeWord: word, severity }],
    });
  });

  test("is the worst of several, which the subject counts", () => {
    const findings = [kept(), kept(missing("restored")), unfinished({ outcome: "left-open" })];
    const { subject, attributes } = alertFor(findings);
    expect(subject).toBe(
      "LEFT OPEN 1 of 3 rules on deploy sg-0a1b2c3d, 111122223333 ap-southeast-1",
    );
    const told = { outcome: "left-open", group: "sg-0a1b2c3d", kind: "drift", severity: "high" };
    expect(attributes).toEqual(told);
    expect(alertFor([kept(), kept()]).subject).toMatch(/^CLOSED 2 rules on deploy /);
  });
});

test("the worst finding is the worst by its word, then by its severity", () => {
  const near = { rule: "ingress tcp 22 from 192.0.2.0/24" };
  const findings = [
    kept({ id: "closed" }),
    kept({ id: "closed-near", ...near }),
    kept({ id: "narrowed-near", outcome: "narrowed", ...near }),
    kept({ id: "open-near", outcome: "left-open", ...near }),
    kept({ id: "open", outcome: "left-open" }),
  ];
  expect(worstFirst(findings).map(({ id }) => id)).toEqual([
    ...["open", "open-near", "narrowed-near", "closed", "closed-near"],
  ]);
});

describe("the form for machines", () => {
  test("holds every finding as it was recorded, with its word and severity", () => {
    const finding = kept({ trigger: triggerOf("e-1") });
    const { detail } = alertFor([finding]);
    expect(detail).toMatchObject({ account: "111122223333", region: "ap-southeast-1", more: 0 });
    expect(detail.group).toEqual(finding.group);
    expect(detail.findings).toEqual([{ ...finding, outcomeWord: "CLOSED", severity: "medium" }]);
  });

  test("needs a finding", () => {
    expect(() => alertFor([])).toThrow("needs a finding");
  });
});

describe("columns, times and durations", () => {
  test.each([
    [400, "less than a second"],
    [-5_000, "less than a second"],
    [1_000, "1 s"],
    [200_000, "3 min 20 s"],
    [7_384_000, "2 h 3 min"],
    [3_600_000, "1 h"],
    [432_000_000, "5 d"],
    [100_000_000, "1 d 3 h"],
  ])("%i ms are %s", (ms, text) => expect(durationText(ms)).toBe(text));

  test("a time is in UTC, and what is none is told", () => {
    expect(timeText("2026-11-21T04:09:12.345Z")).toBe("2026-11-21 04:09:12 UTC");
    expect(timeText("noon")).toBeUndefined();
  });

  test.each([
    ["one two three", 7, ["one two", "three"]],
    ["abcdefgh ij", 3, ["abc", "def", "gh", "ij"]],
    ["名名名", 4, ["名名", "名"]],
    ["e\u0301e\u0301 x", 4, ["e\u0301e\u0301 x"]],
    ["", 5, [""]],
  ])("%j in %i columns is %j", (text, columns, lines) => {
    expect(wrap(text, columns)).toEqual(lines);
  });
});

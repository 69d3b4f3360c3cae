// What is said of one finding: before and after, where, who, when, and what limits apply.
import { describe, expect, it } from "vitest";
import { factLines } from "../../matrix/alert/fact.ts";
import { findingFacts } from "../../matrix/alert/finding-facts.ts";
import type { Finding } from "../../matrix/finding.ts";
import { actor, findingOf, without } from "../support/findings.ts";

const RULE = "ingress tcp 22 from 0.0.0.0/0";
const start = { kind: "exception", id: "x-1-start", event: "start" };
const end = { kind: "exception", id: "x-1-end" };
const open = (given: Partial<Finding>) => without(findingOf(given), "closedAt");
const missing = { kind: "missing" } as const;

/** The lines of a fact; undefined where it is not told. */
const linesOf = (finding: Finding, label: string): readonly string[] | undefined =>
  findingFacts(finding).find(fact => fact.label === label)?.lines;

describe("before and after", () => {
  it.each<[string, Finding, string, string]>([
    ["closed", findingOf(), RULE, "nothing of it is open any more"],
    [
      "closed at the end of an exception",
      findingOf({ trigger: end }),
      RULE,
      "nothing of it is open any more",
    ],
    ["narrowed", findingOf({ outcome: "narrowed" }), RULE, "only what is permitted of it is open"],
    ["narrowed to a rule", findingOf({ outcome: "narrowed", after: ["A", "B"] }), RULE, "A; B"],
    [
      "restored",
      findingOf({ ...missing, outcome: "restored" }),
      `${RULE} is required and was not there`,
      "it is open again",
    ],
    [
      "opened",
      findingOf({ ...missing, outcome: "restored", trigger: start }),
      `${RULE} was not open`,
      "it is open",
    ],
    [
      "a list put back",
      findingOf({ kind: "prefix-list", outcome: "put-back" }),
      RULE,
      "the list holds what it may hold again",
    ],
    ["put back", findingOf({ outcome: "put-back" }), RULE, "it was put back"],
    [
      "gone",
      findingOf({ outcome: "gone" }),
      RULE,
      "nothing of it: somebody else removed it before Portward did",
    ],
    [
      "gone, missing",
      findingOf({ ...missing, outcome: "gone" }),
      `${RULE} is required and was not there`,
      "somebody else opened it before Portward did",
    ],
    ["permitted", findingOf({ outcome: "permitted" }), RULE, "it is open, and permitted now"],
    [
      "permitted, missing",
      findingOf({ ...missing, outcome: "permitted" }),
      `${RULE} is required and was not there`,
      "it is not required any more",
    ],
    [
      "not closed",
      open({ outcome: "could-not-close" }),
      RULE,
      "it is STILL OPEN: closing it failed, and is tried again every minute",
    ],
    [
      "not restored",
      open({ ...missing, outcome: "could-not-restore" }),
      `${RULE} is required and was not there`,
      "it is still not open: opening it failed, and is tried again every minute",
    ],
    ["left open, limited", open({ outcome: "left-open" }), RULE, "nothing was changed, see Limits"],
    [
      "left open, missing, limited",
      open({ ...missing, outcome: "reported" }),
      `${RULE} is required and was not there`,
      "nothing was changed, see Limits",
    ],
    [
      "left open in mode revoke",
      open({ outcome: "left-open", mode: "revoke" }),
      RULE,
      "nothing was changed, see Limits",
    ],
    [
      "observed",
      open({ outcome: "left-open", mode: "observe" }),
      RULE,
      "nothing was changed: the mode is observe; revoke or enforce would take it back to what is permitted of it",
    ],
  ])("of a rule that was %s", (_, finding, before, after) => {
    const rule = without(finding, "ruleId");
    expect([linesOf(rule, "Before"), linesOf(rule, "After")]).toEqual([[before], [after]]);
    expect(linesOf({ ...rule, ruleId: "sgr-1" }, "Before")).toEqual([
      before.replace(RULE, `${RULE} (sgr-1)`),
    ]);
  });

  it("of a stranger with Portward's role is the call alone", () => {
    const call = without(
      findingOf({ kind: "impostor", rule: "RevokeSecurityGroupIngress" }),
      "ruleId",
    );
    expect(linesOf(call, "Call")).toEqual(["RevokeSecurityGroupIngress"]);
    expect(linesOf(call, "Before")).toBeUndefined();
    expect(linesOf(call, "After")).toBeUndefined();
  });

  it("is short of the twenty-first rule that is left", () => {
    const after = Array.from({ length: 23 }, (_, n) => `r${n}`);
    const [line = ""] = linesOf(findingOf({ outcome: "narrowed", after }), "After") ?? [];
    expect(line).toMatch(/^r0; r1; .*; r19; and 3 more$/);
    expect(
      linesOf(findingOf({ outcome: "narrowed", after: after.slice(0, 20) }), "After")?.[0],
    ).toMatch(/r19$/);
  });
});

describe("where", () => {
  it.each<[string, Partial<Finding>, string]>([
    ["with all there is", {}, "deploy: funai-deploy (sg-0a1b2c3d) in vpc-0a1b2c3d"],
    [
      "without a part",
      { parts: [] },
      "no part of the matrix: funai-deploy (sg-0a1b2c3d) in vpc-0a1b2c3d",
    ],
    ["of two parts", { parts: ["a", "b"] }, "a, b: funai-deploy (sg-0a1b2c3d) in vpc-0a1b2c3d"],
    ["without a name and VPC", { group: { id: "sg-1", name: "" } }, "deploy: (sg-1)"],
  ])("%s", (_, given, line) => {
    expect(linesOf(findingOf(given), "Group")).toEqual([line]);
    expect(linesOf(findingOf(given), "Account")).toEqual(["111122223333 ap-southeast-1"]);
  });

  it("is told unless it was", () => {
    const labels = findingFacts(findingOf(), { withPlace: false }).map(({ label }) => label);
    expect(labels).not.toContain("Group");
    expect(labels).not.toContain("Account");
  });
});

describe("who", () => {
  const bare = { type: "Root", name: "root", nameChosenByCaller: false };
  const quiet = { kind: "audit", id: "a-1" };
  it.each<[string, Finding, readonly string[], string[] | undefined]>([
    [
      "an actor of whom little is known",
      findingOf({ actor: bare, trigger: quiet }),
      ["root (Root)"],
      ["an unknown address"],
    ],
    [
      "an actor behind a service",
      findingOf({
        actor: { ...bare, arn: "ARN", invokedBy: "cloudformation.amazonaws.com" },
        trigger: quiet,
      }),
      ["root (Root)", "ARN", "through cloudformation.amazonaws.com"],
      ["an unknown address"],
    ],
    [
      "an actor with an agent that is no known tool",
      findingOf({ actor: { ...bare, userAgent: "curl/8", sourceIp: "192.0.2.1" }, trigger: quiet }),
      ["root (Root)"],
      ["192.0.2.1 with curl/8, by its own word"],
    ],
    [
      "nobody known",
      without(findingOf(), "actor"),
      ["unknown: no event tells who made it"],
      undefined,
    ],
    [
      "nobody known, missing",
      without(findingOf(missing), "actor"),
      ["unknown: no event tells who removed it"],
      undefined,
    ],
    [
      "an exception that is over",
      without(findingOf({ trigger: end }), "actor"),
      ["Portward: exception x-1 is over"],
      undefined,
    ],
    [
      "an exception that starts",
      without(findingOf({ ...missing, trigger: start }), "actor"),
      ["Portward: exception x-1 starts"],
      undefined,
    ],
    [
      "the maker, though an exception ended",
      findingOf({ trigger: end, actor: bare }),
      ["root (Root)"],
      ["an unknown address"],
    ],
  ])("%s", (_, finding, lines, from) => {
    expect([linesOf(finding, "Who"), linesOf(finding, "From")]).toEqual([lines, from]);
  });

  it("has the role before the session", () => {
    expect(linesOf(findingOf(), "Who")?.[1]).toBe(actor.roleArn);
  });
});

describe("when", () => {
  const times = ["Opened", "Removed", "Seen", "Closed", "Restored", "Gone by", "Permitted by"];
  const told = (finding: Finding) =>
    findingFacts(finding).flatMap(({ label, lines }) =>
      times.includes(label) ? [`${label} ${lines.join()}`.replaceAll("2026-11-21 ", "")] : [],
    );
  const seen = "Seen 12:00:00 UTC";
  const opened = "Opened 11:59:50 UTC";
  it.each<[string, Finding, string[]]>([
    ["closed", findingOf(), [opened, seen, "Closed 12:00:01 UTC, open for 11 s"]],
    ["gone", findingOf({ outcome: "gone" }), [opened, seen, "Gone by 12:00:01 UTC, open for 11 s"]],
    [
      "permitted",
      findingOf({ outcome: "permitted" }),
      [opened, seen, "Permitted by 12:00:01 UTC, open for 11 s"],
    ],
    [
      "restored",
      findingOf({ ...missing, outcome: "restored" }),
      ["Removed 11:59:50 UTC", seen, "Restored 12:00:01 UTC, missing for 11 s"],
    ],
    [
      "since nobody knows when",
      without(findingOf(), "openedAt"),
      ["Opened unknown", seen, "Closed 12:00:01 UTC, open for at least 1 s"],
    ],
    ["standing", open({ outcome: "left-open" }), [opened, `${seen}, open for 10 s by then`]],
    [
      "standing, missing",
      open({ ...missing, outcome: "reported" }),
      ["Removed 11:59:50 UTC", `${seen}, missing for 10 s by then`],
    ],
    [
      "standing, since nobody knows when",
      without(open({ outcome: "left-open" }), "openedAt"),
      ["Opened unknown", seen],
    ],
    ["a call of a stranger", open({ kind: "impostor", outcome: "reported" }), [opened, seen]],
    [
      "opened by an exception",
      findingOf({ ...missing, outcome: "restored", trigger: start }),
      ["Opened 12:00:01 UTC"],
    ],
    [
      "not opened for an exception",
      open({ ...missing, outcome: "reported", trigger: start }),
      [seen],
    ],
    [
      "a time that is none",
      findingOf({ openedAt: "noon" }),
      ["Opened noon", seen, "Closed 12:00:01 UTC"],
    ],
  ])("%s", (_, finding, lines) => expect(told(finding)).toEqual(lines));
});

it("the limits are notes, twenty at most, and what is still to be written back", () => {
  const notes = Array.from({ length: 22 }, (_, n) => `note ${n}`);
  const lines = linesOf(findingOf({ notes, owed: ["A", "B"] }), "Limits") ?? [];
  expect(lines).toEqual([...notes.slice(0, 20), "still to be written back: A; B"]);
  expect(linesOf(findingOf({ notes: [] }), "Limits")).toBeUndefined();
});

it("a finding says its id, mode and matrix version where one was in force", () => {
  expect(linesOf(findingOf({ id: "f-1" }), "Finding")).toEqual([
    "f-1, mode enforce, matrix version 12",
  ]);
  expect(linesOf(findingOf({ id: "f-1", matrixVersion: "" }), "Finding")).toEqual([
    "f-1, mode enforce",
  ]);
});

describe("an exposure", () => {
  const exposed = {
    interfaces: Array.from({ length: 12 }, (_, n) => `eni-${n}`),
    groups: ["deploy sg-1", "api sg-2"],
    reach: ["public: tcp 22"],
  };
  const exposure = open({
    ...{
      id: "f-1",
      kind: "exposure",
      outcome: "reported",
      exposed,
      after: ["ingress tcp 443 from ::/0"],
    },
    rule: `${RULE} beside sg-2`,
  });
  const reach = { kind: "known", carriers: [], isWhole: true } as const;

  it("says what is let in, who wears what together, and that it stands", () => {
    expect(factLines(findingFacts(exposure, { reach })).join("\n")).toMatchInlineSnapshot(`
      "Lets in   ingress tcp 22 from 0.0.0.0/0 beside sg-2
      Permitted ingress tcp 443 from ::/0
      Now       it is open, and nothing was changed: what an interface wears is not
                Portward's to change
      Worn by   eni-0
                eni-1
                eni-2
                eni-3
                eni-4
                eni-5
                eni-6
                eni-7
                eni-8
                eni-9
                and 2 more
      Together  deploy sg-1
                api sg-2
      Reached   public: tcp 22
      Group     deploy: funai-deploy (sg-0a1b2c3d) in vpc-0a1b2c3d
      Account   111122223333 ap-southeast-1
      Who       bob (AssumedRole, a name the caller chose, account 111122223333) by
                AuthorizeSecurityGroupIngress
                arn:aws:iam::111122223333:role/deployer
      From      203.0.113.9 with aws-cli, by its own word
      Opened    2026-11-21 11:59:50 UTC
      Seen      2026-11-21 12:00:00 UTC, open for 10 s by then
      Why       nothing permits it; the nearest flow is api -> deploy tcp 7002:
                another port
      Limits    connections opened through it are tracked and go on until they time
                out
      Finding   f-1, mode enforce, matrix version 12"
    `);
  });

  it("that ended says so, and without its circumstances says less", () => {
    const ended = without({ ...exposure, outcome: "gone" }, "exposed");
    expect(linesOf(ended, "Now")).toEqual([
      "it is over: nothing wears these groups together any more, or they let in no more of it",
    ]);
    expect(linesOf(ended, "Worn by")).toBeUndefined();
    expect(
      linesOf(
        { ...exposure, exposed: { ...exposed, interfaces: exposed.interfaces.slice(0, 10) } },
        "Worn by",
      ),
    ).toHaveLength(10);
  });

  it("alone leaves out what one group reached", () => {
    const labels = (finding: Finding) => findingFacts(finding, { reach }).map(({ label }) => label);
    expect(labels(without(exposure, "exposed"))).not.toContain("Reached");
    expect(labels(findingOf())).toContain("Reached");
  });
});

// Many findings in one message: what it says, and that its counts add up whatever is in it. And what a
// rule reached, and which buttons there are.
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { alertFor, type ExceptionDetail } from "../../matrix/alert/alert.ts";
import { chatDetail } from "../../matrix/alert/chat-text.ts";
import { againDigest, floodDigest, standingDigest } from "../../matrix/alert/digest.ts";
import { type Carrier, reachFacts } from "../../matrix/alert/reach.ts";
import { buttonsFor } from "../../matrix/alert/slack-buttons.ts";
import { slackMessage } from "../../matrix/alert/slack-message.ts";
import type { Finding } from "../../matrix/finding.ts";
import { findingOf, without } from "../support/findings.ts";
import { seed } from "../support/seed.ts";

const bob = { type: "IAMUser", name: "bob", arn: "bob", nameChosenByCaller: false };
const seen = (minute: number) => `2026-11-21T12:${String(minute).padStart(2, "0")}:00.000Z`;
const times = (count: number, given: (n: number) => Partial<Finding> = () => ({})) =>
  Array.from({ length: count }, (_, n) =>
    findingOf({ id: `f-${n}`, seenAt: seen(n), ...given(n) }),
  );

describe("the same rule again", () => {
  it("is one message that says how often, between when, and by whom", () => {
    const { subject, text, attributes } = againDigest(times(7, n => (n < 5 ? { actor: bob } : {})));
    expect(subject).toMatch(
      /^CLOSED again, 7 more times: ingress tcp 22 from 0\.0\.0\.0\/0 on dep/,
    );
    expect(text).toMatchInlineSnapshot(`
      "CLOSED again, 7 more times: ingress tcp 22 from 0.0.0.0/0

      Rule      ingress tcp 22 from 0.0.0.0/0
      Group     deploy: funai-deploy (sg-0a1b2c3d) in vpc-0a1b2c3d
      Account   111122223333 ap-southeast-1
      Times     7 more times between 2026-11-21 12:00:00 UTC and 2026-11-21 12:06:00
                UTC
      Who       5 by bob (IAMUser)
                2 by bob (AssumedRole)
      Fight     it goes on, and so does reverting
      Findings  f-0, f-1, f-2, f-3, f-4, f-5, f-6

      Change what makes the rule again and again (Terraform, a controller, a
      script), or put the flow into the matrix.

      "portward finding list --group sg-0a1b2c3d --aws" shows each of them.
      "
    `);
    expect(attributes).toMatchObject({ about: "again", outcome: "closed", severity: "high" });
  });

  it("by several, twice, is no fight", () => {
    const { text, attributes } = againDigest(times(2));
    expect(text).not.toContain("Fight");
    expect(attributes.severity).toBe("medium");
  });
});

describe("a flood", () => {
  const on = (n: number) => ({ group: { id: `sg-${n % 7}`, name: `g${n % 7}` }, parts: [] });

  it("is one message with the worst first, counts, and where to see all", () => {
    const { subject, text, attributes } = floodDigest([
      ...times(30, on),
      ...times(2, n => ({ ...on(n), outcome: "left-open" })),
    ]);
    expect(subject).toMatch(/^LEFT OPEN 2 of 32 rules on 7 groups, at once, /);
    expect(text).toContain("Outcomes  LEFT OPEN 2, CLOSED 30");
    expect(text).toMatch(/Rules {5}LEFT OPEN ingress/);
    expect(text).toContain("and 12 more");
    expect(text).toContain("portward finding list --limit 500 --aws");
    expect(attributes).toMatchObject({ group: "many", about: "flood", severity: "high" });
  });

  it("counts every finding in every count", () => {
    const finding = fc.record({
      group: fc.integer({ min: 0, max: 400 }).map(n => ({ id: `sg-${n}`, name: "" })),
      outcome: fc.constantFrom<Finding["outcome"]>("closed", "narrowed", "left-open"),
      actor: fc.constantFrom(bob, findingOf().actor ?? bob),
    });
    let many = 0;
    fc.assert(
      fc.property(fc.array(finding, { minLength: 1, maxLength: 500, size: "max" }), drawn => {
        const { detail } = floodDigest(drawn.map(given => findingOf(given)));
        const sum = (counts: object = {}) => Object.values(counts).reduce((a, b) => a + b, 0);
        many += detail.counts?.groups.others === undefined ? 0 : 1;
        expect([
          detail.findings.length + detail.more,
          sum(detail.counts?.outcomes),
          sum(detail.counts?.groups),
        ]).toEqual([drawn.length, drawn.length, drawn.length]);
      }),
      { seed, numRuns: 60 },
    );
    expect(many).toBeGreaterThan(5);
  });
});

describe("standing drift", () => {
  it("is listed by group and rule, since when", () => {
    const open = { outcome: "left-open", mode: "observe" } as const;
    const { text } = standingDigest([
      without(findingOf(open), "closedAt"),
      without(findingOf({ ...open, kind: "missing" }), "closedAt", "openedAt"),
    ]);
    const flowing = text.replace(/\s+/g, " ");
    expect(flowing).toContain("22 from 0.0.0.0/0 since 2026-11-21 11:59:50 UTC");
    expect(flowing).toContain("missing: ingress tcp 22 from 0.0.0.0/0 since at least 2026-11-21");
  });
});

describe("what a rule reached", () => {
  const carrier = (n: number, more: Partial<Carrier> = {}): Carrier => ({
    ...{ interfaceId: `eni-${n}`, address: `10.0.0.${n}`, ...more },
  });
  const known = (carriers: Carrier[], isWhole = true) =>
    reachFacts({ kind: "known", carriers, isWhole })[0]?.lines;

  test.each([
    [[], true, ["nothing: no interface carries the group"]],
    [[carrier(1)], true, ["1 interface, none with a public address", "eni-1 10.0.0.1"]],
    [
      [
        carrier(1, { description: "ELB app/x" }),
        carrier(2, { instanceId: "i-2", publicAddress: "1.2.3.4" }),
      ],
      true,
      [
        "2 interfaces, 1 with a public address",
        "i-2 eni-2 10.0.0.2 public 1.2.3.4",
        "ELB app/x eni-1 10.0.0.1",
      ],
    ],
    [[{ interfaceId: "eni-1" }], true, ["1 interface, none with a public address", "eni-1"]],
  ])("%j", (carriers, isWhole, lines) => expect(known(carriers, isWhole)).toEqual(lines));

  it.each([
    [{ kind: "unknown" } as const],
    [{ kind: "known", carriers: [], isWhole: true } as const],
    [{ kind: "known", carriers: [carrier(1)], isWhole: true } as const],
  ])("is told under one label: %j", reach => {
    expect(reachFacts(reach).map(({ label }) => label)).toEqual(["Reached"]);
  });

  it("counts what it does not list, and says when there is more than was read", () => {
    const many = Array.from({ length: 50 }, (_, n) => carrier(n));
    expect(known(many)?.at(-1)).toBe("and 45 more");
    expect(known(many, false)?.[0]).toBe(
      "at least 50 interfaces, none of those with a public address",
    );
    expect(reachFacts({ kind: "unknown" })[0]?.lines[0]).toMatch(/^not known/);
  });
});

describe("an alert without facts of its own", () => {
  it("shows its mail in chat", () => {
    const { facts: _, title: __, ...detail } = alertFor([findingOf()]).detail;
    const shown = chatDetail({ text: "HELD BACK 2 rules\n\nsg-1 revoke\n  sg-2 revoke\n", detail });
    expect(shown.title).toBe("HELD BACK 2 rules");
    expect(shown.facts).toEqual([{ label: "Message", lines: ["sg-1 revoke", "  sg-2 revoke"] }]);
  });
});

describe("buttons", () => {
  const exception: ExceptionDetail = {
    ...{ id: `x-${"0".repeat(26)}`, state: "requested", what: "office -> deploy tcp 7002" },
    ...{ groups: ["sg-0a"], start: seen(0), end: seen(30), requester: "bob", reason: "release" },
    hash: "0".repeat(64),
  };
  const about = (given: Partial<Finding>) => alertFor([findingOf(given)]).detail;
  const RULE = "ingress tcp 22 from 192.0.2.1/32";
  const withFinding = (finding: object) => ({ ...about({}), findings: [finding] });

  it("under what was closed name the narrow form to the letter", () => {
    const asked = buttonsFor(about({ id: "f-abcdefghijkl" })).map(one => one.question);
    expect(asked).toEqual([
      expect.stringMatching(
        /^Opens ingress tcp 22 from 203\.0\.113\.9\/32 on sg-0a1b2c3d for 1 h,/,
      ),
      expect.stringMatching(
        /^Opens ingress tcp 22 from 203\.0\.113\.9\/32 on sg-0a1b2c3d for 8 h,/,
      ),
      "Nothing is opened; the rule stays closed.",
    ]);
  });

  it("under a request say what is approved", () => {
    const detail = { ...about({}), findings: [], exception };
    expect(buttonsFor(detail).map(one => one.question)).toEqual([
      "Approve: office -> deploy tcp 7002 on sg-0a, 2026-11-21 12:00:00 UTC to 2026-11-21 12:30:00 UTC",
      expect.stringMatching(/^Reject: office/),
    ]);
    expect(buttonsFor({ ...detail, exception: { ...exception, state: "approved" } })).toEqual([]);
    const values = buttonsFor(detail).map(({ value }) => JSON.parse(value));
    expect(values).toEqual(Array(2).fill({ x: exception.id, h: exception.hash }));
  });

  test.each<[string, object]>([
    ["egress", about({ rule: "egress all to 0.0.0.0/0" })],
    ["what stands", alertFor([without(findingOf({ outcome: "left-open" }), "closedAt")]).detail],
    ["what was restored", about({ kind: "missing", outcome: "restored" })],
    ["a digest", againDigest(times(3)).detail],
    ["what the brake holds back", { ...about({}), findings: [{ step: "s", planId: "p" }] }],
    ["a finding of no kind", withFinding({ rule: RULE, closedAt: seen(0), id: "f-1" })],
    ["a finding without a rule", withFinding({ kind: "drift", closedAt: seen(0), id: "f-1" })],
    ["a finding without an id", withFinding({ kind: "drift", closedAt: seen(0), rule: RULE })],
  ])("are not there under %s", (_, detail) => {
    expect(buttonsFor(detail as Parameters<typeof buttonsFor>[0])).toEqual([]);
  });

  it("are not there where clicks are not taken", () => {
    const message = slackMessage({ subject: "CLOSED", detail: about({}) });
    expect(JSON.stringify(message)).not.toContain('"actions"');
  });

  it("of a request that has no facts of its own are under the facts of the exception", () => {
    const { facts: _, title: __, ...detail } = about({});
    const message = slackMessage({ subject: "REQUESTED", detail: { ...detail, exception } });
    expect(JSON.stringify(message)).toMatch(
      /REQUESTED.*\*Opens\*\\noffice -&gt; deploy.*\*Why\*\\nrelease/,
    );
  });
});

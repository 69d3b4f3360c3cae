// A digest to the letter: what it lists, what it only counts, and its form for machines.
import { describe, expect, it } from "vitest";
import { againDigest, floodDigest, standingDigest } from "../../matrix/alert/digest.ts";
import { groupCounts, groupText } from "../../matrix/alert/digest-counts.ts";
import type { Finding } from "../../matrix/finding.ts";
import { jsonOf } from "../support/chat-alerts.ts";
import { actor, findingOf, without } from "../support/findings.ts";

const seen = (minute: number) => `2026-11-21T12:${String(minute).padStart(2, "0")}:00.000Z`;
const many = (count: number, given: (n: number) => Partial<Finding> = () => ({})) =>
  Array.from({ length: count }, (_, n) =>
    findingOf({ id: `f-${n}`, seenAt: seen(n), ...given(n) }),
  );
const flowing = (text: string) => text.replace(/\s+/g, " ");

describe("the same rule again", () => {
  it("once says so, and is whole for machines", () => {
    const { subject, text, attributes, detail } = againDigest(many(1));
    expect(subject).toMatch(/^CLOSED again, 1 more time: ingress tcp 22 from 0\.0\.0\.0\/0 on /);
    expect(text).toMatchInlineSnapshot(`
      "CLOSED again, 1 more time: ingress tcp 22 from 0.0.0.0/0

      Rule      ingress tcp 22 from 0.0.0.0/0
      Group     deploy: funai-deploy (sg-0a1b2c3d) in vpc-0a1b2c3d
      Account   111122223333 ap-southeast-1
      Times     1 more time at 2026-11-21 12:00:00 UTC
      Who       1 by bob (AssumedRole)
      Findings  f-0

      "portward finding list --group sg-0a1b2c3d --aws" shows each of them.
      "
    `);
    expect(attributes).toEqual({
      ...{ outcome: "closed", group: "sg-0a1b2c3d", kind: "drift", severity: "medium" },
      about: "again",
    });
    expect(jsonOf(detail)).toMatchInlineSnapshot(`
      "{
       "outcome": "closed",
       "severity": "medium",
       "about": "again",
       "title": "CLOSED again, 1 more time: ingress tcp 22 from 0.0.0.0/0",
       "account": "111122223333",
       "region": "ap-southeast-1",
       "group": {
        "id": "sg-0a1b2c3d",
        "name": "funai-deploy"
       },
       "facts": [
        {
         "label": "Rule",
         "lines": [
          "ingress tcp 22 from 0.0.0.0/0"
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
         "label": "Times",
         "lines": [
          "1 more time at 2026-11-21 12:00:00 UTC"
         ]
        },
        {
         "label": "Who",
         "lines": [
          "1 by bob (AssumedRole)"
         ]
        },
        {
         "label": "Findings",
         "lines": [
          "f-0"
         ]
        }
       ],
       "advice": [
        "\\"portward finding list --group sg-0a1b2c3d --aws\\" shows each of them."
       ],
       "findings": [
        {
         "id": "f-0",
         "group": "sg-0a1b2c3d",
         "rule": "ingress tcp 22 from 0.0.0.0/0",
         "outcome": "closed",
         "seenAt": "2026-11-21T12:00:00.000Z",
         "actor": "bob"
        }
       ],
       "more": 0,
       "counts": {
        "outcomes": {
         "closed": 1
        },
        "groups": {
         "sg-0a1b2c3d": 1
        }
       }
      }"
    `);
  });

  it("of nobody known names nobody, and lists twenty ids", () => {
    const { text, detail } = againDigest(many(22).map(one => without(one, "actor")));
    expect(text).toContain("Who       22 by nobody known\n");
    expect(flowing(text)).toMatch(/Findings f-0, f-1, .*, f-19, and 2 more /);
    expect(detail.findings).toHaveLength(20);
    expect(detail.more).toBe(2);
    expect(detail.findings[0]).not.toHaveProperty("actor");
    const twenty = againDigest(many(20));
    expect(flowing(twenty.text)).toMatch(/f-19 /);
    expect(twenty.text).not.toContain("more,");
    expect([twenty.detail.findings.length, twenty.detail.more]).toEqual([20, 0]);
  });

  it("of some known and some not counts both", () => {
    const mixed = many(5).map((one, n) => (n < 2 ? without(one, "actor") : one));
    expect(againDigest(mixed).text).toContain(
      "Who       3 by bob (AssumedRole)\n          2 by nobody known\n",
    );
  });

  it.each([
    [2, false],
    [3, true],
  ])("by one actor, %i times: a fight %j", (count, isFight) => {
    const { text, attributes, detail } = againDigest(many(count));
    expect(text.includes("Fight     it goes on, and so does reverting")).toBe(isFight);
    expect(detail.advice).toHaveLength(isFight ? 2 : 1);
    expect(attributes.severity).toBe(isFight ? "high" : "medium");
  });

  it("that could not be closed stays as bad as it is", () => {
    const stuck = many(3, () => ({ outcome: "could-not-close" }));
    expect(againDigest(stuck).attributes.severity).toBe("critical");
  });

  it("in a group without an id has a group to filter by", () => {
    const nowhere = many(1, () => ({ group: { id: "", name: "" } }));
    expect(againDigest(nowhere).attributes.group).toBe("none");
  });
});

describe("a flood", () => {
  it("of one rule is told in the singular, and is whole for machines", () => {
    const { subject, text, attributes, detail } = floodDigest(many(1));
    expect(subject).toBe("CLOSED 1 rule on 1 group, at once, 111122223333 ap-southeast-1");
    expect(text).toMatchInlineSnapshot(`
      "CLOSED 1 rule on 1 group, at once

      Account   111122223333 ap-southeast-1
      When      at 2026-11-21 12:00:00 UTC
      Outcomes  CLOSED 1
      Groups    1 on deploy sg-0a1b2c3d
      Who       1 by bob (AssumedRole)
      Rules     CLOSED ingress tcp 22 from 0.0.0.0/0 on deploy sg-0a1b2c3d, f-0

      "portward finding list --limit 500 --aws" shows them all, and "portward status
      --aws" how things stand.

      If it was a change of yours, a wrong matrix closes what it does not know:
      "portward pause --for 1h --reason … --aws" stops all writing.
      "
    `);
    expect(attributes).toEqual({
      ...{ outcome: "closed", group: "many", kind: "drift", severity: "medium", about: "flood" },
    });
    expect(detail.group).toEqual({ id: "", name: "" });
    expect(detail.counts).toEqual({ outcomes: { closed: 1 }, groups: { "sg-0a1b2c3d": 1 } });
  });

  it("has the group and the actor with most findings first, and says how many it leaves out", () => {
    const group = (n: number) => ({ id: `sg-${n}`, name: `g${n}` });
    const findings = [
      ...many(2, () => ({
        group: group(1),
        parts: [],
        actor: { ...actor, roleArn: "a", name: "ann" },
      })),
      ...many(3, () => ({
        group: group(2),
        parts: [],
        actor: { ...actor, roleArn: "b", name: "bea" },
      })),
      ...many(25, n => ({
        group: group(10 + n),
        parts: [],
        actor: { ...actor, roleArn: `c${n}`, name: `c${n}` },
      })),
    ];
    const { text, subject } = floodDigest(findings);
    expect(subject).toMatch(/^CLOSED 30 rules on 27 groups, at once/);
    expect(text).toMatch(/Groups {4}3 on g2 sg-2\n {10}2 on g1 sg-1\n {10}1 on g10 sg-10\n/);
    expect(text).toMatch(
      /Who {7}3 by bea \(AssumedRole\)\n {10}2 by ann \(AssumedRole\)\n {10}1 by c0/,
    );
    expect(text.match(/and \d+ more/g)).toEqual(["and 7 more", "and 7 more", "and 10 more"]);
    expect(text).toContain(
      "When      between 2026-11-21 12:00:00 UTC and 2026-11-21 12:24:00 UTC\n",
    );
  });

  it("counts two hundred groups by name and the others together", () => {
    const on = (count: number) => many(count, n => ({ group: { id: `sg-${n}`, name: "" } }));
    expect(groupCounts(on(200))).toHaveLength(200);
    expect(groupCounts(on(200)).at(-1)).toEqual(["sg-199", 1]);
    expect(groupCounts(on(203)).at(-1)).toEqual(["others", 3]);
  });

  it.each([
    [{ parts: ["web", "db"], group: { id: "sg-1", name: "x" } }, "web sg-1"],
    [{ parts: [], group: { id: "sg-1", name: "x" } }, "x sg-1"],
    [{ parts: [], group: { id: "sg-1", name: "" } }, "sg-1"],
  ])("names a group by part or name, and id: %j", (given, text) => {
    expect(groupText(findingOf(given))).toBe(text);
  });
});

describe("standing drift", () => {
  const open = (given: Partial<Finding>) =>
    without(findingOf({ outcome: "left-open", mode: "observe", ...given }), "closedAt");

  it("is listed by group and rule, since when, and says what was not looked at", () => {
    const findings = [
      open({ id: "f-1" }),
      without(open({ id: "f-2", kind: "missing", outcome: "reported" }), "openedAt"),
      open({ id: "f-3", kind: "exposure", outcome: "reported", openedAt: "noon" }),
    ];
    const { subject, text, attributes } = standingDigest(findings, 4);
    expect(subject).toMatch(/^EXPOSED 1 of 3 rules on 1 group, standing in mode observe/);
    expect(text).toMatchInlineSnapshot(`
      "EXPOSED 1 of 3 rules on 1 group, standing in mode observe

      Account   111122223333 ap-southeast-1
      When      at 2026-11-21 12:00:00 UTC
      Outcomes  EXPOSED 1, LEFT OPEN 1, NOT RESTORED 1
      Groups    3 on deploy sg-0a1b2c3d
      Who       3 by bob (AssumedRole)
      Rules     deploy sg-0a1b2c3d: exposed: ingress tcp 22 from 0.0.0.0/0 since
                noon
                deploy sg-0a1b2c3d: ingress tcp 22 from 0.0.0.0/0 since 2026-11-21
                11:59:50 UTC
                deploy sg-0a1b2c3d: missing: ingress tcp 22 from 0.0.0.0/0 since at
                least 2026-11-21 12:00:00 UTC

      4 more were not looked at again today.

      "portward finding list --aws" shows them all. Put what is needed into the
      matrix and remove the rest; mode revoke closes it.
      "
    `);
    expect(attributes).toMatchObject({ about: "standing", kind: "exposure" });
    expect(standingDigest(findings).detail.advice).toHaveLength(1);
  });
});

it("a digest needs a finding", () => {
  for (const digest of [againDigest, floodDigest, standingDigest]) {
    expect(() => digest([])).toThrow("a digest needs a finding");
  }
});

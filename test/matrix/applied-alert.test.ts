// What people are told when a version of the matrix is put into force.
import { describe, expect, it } from "vitest";
import { type AppliedMatrix, appliedAlert } from "../../matrix/alert/applied.ts";
import { parseMatrix } from "../../matrix/file/parse.ts";
import { jsonOf } from "../support/chat-alerts.ts";

const matrix = (flows: readonly string[], more = "mode: enforce") =>
  parseMatrix([
    {
      name: "m.yaml",
      text: [
        ...["matrix: m", "groups: { web: { name: web }, db: { name: db } }", more, "flows:"],
        ...flows.map(flow => `  - { from: web, to: db, ports: ${flow} }`),
      ].join("\n"),
    },
  ]);
const before = matrix(["tcp 5432"]);
const after = matrix(["tcp 5432", "tcp 5433"]);

const first: AppliedMatrix = {
  ...{ account: "111122223333", region: "ap-southeast-1", version: 1, parent: 0, by: "alice" },
  ...{ at: "2026-11-21T12:00:00.000Z", note: "", after },
};

const applied = (given: Partial<AppliedMatrix> = {}) =>
  appliedAlert({
    ...{ ...first, version: 3, parent: 2, note: "one port more", planId: "p-1", before },
    ...given,
  });

describe("an applied matrix", () => {
  it("is told with who, when, why, its differences, and how to take it back", () => {
    const { subject, text, attributes, detail } = applied();
    expect(subject).toBe("MATRIX APPLIED: m version 3, enforce, 111122223333 ap-southeast-1");
    expect(text).toMatchInlineSnapshot(`
      "MATRIX APPLIED

      What      m version 3, instead of version 2
      Mode      enforce
      Where     account 111122223333 ap-southeast-1
      Who       alice
      When      2026-11-21 12:00:00 UTC
      Why       one port more
      Plan      p-1

      + flows: web to db tcp 5433

      To take it back: portward matrix rollback 2
      "
    `);
    expect(attributes).toEqual({
      ...{ outcome: "matrix-applied", group: "all", kind: "matrix", severity: "medium" },
    });
    expect(jsonOf(detail)).toMatchInlineSnapshot(`
      "{
       "outcome": "matrix-applied",
       "severity": "medium",
       "account": "111122223333",
       "region": "ap-southeast-1",
       "title": "MATRIX APPLIED: m version 3, enforce",
       "advice": [
        "To take it back: portward matrix rollback 2"
       ],
       "facts": [
        {
         "label": "What",
         "lines": [
          "m version 3, instead of version 2"
         ]
        },
        {
         "label": "Mode",
         "lines": [
          "enforce"
         ]
        },
        {
         "label": "Where",
         "lines": [
          "account 111122223333 ap-southeast-1"
         ]
        },
        {
         "label": "Who",
         "lines": [
          "alice"
         ]
        },
        {
         "label": "When",
         "lines": [
          "2026-11-21 12:00:00 UTC"
         ]
        },
        {
         "label": "Why",
         "lines": [
          "one port more"
         ]
        },
        {
         "label": "Plan",
         "lines": [
          "p-1"
         ]
        },
        {
         "label": "Changes",
         "lines": [
          "+ flows: web to db tcp 5433"
         ]
        }
       ],
       "group": {
        "id": "",
        "name": ""
       },
       "findings": [],
       "more": 0,
       "matrix": {
        "version": 3,
        "parent": 2,
        "mode": "enforce",
        "isAuthority": false,
        "by": "alice",
        "name": "m",
        "changes": [
         "+ flows: web to db tcp 5433"
        ],
        "planId": "p-1"
       }
      }"
    `);
  });

  it("that is the first one cannot be taken back, but stopped", () => {
    const { text, detail } = appliedAlert(first);
    expect(text).toContain("What      m version 1, the first one\n");
    expect(text).toContain('To stop it: portward pause --for 4h --reason "why"');
    expect(text).not.toMatch(/^(?:Why|Plan)/m);
    expect(detail.matrix).not.toHaveProperty("planId");
    expect(detail.severity).toBe("medium");
  });

  it("that says the same says so", () => {
    const { text, detail } = applied({ after: before });
    expect(text).toContain("\n\nIt says what the version before said.\n\n");
    expect(detail.matrix?.changes).toEqual([]);
    expect(detail.facts?.map(({ label }) => label)).not.toContain("Changes");
  });

  it.each([
    ["who may approve", 'exceptions: { approvers: [wang] }\npeople: { wang: ["slack:T01/U02"] }'],
    ["who is who", 'people: { wang: ["slack:T01/U02"] }'],
  ])("that changes %s stands out", (_, more) => {
    const changed = matrix(["tcp 5432"], `mode: enforce\n${more}`);
    const { subject, text, detail } = applied({ after: changed });
    expect(subject).toMatch(/^MATRIX APPLIED, APPROVERS OR PEOPLE CHANGED: m version 3/);
    expect(text).toMatch(/^MATRIX APPLIED, APPROVERS OR PEOPLE CHANGED\n/);
    expect(detail).toMatchObject({ severity: "high", matrix: { isAuthority: true } });
    expect(appliedAlert({ ...first, after: changed })).toMatchObject({
      ...{ attributes: { severity: "medium" }, detail: { matrix: { isAuthority: true } } },
    });
  });

  it("that changes the mode says from which to which", () => {
    const { text, detail } = applied({ after: matrix(["tcp 5432"], "mode: observe") });
    expect(text).toContain("Mode      enforce -> observe\n");
    expect(detail.matrix?.mode).toBe("observe");
  });

  it.each([
    [100, undefined],
    [101, "and 1 more: portward matrix history --diff 2 3"],
  ])("of %i differences shows a hundred: %s", (count, more) => {
    const flows = Array.from({ length: count + 1 }, (_, n) => `tcp ${n + 1}`);
    const { text, detail } = applied({ before: matrix(["tcp 1"]), after: matrix(flows) });
    expect(/^and .* more.*$/m.exec(text)?.[0]).toBe(more);
    expect(text.match(/^[+] flows: web to db/gm)).toHaveLength(100);
    expect(detail.matrix?.changes).toHaveLength(100);
  });
});

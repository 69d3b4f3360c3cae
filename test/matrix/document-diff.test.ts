// How two versions of a matrix differ, line by line, and how an apply is told by it.
import { describe, expect, it } from "vitest";
import { appliedAlert } from "../../matrix/alert/applied.ts";
import { parseMatrix } from "../../matrix/file/parse.ts";
import { diffDocuments, diffLines } from "../../matrix/life/document-diff.ts";

const BASE = `matrix: m
vpc: vpc-0a000000000000001
networks: { office: [203.0.113.0/24] }
groups:
  web: { name: web, members: [10.0.0.1] }
  db: { name: db }
flows:
  - { from: office, to: web, ports: tcp 443 }
  - { from: web, to: db, ports: tcp 5432 }
forbid:
  - { from: public, to: db, ports: all }
people: { li: ["mail:li@example.com"], wang: ["mail:wang@example.com"] }
exceptions: { approvers: [li] }
`;
const parse = (text: string) => parseMatrix([{ name: "m.yaml", text }]);
const changed = (from: string, to: string) => parse(BASE.replace(from, to));
const lines = (from: string, to: string) =>
  diffLines(diffDocuments(parse(BASE), changed(from, to)));

describe("the difference of two versions", () => {
  it("is none where only comments and places change", () => {
    expect(lines("matrix: m", "# why\nmatrix: m")).toEqual([]);
  });

  it.each([
    ["the mode", "matrix: m", "matrix: m\nmode: revoke", ["~ mode: observe -> revoke"]],
    [
      "a flow's need",
      "ports: tcp 443",
      "ports: tcp 443, need: allowed",
      ["~ flows: office to web tcp 443 -> office to web tcp 443, allowed"],
    ],
    [
      "a flow's port, which is another flow",
      "tcp 5432",
      "tcp 5433",
      ["+ flows: web to db tcp 5433", "- flows: web to db tcp 5432"],
    ],
    [
      "a hole in a forbid",
      "ports: all }",
      "ports: all, except: [192.0.2.0/24] }",
      ["~ forbids: public to db all -> public to db all, except 192.0.2.0/24"],
    ],
    [
      "a member",
      "[10.0.0.1]",
      "[10.0.0.1, 10.0.0.2]",
      [
        "~ groups: web: name web, members 10.0.0.1/32 -> web: name web, members 10.0.0.1/32 10.0.0.2/32",
      ],
    ],
    ["an approver", "[li] }", "[li, wang] }", ["+ exceptions: approver wang"]],
    [
      "who is who",
      "mail:wang@example.com",
      "mail:eve@example.com",
      ["~ people: wang: mail:wang@example.com -> wang: mail:eve@example.com"],
    ],
    [
      "a network",
      "203.0.113.0/24",
      "203.0.113.0/25",
      ["~ networks: office: 203.0.113.0/24 -> office: 203.0.113.0/25"],
    ],
    [
      "a VPC",
      "vpc: vpc-0a000000000000001",
      "vpc: vpc-0b000000000000002",
      ["+ vpcs: vpc-0b000000000000002", "- vpcs: vpc-0a000000000000001"],
    ],
  ])("names %s", (_, from, to, expected) => {
    expect(lines(from, to)).toEqual(expected);
  });
});

describe("the alert of an apply", () => {
  const told = (after: ReturnType<typeof parse>) =>
    appliedAlert({
      ...{ account: "111122223333", region: "eu-west-1", version: 4, parent: 3, by: "li\u202e" },
      ...{ at: "2026-11-28T09:00:00Z", note: "", before: parse(BASE), after },
    });

  it("stands out only where approvers or people change", () => {
    const plain = told(changed("tcp 5432", "tcp 5433"));
    expect(plain).toMatchObject({ attributes: { severity: "medium" } });
    expect(plain.subject).toMatch(/^MATRIX APPLIED: m version 4/);
    const authority = told(changed("[li] }", "[li, wang] }"));
    expect(authority.subject).toMatch(/^MATRIX APPLIED, APPROVERS OR PEOPLE CHANGED/);
    expect(authority.detail.matrix).toMatchObject({ isAuthority: true, parent: 3 });
  });

  it("is one harmless line for each thing, with an ASCII subject below 100 characters", () => {
    const { subject, text } = told(changed("matrix: m", `matrix: ${"名".repeat(60)}`));
    expect(subject).toMatch(/^[ -~]{1,99}$/);
    expect(text).toContain("li\\u{202e}");
    expect(text).toContain("portward matrix rollback 3");
  });
});

// How two versions of a matrix differ, line by line, and how an apply is told by it.
import { describe, expect, it } from "vitest";
import { appliedAlert } from "../../matrix/alert/applied.ts";
import { parseMatrix } from "../../matrix/file/parse.ts";
import { diffDocuments, diffLines, isEmptySection } from "../../matrix/life/document-diff.ts";

const LIST = "pl-0123456789abcdef0";
const OTHER = "pl-0123456789abcdef1";
const THIRD = "pl-0123456789abcdef2";
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
    [
      "all that a flow may say",
      "ports: tcp 443",
      "ports: tcp 443, need: on-demand, sides: ingress, probe: /up, purpose: 入口",
      [
        '~ flows: office to web tcp 443 -> office to web tcp 443, on-demand, sides ingress, probe /up, "入口"',
      ],
    ],
    [
      "all that a group may say",
      "web: { name: web, members: [10.0.0.1] }",
      "web: { id: sg-0123456789abcdef0, tags: { tier: front, env: a }, egress: listed, by: group, mode: revoke, owner: li, adopt: auto }",
      [
        "~ groups: web: name web, members 10.0.0.1/32 -> web: sg-0123456789abcdef0, tag tier=front, tag env=a, egress listed, by group, mode revoke, owner li, adopt auto",
      ],
    ],
    [
      "the groups of no other entry",
      "db: { name: db }",
      "db: { name: db }\n  others: {}",
      ["+ groups: others: no other entry's groups"],
    ],
    [
      "a list and what it may hold, in a network and in a flow",
      "networks: { office: [203.0.113.0/24] }",
      `networks: { office: [{ list: ${LIST}, within: [10.0.0.0/8, 192.0.2.0/24] }, ${OTHER}] }`,
      [
        `~ networks: office: 203.0.113.0/24 -> office: ${LIST} within 10.0.0.0/8 192.0.2.0/24, ${OTHER}`,
      ],
    ],
    ["a network of nothing", "networks: {", "networks: { lab: [],", ["+ networks: lab: nothing"]],
    [
      "how long exceptions may last, how many there may be, and break-glass",
      "[li] }",
      "[li], maxDuration: 2h, perRequester: 2, breakGlass: 30m }",
      [
        "~ exceptions: at most 480 minutes -> at most 120 minutes",
        "~ exceptions: at most 5 for each requester -> at most 2 for each requester",
        "~ exceptions: 0 minutes of break-glass -> 30 minutes of break-glass",
      ],
    ],
  ])("names %s", (_, from, to, expected) => {
    expect(lines(from, to)).toEqual(expected);
  });

  it("names what lists may hold at either end of a flow", () => {
    const bounded = (list: string) => `{ list: ${list}, within: [10.0.0.0/8] }`;
    const ends = `from: [${bounded(LIST)}, web], to: [${bounded(OTHER)}, ${THIRD}]`;
    const [first, second] = [LIST, OTHER].map(list => `${list} within 10.0.0.0/8`);
    expect(lines("flows:", `flows:\n  - { ${ends}, ports: tcp 1 }`)).toEqual([
      `+ flows: ${LIST}, web to ${OTHER}, ${THIRD} tcp 1, ${first}, ${second}`,
    ]);
  });

  it("is all of it where nothing was before", () => {
    expect(diffLines(diffDocuments(undefined, parse(BASE)))).toEqual([
      "~ mode: none -> observe",
      "+ exceptions: approver li",
      "+ exceptions: at most 480 minutes",
      "+ exceptions: at most 5 for each requester",
      "+ exceptions: 0 minutes of break-glass",
      "+ people: li: mail:li@example.com",
      "+ people: wang: mail:wang@example.com",
      "+ forbids: public to db all",
      "+ flows: office to web tcp 443",
      "+ flows: web to db tcp 5432",
      "+ groups: web: name web, members 10.0.0.1/32",
      "+ groups: db: name db",
      "+ networks: office: 203.0.113.0/24",
      "+ vpcs: vpc-0a000000000000001",
    ]);
  });
});

describe("a section of a difference", () => {
  const none = { added: [], removed: [], changed: [] };
  it.each(["added", "removed", "changed"])("is empty without anything %s", kind => {
    expect(isEmptySection(none)).toBe(true);
    expect(isEmptySection({ ...none, [kind]: ["one"] })).toBe(false);
    expect(isEmptySection({ added: ["one"], removed: ["one"], changed: ["two", "three"] })).toBe(
      false,
    );
    expect(isEmptySection({ added: ["one"], removed: ["one"], changed: [] })).toBe(false);
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

// A judged group in the words of an audit: its drift, and who it is and who it is not.
import { describe, expect, it } from "vitest";
import {
  driftFindings,
  groupFinding,
  selectionFindings,
} from "../../../../functions/reconcile/audit/judged.ts";
import { auditId } from "../../../../functions/reconcile/audit/state.ts";
import type { Judged } from "../../../../functions/reconcile/audit/view.ts";
import type { AuditFinding } from "../../../../matrix/audit/report.ts";
import type { SecurityGroup } from "../../../../matrix/group.ts";
import { auditOf, SCOPE } from "../../../support/auditing.ts";
import { groupNamed, type Land, listOf } from "../../../support/land.ts";

const WEB = "sg-0000000a";
const LIST = "pl-0a000000000000001";
const matrix = `
matrix: test
mode: enforce
networks: { office: [203.0.113.0/24] }
groups: { web: { name: web, egress: listed }, fleet: { tags: { fleet: web }, egress: listed } }
flows:
  - { from: 10.0.0.0/8, to: web, ports: tcp 443 }
  - { from: { list: ${LIST}, within: [192.0.2.0/24] }, to: web, ports: tcp 443, need: allowed }
forbid:
  - { from: public, to: web, ports: tcp 22, reason: no shells }
`;

async function judgedOf(group: SecurityGroup, land: Land = {}): Promise<Judged> {
  const { view } = auditOf({ groups: [group], ...land }, { matrix });
  const [one] = await view.judge([group]);
  if (!one) throw new Error("not judged");
  return one;
}

const drifts = async (rules: readonly string[], land: Land = {}): Promise<AuditFinding[]> =>
  driftFindings(SCOPE, await judgedOf(groupNamed(WEB, "web", ...rules), land));

const REQUIRED = "ingress tcp 443 from 10.0.0.0/8";

describe("a finding about a group", () => {
  it("has the group's name, and an id of what it is about", () => {
    const given = { kind: "drift", severity: "low", rule: "a rule", because: "a reason" } as const;
    expect(groupFinding(SCOPE, groupNamed(WEB, "web"), { ...given, parts: ["web"] })).toEqual({
      ...given,
      ...{ id: auditId(SCOPE, { kind: "drift", group: WEB, rule: "a rule" }) },
      ...{ group: WEB, groupName: "web", parts: ["web"] },
    });
  });
});

describe("the drift of a group", () => {
  it("is every rule that nothing permits, and every required one that is missing", async () => {
    const rule = "ingress tcp 80 from 10.1.0.0/16";
    const found = await drifts([rule]);
    const about = { group: WEB, groupName: "web", parts: ["web"] };
    expect(found).toEqual([
      {
        ...about,
        ...{ id: auditId(SCOPE, { kind: "drift", group: WEB, rule }), kind: "drift" },
        ...{ severity: "medium", rule },
        because:
          "nothing permits it; nearest flow: 10.0.0.0/8 to web tcp 443; differs in port tcp 80, not tcp 443",
      },
      {
        ...about,
        id: auditId(SCOPE, { kind: "missing", group: WEB, rule: REQUIRED }),
        ...{ kind: "missing", severity: "medium", rule: REQUIRED },
        because: "required by 10.0.0.0/8 to web tcp 443, and not open",
      },
    ]);
  });
  it("is nothing where all is as it has to be, or no entry selects the group", async () => {
    expect(await drifts([REQUIRED])).toEqual([]);
    const spare = groupNamed(WEB, "spare", "ingress tcp 22 from 0.0.0.0/0");
    expect(driftFindings(SCOPE, await judgedOf(spare))).toEqual([]);
  });
  it.each([
    ["ingress tcp 22 from 203.0.113.0/24", "critical"],
    ["ingress tcp 80 from 0.0.0.0/0", "high"],
    ["ingress tcp 80 from ::/0", "high"],
    ["egress tcp 80 to 0.0.0.0/0", "high"],
    ["ingress tcp 80 from 0.0.0.0/1", "medium"],
    ["ingress tcp 80 from 2001::/16", "medium"],
    ["ingress tcp 80 from 10.0.0.0/8", "medium"],
  ])("by %s is %s", async (rule, severity) => {
    const found = await drifts([REQUIRED, rule]);
    expect(found.map(one => [one.rule, one.severity])).toEqual([[rule, severity]]);
  });
  it("is a prefix list that holds more than the matrix lets it", async () => {
    const lists = [listOf(LIST, "192.0.2.0/25", "198.51.100.0/24", "203.0.113.0/24")];
    expect(await drifts([REQUIRED], { lists })).toEqual([
      {
        id: auditId(SCOPE, {
          ...{ kind: "drift", group: WEB },
          rule: `${LIST} holds 198.51.100.0/24, 203.0.113.0/24`,
        }),
        ...{ kind: "drift", severity: "high", group: WEB, groupName: "web", parts: ["web"] },
        rule: `${LIST} holds 198.51.100.0/24, 203.0.113.0/24`,
        because: `the matrix does not let ${LIST} hold 198.51.100.0/24, 203.0.113.0/24`,
      },
    ]);
  });
});

describe("what is said of a group beside its drift", () => {
  async function said(group: SecurityGroup, pinned: SecurityGroup[] = [group], worn = 0) {
    const audit = auditOf({ groups: [group] }, { matrix, pinned });
    const [judged] = await audit.view.judge([group]);
    return judged ? selectionFindings(audit, judged, worn) : [];
  }
  const web = groupNamed(WEB, "web");
  const fleet = { ...web, tags: { fleet: "web" } };
  const about = (rule: string, parts: string[]) => ({
    ...{ id: auditId(SCOPE, { kind: "candidate", group: WEB, rule }), kind: "candidate" },
    ...{ severity: "medium", group: WEB, rule, parts },
  });

  it("is nothing of one that plays the parts it is pinned to", async () => {
    expect(await said(web)).toEqual([]);
  });
  it("is that it has come to match an entry, and is no part of it before an apply", async () => {
    expect(await said(web, [])).toEqual([
      {
        ...about("web", ["web"]),
        groupName: "web",
        because:
          "it has come to match web: judged by it, but nothing is opened for it until an apply pins it",
      },
    ]);
  });
  it("is that it has come to match another entry too", async () => {
    expect(await said(fleet, [web])).toEqual([
      {
        ...about("fleet", ["web"]),
        groupName: "web",
        because:
          "it has come to match fleet too, which no apply has pinned: that permits it nothing",
      },
    ]);
  });
  it("is that it has lost its name or its tags, and keeps its parts", async () => {
    expect(await said(groupNamed(WEB, "other"), [fleet])).toEqual(
      ["web", "fleet"].map(part => ({
        ...about(part, ["web", "fleet"]),
        groupName: "other",
        because: `it keeps the part ${part} although its name or tags no longer match`,
      })),
    );
  });

  describe("where no entry selects it", () => {
    const open = "ingress tcp 22 from 0.0.0.0/0";
    const half = "ingress tcp 23 from 0.0.0.0/1";
    const inner = "ingress tcp 24 from 10.0.0.0/8";
    const unmanaged = async (rules: string[], worn: number, name = "spare") => {
      const found = await said(groupNamed(WEB, name, ...rules), [], worn);
      return found.map(({ severity, because }) => `${severity}: ${because}`);
    };

    it("is that, with what it opens to the world", async () => {
      expect(await said(groupNamed(WEB, "spare", open, half), [], 2)).toEqual([
        {
          id: auditId(SCOPE, { kind: "unmanaged", group: WEB, rule: "" }),
          ...{ kind: "unmanaged", severity: "high", group: WEB, groupName: "spare", rule: "" },
          because:
            "no entry selects it; worn by 2; it opens tcp 22 to the world; it opens tcp 23 to a part of the world",
        },
      ]);
    });
    it.each([
      ["wholly", [open], 1, "high: no entry selects it; worn by 1; it opens tcp 22 to the world"],
      [
        ...(["in part", [half]] as const),
        ...([
          1,
          "high: no entry selects it; worn by 1; it opens tcp 23 to a part of the world",
        ] as const),
      ],
      [
        ...(["by nobody", [open]] as const),
        ...([
          0,
          "medium: no entry selects it; no interface wears it; it opens tcp 22 to the world",
        ] as const),
      ],
      ["not at all", [inner], 3, "low: no entry selects it; worn by 3"],
      ["not at all, by nobody", [], 0, "low: no entry selects it; no interface wears it"],
    ] as const)("is as bad as it is open and worn: %s", async (_, rules, worn, text) => {
      expect(await unmanaged([...rules], worn)).toEqual([text]);
    });
    it("says that it is what EC2 gives to whatever names no group", async () => {
      expect(await unmanaged([], 1, "default")).toEqual([
        "low: the default group of its VPC; worn by 1",
      ]);
    });
    it("is told without a matrix in force too", async () => {
      const audit = auditOf({});
      const [judged] = await audit.view.judge([groupNamed(WEB, "web", open)]);
      const found = judged && selectionFindings(audit, judged, 1);
      expect(found?.map(({ because }) => because)).toEqual([
        "no entry selects it; worn by 1; it opens tcp 22 to the world",
      ]);
    });
    it("counts what the prefix lists of its rules hold", async () => {
      const group = groupNamed(WEB, "spare", `ingress tcp 22 from ${LIST}`);
      const lists = [listOf(LIST, "0.0.0.0/0")];
      const audit = auditOf({ groups: [group], lists }, { matrix });
      const [judged] = await audit.view.judge([group]);
      const found = judged && selectionFindings(audit, judged, 1);
      expect(found?.map(({ severity }) => severity)).toEqual(["high"]);
    });
  });
});

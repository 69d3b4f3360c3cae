// What putting a matrix into force would do, group by group, beside what is in force.
import { describe, expect, it } from "vitest";
import type { AuditedInterface } from "../../matrix/audit/report.ts";
import type { MatrixDocument } from "../../matrix/document.ts";
import { parseMatrix } from "../../matrix/file/parse.ts";
import { resolvePins } from "../../matrix/flows/selection.ts";
import type { SecurityGroup } from "../../matrix/group.ts";
import type { GroupSteps } from "../../matrix/life/group-steps.ts";
import { type PlanInput, planMatrix } from "../../matrix/life/matrix-plan.ts";
import { parseRule } from "../../matrix/rules/rule.ts";
import { ACCOUNT } from "../support/judging.ts";

const HOME = { owner: ACCOUNT, tags: {} };
const VPC = "vpc-0000000a";

/** A live group, named by the last letter of its id. */
function live(letter: string, name: string, rules: readonly string[] = []): SecurityGroup {
  const read = rules.map(text => {
    const rule = parseRule(text);
    if (!rule) throw new Error(`not a rule: ${text}`);
    return { rule };
  });
  return { ...HOME, id: `sg-0000000${letter}`, name, vpcId: VPC, rules: read };
}

const web = live("a", "web", ["ingress tcp 22 from 0.0.0.0/0"]);
const db = live("b", "db");
const stranger = live("d", "stranger", ["ingress tcp 25 from 0.0.0.0/0"]);

const documentOf = (...lines: readonly string[]) =>
  parseMatrix([{ name: "m.yaml", text: ["matrix: m", ...lines].join("\n") }]);
const WEB = "  web: { name: web, egress: listed }";
const DB = "  db: { name: db, egress: listed, mode: enforce }";
const OFFICE = "  - { from: 10.0.0.0/8, to: web, ports: tcp 443 }";
const revoking = documentOf("mode: revoke", "groups:", WEB, DB, "flows:", OFFICE);

function inputOf(groups: readonly SecurityGroup[], own: Partial<PlanInput> = {}): PlanInput {
  const document = own.document ?? revoking;
  return {
    ...{ document, pins: resolvePins(document, groups), before: undefined, groups },
    ...{ interfaces: [], ipv6Vpcs: new Set<string>(), exceptions: [], now: 0 },
    ...{ lists: { account: ACCOUNT, get: () => undefined }, barsOf: () => ({}) },
    ...own,
  };
}
const planOf = (groups: readonly SecurityGroup[], own?: Partial<PlanInput>) =>
  planMatrix(inputOf(groups, own));
const inForce = (document: MatrixDocument, groups: readonly SecurityGroup[], version = 7) => ({
  ...{ version, document, pins: resolvePins(document, groups) },
});

/** What a plan does now, and would do in the next mode, in one line for each rule. */
const stepsOf = (steps: GroupSteps | null | undefined) =>
  steps && [
    ...steps.close.map(({ rule }) => `close ${rule}`),
    ...steps.open.map(({ rule }) => `open ${rule}`),
    ...steps.report.map(({ rule, isNew }) => `${isNew ? "report" : "known"} ${rule}`),
    ...steps.paused.map(rule => `paused ${rule}`),
  ];
const SSH = "ingress tcp 22 from 0.0.0.0/0";
const HTTPS = "ingress tcp 443 from 10.0.0.0/8";
const idle = { close: [], narrow: [], open: [], lists: [], report: [], paused: [] };

describe("the plan of a first matrix", () => {
  it("tells of each governed group what it is and what is done about it", () => {
    const plan = planOf([web, db, stranger]);
    expect(plan).toEqual({
      ...{ matrix: "m", mode: "revoke", base: 0, modeBefore: null, orphans: [], released: [] },
      groups: [
        {
          ...{ group: web.id, name: "web", vpc: VPC, parts: ["web"], mode: "revoke" },
          ...{ partsBefore: [], modeBefore: null, carriers: [] },
          now: expect.objectContaining({ mode: "revoke" }),
          next: expect.objectContaining({ mode: "enforce" }),
        },
        {
          ...{ group: db.id, name: "db", vpc: VPC, parts: ["db"], mode: "enforce" },
          ...{ partsBefore: [], modeBefore: null, carriers: [] },
          ...{ now: { mode: "enforce", ...idle }, next: null },
        },
      ],
      pinned: [
        { entry: "web", group: web.id, name: "web" },
        { entry: "db", group: db.id, name: "db" },
      ],
    });
    expect(stepsOf(plan.groups[0]?.now)).toEqual([`close ${SSH}`, `report ${HTTPS}`]);
    expect(stepsOf(plan.groups[0]?.next)).toEqual([`close ${SSH}`, `open ${HTTPS}`]);
  });

  it("would revoke what is observed, and then open what is required", () => {
    const document = documentOf("groups:", WEB, "flows:", OFFICE);
    const [plan] = planOf([web], { document }).groups;
    expect(plan?.now.mode).toBe("observe");
    expect(stepsOf(plan?.now)).toEqual([`report ${SSH}`, `report ${HTTPS}`]);
    expect(plan?.next?.mode).toBe("revoke");
    expect(stepsOf(plan?.next)).toEqual([`close ${SSH}`, `report ${HTTPS}`]);
  });

  it("names the entries that no live group matches", () => {
    expect(planOf([web]).orphans).toEqual(["db"]);
  });

  it("leaves out the VPC of a group that has none", () => {
    const { vpcId: _, ...classic } = web;
    expect(planOf([classic]).groups[0]).not.toHaveProperty("vpc");
  });

  it("tells why nothing is written now, but not that it would be so in the next mode", () => {
    const bars = { bar: "paused by li", isPause: true, hold: "too many openings" };
    const [plan] = planOf([web], { barsOf: ({ id }) => (id === web.id ? bars : {}) }).groups;
    expect(plan).toMatchObject({ bar: "paused by li", hold: "too many openings" });
    expect(plan).not.toHaveProperty("isPause");
    expect(stepsOf(plan?.now)).toEqual([`report ${SSH}`, `report ${HTTPS}`, `paused ${SSH}`]);
    expect(stepsOf(plan?.next)).toEqual([`close ${SSH}`, `open ${HTTPS}`]);
  });

  it("counts with exceptions that are open now", () => {
    const exception = {
      ...{ id: "e-1", state: "active", start: 10, end: 20, groups: [web.id], open: false },
      rule: SSH,
    };
    const closedAt = (now: number) =>
      stepsOf(planOf([web], { exceptions: [exception], now }).groups[0]?.now)?.includes(
        `close ${SSH}`,
      );
    expect([5, 15, 25].map(closedAt)).toEqual([true, false, true]);
  });

  it("requires both families of the public only in a VPC that has IPv6", () => {
    const everybody = "  - { from: public, to: web, ports: tcp 443 }";
    const document = documentOf("mode: enforce", "groups:", WEB, "flows:", everybody);
    const bare = { ...web, rules: [] };
    const opened = (group: SecurityGroup, ipv6Vpcs: ReadonlySet<string>) =>
      stepsOf(planOf([group], { document, ipv6Vpcs }).groups[0]?.now);
    const four = "open ingress tcp 443 from 0.0.0.0/0";
    expect(opened(bare, new Set())).toEqual([four]);
    expect(opened(bare, new Set([VPC]))).toEqual([four, "open ingress tcp 443 from ::/0"]);
  });

  it("tells who carries a group, each interface once", () => {
    const plain = { id: "eni-1", groups: [web.id, db.id], addresses: ["10.0.0.1"] };
    const named = {
      ...{ id: "eni-2", groups: [web.id], addresses: ["10.0.0.2", "10.0.0.3"] },
      ...{ publicAddress: "192.0.2.1", instance: "i-1", description: "edge" },
    };
    const interfaces: AuditedInterface[] = [plain, named];
    const groups = planOf([web, db, stranger], { interfaces }).groups;
    const first = { interface: "eni-1", addresses: ["10.0.0.1"] };
    const second = {
      ...{ interface: "eni-2", addresses: ["10.0.0.2", "10.0.0.3"] },
      ...{ instance: "i-1", description: "edge" },
    };
    expect(groups.map(({ carriers }) => carriers)).toStrictEqual([[first, second], [first]]);
  });
});

describe("the plan beside a matrix in force", () => {
  const observing = documentOf("groups:", WEB, "flows:", OFFICE);

  it("tells what was said before, and what is known by it", () => {
    const both = [web, live("e", "web")];
    const plan = planOf(both, { before: inForce(observing, both) });
    expect(plan).toMatchObject({ base: 7, modeBefore: "observe", pinned: [], released: [] });
    expect(plan.groups[0]).toMatchObject({ partsBefore: ["web"], modeBefore: "observe" });
    const known = planOf([web], { document: observing, before: inForce(observing, [web]) });
    expect(stepsOf(known.groups[0]?.now)).toEqual([`known ${SSH}`, `known ${HTTPS}`]);
    expect(known.groups[0]?.next?.close.map(({ isNew }) => isNew)).toEqual([false]);
  });

  it("tells of a group that is let go, about which nothing is done", () => {
    const document = documentOf("mode: enforce", "groups:", DB);
    const { groups, released } = planOf([web, db], {
      document,
      before: inForce(revoking, [web, db]),
    });
    expect(groups[0]).toEqual({
      ...{ group: web.id, name: "web", vpc: VPC, parts: [], mode: "observe", carriers: [] },
      ...{ partsBefore: ["web"], modeBefore: "revoke", next: null },
      now: { mode: "observe", ...idle },
    });
    expect(released).toEqual([{ entry: "web", group: web.id, name: "web" }]);
  });

  it("tells who comes to play a part and who plays it no more, by their names now", () => {
    const other = live("e", "web");
    const gone = live("f", "web");
    const renamed = { ...web, name: "old-web" };
    const { pinned, released } = planOf([renamed, other, db], {
      before: inForce(revoking, [web, gone, db]),
    });
    expect(pinned).toEqual([{ entry: "web", group: other.id, name: "web" }]);
    expect(released).toEqual([
      { entry: "web", group: web.id, name: "old-web" },
      { entry: "web", group: gone.id, name: "web" },
    ]);
  });
});

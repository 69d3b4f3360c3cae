// The order of one full audit: what is read first, what is handed to the next run, where it ends.
import { beforeEach, describe, expect, it } from "vitest";
import type { AwsAccount } from "../../../../functions/aws/account.ts";
import { auditFrom, runAudit } from "../../../../functions/reconcile/audit/audit.ts";
import { marksOf } from "../../../../functions/reconcile/audit/brake.ts";
import { type AuditState, auditId, newState } from "../../../../functions/reconcile/audit/state.ts";
import { NOW, policyOf, REGION, SCOPE } from "../../../support/auditing.ts";
import { putInForce } from "../../../support/in-force.ts";
import { ACCOUNT } from "../../../support/judging.ts";
import { groupNamed, interfaceOf, type Land, listOf, sourceOf } from "../../../support/land.ts";
import { ownPieces } from "../../../support/pieces.ts";
import { plantGroup } from "../../../support/planted.ts";

const WEB = "sg-0000000a";
const SPARE = "sg-0000000b";
const SSH = "ingress tcp 22 from 10.1.0.0/16";
const matrix = `
matrix: test
mode: enforce
groups: { web: { name: web, egress: listed }, db: { name: db } }
`;
const LIST = "pl-0a000000000000001";
const groups = [
  groupNamed(WEB, "web", SSH),
  groupNamed(SPARE, "spare", `ingress tcp 80 from ${LIST}`),
];
const land: Land = {
  lists: [listOf(LIST, "10.0.0.0/8")],
  ...{ groups, page: 1 },
  interfaces: [interfaceOf("eni-1", [WEB]), interfaceOf("eni-2", [SPARE])],
};

describe("an audit that only reads", () => {
  function reading(isLate?: () => boolean) {
    const told: string[] = [];
    const source = sourceOf(land);
    const reader = { ...source, clock: () => NOW, sleep: async () => undefined };
    const place = { account: ACCOUNT, region: REGION, policy: policyOf(matrix, groups) };
    const state: AuditState = newState(NOW);
    const run = () =>
      auditFrom(reader, place, state, {
        ...(isLate && { isLate }),
        progress: text => told.push(text),
      });
    return { asked: source.asked, told, state, run };
  }
  const whole = [
    ...["interfaces", "interfaces from 1", "groups", "groups from 1"],
    `lists ${LIST}`,
    ...[`groups ${WEB} ${SPARE}`, `groups ${WEB} ${SPARE} from 1`],
  ];

  it("reads interfaces first, then groups, then what reaches what, then says the rest", async () => {
    const { asked, told, state, run } = reading();
    await run();
    expect(asked).toEqual(whole);
    expect(told).toEqual([
      ...["1 interfaces", "2 interfaces", "1 groups, 1 rules", "2 groups, 2 rules"],
      "2 of 2 sets of groups that are worn",
    ]);
    expect(Object.keys(state.interfaces)).toEqual(["eni-1", "eni-2"]);
    expect(state.audited[WEB]?.interfaces).toBe(1);
    expect(state.matrix).toEqual({ name: "test", version: "7", mode: "enforce" });
    expect(Object.values(state.findings).map(({ kind, rule }) => [kind, rule])).toEqual([
      ["drift", SSH],
      ["unmanaged", ""],
      ["orphan-entry", "db"],
    ]);
    const drift = auditId(SCOPE, { kind: "drift", group: WEB, rule: SSH });
    expect(Object.keys(state.findings)[0]).toBe(drift);
    expect(state.phase).toBe("over");
    expect(state).not.toHaveProperty("token");
  });
  it("comes to the same end where each run is late from the start, a step a run", async () => {
    const { asked, state, run } = reading(() => true);
    const phases: string[] = [];
    while (state.phase !== "over" && phases.length < 9) {
      phases.push(state.phase);
      await run();
    }
    expect(phases).toEqual(["interfaces", "interfaces", "groups", "groups", "exposure", "rest"]);
    // A list is read once in a run, and each step was one.
    expect(asked).toEqual([...whole, `lists ${LIST}`]);
    const once = reading();
    await once.run();
    expect(state).toEqual(once.state);
  });
  it("that is over does nothing", async () => {
    const { asked, state, run } = reading();
    state.phase = "over";
    await run();
    expect(asked).toEqual([]);
  });
  it("needs to tell nobody how far it is", async () => {
    const reader = { ...sourceOf(land), clock: () => NOW, sleep: async () => undefined };
    const state = newState(NOW);
    const policy = policyOf(matrix, groups);
    await auditFrom(reader, { account: ACCOUNT, region: REGION, policy }, state);
    expect(state.phase).toBe("over");
  });
});

describe("an audit of the account it is deployed in", () => {
  const pieces = ownPieces();
  let aws: AwsAccount;
  beforeEach(() => {
    aws = pieces.fresh();
  });

  it("repairs what drifts, by the matrix in force and what the brake remembers", async () => {
    const [open, held] = [plantGroup(pieces, [SSH]), plantGroup(pieces, [SSH])];
    const entries = `open: { id: ${open}, egress: listed }, held: { id: ${held}, egress: listed }`;
    await putInForce(aws, `matrix: test\nmode: enforce\ngroups: { ${entries} }\n`);
    await aws.brake.mark(held, marksOf([SSH]), 0);
    const state = newState(aws.clock());
    await runAudit(aws, "audit-7", state);
    expect(state.phase).toBe("over");
    expect(state.matrix).toEqual({ name: "test", version: "1", mode: "enforce" });
    expect([await pieces.rules(open), await pieces.rules(held)]).toEqual([[], [SSH]]);
    const [finding] = await aws.findings.forGroup(open);
    expect(finding?.trigger).toMatchObject({ kind: "audit", id: "audit-7" });
    const id = auditId(aws.config.scope, { kind: "drift", group: open, rule: SSH });
    expect(state.findings[id]).toMatchObject({ findingId: finding?.id, outcome: "closed" });
    expect(state.planId).toMatch(/^p-/);
  });
  it("says what there is where no matrix is in force", async () => {
    const state = newState(aws.clock());
    await runAudit(aws, "audit-7", state);
    expect(state.phase).toBe("over");
    expect(state).not.toHaveProperty("matrix");
    expect(Object.keys(state.audited).length).toBeGreaterThan(5);
  });
  it("looks at the groups of a page before it reads the next one", async () => {
    const todo = Array.from({ length: 6 }, (_, at) => ({
      ...{ id: `sg-0000000${at}`, name: "gone", parts: [] },
    }));
    const state: AuditState = { ...newState(aws.clock()), phase: "groups", todo };
    const read: AuditState["phase"][] = [];
    const region = {
      ...aws.region,
      groupPage: async () => {
        read.push(state.phase);
        return { items: [] };
      },
    };
    state.token = "next";
    const late = () => runAudit({ ...aws, region }, "audit-7", state, { isLate: () => true });
    await late();
    expect([state.todo.length, state.phase, state.token, read]).toEqual([2, "groups", "next", []]);
    await late();
    expect([state.todo.length, state.phase, read]).toEqual([0, "groups", []]);
    await late();
    expect([state.phase, read]).toEqual(["exposure", ["groups"]]);
  });
  it("goes on with the groups of the last page until none is left", async () => {
    const todo = Array.from({ length: 6 }, (_, at) => ({
      ...{ id: `sg-0000000${at}`, name: "gone", parts: [] },
    }));
    const state: AuditState = { ...newState(aws.clock()), phase: "groups", todo };
    await runAudit(aws, "audit-7", state, { isLate: () => true });
    expect([state.todo.length, state.phase]).toEqual([2, "groups"]);
    await runAudit(aws, "audit-7", state, { isLate: () => true });
    expect([state.todo.length, state.phase]).toEqual([0, "exposure"]);
  });
});

// The brake: standing rules that a changed matrix turns into drift stay open until somebody applies the
// plan, whoever looks at their group; new openings beside them are closed.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { activate } from "../../functions/reconcile/activate.ts";
import { type AuditAnswer, auditNow } from "../../functions/reconcile/audit/job.ts";
import type { AuditReport } from "../../matrix/audit/report.ts";
import { parseMatrix } from "../../matrix/file/parse.ts";
import { type Stage, startStage, studioIn } from "../support/stage.ts";

const WORLD = "ingress tcp 22 from 0.0.0.0/0";
const PORTS = Array.from({ length: 50 }, (_, index) => 30_000 + index);

/** The example with fifty more flows that permit, and do not require, a port each. */
const withFlows = (ports: readonly number[], forbid = ""): string =>
  studioIn("enforce").replace(
    "flows:\n",
    `flows:\n${ports
      .map(port => `  - { from: 10.9.0.0/16, to: deploy, ports: tcp ${port}, need: allowed }\n`)
      .join("")}`,
  ) + forbid;

const ruleOn = (port: number): string => `ingress tcp ${port} from 10.9.0.0/16`;

let stage: Stage;
beforeAll(async () => {
  stage = await startStage(withFlows(PORTS));
  await stage.open(stage.groups.deploy, ...PORTS.map(ruleOn));
  await stage.idle();
});
afterAll(() => stage.stop());

/** Puts a matrix in force without carrying anything out: as if its apply had died there. */
async function putInForce(text: string): Promise<void> {
  const document = parseMatrix([{ name: "matrix.yaml", text }]);
  await activate(stage.aws, document, { by: "test", note: "" });
}

const ask = (apply?: string): Promise<AuditAnswer> =>
  auditNow(stage.aws, { by: "test", ...(apply === undefined ? {} : { apply }) });

async function audited(apply?: string): Promise<AuditReport> {
  const answer = await ask(apply);
  if (answer.kind !== "done") throw new Error(JSON.stringify(answer));
  await stage.idle();
  return answer.report;
}

const standing = async (): Promise<number> =>
  (await stage.rules(stage.groups.deploy)).filter(text => text.includes("10.9.0.0/16")).length;

describe("a wrong matrix that turns fifty standing rules into drift", () => {
  let planId = "";

  it("is held back by the audit, loudly and once, and a new opening beside is closed", async () => {
    expect((await audited()).planId).toBeUndefined();
    await putInForce(studioIn("enforce"));
    await stage.quietly(() => stage.open(stage.groups.deploy, WORLD));
    stage.mark();
    const report = await audited();
    planId = report.planId ?? "";
    expect(planId).toMatch(/^p-[0-9a-f]{12}$/);
    expect(await standing()).toBe(50);
    expect(await stage.rules(stage.groups.deploy)).not.toContain(WORLD);
    const held = report.findings.filter(finding => finding.held);
    expect(held).toHaveLength(50);
    expect(held.every(({ outcome, missed }) => outcome === "left-open" && !missed)).toBe(true);
    const subjects = stage.alerts().map(({ subject }) => subject);
    expect(subjects.filter(subject => subject?.startsWith("AUDIT HELD BACK"))).toEqual([
      expect.stringContaining(`AUDIT HELD BACK 50 rules, plan ${planId}`),
    ]);
    stage.mark();
    expect((await audited()).planId).toBe(planId);
    expect([stage.alerts(), stage.writes()]).toEqual([[], []]);
  });

  it("is held back from events and sweeps on the same group too", async () => {
    const { deploy } = stage.groups;
    await stage.open(deploy, WORLD);
    await stage.idle();
    await stage.sweep(deploy);
    expect(await stage.rules(deploy)).not.toContain(WORLD);
    expect(await standing()).toBe(50);
    const found = (await stage.findings(deploy)).find(({ rule }) => rule === ruleOn(30_000));
    expect(found).toMatchObject({ outcome: "left-open", held: true });
    expect(found?.notes.join()).toContain("held back");
  });

  it("does not hold a rule that somebody makes anew", async () => {
    const { deploy } = stage.groups;
    await stage.take(deploy, ruleOn(30_049));
    await stage.idle();
    await stage.open(deploy, ruleOn(30_049));
    await stage.idle();
    expect(await stage.rules(deploy)).not.toContain(ruleOn(30_049));
    expect(await standing()).toBe(49);
  });

  it("is not carried out by a plan that has moved, or that nobody knows", async () => {
    stage.mark();
    expect(await ask(planId)).toMatchObject({ kind: "refused", code: "moved" });
    expect(await ask("p-000000000000")).toMatchObject({ kind: "refused", code: "unknown-plan" });
    expect([await standing(), stage.writes()]).toEqual([49, []]);
  });

  it("is not carried out under another matrix than the plan was made under", async () => {
    const fresh = (await audited()).planId;
    await putInForce(studioIn("enforce").replace("matrix: funai-studio", "matrix: funai-studio-2"));
    stage.mark();
    expect(await ask(fresh)).toMatchObject({ kind: "refused", code: "moved" });
    expect([await standing(), stage.writes()]).toEqual([49, []]);
  });

  it("is carried out by its plan, exactly", async () => {
    const before = await stage.rules(stage.groups.deploy);
    const fresh = (await audited()).planId;
    const report = await audited(fresh);
    expect(await standing()).toBe(0);
    expect(await stage.rules(stage.groups.deploy)).toEqual(
      before.filter(text => !text.includes("10.9.0.0/16")),
    );
    const closed = report.findings.filter(({ rule }) => rule.includes("10.9.0.0/16"));
    expect(closed.map(({ outcome }) => outcome)).toEqual(Array(49).fill("closed"));
    expect(report.planId).toBeUndefined();
    expect(await stage.aws.brake.plan(fresh ?? "")).toBeDefined();
  });
});

describe("the brake", () => {
  it("does not hold what a forbid names", async () => {
    const { deploy } = stage.groups;
    await putInForce(withFlows(PORTS.slice(0, 2)));
    await stage.open(deploy, ...PORTS.slice(0, 2).map(ruleOn));
    await stage.idle();
    await audited();
    expect(await standing()).toBe(2);
    const forbid = "  - { from: 10.9.0.0/16, to: deploy, ports: tcp 30000, reason: never }\n";
    await putInForce(studioIn("enforce").replace("forbid:\n", `forbid:\n${forbid}`));
    const report = await audited();
    expect(await stage.rules(deploy)).toContain(ruleOn(30_001));
    expect(await stage.rules(deploy)).not.toContain(ruleOn(30_000));
    expect(report.findings.filter(({ held }) => held).map(({ rule }) => rule)).toEqual([
      ruleOn(30_001),
    ]);
  });

  it("lets go when the matrix permits it again", async () => {
    await putInForce(withFlows(PORTS.slice(1, 2)));
    const report = await audited();
    expect(report.planId).toBeUndefined();
    expect(await standing()).toBe(1);
  });
});

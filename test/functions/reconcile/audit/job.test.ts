// An audit as a job: what it answers and stores, what is handed to the next run, what it was asked to apply.
import { beforeEach, describe, expect, it } from "vitest";
import type { AwsAccount } from "../../../../functions/aws/account.ts";
import { marksOf } from "../../../../functions/reconcile/audit/brake.ts";
import { keepHeld } from "../../../../functions/reconcile/audit/held.ts";
import { type AuditAnswer, auditJob, auditNow } from "../../../../functions/reconcile/audit/job.ts";
import type { AuditReport } from "../../../../matrix/audit/report.ts";
import { putInForce } from "../../../support/in-force.ts";
import { ownPieces } from "../../../support/pieces.ts";
import { plantGroup } from "../../../support/planted.ts";

const SSH = "ingress tcp 22 from 10.1.0.0/16";
const pieces = ownPieces();
let aws: AwsAccount;
beforeEach(() => {
  aws = pieces.fresh();
});

const late = { isLate: () => true };
const idOf = (answer: AuditAnswer | undefined): string =>
  answer?.kind === "handed-over" ? answer.id : "";
function reportIn(answer: AuditAnswer | undefined): AuditReport {
  if (answer?.kind !== "done") throw new Error(JSON.stringify(answer));
  return answer.report;
}

/** A group whose rule the brake holds back, and the plan of it. */
async function held(): Promise<{ id: string; planId: string }> {
  const id = plantGroup(pieces, [SSH]);
  await putInForce(
    aws,
    `matrix: test\nmode: enforce\ngroups: { web: { id: ${id}, egress: listed } }\n`,
  );
  await aws.brake.mark(id, marksOf([SSH]), 0);
  return { id, planId: (await keepHeld(aws, [id]))?.planId ?? "" };
}

describe("an audit that is asked for now", () => {
  it("is done, and stored under its own id", async () => {
    const startedAt = aws.clock();
    const report = reportIn(await auditNow(aws, { by: "li" }));
    const { account, region } = aws.config;
    expect(report).toMatchObject({ account, region });
    expect(Date.parse(report.startedAt)).toBeGreaterThanOrEqual(startedAt);
    expect(Date.parse(report.endedAt ?? "")).toBeGreaterThanOrEqual(Date.parse(report.startedAt));
    expect(await aws.jobs.get(report.id)).toMatchObject({
      ...{ id: report.id, kind: "audit", by: "li", state: "done" },
      result: { id: report.id, groups: report.groups },
    });
  });
  it("is announced to nobody, as it is done at once", async () => {
    const before = pieces.account.calls.list().length;
    await auditNow(aws, { by: "li" }, late);
    const since = pieces.account.calls.list().slice(before);
    // The run that goes on with it is told, once.
    expect(since.filter(({ action }) => action === "PutEvents")).toHaveLength(1);
  });
  it("finds as the audit that its job names", async () => {
    const id = plantGroup(pieces, [SSH]);
    await putInForce(
      aws,
      `matrix: test\nmode: enforce\ngroups: { web: { id: ${id}, egress: listed } }\n`,
    );
    const report = reportIn(await auditNow(aws, { by: "li" }));
    const [finding] = await aws.findings.forGroup(id);
    expect(finding?.trigger).toMatchObject({ kind: "audit", id: `audit-${report.id}` });
  });
  it("says how far it is", async () => {
    const told: string[] = [];
    await auditNow(aws, { by: "li" }, { progress: text => told.push(text) });
    expect(told[0]).toMatch(/^\d+ interfaces$/);
  });
});

describe("an audit that is out of time", () => {
  it("is handed over as often as it takes, and goes on where it stopped", async () => {
    let answer: AuditAnswer | undefined = await auditNow(aws, { by: "li" }, late);
    const id = idOf(answer);
    let runs = 1;
    for (; answer?.kind === "handed-over" && runs < 20; runs += 1) {
      expect(answer).toEqual({ kind: "handed-over", id });
      answer = await auditJob(aws, id, late);
    }
    expect(runs).toBeGreaterThan(3);
    expect(reportIn(answer)).toMatchObject({ id });
    expect(await auditJob(aws, id)).toBeUndefined();
  });
  it("says when it was begun, not when it went on", async () => {
    const before = aws.clock();
    const id = idOf(await auditNow(aws, { by: "li" }, late));
    const after = aws.clock();
    pieces.account.clock.advance(60_000);
    const { startedAt, endedAt = "" } = reportIn(await auditJob(aws, id));
    expect(Date.parse(startedAt)).toBeGreaterThanOrEqual(before);
    expect(Date.parse(startedAt)).toBeLessThanOrEqual(after);
    expect(Date.parse(endedAt)).toBeGreaterThanOrEqual(before + 60_000);
  });
});

describe("a job", () => {
  it("that somebody else is at is left to him", async () => {
    const { id } = await aws.jobs.request({ kind: "audit", by: "li", input: {}, isOwn: true });
    await aws.jobs.claim(id);
    expect(await auditJob(aws, id)).toBeUndefined();
    const jobs = { ...aws.jobs, claim: async () => undefined };
    const answer = await auditNow({ ...aws, jobs }, { by: "li" });
    expect(answer).toEqual({ kind: "handed-over", id: expect.stringMatching(/^j-/) });
  });
  it("that is no audit, or that nobody knows, is none", async () => {
    const plan = await aws.jobs.request({ kind: "plan", by: "li", input: { files: [] } });
    expect(await auditJob(aws, plan.id)).toBeUndefined();
    expect(await auditJob(aws, "j-none")).toBeUndefined();
  });
});

describe("an audit that is asked to apply a plan", () => {
  it("does exactly that first, and says what came of it", async () => {
    const { id, planId } = await held();
    const report = reportIn(await auditNow(aws, { by: "li", apply: planId }));
    expect(await pieces.rules(id)).toEqual([]);
    const drifts = report.findings.filter(({ kind }) => kind === "drift");
    expect(drifts).toMatchObject([{ group: id, rule: SSH, outcome: "closed" }]);
    const [finding] = await aws.findings.forGroup(id);
    expect(finding?.trigger).toMatchObject({ kind: "audit", id: `audit-${report.id}` });
    expect(drifts[0]?.id).toMatch(/^a-/);
  });
  it("does it once, however often it is handed over", async () => {
    const { id, planId } = await held();
    let answer: AuditAnswer | undefined = await auditNow(aws, { by: "li", apply: planId }, late);
    expect(await pieces.rules(id)).toEqual([]);
    await pieces.open(id, SSH);
    if (answer.kind === "handed-over") answer = await auditJob(aws, answer.id);
    expect(reportIn(answer).findings.some(({ rule }) => rule === SSH)).toBe(true);
  });
  it("is refused, and stored as that, where the plan cannot be carried out", async () => {
    const because = "no audit has held back a plan p-000000000000";
    const answer = await auditNow(aws, { by: "li", apply: "p-000000000000" });
    expect(answer).toEqual({ kind: "refused", code: "unknown-plan", because });
    expect(await aws.jobs.latest("audit")).toBeUndefined();
    const { planId } = await held();
    const { id } = await aws.jobs.request({
      ...{ kind: "audit", by: "li", isOwn: true },
      input: { apply: planId },
    });
    await aws.brake.keepPlan({ id: planId, groups: [], toldAt: 0 });
    expect(await auditJob(aws, id)).toMatchObject({ kind: "refused", code: "moved" });
    expect(await aws.jobs.get(id)).toMatchObject({
      ...{ state: "refused", code: "moved" },
      because: `the account or the matrix has moved since ${planId}: run the audit again`,
    });
  });
});

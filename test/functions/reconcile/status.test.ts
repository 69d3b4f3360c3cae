// What people read of an account: what is in force there, and what happened last.
import { describe, expect, it } from "vitest";
import type { AwsAccount } from "../../../functions/aws/account.ts";
import { readStatus } from "../../../functions/reconcile/status.ts";
import type { AuditReport } from "../../../matrix/audit/report.ts";
import { findingOf } from "../../support/findings.ts";
import { putInForce } from "../../support/in-force.ts";
import { ownPieces } from "../../support/pieces.ts";
import { auditFinding, auditReport, oneOfEach } from "../../support/reports.ts";

const pieces = ownPieces();

/** An audit that came to its end with this report. */
async function audited(aws: AwsAccount, report: AuditReport): Promise<void> {
  const { id } = await aws.jobs.request({ kind: "audit", by: "test", input: {}, isOwn: true });
  const job = await aws.jobs.claim(id);
  if (!job) throw new Error(`${id} is somebody else's`);
  await aws.jobs.finish(job, { state: "done", result: report });
}

const iso = (ms: number) => new Date(ms).toISOString();

describe("the status", () => {
  it("of an account in which nothing ever happened says so", async () => {
    expect(await readStatus(pieces.fresh())).toEqual({
      ...{ account: "111122223333", region: "ap-southeast-1", stage: "local" },
      ...{ matrix: null, pauses: [], holds: [], findings: [], dirty: [] },
      ...{ queued: 0, deadLetters: 0, lastEvent: null, lastAudit: null },
    });
  });

  it("names the matrix in force, its version, and the entries that no group plays", async () => {
    const aws = pieces.fresh();
    const text = (name: string) => `
matrix: ${name}
mode: observe
groups: { deploy: { name: funai-deploy }, gone: { name: nowhere } }
`;
    await putInForce(aws, text("first"));
    await putInForce(aws, text("second"));
    const { active } = await aws.policy.readPolicy();
    expect((await readStatus(aws)).matrix).toEqual({
      ...{ name: "second", mode: "observe", version: 2, sha: active?.sha, by: "test" },
      ...{ at: active?.at, orphans: ["gone"] },
    });
  });

  it("lists the pauses and the holds in force", async () => {
    const aws = pieces.fresh();
    const [at, until] = [iso(aws.clock()), iso(aws.clock() + 3_600_000)];
    const is = { by: "alice", reason: "a migration", at, until };
    await aws.pauses.start({ kind: "pause", is, toldAt: aws.clock() });
    await aws.pauses.start({ kind: "hold", group: "sg-1", is, toldAt: aws.clock() });
    const { pauses, holds } = await readStatus(aws);
    expect(pauses).toEqual([is]);
    expect(holds).toEqual([{ ...is, group: "sg-1" }]);
  });

  it("shows the last five findings, the newest first", async () => {
    const aws = pieces.fresh();
    const start = aws.clock() - 60_000;
    for (const n of [1, 2, 3, 4, 5, 6]) {
      const seenAt = iso(start + n * 1_000);
      const rule = `ingress tcp ${n} from 0.0.0.0/0`;
      await aws.findings.record(findingOf({ rule, seenAt, closedAt: seenAt }), start + n * 1_000);
    }
    const { findings } = await readStatus(aws);
    expect(findings.map(({ rule }) => rule.split(" ")[2])).toEqual(["6", "5", "4", "3", "2"]);
  });

  it("lists the groups that are to be looked at, and the last event", async () => {
    const aws = pieces.fresh();
    const mark = { groupId: "sg-1", because: "open or owed", at: 12 };
    await aws.intents.markDirty(mark.groupId, mark.because, mark.at);
    await aws.lastEvent.note({ at: 1, heardAt: 2 });
    const { dirty, lastEvent } = await readStatus(aws);
    expect(dirty).toEqual([mark]);
    expect(lastEvent).toEqual({ at: 1, heardAt: 2 });
  });

  it("counts what waits on the queue, and what died", async () => {
    const aws = pieces.fresh();
    await aws.queue.again("a message that is due in a while", 1, 900);
    await aws.queue.reject("a message", "m-1", "it cannot be read");
    await aws.queue.reject("another message", "m-2", "it cannot be read");
    const { queued, deadLetters } = await readStatus(aws);
    pieces.account.queues.purge("portward-remediate");
    pieces.account.queues.purge("portward-dead-letters");
    expect([queued, deadLetters]).toEqual([1, 2]);
  });
});

describe("the last audit", () => {
  it("is counted by what it found, with what is wrong with Portward itself in words", async () => {
    const aws = pieces.fresh();
    const findings = [...oneOfEach, auditFinding({ id: "a-10" }), auditFinding({ id: "a-11" })];
    const { id, endedAt } = auditReport();
    await audited(aws, auditReport({ findings, missed: 1, planId: "p-1" }));
    const plumbing = oneOfEach.filter(({ kind }) => kind === "plumbing");
    expect((await readStatus(aws)).lastAudit).toEqual({
      ...{ id, endedAt, missed: 1, planId: "p-1" },
      plumbing: plumbing.map(({ because }) => because),
      ...{ drift: 4, exceptions: 1, exposures: 1 },
    });
  });
  it("has no plan and missed nothing where it says nothing of that", async () => {
    const aws = pieces.fresh();
    const { missed: _, planId: __, ...report } = auditReport({ findings: [] });
    await audited(aws, report);
    expect((await readStatus(aws)).lastAudit).toStrictEqual({
      ...{ id: report.id, endedAt: report.endedAt, missed: 0, plumbing: [] },
      ...{ drift: 0, exceptions: 0, exposures: 0 },
    });
  });
  it("is the only job that counts", async () => {
    const aws = pieces.fresh();
    const input = { files: [] };
    const { id } = await aws.jobs.request({ kind: "plan", by: "test", input, isOwn: true });
    const job = await aws.jobs.claim(id);
    if (job) await aws.jobs.finish(job, { state: "done", result: {} });
    expect((await readStatus(aws)).lastAudit).toBeNull();
  });
});

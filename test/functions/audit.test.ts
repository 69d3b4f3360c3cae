// The full audit: what no event announced is found, reported as missed and repaired; what is done
// already costs nothing; and what is only observed is not touched.
import {
  CreateSecurityGroupCommand,
  CreateTagsCommand,
  DeleteSecurityGroupCommand,
} from "@aws-sdk/client-ec2";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runAudit } from "../../functions/reconcile/audit/audit.ts";
import { type AuditAnswer, auditJob, auditNow } from "../../functions/reconcile/audit/job.ts";
import { newState } from "../../functions/reconcile/audit/state.ts";
import { seedVpc } from "../../local/seed.ts";
import type { AuditReport } from "../../matrix/audit/report.ts";
import { type Stage, startStage, studioIn } from "../support/stage.ts";

const WORLD = "ingress tcp 22 from 0.0.0.0/0";
let stage: Stage;

function reportOf(answer: AuditAnswer): AuditReport {
  if (answer.kind !== "done") throw new Error(JSON.stringify(answer));
  return answer.report;
}

const auditAll = async (): Promise<AuditReport> => {
  const report = reportOf(await auditNow(stage.aws, { by: "test" }));
  await stage.idle();
  return report;
};

const rulesOfAll = async () =>
  Object.fromEntries(
    await Promise.all(
      Object.entries(stage.groups).map(async ([part, id]) => [part, await stage.rules(id)]),
    ),
  );

const drifts = ({ findings }: AuditReport) =>
  findings.filter(({ kind }) => kind === "drift" || kind === "missing");

describe("in enforce", () => {
  beforeAll(async () => {
    stage = await startStage();
  });
  afterAll(() => stage.stop());

  it("finds nothing where nothing drifted, and writes nothing", async () => {
    stage.mark();
    const report = await auditAll();
    expect(drifts(report)).toEqual([]);
    expect(stage.writes()).toEqual([]);
    expect(report).toMatchObject({ matrix: { mode: "enforce" }, missed: 0 });
    expect(report.groups).toBeGreaterThanOrEqual(5);
    expect(report.audited.find(({ id }) => id === stage.groups.deploy)).toMatchObject({
      parts: ["deploy"],
      interfaces: 1,
    });
  });

  it("finds, reports as missed and repairs a hundred drifts whose events were lost", async () => {
    const before = await rulesOfAll();
    const groups = Object.values(stage.groups);
    const ports = fc.sample(
      fc.uniqueArray(fc.integer({ min: 20_000, max: 60_000 }), {
        minLength: 100,
        maxLength: 100,
      }),
      1,
    )[0] as number[];
    const planted = ports.map((port, index) => ({
      group: groups[index % groups.length] as string,
      rule: `ingress tcp ${port} from ${index % 3 === 0 ? "0.0.0.0/0" : `10.1.${index}.0/24`}`,
    }));
    await stage.quietly(async () => {
      for (const { group, rule } of planted) await stage.open(group, rule);
      await stage.take(stage.groups.deploy, "ingress tcp 7002 from 172.21.138.91/32");
    });
    const report = await auditAll();
    expect(await rulesOfAll()).toEqual(before);
    const found = drifts(report);
    expect(found.filter(({ kind }) => kind === "drift")).toHaveLength(100);
    expect(found.every(({ missed, findingId }) => missed && findingId)).toBe(true);
    expect(report.missed).toBe(101);
    const names = new Set(found.map(({ group, rule }) => `${group} ${rule}`));
    for (const { group, rule } of planted) expect(names).toContain(`${group} ${rule}`);
    stage.mark();
    expect(drifts(await auditAll())).toEqual([]);
    expect([stage.writes(), stage.alerts()]).toEqual([[], []]);
  });

  it("is stored, and found by its id and as the last one", async () => {
    const report = await auditAll();
    expect(await stage.aws.jobs.get(report.id)).toMatchObject({
      state: "done",
      result: { id: report.id, groups: report.groups },
    });
    expect((await stage.aws.jobs.latest("audit"))?.id).toBe(report.id);
  });

  it("goes on where a run that was out of time stopped, and does nothing twice", async () => {
    const before = await rulesOfAll();
    await stage.quietly(async () => {
      for (const id of Object.values(stage.groups)) await stage.open(id, WORLD);
    });
    let answer: AuditAnswer | undefined = await auditNow(
      stage.aws,
      { by: "test" },
      { isLate: () => true },
    );
    expect(answer.kind).toBe("handed-over");
    const id = answer.kind === "handed-over" ? answer.id : "";
    stage.mark();
    // The job's own event starts the function, which has all the time it needs.
    await stage.idle();
    const job = await stage.aws.jobs.get(id);
    expect(job?.state).toBe("done");
    const report = job?.result as AuditReport;
    expect(drifts(report).map(({ rule }) => rule)).toEqual(Array(5).fill(WORLD));
    expect(await rulesOfAll()).toEqual(before);
    answer = await auditJob(stage.aws, id);
    expect(answer).toBeUndefined();
  });

  it("comes to the same end in many short runs as in one", async () => {
    const plant = () =>
      stage.quietly(async () => {
        for (const id of Object.values(stage.groups)) await stage.open(id, WORLD);
      });
    const run = async (isLate: () => boolean) => {
      await plant();
      let state = newState(stage.aws.clock());
      let runs = 0;
      for (; state.phase !== "over"; runs += 1) {
        await runAudit(stage.aws, `audit-${runs}`, state, { isLate });
        state = JSON.parse(JSON.stringify(state));
      }
      const found = Object.values(state.findings).map(({ id }) => id);
      return {
        runs,
        found: found.sort(),
        rules: state.rules,
        groups: Object.keys(state.audited).sort(),
      };
    };
    const whole = await run(() => false);
    const pieces = await run(() => true);
    expect(whole.runs).toBe(1);
    expect(pieces.runs).toBeGreaterThan(4);
    expect({ ...pieces, runs: 1 }).toEqual(whole);
  });

  it("goes on slower when EC2 throttles it", async () => {
    await stage.quietly(() => stage.open(stage.groups.api, WORLD));
    const { faults } = stage.account;
    faults.failNext("ec2", "DescribeNetworkInterfaces", "RequestLimitExceeded", 4);
    faults.failNext("ec2", "DescribeSecurityGroups", "RequestLimitExceeded", 4);
    const startedAt = stage.aws.clock();
    const report = await auditAll();
    faults.clear();
    expect(drifts(report)).toHaveLength(1);
    expect(await stage.rules(stage.groups.api)).not.toContain(WORLD);
    expect(stage.aws.clock() - startedAt).toBeGreaterThan(3_000);
  });

  it("is not stopped by a group that is deleted meanwhile", async () => {
    const { deploy } = stage.groups;
    const input = { GroupName: "spare", Description: "spare", VpcId: seedVpc };
    let spare = "";
    await stage.quietly(async () => {
      spare = (await stage.as("tester").send(new CreateSecurityGroupCommand(input))).GroupId ?? "";
      const tags = { Resources: [spare], Tags: [{ Key: "role", Value: "runtime" }] };
      await stage.as("tester").send(new CreateTagsCommand(tags));
      await stage.open(spare, WORLD);
      await stage.open(deploy, WORLD);
    });
    // Between the page that shows it and the look at it.
    stage.account.faults.onNext("ec2", "DescribeSecurityGroupRules", () =>
      stage.quietly(() =>
        stage.as("tester").send(new DeleteSecurityGroupCommand({ GroupId: spare })),
      ),
    );
    const report = await auditAll();
    expect(drifts(report).map(({ group, outcome }) => [group, outcome])).toContainEqual([
      deploy,
      "closed",
    ]);
    expect(drifts(report).some(({ because }) => because.includes("could not be looked at"))).toBe(
      false,
    );
  });
});

describe("in observe", () => {
  beforeAll(async () => {
    stage = await startStage(studioIn("observe"));
  });
  afterAll(() => stage.stop());

  it("writes nothing, and links what an event has found already", async () => {
    const { deploy, api } = stage.groups;
    await stage.open(deploy, WORLD);
    await stage.idle();
    await stage.quietly(() => stage.open(api, WORLD));
    stage.mark();
    const report = await auditAll();
    expect(stage.writes()).toEqual([]);
    const [event] = await stage.findings(deploy);
    const found = drifts(report).filter(({ rule }) => rule === WORLD);
    expect(found.find(({ group }) => group === deploy)).toMatchObject({
      findingId: event?.id,
      outcome: "left-open",
    });
    expect(found.map(({ group, missed = false }) => [group === api, missed])).toEqual(
      expect.arrayContaining([
        [true, true],
        [false, false],
      ]),
    );
    const ids = found.map(({ id }) => id).sort();
    const again = drifts(await auditAll()).filter(({ rule }) => rule === WORLD);
    expect(again.map(({ id }) => id).sort()).toEqual(ids);
  });

  it("ends a finding whose rule is gone although no event told", async () => {
    const { deploy } = stage.groups;
    await stage.quietly(() => stage.take(deploy, WORLD));
    await auditAll();
    const [finding] = await stage.findings(deploy);
    expect(finding).toMatchObject({ rule: WORLD, outcome: "gone" });
    expect(finding?.publishedAt).toBeDefined();
  });

  it("ends findings that a newer matrix has nothing against, and tells nobody of it", async () => {
    const { deploy } = stage.groups;
    const open = "ingress tcp 9000 from 10.9.9.9/32";
    const required = "ingress tcp 7002 from 172.21.138.101/32";
    await stage.open(deploy, open);
    await stage.take(deploy, required);
    await stage.idle();
    await auditAll();
    const outcomes = async () => {
      const found = await stage.findings(deploy);
      return new Map(found.map(({ rule, outcome }) => [rule, outcome]));
    };
    const before = await outcomes();
    expect([before.get(open), before.get(required)]).toEqual(["left-open", "left-open"]);
    await stage.apply(
      studioIn("observe")
        .replace("flows:\n", "flows:\n  - { from: 10.9.9.9, to: deploy, ports: tcp 9000 }\n")
        .replace("{ from: runner,    to: deploy, ", "$& need: allowed,"),
    );
    stage.mark();
    await auditAll();
    const after = await outcomes();
    expect([after.get(open), after.get(required)]).toEqual(["permitted", "permitted"]);
    expect(stage.alerts()).toEqual([]);
    expect(stage.writes()).toEqual([]);
    await stage.apply(studioIn("observe"));
    await auditAll();
    const again = await stage.findings(deploy);
    expect(again.filter(({ rule }) => rule === open).map(({ outcome }) => outcome)).toEqual(
      expect.arrayContaining(["permitted", "left-open"]),
    );
  });
});

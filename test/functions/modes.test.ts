// What each mode does to the same drift: report it, close it, or also restore what is required. Who
// is governed by which mode, and what a pause, a hold and another account's ownership forbid.
import { CreateSecurityGroupCommand, CreateTagsCommand } from "@aws-sdk/client-ec2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { auditNow } from "../../functions/reconcile/audit/job.ts";
import { planInAccount } from "../../functions/reconcile/matrix-plan.ts";
import { reconcile } from "../../functions/reconcile/reconcile.ts";
import { seedVpc } from "../../local/seed.ts";
import type { AuditReport } from "../../matrix/audit/report.ts";
import { parseMatrix } from "../../matrix/file/parse.ts";
import type { Trigger } from "../../matrix/trigger.ts";
import { type Stage, startStage, studioIn } from "../support/stage.ts";

const WORLD = "ingress tcp 22 from 0.0.0.0/0";
const WIDE = "ingress tcp 7002 from 172.21.138.91/30";
const REQUIRED = "ingress tcp 7002 from 172.21.138.101/32";

let stage: Stage;

describe("observe", () => {
  beforeAll(async () => {
    stage = await startStage(studioIn("observe"));
  });
  afterAll(() => stage.stop());

  it("calls nothing, and leaves one finding and one alert however many events there are", async () => {
    const { deploy } = stage.groups;
    stage.mark();
    await stage.open(deploy, WORLD);
    await stage.idle();
    await stage.open(deploy, "egress tcp 22 to 10.0.0.0/8");
    await stage.take(deploy, "egress tcp 22 to 10.0.0.0/8");
    await stage.idle();
    expect(stage.writes()).toEqual([]);
    expect(await stage.rules(deploy)).toContain(WORLD);
    expect(await stage.findings(deploy)).toMatchObject([
      { rule: WORLD, outcome: "left-open", calls: [], after: [], actor: { name: "tester" } },
    ]);
    expect(stage.alerts().map(({ subject }) => subject)).toEqual([
      expect.stringMatching(/^LEFT OPEN ingress tcp 22 from 0\.0\.0\.0\/0 on deploy /),
    ]);
  });

  it("reports a required rule that is missing, and does not restore it", async () => {
    const { runtime } = stage.groups;
    const rule = "ingress tcp 7005 from 172.21.138.101/32";
    stage.mark();
    await stage.take(runtime, rule);
    await stage.idle();
    expect(stage.writes()).toEqual([]);
    expect(await stage.rules(runtime)).not.toContain(rule);
    expect(await stage.findings(runtime)).toMatchObject([{ kind: "missing", rule }]);
    expect(stage.alerts()[0]?.subject).toMatch(/^NOT RESTORED /);
  });
});

describe("revoke", () => {
  beforeAll(async () => {
    stage = await startStage(studioIn("revoke"));
  });
  afterAll(() => stage.stop());

  it("closes what is not permitted", async () => {
    const { deploy } = stage.groups;
    await stage.open(deploy, WORLD);
    await stage.idle();
    expect(await stage.rules(deploy)).not.toContain(WORLD);
    expect(await stage.findings(deploy)).toMatchObject([{ outcome: "closed", mode: "revoke" }]);
  });

  it("narrows to what is permitted", async () => {
    const { deploy } = stage.groups;
    await stage.take(deploy, "ingress tcp 7002 from 172.21.138.91/32");
    await stage.idle();
    await stage.open(deploy, WIDE);
    await stage.idle();
    const rules = await stage.rules(deploy);
    expect(rules).toContain("ingress tcp 7002 from 172.21.138.91/32");
    expect(rules).not.toContain("ingress tcp 7002 from 172.21.138.88/30");
  });

  it("does not restore", async () => {
    const { deploy } = stage.groups;
    stage.mark();
    await stage.take(deploy, REQUIRED);
    await stage.idle();
    expect(stage.writes()).toEqual([]);
    expect(await stage.rules(deploy)).not.toContain(REQUIRED);
    const found = (await stage.findings(deploy)).find(({ rule }) => rule === REQUIRED);
    expect(found).toMatchObject({ kind: "missing", outcome: "reported" });
  });
});

describe("a group", () => {
  beforeAll(async () => {
    stage = await startStage(
      studioIn("observe").replace("members: [172.21.138.100]", "$&, mode: enforce"),
    );
  });
  afterAll(() => stage.stop());

  it("with a stricter mode than the matrix is held to its own", async () => {
    const { deploy, runtime } = stage.groups;
    await stage.open(deploy, WORLD);
    await stage.open(runtime, WORLD);
    await stage.take(deploy, REQUIRED);
    await stage.idle();
    expect(await stage.rules(deploy)).not.toContain(WORLD);
    expect(await stage.rules(deploy)).toContain(REQUIRED);
    expect(await stage.rules(runtime)).toContain(WORLD);
  });

  it("that is renamed or retagged keeps the part it was pinned to", async () => {
    const { deploy } = stage.groups;
    const tags = { Resources: [deploy], Tags: [{ Key: "Name", Value: "harmless" }] };
    await stage.as("tester").send(new CreateTagsCommand(tags));
    await stage.open(deploy, "ingress tcp 23 from 0.0.0.0/0");
    await stage.idle();
    expect(await stage.rules(deploy)).not.toContain("ingress tcp 23 from 0.0.0.0/0");
  });

  it("of another account is judged and never written", async () => {
    const { aws, groups } = stage;
    const owner = "444455556666";
    const shared = {
      ...aws.groups,
      async read(id: string) {
        const read = await aws.groups.read(id);
        return read && { ...read, group: { ...read.group, owner } };
      },
    };
    stage.account.bus.deliver({ drop: () => true });
    await stage.open(groups.deploy, "ingress tcp 25 from 0.0.0.0/0");
    stage.mark();
    const run = await reconcile({ ...aws, groups: shared }, groups.deploy, [byHand("e-shared")]);
    stage.account.bus.deliver({});
    expect(stage.writes()).toEqual([]);
    expect(run).toMatchObject({ outcome: "left-open", findings: [{ outcome: "left-open" }] });
    expect(run.findings[0]?.notes).toContain(`the group belongs to account ${owner}`);
    await stage.take(groups.deploy, "ingress tcp 25 from 0.0.0.0/0");
    await stage.idle();
  });
});

describe("a group nobody selects", () => {
  beforeAll(async () => {
    stage = await startStage(studioIn("enforce"));
  });
  afterAll(() => stage.stop());

  it("is left alone, without a finding, where the matrix has no others", async () => {
    const other = await create("somebody-else");
    await stage.open(other, WORLD);
    await stage.idle();
    expect(await stage.rules(other)).toContain(WORLD);
    expect(await stage.findings(other)).toEqual([]);
  });

  it("is observed by others, whatever mode the matrix is in", async () => {
    await stage.apply(withOthers("{}"));
    const other = await create("observed");
    await stage.open(other, WORLD);
    await stage.idle();
    expect(await stage.rules(other)).toContain(WORLD);
    expect(await stage.findings(other)).toMatchObject([
      { rule: WORLD, outcome: "left-open", parts: ["others"], mode: "observe" },
    ]);
  });

  it("is closed by others with a mode of its own", async () => {
    await stage.apply(withOthers("{ mode: revoke }"));
    const other = await create("closed");
    await stage.open(other, WORLD);
    await stage.idle();
    expect(await stage.rules(other)).not.toContain(WORLD);
  });
});

describe("a candidate, which matches since the last apply", () => {
  const PERMITTED = "egress tcp 7002 to 172.21.138.100/32";
  let candidate: string;
  beforeAll(async () => {
    stage = await startStage(withSpare());
    candidate = await create("spare-1", { role: "spare" });
    await stage.open(candidate, WORLD);
    await stage.idle();
  });
  afterAll(() => stage.stop());

  it("is closed and narrowed, its default egress blamed on its creator", async () => {
    expect(await stage.rules(candidate)).toEqual([PERMITTED]);
    const found = await stage.findings(candidate);
    expect(found).toHaveLength(2);
    expect(found.find(({ rule }) => rule === WORLD)).toMatchObject({ outcome: "closed" });
    expect(found.find(({ rule }) => rule === "egress all to 0.0.0.0/0")).toMatchObject({
      outcome: "narrowed",
      mode: "revoke",
      actor: { name: "tester" },
      trigger: { event: "CreateSecurityGroup" },
    });
  });

  it("gets nothing opened", async () => {
    await stage.take(candidate, PERMITTED);
    await stage.idle();
    expect(await stage.rules(candidate)).toEqual([]);
  });

  it("is nobody's peer until an apply pins it", async () => {
    const { deploy } = stage.groups;
    const reference = `ingress tcp 7002 from ${candidate}`;
    await stage.open(deploy, reference);
    await stage.idle();
    expect(await stage.rules(deploy)).not.toContain(reference);
    await stage.apply(withSpare());
    expect(await stage.rules(deploy)).toContain(reference);
    expect(await stage.rules(candidate)).toEqual([PERMITTED]);
  });
});

describe("a pause", () => {
  beforeAll(async () => {
    stage = await startStage(studioIn("enforce"));
  });
  afterAll(() => stage.stop());
  const reason = "moving the load balancer";

  it.each(["ALL", "the group"])("of %s stops every write, and is said in the finding", async sk => {
    const { deploy } = stage.groups;
    const key = { pk: scoped("PAUSE"), sk: sk === "ALL" ? sk : deploy };
    const rule = `ingress tcp ${sk === "ALL" ? 24 : 25} from 0.0.0.0/0`;
    await stage.put("policy", { ...key, until: until(3_600), by: "wang", reason, at: until(0) });
    stage.mark();
    await stage.open(deploy, rule);
    await stage.idle();
    expect(stage.writes()).toEqual([]);
    const [found] = await stage.findings(deploy);
    expect(found).toMatchObject({ rule, outcome: "left-open" });
    expect(found?.notes.join()).toMatch(/^paused until .*: moving the load balancer$/);
    expect(stage.alerts()).toHaveLength(1);
    await stage.remove("policy", key);
    await stage.sweep(deploy);
    expect(await stage.rules(deploy)).not.toContain(rule);
  });

  it("that has ended forbids nothing", async () => {
    const key = { pk: scoped("PAUSE"), sk: "ALL" };
    const { deploy } = stage.groups;
    await stage.put("policy", { ...key, until: until(60), by: "wang", reason, at: until(0) });
    await stage.later(61);
    await stage.open(deploy, "ingress tcp 26 from 0.0.0.0/0");
    await stage.idle();
    expect(await stage.rules(deploy)).not.toContain("ingress tcp 26 from 0.0.0.0/0");
    await stage.remove("policy", key);
  });

  it("that begins while a run is under way starts no more writes", async () => {
    const key = { pk: scoped("PAUSE"), sk: "ALL" };
    const { deploy } = stage.groups;
    stage.account.faults.onNext("ec2", "RevokeSecurityGroupIngress", async () => {
      await stage.put("policy", { ...key, until: until(3_600), by: "wang", reason, at: until(0) });
      await stage.edit(deploy, "ingress tcp 27 from 0.0.0.0/0", "ingress tcp 28 from 0.0.0.0/0");
    });
    stage.mark();
    await stage.open(deploy, "ingress tcp 27 from 0.0.0.0/0");
    await stage.idle();
    expect(stage.writes()).toEqual(["RevokeSecurityGroupIngress"]);
    expect((await stage.findings(deploy)).find(({ rule }) => rule.includes("28"))).toMatchObject({
      outcome: "left-open",
    });
    await stage.remove("policy", key);
    await stage.sweep(deploy);
  });
});

describe("a hold", () => {
  beforeAll(async () => {
    stage = await startStage(
      studioIn("enforce").replace(
        "flows:\n",
        "flows:\n  - { from: 10.0.0.0/8, to: runtime, ports: tcp 8000-8010 }\n",
      ),
    );
    const { runtime } = stage.groups;
    const key = { pk: scoped("HOLD"), sk: runtime };
    await stage.put("policy", { ...key, by: "wang", reason: "incident 7", at: until(0) });
  });
  afterAll(() => stage.stop());

  it("suspends restoring, and is said in the finding", async () => {
    const { runtime } = stage.groups;
    const rule = "ingress tcp 7005 from 172.21.138.101/32";
    stage.mark();
    await stage.take(runtime, rule);
    await stage.idle();
    expect(stage.writes()).toEqual([]);
    const [found] = await stage.findings(runtime);
    expect(found).toMatchObject({ rule, kind: "missing", outcome: "reported" });
    expect(found?.notes).toContain("restoring is on hold: incident 7");
  });

  it("lets what is not permitted be closed, and cuts nothing that is", async () => {
    const { runtime } = stage.groups;
    await stage.take(runtime, "ingress tcp 8000-8010 from 10.0.0.0/8");
    await stage.open(runtime, "ingress tcp 8005-9000 from 10.1.0.0/16");
    await stage.idle();
    const rules = await stage.rules(runtime);
    expect(rules).toContain("ingress tcp 8005-8010 from 10.1.0.0/16");
    expect(rules).not.toContain("ingress tcp 8005-9000 from 10.1.0.0/16");
    expect(rules).not.toContain("ingress tcp 8000-8010 from 10.0.0.0/8");
  });

  it("is on its group alone", async () => {
    const { deploy } = stage.groups;
    await stage.take(deploy, REQUIRED);
    await stage.idle();
    expect(await stage.rules(deploy)).toContain(REQUIRED);
  });
});

function withOthers(entry: string): string {
  return studioIn("enforce").replace("groups:\n", `groups:\n  others: ${entry}\n`);
}

function withSpare(): string {
  return studioIn("enforce")
    .replace("groups:\n", "groups:\n  spare: { tags: { role: spare }, egress: listed }\n")
    .replace("flows:\n", "flows:\n  - { from: spare, to: deploy, ports: tcp 7002, sides: both }\n");
}

async function create(GroupName: string, tags: Record<string, string> = {}): Promise<string> {
  const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  const answer = await stage.as("tester").send(
    new CreateSecurityGroupCommand({
      ...{ GroupName, Description: GroupName, VpcId: seedVpc },
      TagSpecifications: [{ ResourceType: "security-group", Tags }],
    }),
  );
  await stage.idle();
  return answer.GroupId ?? "";
}

const scoped = (what: string) => `${what}#${stage.deployment.config.scope}`;
const until = (seconds: number) =>
  new Date(stage.account.clock.now() + seconds * 1_000).toISOString();

function byHand(id: string): Trigger {
  const { accountId: account, region } = stage.account;
  return { kind: "event", id, account, region, changes: [] };
}

describe("a stage that only reports", () => {
  beforeAll(async () => {
    stage = await startStage(studioIn("enforce"));
    Object.assign(stage.aws, { config: { ...stage.aws.config, isReporting: true } });
  });
  afterAll(() => stage.stop());

  it("tells of an opening, with the reason it stands, and calls nothing that changes it", async () => {
    const { deploy } = stage.groups;
    stage.mark();
    await stage.open(deploy, WORLD);
    await stage.idle();
    await stage.take(deploy, REQUIRED);
    await stage.idle();
    await stage.sweep(deploy);
    const { report } = (await auditNow(stage.aws, { by: "test" })) as { report: AuditReport };
    expect(report.findings.some(({ rule }) => rule === WORLD)).toBe(true);
    expect(stage.writes()).toEqual([]);
    const found = await stage.findings(deploy);
    expect(found.map(({ rule, outcome }) => [rule, outcome]).toSorted()).toEqual([
      [WORLD, "left-open"],
      [REQUIRED, "left-open"],
    ]);
    for (const { notes } of found) {
      expect(notes).toContain(
        "this stage only reports: another one acts in this account and region",
      );
    }
    expect(stage.alerts().map(({ subject = "" }) => subject.split(" ingress")[0])).toContain(
      "LEFT OPEN",
    );
  });

  it("plans nothing for a matrix that would close it", async () => {
    const text = studioIn("enforce");
    const document = parseMatrix([{ name: "matrix.yaml", text }]);
    const { plan } = await planInAccount(stage.aws, document);
    expect(JSON.stringify(plan)).toContain("this stage only reports");
    stage.mark();
    await stage.apply(studioIn("enforce"));
    expect(stage.writes()).toEqual([]);
  });
});

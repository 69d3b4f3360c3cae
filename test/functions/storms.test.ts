// Alerts under a storm, on the local account and its clock: what is told at once, what waits, that the
// sweep tells it when its time has come, and that every finding is accounted for.
import { CreateSecurityGroupCommand } from "@aws-sdk/client-ec2";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { reconcile } from "../../functions/reconcile/reconcile.ts";
import type { AlertDetail } from "../../matrix/alert/alert.ts";
import { type Stage, startStage, studioIn } from "../support/stage.ts";

const MINUTE = 60;
const GROUPS = 50;
const OPENINGS = 10 * GROUPS;
const FLEET = "groups:\n  fleet: { tags: { role: fleet }, egress: open }\n";

let stage: Stage;
beforeAll(async () => {
  stage = await startStage(studioIn("enforce").replace("groups:\n", FLEET));
});
beforeEach(async () => {
  await pass(90);
  stage.mark();
});
afterAll(() => stage.stop());

/** Lets minutes pass, the sweep at the end of each. */
async function pass(minutes: number, each = minutes): Promise<void> {
  for (let minute = 0; minute < minutes; minute += each) {
    await stage.later(each * MINUTE);
    await stage.sweep();
  }
}

async function open(group: string, ...rules: string[]): Promise<void> {
  await stage.open(group, ...rules);
  await stage.idle();
}

const subjects = () => stage.alerts().map(({ subject = "" }) => subject);
const details = () =>
  stage.alerts().map(({ forms }) => JSON.parse(forms?.sqs ?? "{}") as AlertDetail);
const countIn = ({ findings, more }: AlertDetail): number => findings.length + more;
const unpublished = () => stage.aws.findings.unpublished(new Date(0).toISOString());

async function fleet(count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let n = 0; n < count; n += 1) {
    const { GroupId = "" } = await stage.as("tester").send(
      new CreateSecurityGroupCommand({
        ...{ GroupName: `fleet-${n}`, Description: "x", VpcId: await vpcId() },
        TagSpecifications: [
          { ResourceType: "security-group", Tags: [{ Key: "role", Value: "fleet" }] },
        ],
      }),
    );
    ids.push(GroupId);
  }
  await stage.idle();
  return ids;
}

async function vpcId(): Promise<string> {
  const read = await stage.aws.groups.read(stage.groups.deploy);
  return read?.group.vpcId ?? "";
}

describe("the same rule again and again", () => {
  const rule = "ingress tcp 22 from 0.0.0.0/0";

  it("is told once, then as a fight, then once for each window, and reverted every time", async () => {
    const { deploy } = stage.groups;
    for (let time = 0; time < 8; time += 1) {
      await open(deploy, rule);
      expect(await stage.rules(deploy)).not.toContain(rule);
      await pass(1);
    }
    expect(subjects()).toEqual([
      expect.stringMatching(/^CLOSED ingress tcp 22 from 0\.0\.0\.0\/0 on deploy/),
      expect.stringMatching(/^CLOSED 3 times, FIGHT with tester: ingress tcp 22/),
    ]);
    expect(stage.alerts()[1]?.message).toMatch(/reverting goes on[\s\S]*Terraform/);
    await pass(10, 1);
    expect(subjects().slice(2)).toEqual([
      expect.stringMatching(/^CLOSED again, 6 more times: ingress tcp 22/),
    ]);
    expect(stage.alerts()[2]?.message).toMatch(/6 by tester/);
    expect(details().reduce((sum, detail) => sum + countIn(detail), 0)).toBe(8);
    await pass(20, 1);
    expect(stage.alerts()).toHaveLength(3);
    expect(await unpublished()).toEqual([]);
    const kept = await stage.aws.alerts.all();
    expect(kept.filter(({ isTold }) => !isTold)).toEqual([]);
  });

  it("is told at once when it could not be closed, however often", async () => {
    const { deploy } = stage.groups;
    await open(deploy, rule);
    stage.mark();
    for (const action of ["RevokeSecurityGroupIngress"]) {
      for (let n = 0; n < 40; n += 1) stage.account.faults.failNext("ec2", action, "InternalError");
    }
    await open(deploy, rule);
    stage.account.faults.clear();
    expect(subjects()[0]).toMatch(/^COULD NOT CLOSE/);
    await pass(2, 1);
    expect(await stage.rules(deploy)).not.toContain(rule);
  });

  it("is forgotten an hour after it was told", async () => {
    await open(stage.groups.deploy, "ingress tcp 23 from 0.0.0.0/0");
    await pass(61);
    expect(await stage.aws.alerts.all()).toEqual([]);
  });
});

describe(`${OPENINGS} openings on ${GROUPS} groups`, () => {
  it("are some alerts and one digest, and every finding is in one of them", async () => {
    const groups = await fleet(GROUPS);
    await pass(2, 1);
    stage.mark();
    await Promise.all(
      groups.map(async (group, n) => {
        const rules = Array.from(
          { length: 10 },
          (_, port) => `ingress tcp ${3_000 + 10 * n + port} from 0.0.0.0/0`,
        );
        await stage.open(group, ...rules.slice(0, 5));
        await stage.open(group, ...rules.slice(5));
      }),
    );
    await stage.idle();
    await pass(3, 1);
    const found = (await Promise.all(groups.map(group => stage.findings(group)))).flat();
    expect(found).toHaveLength(OPENINGS);
    const machines = stage.account.bus
      .events()
      .map(({ detail }) => detail as unknown as Partial<AlertDetail>)
      .filter(({ about, group }) => about === undefined && groups.includes(group?.id ?? ""));
    expect(machines.flatMap(({ findings = [] }) => findings)).toHaveLength(OPENINGS);
    const told = details();
    expect(told.reduce((sum, detail) => sum + countIn(detail), 0)).toBe(OPENINGS);
    expect(told.length).toBeLessThan(GROUPS);
    const floods = told.filter(({ about }) => about === "flood");
    expect(floods.length).toBeGreaterThan(0);
    for (const { counts, findings, more } of floods) {
      const sum = (of: Record<string, number>) => Object.values(of).reduce((a, b) => a + b, 0);
      expect(sum({ ...counts?.outcomes })).toBe(findings.length + more);
      expect(sum({ ...counts?.groups })).toBe(findings.length + more);
    }
    expect(await unpublished()).toEqual([]);
  }, 120_000);
});

describe("a group that is only observed", () => {
  it("has one alert for an opening, and is in the digest of the day while it stands", async () => {
    const { workspace } = stage.groups;
    const standing = "ingress tcp 8443 from 0.0.0.0/0";
    const opened = "ingress tcp 8444 from 0.0.0.0/0";
    await stage.apply(studioIn("observe"));
    await stage.quietly(() => stage.open(workspace, standing));
    stage.mark();
    await audit(workspace);
    expect(subjects()).toEqual([]);
    await open(workspace, opened);
    await audit(workspace);
    expect(subjects()).toEqual([expect.stringMatching(/^LEFT OPEN ingress tcp 8444/)]);
    stage.mark();

    await pass(24 * 60, 60);
    expect(subjects()).toEqual([
      expect.stringMatching(/^LEFT OPEN 2 rules on 1 group, standing in mode observe/),
    ]);
    expect(stage.alerts()[0]?.message).toMatch(/8443 from 0\.0\.0\.0\/0\s+since at\s+least 20/);

    await stage.quietly(() => stage.take(workspace, standing));
    stage.mark();
    await pass(24 * 60, 60);
    expect(subjects()).toEqual([expect.stringMatching(/^LEFT OPEN 1 rule on 1 group/)]);
    await stage.quietly(() => stage.take(workspace, opened));
    stage.mark();
    await pass(24 * 60, 60);
    expect([subjects(), await stage.aws.alerts.all()]).toEqual([[], []]);
  });
});

async function audit(groupId: string): Promise<void> {
  const { account, region } = stage.deployment.config;
  const id = `audit-${stage.aws.newId()}`;
  await reconcile(stage.aws, groupId, [{ kind: "audit", id, account, region, changes: [] }]);
}

describe("what a rule reached", () => {
  const rule = "ingress tcp 5900 from 0.0.0.0/0";

  it("is said: which interfaces carry the group", async () => {
    await open(stage.groups.deploy, rule);
    expect(stage.alerts()[0]?.message).toMatch(
      /Reached {3}1 interface, none with a public address/,
    );
    expect(stage.alerts()[0]?.message).toMatch(/172\.21\.138\.100/);
  });

  it("is not known where it cannot be read, and the alert is told all the same", async () => {
    for (let n = 0; n < 3; n += 1) {
      stage.account.faults.failNext("ec2", "DescribeNetworkInterfaces", "UnauthorizedOperation");
    }
    await open(stage.groups.deploy, "ingress tcp 5901 from 0.0.0.0/0");
    stage.account.faults.clear();
    expect(stage.alerts()[0]?.message).toMatch(/Reached {3}not known/);
  });
});

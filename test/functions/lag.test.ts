// Reads that lag behind the events, and behind Portward's own writes: an empty plan is believed only
// from a read that has caught up, and a rule that EC2 said is gone is not called open.
import { DeleteSecurityGroupCommand } from "@aws-sdk/client-ec2";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { reconcile } from "../../functions/reconcile/reconcile.ts";
import { seedVpc } from "../../local/seed.ts";
import { type Stage, startStage, studioIn } from "../support/stage.ts";

const WORLD = "ingress tcp 22 from 0.0.0.0/0";
const FROM_API = "ingress tcp 7002 from 172.21.138.91/32";

let stage: Stage;
let deploy: string;
let before: string[];

beforeEach(async () => {
  stage = await startStage(
    studioIn("enforce").replace("groups:\n", "groups:\n  others: { mode: revoke }\n"),
  );
  deploy = stage.groups.deploy;
  before = await stage.rules(deploy);
});
afterEach(() => stage.stop());

const waiting = () => stage.account.queues.count("portward-remediate");
const subjects = () => stage.alerts().map(({ subject }) => subject ?? "");

describe("an event whose change the read does not show", () => {
  it.each([
    [4, 5],
    [30, 35],
    [120, 155],
  ])("%i s behind is looked at again and closed within %i s", async (lag, within) => {
    stage.account.ec2.lagReads(lag * 1_000);
    await stage.open(deploy, WORLD);
    await stage.idle();
    expect(stage.writes()).toEqual([]);
    for (const seconds of [5, 30, 120]) await stage.later(seconds);
    stage.account.ec2.lagReads(0);
    expect(await stage.rules(deploy)).toEqual(before);
    const [found, ...others] = await stage.findings(deploy);
    expect(others).toEqual([]);
    expect(found).toMatchObject({ rule: WORLD, outcome: "closed", actor: { name: "tester" } });
    const took = Date.parse(found?.closedAt ?? "") - Date.parse(found?.openedAt ?? "");
    // Verifying waits while the reads lag, for eight seconds at most.
    expect(took).toBeLessThan((within + 12) * 1_000);
    expect(subjects()).toEqual([expect.stringMatching(/^CLOSED /)]);
  });

  it("is looked at again although an older drift was closed meanwhile, without a false alarm", async () => {
    await stage.quietly(() => stage.open(deploy, "ingress tcp 23 from 0.0.0.0/0"));
    await stage.later(60);
    stage.account.ec2.lagReads(20_000);
    await stage.open(deploy, WORLD);
    await stage.idle();
    for (const seconds of [5, 30, 120]) await stage.later(seconds);
    stage.account.ec2.lagReads(0);
    expect(await stage.rules(deploy)).toEqual(before);
    const found = (await stage.findings(deploy)).find(({ rule }) => rule === WORLD);
    expect(found).toMatchObject({ outcome: "closed", actor: { name: "tester" } });
    expect(subjects().join()).not.toContain("COULD NOT");
  });

  it("is looked at again although the same was closed before", async () => {
    const wide = "ingress tcp 7000-7002 from 172.21.138.91/32";
    await stage.edit(deploy, FROM_API, wide);
    await stage.idle();
    await stage.later(60);
    stage.account.ec2.lagReads(4_000);
    await stage.edit(deploy, FROM_API, wide);
    await stage.idle();
    await stage.later(5);
    stage.account.ec2.lagReads(0);
    expect(await stage.rules(deploy)).toEqual(before);
  });

  describe("is restored when it took a required rule away", () => {
    async function takeUnseen(): Promise<void> {
      stage.account.ec2.lagReads(20_000);
      await stage.take(deploy, FROM_API);
      await stage.idle();
      for (const seconds of [5, 30]) await stage.later(seconds);
      stage.account.ec2.lagReads(0);
    }

    it("for the first time", async () => {
      await takeUnseen();
      expect(await stage.rules(deploy)).toEqual(before);
    });

    it("again, after it was restored once", async () => {
      await stage.take(deploy, FROM_API);
      await stage.idle();
      await stage.later(60);
      await takeUnseen();
      expect(await stage.rules(deploy)).toEqual(before);
    });

    it("while another drift was closed", async () => {
      await stage.quietly(() => stage.open(deploy, WORLD));
      await stage.later(60);
      await takeUnseen();
      expect(await stage.rules(deploy)).toEqual(before);
    });
  });

  it("is given up after three looks, when it never shows", async () => {
    await stage.quietly(() => stage.open(deploy, WORLD));
    const event = stage.account.bus.events().at(-1);
    await stage.quietly(() => stage.take(deploy, WORLD));
    stage.mark();
    stage.account.queues.send("portward-remediate", JSON.stringify(event));
    await stage.idle();
    for (const seconds of [5, 30, 120]) await stage.later(seconds);
    expect(waiting()).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
    expect(stage.reads().filter(name => name === "DescribeSecurityGroupRules")).toHaveLength(4);
    expect(stage.account.queues.messages(stage.deployment.deadLetters)).toEqual([]);
  });

  it("on a group that does not show either is looked at again", async () => {
    const { accountId: account, region, ec2 } = stage.account;
    ec2.lagReads(4_000);
    const group = ec2.seed.group(
      { account, region },
      { name: "brand-new", vpcId: seedVpc, defaultEgress: false },
    );
    await stage.open(group, WORLD);
    await stage.idle();
    expect(await stage.findings(group)).toEqual([]);
    await stage.later(5);
    ec2.lagReads(0);
    expect(await stage.rules(group)).toEqual([]);
    expect(await stage.findings(group)).toMatchObject([{ outcome: "closed" }]);
  });

  it("on a group that was deleted since ends", async () => {
    const { accountId: account, region, ec2 } = stage.account;
    const GroupId = ec2.seed.group({ account, region }, { name: "short", vpcId: seedVpc });
    await stage.quietly(() => stage.open(GroupId, WORLD));
    const event = stage.account.bus.events().at(-1);
    await stage.as("tester").send(new DeleteSecurityGroupCommand({ GroupId }));
    await stage.idle();
    stage.mark();
    stage.account.queues.send("portward-remediate", JSON.stringify(event));
    await stage.idle();
    for (const seconds of [5, 30, 120]) await stage.later(seconds);
    expect(waiting()).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
    expect(stage.writes()).toEqual([]);
    expect(subjects()).toEqual([]);
  });
});

describe("a read that lags behind the revoke", () => {
  it.each([3, 7])("by %i s is waited for, and revoked once", async seconds => {
    await stage.quietly(() => stage.open(deploy, WORLD));
    await stage.later(60);
    stage.account.ec2.lagReads(seconds * 1_000);
    stage.mark();
    await stage.sweep(deploy);
    stage.account.ec2.lagReads(0);
    expect(await stage.rules(deploy)).toEqual(before);
    expect(stage.writes()).toEqual(["RevokeSecurityGroupIngress"]);
    expect(subjects()).toEqual([expect.stringMatching(/^CLOSED /)]);
  });

  it("for longer than is waited for leaves the group on the sweep's list, and no false alarm", async () => {
    await stage.quietly(() => stage.open(deploy, WORLD));
    await stage.later(60);
    stage.account.ec2.lagReads(30_000);
    stage.mark();
    const started = stage.account.clock.now();
    const { accountId: account, region } = stage.account;
    const trigger = { kind: "sweep" as const, id: "sweep-1", account, region, changes: [] };
    const run = await reconcile(stage.aws, deploy, [trigger]);
    expect(run.outcome).toBe("open");
    expect(stage.account.clock.now() - started).toBeLessThan(10_000);
    expect(run.findings).toMatchObject([{ rule: WORLD, outcome: "closed" }]);
    expect((await stage.aws.intents.dirtyGroups()).map(({ groupId }) => groupId)).toEqual([deploy]);
    await stage.later(60);
    stage.account.ec2.lagReads(0);
    await stage.sweep();
    expect(await stage.aws.intents.dirtyGroups()).toEqual([]);
    expect(await stage.findings(deploy)).toHaveLength(1);
    expect(subjects()).toEqual([expect.stringMatching(/^CLOSED /)]);
  });
});

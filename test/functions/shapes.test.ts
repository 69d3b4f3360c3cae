// Events that do not say which group changed: by group name, with their parameters omitted, of a new
// VPC. They mark a place, and the minute sweep looks at every group there.
import { AuthorizeSecurityGroupIngressCommand, CreateVpcCommand } from "@aws-sdk/client-ec2";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { seedVpc } from "../../local/seed.ts";
import { type Fields, record } from "../support/cloudtrail.ts";
import { type Stage, startStage, studioIn } from "../support/stage.ts";

const WORLD = "ingress tcp 22 from 0.0.0.0/0";

let stage: Stage;
let deploy: string;

beforeEach(async () => {
  stage = await startStage();
  deploy = stage.groups.deploy;
});
afterEach(() => stage.stop());

/** Delivers a record as if it had been made in this account now. */
function deliver(name: string, changes: Fields = {}): void {
  const { accountId, region, clock } = stage.account;
  const eventTime = `${new Date(clock.now()).toISOString().slice(0, 19)}Z`;
  const place = { recipientAccountId: accountId, awsRegion: region, eventTime };
  const detail = record(name, { ...place, ...changes });
  const envelope = { source: "aws.ec2", account: accountId, region, detail };
  stage.account.queues.send("portward-remediate", JSON.stringify(envelope));
}

const marks = async () => (await stage.aws.intents.dirtyGroups()).map(({ groupId }) => groupId);

describe("an event without its group", () => {
  it.each(["authorize-by-name-unanswered", "authorize-omitted", "authorize-null"])(
    "(%s) marks the whole region, once a minute, and the sweep closes it",
    async name => {
      await stage.quietly(() => stage.open(deploy, WORLD));
      deliver(name);
      deliver(name, { eventID: "11111111-2222-4333-8444-555555555555" });
      await stage.idle();
      expect(stage.writes()).toEqual([]);
      expect(await marks()).toEqual(["*"]);
      const swept = await stage.sweep();
      expect(swept.failed).toBe(0);
      expect(swept.groups).toBeGreaterThanOrEqual(5);
      expect(await stage.rules(deploy)).not.toContain(WORLD);
      expect(await marks()).toEqual([]);
      // A record that does not name the rule blames nobody for it.
      expect((await stage.findings(deploy))[0]).not.toHaveProperty("actor");
    },
  );

  it("that is the default VPC's by name is found by its answer", async () => {
    await stage.apply(
      studioIn("enforce")
        .replace(/^vpc: .*$/m, "")
        .replace("groups:\n", "groups:\n  others: { mode: revoke }\n"),
    );
    const { accountId: account, region, ec2 } = stage.account;
    const id = ec2.seed.group({ account, region }, { name: "by-name", defaultEgress: false });
    const flat = { IpProtocol: "tcp", FromPort: 22, ToPort: 22, CidrIp: "0.0.0.0/0" };
    const input = { GroupName: "by-name", ...flat };
    await stage.as("tester").send(new AuthorizeSecurityGroupIngressCommand(input));
    await stage.idle();
    expect(await stage.rules(id)).toEqual([]);
    expect(await stage.findings(id)).toMatchObject([
      { outcome: "closed", actor: { name: "tester" } },
    ]);
  });

  it("but with its VPC marks that VPC alone", async () => {
    await stage.as("tester").send(new CreateVpcCommand({ CidrBlock: "10.99.0.0/16" }));
    await stage.idle();
    const [mark, ...others] = await marks();
    expect(others).toEqual([]);
    expect(mark).toMatch(/^vpc-/);
    expect(mark).not.toBe(seedVpc);
    stage.mark();
    expect(await stage.sweep()).toEqual({ groups: 1, failed: 0 });
  });

  it("keeps its mark until every group could be looked at", async () => {
    await stage.quietly(() => stage.open(deploy, WORLD));
    deliver("authorize-omitted");
    await stage.idle();
    stage.account.faults.failNext("ec2", "DescribeSecurityGroupRules", "UnauthorizedOperation", 1);
    expect((await stage.sweep()).failed).toBe(1);
    expect(await marks()).toEqual(["*"]);
    await stage.later(60);
    expect((await stage.sweep()).failed).toBe(0);
    expect(await marks()).toEqual([]);
    expect(await stage.rules(deploy)).not.toContain(WORLD);
  });

  it("that is marked while a sweep runs is swept by the next one", async () => {
    deliver("authorize-omitted");
    await stage.idle();
    stage.account.faults.onNext("ec2", "DescribeSecurityGroups", async () => {
      await stage.later(1);
      deliver("authorize-omitted");
      await stage.idle();
    });
    await stage.sweep();
    expect(await marks()).toEqual(["*"]);
  });
});

describe("a call that changed nothing", () => {
  it.each(["authorize-denied", "authorize-dry-run", "update-descriptions", "describe-groups"])(
    "(%s) is ignored, and the log says why",
    async name => {
      deliver(name);
      await stage.idle();
      expect([...stage.reads(), ...stage.writes()]).toEqual([]);
      expect(stage.log()).toMatchObject([
        { message: "ignore", fields: { because: expect.stringMatching(/./) } },
      ]);
    },
  );
});

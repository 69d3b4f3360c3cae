// The canary in the local account: closed by Portward, closed by itself when nobody does, stopped where
// something wears its group, and no news to people unless something is not as it should be.
import { EC2Client } from "@aws-sdk/client-ec2";
import { ScanCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { canaryGroup } from "../../functions/aws/canary-group.ts";
import { FINDING_EVENT } from "../../functions/aws/publish.ts";
import { sing } from "../../functions/reconcile/canary.ts";
import { functionKeyOf, secretOf } from "../../local/identities.ts";
import { seedVpc } from "../../local/seed.ts";
import { open } from "../support/deployed.ts";
import { type Stage, startStage, studioIn } from "../support/stage.ts";

const PORT = "ingress tcp 22 from 192.0.2.1/32";

let stage: Stage;
let group: string;

async function begin(): Promise<void> {
  stage = await startStage(null);
  const { accountId: account, region, ec2 } = stage.account;
  group = ec2.seed.group({ account, region }, { name: "portward-test-canary", vpcId: seedVpc });
  const roleArn = `arn:aws:iam::${account}:role/portward-canary-function`;
  const config = { ...stage.aws.config, canary: { groupId: group, roleArn } };
  // The handlers hold this object.
  Object.assign(stage.aws, { config });
  await stage.apply(matrixIn("enforce"));
}
beforeAll(begin);
beforeEach(() => stage.mark());
afterAll(() => stage.stop());

const matrixIn = (mode: "observe" | "enforce") =>
  studioIn(mode).replace("groups:\n", "groups:\n  canary: { name: portward-test-canary }\n");

/** How a function reaches EC2: by the key of its own role. */
function optionsOf(name: string) {
  const accessKeyId = functionKeyOf(name);
  const credentials = { accessKeyId, secretAccessKey: secretOf(accessKeyId) };
  return { endpoint: stage.account.url, region: stage.account.region, credentials };
}

function canary() {
  const { aws } = stage;
  // Events are under way while the canary waits.
  const sleep = async (ms: number) => {
    await stage.later(ms / 1_000);
  };
  const { clock, log } = aws;
  return sing({ stage: "test", group: canaryGroup(group, optionsOf("canary")), clock, sleep, log });
}

const machinesHeard = () =>
  stage.account.bus.events().filter(({ "detail-type": type }) => type === FINDING_EVENT).length;

const metrics = () =>
  Object.assign({}, ...stage.log().map(({ fields }) => (fields._aws ? fields : {})));

describe("the canary", () => {
  it("measures how long its port was open, and leaves nothing open", async () => {
    const end = await canary();
    expect(end).toMatchObject({ outcome: "closed" });
    const { CanarySeconds, ...others } = metrics();
    expect(others).toMatchObject({ stage: "test", CanaryAttached: 0 });
    expect(CanarySeconds).toBe((end as { seconds: number }).seconds);
    expect(CanarySeconds).toBeGreaterThanOrEqual(1);
    expect(CanarySeconds).toBeLessThan(60);
    expect(await stage.rules(group)).not.toContain(PORT);
  });

  it("is somebody like any other: its port is closed by Portward, with a finding", async () => {
    await canary();
    expect(stage.writes()).toContain("RevokeSecurityGroupIngress");
    const findings = await stage.findings(group);
    expect(findings.some(({ rule, outcome }) => rule === PORT && outcome === "closed")).toBe(true);
  });

  it("is found by its group for a week, and in no list of findings", async () => {
    await canary();
    const [newest] = await stage.findings(group);
    expect(newest).toMatchObject({ rule: PORT, outcome: "closed", actor: { type: "AssumedRole" } });
    expect(newest?.publishedAt).toBeDefined();
    const listed = await stage.aws.findings.list({ limit: 100 });
    expect(listed.filter(({ rule }) => rule === PORT)).toEqual([]);
    expect(await stage.aws.findings.get(newest?.id ?? "")).toMatchObject({ rule: PORT });
    const scan = new ScanCommand({ TableName: stage.aws.config.tables.findings });
    const { Items = [] } = await stage.documents.send(scan);
    const expiries = Items.filter(({ rule }) => rule === PORT).map(({ expiresAt }) => expiresAt);
    const inAWeek = stage.aws.clock() / 1_000 + 7 * 86_400;
    expect(Math.max(...expiries)).toBeLessThanOrEqual(inAWeek + 1);
  });

  it("is late where nobody closes, and closes the port itself after a minute", async () => {
    await stage.apply(matrixIn("observe"));
    stage.mark();
    const { outcome } = await canary();
    expect(outcome).toBe("late");
    expect(metrics().CanarySeconds).toBeGreaterThan(60);
    expect(await stage.rules(group)).not.toContain(PORT);
    await stage.apply(matrixIn("enforce"));
  });

  it("closes the port although EC2 fails while it waits", async () => {
    stage.account.faults.failNext("ec2", "DescribeSecurityGroupRules", "InternalError", 9);
    await stage.quietly(async () => {
      await expect(canary()).rejects.toThrow();
    });
    stage.account.faults.clear();
    expect(await stage.rules(group)).not.toContain(PORT);
  });

  it("opens nothing where something wears its group, and closes what is open there", async () => {
    await stage.quietly(() => stage.open(group, PORT));
    const { accountId: account, region, ec2 } = stage.account;
    ec2.seed.interface({ account, region }, { vpcId: seedVpc, groupIds: [group] });
    expect(await canary()).toEqual({ outcome: "attached" });
    expect(metrics()).toMatchObject({ CanaryAttached: 1 });
    expect(await stage.rules(group)).not.toContain(PORT);
  });
});

describe("people", () => {
  const opens = (key: string, groupId: string, rule: string) => {
    const ec2 = new EC2Client(optionsOf(key));
    return open(ec2, groupId, [rule])
      .then(() => stage.idle())
      .finally(() => ec2.destroy());
  };
  const heard = () => stage.alerts().map(({ subject = "" }) => subject.split(" from")[0]);

  beforeAll(async () => {
    await stage.stop();
    await begin();
  });
  beforeEach(async () => {
    await stage.later(3_600);
    stage.mark();
  });

  it("do not hear of the canary when its port is closed, and machines do, every time", async () => {
    const before = machinesHeard();
    for (let times = 0; times < 3; times += 1) {
      expect(await canary()).toMatchObject({ outcome: "closed" });
      await stage.later(900);
      await stage.sweep();
    }
    expect(heard()).toEqual([]);
    expect(machinesHeard() - before).toBe(3);
  });

  it("hear of the same rule when somebody else opens it", async () => {
    await opens("sweeping", group, PORT);
    expect(heard()).toEqual(["CLOSED ingress tcp 22"]);
  });

  it("hear of it although the canary has just opened and closed it", async () => {
    await canary();
    await stage.open(group, PORT);
    await stage.idle();
    expect(heard()).toEqual(["CLOSED ingress tcp 22"]);
  });

  it.each([
    "ingress tcp 22 from 192.0.2.2/32",
    "ingress tcp 22 from 192.0.2.0/31",
    "ingress tcp 23 from 192.0.2.1/32",
    "ingress udp 22 from 192.0.2.1/32",
  ])("hear of %s by the canary's own role", async rule => {
    await opens("canary", group, rule);
    expect(heard()).toHaveLength(1);
  });

  it("hear of the canary's role opening its port in another group", async () => {
    await opens("canary", stage.groups.deploy, PORT);
    expect(heard()).toEqual(["CLOSED ingress tcp 22"]);
  });

  it("hear of what else was opened beside the canary's port", async () => {
    const other = "ingress tcp 3389 from 0.0.0.0/0";
    await stage.quietly(() => opens("tester", group, other));
    await opens("canary", group, PORT);
    expect(heard()).toEqual(["CLOSED ingress tcp 3389"]);
  });

  it("hear of it where nobody knows whether something wears the group", async () => {
    stage.account.faults.failNext("ec2", "DescribeNetworkInterfaces", "UnauthorizedOperation", 9);
    await opens("canary", group, PORT);
    stage.account.faults.clear();
    expect(heard()).toEqual(["CLOSED ingress tcp 22"]);
  });

  it("hear of it where it is not closed", async () => {
    await stage.apply(matrixIn("observe"));
    stage.mark();
    await opens("canary", group, PORT);
    expect(heard()).toEqual(["LEFT OPEN ingress tcp 22"]);
    await stage.apply(matrixIn("enforce"));
  });

  it("hear of it where something wears the group", async () => {
    const { accountId: account, region, ec2 } = stage.account;
    ec2.seed.interface({ account, region }, { vpcId: seedVpc, groupIds: [group] });
    await opens("canary", group, PORT);
    expect(heard()).toEqual(["CLOSED ingress tcp 22"]);
  });
});

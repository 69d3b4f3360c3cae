// The canary in the local account: closed by Portward, closed by itself when nobody does, and silent
// where something wears its group.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { canaryGroup } from "../../functions/aws/canary-group.ts";
import { sing } from "../../functions/reconcile/canary.ts";
import { accessKeyOf, secretOf } from "../../local/identities.ts";
import { seedVpc } from "../../local/seed.ts";
import { type Stage, startStage, studioIn } from "../support/stage.ts";

const PORT = "ingress tcp 22 from 192.0.2.1/32";

let stage: Stage;
let group: string;
beforeAll(async () => {
  stage = await startStage(null);
  const { accountId: account, region, ec2 } = stage.account;
  group = ec2.seed.group({ account, region }, { name: "portward-test-canary", vpcId: seedVpc });
  await stage.apply(matrixIn("enforce"));
});
beforeEach(() => stage.mark());
afterAll(() => stage.stop());

const matrixIn = (mode: "observe" | "enforce") =>
  studioIn(mode).replace("groups:\n", "groups:\n  canary: { name: portward-test-canary }\n");

function canary() {
  const { account, aws } = stage;
  const accessKeyId = accessKeyOf("alice");
  const credentials = { accessKeyId, secretAccessKey: secretOf(accessKeyId) };
  const options = { endpoint: account.url, region: account.region, credentials };
  // Events are under way while the canary waits.
  const sleep = async (ms: number) => {
    await stage.later(ms / 1_000);
  };
  const { clock, log } = aws;
  return sing({ stage: "test", group: canaryGroup(group, options), clock, sleep, log });
}

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

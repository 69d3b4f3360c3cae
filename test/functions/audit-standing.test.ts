// What an audit says beside drift: what interfaces are exposed to by the groups they wear together,
// members that lost their group, unmanaged groups, and Portward's own plumbing.
import {
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  ModifyNetworkInterfaceAttributeCommand,
} from "@aws-sdk/client-ec2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { auditNow } from "../../functions/reconcile/audit/job.ts";
import { seedVpc } from "../../local/seed.ts";
import type { AuditFinding, AuditReport } from "../../matrix/audit/report.ts";
import { type Stage, startStage } from "../support/stage.ts";

let stage: Stage;
let spare = "";
const DEPLOY = "eni-0f0a1b2c3d4e50100";

beforeAll(async () => {
  stage = await startStage();
  const input = { GroupName: "spare", Description: "spare", VpcId: seedVpc };
  spare = (await stage.as("tester").send(new CreateSecurityGroupCommand(input))).GroupId ?? "";
  await stage.as("tester").send(
    new AuthorizeSecurityGroupIngressCommand({
      ...{ GroupId: spare, IpProtocol: "tcp", FromPort: 22, ToPort: 22, CidrIp: "0.0.0.0/0" },
    }),
  );
  await stage.idle();
});
afterAll(() => stage.stop());

async function audited(): Promise<AuditReport> {
  const answer = await auditNow(stage.aws, { by: "test" });
  if (answer.kind !== "done") throw new Error(JSON.stringify(answer));
  return answer.report;
}

const of = ({ findings }: AuditReport, kind: AuditFinding["kind"]) =>
  findings.filter(finding => finding.kind === kind);

const wear = (...Groups: string[]) =>
  stage
    .as("tester")
    .send(new ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId: DEPLOY, Groups }));

describe("exposure", () => {
  it("of an interface that wears an unmanaged group too is critical where a forbid breaks", async () => {
    expect(of(await audited(), "exposure")).toEqual([]);
    await wear(stage.groups.deploy, spare);
    const report = await audited();
    const [found, ...more] = of(report, "exposure");
    expect(more).toEqual([]);
    expect(found).toMatchObject({
      group: spare,
      severity: "critical",
      rule: `ingress tcp 22 from 0.0.0.0/0 beside ${stage.groups.deploy}`,
    });
    expect(found?.because).toContain("forbid");
    const both = [stage.groups.deploy, spare].sort();
    const reach = report.reaches?.find(({ groups }) => groups.join() === both.join())?.reach;
    // All of IPv4 is the whole world, though nothing of IPv6 is let in.
    expect(reach?.find(({ from }) => from === "public")).toMatchObject({ whole: ["tcp 22"] });
    expect(of(await audited(), "exposure").map(({ id }) => id)).toEqual([found?.id]);
  });

  it("names a member whose interface lost its group", async () => {
    await wear(spare);
    const found = of(await audited(), "exposure");
    expect(found).toMatchObject([
      { group: stage.groups.deploy, severity: "high", rule: "deploy 172.21.138.100/32" },
    ]);
    expect(found[0]?.because).toContain(DEPLOY);
    await wear(stage.groups.deploy);
    expect(of(await audited(), "exposure")).toEqual([]);
  });
});

describe("an unmanaged group", () => {
  it("stands out by what it opens to the world, more so where something wears it", async () => {
    const find = async () => of(await audited(), "unmanaged").find(({ group }) => group === spare);
    expect(await find()).toMatchObject({ severity: "medium", groupName: "spare" });
    await wear(stage.groups.deploy, spare);
    const worn = await find();
    expect(worn).toMatchObject({ severity: "high" });
    expect(worn?.because).toMatch(/worn by 1; it opens tcp 22 to the world/);
    await wear(stage.groups.deploy);
  });
});

describe("the plumbing", () => {
  const faults = async () => of(await audited(), "plumbing").map(({ rule }) => rule);

  it("is as it has to be", async () => {
    expect(await faults()).toEqual([]);
    expect((await stage.aws.lastEvent.read())?.at).toBeGreaterThan(0);
  });

  it("is told where its rule is disabled, changed or gone", async () => {
    const { bus } = stage.account;
    const rule = bus.find("portward-group-events");
    if (!rule) throw new Error("no rule");
    const changes = [
      () => bus.store({ ...rule, state: "DISABLED" }),
      () => bus.store({ ...rule, pattern: '{"source":["aws.ec2"]}' }),
      () => bus.remove(rule.name),
    ];
    for (const change of changes) {
      change();
      expect(await faults()).toEqual(["event rule"]);
    }
    bus.store(rule);
    expect(await faults()).toEqual([]);
  });

  it("is told where the trail stopped, and where messages are dead", async () => {
    stage.account.trail.stop();
    expect(await faults()).toEqual(["trail"]);
    stage.account.trail.start();
    await stage.aws.queue.reject("{}", "m-1", "test");
    expect(await faults()).toEqual(["dead letters"]);
  });
});

describe("the regions", () => {
  const elsewhere = async () => {
    const found = of(await audited(), "plumbing").filter(({ rule }) => rule === "regions");
    return found.map(({ severity, because }) => `${severity}: ${because}`);
  };
  const looks = () =>
    stage
      .reads()
      .filter(action => action === "DescribeRegions" || action === "DescribeNetworkInterfaces");
  const nextDay = async () => {
    await stage.later(86_400);
    stage.mark();
  };

  it("with interfaces and no rule are named, looked for once a day", async () => {
    const place = { account: stage.account.accountId, region: "eu-west-3" };
    const { seed } = stage.account.ec2;
    const vpcId = seed.vpc(place, { cidr: "10.9.0.0/16" });
    await nextDay();
    expect(await elsewhere()).toEqual([]);
    seed.interface(place, { vpcId, address: "10.9.0.9" });
    stage.mark();
    expect(await elsewhere()).toEqual([]);
    expect(looks()).not.toContain("DescribeRegions");
    await nextDay();
    const named = [
      expect.stringMatching(/^medium: interfaces are in eu-west-3, where no Portward/),
    ];
    expect(await elsewhere()).toEqual(named);
    expect(await elsewhere()).toEqual(named);
    expect(looks().filter(action => action === "DescribeRegions")).toHaveLength(1);
  });

  it("that refuse to tell are named with the reason", async () => {
    await nextDay();
    const { faults } = stage.account;
    // By then the audit has read the interfaces of its own region.
    faults.onNext("ec2", "DescribeRegions", () =>
      faults.failNext("ec2", "DescribeNetworkInterfaces", "UnauthorizedOperation"),
    );
    const [found, ...more] = await elsewhere();
    expect(more).toEqual([]);
    expect(found).toMatch(/^low: not known: eu-west-3 \(.*UnauthorizedOperation/);
    await nextDay();
    faults.failNext("ec2", "DescribeRegions", "UnauthorizedOperation");
    expect(await elsewhere()).toEqual([
      expect.stringMatching(/^medium: it could not be looked at: .*UnauthorizedOperation/),
    ]);
    faults.clear();
  });

  it("that have a deployment of their own are not", async () => {
    await nextDay();
    const config = { ...stage.aws.config, watchedRegions: ["eu-west-3"] };
    const answer = await auditNow({ ...stage.aws, config }, { by: "test" });
    const report = answer.kind === "done" ? answer.report : undefined;
    expect(report && of(report, "plumbing").map(({ rule }) => rule)).not.toContain("regions");
    expect(looks()).toEqual(["DescribeNetworkInterfaces", "DescribeRegions"]);
  });
});

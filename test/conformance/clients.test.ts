// Do AWS's own tools, the `aws` CLI and boto3, work against the local account as people use them: open
// a port, see the deployed handlers close it, read the finding? Nothing here uses the JavaScript SDK
// to change or to read.
import { execFile } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Deployed, startDeployed } from "../support/deployed.ts";
import { settingOf } from "./setting.ts";

let deployed: Deployed;
beforeAll(async () => {
  deployed = await startDeployed();
});
afterAll(() => deployed.stop());

interface Output {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs a program of the Python folder as the tester, with no configuration but the account's. */
function run(program: string, args: readonly string[]): Promise<Output> {
  const nothing = { AWS_CONFIG_FILE: "/dev/null", AWS_SHARED_CREDENTIALS_FILE: "/dev/null" };
  const env = { PATH: process.env.PATH, ...nothing, ...deployed.account.env("tester") };
  return new Promise(resolve => {
    execFile(join(settingOf("python"), program), args, { env }, (error, stdout, stderr) => {
      const code = error ? (typeof error.code === "number" ? error.code : 1) : 0;
      resolve({ code, stdout, stderr });
    });
  });
}

/** Runs the `aws` CLI, which must succeed, and reads its answer. */
async function aws(...args: string[]) {
  const { code, stdout, stderr } = await run("aws", [...args, "--output", "json"]);
  if (code !== 0) throw new Error(`aws ${args.join(" ")}: ${stderr}`);
  return stdout.trim() === "" ? {} : JSON.parse(stdout);
}

interface WireRule {
  SecurityGroupRuleId: string;
  IsEgress: boolean;
  IpProtocol: string;
  FromPort: number;
  CidrIpv4?: string;
  CidrIpv6?: string;
}

async function rulesOf(groupId: string): Promise<WireRule[]> {
  const filter = `Name=group-id,Values=${groupId}`;
  const answer = await aws("ec2", "describe-security-group-rules", "--filters", filter);
  return answer.SecurityGroupRules;
}

/** The ingress rules, one line each, sorted. */
async function ingress(groupId: string): Promise<string[]> {
  const rules = (await rulesOf(groupId)).filter(rule => !rule.IsEgress);
  return rules
    .map(rule => `${rule.IpProtocol} ${rule.FromPort} ${rule.CidrIpv4 ?? rule.CidrIpv6}`)
    .sort();
}

/** Waits as a person does: looks again and again, for 20 s at most. */
async function until(groupId: string, wanted: readonly string[]): Promise<void> {
  const end = Date.now() + 20_000;
  let seen = await ingress(groupId);
  while (Date.now() < end && seen.join() !== wanted.join()) {
    await sleep(100);
    seen = await ingress(groupId);
  }
  expect(seen).toEqual(wanted);
}

/** The findings of a group as DynamoDB holds them. */
async function findings(
  groupId: string,
): Promise<{ rule: string; outcome: string; who: string }[]> {
  const { accountId, region } = deployed.account;
  const values = { ":pk": { S: `GROUP#${accountId}/${region}#${groupId}` } };
  const answer = await aws(
    ...["dynamodb", "query", "--table-name", "portward-findings", "--consistent-read"],
    ...["--key-condition-expression", "pk = :pk"],
    ...["--expression-attribute-values", JSON.stringify(values)],
  );
  return answer.Items.map(
    (item: Record<string, { S?: string; M?: Record<string, { S: string }> }>) => ({
      rule: item.rule?.S,
      outcome: item.outcome?.S,
      who: item.actor?.M?.name?.S,
    }),
  );
}

const authorize = (groupId: string, ...args: string[]) =>
  aws("ec2", "authorize-security-group-ingress", "--group-id", groupId, ...args);

describe("the aws CLI", () => {
  it("is somebody in the local account", async () => {
    const { Arn, Account } = await aws("sts", "get-caller-identity");
    expect(Arn).toBe("arn:aws:iam::111122223333:user/tester");
    expect(Account).toBe("111122223333");
  });

  it("opens a port to the world, sees it closed, and reads who did it", async () => {
    const { deploy } = deployed.groups;
    const before = await ingress(deploy);
    const opening = ["--protocol", "tcp", "--port", "22", "--cidr", "0.0.0.0/0"];
    const { Return, SecurityGroupRules } = await authorize(deploy, ...opening);
    expect(Return).toBe(true);
    expect(SecurityGroupRules).toHaveLength(1);
    await until(deploy, before);
    await deployed.idle();
    expect(await findings(deploy)).toEqual([
      { rule: "ingress tcp 22 from 0.0.0.0/0", outcome: "closed", who: "tester" },
    ]);
  });

  it("revokes a required rule, and sees it restored", async () => {
    const { runtime } = deployed.groups;
    const before = await ingress(runtime);
    const rule = ["--protocol", "tcp", "--port", "7005", "--cidr", "172.21.138.101/32"];
    await aws("ec2", "revoke-security-group-ingress", "--group-id", runtime, ...rule);
    await until(runtime, before);
    await deployed.idle();
    expect(await findings(runtime)).toEqual([
      { rule: "ingress tcp 7005 from 172.21.138.101/32", outcome: "restored", who: "tester" },
    ]);
  });

  it("widens a rule in place, and sees it narrowed to what it was", async () => {
    const { workspace } = deployed.groups;
    const before = await rulesOf(workspace);
    const rule = before.find(one => one.FromPort === 7001);
    const update = {
      SecurityGroupRuleId: rule?.SecurityGroupRuleId,
      SecurityGroupRule: { IpProtocol: "tcp", FromPort: 7001, ToPort: 7001, CidrIpv4: "0.0.0.0/0" },
    };
    await aws(
      ...["ec2", "modify-security-group-rules", "--group-id", workspace],
      ...["--security-group-rules", JSON.stringify([update])],
    );
    await until(workspace, ["tcp 7001 172.21.138.91/32", "tcp 80 172.21.138.91/32"]);
    await deployed.idle();
    expect(await findings(workspace)).toEqual([
      { rule: "ingress tcp 7001 from 0.0.0.0/0", outcome: "narrowed", who: "tester" },
    ]);
  });

  it("is told EC2's error code for a rule that is there, and changes nothing", async () => {
    const { api } = deployed.groups;
    const before = await rulesOf(api);
    const again = ["--protocol", "tcp", "--port", "443", "--cidr", "0.0.0.0/0"];
    const command = ["ec2", "authorize-security-group-ingress", "--group-id", api, ...again];
    const { code, stderr } = await run("aws", command);
    expect(code).not.toBe(0);
    expect(stderr).toContain("InvalidPermission.Duplicate");
    expect(await rulesOf(api)).toEqual(before);
  });

  it("finds no message in the dead-letter queue", async () => {
    // For SQS alone, version 1 of the CLI does not take the endpoint from the environment.
    const sqs = (...args: string[]) => aws("sqs", ...args, "--endpoint-url", deployed.account.url);
    const { deadLetters } = deployed.deployment;
    const { QueueUrl } = await sqs("get-queue-url", "--queue-name", deadLetters);
    const name = "ApproximateNumberOfMessages";
    const asked = ["--queue-url", QueueUrl, "--attribute-names", name];
    const { Attributes } = await sqs("get-queue-attributes", ...asked);
    expect(Attributes).toEqual({ [name]: "0" });
  });
});

describe("boto3", () => {
  it("opens, revokes and modifies, and sees each undone", async () => {
    const { runner, api } = deployed.groups;
    const program = join(import.meta.dirname, "drive.py");
    const { accountId, region } = deployed.account;
    const { stdout, stderr } = await run("python3", [
      program,
      `${accountId}/${region}`,
      runner,
      api,
    ]);
    expect(stderr).toBe("");
    expect(JSON.parse(stdout)).toEqual({
      caller: "arn:aws:iam::111122223333:user/tester",
      pages: true,
      duplicate: "InvalidPermission.Duplicate",
      unknown_group: "InvalidGroup.NotFound",
      opened: "reverted",
      revoked: "reverted",
      modified: "reverted",
      findings: {
        [runner]: ["closed ingress tcp 3389 from ::/0 tester"],
        [api]: [
          "narrowed ingress tcp 443-8443 from 0.0.0.0/0 tester",
          "restored ingress tcp 80 from 0.0.0.0/0 tester",
        ],
      },
    });
  });
});

import {
  DescribeNetworkInterfacesCommand,
  DescribeSecurityGroupRulesCommand,
  DescribeSecurityGroupsCommand,
  EC2Client,
  type SecurityGroupRule,
} from "@aws-sdk/client-ec2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Account, startAccount } from "../../local/account.ts";
import { type SeededGroups, seedFiveServers, seedVpc } from "../../local/seed.ts";
import { clientConfig } from "./client-config.ts";

let account: Account;
let ec2: EC2Client;
let groups: SeededGroups;
beforeAll(async () => {
  account = await startAccount();
  ec2 = new EC2Client(clientConfig(account));
  groups = seedFiveServers(account);
});
afterAll(() => account.stop());

const openEgress = "egress all to 0.0.0.0/0";

/** What the document of the five servers asks for, group by group. */
const wanted: [part: keyof SeededGroups, name: string, address: string, rules: string[]][] = [
  [
    "deploy",
    "funai-deploy",
    "172.21.138.100",
    [
      "ingress tcp 7002 from 172.21.138.91/32",
      "ingress tcp 7002 from 172.21.138.101/32",
      "ingress tcp 7002 from 172.21.138.102/32",
      openEgress,
    ],
  ],
  [
    "workspace",
    "funai-workspace-dev",
    "172.21.138.87",
    [
      "ingress tcp 7001 from 172.21.138.91/32",
      "ingress tcp 80 from 172.21.138.91/32",
      "egress tcp 8080 to 172.21.138.91/32",
      openEgress,
    ],
  ],
  [
    "api",
    "funai-api",
    "172.21.138.91",
    [
      "ingress tcp 80 from 0.0.0.0/0",
      "ingress tcp 443 from 0.0.0.0/0",
      "ingress tcp 8080 from 172.21.138.87/32",
      "egress tcp 7002 to 172.21.138.100/32",
      "egress tcp 7001 to 172.21.138.87/32",
      "egress tcp 80 to 172.21.138.87/32",
    ],
  ],
  [
    "runner",
    "funai-runner",
    "172.21.138.101",
    ["egress tcp 7002 to 172.21.138.100/32", "egress tcp 7005 to 172.21.138.102/32"],
  ],
  [
    "runtime",
    "funai-runtime",
    "172.21.138.102",
    [
      "ingress tcp 7005 from 172.21.138.101/32",
      "ingress tcp 80 from 0.0.0.0/0",
      "ingress tcp 443 from 0.0.0.0/0",
      "egress tcp 7002 to 172.21.138.100/32",
    ],
  ],
];

function textOf(rule: SecurityGroupRule): string {
  const direction = rule.IsEgress ? "egress" : "ingress";
  const ports = rule.IpProtocol === "-1" ? "all" : `${rule.IpProtocol} ${rule.FromPort}`;
  return `${direction} ${ports} ${rule.IsEgress ? "to" : "from"} ${rule.CidrIpv4}`;
}

async function rulesOf(groupId: string): Promise<string[]> {
  const Filters = [{ Name: "group-id", Values: [groupId] }];
  const answer = await ec2.send(new DescribeSecurityGroupRulesCommand({ Filters }));
  return (answer.SecurityGroupRules ?? []).map(textOf).sort();
}

describe("the five servers", () => {
  it.each(wanted)("have a group for %s with exactly its rules", async (part, name, _ip, rules) => {
    const GroupIds = [groups[part]];
    const { SecurityGroups } = await ec2.send(new DescribeSecurityGroupsCommand({ GroupIds }));
    expect(SecurityGroups).toMatchObject([
      { GroupName: name, VpcId: seedVpc, Tags: [{ Key: "Name", Value: name }] },
    ]);
    expect(await rulesOf(groups[part])).toEqual([...rules].sort());
  });

  it.each(wanted)("have an interface for %s at its address", async (part, name, address) => {
    const Filters = [{ Name: "group-id", Values: [groups[part]] }];
    const answer = await ec2.send(new DescribeNetworkInterfacesCommand({ Filters }));
    expect(answer.NetworkInterfaces).toMatchObject([
      {
        PrivateIpAddress: address,
        VpcId: seedVpc,
        Groups: [{ GroupId: groups[part], GroupName: name }],
        TagSet: [{ Key: "Name", Value: name }],
      },
    ]);
  });

  it("appear without an event", () => {
    expect(account.bus.events()).toEqual([]);
  });

  it("are planted once, however often they are asked for", async () => {
    expect(seedFiveServers(account)).toEqual(groups);
    const Filters = [{ Name: "vpc-id", Values: [seedVpc] }];
    const answer = await ec2.send(new DescribeSecurityGroupsCommand({ Filters }));
    const names = answer.SecurityGroups?.map(group => group.GroupName).sort();
    expect(names).toEqual([
      "default",
      "funai-api",
      "funai-deploy",
      "funai-runner",
      "funai-runtime",
      "funai-workspace-dev",
    ]);
  });
});

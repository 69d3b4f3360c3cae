// Does ModifySecurityGroupRules replace a rule in place, whole, and within its kind of peer?

import type { SecurityGroupRuleRequest } from "@aws-sdk/client-ec2";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  codeOf,
  type Endpoint,
  ingressOf,
  lineOf,
  makeGroup,
  place,
  rulesOf,
  startEndpoint,
} from "./ec2-endpoint.ts";

let endpoint: Endpoint;
let group: string;
let ids: string[];

beforeAll(async () => {
  endpoint = await startEndpoint();
});
afterAll(() => endpoint.stop());

beforeEach(async () => {
  ({ id: group } = await makeGroup(endpoint.client));
  const { SecurityGroupRules = [] } = await endpoint.client.authorizeSecurityGroupIngress({
    GroupId: group,
    IpPermissions: [
      {
        IpProtocol: "udp",
        FromPort: 53,
        ToPort: 53,
        IpRanges: [{ CidrIp: "10.44.0.0/16", Description: "resolver" }, { CidrIp: "10.45.0.0/16" }],
        Ipv6Ranges: [{ CidrIpv6: "2001:db8::/32" }],
        UserIdGroupPairs: [{ GroupId: group }],
      },
    ],
    TagSpecifications: [
      { ResourceType: "security-group-rule", Tags: [{ Key: "Name", Value: "dns" }] },
    ],
  });
  ids = SecurityGroupRules.map(rule => rule.SecurityGroupRuleId ?? "");
});

const mail: SecurityGroupRuleRequest = {
  IpProtocol: "tcp",
  FromPort: 25,
  ToPort: 25,
  CidrIpv4: "0.0.0.0/0",
};

function modify(...updates: [number, SecurityGroupRuleRequest][]) {
  return endpoint.client.modifySecurityGroupRules({
    GroupId: group,
    SecurityGroupRules: updates.map(([index, rule]) => ({
      SecurityGroupRuleId: ids[index],
      SecurityGroupRule: rule,
    })),
  });
}

async function ruleAt(index: number) {
  const rules = await rulesOf(endpoint.client, group);
  return rules.find(rule => rule.SecurityGroupRuleId === ids[index]);
}

describe("ModifySecurityGroupRules", () => {
  it("changes protocol, ports and block at once and keeps the id and the tags", async () => {
    await modify([0, mail]);
    const rule = await ruleAt(0);
    expect(rule && lineOf(rule)).toBe("ingress tcp 25 25 0.0.0.0/0");
    expect(rule?.Tags).toEqual([{ Key: "Name", Value: "dns" }]);
  });

  it("stores the canonical form", async () => {
    await modify([0, { ...mail, IpProtocol: "17", CidrIpv4: "10.9.8.7/8" }]);
    const rule = await ruleAt(0);
    expect(rule && lineOf(rule)).toBe("ingress udp 25 25 10.0.0.0/8");
  });

  it("clears a description that is not sent again", async () => {
    expect((await ruleAt(0))?.Description).toBe("resolver");
    await modify([0, mail]);
    expect((await ruleAt(0))?.Description).toBeUndefined();
  });

  const refusals: [string, number, SecurityGroupRuleRequest, string][] = [
    [
      "IPv4 into IPv6",
      0,
      { ...mail, CidrIpv4: undefined, CidrIpv6: "::/0" },
      "InvalidParameterValue",
    ],
    ["IPv6 into IPv4", 2, mail, "InvalidParameterValue"],
    ["a group into a block", 3, mail, "InvalidParameterValue"],
    ["a rule into one with two peers", 0, { ...mail, CidrIpv6: "::/0" }, "InvalidParameterValue"],
    [
      "a rule into one without a peer",
      0,
      { ...mail, CidrIpv4: undefined },
      "InvalidParameterValue",
    ],
    [
      "a rule into one without a protocol",
      0,
      { ...mail, IpProtocol: undefined },
      "InvalidParameterValue",
    ],
    ["a rule into one without ports", 0, { ...mail, ToPort: undefined }, "InvalidParameterValue"],
    [
      "a description EC2 does not take",
      0,
      { ...mail, Description: "<b>" },
      "InvalidParameterValue",
    ],
    [
      "a rule into its neighbour",
      0,
      { IpProtocol: "udp", FromPort: 53, ToPort: 53, CidrIpv4: "10.45.0.0/16" },
      "InvalidPermission.Duplicate",
    ],
    [
      "a group into an unknown one",
      3,
      { ...mail, CidrIpv4: undefined, ReferencedGroupId: "sg-0123456789abcdef1" },
      "InvalidGroup.NotFound",
    ],
  ];

  it.each(refusals)("does not turn %s", async (_, index, rule, code) => {
    const before = await rulesOf(endpoint.client, group);
    expect(await codeOf(modify([index, rule]))).toBe(code);
    expect(await rulesOf(endpoint.client, group)).toEqual(before);
  });

  it("changes nothing when one of two updates is refused", async () => {
    const before = await ingressOf(endpoint.client, group);
    const call = modify([0, mail], [1, { ...mail, CidrIpv4: "10.0.0.0/40" }]);
    expect(await codeOf(call)).toBe("InvalidParameterValue");
    expect(await ingressOf(endpoint.client, group)).toEqual(before);
  });

  it("refuses two rules that would become the same", async () => {
    expect(await codeOf(modify([0, mail], [1, mail]))).toBe("InvalidPermission.Duplicate");
  });

  it("refuses one id twice", async () => {
    const other = { ...mail, FromPort: 26, ToPort: 26 };
    expect(await codeOf(modify([0, mail], [0, other]))).toBe("InvalidParameterValue");
  });

  it("does not find a rule that was revoked, nor one of another group", async () => {
    const { client } = endpoint;
    await client.revokeSecurityGroupIngress({
      GroupId: group,
      SecurityGroupRuleIds: [ids[0] ?? ""],
    });
    expect(await codeOf(modify([0, mail]))).toBe("InvalidSecurityGroupRuleId.NotFound");
    const elsewhere = await makeGroup(client);
    const foreign = client.modifySecurityGroupRules({
      GroupId: elsewhere.id,
      SecurityGroupRules: [{ SecurityGroupRuleId: ids[1], SecurityGroupRule: mail }],
    });
    expect(await codeOf(foreign)).toBe("InvalidSecurityGroupRuleId.NotFound");
  });

  it("changes egress rules with the same call", async () => {
    const egress = (await rulesOf(endpoint.client, group)).find(rule => rule.IsEgress);
    ids.push(egress?.SecurityGroupRuleId ?? "");
    await modify([4, { ...mail, CidrIpv4: "10.0.0.0/8" }]);
    const rule = await ruleAt(4);
    expect(rule && lineOf(rule)).toBe("egress tcp 25 25 10.0.0.0/8");
  });

  it("changes the ports of a group rule and of a prefix-list rule", async () => {
    const { client, ec2 } = endpoint;
    const list = ec2.seed.prefixList(place, { name: "office", entries: [{ cidr: "10.0.0.0/8" }] });
    const { SecurityGroupRules = [] } = await client.authorizeSecurityGroupIngress({
      GroupId: group,
      IpPermissions: [{ IpProtocol: "-1", PrefixListIds: [{ PrefixListId: list }] }],
    });
    ids.push(SecurityGroupRules[0]?.SecurityGroupRuleId ?? "");
    const web = { IpProtocol: "tcp", FromPort: 80, ToPort: 80 };
    await modify([3, { ...web, ReferencedGroupId: group }], [4, { ...web, PrefixListId: list }]);
    const lines = (await ingressOf(client, group)).filter(line => line.includes("tcp 80"));
    expect(lines).toEqual([`ingress tcp 80 80 ${list}`, `ingress tcp 80 80 ${group}`].sort());
  });
});

describe("UpdateSecurityGroupRuleDescriptionsIngress", () => {
  const byId = (Description?: string) => ({
    GroupId: group,
    SecurityGroupRuleDescriptions: [{ SecurityGroupRuleId: ids[0], Description }],
  });

  it("replaces a description by id and removes it when it is left out", async () => {
    const { client } = endpoint;
    await client.updateSecurityGroupRuleDescriptionsIngress(byId("dns of the office"));
    expect((await ruleAt(0))?.Description).toBe("dns of the office");
    const { Return } = await client.updateSecurityGroupRuleDescriptionsIngress(byId());
    expect(Return).toBe(true);
    expect((await ruleAt(0))?.Description).toBeUndefined();
  });

  it("replaces a description by the rule's values", async () => {
    const range = { CidrIp: "10.45.0.0/16", Description: "branch" };
    await endpoint.client.updateSecurityGroupRuleDescriptionsIngress({
      GroupId: group,
      IpPermissions: [{ IpProtocol: "udp", FromPort: 53, ToPort: 53, IpRanges: [range] }],
    });
    expect((await ruleAt(1))?.Description).toBe("branch");
  });

  it("refuses values that match no rule, and ids of the other direction", async () => {
    const { client } = endpoint;
    const unknown = client.updateSecurityGroupRuleDescriptionsIngress({
      GroupId: group,
      IpPermissions: [
        { IpProtocol: "udp", FromPort: 54, ToPort: 54, IpRanges: [{ CidrIp: "10.45.0.0/16" }] },
      ],
    });
    expect(await codeOf(unknown)).toBe("InvalidPermission.NotFound");
    const egress = client.updateSecurityGroupRuleDescriptionsEgress(byId("x"));
    expect(await codeOf(egress)).toBe("InvalidSecurityGroupRuleId.NotFound");
  });
});

// Does revoke take away exactly what it names, and say what it could not find as EC2 does?

import type { IpPermission } from "@aws-sdk/client-ec2";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  account,
  codeOf,
  type Endpoint,
  ingressOf,
  makeGroup,
  rulesOf,
  startEndpoint,
} from "./ec2-endpoint.ts";

let endpoint: Endpoint;
let group: string;
let nextName = 0;

const tcp = (port: number, cidr: string): IpPermission => ({
  IpProtocol: "tcp",
  FromPort: port,
  ToPort: port,
  IpRanges: [{ CidrIp: cidr }],
});

beforeAll(async () => {
  endpoint = await startEndpoint();
});
afterAll(() => endpoint.stop());

function revoke(id: string, ...permissions: IpPermission[]) {
  return endpoint.client.revokeSecurityGroupIngress({ GroupId: id, IpPermissions: permissions });
}

async function open(id: string, ...permissions: IpPermission[]): Promise<string[]> {
  const { SecurityGroupRules = [] } = await endpoint.client.authorizeSecurityGroupIngress({
    GroupId: id,
    IpPermissions: permissions,
  });
  return SecurityGroupRules.map(rule => rule.SecurityGroupRuleId ?? "");
}

async function defaultVpcGroup(): Promise<string> {
  const { GroupId = "" } = await endpoint.client.createSecurityGroup({
    GroupName: `default-vpc-${nextName++}`,
    Description: "x",
  });
  return GroupId;
}

describe("by values", () => {
  beforeEach(async () => {
    ({ id: group } = await makeGroup(endpoint.client));
    await open(group, {
      ...tcp(22, "10.0.0.0/16"),
      IpRanges: [
        { CidrIp: "10.0.0.0/16", Description: "office" },
        { CidrIp: "10.1.0.0/16" },
        { CidrIp: "10.2.0.0/16" },
      ],
    });
  });

  it("removes one peer of several and names it", async () => {
    const { RevokedSecurityGroupRules } = await revoke(group, tcp(22, "10.1.0.0/16"));
    expect(RevokedSecurityGroupRules).toEqual([
      {
        SecurityGroupRuleId: expect.stringMatching(/^sgr-[0-9a-f]{17}$/),
        GroupId: group,
        IsEgress: false,
        IpProtocol: "tcp",
        FromPort: 22,
        ToPort: 22,
        CidrIpv4: "10.1.0.0/16",
      },
    ]);
    expect(await ingressOf(endpoint.client, group)).toEqual([
      "ingress tcp 22 22 10.0.0.0/16",
      "ingress tcp 22 22 10.2.0.0/16",
    ]);
  });

  it("does not need the description", async () => {
    await revoke(group, tcp(22, "10.0.0.0/16"));
    expect(await ingressOf(endpoint.client, group)).toHaveLength(2);
  });

  it.each([
    ["another port", tcp(23, "10.0.0.0/16")],
    ["a part of the block", tcp(22, "10.0.0.0/17")],
    ["a wider range of ports", { ...tcp(22, "10.0.0.0/16"), FromPort: 0 }],
    ["another kind of peer", { ...tcp(22, ""), IpRanges: [], Ipv6Ranges: [{ CidrIpv6: "::/0" }] }],
  ])("revokes nothing when one of two names %s", async (_, permission) => {
    const call = revoke(group, tcp(22, "10.2.0.0/16"), permission);
    expect(await codeOf(call)).toBe("InvalidPermission.NotFound");
    expect(await ingressOf(endpoint.client, group)).toHaveLength(3);
  });

  it("does not find an ingress rule among the egress rules", async () => {
    const call = endpoint.client.revokeSecurityGroupEgress({
      GroupId: group,
      IpPermissions: [tcp(22, "10.0.0.0/16")],
    });
    expect(await codeOf(call)).toBe("InvalidPermission.NotFound");
  });

  it("refuses a permission without a peer", async () => {
    const call = revoke(group, { IpProtocol: "tcp", FromPort: 22, ToPort: 22 });
    expect(await codeOf(call)).toBe("InvalidParameterValue");
  });

  it("finds an all-protocol rule whatever ports are sent with it", async () => {
    const { client } = endpoint;
    await client.revokeSecurityGroupEgress({
      GroupId: group,
      IpPermissions: [
        { IpProtocol: "-1", FromPort: 0, ToPort: 0, IpRanges: [{ CidrIp: "0.0.0.0/0" }] },
      ],
    });
    expect((await rulesOf(client, group)).filter(rule => rule.IsEgress)).toEqual([]);
  });

  it("names a referenced group by its id alone", async () => {
    const pair = { ...tcp(80, ""), IpRanges: [], UserIdGroupPairs: [{ GroupId: group }] };
    await open(group, pair);
    const full = { ...pair, UserIdGroupPairs: [{ GroupId: group, UserId: account }] };
    const { RevokedSecurityGroupRules } = await revoke(group, full);
    expect(RevokedSecurityGroupRules?.[0]?.ReferencedGroupId).toBe(group);
  });

  it("gives a rule that is made again a new id", async () => {
    const [first] = await open(group, tcp(443, "10.0.0.0/8"));
    await revoke(group, tcp(443, "10.0.0.0/8"));
    const [second] = await open(group, tcp(443, "10.0.0.0/8"));
    expect(second).not.toBe(first);
  });
});

describe("by values in a default VPC", () => {
  it("revokes what it finds and lists the rest", async () => {
    const id = await defaultVpcGroup();
    await open(id, tcp(22, "10.0.0.0/16"));
    const answer = await revoke(id, tcp(22, "10.0.0.0/16"), tcp(23, "10.9.9.9/16"));
    expect(answer.Return).toBe(true);
    expect(answer.RevokedSecurityGroupRules).toHaveLength(1);
    expect(answer.UnknownIpPermissions).toMatchObject([
      { IpProtocol: "tcp", FromPort: 23, ToPort: 23, IpRanges: [{ CidrIp: "10.9.0.0/16" }] },
    ]);
    expect(await ingressOf(endpoint.client, id)).toEqual([]);
  });

  it("answers true when it finds nothing at all", async () => {
    const answer = await revoke(await defaultVpcGroup(), tcp(22, "10.0.0.0/16"));
    expect([answer.Return, answer.UnknownIpPermissions?.length]).toEqual([true, 1]);
  });
});

describe("by rule id", () => {
  let ids: string[];

  beforeEach(async () => {
    ({ id: group } = await makeGroup(endpoint.client));
    ids = await open(group, tcp(22, "10.0.0.0/16"), tcp(23, "10.0.0.0/16"));
  });

  const byId = (...ruleIds: string[]) =>
    endpoint.client.revokeSecurityGroupIngress({ GroupId: group, SecurityGroupRuleIds: ruleIds });

  it("removes the rule and says what it was", async () => {
    const { RevokedSecurityGroupRules } = await byId(ids[0] ?? "");
    expect(RevokedSecurityGroupRules).toMatchObject([{ FromPort: 22, CidrIpv4: "10.0.0.0/16" }]);
    expect(await ingressOf(endpoint.client, group)).toEqual(["ingress tcp 23 23 10.0.0.0/16"]);
  });

  it.each([
    ["an unknown id", "sgr-0123456789abcdef1", "InvalidSecurityGroupRuleId.NotFound"],
    ["a malformed id", "sgr-1", "InvalidSecurityGroupRuleId.Malformed"],
  ])("revokes nothing when one of two is %s", async (_, id, code) => {
    expect(await codeOf(byId(ids[0] ?? "", id))).toBe(code);
    expect(await ingressOf(endpoint.client, group)).toHaveLength(2);
  });

  it("does not find an egress rule's id, nor a rule of another group", async () => {
    const egress = (await rulesOf(endpoint.client, group)).find(rule => rule.IsEgress);
    const elsewhere = await makeGroup(endpoint.client);
    const [foreign = ""] = await open(elsewhere.id, tcp(22, "10.0.0.0/16"));
    for (const id of [egress?.SecurityGroupRuleId ?? "", foreign]) {
      expect(await codeOf(byId(id))).toBe("InvalidSecurityGroupRuleId.NotFound");
    }
  });

  it("is an error in a default VPC too", async () => {
    const call = endpoint.client.revokeSecurityGroupIngress({
      GroupId: await defaultVpcGroup(),
      SecurityGroupRuleIds: ids,
    });
    expect(await codeOf(call)).toBe("InvalidSecurityGroupRuleId.NotFound");
  });

  it("refuses ids together with values", async () => {
    const call = endpoint.client.revokeSecurityGroupIngress({
      GroupId: group,
      SecurityGroupRuleIds: ids,
      IpPermissions: [tcp(22, "10.0.0.0/16")],
    });
    expect(await codeOf(call)).toBe("InvalidParameterCombination");
  });
});

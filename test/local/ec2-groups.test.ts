// Do groups come with EC2's own rules, keep EC2's naming, and come back filtered and in pages?

import { afterAll, beforeAll, describe, expect, it } from "vitest";
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

beforeAll(async () => {
  endpoint = await startEndpoint();
});
afterAll(() => endpoint.stop());

async function groupIn(vpcId: string, name: string) {
  const { SecurityGroups = [] } = await endpoint.client.describeSecurityGroups({
    Filters: [
      { Name: "vpc-id", Values: [vpcId] },
      { Name: "group-name", Values: [name] },
    ],
  });
  return SecurityGroups[0];
}

const egressOf = async (id: string) =>
  (await rulesOf(endpoint.client, id)).filter(rule => rule.IsEgress).map(lineOf);

describe("the rules EC2 makes by itself", () => {
  it("gives a new group no ingress and all IPv4 egress", async () => {
    const { id } = await makeGroup(endpoint.client);
    expect((await rulesOf(endpoint.client, id)).map(lineOf)).toEqual(["egress -1 -1 -1 0.0.0.0/0"]);
  });

  it("gives a default group everything from itself", async () => {
    const { vpcId } = await makeGroup(endpoint.client);
    const id = (await groupIn(vpcId, "default"))?.GroupId ?? "";
    expect(await ingressOf(endpoint.client, id)).toEqual([`ingress -1 -1 -1 ${id}`]);
    expect(await egressOf(id)).toEqual(["egress -1 -1 -1 0.0.0.0/0"]);
  });

  it("gives every region a default VPC with a default group", async () => {
    const { Vpcs = [] } = await endpoint.other.describeVpcs({
      Filters: [{ Name: "is-default", Values: ["true"] }],
    });
    expect(Vpcs.map(vpc => vpc.CidrBlock)).toEqual(["172.31.0.0/16"]);
    const { SecurityGroups = [] } = await endpoint.other.describeSecurityGroups({
      GroupNames: ["default"],
    });
    expect(SecurityGroups[0]?.VpcId).toBe(Vpcs[0]?.VpcId);
  });

  it("adds all IPv6 egress in a VPC with IPv6", async () => {
    const { client } = endpoint;
    const { Vpc } = await client.createVpc({
      CidrBlock: "10.0.0.0/16",
      AmazonProvidedIpv6CidrBlock: true,
    });
    const { GroupId = "" } = await client.createSecurityGroup({
      GroupName: "six",
      Description: "x",
      VpcId: Vpc?.VpcId,
    });
    expect((await egressOf(GroupId)).sort()).toEqual([
      "egress -1 -1 -1 0.0.0.0/0",
      "egress -1 -1 -1 ::/0",
    ]);
  });

  it("opens IPv6 egress when the VPC gets IPv6, on groups with untouched egress only", async () => {
    const { client } = endpoint;
    const touched = await makeGroup(client, "touched");
    const { vpcId } = touched;
    const { GroupId: untouched = "" } = await client.createSecurityGroup({
      GroupName: "untouched",
      Description: "x",
      VpcId: vpcId,
    });
    await client.authorizeSecurityGroupEgress({
      GroupId: touched.id,
      IpPermissions: [{ IpProtocol: "-1", IpRanges: [{ CidrIp: "10.0.0.0/8" }] }],
    });
    const { Ipv6CidrBlockAssociation } = await client.associateVpcCidrBlock({
      VpcId: vpcId,
      AmazonProvidedIpv6CidrBlock: true,
    });
    expect(Ipv6CidrBlockAssociation?.Ipv6CidrBlock).toMatch(/\/56$/);
    expect(await egressOf(untouched)).toContain("egress -1 -1 -1 ::/0");
    expect(await egressOf(touched.id)).not.toContain("egress -1 -1 -1 ::/0");
  });
});

describe("names", () => {
  it.each([
    ["sg-web", "InvalidParameterValue"],
    ["default", "InvalidGroup.Reserved"],
    ["x".repeat(256), "InvalidParameterValue"],
    ["web<1>", "InvalidParameterValue"],
    ["", "MissingParameter"],
  ])("refuses the name %j with %s", async (name, code) => {
    const call = endpoint.client.createSecurityGroup({ GroupName: name, Description: "x" });
    expect(await codeOf(call)).toBe(code);
  });

  it("are unique in a VPC whatever their case, and free in another", async () => {
    const { client } = endpoint;
    const { vpcId } = await makeGroup(client, "Web");
    const again = (VpcId: string) =>
      codeOf(client.createSecurityGroup({ GroupName: "wEB", Description: "x", VpcId }));
    expect(await again(vpcId)).toBe("InvalidGroup.Duplicate");
    expect(await again((await makeGroup(client)).vpcId)).toBe("InvalidGroup.Duplicate");
    expect(await again((await makeGroup(client, "other")).vpcId)).toBe("none");
  });

  it("refuses a VPC that is not there", async () => {
    const call = endpoint.client.createSecurityGroup({
      GroupName: "x",
      Description: "x",
      VpcId: "vpc-0123456789abcdef1",
    });
    expect(await codeOf(call)).toBe("InvalidVpcID.NotFound");
  });
});

describe("DeleteSecurityGroup", () => {
  it("refuses the default group", async () => {
    const { vpcId } = await makeGroup(endpoint.client);
    const id = (await groupIn(vpcId, "default"))?.GroupId;
    expect(await codeOf(endpoint.client.deleteSecurityGroup({ GroupId: id }))).toBe("CannotDelete");
  });

  it("refuses a group that another one refers to, and deletes it once it does not", async () => {
    const { client } = endpoint;
    const { id, vpcId } = await makeGroup(client);
    const { GroupId: other } = await client.createSecurityGroup({
      GroupName: "other",
      Description: "x",
      VpcId: vpcId,
    });
    const IpPermissions = [{ IpProtocol: "-1", UserIdGroupPairs: [{ GroupId: id }] }];
    await client.authorizeSecurityGroupIngress({ GroupId: other, IpPermissions });
    expect(await codeOf(client.deleteSecurityGroup({ GroupId: id }))).toBe("DependencyViolation");
    await client.revokeSecurityGroupIngress({ GroupId: other, IpPermissions });
    expect(await codeOf(client.deleteSecurityGroup({ GroupId: id }))).toBe("none");
    expect(await codeOf(client.describeSecurityGroups({ GroupIds: [id] }))).toBe(
      "InvalidGroup.NotFound",
    );
  });

  it("deletes a group that refers only to itself", async () => {
    const { client } = endpoint;
    const { id } = await makeGroup(client);
    const IpPermissions = [{ IpProtocol: "-1", UserIdGroupPairs: [{ GroupId: id }] }];
    await client.authorizeSecurityGroupIngress({ GroupId: id, IpPermissions });
    expect(await codeOf(client.deleteSecurityGroup({ GroupId: id }))).toBe("none");
  });
});

describe("describe", () => {
  it("groups rules by protocol and ports, without ports for all protocols", async () => {
    const { client } = endpoint;
    const { id } = await makeGroup(client);
    const https = { IpProtocol: "tcp", FromPort: 443, ToPort: 443 };
    await client.authorizeSecurityGroupIngress({
      GroupId: id,
      IpPermissions: [
        { ...https, IpRanges: [{ CidrIp: "10.0.0.0/8", Description: "a & b" }] },
        { ...https, UserIdGroupPairs: [{ GroupId: id }] },
        { IpProtocol: "-1", Ipv6Ranges: [{ CidrIpv6: "2001:db8::/32" }] },
      ],
    });
    const { SecurityGroups = [] } = await client.describeSecurityGroups({ GroupIds: [id] });
    expect(SecurityGroups[0]?.IpPermissions).toEqual([
      {
        ...https,
        IpRanges: [{ CidrIp: "10.0.0.0/8", Description: "a & b" }],
        Ipv6Ranges: [],
        PrefixListIds: [],
        UserIdGroupPairs: [{ GroupId: id, UserId: place.account }],
      },
      {
        IpProtocol: "-1",
        IpRanges: [],
        Ipv6Ranges: [{ CidrIpv6: "2001:db8::/32" }],
        PrefixListIds: [],
        UserIdGroupPairs: [],
      },
    ]);
  });

  it.each([
    ["group-name", "fil*-one", ["filter-one"]],
    ["group-name", "filter-t?o", ["filter-two"]],
    ["group-name", "filter-\\*", []],
    ["description", "number two", ["filter-two"]],
    ["tag:team", "red", ["filter-one"]],
    ["tag-key", "team", ["filter-one", "filter-two"]],
    ["tag:team", "*", ["filter-one", "filter-two"]],
    ["owner-id", place.account, ["default", "filter-one", "filter-two"]],
  ])("filters groups by %s %s", async (name, value, names) => {
    const vpcId = await filterVpc();
    const { SecurityGroups = [] } = await endpoint.client.describeSecurityGroups({
      Filters: [
        { Name: "vpc-id", Values: [vpcId] },
        { Name: name, Values: [value, "no such thing"] },
      ],
    });
    expect(SecurityGroups.map(group => group.GroupName).sort()).toEqual(names);
  });

  let filterVpcId: string | undefined;

  async function filterVpc(): Promise<string> {
    if (filterVpcId !== undefined) return filterVpcId;
    filterVpcId = endpoint.ec2.seed.vpc(place, { cidr: "10.0.0.0/16" });
    const plant = (name: string, description: string, team: string) =>
      endpoint.ec2.seed.group(place, {
        name,
        description,
        vpcId: filterVpcId ?? "",
        tags: { team },
      });
    plant("filter-one", "number one", "red");
    plant("filter-two", "number two", "blue");
    return filterVpcId;
  }

  it.each(["group-nam", "ip-permission.cidr-typo"])("refuses the unknown filter %s", async name => {
    const Filters = [{ Name: name, Values: ["x"] }];
    const { client } = endpoint;
    expect(await codeOf(client.describeSecurityGroups({ Filters }))).toBe("InvalidParameterValue");
    expect(await codeOf(client.describeSecurityGroupRules({ Filters }))).toBe(
      "InvalidParameterValue",
    );
  });

  it("walks pages without losing or repeating a group, while others are deleted", async () => {
    const { client, ec2 } = endpoint;
    const vpcId = ec2.seed.vpc(place, { cidr: "10.0.0.0/16" });
    const planted = Array.from({ length: 12 }, (_, i) =>
      ec2.seed.group(place, { name: `page-${i}`, vpcId }),
    );
    const Filters = [{ Name: "group-name", Values: ["page-*"] }];
    const seen: string[] = [];
    let NextToken: string | undefined;
    do {
      const page = await client.describeSecurityGroups({ Filters, MaxResults: 5, NextToken });
      const ids = (page.SecurityGroups ?? []).map(group => group.GroupId ?? "");
      seen.push(...ids);
      await client.deleteSecurityGroup({ GroupId: ids[0] });
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    expect(seen.toSorted()).toEqual(planted.toSorted());
  });

  it.each([
    [{ MaxResults: 4 }, "InvalidParameterValue"],
    [{ MaxResults: 1001 }, "InvalidParameterValue"],
    [{ NextToken: "made up" }, "InvalidNextToken"],
  ])("refuses the page %j", async (asked, code) => {
    expect(await codeOf(endpoint.client.describeSecurityGroupRules(asked))).toBe(code);
  });

  it("finds rules by id and by tag, and refuses ids it does not know", async () => {
    const { client } = endpoint;
    const { id } = await makeGroup(client);
    const { SecurityGroupRules = [] } = await client.authorizeSecurityGroupIngress({
      GroupId: id,
      IpPermissions: [{ IpProtocol: "-1", IpRanges: [{ CidrIp: "10.0.0.0/8" }] }],
    });
    const ruleId = SecurityGroupRules[0]?.SecurityGroupRuleId ?? "";
    const found = await client.describeSecurityGroupRules({ SecurityGroupRuleIds: [ruleId] });
    expect(found.SecurityGroupRules?.map(lineOf)).toEqual(["ingress -1 -1 -1 10.0.0.0/8"]);
    await client.createTags({ Resources: [ruleId, id], Tags: [{ Key: "seen", Value: "" }] });
    const tagged = await client.describeSecurityGroupRules({
      Filters: [{ Name: "tag:seen", Values: [""] }],
    });
    expect(tagged.SecurityGroupRules?.map(rule => rule.SecurityGroupRuleId)).toEqual([ruleId]);
    const unknown = { SecurityGroupRuleIds: [ruleId, "sgr-0123456789abcdef1"] };
    expect(await codeOf(client.describeSecurityGroupRules(unknown))).toBe(
      "InvalidSecurityGroupRuleId.NotFound",
    );
  });
});

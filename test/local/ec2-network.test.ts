// Do VPCs, subnets, interfaces, tags and quotas hold groups to what EC2 holds them to?

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  codeOf,
  type Endpoint,
  ingressOf,
  makeGroup,
  place,
  startEndpoint,
} from "./ec2-endpoint.ts";

let endpoint: Endpoint;

beforeAll(async () => {
  endpoint = await startEndpoint();
});
afterAll(() => endpoint.stop());

async function makeSubnet() {
  const { client } = endpoint;
  const { id: group, vpcId } = await makeGroup(client);
  const { Subnet } = await client.createSubnet({ VpcId: vpcId, CidrBlock: "10.0.1.0/24" });
  return { group, vpcId, subnetId: Subnet?.SubnetId ?? "" };
}

describe("network interfaces", () => {
  it("wear the groups asked for, and can be found by group", async () => {
    const { client } = endpoint;
    const { group, subnetId } = await makeSubnet();
    const { NetworkInterface } = await client.createNetworkInterface({
      SubnetId: subnetId,
      Groups: [group],
    });
    expect(NetworkInterface).toMatchObject({
      PrivateIpAddress: "10.0.1.4",
      Groups: [{ GroupId: group, GroupName: "web" }],
    });
    const { NetworkInterfaces = [] } = await client.describeNetworkInterfaces({
      Filters: [{ Name: "group-id", Values: [group] }],
    });
    expect(NetworkInterfaces.map(one => one.NetworkInterfaceId)).toEqual([
      NetworkInterface?.NetworkInterfaceId,
    ]);
  });

  it("get the VPC's default group and the next free address", async () => {
    const { subnetId } = await makeSubnet();
    const make = () => endpoint.client.createNetworkInterface({ SubnetId: subnetId });
    expect((await make()).NetworkInterface?.Groups?.[0]?.GroupName).toBe("default");
    expect((await make()).NetworkInterface?.PrivateIpAddress).toBe("10.0.1.5");
  });

  it("change their set of groups, which frees the old group for deletion", async () => {
    const { client } = endpoint;
    const { group, vpcId, subnetId } = await makeSubnet();
    const { GroupId: next = "" } = await client.createSecurityGroup({
      GroupName: "next",
      Description: "x",
      VpcId: vpcId,
    });
    const made = await client.createNetworkInterface({ SubnetId: subnetId, Groups: [group] });
    const NetworkInterfaceId = made.NetworkInterface?.NetworkInterfaceId ?? "";
    expect(await codeOf(client.deleteSecurityGroup({ GroupId: group }))).toBe(
      "DependencyViolation",
    );
    await client.modifyNetworkInterfaceAttribute({ NetworkInterfaceId, Groups: [next] });
    expect(await codeOf(client.deleteSecurityGroup({ GroupId: group }))).toBe("none");
    await client.deleteNetworkInterface({ NetworkInterfaceId });
    expect(await codeOf(client.deleteSecurityGroup({ GroupId: next }))).toBe("none");
  });

  it("are made once for one client token", async () => {
    const { client } = endpoint;
    const { subnetId } = await makeSubnet();
    const asked = { SubnetId: subnetId, ClientToken: "once" };
    const first = await client.createNetworkInterface(asked);
    const second = await client.createNetworkInterface(asked);
    expect(second.NetworkInterface?.NetworkInterfaceId).toBe(
      first.NetworkInterface?.NetworkInterfaceId,
    );
  });

  it("are refused with a group of another VPC, six groups, or a taken address", async () => {
    const { client } = endpoint;
    const { vpcId, subnetId } = await makeSubnet();
    const make = (asked: { Groups?: string[]; PrivateIpAddress?: string }) =>
      codeOf(client.createNetworkInterface({ SubnetId: subnetId, ...asked }));
    const foreign = await makeGroup(client);
    expect(await make({ Groups: [foreign.id] })).toBe("InvalidParameter");
    const six = Array.from({ length: 6 }, (_, i) =>
      endpoint.ec2.seed.group(place, { name: `six-${i}`, vpcId }),
    );
    expect(await make({ Groups: six })).toBe("SecurityGroupsPerInterfaceLimitExceeded");
    expect(await make({ PrivateIpAddress: "10.0.1.77" })).toBe("none");
    expect(await make({ PrivateIpAddress: "10.0.1.77" })).toBe("InvalidIPAddress.InUse");
    expect(await make({ PrivateIpAddress: "10.0.2.1" })).toBe("InvalidParameterValue");
  });

  it("come in pages", async () => {
    const { client, ec2 } = endpoint;
    const vpcId = ec2.seed.vpc(place, { cidr: "10.0.0.0/16" });
    const planted = Array.from({ length: 7 }, (_, i) =>
      ec2.seed.interface(place, { vpcId, address: `10.0.3.${i + 10}` }),
    );
    const Filters = [{ Name: "vpc-id", Values: [vpcId] }];
    const first = await client.describeNetworkInterfaces({ Filters, MaxResults: 5 });
    const { NextToken } = first;
    const second = await client.describeNetworkInterfaces({ Filters, MaxResults: 5, NextToken });
    const seen = [first, second].flatMap(page => page.NetworkInterfaces ?? []);
    expect(seen.map(one => one.NetworkInterfaceId ?? "").toSorted()).toEqual(planted.toSorted());
    expect(second.NextToken).toBeUndefined();
  });
});

describe("regions", () => {
  it("are those in which the account has something", async () => {
    const { client, ec2 } = endpoint;
    const before = (await client.describeRegions({})).Regions ?? [];
    expect(before.map(({ RegionName }) => RegionName)).not.toContain("eu-west-3");
    ec2.seed.vpc({ ...place, region: "eu-west-3" }, { cidr: "10.9.0.0/16" });
    const { Regions = [] } = await client.describeRegions({ RegionNames: ["eu-west-3"] });
    expect(Regions).toMatchObject([
      { RegionName: "eu-west-3", Endpoint: "ec2.eu-west-3.amazonaws.com" },
    ]);
  });
});

describe("subnets and VPCs", () => {
  it.each([
    ["10.1.0.0/24", "InvalidSubnet.Range"],
    ["10.0.1.128/25", "InvalidSubnet.Conflict"],
    ["10.0.0.0/16", "InvalidSubnet.Conflict"],
    ["10.0.2.0/24", "none"],
  ])("answers a subnet %s with %s", async (CidrBlock, code) => {
    const { vpcId } = await makeSubnet();
    const call = endpoint.client.createSubnet({ VpcId: vpcId, CidrBlock });
    expect(await codeOf(call)).toBe(code);
  });

  it.each([
    ["10.0.0.0/15", "InvalidVpc.Range"],
    ["10.0.0.0", "InvalidParameterValue"],
  ])("answers a VPC %s with %s", async (CidrBlock, code) => {
    expect(await codeOf(endpoint.client.createVpc({ CidrBlock }))).toBe(code);
  });

  it("refuses ids it does not know", async () => {
    const { client } = endpoint;
    const vpc = client.describeVpcs({ VpcIds: ["vpc-0123456789abcdef1"] });
    expect(await codeOf(vpc)).toBe("InvalidVpcID.NotFound");
    const subnet = client.describeSubnets({ SubnetIds: ["subnet-0123456789abcdef1"] });
    expect(await codeOf(subnet)).toBe("InvalidSubnetID.NotFound");
    const eni = client.describeNetworkInterfaces({
      NetworkInterfaceIds: ["eni-0123456789abcdef1"],
    });
    expect(await codeOf(eni)).toBe("InvalidNetworkInterfaceID.NotFound");
  });
});

describe("tags", () => {
  async function tagsOf(id: string) {
    const { SecurityGroups = [] } = await endpoint.client.describeSecurityGroups({
      GroupIds: [id],
    });
    return Object.fromEntries((SecurityGroups[0]?.Tags ?? []).map(tag => [tag.Key, tag.Value]));
  }

  it("are added, replaced and removed", async () => {
    const { client } = endpoint;
    const { id } = await makeGroup(client);
    const Resources = [id];
    const tag = (Key: string, Value: string) => ({ Key, Value });
    await client.createTags({ Resources, Tags: [tag("a", "1"), tag("b", "2"), tag("c", "<3&>")] });
    await client.createTags({ Resources, Tags: [tag("a", "one")] });
    expect(await tagsOf(id)).toEqual({ a: "one", b: "2", c: "<3&>" });
    await client.deleteTags({ Resources, Tags: [{ Key: "a" }, tag("b", "not 2")] });
    expect(await tagsOf(id)).toEqual({ b: "2", c: "<3&>" });
    await client.deleteTags({ Resources });
    expect(await tagsOf(id)).toEqual({});
  });

  it.each([
    [{ Key: "aws:x", Value: "1" }, "InvalidParameterValue"],
    [{ Key: "x".repeat(129), Value: "1" }, "InvalidParameterValue"],
    [{ Key: "x", Value: "x".repeat(257) }, "InvalidParameterValue"],
    [{ Key: "", Value: "x" }, "MissingParameter"],
  ])("refuses %j", async (tag, code) => {
    const { id } = await makeGroup(endpoint.client);
    const call = endpoint.client.createTags({ Resources: [id], Tags: [tag] });
    expect(await codeOf(call)).toBe(code);
  });

  it("tags nothing when one of two ids is unknown", async () => {
    const { client } = endpoint;
    const { id } = await makeGroup(client);
    const Tags = [{ Key: "a", Value: "1" }];
    const unknown = client.createTags({ Resources: [id, "sg-0123456789abcdef1"], Tags });
    expect(await codeOf(unknown)).toBe("InvalidGroup.NotFound");
    expect(await tagsOf(id)).toEqual({});
    const odd = client.createTags({ Resources: ["i-0123456789abcdef1"], Tags });
    expect(await codeOf(odd)).toBe("InvalidID");
  });

  it("refuses to tag one kind of thing as another while making it", async () => {
    const call = endpoint.client.createSecurityGroup({
      GroupName: "tagged",
      Description: "x",
      TagSpecifications: [{ ResourceType: "vpc", Tags: [{ Key: "a", Value: "1" }] }],
    });
    expect(await codeOf(call)).toBe("InvalidParameterValue");
  });
});

describe("the quota of rules", () => {
  const blocks = (count: number, first = 0) =>
    Array.from({ length: count }, (_, i) => ({ CidrIp: `10.${first + i}.0.0/16` }));
  const ipv6Blocks = (count: number) =>
    Array.from({ length: count }, (_, i) => ({ CidrIpv6: `2001:db8:${i}::/48` }));

  function open(id: string, permission: object) {
    return endpoint.client.authorizeSecurityGroupIngress({
      GroupId: id,
      IpPermissions: [{ IpProtocol: "-1", ...permission }],
    });
  }

  it("holds for each address family apart", async () => {
    const { id } = await makeGroup(endpoint.client);
    await open(id, { IpRanges: blocks(60) });
    await open(id, { Ipv6Ranges: ipv6Blocks(60) });
    const over = open(id, { IpRanges: blocks(1, 60) });
    expect(await codeOf(over)).toBe("RulesPerSecurityGroupLimitExceeded");
    expect(await ingressOf(endpoint.client, id)).toHaveLength(120);
  });

  it("holds for each direction apart, and adds none of a call that exceeds it", async () => {
    const { client } = endpoint;
    const { id } = await makeGroup(client);
    const over = await codeOf(open(id, { IpRanges: blocks(61) }));
    expect(over).toBe("RulesPerSecurityGroupLimitExceeded");
    expect(await ingressOf(client, id)).toEqual([]);
    const egress = (count: number) =>
      client.authorizeSecurityGroupEgress({
        GroupId: id,
        IpPermissions: [{ IpProtocol: "-1", IpRanges: blocks(count) }],
      });
    // The default egress rule is one of the sixty.
    expect(await codeOf(egress(60))).toBe("RulesPerSecurityGroupLimitExceeded");
    expect(await codeOf(egress(59))).toBe("none");
  });

  it("counts a group in both families", async () => {
    const { id } = await makeGroup(endpoint.client);
    await open(id, { Ipv6Ranges: ipv6Blocks(60) });
    const over = open(id, { UserIdGroupPairs: [{ GroupId: id }] });
    expect(await codeOf(over)).toBe("RulesPerSecurityGroupLimitExceeded");
  });

  it("counts a prefix list by what it may hold, not by what it holds", async () => {
    const { client, ec2 } = endpoint;
    const { id } = await makeGroup(client);
    const PrefixListId = ec2.seed.prefixList(place, {
      name: "roomy",
      entries: [{ cidr: "10.0.0.0/8" }],
      maxEntries: 20,
    });
    await open(id, { PrefixListIds: [{ PrefixListId }] });
    expect(await codeOf(open(id, { IpRanges: blocks(41) }))).toBe(
      "RulesPerSecurityGroupLimitExceeded",
    );
    expect(await codeOf(open(id, { IpRanges: blocks(40) }))).toBe("none");
  });
});

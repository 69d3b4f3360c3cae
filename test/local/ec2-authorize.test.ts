// Does authorize store what EC2 would store, and refuse what EC2 would refuse?

import type { IpPermission } from "@aws-sdk/client-ec2";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  account,
  codeOf,
  type Endpoint,
  ingressOf,
  lineOf,
  makeGroup,
  messageOf,
  otherAccount,
  place,
  rulesOf,
  startEndpoint,
} from "./ec2-endpoint.ts";

let endpoint: Endpoint;
let group: string;
let vpcId: string;

beforeAll(async () => {
  endpoint = await startEndpoint();
});
afterAll(() => endpoint.stop());
beforeEach(async () => {
  ({ id: group, vpcId } = await makeGroup(endpoint.client));
});

const ipv4 = (cidr: string) => ({ IpRanges: [{ CidrIp: cidr }] });
const ipv6 = (cidr: string) => ({ Ipv6Ranges: [{ CidrIpv6: cidr }] });
const tcp = (from: number, to = from) => ({ IpProtocol: "tcp", FromPort: from, ToPort: to });

function authorize(...permissions: IpPermission[]) {
  return endpoint.client.authorizeSecurityGroupIngress({
    GroupId: group,
    IpPermissions: permissions,
  });
}

describe("canonical form", () => {
  const rows: [IpPermission, string][] = [
    [{ ...tcp(443), ...ipv4("100.68.0.18/18") }, "tcp 443 443 100.68.0.0/18"],
    [{ ...tcp(443), ...ipv4("10.1.2.3/0") }, "tcp 443 443 0.0.0.0/0"],
    [{ ...tcp(443), ...ipv4("10.1.2.3/32") }, "tcp 443 443 10.1.2.3/32"],
    [{ ...tcp(0), ...ipv4("10.0.0.0/8") }, "tcp 0 0 10.0.0.0/8"],
    [{ ...tcp(443), ...ipv6("2001:0DB8:0:0::1/32") }, "tcp 443 443 2001:db8::/32"],
    [{ ...tcp(443), ...ipv6("0:0:0:0:0:0:0:0/0") }, "tcp 443 443 ::/0"],
    [{ ...tcp(443), ...ipv6("2001:db8:0:1:0:0:0:1/128") }, "tcp 443 443 2001:db8:0:1::1/128"],
    [{ ...tcp(443), ...ipv6("2001:0:0:1:0:0:0:1/128") }, "tcp 443 443 2001:0:0:1::1/128"],
    [{ ...tcp(443), ...ipv6("2001:db8:0:0:1:0:0:1/128") }, "tcp 443 443 2001:db8::1:0:0:1/128"],
    [{ ...tcp(443), ...ipv6("1:0:2:3:4:5:6:7/128") }, "tcp 443 443 1:0:2:3:4:5:6:7/128"],
    [{ ...tcp(443), ...ipv6("::ffff:10.0.0.1/128") }, "tcp 443 443 ::ffff:a00:1/128"],
    [{ ...tcp(22), IpProtocol: "6", ...ipv4("10.0.0.0/8") }, "tcp 22 22 10.0.0.0/8"],
    [{ ...tcp(22), IpProtocol: "TCP", ...ipv4("10.0.0.0/8") }, "tcp 22 22 10.0.0.0/8"],
    [{ ...tcp(53), IpProtocol: "17", ...ipv4("10.0.0.0/8") }, "udp 53 53 10.0.0.0/8"],
    [{ ...tcp(8, -1), IpProtocol: "1", ...ipv4("10.0.0.0/8") }, "icmp 8 -1 10.0.0.0/8"],
    [{ ...tcp(-1), IpProtocol: "icmp", ...ipv4("10.0.0.0/8") }, "icmp -1 -1 10.0.0.0/8"],
    [{ IpProtocol: "58", ...ipv6("::/0") }, "icmpv6 -1 -1 ::/0"],
    [{ ...tcp(128, 0), IpProtocol: "icmpv6", ...ipv6("::/0") }, "icmpv6 128 0 ::/0"],
    [{ IpProtocol: "50", ...ipv4("10.0.0.0/8") }, "50 -1 -1 10.0.0.0/8"],
    [{ ...tcp(22), IpProtocol: "50", ...ipv4("10.0.0.0/8") }, "50 -1 -1 10.0.0.0/8"],
    [{ IpProtocol: "-1", ...ipv4("10.0.0.0/8") }, "-1 -1 -1 10.0.0.0/8"],
    [{ ...tcp(22), IpProtocol: "-1", ...ipv4("10.0.0.0/8") }, "-1 -1 -1 10.0.0.0/8"],
  ];

  it.each(rows)("stores %j as %s", async (permission, line) => {
    await authorize(permission);
    expect(await ingressOf(endpoint.client, group)).toEqual([`ingress ${line}`]);
  });
});

describe("refusals", () => {
  const anywhere = ipv4("0.0.0.0/0");
  const rows: [string, IpPermission, string][] = [
    ["no mask", { ...tcp(22), ...ipv4("10.0.0.1") }, "InvalidParameterValue"],
    ["a mask over 32", { ...tcp(22), ...ipv4("10.0.0.0/33") }, "InvalidParameterValue"],
    ["an octet over 255", { ...tcp(22), ...ipv4("10.0.0.256/32") }, "InvalidParameterValue"],
    [
      "an octet with a zero before it",
      { ...tcp(22), ...ipv4("010.0.0.0/8") },
      "InvalidParameterValue",
    ],
    ["IPv6 among IPv4", { ...tcp(22), ...ipv4("::/0") }, "InvalidParameterValue"],
    ["IPv4 among IPv6", { ...tcp(22), ...ipv6("0.0.0.0/0") }, "InvalidParameterValue"],
    ["two compressions", { ...tcp(22), ...ipv6("1::2::3/64") }, "InvalidParameterValue"],
    ["a mask over 128", { ...tcp(22), ...ipv6("::/129") }, "InvalidParameterValue"],
    ["no peer", tcp(22), "InvalidParameterValue"],
    ["no protocol", { FromPort: 1, ToPort: 1, ...anywhere }, "InvalidParameterValue"],
    [
      "an unknown protocol",
      { ...tcp(22), IpProtocol: "sctpish", ...anywhere },
      "InvalidParameterValue",
    ],
    ["protocol 256", { IpProtocol: "256", ...anywhere }, "InvalidParameterValue"],
    ["tcp without ports", { IpProtocol: "tcp", ...anywhere }, "InvalidParameterValue"],
    ["udp with one port", { IpProtocol: "udp", FromPort: 1, ...anywhere }, "InvalidParameterValue"],
    ["ports the wrong way round", { ...tcp(443, 80), ...anywhere }, "InvalidParameterValue"],
    ["a port over 65535", { ...tcp(65536), ...anywhere }, "InvalidParameterValue"],
    ["tcp with port -1", { ...tcp(-1), ...anywhere }, "InvalidParameterValue"],
    ["icmp without a type", { IpProtocol: "icmp", ...anywhere }, "InvalidParameterValue"],
    [
      "any icmp type with one code",
      { ...tcp(-1, 0), IpProtocol: "icmp", ...anywhere },
      "InvalidParameterValue",
    ],
    [
      "an icmp type over 255",
      { ...tcp(256, 0), IpProtocol: "icmp", ...anywhere },
      "InvalidParameterValue",
    ],
    [
      "icmpv6 with a type alone",
      { IpProtocol: "icmpv6", FromPort: 128, ...ipv6("::/0") },
      "InvalidParameterValue",
    ],
    [
      "an unknown prefix list",
      { ...tcp(22), PrefixListIds: [{ PrefixListId: "pl-0123456789abcdef1" }] },
      "InvalidPrefixListID.NotFound",
    ],
    [
      "a malformed prefix list",
      { ...tcp(22), PrefixListIds: [{ PrefixListId: "pl-x" }] },
      "InvalidPrefixListId.Malformed",
    ],
    [
      "an unknown group",
      { ...tcp(22), UserIdGroupPairs: [{ GroupId: "sg-0123456789abcdef1" }] },
      "InvalidGroup.NotFound",
    ],
    [
      "a malformed group",
      { ...tcp(22), UserIdGroupPairs: [{ GroupId: "sg-web" }] },
      "InvalidGroupId.Malformed",
    ],
    [
      "a group's name outside the default VPC",
      { ...tcp(22), UserIdGroupPairs: [{ GroupName: "web" }] },
      "InvalidGroup.NotFound",
    ],
    [
      "a description in Chinese",
      { ...tcp(22), IpRanges: [{ CidrIp: "10.0.0.0/8", Description: "运维" }] },
      "InvalidParameterValue",
    ],
    [
      "a description with a quote",
      { ...tcp(22), IpRanges: [{ CidrIp: "10.0.0.0/8", Description: "it's" }] },
      "InvalidParameterValue",
    ],
    [
      "a description of 256 characters",
      { ...tcp(22), IpRanges: [{ CidrIp: "10.0.0.0/8", Description: "x".repeat(256) }] },
      "InvalidParameterValue",
    ],
  ];

  it.each(rows)("refuses %s", async (_, permission, code) => {
    expect(await codeOf(authorize(permission))).toBe(code);
    expect(await ingressOf(endpoint.client, group)).toEqual([]);
  });

  it("takes every character EC2 lists for a description", async () => {
    const description = "a Z 0 . _ - : / ( ) # , @ [ ] + = & ; { } ! $ *";
    await authorize({ ...tcp(22), IpRanges: [{ CidrIp: "10.0.0.0/8", Description: description }] });
    const [rule] = (await rulesOf(endpoint.client, group)).filter(one => !one.IsEgress);
    expect(rule?.Description).toBe(description);
  });

  it.each([
    ["sg-0123456789abcdef1", "InvalidGroup.NotFound"],
    ["sg-12", "InvalidGroupId.Malformed"],
    ["web", "InvalidGroupId.Malformed"],
  ])("refuses group id %s with %s", async (id, code) => {
    const call = endpoint.client.authorizeSecurityGroupIngress({
      GroupId: id,
      IpPermissions: [{ ...tcp(22), ...anywhere }],
    });
    expect(await codeOf(call)).toBe(code);
  });

  it("refuses a call that names no group", async () => {
    const call = endpoint.client.authorizeSecurityGroupIngress({
      IpPermissions: [{ ...tcp(22), ...anywhere }],
    });
    expect(await codeOf(call)).toBe("MissingParameter");
  });
});

describe("duplicates", () => {
  it("refuses a rule that is there, in EC2's words", async () => {
    await authorize({ ...tcp(3306), ...ipv4("10.0.0.0/16") });
    const again = authorize({ ...tcp(3306), ...ipv4("10.0.0.0/16") });
    expect(await messageOf(again)).toBe(
      'the specified rule "peer: 10.0.0.0/16, TCP, from port: 3306, to port: 3306, ALLOW" already exists',
    );
  });

  it.each([
    ["host bits", { ...tcp(22), ...ipv4("10.0.0.9/16") }],
    ["the protocol's number", { ...tcp(22), IpProtocol: "6", ...ipv4("10.0.0.0/16") }],
    [
      "another description",
      { ...tcp(22), IpRanges: [{ CidrIp: "10.0.0.0/16", Description: "x" }] },
    ],
  ])("knows a rule again in spite of %s", async (_, permission) => {
    await authorize({ ...tcp(22), ...ipv4("10.0.0.0/16") });
    expect(await codeOf(authorize(permission))).toBe("InvalidPermission.Duplicate");
  });

  it("refuses the same rule twice in one call", async () => {
    const call = authorize({
      ...tcp(22),
      IpRanges: [{ CidrIp: "10.0.0.0/8" }, { CidrIp: "10.1.0.0/8" }],
    });
    expect(await messageOf(call)).toBe("The same permission must not appear multiple times");
  });

  it("adds nothing when one rule of several is a duplicate", async () => {
    await authorize({ ...tcp(22), ...ipv4("10.0.0.0/16") });
    const call = authorize(
      { ...tcp(23), ...ipv4("10.0.0.0/16") },
      { ...tcp(22), ...ipv4("10.0.0.0/16") },
    );
    expect(await codeOf(call)).toBe("InvalidPermission.Duplicate");
    expect(await ingressOf(endpoint.client, group)).toEqual(["ingress tcp 22 22 10.0.0.0/16"]);
  });

  it("keeps ingress and egress apart", async () => {
    await authorize({ ...tcp(22), ...ipv4("10.0.0.0/16") });
    const { SecurityGroupRules } = await endpoint.client.authorizeSecurityGroupEgress({
      GroupId: group,
      IpPermissions: [{ ...tcp(22), ...ipv4("10.0.0.0/16") }],
    });
    expect(SecurityGroupRules?.map(lineOf)).toEqual(["egress tcp 22 22 10.0.0.0/16"]);
  });
});

describe("peers", () => {
  it("makes one rule with an id of its own for each peer", async () => {
    const { SecurityGroupRules = [] } = await authorize({
      ...tcp(443),
      IpRanges: [{ CidrIp: "10.0.0.0/8" }, { CidrIp: "172.16.0.0/12" }],
      Ipv6Ranges: [{ CidrIpv6: "2001:db8::/32" }],
      UserIdGroupPairs: [{ GroupId: group, Description: "itself" }],
    });
    const ids = new Set(SecurityGroupRules.map(rule => rule.SecurityGroupRuleId));
    expect(ids.size).toBe(4);
    expect(SecurityGroupRules[3]).toMatchObject({
      GroupOwnerId: account,
      Description: "itself",
      ReferencedGroupInfo: { GroupId: group, UserId: account },
    });
  });

  it("refuses a group of another VPC that is not peered", async () => {
    const elsewhere = await makeGroup(endpoint.client);
    const call = authorize({ ...tcp(22), UserIdGroupPairs: [{ GroupId: elsewhere.id }] });
    expect(await codeOf(call)).toBe("InvalidGroup.NotFound");
  });

  it("refuses an own group under another account's number", async () => {
    const call = authorize({
      ...tcp(22),
      UserIdGroupPairs: [{ GroupId: group, UserId: otherAccount }],
    });
    expect(await codeOf(call)).toBe("InvalidGroup.NotFound");
  });

  it("takes a group of another account's peered VPC, and shows it stale once it is gone", async () => {
    const { client, other, ec2 } = endpoint;
    const theirs = await makeGroup(other);
    const peeringId = ec2.seed.peering(place, {
      vpcId,
      peerVpcId: theirs.vpcId,
      peerAccount: otherAccount,
    });
    await authorize({ ...tcp(22), UserIdGroupPairs: [{ GroupId: theirs.id }] });
    const info = async () =>
      (await rulesOf(client, group)).find(rule => !rule.IsEgress)?.ReferencedGroupInfo;
    expect(await info()).toEqual({
      GroupId: theirs.id,
      UserId: otherAccount,
      VpcId: theirs.vpcId,
      VpcPeeringConnectionId: peeringId,
      PeeringStatus: "active",
    });
    await other.deleteSecurityGroup({ GroupId: theirs.id });
    expect((await info())?.UserId).toBeUndefined();
    const { StaleSecurityGroupSet } = await client.describeStaleSecurityGroups({ VpcId: vpcId });
    expect(StaleSecurityGroupSet?.map(stale => stale.GroupId)).toEqual([group]);
  });
});

describe("old forms", () => {
  it("takes the flat parameters for ingress", async () => {
    await endpoint.client.authorizeSecurityGroupIngress({
      GroupId: group,
      IpProtocol: "tcp",
      FromPort: 22,
      ToPort: 22,
      CidrIp: "10.0.0.7/24",
    });
    expect(await ingressOf(endpoint.client, group)).toEqual(["ingress tcp 22 22 10.0.0.0/24"]);
  });

  it("refuses the flat parameters for egress", async () => {
    const call = endpoint.client.authorizeSecurityGroupEgress({
      GroupId: group,
      IpProtocol: "tcp",
      FromPort: 22,
      ToPort: 22,
      CidrIp: "10.0.0.0/24",
    });
    expect(await codeOf(call)).toBe("InvalidParameterCombination");
  });

  it("takes group names in the default VPC, and opens all to a flat source group", async () => {
    const { client } = endpoint;
    const { GroupId = "" } = await client.createSecurityGroup({
      GroupName: "old",
      Description: "x",
    });
    await client.authorizeSecurityGroupIngress({
      GroupName: "old",
      SourceSecurityGroupName: "default",
    });
    const lines = await ingressOf(client, GroupId);
    expect(lines.map(line => line.split(" ").slice(1, 4).join(" "))).toEqual([
      "icmp -1 -1",
      "tcp 0 65535",
      "udp 0 65535",
    ]);
    expect(await codeOf(client.authorizeSecurityGroupIngress({ GroupName: "nobody" }))).toBe(
      "InvalidGroup.NotFound",
    );
  });
});

// Does the journal rebuild everything, do lagging reads show the past, and are seeds silent?

import { afterAll, beforeAll, expect, it } from "vitest";
import { createEc2, type Json } from "../../local/ec2/ec2.ts";
import {
  codeOf,
  type Endpoint,
  ingressOf,
  makeGroup,
  otherAccount,
  place,
  rulesOf,
  startEndpoint,
} from "./ec2-endpoint.ts";

let endpoint: Endpoint;

beforeAll(async () => {
  endpoint = await startEndpoint();
});
afterAll(() => endpoint.stop());

const all = { IpProtocol: "-1", IpRanges: [{ CidrIp: "10.0.0.0/8", Description: "all of it" }] };

/** Changes of every kind: made, changed, deleted, in two accounts. */
async function changeEverything(): Promise<string> {
  const { client, other, ec2 } = endpoint;
  const { id, vpcId } = await makeGroup(client);
  const { SecurityGroupRules = [] } = await client.authorizeSecurityGroupIngress({
    GroupId: id,
    IpPermissions: [all, { ...all, IpRanges: [{ CidrIp: "10.0.0.0/9" }] }],
  });
  const [first, second] = SecurityGroupRules.map(rule => rule.SecurityGroupRuleId ?? "");
  await client.modifySecurityGroupRules({
    GroupId: id,
    SecurityGroupRules: [
      {
        SecurityGroupRuleId: first,
        SecurityGroupRule: { IpProtocol: "-1", CidrIpv4: "10.1.0.0/16" },
      },
    ],
  });
  await client.revokeSecurityGroupIngress({ GroupId: id, SecurityGroupRuleIds: [second ?? ""] });
  await client.createTags({ Resources: [id], Tags: [{ Key: "__proto__", Value: "kept" }] });
  const { GroupId } = await client.createSecurityGroup({
    GroupName: "short-lived",
    Description: "x",
    VpcId: vpcId,
  });
  await client.deleteSecurityGroup({ GroupId });
  ec2.seed.interface(place, { vpcId, address: "10.0.1.1", groupIds: [id], publicIp: "192.0.2.1" });
  const PrefixListId = ec2.seed.prefixList(place, { name: "x", entries: [{ cidr: "10.0.0.0/8" }] });
  await client.modifyManagedPrefixList({ PrefixListId, RemoveEntries: [{ Cidr: "10.0.0.0/8" }] });
  await makeGroup(other);
  return id;
}

it("rebuilds the same state from the journal, and from a snapshot", async () => {
  await changeEverything();
  const state = JSON.parse(JSON.stringify(endpoint.ec2.snapshot())) as Json;
  const replayed = createEc2({ clock: Date.now });
  for (const entry of endpoint.journal) replayed.replay(entry);
  expect(replayed.snapshot()).toEqual(state);
  const restored = createEc2({ clock: Date.now });
  restored.restore(state);
  expect(restored.snapshot()).toEqual(state);
});

it("journals a change before it answers, and nothing for a call that fails", async () => {
  const { id } = await makeGroup(endpoint.client);
  const before = endpoint.journal.length;
  await endpoint.client.authorizeSecurityGroupIngress({ GroupId: id, IpPermissions: [all] });
  expect(endpoint.journal).toHaveLength(before + 1);
  const again = endpoint.client.authorizeSecurityGroupIngress({
    GroupId: id,
    IpPermissions: [all],
  });
  expect(await codeOf(again)).toBe("InvalidPermission.Duplicate");
  expect(endpoint.journal).toHaveLength(before + 1);
});

it("changes nothing when the journal cannot be written", async () => {
  let full = false;
  const broken = await startEndpoint({
    onChange: () => {
      if (full) throw new Error("disk full");
    },
  });
  const { id } = await makeGroup(broken.client);
  full = true;
  const call = broken.client.authorizeSecurityGroupIngress({ GroupId: id, IpPermissions: [all] });
  expect(await codeOf(call)).toBe("InternalError");
  expect(await ingressOf(broken.client, id)).toEqual([]);
  expect(broken.records.at(-1)?.errorCode).toBe("Server.InternalError");
  await broken.stop();
});

it("shows describes the past while reads lag, and checks changes against the present", async () => {
  const { client, ec2, clock } = endpoint;
  const { id } = await makeGroup(client);
  ec2.lagReads(1000);
  const open = () => client.authorizeSecurityGroupIngress({ GroupId: id, IpPermissions: [all] });
  await open();
  clock.now += 999;
  expect(await ingressOf(client, id)).toEqual([]);
  expect(await codeOf(open())).toBe("InvalidPermission.Duplicate");
  clock.now += 1;
  expect(await ingressOf(client, id)).toHaveLength(1);
  const { GroupId = "" } = await client.createSecurityGroup({
    GroupName: "late",
    Description: "x",
  });
  expect(await codeOf(client.describeSecurityGroups({ GroupIds: [GroupId] }))).toBe(
    "InvalidGroup.NotFound",
  );
  ec2.lagReads(0);
  expect(await codeOf(client.describeSecurityGroups({ GroupIds: [GroupId] }))).toBe("none");
});

it("plants a network with chosen ids, in canonical form and without a record", async () => {
  const { client, ec2, records } = endpoint;
  const before = records.length;
  const vpcId = ec2.seed.vpc(place, { vpcId: "vpc-0a1b2c3d4e5f60718", cidr: "172.21.0.0/16" });
  const groupId = ec2.seed.group(place, {
    groupId: "sg-0a1b2c3d4e5f60718",
    name: "planted",
    vpcId,
    defaultEgress: false,
    rules: [{ protocol: "6", from: 80, to: 80, cidr: "10.0.0.9/8", description: "web" }],
  });
  ec2.seed.interface(place, {
    networkInterfaceId: "eni-0a1b2c3d4e5f60718",
    vpcId,
    address: "172.21.138.91",
    groupIds: [groupId],
  });
  expect(await ingressOf(client, groupId)).toEqual(["ingress tcp 80 80 10.0.0.0/8"]);
  expect(await rulesOf(client, groupId)).toHaveLength(1);
  const { NetworkInterfaces = [] } = await client.describeNetworkInterfaces({
    Filters: [{ Name: "group-id", Values: [groupId] }],
  });
  expect(NetworkInterfaces.map(one => one.PrivateIpAddress)).toEqual(["172.21.138.91"]);
  expect(records).toHaveLength(before);
  const again = () => ec2.seed.vpc(place, { vpcId: "vpc-0a1b2c3d4e5f60718", cidr: "10.0.0.0/16" });
  expect(again).toThrow("is there already");
});

it("plants a rule with a group of another account only where the VPCs are peered", async () => {
  const { client, other, ec2 } = endpoint;
  const mine = await makeGroup(client);
  const theirs = await makeGroup(other);
  const plant = (name: string) =>
    ec2.seed.group(place, {
      name,
      vpcId: mine.vpcId,
      rules: [{ protocol: "-1", groupId: theirs.id, account: otherAccount }],
    });
  expect(() => plant("before")).toThrow("is not peered");
  ec2.seed.peering(place, {
    vpcId: mine.vpcId,
    peerVpcId: theirs.vpcId,
    peerAccount: otherAccount,
  });
  const rules = await rulesOf(client, plant("after"));
  expect(rules.find(rule => !rule.IsEgress)?.ReferencedGroupInfo).toMatchObject({
    GroupId: theirs.id,
    UserId: otherAccount,
    VpcId: theirs.vpcId,
    PeeringStatus: "active",
  });
});

it("takes a planted default VPC for the default one", async () => {
  const fresh = await startEndpoint();
  const vpcId = fresh.ec2.seed.vpc(place, { cidr: "172.21.0.0/16", isDefault: true });
  const { GroupId } = await fresh.client.createSecurityGroup({ GroupName: "x", Description: "x" });
  const { Vpcs = [] } = await fresh.client.describeVpcs({});
  expect(Vpcs.map(vpc => [vpc.VpcId, vpc.IsDefault])).toEqual([[vpcId, true]]);
  const { SecurityGroups = [] } = await fresh.client.describeSecurityGroups({
    GroupIds: [GroupId ?? ""],
  });
  expect(SecurityGroups[0]?.VpcId).toBe(vpcId);
  await fresh.stop();
});

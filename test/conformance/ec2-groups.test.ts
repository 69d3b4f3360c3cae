// Do the local account and moto agree about groups, tags, prefix lists and interfaces, where moto is
// right? Each test runs against both; where they differ is differences.ts.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { codeOf, lineOf, rulesOf } from "../local/ec2-endpoint.ts";
import { ipv4, type Subject, startSubject, subjectNames, type Trial } from "./trial.ts";

const nobody = "sg-0123456789abcdef1";

describe.each(subjectNames)("%s", name => {
  let subject: Subject;
  let trial: Trial;
  beforeAll(async () => {
    subject = await startSubject(name);
  });
  afterAll(() => subject.stop());
  beforeEach(async () => {
    trial = await subject.trial();
  });

  const groupsBy = async (Name: string, ...Values: string[]) => {
    const { SecurityGroups = [] } = await subject.client.describeSecurityGroups({
      Filters: [{ Name, Values }],
    });
    return SecurityGroups.map(group => group.GroupId);
  };

  describe("groups", () => {
    it("have all egress and no ingress when they are new", async () => {
      const rules = await rulesOf(trial.client, trial.groupId);
      expect(rules).toHaveLength(1);
      expect(rules[0]).toMatchObject({ IsEgress: true, IpProtocol: "-1", CidrIpv4: "0.0.0.0/0" });
    });

    it("have IPv6 egress as well where their VPC has an IPv6 block", async () => {
      const { client } = subject;
      const { Vpc } = await client.createVpc({
        CidrBlock: "10.1.0.0/16",
        AmazonProvidedIpv6CidrBlock: true,
      });
      const VpcId = Vpc?.VpcId ?? "";
      subject.afterwards(() => client.deleteVpc({ VpcId }));
      const { GroupId = "" } = await client.createSecurityGroup({
        GroupName: "both",
        Description: "x",
        VpcId,
      });
      subject.afterwards(() => client.deleteSecurityGroup({ GroupId }));
      const rules = await rulesOf(client, GroupId);
      expect(rules.map(rule => rule.CidrIpv4 ?? rule.CidrIpv6).sort()).toEqual([
        "0.0.0.0/0",
        "::/0",
      ]);
    });

    it("are described with their rules grouped by protocol and ports", async () => {
      await trial.authorize(ipv4("tcp", 22, 22, "10.0.0.0/8"));
      await trial.authorize(ipv4("tcp", 22, 22, "172.16.0.0/12"));
      await trial.authorize(ipv4("udp", 53, 53, "10.0.0.0/8"));
      const { SecurityGroups } = await trial.client.describeSecurityGroups({
        GroupIds: [trial.groupId],
      });
      const group = SecurityGroups?.[0];
      expect(group).toMatchObject({ GroupId: trial.groupId, VpcId: trial.vpcId });
      const shown = (group?.IpPermissions ?? []).map(permission => [
        permission.IpProtocol,
        (permission.IpRanges ?? []).map(range => range.CidrIp).sort(),
      ]);
      expect(shown.sort()).toEqual([
        ["tcp", ["10.0.0.0/8", "172.16.0.0/12"]],
        ["udp", ["10.0.0.0/8"]],
      ]);
    });

    it.each([
      ["tag:conformance", "filtered"],
      ["tag-key", "conformance"],
    ])("are found by %s", async (filter, value) => {
      const tag = { Key: "conformance", Value: "filtered" };
      await trial.client.createTags({ Resources: [trial.groupId], Tags: [tag] });
      expect(await groupsBy(filter, value)).toContain(trial.groupId);
      expect(await groupsBy(filter, `${value}x`)).not.toContain(trial.groupId);
    });

    it("are found by id, VPC and name", async () => {
      expect(await groupsBy("group-id", trial.groupId, nobody)).toEqual([trial.groupId]);
      expect(await groupsBy("vpc-id", trial.vpcId)).toContain(trial.groupId);
      expect(await groupsBy("vpc-id", "vpc-0fedcba9876543210")).toEqual([]);
      const { SecurityGroups } = await trial.client.describeSecurityGroups({
        Filters: [
          { Name: "group-name", Values: ["default"] },
          { Name: "vpc-id", Values: [trial.vpcId] },
        ],
      });
      expect(SecurityGroups).toHaveLength(1);
    });

    it("carry the tags they are made with, and lose a tag by its key", async () => {
      const { client, vpcId } = trial;
      const { GroupId = "" } = await client.createSecurityGroup({
        GroupName: `tagged-${trial.groupId.slice(3)}`,
        Description: "x",
        VpcId: vpcId,
        TagSpecifications: [
          {
            ResourceType: "security-group",
            Tags: [
              { Key: "role", Value: "runtime" },
              { Key: "team", Value: "web" },
            ],
          },
        ],
      });
      subject.afterwards(() => client.deleteSecurityGroup({ GroupId }));
      const tags = async () => {
        const { SecurityGroups } = await client.describeSecurityGroups({ GroupIds: [GroupId] });
        return (SecurityGroups?.[0]?.Tags ?? []).map(tag => `${tag.Key}=${tag.Value}`).sort();
      };
      expect(await tags()).toEqual(["role=runtime", "team=web"]);
      await client.deleteTags({ Resources: [GroupId], Tags: [{ Key: "team" }] });
      expect(await tags()).toEqual(["role=runtime"]);
    });

    it("are gone once they are deleted", async () => {
      const { client, groupId: GroupId } = trial;
      await client.deleteSecurityGroup({ GroupId });
      expect(await groupsBy("group-id", GroupId)).toEqual([]);
      expect(await rulesOf(client, GroupId)).toEqual([]);
      expect(await codeOf(client.deleteSecurityGroup({ GroupId }))).toBe("InvalidGroup.NotFound");
    });
  });

  describe("error codes", () => {
    const permission = ipv4("tcp", 22, 22, "10.0.0.0/8");
    const input = { GroupId: nobody, IpPermissions: [permission] };

    it.each<[string, string, () => Promise<unknown>]>([
      [
        "describing a group that does not exist",
        "InvalidGroup.NotFound",
        () => subject.client.describeSecurityGroups({ GroupIds: [nobody] }),
      ],
      [
        "authorizing ingress on it",
        "InvalidGroup.NotFound",
        () => subject.client.authorizeSecurityGroupIngress(input),
      ],
      [
        "authorizing egress on it",
        "InvalidGroup.NotFound",
        () => subject.client.authorizeSecurityGroupEgress(input),
      ],
      [
        "revoking ingress on it",
        "InvalidGroup.NotFound",
        () => subject.client.revokeSecurityGroupIngress(input),
      ],
      [
        "revoking egress on it",
        "InvalidGroup.NotFound",
        () => subject.client.revokeSecurityGroupEgress(input),
      ],
      [
        "creating a group with a name that is taken in its VPC",
        "InvalidGroup.Duplicate",
        async () => {
          const taken = { GroupName: "taken", Description: "x", VpcId: subject.vpcId };
          const { GroupId } = await subject.client.createSecurityGroup(taken);
          subject.afterwards(() => subject.client.deleteSecurityGroup({ GroupId }));
          return subject.client.createSecurityGroup(taken);
        },
      ],
      [
        "a dry run of authorize",
        "DryRunOperation",
        () =>
          trial.client.authorizeSecurityGroupIngress({
            GroupId: trial.groupId,
            IpPermissions: [permission],
            DryRun: true,
          }),
      ],
      [
        "a dry run of revoke",
        "DryRunOperation",
        () =>
          trial.client.revokeSecurityGroupEgress({
            GroupId: trial.groupId,
            IpPermissions: [{ IpProtocol: "-1", IpRanges: [{ CidrIp: "0.0.0.0/0" }] }],
            DryRun: true,
          }),
      ],
      [
        "a dry run of create",
        "DryRunOperation",
        () =>
          subject.client.createSecurityGroup({
            GroupName: "dry",
            Description: "x",
            VpcId: subject.vpcId,
            DryRun: true,
          }),
      ],
    ])("of %s is %s", async (_, code, call) => {
      expect(await codeOf(call())).toBe(code);
      const rules = await rulesOf(trial.client, trial.groupId);
      expect(rules.map(rule => rule.CidrIpv4)).toEqual(["0.0.0.0/0"]);
    });
  });

  describe("prefix lists", () => {
    const list = async (...cidrs: string[]) => {
      const { PrefixList } = await subject.client.createManagedPrefixList({
        PrefixListName: "office",
        AddressFamily: "IPv4",
        MaxEntries: 5,
        Entries: cidrs.map(Cidr => ({ Cidr })),
      });
      const PrefixListId = PrefixList?.PrefixListId ?? "";
      subject.afterwards(() => subject.client.deleteManagedPrefixList({ PrefixListId }));
      return PrefixListId;
    };
    const entries = async (PrefixListId: string) => {
      const { Entries = [] } = await subject.client.getManagedPrefixListEntries({ PrefixListId });
      return Entries.map(entry => entry.Cidr).sort();
    };

    it("gain a version with every change of their entries", async () => {
      const PrefixListId = await list("192.0.2.0/24", "198.51.100.0/24");
      expect(await entries(PrefixListId)).toEqual(["192.0.2.0/24", "198.51.100.0/24"]);
      await subject.client.modifyManagedPrefixList({
        PrefixListId,
        PrefixListName: "office",
        CurrentVersion: 1,
        AddEntries: [{ Cidr: "203.0.113.0/24" }],
        RemoveEntries: [{ Cidr: "192.0.2.0/24" }],
      });
      expect(await entries(PrefixListId)).toEqual(["198.51.100.0/24", "203.0.113.0/24"]);
      const { PrefixLists } = await subject.client.describeManagedPrefixLists({
        PrefixListIds: [PrefixListId],
      });
      expect(PrefixLists?.[0]).toMatchObject({
        PrefixListName: "office",
        Version: 2,
        MaxEntries: 5,
      });
    });

    it("are the peer of a rule, and revoked as such", async () => {
      const PrefixListId = await list("192.0.2.0/24");
      const permission = { ...ipv4("tcp", 443, 443), PrefixListIds: [{ PrefixListId }] };
      await trial.authorize(permission);
      expect(await trial.ingress()).toEqual([`ingress tcp 443 443 ${PrefixListId}`]);
      expect(await codeOf(trial.authorize(permission))).toBe("InvalidPermission.Duplicate");
      await trial.revoke(permission);
      expect(await trial.ingress()).toEqual([]);
    });
  });

  describe("references", () => {
    it("to another group of the VPC are rules, and revoked as such", async () => {
      const other = await subject.trial();
      const permission = {
        ...ipv4("tcp", 5432, 5432),
        UserIdGroupPairs: [{ GroupId: other.groupId }],
      };
      await trial.authorize(permission);
      const rules = await rulesOf(trial.client, trial.groupId);
      expect(rules.map(lineOf)).toContain(`ingress tcp 5432 5432 ${other.groupId}`);
      await trial.revoke(permission);
      expect(await trial.ingress()).toEqual([]);
    });
  });

  describe("interfaces", () => {
    it("wear the groups they are given last, and are found by group", async () => {
      const { client, vpcId } = subject;
      const other = await subject.trial();
      const { Subnet } = await client.createSubnet({ VpcId: vpcId, CidrBlock: "10.0.7.0/24" });
      subject.afterwards(() => client.deleteSubnet({ SubnetId: Subnet?.SubnetId ?? "" }));
      const { NetworkInterface } = await client.createNetworkInterface({
        SubnetId: Subnet?.SubnetId ?? "",
        Groups: [trial.groupId],
      });
      const NetworkInterfaceId = NetworkInterface?.NetworkInterfaceId ?? "";
      subject.afterwards(() => client.deleteNetworkInterface({ NetworkInterfaceId }));
      const wearers = async (groupId: string) => {
        const { NetworkInterfaces = [] } = await client.describeNetworkInterfaces({
          Filters: [{ Name: "group-id", Values: [groupId] }],
        });
        return NetworkInterfaces.map(one => one.NetworkInterfaceId);
      };
      expect(await wearers(trial.groupId)).toEqual([NetworkInterfaceId]);
      await client.modifyNetworkInterfaceAttribute({ NetworkInterfaceId, Groups: [other.groupId] });
      expect(await wearers(trial.groupId)).toEqual([]);
      expect(await wearers(other.groupId)).toEqual([NetworkInterfaceId]);
    });
  });
});

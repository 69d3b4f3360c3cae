// Do the local account and moto agree about rules, where moto is right? Each test runs against both;
// where they differ is differences.ts.
import type { IpPermission, SecurityGroupRule } from "@aws-sdk/client-ec2";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { codeOf, lineOf, rulesOf } from "../local/ec2-endpoint.ts";
import { ipv4, ipv6, type Subject, startSubject, subjectNames, type Trial } from "./trial.ts";

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

  const idOf = (rule: SecurityGroupRule | undefined) => rule?.SecurityGroupRuleId ?? "";
  const all = () => rulesOf(trial.client, trial.groupId);
  const opened = async (permission: IpPermission) =>
    (await trial.authorize(permission)).SecurityGroupRules ?? [];

  it.each<[IpPermission, string]>([
    [ipv4("tcp", 22, 22, "10.0.0.0/8"), "tcp 22 22 10.0.0.0/8"],
    [ipv4("tcp", 0, 65535, "0.0.0.0/0"), "tcp 0 65535 0.0.0.0/0"],
    [ipv4("tcp", 8000, 8100, "192.0.2.1/32"), "tcp 8000 8100 192.0.2.1/32"],
    [ipv4("udp", 53, 53, "128.0.0.0/1"), "udp 53 53 128.0.0.0/1"],
    [ipv4("TCP", 22, 22, "10.0.0.0/8"), "tcp 22 22 10.0.0.0/8"],
    [ipv4("6", 22, 22, "10.0.0.0/8"), "tcp 22 22 10.0.0.0/8"],
    [ipv4("17", 53, 53, "10.0.0.0/8"), "udp 53 53 10.0.0.0/8"],
    [ipv4("1", 8, 0, "10.0.0.0/8"), "icmp 8 0 10.0.0.0/8"],
    [ipv4("icmp", 8, -1, "10.0.0.0/8"), "icmp 8 -1 10.0.0.0/8"],
    [ipv4("icmp", -1, -1, "10.0.0.0/8"), "icmp -1 -1 10.0.0.0/8"],
    [ipv6("tcp", 443, 443, "::/0"), "tcp 443 443 ::/0"],
    [ipv6("udp", 1, 2, "2001:db8::/32"), "udp 1 2 2001:db8::/32"],
    [ipv6("icmpv6", -1, -1, "::/0"), "icmpv6 -1 -1 ::/0"],
  ])("stores %j as %s", async (permission, line) => {
    await trial.authorize(permission);
    expect(await trial.ingress()).toEqual([`ingress ${line}`]);
  });

  it.each<[string, IpPermission, string]>([
    ["a mask over 32", ipv4("tcp", 22, 22, "10.0.0.0/33"), "InvalidParameterValue"],
    ["a block without a mask", ipv4("tcp", 22, 22, "10.0.0.1"), "InvalidParameterValue"],
    ["text for a block", ipv4("tcp", 22, 22, "everybody"), "InvalidParameterValue"],
    [
      "a group that does not exist",
      {
        IpProtocol: "tcp",
        FromPort: 22,
        ToPort: 22,
        UserIdGroupPairs: [{ GroupId: "sg-0123456789abcdef1" }],
      },
      "InvalidGroup.NotFound",
    ],
  ])("refuses %s", async (_, permission, code) => {
    expect(await codeOf(trial.authorize(permission))).toBe(code);
    expect(await trial.ingress()).toEqual([]);
  });

  it("gives each peer of one ip permission a rule and an id of its own", async () => {
    const rules = await opened({
      ...ipv4("tcp", 443, 443, "10.0.0.0/8", "172.16.0.0/12"),
      Ipv6Ranges: [{ CidrIpv6: "2001:db8::/32" }],
      UserIdGroupPairs: [{ GroupId: trial.groupId }],
    });
    expect(rules.map(lineOf).sort()).toEqual(
      ["10.0.0.0/8", "172.16.0.0/12", "2001:db8::/32", trial.groupId]
        .map(peer => `ingress tcp 443 443 ${peer}`)
        .sort(),
    );
    expect(new Set(rules.map(idOf)).size).toBe(4);
    for (const rule of rules) expect(idOf(rule)).toMatch(/^sgr-[0-9a-f]{17}$/);
  });

  it("shows a rule with its group, direction, description and tags", async () => {
    await trial.client.authorizeSecurityGroupIngress({
      GroupId: trial.groupId,
      IpPermissions: [
        { ...ipv4("tcp", 22, 22), IpRanges: [{ CidrIp: "10.0.0.0/8", Description: "office" }] },
      ],
      TagSpecifications: [
        { ResourceType: "security-group-rule", Tags: [{ Key: "team", Value: "web" }] },
      ],
    });
    const rule = (await all()).find(one => !one.IsEgress);
    expect(rule).toMatchObject({
      GroupId: trial.groupId,
      IsEgress: false,
      Description: "office",
      Tags: [{ Key: "team", Value: "web" }],
    });
  });

  it("refuses a rule that is there, with or without another description", async () => {
    await trial.authorize(ipv4("tcp", 22, 22, "10.0.0.0/8"));
    const again = {
      ...ipv4("tcp", 22, 22),
      IpRanges: [{ CidrIp: "10.0.0.0/8", Description: "x" }],
    };
    expect(await codeOf(trial.authorize(ipv4("tcp", 22, 22, "10.0.0.0/8")))).toBe(
      "InvalidPermission.Duplicate",
    );
    expect(await codeOf(trial.authorize(again))).toBe("InvalidPermission.Duplicate");
    expect(await trial.ingress()).toHaveLength(1);
  });

  it("takes the same rule in the other direction, on another port and for another peer", async () => {
    await trial.authorize(ipv4("tcp", 22, 22, "10.0.0.0/8"));
    await trial.authorize(ipv4("tcp", 22, 23, "10.0.0.0/8"));
    await trial.authorize(ipv4("tcp", 22, 22, "10.0.0.0/9"));
    await trial.client.authorizeSecurityGroupEgress({
      GroupId: trial.groupId,
      IpPermissions: [ipv4("tcp", 22, 22, "10.0.0.0/8")],
    });
    expect((await all()).map(lineOf)).toContain("egress tcp 22 22 10.0.0.0/8");
    expect(await trial.ingress()).toHaveLength(3);
  });

  it("revokes one block of an ip permission by its values, without its description", async () => {
    await trial.authorize({
      ...ipv4("tcp", 22, 22),
      IpRanges: [{ CidrIp: "10.0.0.0/8", Description: "office" }, { CidrIp: "172.16.0.0/12" }],
    });
    await trial.revoke(ipv4("tcp", 22, 22, "10.0.0.0/8"));
    expect(await trial.ingress()).toEqual(["ingress tcp 22 22 172.16.0.0/12"]);
  });

  it("revokes by id, and gives the same rule a new id when it comes back", async () => {
    const [first] = await opened(ipv4("tcp", 22, 22, "10.0.0.0/8"));
    await trial.client.revokeSecurityGroupIngress({
      GroupId: trial.groupId,
      SecurityGroupRuleIds: [idOf(first)],
    });
    expect(await trial.ingress()).toEqual([]);
    const [second] = await opened(ipv4("tcp", 22, 22, "10.0.0.0/8"));
    expect(idOf(second)).not.toBe(idOf(first));
  });

  it.each<[string, IpPermission]>([
    ["another port", ipv4("tcp", 23, 23, "10.0.0.0/8")],
    ["a part of the ports", ipv4("tcp", 22, 22, "10.0.0.0/8")],
    ["another protocol", ipv4("udp", 22, 25, "10.0.0.0/8")],
    ["a part of the block", ipv4("tcp", 22, 25, "10.0.0.0/9")],
  ])("does not revoke a rule by %s", async (_, permission) => {
    await trial.authorize(ipv4("tcp", 22, 25, "10.0.0.0/8"));
    expect(await codeOf(trial.revoke(permission))).toBe("InvalidPermission.NotFound");
    expect(await trial.ingress()).toEqual(["ingress tcp 22 25 10.0.0.0/8"]);
  });

  it("revokes the egress a new group has, and authorizes other egress", async () => {
    const { client, groupId: GroupId } = trial;
    await client.revokeSecurityGroupEgress({
      GroupId,
      IpPermissions: [{ IpProtocol: "-1", IpRanges: [{ CidrIp: "0.0.0.0/0" }] }],
    });
    expect(await all()).toEqual([]);
    await client.authorizeSecurityGroupEgress({
      GroupId,
      IpPermissions: [ipv4("tcp", 443, 443, "0.0.0.0/0")],
    });
    expect((await all()).map(lineOf)).toEqual(["egress tcp 443 443 0.0.0.0/0"]);
  });

  it("modifies protocol, ports, block and description of a rule under its old id", async () => {
    const [rule] = await opened(ipv4("udp", 53, 53, "10.44.0.0/16"));
    await trial.client.modifySecurityGroupRules({
      GroupId: trial.groupId,
      SecurityGroupRules: [
        {
          SecurityGroupRuleId: idOf(rule),
          SecurityGroupRule: {
            IpProtocol: "tcp",
            FromPort: 25,
            ToPort: 26,
            CidrIpv4: "0.0.0.0/0",
            Description: "mail",
          },
        },
      ],
    });
    const after = (await all()).filter(one => !one.IsEgress);
    expect(after.map(lineOf)).toEqual(["ingress tcp 25 26 0.0.0.0/0"]);
    expect(after[0]).toMatchObject({ SecurityGroupRuleId: idOf(rule), Description: "mail" });
  });

  it("modifies egress as well as ingress", async () => {
    const egress = (await all()).find(one => one.IsEgress);
    await trial.client.modifySecurityGroupRules({
      GroupId: trial.groupId,
      SecurityGroupRules: [
        {
          SecurityGroupRuleId: idOf(egress),
          SecurityGroupRule: {
            IpProtocol: "tcp",
            FromPort: 443,
            ToPort: 443,
            CidrIpv4: "10.0.0.0/8",
          },
        },
      ],
    });
    expect((await all()).map(lineOf)).toEqual(["egress tcp 443 443 10.0.0.0/8"]);
  });

  it("does not modify a rule that does not exist", async () => {
    const call = trial.client.modifySecurityGroupRules({
      GroupId: trial.groupId,
      SecurityGroupRules: [
        {
          SecurityGroupRuleId: "sgr-0123456789abcdef1",
          SecurityGroupRule: { IpProtocol: "tcp", FromPort: 1, ToPort: 1, CidrIpv4: "10.0.0.0/8" },
        },
      ],
    });
    expect(await codeOf(call)).toBe("InvalidSecurityGroupRuleId.NotFound");
  });

  it("replaces a description by the rule's values", async () => {
    await trial.authorize(ipv4("tcp", 22, 22, "10.0.0.0/8"));
    await trial.client.updateSecurityGroupRuleDescriptionsIngress({
      GroupId: trial.groupId,
      IpPermissions: [
        { ...ipv4("tcp", 22, 22), IpRanges: [{ CidrIp: "10.0.0.0/8", Description: "branch" }] },
      ],
    });
    expect((await all()).find(one => !one.IsEgress)?.Description).toBe("branch");
  });

  it("holds 60 ingress rules and not one more", async () => {
    const blocks = Array.from({ length: 60 }, (_, index) => `10.0.${index}.0/24`);
    await trial.authorize(ipv4("tcp", 22, 22, ...blocks));
    expect(await codeOf(trial.authorize(ipv4("tcp", 22, 22, "10.0.60.0/24")))).toBe(
      "RulesPerSecurityGroupLimitExceeded",
    );
    expect(await trial.ingress()).toHaveLength(60);
  });
});

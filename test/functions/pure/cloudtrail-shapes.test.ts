import { describe, expect, test } from "vitest";
import { readRecord } from "../../../functions/aws/cloudtrail.ts";
import { authorize, type Fields, type Json, record } from "../../support/cloudtrail.ts";

const WEB = "sg-0a1b2c3d4e5f60718";
const PEER = "sg-0c3d4e5f607182930";
const LIST = "pl-0a1b2c3d4e5f60718";
const v4 = (cidrIp: string): Json => ({ items: [{ cidrIp }] });

function rulesOf(given: Fields): (string | undefined)[] {
  const reading = readRecord(given);
  return "trigger" in reading ? reading.trigger.changes.map(({ rule }) => rule) : [];
}

describe("an ip permission in any encoding", () => {
  const tcp22 = { ipProtocol: "tcp", fromPort: 22, toPort: 22 };
  const rows: [string, Json, string[]][] = [
    ["items", { ...tcp22, ipRanges: v4("10.0.0.0/8") }, ["ingress tcp 22 from 10.0.0.0/8"]],
    [
      "item",
      { ...tcp22, ipRanges: { item: [{ cidrIp: "10.0.0.0/8" }] } },
      ["ingress tcp 22 from 10.0.0.0/8"],
    ],
    [
      "a lone item",
      { ...tcp22, ipRanges: { item: { cidrIp: "10.0.0.0/8" } } },
      ["ingress tcp 22 from 10.0.0.0/8"],
    ],
    [
      "a plain array",
      { ...tcp22, ipRanges: [{ cidrIp: "10.0.0.0/8" }] },
      ["ingress tcp 22 from 10.0.0.0/8"],
    ],
    [
      "a bare object with a tag",
      { ...tcp22, ipRanges: { tag: 1, cidrIp: "10.0.0.0/8" } },
      ["ingress tcp 22 from 10.0.0.0/8"],
    ],
    [
      "Pascal case",
      { IpProtocol: "tcp", FromPort: 22, ToPort: 22, IpRanges: { CidrIp: "10.0.0.0/8", tag: 1 } },
      ["ingress tcp 22 from 10.0.0.0/8"],
    ],
    [
      "empty lists of every kind",
      { ...tcp22, groups: "", ipv6Ranges: null, prefixListIds: [], ipRanges: v4("10.0.0.0/8") },
      ["ingress tcp 22 from 10.0.0.0/8"],
    ],
    [
      "ports as text",
      { ipProtocol: "tcp", fromPort: "22", toPort: "23", ipRanges: v4("10.0.0.0/8") },
      ["ingress tcp 22-23 from 10.0.0.0/8"],
    ],
    [
      "host bits and upper case",
      {
        ...tcp22,
        ipRanges: v4("10.1.2.3/8"),
        ipv6Ranges: { items: [{ cidrIpv6: "2001:DB8::1/32" }] },
      },
      ["ingress tcp 22 from 10.0.0.0/8", "ingress tcp 22 from 2001:db8::/32"],
    ],
    [
      "a prefix list and a group",
      {
        ...tcp22,
        prefixListIds: { items: [{ prefixListId: LIST }] },
        userIdGroupPairs: { items: [{ groupId: PEER, userId: "111122223333" }] },
      },
      [`ingress tcp 22 from ${LIST}`, `ingress tcp 22 from ${PEER}`],
    ],
    [
      "a protocol number",
      { ipProtocol: 6, fromPort: 1, toPort: 1, ipRanges: v4("::/0") },
      ["ingress tcp 1 from ::/0"],
    ],
    [
      "port zero",
      { ipProtocol: "tcp", fromPort: 0, toPort: 0, ipRanges: v4("10.0.0.0/8") },
      ["ingress tcp 0 from 10.0.0.0/8"],
    ],
    [
      "icmp",
      { ipProtocol: "icmp", fromPort: 8, toPort: -1, ipRanges: v4("10.0.0.0/8") },
      ["ingress icmp 8/all from 10.0.0.0/8"],
    ],
    [
      "icmpv6 by number",
      { ipProtocol: "58", fromPort: -1, toPort: -1, ipv6Ranges: { items: [{ cidrIpv6: "::/0" }] } },
      ["ingress icmpv6 all from ::/0"],
    ],
    [
      "a protocol without ports",
      { ipProtocol: "50", fromPort: 22, toPort: 22, ipRanges: v4("10.0.0.0/8") },
      ["ingress proto 50 from 10.0.0.0/8"],
    ],
  ];

  test.each(rows)("reads %s", (_, permission, rules) => {
    expect(rulesOf(authorize(permission))).toEqual(rules);
  });

  test.each([
    ["absent", {}],
    ["0-65535", { fromPort: 0, toPort: 65535 }],
    ["0-0", { fromPort: 0, toPort: 0 }],
    ["-1", { fromPort: -1, toPort: -1 }],
  ])("reads all protocols with ports spelled %s", (_, ports) => {
    const permission = { ipProtocol: "-1", ...ports, ipRanges: v4("0.0.0.0/0") };
    expect(rulesOf(authorize(permission, "Egress"))).toEqual(["egress all to 0.0.0.0/0"]);
  });

  test.each([
    [
      "a port out of range",
      { ipProtocol: "tcp", fromPort: 22, toPort: 70_000, ipRanges: v4("10.0.0.0/8") },
    ],
    [
      "a port that is no number",
      { ipProtocol: "tcp", fromPort: "ssh", toPort: 22, ipRanges: v4("10.0.0.0/8") },
    ],
    ["an unknown protocol", { ipProtocol: "quic", ipRanges: v4("10.0.0.0/8") }],
    ["a bad block", { ipProtocol: "tcp", fromPort: 22, toPort: 22, ipRanges: v4("10.0.0.0/33") }],
    [
      "text for a group",
      { ipProtocol: "tcp", fromPort: 22, toPort: 22, groups: { items: [{ groupId: "sg-web" }] } },
    ],
  ])("makes no rule text of %s, and still names the group", (_, permission) => {
    const reading = readRecord(authorize(permission));
    expect(reading).toMatchObject({ outcome: "reconcile", groups: [WEB] });
    expect(rulesOf(authorize(permission)).filter(rule => rule !== undefined)).toEqual([]);
  });
});

describe("which group a call is about", () => {
  test("a peer group is not the changed one", () => {
    const given = authorize({ ipProtocol: "-1", groups: { items: [{ groupId: PEER }] } });
    expect(readRecord(given).groups).toEqual([WEB]);
  });

  test("a group that refers to itself is", () => {
    const given = authorize({ ipProtocol: "-1", groups: { items: [{ groupId: WEB }] } });
    expect(readRecord(given).groups).toEqual([WEB]);
    expect(rulesOf(given)).toEqual([`ingress all from ${WEB}`]);
  });

  test.each(["sg-0a1b2c3d", "sg-0a1b2c3d4e5f60718", "sg-0a1b2c3d4e"])("%s is an id", groupId => {
    const given = record("delete-group", { requestParameters: { groupId } });
    expect(readRecord(given)).toMatchObject({ outcome: "reconcile", groups: [groupId] });
  });

  test.each(["...", "sg-web", "sg-0A1B2C3D", "sg-0a1b2c3d4e5f607182", "sgr-0a1b2c3d", ""])(
    "%j is none, so all groups are swept",
    groupId => {
      const given = record("delete-group", { requestParameters: { groupId } });
      expect(readRecord(given)).toMatchObject({ outcome: "sweep", groups: [] });
    },
  );

  test("the answer names it where the request was omitted", () => {
    const given = record("authorize-ingress", { requestParameters: { omitted: true } });
    expect(readRecord(given)).toMatchObject({ outcome: "reconcile", groups: [WEB] });
    expect(rulesOf(given)).toEqual(["ingress tcp 22 from 0.0.0.0/0"]);
  });

  test("the request names it where the answer was omitted", () => {
    const given = record("authorize-ingress", { responseElements: { omitted: "true" } });
    expect(readRecord(given)).toMatchObject({ outcome: "reconcile", groups: [WEB] });
  });

  test.each(["create-tags", "tag-resources", "modify-prefix-list", "run-instances"])(
    "%s with omitted parameters is a sweep",
    name => {
      const omitted = { requestParameters: { omitted: true }, responseElements: { omitted: true } };
      expect(readRecord(record(name, omitted)).outcome).toBe("sweep");
    },
  );

  test("an id in a description or a tag names nothing", () => {
    const given = record("delete-tags-elsewhere");
    expect(JSON.stringify(given)).toContain(WEB);
    expect(readRecord(given).groups).toEqual([]);
  });
});

describe("whether a call counts", () => {
  test.each([
    ["Client.RulesPerSecurityGroupLimitExceeded", /^the call failed with/],
    ["UnauthorizedOperation", /^the call failed with/],
    ["DryRunOperation", /^a dry run/],
  ])("%s is ignored whatever the answer claims", (errorCode, because) => {
    const given = record("authorize-ingress", { errorCode });
    expect(readRecord(given)).toMatchObject({ outcome: "ignore", groups: [] });
    expect(readRecord(given).because).toMatch(because);
  });

  test.each([null, ""])("an errorCode of %j is none", errorCode => {
    expect(readRecord(record("authorize-ingress", { errorCode })).outcome).toBe("reconcile");
  });

  test("the same name of another service changes no group", () => {
    const given = record("authorize-ingress", { eventSource: "rds.amazonaws.com" });
    expect(readRecord(given).outcome).toBe("ignore");
  });

  test("a call of the China partition counts", () => {
    const given = record("authorize-ingress", { eventSource: "ec2.amazonaws.com.cn" });
    expect(readRecord(given).outcome).toBe("reconcile");
  });

  test("a record cut short still counts by its call's name", () => {
    const { eventName, requestParameters } = record("modify-rule") as Fields & { eventName: Json };
    const given = { eventName, requestParameters } as Fields;
    expect(readRecord(given)).toMatchObject({ outcome: "reconcile", groups: [WEB] });
  });
});

// Security groups out of files, in every form the two describe calls and their users write them.
import { describe, expect, test } from "vitest";
import { readDescribed } from "../../cli/described.ts";
import { InputError } from "../../matrix/errors.ts";
import { formatRule } from "../../matrix/rules/rule.ts";

const OWNER = "111122223333";
const base = { GroupId: "sg-0a1b2c3d", GroupName: "web", OwnerId: OWNER, VpcId: "vpc-0a1b2c3d" };
const group = (ingress: unknown[], egress: unknown[] = []) => ({
  ...base,
  IpPermissions: ingress,
  IpPermissionsEgress: egress,
});
const rule = (fields: object) => ({
  SecurityGroupRuleId: "sgr-0a1b2c3d",
  GroupId: "sg-0a1b2c3d",
  GroupOwnerId: OWNER,
  IsEgress: false,
  ...fields,
});
const file = (json: unknown, name = "g.json") => ({ name, json });
const rulesIn = (json: unknown) =>
  readDescribed([file(json)]).groups.flatMap(one => one.rules.map(live => formatRule(live.rule)));

describe("an ip permission becomes one rule for each peer", () => {
  test.each<[string, object, string[]]>([
    [
      "both families",
      {
        IpProtocol: "tcp",
        FromPort: 22,
        ToPort: 22,
        IpRanges: [{ CidrIp: "10.0.0.7/8" }],
        Ipv6Ranges: [{ CidrIpv6: "2001:DB8::/32" }],
      },
      ["ingress tcp 22 from 10.0.0.0/8", "ingress tcp 22 from 2001:db8::/32"],
    ],
    [
      "all protocols, without ports",
      { IpProtocol: "-1", IpRanges: [{ CidrIp: "0.0.0.0/0" }] },
      ["ingress all from 0.0.0.0/0"],
    ],
    [
      "all protocols, with ports that do not count",
      { IpProtocol: "-1", FromPort: 80, ToPort: 80, IpRanges: [{ CidrIp: "0.0.0.0/0" }] },
      ["ingress all from 0.0.0.0/0"],
    ],
    [
      "icmp type and code",
      { IpProtocol: "icmp", FromPort: 8, ToPort: 0, IpRanges: [{ CidrIp: "10.0.0.0/8" }] },
      ["ingress icmp 8/0 from 10.0.0.0/8"],
    ],
    [
      "a prefix list",
      {
        IpProtocol: "17",
        FromPort: 53,
        ToPort: 53,
        PrefixListIds: [{ PrefixListId: "pl-0a1b2c3d" }],
      },
      ["ingress udp 53 from pl-0a1b2c3d"],
    ],
    [
      "groups of this account, another and none",
      {
        IpProtocol: "tcp",
        FromPort: 1,
        ToPort: 2,
        UserIdGroupPairs: [
          { GroupId: "sg-00000001", UserId: OWNER },
          { GroupId: "sg-00000002", UserId: "222233334444" },
          { GroupId: "sg-00000003" },
        ],
      },
      [
        "ingress tcp 1-2 from sg-00000001",
        "ingress tcp 1-2 from sg-00000002@222233334444",
        "ingress tcp 1-2 from sg-00000003@?",
      ],
    ],
  ])("%s", (_, permission, texts) => {
    expect(rulesIn(group([permission]))).toEqual(texts);
  });
});

const open = { IpProtocol: "-1", IpRanges: [{ CidrIp: "0.0.0.0/0" }] };
const ssh = { IpProtocol: "tcp", FromPort: 22, ToPort: 22 };

describe("the same group is read", () => {
  test.each<[string, unknown]>([
    ["bare", group([], [open])],
    ["in an array", [group([], [open])]],
    ["as the command prints it", { SecurityGroups: [group([], [open])] }],
    ["as the SDK returns it", { $metadata: {}, SecurityGroups: [group([], [open])] }],
    ["as pages in an array", [{ SecurityGroups: [group([], [open])] }, { SecurityGroups: [] }]],
    ["as a rule", rule({ IsEgress: true, IpProtocol: "-1", CidrIpv4: "0.0.0.0/0" })],
    [
      "as rules",
      {
        SecurityGroupRules: [
          rule({
            IsEgress: true,
            IpProtocol: "-1",
            FromPort: -1,
            ToPort: -1,
            CidrIpv4: "0.0.0.0/0",
          }),
        ],
      },
    ],
  ])("%s", (_, json) => {
    expect(rulesIn(json)).toEqual(["egress all to 0.0.0.0/0"]);
  });
});

test("rules with ids take the place of a group's permissions", () => {
  const ids = { SecurityGroupRules: [rule({ ...ssh, CidrIpv4: "10.0.0.0/8", Description: "d" })] };
  const { groups, nameless } = readDescribed([file(ids)], [file(group([open]), "names.json")]);
  expect(groups).toHaveLength(1);
  expect(groups[0]).toMatchObject({ name: "web", vpcId: "vpc-0a1b2c3d" });
  expect(groups[0]?.rules).toMatchObject([{ ruleId: "sgr-0a1b2c3d", description: "d" }]);
  expect(nameless).toEqual([]);
});

test("a group of which only rules are known is told apart", () => {
  const { nameless } = readDescribed([file(rule({ ...ssh, CidrIpv4: "10.0.0.0/8" }))]);
  expect(nameless).toEqual(["sg-0a1b2c3d"]);
});

describe("what cannot be read is named by its place", () => {
  test.each<[string, unknown, RegExp]>([
    [
      "a bad block",
      group([{ ...ssh, IpRanges: [{ CidrIp: "10.0.0.0/33" }] }]),
      /IpPermissions\[0\]: `10\.0\.0\.0\/33` is no CIDR block/,
    ],
    ["a bad IPv6 block", rule({ ...ssh, CidrIpv6: "::g/0" }), /`::g\/0` is no CIDR block/],
    ["a bad protocol", group([{ ...open, IpProtocol: "tpc" }]), /`tpc` is no protocol/],
    [
      "ports upside down",
      group([{ ...ssh, FromPort: 90, ToPort: 80, IpRanges: [{ CidrIp: "10.0.0.0/8" }] }]),
      /ports 90 to 80/,
    ],
    [
      "a port too high",
      group([{ ...open, IpProtocol: "tcp", FromPort: 1, ToPort: 70_000 }]),
      /IpPermissions\[0\]\.ToPort/,
    ],
    ["a permission without a peer", group([ssh]), /IpPermissions\[0\]: it names no peer/],
    ["a rule without a peer", rule(ssh), /it names no peer/],
    ["a group without permissions", base, /neither IpPermissions nor/],
    [
      "an id with a control character",
      { ...group([]), GroupId: "sg-0a1b2c3d\u001b[2J" },
      /GroupId: it is no sg- id/,
    ],
    ["a group described twice", [group([]), group([])], /described twice/],
    ["a number", 7, /no answer of describe-security-groups/],
    ["deep nonsense", JSON.parse(`${"[".repeat(5_000)}${"]".repeat(5_000)}`), /g\.json: /],
  ])("%s", (_, json, message) => {
    expect(() => readDescribed([file(json)])).toThrow(InputError);
    expect(() => readDescribed([file(json)])).toThrow(message);
  });
});

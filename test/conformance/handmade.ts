// The account made by hand of test/support/handmade.ts, made by EC2's own calls: one ip permission in
// each, as moto changes half of a call that it refuses.
import type { EC2, IpPermission, Tag } from "@aws-sdk/client-ec2";
import {
  drawHandmade,
  type HandmadeGroup,
  type HandmadeRule,
  LIST,
  VPCS,
} from "../support/handmade.ts";

/** Makes the groups, and gives back their ids. */
export async function makeHandmade(client: EC2): Promise<string[]> {
  const vpcIds = await Promise.all(
    VPCS.map(async vpc => {
      const AmazonProvidedIpv6CidrBlock = "ipv6" in vpc;
      const made = await client.createVpc({ CidrBlock: vpc.cidr, AmazonProvidedIpv6CidrBlock });
      return made.Vpc?.VpcId ?? "";
    }),
  );
  const { PrefixList } = await client.createManagedPrefixList({
    ...{ PrefixListName: LIST.name, MaxEntries: LIST.maxEntries, AddressFamily: "IPv4" },
    Entries: LIST.entries.map(({ cidr }) => ({ Cidr: cidr })),
  });
  const listId = PrefixList?.PrefixListId ?? "";
  const ids: string[] = [];
  for (const group of drawHandmade()) {
    const GroupId = await makeGroup(client, group, vpcIds[group.vpc] ?? "");
    ids.push(GroupId);
    for (const rule of group.rules) {
      const IpPermissions = [permissionOf(rule, ids, listId)];
      if (rule.egress) await client.authorizeSecurityGroupEgress({ GroupId, IpPermissions });
      else await client.authorizeSecurityGroupIngress({ GroupId, IpPermissions });
    }
  }
  return ids;
}

async function makeGroup(
  client: EC2,
  { name, tags, defaultEgress }: HandmadeGroup,
  VpcId: string,
): Promise<string> {
  const Tags = Object.entries(tags).map(([Key, Value]): Tag => ({ Key, Value }));
  const { GroupId = "" } = await client.createSecurityGroup({
    ...{ GroupName: name, Description: "made by hand", VpcId },
    ...(Tags.length > 0 && { TagSpecifications: [{ ResourceType: "security-group", Tags }] }),
  });
  if (defaultEgress) return GroupId;
  const Filters = [{ Name: "group-id", Values: [GroupId] }];
  const { SecurityGroupRules = [] } = await client.describeSecurityGroupRules({ Filters });
  const SecurityGroupRuleIds = SecurityGroupRules.flatMap(one => one.SecurityGroupRuleId ?? []);
  await client.revokeSecurityGroupEgress({ GroupId, SecurityGroupRuleIds });
  return GroupId;
}

function permissionOf(
  { protocol, from, to, description, peer }: HandmadeRule,
  ids: readonly string[],
  PrefixListId: string,
): IpPermission {
  const said = description === undefined ? {} : { Description: description };
  const ports = { IpProtocol: protocol, FromPort: from, ToPort: to };
  if (peer === "list") return { ...ports, PrefixListIds: [{ PrefixListId, ...said }] };
  if ("cidr" in peer) return { ...ports, IpRanges: [{ CidrIp: peer.cidr, ...said }] };
  return { ...ports, UserIdGroupPairs: [{ GroupId: ids[peer.group] ?? "", ...said }] };
}

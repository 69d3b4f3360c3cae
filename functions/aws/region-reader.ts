// Everything of a region that a plan or an import looks at: all groups with their rules, and the
// interfaces that carry them. Rules come without their ids, which only a second, slower call tells.
import {
  DescribeNetworkInterfacesCommand,
  DescribeSecurityGroupsCommand,
  type EC2Client,
  type NetworkInterface,
  type SecurityGroup as WireGroup,
} from "@aws-sdk/client-ec2";
import type { AuditedInterface } from "../../matrix/audit/report.ts";
import type { SecurityGroup } from "../../matrix/group.ts";
import { formatRule } from "../../matrix/rules/rule.ts";
import { rulesOfPermission } from "./ip-permission.ts";
import { liveGroup } from "./security-groups.ts";

export type RegionReader = ReturnType<typeof regionReader>;

/** The region an EC2 client reaches. */
export function regionReader(ec2: EC2Client) {
  return {
    /** Reads every group with its rules, page by page. */
    groups: async (): Promise<SecurityGroup[]> =>
      (
        await everyPage(async NextToken => {
          const page = await ec2.send(
            new DescribeSecurityGroupsCommand({ MaxResults: 200, ...NextToken }),
          );
          return { items: page.SecurityGroups ?? [], next: page.NextToken };
        })
      ).map(groupWithRules),

    /** Reads every network interface, page by page. */
    interfaces: async (): Promise<AuditedInterface[]> =>
      (
        await everyPage(async NextToken => {
          const page = await ec2.send(
            new DescribeNetworkInterfacesCommand({ MaxResults: 500, ...NextToken }),
          );
          return { items: page.NetworkInterfaces ?? [], next: page.NextToken };
        })
      ).map(interfaceInfo),
  };
}

async function everyPage<T>(
  read: (token: { NextToken?: string }) => Promise<{ items: T[]; next: string | undefined }>,
): Promise<T[]> {
  const found: T[] = [];
  let token: { NextToken?: string } = {};
  for (;;) {
    const { items, next } = await read(token);
    found.push(...items);
    if (!next) return found;
    token = { NextToken: next };
  }
}

function groupWithRules(wire: WireGroup): SecurityGroup {
  const group = liveGroup(wire);
  const rules = [
    ...(wire.IpPermissions ?? []).flatMap(p => rulesOfPermission(p, "ingress", group.owner)),
    ...(wire.IpPermissionsEgress ?? []).flatMap(p => rulesOfPermission(p, "egress", group.owner)),
  ];
  rules.sort((a, b) => (formatRule(a.rule) < formatRule(b.rule) ? -1 : 1));
  return { ...group, rules };
}

function interfaceInfo(wire: NetworkInterface): AuditedInterface {
  const { Description, Attachment, Association } = wire;
  return {
    id: wire.NetworkInterfaceId ?? "",
    groups: (wire.Groups ?? []).flatMap(({ GroupId }) => GroupId ?? []),
    addresses: [
      ...(wire.PrivateIpAddresses ?? []).flatMap(({ PrivateIpAddress }) => PrivateIpAddress ?? []),
      ...(wire.Ipv6Addresses ?? []).flatMap(({ Ipv6Address }) => Ipv6Address ?? []),
    ],
    ...(Association?.PublicIp ? { publicAddress: Association.PublicIp } : {}),
    ...(Description ? { description: Description } : {}),
    ...(Attachment?.InstanceId ? { instance: Attachment.InstanceId } : {}),
  };
}

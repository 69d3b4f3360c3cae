// Everything of a region that a plan, an import or an audit looks at: all groups with their rules, and
// the interfaces that carry them, at once or page by page. Rules come without their ids, which only a second, slower call tells.
import {
  DescribeNetworkInterfacesCommand,
  DescribeSecurityGroupsCommand,
  type EC2Client,
  type NetworkInterface,
  type SecurityGroup as WireGroup,
} from "@aws-sdk/client-ec2";
import type { AuditedInterface } from "../../matrix/audit/report.ts";
import { inOrder, type SecurityGroup } from "../../matrix/group.ts";
import { rulesOfPermission } from "./ip-permission.ts";
import { liveGroup } from "./security-groups.ts";

export type RegionReader = ReturnType<typeof regionReader>;

/** One page, and the token of the next one if there is one. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly next?: string;
}

/** Where to read: the page of a token, and only what is or wears these groups. */
export interface PageRequest {
  readonly token?: string | undefined;
  readonly groupIds?: readonly string[];
}

/** The region an EC2 client reaches. */
export function regionReader(ec2: EC2Client) {
  /** Reads one page of groups with their rules. */
  async function groupPage(request: PageRequest = {}): Promise<Page<SecurityGroup>> {
    const input = { MaxResults: 200, ...wirePage(request) };
    const page = await ec2.send(new DescribeSecurityGroupsCommand(input));
    return pageOf((page.SecurityGroups ?? []).map(groupWithRules), page.NextToken);
  }

  /** Reads one page of network interfaces. */
  async function interfacePage(request: PageRequest = {}): Promise<Page<AuditedInterface>> {
    const input = { MaxResults: 500, ...wirePage(request) };
    const page = await ec2.send(new DescribeNetworkInterfacesCommand(input));
    return pageOf((page.NetworkInterfaces ?? []).map(interfaceInfo), page.NextToken);
  }

  return {
    groupPage,
    interfacePage,
    /** Reads every group with its rules, page by page. */
    groups: (): Promise<SecurityGroup[]> => everyPage(groupPage),
    /** Reads every network interface, page by page. */
    interfaces: (): Promise<AuditedInterface[]> => everyPage(interfacePage),
  };
}

const wirePage = ({ token, groupIds }: PageRequest) => ({
  ...(token === undefined ? {} : { NextToken: token }),
  ...(groupIds && { Filters: [{ Name: "group-id", Values: [...groupIds] }] }),
});

const pageOf = <T>(items: T[], next: string | undefined): Page<T> =>
  next ? { items, next } : { items };

async function everyPage<T>(read: (request: PageRequest) => Promise<Page<T>>): Promise<T[]> {
  const found: T[] = [];
  let token: string | undefined;
  do {
    const { items, next } = await read({ token });
    found.push(...items);
    token = next;
  } while (token !== undefined);
  return found;
}

function groupWithRules(wire: WireGroup): SecurityGroup {
  const group = liveGroup(wire);
  const rules = [
    ...(wire.IpPermissions ?? []).flatMap(p => rulesOfPermission(p, "ingress", group.owner)),
    ...(wire.IpPermissionsEgress ?? []).flatMap(p => rulesOfPermission(p, "egress", group.owner)),
  ];
  return { ...group, rules: inOrder(rules) };
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

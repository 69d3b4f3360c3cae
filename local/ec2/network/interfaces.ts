// Which network interfaces wear which groups? Create, Delete, Describe and
// ModifyNetworkInterfaceAttribute (the set of groups). No instances, no secondary addresses.

import { type Action, type Call, findGroup, groupNamed, put } from "../call.ts";
import type { Place } from "../ec2.ts";
import { badCombination, Ec2Error, invalidValue } from "../errors.ts";
import { newId } from "../ids.ts";
import { filtered, page, pageFields, usualPage } from "../listing.ts";
import { formatIpv4, parseIpv4, parseIpv4Block } from "../rules/cidr.ts";
import type { NetworkInterface, Subnet, Tables } from "../state.ts";
import { tagFields, tagsFor } from "../tags.ts";
import { structOf, textOf, textsOf } from "../wire/query.ts";
import { type List, listing, tagSpecifications, texts } from "../wire/shapes.ts";
import type { Fields } from "../wire/xml.ts";
import { findInterface, findSubnet } from "./lookup.ts";
import { holds } from "./subnets.ts";

const maxGroupsPerInterface = 5;
const groupIds: List = { list: "text", trailName: "groupSet", trailKey: "groupId" };

export const createInterface: Action = {
  family: "classic",
  members: {
    SubnetId: "text",
    Description: "text",
    PrivateIpAddress: "text",
    SecurityGroupId: { ...groupIds, trailAlways: true },
    TagSpecification: tagSpecifications,
    ClientToken: "text",
  },
  required: ["SubnetId"],
  run: call => {
    const { input, tables } = call;
    const again = repeatOf(call);
    if (again !== undefined)
      return { networkInterface: interfaceFields(call.region, tables, again) };
    const subnet = findSubnet(tables, textOf(input, "SubnetId") ?? "");
    const clientToken = textOf(input, "ClientToken");
    const made: NetworkInterface = {
      networkInterfaceId: newId("eni"),
      subnetId: subnet.subnetId,
      vpcId: subnet.vpcId,
      zone: subnet.zone,
      description: textOf(input, "Description") ?? "",
      mac: macAddress(),
      address: freeAddress(tables, subnet, textOf(input, "PrivateIpAddress")),
      ipv6Addresses: [],
      groupIds: groupsAsked(call, subnet.vpcId),
      requesterId: call.caller.principalId,
      ...(clientToken === undefined ? {} : { clientToken }),
      tags: tagsFor(input, "network-interface"),
    };
    put(call, "interfaces", made.networkInterfaceId, made);
    const fields = interfaceFields(call.region, tables, made);
    return { networkInterface: { ...fields, status: "pending" }, clientToken };
  },
};

/** The interface an earlier call with the same client token made: the call is idempotent. */
function repeatOf(call: Call): NetworkInterface | undefined {
  const token = textOf(call.input, "ClientToken");
  if (token === undefined) return undefined;
  for (const one of call.tables.interfaces.values()) {
    if (one.clientToken !== token) continue;
    if (one.subnetId === textOf(call.input, "SubnetId")) return one;
    throw new Ec2Error("IdempotentParameterMismatch", "The client token was used before");
  }
  return undefined;
}

/** A MAC address with the local bit set. */
export function macAddress(): string {
  const hex = newId("x").slice(3, 13);
  return ["02", ...(hex.match(/../g) ?? [])].join(":");
}

/** The address asked for, or the first free one of the subnet. */
export function freeAddress(tables: Tables, subnet: Subnet, asked: string | undefined): string {
  const used = new Set<string>();
  for (const one of tables.interfaces.values()) {
    if (one.vpcId === subnet.vpcId) used.add(one.address);
  }
  const block = parseIpv4Block(subnet.cidr) ?? { base: 0n, length: 32 };
  if (asked !== undefined) {
    const value = parseIpv4(asked);
    if (value === undefined || !holds(subnet.cidr, { base: value, length: 32 })) {
      throw invalidValue(`Address ${asked} does not fall within the subnet's address range`);
    }
    if (used.has(asked)) {
      throw new Ec2Error("InvalidIPAddress.InUse", `Address ${asked} is in use.`);
    }
    return asked;
  }
  const last = block.base + (1n << BigInt(32 - block.length)) - 1n;
  for (let value = block.base + 4n; value < last; value++) {
    const address = formatIpv4(value);
    if (!used.has(address)) return address;
  }
  throw new Ec2Error(
    "InsufficientFreeAddressesInSubnet",
    `Insufficient free addresses in subnet ${subnet.subnetId}.`,
  );
}

function groupsAsked(call: Call, vpcId: string): string[] {
  const ids = [...new Set(textsOf(call.input, "SecurityGroupId"))];
  if (ids.length === 0) {
    const group = groupNamed(call.tables, vpcId, "default");
    return group === undefined ? [] : [group.groupId];
  }
  if (ids.length > maxGroupsPerInterface) {
    throw new Ec2Error(
      "SecurityGroupsPerInterfaceLimitExceeded",
      "The maximum number of security groups per interface has been reached.",
    );
  }
  for (const id of ids) {
    if (findGroup(call.tables, id).vpcId !== vpcId) {
      throw new Ec2Error(
        "InvalidParameter",
        `Security group ${id} and the network interface belong to different networks.`,
      );
    }
  }
  return ids;
}

export const deleteInterface: Action = {
  family: "classic",
  members: { NetworkInterfaceId: "text" },
  required: ["NetworkInterfaceId"],
  run: call => {
    const found = findInterface(call.tables, textOf(call.input, "NetworkInterfaceId") ?? "");
    const id = found.networkInterfaceId;
    if (found.instanceId !== undefined) {
      throw new Ec2Error("InvalidParameterValue", `Network interface '${id}' is currently in use.`);
    }
    put(call, "interfaces", id, null);
    return { return: true };
  },
};

export const modifyInterface: Action = {
  family: "classic",
  members: {
    NetworkInterfaceId: "text",
    SecurityGroupId: groupIds,
    Description: { members: { Value: "text" } },
  },
  required: ["NetworkInterfaceId"],
  run: call => {
    const found = findInterface(call.tables, textOf(call.input, "NetworkInterfaceId") ?? "");
    const description = structOf(call.input, "Description");
    const groups = textsOf(call.input, "SecurityGroupId");
    if ((description === undefined) === (groups.length === 0)) {
      throw badCombination("Exactly one attribute may be specified");
    }
    const id = found.networkInterfaceId;
    if (description !== undefined) {
      put(call, "interfaces", id, { ...found, description: textOf(description, "Value") ?? "" });
    } else put(call, "interfaces", id, { ...found, groupIds: groupsAsked(call, found.vpcId) });
    return { return: true };
  },
};

export const describeInterfaces: Action = {
  family: "read",
  members: { ...listing, NetworkInterfaceId: texts, IncludeManagedResources: "bool" },
  run: call => {
    const ids = textsOf(call.input, "NetworkInterfaceId");
    const named =
      ids.length === 0
        ? [...call.view.interfaces.values()]
        : [...new Set(ids)].map(id => findInterface(call.view, id));
    const matching = filtered(call.input, named, {
      "network-interface-id": one => [one.networkInterfaceId],
      "group-id": one => one.groupIds,
      "group-name": one => one.groupIds.map(id => call.view.groups.get(id)?.name ?? ""),
      "subnet-id": one => [one.subnetId],
      "vpc-id": one => [one.vpcId],
      "availability-zone": one => [one.zone],
      description: one => [one.description],
      "private-ip-address": one => [one.address],
      "addresses.private-ip-address": one => [one.address],
      "attachment.instance-id": one => (one.instanceId === undefined ? [] : [one.instanceId]),
      "owner-id": () => [call.region.account],
      status: one => [statusOf(one)],
    });
    const { records, token } = page(call.input, matching, one => one.networkInterfaceId, usualPage);
    const items = records.map(one => interfaceFields(call.region, call.view, one));
    return pageFields("networkInterfaceSet", items, token);
  },
};

function statusOf(one: NetworkInterface): string {
  return one.instanceId === undefined ? "available" : "in-use";
}

function interfaceFields(place: Place, tables: Tables, one: NetworkInterface): Fields {
  const association =
    one.publicIp === undefined ? undefined : { publicIp: one.publicIp, ipOwnerId: "amazon" };
  return {
    networkInterfaceId: one.networkInterfaceId,
    subnetId: one.subnetId,
    vpcId: one.vpcId,
    availabilityZone: one.zone,
    description: one.description,
    ownerId: place.account,
    requesterId: one.requesterId,
    requesterManaged: false,
    status: statusOf(one),
    macAddress: one.mac,
    privateIpAddress: one.address,
    sourceDestCheck: true,
    interfaceType: "interface",
    groupSet: one.groupIds.map(groupId => ({
      groupId,
      groupName: tables.groups.get(groupId)?.name,
    })),
    attachment: attachmentOf(place, one),
    association,
    privateIpAddressesSet: [{ privateIpAddress: one.address, primary: true, association }],
    ipv6AddressesSet: one.ipv6Addresses.map(ipv6Address => ({ ipv6Address })),
    tagSet: tagFields(one.tags),
  };
}

function attachmentOf(place: Place, one: NetworkInterface): Fields | undefined {
  if (one.instanceId === undefined) return undefined;
  return {
    attachmentId: one.networkInterfaceId.replace("eni-", "eni-attach-"),
    instanceId: one.instanceId,
    instanceOwnerId: place.account,
    deviceIndex: 0,
    status: "attached",
    deleteOnTermination: true,
  };
}

// Which subnets are there? CreateSubnet and DescribeSubnets: enough to put network interfaces in.

import { type Action, findVpc, put } from "../call.ts";
import type { Place } from "../ec2.ts";
import { Ec2Error, invalidValue } from "../errors.ts";
import { newId } from "../ids.ts";
import { filtered, page, pageFields, usualPage } from "../listing.ts";
import { type Block, formatIpv4, parseIpv4Block } from "../rules/cidr.ts";
import type { Subnet, Tables, Vpc } from "../state.ts";
import { tagFields, tagsFor } from "../tags.ts";
import { textOf, textsOf } from "../wire/query.ts";
import { listing, tagSpecifications, texts } from "../wire/shapes.ts";
import type { Fields } from "../wire/xml.ts";
import { findSubnet } from "./lookup.ts";

export const createSubnet: Action = {
  family: "classic",
  members: {
    VpcId: "text",
    CidrBlock: "text",
    AvailabilityZone: "text",
    TagSpecification: tagSpecifications,
  },
  required: ["VpcId", "CidrBlock"],
  run: call => {
    const vpc = findVpc(call.tables, textOf(call.input, "VpcId") ?? "");
    const subnet: Subnet = {
      subnetId: newId("subnet"),
      vpcId: vpc.vpcId,
      cidr: subnetBlock(call.tables, vpc, textOf(call.input, "CidrBlock") ?? ""),
      zone: zoneOf(call.region, textOf(call.input, "AvailabilityZone")),
      defaultForAz: false,
      tags: tagsFor(call.input, "subnet"),
    };
    put(call, "subnets", subnet.subnetId, subnet);
    return { subnet: subnetFields(call.region, call.tables, subnet) };
  },
};

function zoneOf({ region }: Place, zone: string | undefined): string {
  if (zone === undefined) return `${region}a`;
  if (!zone.startsWith(region) || !/^[a-f]$/.test(zone.slice(region.length))) {
    throw invalidValue(`Value (${zone}) for parameter availabilityZone is invalid.`);
  }
  return zone;
}

function subnetBlock(tables: Tables, vpc: Vpc, text: string): string {
  const block = parseIpv4Block(text);
  if (block === undefined) {
    throw invalidValue(
      `Value (${text}) for parameter cidrBlock is invalid. This is not a valid CIDR block.`,
    );
  }
  const inVpc = vpc.cidrs.some(cidr => holds(cidr, block));
  if (!inVpc || block.length > 28) {
    throw new Ec2Error("InvalidSubnet.Range", `The CIDR '${text}' is invalid.`);
  }
  for (const other of tables.subnets.values()) {
    if (other.vpcId === vpc.vpcId && overlaps(other.cidr, block)) {
      throw new Ec2Error(
        "InvalidSubnet.Conflict",
        `The CIDR '${text}' conflicts with another subnet`,
      );
    }
  }
  return `${formatIpv4(block.base)}/${block.length}`;
}

/** Tells whether an IPv4 block lies in another. */
export function holds(cidr: string, inner: Block): boolean {
  const outer = parseIpv4Block(cidr);
  if (outer === undefined || outer.length > inner.length) return false;
  const hostBits = BigInt(32 - outer.length);
  return outer.base >> hostBits === inner.base >> hostBits;
}

function overlaps(cidr: string, block: Block): boolean {
  const other = parseIpv4Block(cidr);
  return holds(cidr, block) || (other !== undefined && holds(textOfBlock(block), other));
}

function textOfBlock(block: Block): string {
  return `${formatIpv4(block.base)}/${block.length}`;
}

export const describeSubnets: Action = {
  family: "read",
  members: { ...listing, SubnetId: texts },
  run: call => {
    const ids = textsOf(call.input, "SubnetId");
    const named =
      ids.length === 0
        ? [...call.view.subnets.values()]
        : [...new Set(ids)].map(id => findSubnet(call.view, id));
    const matching = filtered(call.input, named, {
      "subnet-id": subnet => [subnet.subnetId],
      "vpc-id": subnet => [subnet.vpcId],
      "availability-zone": subnet => [subnet.zone],
      "cidr-block": subnet => [subnet.cidr],
      "default-for-az": subnet => [String(subnet.defaultForAz)],
      "owner-id": () => [call.region.account],
    });
    const { records, token } = page(call.input, matching, subnet => subnet.subnetId, usualPage);
    const items = records.map(subnet => subnetFields(call.region, call.view, subnet));
    return pageFields("subnetSet", items, token);
  },
};

// EC2 keeps the first four addresses of a subnet and the last one.
const kept = 5;

function subnetFields(place: Place, tables: Tables, subnet: Subnet): Fields {
  const length = Number(subnet.cidr.split("/")[1]);
  let used = 0;
  for (const one of tables.interfaces.values()) if (one.subnetId === subnet.subnetId) used++;
  return {
    subnetId: subnet.subnetId,
    subnetArn: `arn:aws:ec2:${place.region}:${place.account}:subnet/${subnet.subnetId}`,
    state: "available",
    ownerId: place.account,
    vpcId: subnet.vpcId,
    cidrBlock: subnet.cidr,
    ipv6CidrBlockAssociationSet: [],
    availableIpAddressCount: 2 ** (32 - length) - kept - used,
    availabilityZone: subnet.zone,
    defaultForAz: subnet.defaultForAz,
    mapPublicIpOnLaunch: subnet.defaultForAz,
    tagSet: tagFields(subnet.tags),
  };
}

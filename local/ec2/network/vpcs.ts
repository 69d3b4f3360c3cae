// Which VPCs are there? CreateVpc, DescribeVpcs, AssociateVpcCidrBlock, and the default VPC that
// every region starts with. No routes, gateways or peering calls.

import { type Action, type Call, findVpc, put } from "../call.ts";
import type { Place } from "../ec2.ts";
import { badCombination, Ec2Error, invalidValue, missingParameter } from "../errors.ts";
import { defaultGroup, ipv6Egress } from "../groups.ts";
import { newId } from "../ids.ts";
import { filtered, page, pageFields, usualPage } from "../listing.ts";
import { canonicalIpv6, formatIpv4, formatIpv6, parseIpv4Block } from "../rules/cidr.ts";
import type { Change, Group, Store, Subnet, Vpc } from "../state.ts";
import { tagFields, tagsFor } from "../tags.ts";
import { flagOf, type Input, textOf, textsOf } from "../wire/query.ts";
import { listing, type Members, tagSpecifications, texts } from "../wire/shapes.ts";
import type { Fields } from "../wire/xml.ts";

const maxVpcs = 500;
const ipv6Members: Members = {
  AmazonProvidedIpv6CidrBlock: "bool",
  Ipv6CidrBlock: "text",
  Ipv6Pool: "text",
};

/** Gives a region that was never used its default VPC. */
export function settle(store: Store, place: Place): void {
  if (store.region(place).tables.vpcs.size === 0) store.commit(place, firstVpc(place));
}

/** What a region starts with: a default VPC, its default group and three subnets. */
function firstVpc(place: Place): Change[] {
  const vpc: Vpc = {
    vpcId: newId("vpc"),
    cidrs: ["172.31.0.0/16"],
    ipv6: [],
    isDefault: true,
    tags: {},
  };
  const made = { changes: [] as Change[] };
  putVpc(made, place, vpc);
  for (const [index, zone] of ["a", "b", "c"].entries()) {
    const subnet: Subnet = {
      subnetId: newId("subnet"),
      vpcId: vpc.vpcId,
      cidr: `172.31.${index * 16}.0/20`,
      zone: `${place.region}${zone}`,
      defaultForAz: true,
      tags: {},
    };
    put(made, "subnets", subnet.subnetId, subnet);
  }
  return made.changes;
}

/** Notes a new VPC and its default group. */
export function putVpc(call: { changes: Change[] }, place: Place, vpc: Vpc): void {
  put(call, "vpcs", vpc.vpcId, vpc);
  const group = defaultGroup(vpc, place.account);
  put(call, "groups", group.groupId, group);
}

export const createVpc: Action = {
  family: "classic",
  members: {
    CidrBlock: "text",
    InstanceTenancy: "text",
    ...ipv6Members,
    TagSpecification: tagSpecifications,
  },
  required: ["CidrBlock"],
  run: call => {
    if (call.tables.vpcs.size >= maxVpcs) {
      throw new Ec2Error("VpcLimitExceeded", "The maximum number of VPCs has been reached.");
    }
    const vpc: Vpc = {
      vpcId: newId("vpc"),
      cidrs: [vpcBlock(textOf(call.input, "CidrBlock") ?? "")],
      ipv6: ipv6Asked(call.input),
      isDefault: false,
      tags: tagsFor(call.input, "vpc"),
    };
    putVpc(call, call.region, vpc);
    return { vpc: vpcFields(call.region, vpc) };
  },
};

/** A VPC's IPv4 block, from /16 to /28; host bits are cleared. */
function vpcBlock(text: string): string {
  const block = parseIpv4Block(text);
  if (block === undefined) {
    throw invalidValue(
      `Value (${text}) for parameter cidrBlock is invalid. This is not a valid CIDR block.`,
    );
  }
  if (block.length < 16 || block.length > 28) {
    throw new Ec2Error("InvalidVpc.Range", `The CIDR '${text}' is invalid.`);
  }
  return `${formatIpv4(block.base)}/${block.length}`;
}

function ipv6Asked(input: Input): string[] {
  const asked = textOf(input, "Ipv6CidrBlock");
  if (asked !== undefined) return [canonicalIpv6(asked)];
  return flagOf(input, "AmazonProvidedIpv6CidrBlock") ? [providedIpv6()] : [];
}

/** A /56 of 2001:db8::/32, the block for documentation, in place of one of Amazon's. */
function providedIpv6(): string {
  const random = BigInt(`0x${newId("x").slice(3, 9)}`);
  return `${formatIpv6((0x20010db8n << 96n) | (random << 72n))}/56`;
}

export const associateCidr: Action = {
  family: "wrapped",
  members: { VpcId: "text", CidrBlock: "text", ...ipv6Members },
  required: ["VpcId"],
  run: call => {
    const vpc = findVpc(call.tables, textOf(call.input, "VpcId") ?? "");
    const cidr = textOf(call.input, "CidrBlock");
    const [ipv6] = ipv6Asked(call.input);
    if (cidr !== undefined && ipv6 !== undefined) {
      throw badCombination("Only one of an IPv4 and an IPv6 CIDR block may be specified");
    }
    if (cidr !== undefined) return associateIpv4(call, vpc, vpcBlock(cidr));
    if (ipv6 === undefined) throw missingParameter("cidrBlock or ipv6CidrBlock");
    return associateIpv6(call, vpc, ipv6);
  },
};

function associateIpv4(call: Call, vpc: Vpc, cidr: string): Fields {
  put(call, "vpcs", vpc.vpcId, { ...vpc, cidrs: [...vpc.cidrs, cidr] });
  const cidrBlockAssociation = {
    associationId: newId("vpc-cidr-assoc"),
    cidrBlock: cidr,
    cidrBlockState: { state: "associating" },
  };
  return { vpcId: vpc.vpcId, cidrBlockAssociation };
}

// EC2 opens ::/0 egress on groups whose egress is still as it was made, with no security-group
// call.
function associateIpv6(call: Call, vpc: Vpc, ipv6: string): Fields {
  put(call, "vpcs", vpc.vpcId, { ...vpc, ipv6: [...vpc.ipv6, ipv6] });
  for (const group of call.tables.groups.values()) {
    if (group.vpcId !== vpc.vpcId || !hasOriginalEgress(group)) continue;
    put(call, "groups", group.groupId, { ...group, rules: [...group.rules, ipv6Egress()] });
  }
  const ipv6CidrBlockAssociation = {
    associationId: newId("vpc-cidr-assoc"),
    ipv6CidrBlock: ipv6,
    ipv6CidrBlockState: { state: "associating" },
  };
  return { vpcId: vpc.vpcId, ipv6CidrBlockAssociation };
}

function hasOriginalEgress(group: Group): boolean {
  const [rule, ...others] = group.rules.filter(one => one.egress);
  if (rule === undefined || others.length > 0) return false;
  const { peer } = rule;
  return rule.protocol === "-1" && peer.kind === "ipv4" && peer.cidr === "0.0.0.0/0";
}

export const describeVpcs: Action = {
  family: "read",
  members: { ...listing, VpcId: texts },
  run: call => {
    const ids = textsOf(call.input, "VpcId");
    const named =
      ids.length === 0
        ? [...call.view.vpcs.values()]
        : [...new Set(ids)].map(id => findVpc(call.view, id));
    const matching = filtered(call.input, named, {
      "vpc-id": vpc => [vpc.vpcId],
      "is-default": vpc => [String(vpc.isDefault)],
      isDefault: vpc => [String(vpc.isDefault)],
      cidr: vpc => vpc.cidrs.slice(0, 1),
      "owner-id": () => [call.region.account],
      state: () => ["available"],
    });
    const { records, token } = page(call.input, matching, vpc => vpc.vpcId, usualPage);
    const items = records.map(vpc => vpcFields(call.region, vpc));
    return pageFields("vpcSet", items, token);
  },
};

function vpcFields(place: Place, vpc: Vpc): Fields {
  const state = { state: "associated" };
  return {
    vpcId: vpc.vpcId,
    ownerId: place.account,
    state: "available",
    cidrBlock: vpc.cidrs[0],
    cidrBlockAssociationSet: vpc.cidrs.map((cidrBlock, index) => ({
      cidrBlock,
      associationId: vpc.vpcId.replace("vpc-", `vpc-cidr-assoc-${index}`),
      cidrBlockState: state,
    })),
    ipv6CidrBlockAssociationSet: vpc.ipv6.map((ipv6CidrBlock, index) => ({
      ipv6CidrBlock,
      associationId: vpc.vpcId.replace("vpc-", `vpc-cidr-assoc-6${index}`),
      ipv6CidrBlockState: state,
    })),
    dhcpOptionsId: "default",
    instanceTenancy: "default",
    isDefault: vpc.isDefault,
    tagSet: tagFields(vpc.tags),
  };
}

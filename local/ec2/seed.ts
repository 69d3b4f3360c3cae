// How are things planted with chosen ids? As EC2 would hold them (canonical, with defaults),
// through the same journal, but without a call and so without a CloudTrail record.

import { put } from "./call.ts";
import type {
  GroupSeed,
  InterfaceSeed,
  PeeringSeed,
  Place,
  PrefixListSeed,
  RuleSeed,
  Seed,
  VpcSeed,
} from "./ec2.ts";
import { defaultEgress } from "./groups.ts";
import { isId, newId } from "./ids.ts";
import { freeAddress, macAddress } from "./network/interfaces.ts";
import { holds } from "./network/subnets.ts";
import { putVpc, settle } from "./network/vpcs.ts";
import { entryCidr } from "./prefix-lists/entries.ts";
import { versionKey } from "./prefix-lists/lookup.ts";
import { canonicalIpv4, canonicalIpv6, parseIpv4, parseIpv4Block } from "./rules/cidr.ts";
import { canonicalPorts, canonicalProtocol } from "./rules/protocol.ts";
import { checkDescription, type Peer, type Rule } from "./rules/rule.ts";
import type { Change, Store, Subnet, Tables, Vpc } from "./state.ts";

/** Makes the planting functions of a store. */
export function createSeed(store: Store): Seed {
  const planting =
    <S>(plant: (plot: Plot, seed: S) => string) =>
    (place: Place, seed: S): string => {
      settle(store, place);
      return planted(store, place, seed, plant);
    };
  return {
    vpc: (place, seed) => {
      if (seed.isDefault !== true) settle(store, place);
      return planted(store, place, seed, plantVpc);
    },
    group: planting(plantGroup),
    prefixList: planting(plantPrefixList),
    interface: planting(plantInterface),
    peering: (place, seed) => plantPeering(store, place, seed),
  };
}

interface Plot {
  place: Place;
  tables: Tables;
  changes: Change[];
}

function planted<S>(
  store: Store,
  place: Place,
  seed: S,
  plant: (plot: Plot, seed: S) => string,
): string {
  const plot: Plot = { place, tables: store.region(place).tables, changes: [] };
  const id = plant(plot, seed);
  store.commit(place, plot.changes);
  return id;
}

function chosenId(
  prefix: string,
  id: string | undefined,
  taken: ReadonlyMap<string, unknown>,
): string {
  if (id === undefined) return newId(prefix);
  if (!isId(prefix, id)) throw new Error(`${id} is no ${prefix}- id`);
  if (taken.has(id)) throw new Error(`${id} is there already`);
  return id;
}

function vpcIn(tables: Tables, vpcId: string | undefined): Vpc {
  const vpc =
    vpcId === undefined
      ? [...tables.vpcs.values()].find(one => one.isDefault)
      : tables.vpcs.get(vpcId);
  if (vpc === undefined) throw new Error(`there is no VPC ${vpcId ?? "by default"}`);
  return vpc;
}

function plantVpc(plot: Plot, seed: VpcSeed): string {
  const { tables } = plot;
  const vpcId = chosenId("vpc", seed.vpcId, tables.vpcs);
  const isDefault = seed.isDefault ?? false;
  if (isDefault) {
    for (const other of tables.vpcs.values()) {
      if (other.isDefault) put(plot, "vpcs", other.vpcId, { ...other, isDefault: false });
    }
  }
  putVpc(plot, plot.place, {
    vpcId,
    cidrs: [canonicalIpv4(seed.cidr)],
    ipv6: seed.ipv6 === undefined ? [] : [canonicalIpv6(seed.ipv6)],
    isDefault,
    tags: seed.tags ?? {},
  });
  return vpcId;
}

function plantGroup(plot: Plot, seed: GroupSeed): string {
  const { tables } = plot;
  const vpc = vpcIn(tables, seed.vpcId);
  const groupId = chosenId("sg", seed.groupId, tables.groups);
  const given = (seed.rules ?? []).map(rule => plantedRule(plot, vpc.vpcId, rule));
  const egress = seed.defaultEgress === false ? [] : defaultEgress(vpc);
  put(plot, "groups", groupId, {
    groupId,
    name: seed.name,
    description: seed.description ?? seed.name,
    vpcId: vpc.vpcId,
    rules: [...given, ...egress],
    tags: seed.tags ?? {},
  });
  return groupId;
}

function plantedRule(plot: Plot, vpcId: string, seed: RuleSeed): Rule {
  const protocol = canonicalProtocol(seed.protocol);
  checkDescription(seed.description);
  return {
    ruleId: seed.ruleId ?? newId("sgr"),
    egress: seed.egress ?? false,
    protocol,
    ...canonicalPorts(protocol, seed.from, seed.to),
    peer: plantedPeer(plot, vpcId, seed),
    ...(seed.description === undefined ? {} : { description: seed.description }),
    tags: seed.tags ?? {},
  };
}

function plantedPeer(plot: Plot, vpcId: string, seed: RuleSeed): Peer {
  const { cidr, prefixListId, groupId } = seed;
  if (cidr !== undefined) {
    return cidr.includes(":")
      ? { kind: "ipv6", cidr: canonicalIpv6(cidr) }
      : { kind: "ipv4", cidr: canonicalIpv4(cidr) };
  }
  if (prefixListId !== undefined) return { kind: "prefix-list", prefixListId };
  if (groupId === undefined) throw new Error("a planted rule needs a peer");
  const account = seed.account ?? plot.place.account;
  if (account === plot.place.account) return { kind: "group", groupId, account };
  const peering = [...plot.tables.peerings.values()].find(
    one => one.vpcId === vpcId && one.peerAccount === account,
  );
  if (peering === undefined) throw new Error(`${vpcId} is not peered with account ${account}`);
  const { peerVpcId, peeringId } = peering;
  return { kind: "group", groupId, account, vpcId: peerVpcId, peeringId };
}

function plantPrefixList(plot: Plot, seed: PrefixListSeed): string {
  const prefixListId = chosenId("pl", seed.prefixListId, plot.tables.prefixLists);
  const family = seed.family ?? "IPv4";
  const maxEntries = seed.maxEntries ?? Math.max(1, seed.entries.length);
  put(plot, "prefixLists", prefixListId, {
    prefixListId,
    name: seed.name,
    family,
    maxEntries,
    owner: seed.owner ?? plot.place.account,
    version: 1,
    verb: "create",
    settlesAt: 0,
    before: { version: 1, maxEntries },
    tags: seed.tags ?? {},
  });
  const entries = seed.entries.map(entry => ({ ...entry, cidr: entryCidr(entry.cidr, family) }));
  put(plot, "versions", versionKey(prefixListId, 1), { prefixListId, version: 1, entries });
  return prefixListId;
}

function plantInterface(plot: Plot, seed: InterfaceSeed): string {
  const { tables } = plot;
  const networkInterfaceId = chosenId("eni", seed.networkInterfaceId, tables.interfaces);
  const subnet = subnetFor(plot, seed);
  put(plot, "interfaces", networkInterfaceId, {
    networkInterfaceId,
    subnetId: subnet.subnetId,
    vpcId: subnet.vpcId,
    zone: subnet.zone,
    description: seed.description ?? "",
    mac: macAddress(),
    address: freeAddress(tables, subnet, seed.address),
    ipv6Addresses: seed.ipv6Addresses ?? [],
    groupIds: seed.groupIds ?? [defaultGroupId(tables, subnet.vpcId)],
    ...(seed.publicIp === undefined ? {} : { publicIp: seed.publicIp }),
    ...(seed.instanceId === undefined ? {} : { instanceId: seed.instanceId }),
    requesterId: plot.place.account,
    tags: seed.tags ?? {},
  });
  return networkInterfaceId;
}

function defaultGroupId(tables: Tables, vpcId: string): string {
  for (const group of tables.groups.values()) {
    if (group.vpcId === vpcId && group.name === "default") return group.groupId;
  }
  throw new Error(`there is no default group in ${vpcId}`);
}

/** The subnet named, or one that holds the address, or a new /24 around it. */
function subnetFor(plot: Plot, seed: InterfaceSeed): Subnet {
  const { tables, place } = plot;
  if (seed.subnetId !== undefined) {
    const named = tables.subnets.get(seed.subnetId);
    if (named === undefined) throw new Error(`there is no subnet ${seed.subnetId}`);
    return named;
  }
  const vpc = vpcIn(tables, seed.vpcId);
  const address = parseIpv4(seed.address ?? "");
  for (const subnet of tables.subnets.values()) {
    if (subnet.vpcId !== vpc.vpcId) continue;
    if (address === undefined || holds(subnet.cidr, { base: address, length: 32 })) return subnet;
  }
  const subnetId = newId("subnet");
  const made: Subnet = {
    subnetId,
    vpcId: vpc.vpcId,
    cidr: blockAround(vpc, seed.address),
    zone: `${place.region}a`,
    defaultForAz: false,
    tags: {},
  };
  put(plot, "subnets", subnetId, made);
  return made;
}

function blockAround(vpc: Vpc, address: string | undefined): string {
  const [cidr = "10.0.0.0/16"] = vpc.cidrs;
  const wide = parseIpv4Block(cidr)?.length ?? 16;
  return canonicalIpv4(`${address ?? cidr.split("/")[0]}/${Math.max(24, wide)}`);
}

function plantPeering(store: Store, place: Place, seed: PeeringSeed): string {
  const peeringId = seed.peeringId ?? newId("pcx");
  const there: Place = { account: seed.peerAccount ?? place.account, region: place.region };
  settle(store, place);
  settle(store, there);
  vpcIn(store.region(place).tables, seed.vpcId);
  vpcIn(store.region(there).tables, seed.peerVpcId);
  const link = (from: Place, vpcId: string, to: Place, peerVpcId: string) => {
    const value = { peeringId, vpcId, peerVpcId, peerAccount: to.account };
    // Two VPCs of one account share the table: one record for each direction.
    store.commit(from, [{ table: "peerings", id: `${peeringId}:${vpcId}`, value }]);
  };
  link(place, seed.vpcId, there, seed.peerVpcId);
  link(there, seed.peerVpcId, place, seed.vpcId);
  return peeringId;
}

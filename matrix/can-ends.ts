// What a name, an id or an address of a question stands for: machines with their addresses, the groups
// they carry and the policies of these. Offline from the matrix alone, live by interfaces.
import type { AuditedInterface } from "./audit/report.ts";
import type { End } from "./can.ts";
import type { GroupEntry, MatrixDocument, PeerSpec } from "./document.ts";
import type { Exception } from "./exception.ts";
import { formatSpecs } from "./flows/flow.ts";
import { flowPeers } from "./flows/peers.ts";
import { type Pins, selectParts } from "./flows/selection.ts";
import type { LiveGroup, SecurityGroup } from "./group.ts";
import { formatBoxPeer } from "./nearest.ts";
import { type GroupPolicy, groupPolicy, makePolicy, type Policy } from "./policy.ts";
import { addresses, type BoxPeer } from "./rules/box.ts";
import { contains, everyAddress, parseCidr, soleAddress } from "./rules/cidr.ts";

/** The machines there are, and by what they are judged. */
export interface World {
  readonly policy: Policy;
  readonly groups: readonly LiveGroup[];
  readonly interfaces: readonly AuditedInterface[];
  /** The same groups with their rules, where an account is looked at. */
  readonly live?: ReadonlyMap<string, SecurityGroup>;
  readonly exceptions: readonly Exception[];
  readonly now: number;
  readonly ipv6Vpcs?: ReadonlySet<string>;
}

/** The world of a matrix alone: each entry has one group, and each member is a machine with it. */
export function offlineWorld(
  document: MatrixDocument,
  exceptions: readonly Exception[],
  now: number,
): World {
  const vpc = document.vpcs[0] === undefined ? {} : { vpcId: document.vpcs[0] };
  const entries = Object.values(document.groups).filter(entry => !entry.others);
  const idOf = ({ name, id }: GroupEntry): string => id ?? `the group of ${name}`;
  const groups = entries.map(
    (entry): LiveGroup => ({
      ...{ id: idOf(entry), owner: "", name: entry.name, tags: {}, ...vpc },
    }),
  );
  const pins: Pins = {
    groups: Object.fromEntries(groups.map(group => [group.name, [group]])),
    lists: {},
  };
  const interfaces = entries.flatMap(entry =>
    entry.members.map(
      (member): AuditedInterface => ({
        id: `${entry.name} ${soleAddress(member) ?? member}`,
        groups: [idOf(entry)],
        addresses: [member],
      }),
    ),
  );
  return { policy: makePolicy(document, pins, "file"), groups, interfaces, exceptions, now };
}

/** The ends that peers of a question stand for. */
export function endsOf(specs: readonly PeerSpec[], world: World): End[] {
  return specs.flatMap(spec => {
    const { document } = world.policy;
    if (spec.kind === "entry") return entryEnds(spec.name, world);
    const peers = flowPeers([spec], document, world.policy.pins, { ipv6: true });
    return peers.flatMap(({ permitted }) => {
      if (permitted.kind === "group") return groupEnds(permitted.id, world);
      if (permitted.kind === "any") return EVERYBODY.map(every => plain(every));
      return peerEnds(permitted, formatSpecs([spec]), world);
    });
  });
}

const EVERYBODY = ([4, 6] as const).map(family => addresses(everyAddress(family)));

const plain = (peer: BoxPeer, name = formatBoxPeer(peer)): End => ({
  ...{ name, peer, groups: [], policies: [] },
});

function entryEnds(name: string, world: World): End[] {
  const { document, pins } = world.policy;
  const own = world.groups.filter(group => selectParts(document, pins, group).parts.includes(name));
  const ids = own.map(group => group.id);
  const members = (document.groups[name]?.members ?? []).flatMap(text => parseCidr(text) ?? []);
  const isMember = (text: string) =>
    members.some(member => {
      const address = parseCidr(text);
      return address !== undefined && contains(member, address);
    });
  const machines = world.interfaces.filter(
    one => one.groups.some(id => ids.includes(id)) || one.addresses.some(isMember),
  );
  // A machine that lost the group of its part is still meant by the part's name.
  if (machines.length > 0) return machines.flatMap(one => machineEnds(one, world, ids));
  const known = members.map(member => carrying(addresses(member), name, ids, world));
  if (known.length > 0) return known;
  return [carrying({ kind: "group", id: ids[0] ?? name }, name, ids, world)];
}

function groupEnds(id: string, world: World): End[] {
  const machines = world.interfaces.filter(one => one.groups.includes(id));
  if (machines.length > 0) return machines.flatMap(one => machineEnds(one, world));
  return [carrying({ kind: "group", id }, id, [id], world)];
}

/** An address of a machine is that machine; other addresses are themselves. */
function peerEnds(peer: BoxPeer, name: string, world: World): End[] {
  if (peer.kind !== "addresses") return [plain(peer, name)];
  const { range } = peer;
  const holds = (text: string) => {
    const block = parseCidr(text);
    return block !== undefined && contains(block, range);
  };
  const machines = world.interfaces.filter(
    one => one.addresses.some(holds) || (one.publicAddress && holds(one.publicAddress)),
  );
  if (machines.length === 0) return [plain(peer)];
  return machines.map(one => carrying(peer, one.id, one.groups, world));
}

function machineEnds(one: AuditedInterface, world: World, alsoJudgedBy: readonly string[] = []) {
  return one.addresses.flatMap(text => {
    const block = parseCidr(text);
    const shown = one.id.includes(" ") ? one.id : `${text} (${one.id})`;
    return block ? [carrying(addresses(block), shown, one.groups, world, alsoJudgedBy)] : [];
  });
}

function carrying(
  peer: BoxPeer,
  name: string,
  groups: readonly string[],
  world: World,
  alsoJudgedBy: readonly string[] = [],
): End {
  const judged = [...new Set([...groups, ...alsoJudgedBy])];
  const { live } = world;
  return {
    ...{ name, peer, groups },
    policies: judged.flatMap(id => policyOf(id, world) ?? []),
    ...(live && { live: groups.flatMap(id => live.get(id) ?? []) }),
  };
}

function policyOf(id: string, world: World): GroupPolicy | undefined {
  const group = world.groups.find(one => one.id === id);
  if (!group) return undefined;
  const { exceptions, now, ipv6Vpcs } = world;
  const ipv6 = ipv6Vpcs?.has(group.vpcId ?? "") ?? true;
  return groupPolicy(world.policy, group, { ipv6, exceptions, now });
}

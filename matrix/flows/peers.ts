// Who a flow's `from` or `to` means: names of the matrix resolved to peers, each in every form that
// is permitted and in the one form that is required.

import type { MatrixDocument, PeerSpec } from "../document.ts";
import type { BoxPeer } from "../rules/box.ts";
import { addresses, boxPeerOf } from "../rules/box.ts";
import { type Cidr, everyAddress, parseCidr, type Range, subtractRanges } from "../rules/cidr.ts";
import { groupPeer, type Peer } from "../rules/rule.ts";
import type { PinnedGroup, Pins } from "./selection.ts";

/** Where the group being compiled stands: what a reference or an IPv6 rule depends on. */
export interface Site {
  readonly owner?: string;
  readonly vpcId?: string;
  /** Whether the VPC has IPv6; offline both families are assumed. */
  readonly ipv6: boolean;
}

/** One peer of a flow: the form it is permitted in, and whether that form is the required one. */
export interface PeerUse {
  readonly permitted: BoxPeer;
  readonly required: readonly Peer[];
  /** Set where this account's prefix list may hold no more than these blocks. */
  readonly within?: readonly string[];
}

const PRIVATE = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"].concat([
  "169.254.0.0/16",
  "fc00::/7",
  "fe80::/10",
]);

/** Resolves the peers of a flow for a group at a site. */
export function flowPeers(
  specs: readonly PeerSpec[],
  document: MatrixDocument,
  pins: Pins,
  site: Site,
): PeerUse[] {
  return flatten(specs, document).flatMap(spec => {
    if (spec.kind === "public") return [everybody(site)];
    if (spec.kind === "entry") return entryUses(spec.name, document, pins, site);
    const peer = plainPeer(spec, site);
    const within = spec.kind === "prefix-list" ? spec.within : undefined;
    const use = { permitted: boxPeerOf(peer), required: [peer] };
    return [within ? { ...use, within } : use];
  });
}

/**
 * Resolves the peers of a forbid. `public` there is every address outside `private`; what `except`
 * names is taken out.
 */
export function forbiddenPeers(
  specs: readonly PeerSpec[],
  except: readonly PeerSpec[],
  document: MatrixDocument,
  pins: Pins,
  site: Site,
): BoxPeer[] {
  const spared = forbiddenForms(except, document, pins, site);
  const sparedRanges = spared.flatMap(peer => (peer.kind === "addresses" ? [peer.range] : []));
  return forbiddenForms(specs, document, pins, site).flatMap((peer): BoxPeer[] => {
    if (peer.kind === "addresses") return subtractRanges([peer.range], sparedRanges).map(addresses);
    return spared.some(other => sameSide(peer, other)) ? [] : [peer];
  });
}

const sameSide = (a: BoxPeer, b: BoxPeer): boolean =>
  a.kind !== "addresses" && a.kind !== "any" && b.kind === a.kind && b.id === a.id;

function forbiddenForms(
  specs: readonly PeerSpec[],
  document: MatrixDocument,
  pins: Pins,
  site: Site,
): BoxPeer[] {
  return flatten(specs, document).flatMap((spec): BoxPeer[] => {
    if (spec.kind === "public") return outsidePrivate(document).map(addresses);
    if (spec.kind === "entry") {
      return entryUses(spec.name, document, pins, site).map(use => use.permitted);
    }
    return [boxPeerOf(plainPeer(spec, site))];
  });
}

/** A network of the matrix by its addresses; prefix lists and groups in it are left to who knows them. */
export function rangesOf(name: string, document: Pick<MatrixDocument, "networks">): Range[] {
  if (name === "public") return outsidePrivate(document);
  return flatten([{ kind: "network", name }], document).flatMap(spec => {
    if (spec.kind === "public") return outsidePrivate(document);
    return spec.kind === "cidr" ? [block(spec.cidr)] : [];
  });
}

/** The addresses outside the network `private`. */
export function outsidePrivate(document: Pick<MatrixDocument, "networks">): Range[] {
  const own = document.networks.private;
  const specs = own
    ? flatten(own, document)
    : PRIVATE.map((cidr): PeerSpec => ({ kind: "cidr", cidr }));
  const inside = specs.flatMap(spec => (spec.kind === "cidr" ? [block(spec.cidr)] : []));
  return subtractRanges([everyAddress(4), everyAddress(6)], inside);
}

type Resolved = Exclude<PeerSpec, { kind: "network" }>;

// Networks nest; the parser has refused cycles and unknown names.
function flatten(
  specs: readonly PeerSpec[],
  document: Pick<MatrixDocument, "networks">,
): Resolved[] {
  return specs.flatMap((spec): Resolved[] => {
    if (spec.kind !== "network") return [spec];
    const own = document.networks[spec.name];
    if (own) return flatten(own, document);
    return spec.name === "private" ? PRIVATE.map(cidr => ({ kind: "cidr", cidr })) : [];
  });
}

// `public` is everybody: permitted as any peer, required as both families where the VPC has both.
function everybody(site: Site): PeerUse {
  const families = site.ipv6 ? ([4, 6] as const) : ([4] as const);
  return {
    permitted: { kind: "any" },
    required: families.map(family => ({ kind: "cidr", cidr: everyAddress(family) })),
  };
}

function entryUses(name: string, document: MatrixDocument, pins: Pins, site: Site): PeerUse[] {
  const entry = document.groups[name];
  if (!entry) return [];
  const byAddress = entry.members.length > 0 && entry.by === "address";
  const members = entry.members.map((text): PeerUse => {
    const peer: Peer = { kind: "cidr", cidr: block(text) };
    return { permitted: boxPeerOf(peer), required: byAddress ? [peer] : [] };
  });
  const references = pinnedOf(name, document, pins).map((pin): PeerUse => {
    const peer = groupPeer(pin.id, pin.owner || undefined, site.owner);
    const near = !pin.vpcId || !site.vpcId || pin.vpcId === site.vpcId;
    return { permitted: boxPeerOf(peer), required: byAddress || !near ? [] : [peer] };
  });
  return [...members, ...references];
}

function pinnedOf(name: string, document: MatrixDocument, pins: Pins): readonly PinnedGroup[] {
  const pinned = pins.groups[name] ?? [];
  const id = document.groups[name]?.id;
  if (id === undefined || pinned.some(pin => pin.id === id)) return pinned;
  return [...pinned, { id, owner: "", name }];
}

function plainPeer(spec: Exclude<Resolved, { kind: "public" | "entry" }>, site: Site): Peer {
  if (spec.kind === "cidr") return { kind: "cidr", cidr: block(spec.cidr) };
  if (spec.kind === "prefix-list") return { kind: "prefix-list", id: spec.id };
  return groupPeer(spec.id, spec.owner, site.owner);
}

function block(text: string): Cidr {
  const cidr = parseCidr(text);
  if (!cidr) throw new Error(`not a block in a checked document: ${text}`);
  return cidr;
}

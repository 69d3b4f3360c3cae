// An account as people make it by hand: fifty groups of a few kinds in two VPCs, with rules that refer
// to each other, offices under several descriptions, and things nobody remembers. Drawn from a seed.
import type { Account } from "../../local/account.ts";
import type { RuleSeed } from "../../local/ec2/ec2.ts";

const KINDS = ["web", "api", "worker", "db", "cache", "bastion", "batch", "proxy"] as const;
const TEAMS = ["shop", "search", "billing", "data", "mobile", "ops", "growth"] as const;
const OFFICES = [
  ["203.0.113.0/24", "office Shanghai"],
  ["198.51.100.7/32", "office VPN"],
  ["192.0.2.0/28", "partner"],
] as const;
const PORTS: Readonly<Record<string, readonly number[]>> = {
  ...{ web: [80, 443], api: [8080], worker: [9000], db: [5432], cache: [6379] },
  ...{ bastion: [22], batch: [7000, 7005], proxy: [3128] },
};

/** The two VPCs; the second has IPv6 too. */
export const VPCS = [
  { cidr: "10.0.0.0/16" },
  { cidr: "10.1.0.0/16", ipv6: "2001:db8:1200::/56" },
] as const;

/** The prefix list that some rules refer to. */
export const LIST = {
  name: "monitoring",
  entries: [{ cidr: "10.0.250.0/24" }],
  maxEntries: 5,
} as const;

/** A rule whose peer is a block, the list, or a group by its place among the groups. */
export interface HandmadeRule {
  readonly egress?: true;
  readonly protocol: "tcp" | "udp" | "icmp";
  readonly from: number;
  readonly to: number;
  readonly description?: string;
  readonly peer: { readonly cidr: string } | { readonly group: number } | "list";
}

export interface HandmadeGroup {
  readonly name: string;
  /** Its place in `VPCS`. */
  readonly vpc: 0 | 1;
  readonly rules: readonly HandmadeRule[];
  /** Whether it lets everything out, as a new group does. */
  readonly defaultEgress: boolean;
  readonly tags: Readonly<Record<string, string>>;
}

/** A generator that gives the same numbers for the same seed. */
function drawing(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return below => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Draws the groups; a rule refers to earlier ones of the same VPC only. */
export function drawHandmade(seed = 50): HandmadeGroup[] {
  const draw = drawing(seed);
  return Array.from({ length: 50 }, (_, index): HandmadeGroup => {
    const kind = KINDS[index % KINDS.length] ?? "web";
    // One name is in both VPCs, as people copy what works.
    const name = index === 49 ? "shop-web" : `${TEAMS[Math.floor(index / KINDS.length)]}-${kind}`;
    const vpc = index % 2 === 0 ? 0 : 1;
    const earlier = Array.from({ length: Math.floor(index / 2) }, (_, one) => 2 * one + vpc);
    const ingress = ingressOf(kind, earlier, draw);
    const isListed = draw(4) === 0;
    const rules = [...ingress, ...(isListed ? egressOf(earlier, draw) : [])];
    const isCluster = draw(10) === 0;
    return {
      ...{ name, vpc, rules, defaultEgress: !isListed },
      tags: isCluster ? { "kubernetes.io/cluster/prod": "owned" } : {},
    };
  });
}

type Draw = (below: number) => number;

const oneOf = (places: readonly number[], draw: Draw): number | undefined =>
  places.length > 0 ? places[draw(places.length)] : undefined;

function ingressOf(kind: string, earlier: readonly number[], draw: Draw): HandmadeRule[] {
  const rules: HandmadeRule[] = [];
  const allow = (port: number, peer: HandmadeRule["peer"], description?: string) =>
    rules.push({
      ...{ protocol: "tcp", from: port, to: port, peer },
      ...(description !== undefined && { description }),
    });
  for (const port of PORTS[kind] ?? []) {
    const friend = oneOf(earlier, draw);
    if (kind === "web") allow(port, { cidr: "0.0.0.0/0" }, "everybody");
    else if (friend !== undefined) allow(port, { group: friend }, "from the app");
    const [cidr, description] = OFFICES[draw(OFFICES.length)] ?? OFFICES[0];
    if (draw(2) === 0) allow(port, { cidr }, description);
    if (draw(6) === 0) allow(port, "list");
  }
  if (draw(7) === 0) allow(22, { cidr: "0.0.0.0/0" }, "temporary!!");
  if (draw(5) === 0)
    rules.push({ protocol: "icmp", from: 8, to: -1, peer: { cidr: "10.0.0.0/8" } });
  return rules;
}

function egressOf(earlier: readonly number[], draw: Draw): HandmadeRule[] {
  const friend = oneOf(earlier, draw);
  const out = { egress: true, protocol: "tcp", from: 5432, to: 5432 } as const;
  return [
    { egress: true, protocol: "udp", from: 53, to: 53, peer: { cidr: "10.0.0.2/32" } },
    ...(friend === undefined ? [] : [{ ...out, peer: { group: friend } }]),
  ];
}

/** Plants the groups in a local account, and gives back their ids. */
export function plantHandmade(account: Account, seed?: number): string[] {
  const place = { account: account.accountId, region: account.region };
  const plant = account.ec2.seed;
  const vpcIds = ["vpc-0a00000000000aaaa", "vpc-0b00000000000bbbb"] as const;
  plant.vpc(place, { vpcId: vpcIds[0], ...VPCS[0] });
  plant.vpc(place, { vpcId: vpcIds[1], ...VPCS[1] });
  const listId = plant.prefixList(place, { ...LIST, entries: [...LIST.entries] });
  const ids: string[] = [];
  for (const { name, vpc, rules, defaultEgress, tags } of drawHandmade(seed)) {
    const seeds = rules.map(({ peer, ...fields }): RuleSeed => {
      if (peer === "list") return { ...fields, prefixListId: listId };
      return "cidr" in peer
        ? { ...fields, cidr: peer.cidr }
        : { ...fields, groupId: ids[peer.group] ?? "" };
    });
    const given = { name, vpcId: vpcIds[vpc], rules: seeds, defaultEgress };
    ids.push(plant.group(place, { ...given, tags: { ...tags } }));
  }
  return ids;
}

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
const VPCS = ["vpc-0a00000000000aaaa", "vpc-0b00000000000bbbb"] as const;
const PORTS: Readonly<Record<string, readonly number[]>> = {
  ...{ web: [80, 443], api: [8080], worker: [9000], db: [5432], cache: [6379] },
  ...{ bastion: [22], batch: [7000, 7005], proxy: [3128] },
};

/** A generator that gives the same numbers for the same seed. */
function drawing(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return below => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Plants the groups, and gives back their ids. */
export function plantHandmade(account: Account, seed = 50): string[] {
  const place = { account: account.accountId, region: account.region };
  const plant = account.ec2.seed;
  const draw = drawing(seed);
  plant.vpc(place, { vpcId: VPCS[0], cidr: "10.0.0.0/16" });
  plant.vpc(place, { vpcId: VPCS[1], cidr: "10.1.0.0/16", ipv6: "2001:db8:1200::/56" });
  const listId = plant.prefixList(place, {
    name: "monitoring",
    entries: [{ cidr: "10.0.250.0/24" }],
    maxEntries: 5,
  });
  const groups = Array.from({ length: 50 }, (_, index) => {
    const kind = KINDS[index % KINDS.length] ?? "web";
    // Some names are in both VPCs, as people copy what works.
    const name = `${TEAMS[Math.floor(index / KINDS.length)] ?? "misc"}-${kind}`;
    return { kind, name, vpcId: VPCS[index % 2] ?? VPCS[0] };
  });
  const ids: string[] = [];
  for (const [index, { kind, name, vpcId }] of groups.entries()) {
    const earlier = ids.filter((_, other) => groups[other]?.vpcId === vpcId);
    const rules: RuleSeed[] = [];
    const allow = (port: number, peer: Partial<RuleSeed>) =>
      rules.push({ protocol: "tcp", from: port, to: port, ...peer });
    for (const port of PORTS[kind] ?? []) {
      const friend = earlier.length > 0 ? earlier[draw(earlier.length)] : undefined;
      if (kind === "web") allow(port, { cidr: "0.0.0.0/0", description: "everybody" });
      else if (friend !== undefined) allow(port, { groupId: friend, description: "from the app" });
      const [cidr, description] = OFFICES[draw(OFFICES.length)] ?? OFFICES[0];
      if (draw(2) === 0) allow(port, { cidr, description });
      if (draw(6) === 0) allow(port, { prefixListId: listId });
    }
    if (draw(7) === 0) allow(22, { cidr: "0.0.0.0/0", description: "temporary!!" });
    if (draw(5) === 0) rules.push({ protocol: "icmp", from: 8, to: -1, cidr: "10.0.0.0/8" });
    const isListed = draw(4) === 0;
    if (isListed) {
      const friend = earlier.length > 0 ? earlier[draw(earlier.length)] : undefined;
      rules.push({ egress: true, protocol: "udp", from: 53, to: 53, cidr: "10.0.0.2/32" });
      const out = { egress: true, protocol: "tcp", from: 5432, to: 5432 };
      if (friend !== undefined) rules.push({ ...out, groupId: friend });
    }
    const isCluster = draw(10) === 0;
    ids.push(
      plant.group(place, {
        ...{ name: index >= 48 ? (groups[0]?.name ?? name) : name, vpcId, rules },
        defaultEgress: !isListed,
        ...(isCluster ? { tags: { "kubernetes.io/cluster/prod": "owned" } } : {}),
      }),
    );
  }
  return ids;
}

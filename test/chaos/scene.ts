// What a history happens to: three groups of one VPC, a prefix list, and matrices drawn from a pool of
// flows.
import type { Account } from "../../local/account.ts";
import type { FlowText, MatrixText, Mode } from "../support/oracle/case.ts";
import { type Random, randomOf, whole } from "./draw.ts";

export const PARTS = ["app", "db", "edge"] as const;

export interface Scene {
  readonly vpcId: string;
  /** The ids of the groups that play the parts, in order. */
  readonly groups: readonly string[];
  readonly listId: string;
  readonly hasIpv6: boolean;
}

/** Plants the groups and the list of a history, with a few rules. */
export function plant(account: Account, seed: number): Scene {
  const random = randomOf(seed ^ 0x5eed);
  const place = { account: account.accountId, region: account.region };
  const id = (prefix: string, n: number) => `${prefix}-0${n.toString(16).padEnd(16, "0")}`;
  const hasIpv6 = random() < 0.5;
  const vpcId = account.ec2.seed.vpc(place, {
    vpcId: id("vpc", 1),
    cidr: "10.0.0.0/16",
    ...(hasIpv6 ? { ipv6: "2001:db8:1200::/56" } : {}),
  });
  const listId = account.ec2.seed.prefixList(place, {
    ...{ prefixListId: id("pl", 1), name: "partners", maxEntries: 8, family: "IPv4" },
    entries: [{ cidr: "203.0.113.0/24" }],
  });
  const groups = PARTS.map((part, n) =>
    account.ec2.seed.group(place, {
      ...{ groupId: id("sg", n + 1), name: `chaos-${part}`, vpcId },
      defaultEgress: random() < 0.3,
    }),
  );
  return { vpcId, groups, listId, hasIpv6 };
}

const FLOWS = (list: string): FlowText[] => [
  { from: "0.0.0.0/0", to: "app", ports: "tcp 443" },
  { from: "10.0.0.0/8", to: "app", ports: "tcp 22", need: "allowed" },
  { from: "app", to: "db", ports: "tcp 5432" },
  { from: list, to: "app", ports: "tcp 8080" },
  { from: "203.0.113.0/24", to: "app", ports: "tcp 8000-8100" },
  { from: "10.1.0.0/16", to: "app", ports: "tcp 9000", need: "advised" },
  { from: "2001:db8::/32", to: "app", ports: "tcp 443", need: "allowed" },
  { from: "app", to: "0.0.0.0/0", ports: "tcp 443", need: "on-demand" },
  { from: "db", to: "app", ports: "udp 53", need: "allowed" },
  { from: "edge", to: ["app", "db"], ports: "tcp 7000-7010" },
  { from: "public", to: "edge", ports: "tcp 80 443" },
  { from: "10.0.0.0/9", to: "db", ports: "icmp 8/0" },
];

/** The matrix of a number, of which there are many. */
export function matrixOf(scene: Scene, number: number): MatrixText {
  const random = randomOf(number ^ 0xa11);
  const mode = pickMode(random);
  const own = (): { mode?: Mode } => (random() < 0.2 ? { mode: pickMode(random) } : {});
  const listed = (): { egress?: "listed" } => (random() < 0.7 ? { egress: "listed" } : {});
  const [app = "", db = ""] = scene.groups;
  const groups = {
    app: { id: app, ...listed(), ...own() },
    db: { id: db, members: ["10.0.1.5/32"], ...listed(), ...own() },
    edge: { name: "chaos-edge", ...listed(), ...own() },
  };
  const flows = FLOWS(scene.listId).filter(() => random() < 0.6);
  const forbid = random() < 0.5 ? [{ from: "public", to: "db", ports: "tcp" }] : [];
  return {
    ...{ matrix: "chaos", mode, vpc: scene.vpcId, groups, flows },
    ...(forbid.length > 0 ? { forbid } : {}),
  };
}

const pickMode = (random: Random): Mode =>
  (["enforce", "enforce", "enforce", "revoke", "observe"] as const)[whole(random, 5)] ?? "enforce";

/** The rules people make, by number. */
export function ruleTexts({ listId, groups }: Scene): string[] {
  return [
    "ingress tcp 22 from 0.0.0.0/0",
    "ingress tcp 443 from 0.0.0.0/0",
    "ingress tcp 442-444 from 0.0.0.0/0",
    "ingress tcp 443-444 from 0.0.0.0/0",
    "ingress tcp 0-65535 from 10.0.0.0/8",
    "ingress tcp 22 from 10.2.0.0/16",
    "ingress tcp 21-23 from 10.2.0.0/16",
    "ingress tcp 22-23 from 10.2.0.0/16",
    "ingress all from 10.0.0.0/8",
    "ingress tcp 5432 from 0.0.0.0/0",
    `ingress tcp 5432 from ${groups[0]}`,
    `ingress tcp 5431-5433 from ${groups[0]}`,
    "ingress tcp 7999-8101 from 203.0.113.0/24",
    "ingress tcp 8000-8100 from 203.0.113.0/24",
    "ingress tcp 8000-8100 from 203.0.112.0/23",
    "ingress tcp 8000-8101 from 203.0.113.0/24",
    `ingress tcp 8080 from ${listId}`,
    `ingress tcp 8080-8081 from ${listId}`,
    "ingress tcp 9000 from 172.16.0.1/32",
    "ingress tcp 8999-9000 from 10.1.0.0/16",
    "ingress udp 53 from 10.0.1.5/32",
    "ingress udp 52-53 from 10.0.0.0/16",
    `ingress tcp 7000-7010 from ${groups[2]}`,
    `ingress tcp 7000-7011 from ${groups[2]}`,
    "ingress tcp 79-80 from 0.0.0.0/0",
    "ingress tcp 443 from ::/0",
    "ingress tcp 443 from 2001:db8::/32",
    "ingress icmp 8/0 from 10.0.0.0/9",
    "ingress icmp all from 10.0.0.0/8",
    "egress all to 0.0.0.0/0",
    "egress tcp 443 to 0.0.0.0/0",
    "egress tcp 5432 to 10.0.1.5/32",
    "egress tcp 5430-5440 to 10.0.1.0/24",
    "egress tcp 7000-7010 to 10.0.1.5/32",
  ];
}

/** What the list is made to hold, by number. */
export const LIST_ENTRIES: readonly (readonly string[])[] = [
  ["203.0.113.0/24"],
  ["203.0.113.0/24", "198.51.100.0/24"],
  ["203.0.113.0/25"],
  ["0.0.0.0/0"],
];

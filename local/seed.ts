// The five servers a local account starts with: a VPC, one group and one interface per server, with
// exactly the rules their document asks for. Planted without events, as if long there.
import type { Account } from "./account.ts";
import type { GroupSeed, InterfaceSeed, RuleSeed } from "./ec2/ec2.ts";
import { accessKeyOf, callerOf } from "./identities.ts";

/** The VPC of the five servers. */
export const seedVpc = "vpc-0f0a1b2c3d4e5f607";

interface Server {
  name: string;
  address: string;
  /** `listed` groups lose the egress to everywhere that EC2 gives a new group. */
  egress: "open" | "listed";
  rules: readonly string[];
}

/** The servers by their part, with their rules in rule text. */
const servers: Readonly<Record<string, Server>> = {
  api: {
    name: "funai-api",
    address: "172.21.138.91",
    egress: "listed",
    rules: [
      "ingress tcp 80 from 0.0.0.0/0",
      "ingress tcp 443 from 0.0.0.0/0",
      "ingress tcp 8080 from 172.21.138.87/32",
      "egress tcp 7002 to 172.21.138.100/32",
      "egress tcp 7001 to 172.21.138.87/32",
      "egress tcp 80 to 172.21.138.87/32",
    ],
  },
  workspace: {
    name: "funai-workspace-dev",
    address: "172.21.138.87",
    egress: "open",
    rules: [
      "ingress tcp 7001 from 172.21.138.91/32",
      "ingress tcp 80 from 172.21.138.91/32",
      "egress tcp 8080 to 172.21.138.91/32",
    ],
  },
  deploy: {
    name: "funai-deploy",
    address: "172.21.138.100",
    egress: "open",
    rules: [
      "ingress tcp 7002 from 172.21.138.91/32",
      "ingress tcp 7002 from 172.21.138.101/32",
      "ingress tcp 7002 from 172.21.138.102/32",
    ],
  },
  runner: {
    name: "funai-runner",
    address: "172.21.138.101",
    egress: "listed",
    rules: ["egress tcp 7002 to 172.21.138.100/32", "egress tcp 7005 to 172.21.138.102/32"],
  },
  runtime: {
    name: "funai-runtime",
    address: "172.21.138.102",
    egress: "listed",
    rules: [
      "ingress tcp 7005 from 172.21.138.101/32",
      "ingress tcp 80 from 0.0.0.0/0",
      "ingress tcp 443 from 0.0.0.0/0",
      "egress tcp 7002 to 172.21.138.100/32",
    ],
  },
};

/** The group ids of the five servers, by their part. */
export type SeededGroups = Record<"api" | "workspace" | "deploy" | "runner" | "runtime", string>;

/** Plants what is missing of the five servers, and returns the groups' ids, always the same. */
export function seedFiveServers(account: Account): SeededGroups {
  const { seed } = account.ec2;
  const place = { account: account.accountId, region: account.region };
  const isThere = (action: string, parameter: string, id: string) => {
    const form = new URLSearchParams({ Action: action, [parameter]: id, Version: "2016-11-15" });
    const caller = callerOf(accessKeyOf("root"), account.accountId, account.region);
    const from = { caller, region: account.region, sourceIp: "127.0.0.1", userAgent: "seed" };
    return account.ec2.handle(form, from).status === 200;
  };
  if (!isThere("DescribeVpcs", "VpcId.1", seedVpc)) {
    seed.vpc(place, { vpcId: seedVpc, cidr: "172.21.0.0/16", tags: { Name: "funai-studio" } });
  }
  const planted = Object.entries(servers).map(([part, server]) => {
    const ids = idsOf(server);
    if (!isThere("DescribeSecurityGroups", "GroupId.1", ids.groupId)) {
      seed.group(place, groupOf(server));
    }
    if (!isThere("DescribeNetworkInterfaces", "NetworkInterfaceId.1", ids.networkInterfaceId)) {
      seed.interface(place, interfaceOf(server));
    }
    return [part, ids.groupId];
  });
  return Object.fromEntries(planted);
}

/** Ids that end in the last part of the server's address: 172.21.138.91 has sg-0f0a1b2c3d4e50091. */
function idsOf(server: Server): { groupId: string; networkInterfaceId: string } {
  const end = (server.address.split(".")[3] ?? "").padStart(4, "0");
  const id = `0f0a1b2c3d4e5${end}`;
  return { groupId: `sg-${id}`, networkInterfaceId: `eni-${id}` };
}

function groupOf(server: Server): GroupSeed {
  return {
    groupId: idsOf(server).groupId,
    name: server.name,
    description: `${server.name} at ${server.address}`,
    vpcId: seedVpc,
    tags: { Name: server.name },
    rules: server.rules.map(ruleSeed),
    defaultEgress: server.egress === "open",
  };
}

function interfaceOf(server: Server): InterfaceSeed {
  const { groupId, networkInterfaceId } = idsOf(server);
  return {
    networkInterfaceId,
    vpcId: seedVpc,
    address: server.address,
    groupIds: [groupId],
    description: server.name,
    tags: { Name: server.name },
  };
}

/** Reads the few forms of rule text that the seed uses; local/ shares no parser with matrix/. */
function ruleSeed(text: string): RuleSeed {
  const match = /^(ingress|egress) (tcp|udp) (\d+) (?:from|to) (\S+)$/.exec(text);
  if (!match) throw new Error(`${text} is not a rule the seed can plant`);
  const port = Number(match[3]);
  return {
    egress: match[1] === "egress",
    protocol: match[2] ?? "",
    from: port,
    to: port,
    cidr: match[4] ?? "",
  };
}

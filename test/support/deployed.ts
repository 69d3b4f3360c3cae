// Portward deployed in a local account with the five servers, and what a tester does to it.
import { readFileSync } from "node:fs";
import {
  AuthorizeSecurityGroupEgressCommand,
  AuthorizeSecurityGroupIngressCommand,
  EC2Client,
  type EC2ClientConfig,
  type IpPermission,
  RevokeSecurityGroupEgressCommand,
  RevokeSecurityGroupIngressCommand,
} from "@aws-sdk/client-ec2";
import type { AwsAccount } from "../../functions/aws/account.ts";
import { newPermission } from "../../functions/aws/ip-permission.ts";
import { type Account, type AccountOptions, startAccount } from "../../local/account.ts";
import type { KeyName } from "../../local/identities.ts";
import { type Deployment, type DeployOptions, deploy } from "../../local/portward.ts";
import { type SeededGroups, seedFiveServers } from "../../local/seed.ts";
import { parseMatrix } from "../../matrix/file/parse.ts";
import type { Finding } from "../../matrix/finding.ts";
import { formatRule, parseRule, type Rule } from "../../matrix/rules/rule.ts";
import { carrierTo } from "./carrier.ts";

export interface Deployed {
  readonly account: Account;
  readonly deployment: Deployment;
  readonly aws: AwsAccount;
  readonly groups: SeededGroups;
  /** An ordinary EC2 client of somebody. */
  as(name: KeyName): EC2Client;
  /** Opens rules by value, as a person does. */
  open(groupId: string, ...rules: string[]): Promise<void>;
  /** Takes rules away by value. */
  take(groupId: string, ...rules: string[]): Promise<void>;
  /** The rule texts of a group now, sorted. */
  rules(groupId: string): Promise<string[]>;
  /** Waits until no event is under way. */
  idle(): Promise<void>;
  findings(groupId: string): Promise<Finding[]>;
  stop(): Promise<void>;
}

export const studio = (): string => readFileSync("matrix/examples/funai-studio.yaml", "utf8");

export interface DeployedOptions {
  /** The example in enforce unless given; null for none. */
  readonly matrix?: string | null;
  readonly account?: AccountOptions;
  readonly deploy?: DeployOptions;
  /** Whether calls go over sockets. */
  readonly isOnline?: boolean;
}

/** Starts an account with the five servers and applies a matrix. */
export async function startDeployed(options: DeployedOptions = {}): Promise<Deployed> {
  const account = await startAccount(options.account);
  const groups = seedFiveServers(account);
  const carried = options.isOnline === true ? {} : { requestHandler: carrierTo(account) };
  const deployment = deploy(account, { ...carried, ...options.deploy });
  const { aws } = deployment;
  const { matrix = studio().replace("mode: observe", "mode: enforce") } = options;
  if (matrix !== null) {
    await deployment.follow(parseMatrix([{ name: "matrix.yaml", text: matrix }]));
  }
  const clients = new Map<KeyName, EC2Client>();
  const as = (name: KeyName): EC2Client => {
    const known = clients.get(name) ?? clientOf(account, name, carried);
    clients.set(name, known);
    return known;
  };
  return {
    ...{ account, deployment, aws, groups, as },
    open: (id, ...rules) => open(as("tester"), id, rules),
    take: (id, ...rules) => take(as("tester"), id, rules),
    async rules(groupId) {
      const read = await aws.groups.read(groupId);
      return (read?.group.rules ?? []).map(live => formatRule(live.rule)).toSorted();
    },
    idle: () => account.idle(),
    findings: groupId => aws.findings.forGroup(groupId),
    async stop() {
      deployment.stop();
      for (const client of clients.values()) client.destroy();
      await account.stop();
    },
  };
}

export function clientOf(
  account: Account,
  name: KeyName,
  carried: Pick<EC2ClientConfig, "requestHandler"> = {},
): EC2Client {
  const env = account.env(name);
  return new EC2Client({
    ...carried,
    endpoint: account.url,
    region: account.region,
    credentials: {
      accessKeyId: env.AWS_ACCESS_KEY_ID ?? "",
      secretAccessKey: env.AWS_SECRET_ACCESS_KEY ?? "",
    },
  });
}

export async function open(ec2: EC2Client, GroupId: string, texts: string[]): Promise<void> {
  const { ingress, egress } = permissions(texts);
  if (ingress.length > 0) {
    const input = { GroupId, IpPermissions: ingress };
    await ec2.send(new AuthorizeSecurityGroupIngressCommand(input));
  }
  if (egress.length > 0) {
    await ec2.send(new AuthorizeSecurityGroupEgressCommand({ GroupId, IpPermissions: egress }));
  }
}

export async function take(ec2: EC2Client, GroupId: string, texts: string[]): Promise<void> {
  const { ingress, egress } = permissions(texts);
  if (ingress.length > 0) {
    await ec2.send(new RevokeSecurityGroupIngressCommand({ GroupId, IpPermissions: ingress }));
  }
  if (egress.length > 0) {
    await ec2.send(new RevokeSecurityGroupEgressCommand({ GroupId, IpPermissions: egress }));
  }
}

function permissions(texts: string[]): { ingress: IpPermission[]; egress: IpPermission[] } {
  const rules = texts.map(ruleOf);
  const of = (direction: Rule["direction"]) =>
    rules.filter(rule => rule.direction === direction).map(rule => newPermission(rule));
  return { ingress: of("ingress"), egress: of("egress") };
}

export function ruleOf(text: string): Rule {
  const rule = parseRule(text);
  if (!rule) throw new Error(`not a rule: ${text}`);
  return rule;
}

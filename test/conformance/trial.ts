// The EC2s that are compared, and a fresh group of one of them to try rules on. It asserts nothing.
import {
  type AuthorizeSecurityGroupIngressResult,
  EC2,
  type IpPermission,
  type RevokeSecurityGroupIngressResult,
} from "@aws-sdk/client-ec2";
import { startAccount } from "../../local/account.ts";
import { accessKeyOf, secretOf } from "../../local/identities.ts";
import { ingressOf } from "../local/ec2-endpoint.ts";
import { settingOf } from "./setting.ts";

/** An EC2 with a VPC to make groups in. */
export interface Subject {
  readonly client: EC2;
  readonly vpcId: string;
  /** Makes a group nobody has used. */
  trial(): Promise<Trial>;
  /** Remembers how to remove something; failing to is no failure. */
  afterwards(remove: () => Promise<unknown>): void;
  /** Removes what was made, the newest first. */
  stop(): Promise<void>;
}

/** One group, and short forms of the calls on it. */
export interface Trial {
  readonly client: EC2;
  readonly vpcId: string;
  readonly groupId: string;
  authorize(...permissions: IpPermission[]): Promise<AuthorizeSecurityGroupIngressResult>;
  revoke(...permissions: IpPermission[]): Promise<RevokeSecurityGroupIngressResult>;
  /** The ingress rules, one line each, sorted. */
  ingress(): Promise<string[]>;
}

export type SubjectName = "the local account" | "moto" | "EC2_ENDPOINT";

/** The local account, moto, and whatever EC2_ENDPOINT names. */
export const subjectNames: readonly SubjectName[] = process.env.EC2_ENDPOINT
  ? ["the local account", "moto", "EC2_ENDPOINT"]
  : ["the local account", "moto"];

/** Connects to one of the EC2s. */
export async function startSubject(name: SubjectName): Promise<Subject> {
  if (name === "EC2_ENDPOINT") {
    const { EC2_ENDPOINT = "", AWS_REGION: region = "ap-southeast-1" } = process.env;
    return subjectOf(new EC2({ endpoint: EC2_ENDPOINT, region, maxAttempts: 1 }));
  }
  const account = name === "moto" ? undefined : await startAccount();
  const accessKeyId = accessKeyOf("tester");
  const client = new EC2({
    endpoint: account?.url ?? settingOf("moto"),
    region: "ap-southeast-1",
    maxAttempts: 1,
    credentials: { accessKeyId, secretAccessKey: secretOf(accessKeyId) },
  });
  return subjectOf(client, () => account?.stop());
}

async function subjectOf(client: EC2, close?: () => Promise<void> | undefined): Promise<Subject> {
  const removals: (() => Promise<unknown>)[] = [];
  const { Vpc } = await client.createVpc({ CidrBlock: "10.0.0.0/16" });
  const vpcId = Vpc?.VpcId ?? "";
  removals.push(() => client.deleteVpc({ VpcId: vpcId }));
  let trials = 0;
  return {
    client,
    vpcId,
    async trial() {
      trials += 1;
      const { GroupId = "" } = await client.createSecurityGroup({
        GroupName: `trial-${trials}`,
        Description: "to try rules on",
        VpcId: vpcId,
      });
      removals.push(() => client.deleteSecurityGroup({ GroupId }));
      return trialOf(client, vpcId, GroupId);
    },
    afterwards: remove => removals.push(remove),
    async stop() {
      for (const remove of removals.reverse()) await remove().catch(() => undefined);
      client.destroy();
      await close?.();
    },
  };
}

function trialOf(client: EC2, vpcId: string, groupId: string): Trial {
  const input = (permissions: IpPermission[]) => ({ GroupId: groupId, IpPermissions: permissions });
  return {
    client,
    vpcId,
    groupId,
    authorize: (...permissions) => client.authorizeSecurityGroupIngress(input(permissions)),
    revoke: (...permissions) => client.revokeSecurityGroupIngress(input(permissions)),
    ingress: () => ingressOf(client, groupId),
  };
}

/** An ip permission for ports and IPv4 blocks. */
export function ipv4(protocol: string, from: number, to: number, ...cidrs: string[]): IpPermission {
  const IpRanges = cidrs.map(CidrIp => ({ CidrIp }));
  return { IpProtocol: protocol, FromPort: from, ToPort: to, IpRanges };
}

/** An ip permission for ports and one IPv6 block. */
export function ipv6(protocol: string, from: number, to: number, cidr: string): IpPermission {
  const Ipv6Ranges = [{ CidrIpv6: cidr }];
  return { IpProtocol: protocol, FromPort: from, ToPort: to, Ipv6Ranges };
}

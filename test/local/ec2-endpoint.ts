// A loopback HTTP endpoint around the EC2 engine alone, so that tests drive it with the real SDK
// client. It takes the account and the region from the signature's credential scope and checks nothing.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { EC2, type EC2ServiceException, type SecurityGroupRule } from "@aws-sdk/client-ec2";
import {
  type CallContext,
  type Caller,
  type CloudTrailRecord,
  createEc2,
  type Ec2,
  type Ec2Options,
  type Json,
} from "../../local/ec2/ec2.ts";

export const account = "111122223333";
export const otherAccount = "444455556666";
export const region = "ap-southeast-1";
export const place = { account, region };

/** An EC2 of its own behind a socket, and what it reported. */
export interface Endpoint {
  ec2: Ec2;
  client: EC2;
  /** A client of the other account. */
  other: EC2;
  url: string;
  records: CloudTrailRecord[];
  journal: Json[];
  clock: { now: number };
  stop: () => Promise<void>;
}

const role = {
  arn: `arn:aws:iam::${otherAccount}:role/deployer`,
  userName: "deployer",
  principalId: "AROAEXAMPLEROLEID",
};

/** Who an access key stands for: TESTER is a user, DEPLOYER a role of the other account. */
function callerOf(accessKeyId: string): Caller {
  if (accessKeyId === "DEPLOYER") {
    return {
      type: "AssumedRole",
      account: otherAccount,
      arn: `arn:aws:sts::${otherAccount}:assumed-role/deployer/pipeline`,
      principalId: `${role.principalId}:pipeline`,
      accessKeyId,
      issuer: role,
    };
  }
  return {
    type: "IAMUser",
    account,
    arn: `arn:aws:iam::${account}:user/tester`,
    principalId: "AIDAEXAMPLEUSERID",
    userName: "tester",
    accessKeyId,
  };
}

function contextOf(authorization: string, userAgent: string): CallContext {
  const [, key = "", scope = ""] = /Credential=([^/]+)\/\d+\/([^/]+)/.exec(authorization) ?? [];
  return { caller: callerOf(key), region: scope, sourceIp: "127.0.0.1", userAgent };
}

function clientOf(url: string, accessKeyId: string): EC2 {
  return new EC2({
    endpoint: url,
    region,
    maxAttempts: 1,
    credentials: { accessKeyId, secretAccessKey: "not-a-secret" },
  });
}

/** Starts an endpoint on a free port. */
export async function startEndpoint(options: Partial<Ec2Options> = {}): Promise<Endpoint> {
  const records: CloudTrailRecord[] = [];
  const journal: Json[] = [];
  const clock = { now: Date.UTC(2026, 0, 24, 3, 45, 49, 250) };
  const ec2 = createEc2({
    clock: () => clock.now,
    onRecord: record => records.push(record),
    onChange: entry => journal.push(JSON.parse(JSON.stringify(entry))),
    ...options,
  });
  const server = createServer(async (request, response) => {
    const { authorization = "", "user-agent": agent = "" } = request.headers;
    const form = new URLSearchParams(await text(request));
    const { status, body, requestId } = ec2.handle(form, contextOf(authorization, agent));
    const headers = { "content-type": "text/xml;charset=UTF-8", "x-amzn-requestid": requestId };
    response.writeHead(status, headers).end(body);
  });
  await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = clientOf(url, "TESTER");
  const other = clientOf(url, "DEPLOYER");
  const stop = async () => {
    client.destroy();
    other.destroy();
    server.closeAllConnections();
    await new Promise(resolve => server.close(resolve));
  };
  return { ec2, client, other, url, records, journal, clock, stop };
}

/** The error code a call fails with; "none" when it does not fail. */
export async function codeOf(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => "none",
    (error: EC2ServiceException) => error.name,
  );
}

/** The error message a call fails with; "none" when it does not fail. */
export async function messageOf(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => "none",
    (error: EC2ServiceException) => error.message,
  );
}

/** A group to try rules on, in a VPC of its own that is not the default one. */
export async function makeGroup(client: EC2, name = "web"): Promise<{ id: string; vpcId: string }> {
  const { Vpc } = await client.createVpc({ CidrBlock: "10.0.0.0/16" });
  const vpcId = Vpc?.VpcId ?? "";
  const { GroupId = "" } = await client.createSecurityGroup({
    GroupName: name,
    Description: "to try rules on",
    VpcId: vpcId,
  });
  return { id: GroupId, vpcId };
}

/** The rules of a group, as DescribeSecurityGroupRules shows them. */
export async function rulesOf(client: EC2, groupId: string): Promise<SecurityGroupRule[]> {
  const { SecurityGroupRules = [] } = await client.describeSecurityGroupRules({
    Filters: [{ Name: "group-id", Values: [groupId] }],
  });
  return SecurityGroupRules;
}

/** A rule on one line, for comparing. */
export function lineOf(rule: SecurityGroupRule): string {
  const direction = rule.IsEgress ? "egress" : "ingress";
  const peer =
    rule.CidrIpv4 ?? rule.CidrIpv6 ?? rule.PrefixListId ?? rule.ReferencedGroupInfo?.GroupId;
  return `${direction} ${rule.IpProtocol} ${rule.FromPort} ${rule.ToPort} ${peer}`;
}

/** The ingress rules of a group, one line each, sorted. */
export async function ingressOf(client: EC2, groupId: string): Promise<string[]> {
  const rules = await rulesOf(client, groupId);
  return rules
    .filter(rule => !rule.IsEgress)
    .map(lineOf)
    .sort();
}

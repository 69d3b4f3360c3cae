// Do CloudTrail records look as CloudTrail writes them: two families, the caller's own spelling,
// and one record for every mutating call, failed and dry-run ones too?

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { CloudTrailRecord, Json } from "../../local/ec2/ec2.ts";
import {
  account,
  codeOf,
  type Endpoint,
  makeGroup,
  otherAccount,
  place,
  startEndpoint,
} from "./ec2-endpoint.ts";

let endpoint: Endpoint;
let group: string;

beforeAll(async () => {
  endpoint = await startEndpoint();
});
afterAll(() => endpoint.stop());
beforeEach(async () => {
  ({ id: group } = await makeGroup(endpoint.client));
});

function lastRecord(): CloudTrailRecord {
  const record = endpoint.records.at(-1);
  if (record === undefined) throw new Error("there is no record");
  return record;
}

async function authorize(cidrs: string[]): Promise<string[]> {
  const { SecurityGroupRules = [] } = await endpoint.client.authorizeSecurityGroupIngress({
    GroupId: group,
    IpPermissions: [
      { IpProtocol: "tcp", FromPort: 22, ToPort: 22, IpRanges: cidrs.map(CidrIp => ({ CidrIp })) },
    ],
  });
  return SecurityGroupRules.map(rule => rule.SecurityGroupRuleId ?? "");
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

describe("the envelope", () => {
  it("says who, when, where and which request", async () => {
    const { $metadata } = await endpoint.client.createTags({
      Resources: [group],
      Tags: [{ Key: "a", Value: "1" }],
    });
    const { requestParameters: _, responseElements: __, userAgent, ...rest } = lastRecord();
    expect(rest).toEqual({
      eventVersion: "1.11",
      userIdentity: {
        type: "IAMUser",
        principalId: "AIDAEXAMPLEUSERID",
        arn: `arn:aws:iam::${account}:user/tester`,
        accountId: account,
        accessKeyId: "TESTER",
        userName: "tester",
      },
      eventTime: "2026-01-24T03:45:49Z",
      eventSource: "ec2.amazonaws.com",
      eventName: "CreateTags",
      awsRegion: "ap-southeast-1",
      sourceIPAddress: "127.0.0.1",
      requestID: $metadata.requestId,
      eventID: expect.stringMatching(uuid),
      readOnly: false,
      eventType: "AwsApiCall",
      managementEvent: true,
      recipientAccountId: account,
      eventCategory: "Management",
    });
    expect(userAgent).toContain("aws-sdk-js");
  });

  it("names the role behind an assumed-role session", async () => {
    await endpoint.other.createVpc({ CidrBlock: "10.0.0.0/16" });
    expect(lastRecord().userIdentity).toEqual({
      type: "AssumedRole",
      principalId: "AROAEXAMPLEROLEID:pipeline",
      arn: `arn:aws:sts::${otherAccount}:assumed-role/deployer/pipeline`,
      accountId: otherAccount,
      accessKeyId: "DEPLOYER",
      sessionContext: {
        sessionIssuer: {
          type: "Role",
          principalId: "AROAEXAMPLEROLEID",
          arn: `arn:aws:iam::${otherAccount}:role/deployer`,
          accountId: otherAccount,
          userName: "deployer",
        },
        webIdFederationData: {},
        attributes: { creationDate: "2026-01-24T03:45:49Z", mfaAuthenticated: "false" },
      },
    });
  });

  it("is written for no describe", async () => {
    const before = endpoint.records.length;
    await endpoint.client.describeSecurityGroups({});
    await endpoint.client.getManagedPrefixListAssociations({
      PrefixListId: endpoint.ec2.seed.prefixList(place, { name: "x", entries: [] }),
    });
    expect(endpoint.records).toHaveLength(before);
  });
});

describe("the classic family", () => {
  it("keeps the caller's spelling in the request, with the canonical rule in the answer", async () => {
    const [ruleId] = await authorize(["10.0.0.7/24"]);
    const { requestParameters, responseElements, requestID } = lastRecord();
    expect(requestParameters).toEqual({
      groupId: group,
      ipPermissions: {
        items: [
          {
            ipProtocol: "tcp",
            fromPort: 22,
            toPort: 22,
            groups: {},
            ipRanges: { items: [{ cidrIp: "10.0.0.7/24" }] },
            ipv6Ranges: {},
            prefixListIds: {},
          },
        ],
      },
    });
    const arn = `arn:aws:ec2:ap-southeast-1:${account}:security-group-rule/${ruleId}`;
    expect(responseElements).toEqual({
      requestId: requestID,
      _return: true,
      securityGroupRuleSet: {
        items: [
          {
            groupOwnerId: account,
            groupId: group,
            securityGroupRuleId: ruleId,
            isEgress: false,
            ipProtocol: "tcp",
            fromPort: 22,
            toPort: 22,
            cidrIpv4: "10.0.0.0/24",
            securityGroupRuleArn: arn,
          },
        ],
      },
    });
  });

  it("has an empty ipPermissions beside the flat parameters", async () => {
    await endpoint.client.authorizeSecurityGroupIngress({
      GroupId: group,
      IpProtocol: "tcp",
      FromPort: 22,
      ToPort: 22,
      CidrIp: "10.0.0.0/24",
    });
    expect(lastRecord().requestParameters).toEqual({
      groupId: group,
      ipProtocol: "tcp",
      fromPort: 22,
      toPort: 22,
      cidrIp: "10.0.0.0/24",
      ipPermissions: {},
    });
  });

  it("names the rules a revoke by id took away, without owner and ARN", async () => {
    const [ruleId = ""] = await authorize(["10.0.0.0/24"]);
    await endpoint.client.revokeSecurityGroupIngress({
      GroupId: group,
      SecurityGroupRuleIds: [ruleId],
    });
    const { requestParameters, responseElements } = lastRecord();
    expect(requestParameters).toEqual({
      groupId: group,
      ipPermissions: {},
      securityGroupRuleIds: { items: [{ securityGroupRuleId: ruleId }] },
    });
    expect(responseElements?.revokedSecurityGroupRuleSet).toEqual({
      items: [
        {
          groupId: group,
          securityGroupRuleId: ruleId,
          isEgress: false,
          ipProtocol: "tcp",
          fromPort: 22,
          toPort: 22,
          cidrIpv4: "10.0.0.0/24",
        },
      ],
    });
  });

  it("names a created group in the answer only, and its tags as a plain array", async () => {
    const { GroupId } = await endpoint.client.createSecurityGroup({
      GroupName: "tagged",
      Description: "x",
      TagSpecifications: [
        { ResourceType: "security-group", Tags: [{ Key: "team", Value: "red" }] },
      ],
    });
    const { requestParameters, responseElements, requestID } = lastRecord();
    expect(requestParameters).toEqual({
      groupName: "tagged",
      groupDescription: "x",
      tagSpecificationSet: {
        items: [{ resourceType: "security-group", tags: [{ key: "team", value: "red" }] }],
      },
    });
    expect(responseElements).toEqual({
      requestId: requestID,
      _return: true,
      groupId: GroupId,
      tagSet: { items: [{ key: "team", value: "red" }] },
    });
  });

  it("writes the groups of an interface as a groupSet", async () => {
    const { client } = endpoint;
    const { Subnets = [] } = await client.describeSubnets({
      Filters: [{ Name: "cidr-block", Values: ["172.31.0.0/20"] }],
    });
    const { NetworkInterface } = await client.createNetworkInterface({
      SubnetId: Subnets[0]?.SubnetId,
      PrivateIpAddress: "172.31.0.50",
      ClientToken: "t",
    });
    expect(lastRecord().requestParameters).toEqual({
      subnetId: Subnets[0]?.SubnetId,
      privateIpAddress: "172.31.0.50",
      groupSet: {},
      clientToken: "t",
    });
    const made = lastRecord().responseElements?.networkInterface as { [key: string]: Json };
    expect(made.groupSet).toMatchObject({ items: [{ groupName: "default" }] });
    expect(made.privateIpAddressesSet).toMatchObject({ item: [{ primary: true }] });
    const GroupId = NetworkInterface?.Groups?.[0]?.GroupId ?? "";
    const { NetworkInterfaceId } = NetworkInterface ?? {};
    await client.modifyNetworkInterfaceAttribute({ NetworkInterfaceId, Groups: [GroupId] });
    expect(lastRecord().requestParameters).toEqual({
      networkInterfaceId: NetworkInterfaceId,
      groupSet: { items: [{ groupId: GroupId }] },
    });
  });
});

describe("the wrapped family", () => {
  const rule = (CidrIpv4: string) => ({ IpProtocol: "tcp", FromPort: 1, ToPort: 2, CidrIpv4 });

  it("writes one changed rule as an object, without its old values or its direction", async () => {
    const [ruleId] = await authorize(["10.0.0.0/24"]);
    await endpoint.client.modifySecurityGroupRules({
      GroupId: group,
      SecurityGroupRules: [{ SecurityGroupRuleId: ruleId, SecurityGroupRule: rule("10.9.9.9/8") }],
    });
    const { requestParameters, responseElements, requestID } = lastRecord();
    expect(requestParameters).toEqual({
      ModifySecurityGroupRulesRequest: {
        GroupId: group,
        SecurityGroupRule: {
          SecurityGroupRuleId: ruleId,
          SecurityGroupRule: rule("10.9.9.9/8"),
          tag: 1,
        },
      },
    });
    expect(responseElements).toEqual({
      ModifySecurityGroupRulesResponse: {
        xmlns: "http://ec2.amazonaws.com/doc/2016-11-15/",
        requestId: requestID,
        return: true,
      },
    });
  });

  it("writes several changed rules as an array with tags from one", async () => {
    const ids = await authorize(["10.0.0.0/24", "10.0.1.0/24"]);
    await endpoint.client.modifySecurityGroupRules({
      GroupId: group,
      SecurityGroupRules: ids.map((SecurityGroupRuleId, i) => ({
        SecurityGroupRuleId,
        SecurityGroupRule: rule(`10.${i}.0.0/16`),
      })),
    });
    const request = lastRecord().requestParameters?.ModifySecurityGroupRulesRequest;
    expect(request).toMatchObject({
      SecurityGroupRule: [
        { SecurityGroupRuleId: ids[0], tag: 1 },
        { SecurityGroupRuleId: ids[1], tag: 2 },
      ],
    });
  });

  it("writes the entries a prefix list got and lost", async () => {
    const { ec2, client } = endpoint;
    const PrefixListId = ec2.seed.prefixList(place, {
      name: "office",
      entries: [{ cidr: "10.0.0.0/8" }],
    });
    await client.modifyManagedPrefixList({
      PrefixListId,
      CurrentVersion: 1,
      AddEntries: [{ Cidr: "192.0.2.9/24", Description: "lab" }],
      RemoveEntries: [{ Cidr: "10.0.0.0/8" }],
    });
    expect(lastRecord().requestParameters).toEqual({
      ModifyManagedPrefixListRequest: {
        PrefixListId,
        CurrentVersion: 1,
        AddEntry: { Cidr: "192.0.2.9/24", Description: "lab", tag: 1 },
        RemoveEntry: { Cidr: "10.0.0.0/8", tag: 1 },
      },
    });
    expect(lastRecord().responseElements).toMatchObject({
      ModifyManagedPrefixListResponse: { prefixList: { version: 2, tagSet: "" } },
    });
  });
});

describe("calls that change nothing", () => {
  it("records a failed call with the Client. code and a null answer", async () => {
    await authorize(["10.0.0.0/24"]);
    expect(await codeOf(authorize(["10.0.0.0/24"]))).toBe("InvalidPermission.Duplicate");
    expect(lastRecord()).toMatchObject({
      errorCode: "Client.InvalidPermission.Duplicate",
      errorMessage: expect.stringContaining("already exists"),
      requestParameters: { groupId: group },
      responseElements: null,
    });
  });

  it("records a dry run, which does not look at the parameters' meaning", async () => {
    const dry = endpoint.client.deleteSecurityGroup({
      GroupId: "sg-0123456789abcdef1",
      DryRun: true,
    });
    expect(await codeOf(dry)).toBe("DryRunOperation");
    expect(lastRecord()).toMatchObject({
      eventName: "DeleteSecurityGroup",
      errorCode: "Client.DryRunOperation",
      requestParameters: { groupId: "sg-0123456789abcdef1" },
      responseElements: null,
    });
  });

  it("does not write that a wrapped call was a dry run", async () => {
    const dry = endpoint.client.modifySecurityGroupRules({
      GroupId: group,
      SecurityGroupRules: [{ SecurityGroupRuleId: "sgr-0123456789abcdef1" }],
      DryRun: true,
    });
    expect(await codeOf(dry)).toBe("DryRunOperation");
    expect(lastRecord().requestParameters).toEqual({
      ModifySecurityGroupRulesRequest: {
        GroupId: group,
        SecurityGroupRule: { SecurityGroupRuleId: "sgr-0123456789abcdef1", tag: 1 },
      },
    });
  });

  it("leaves out content of more than 100 KB", async () => {
    const IpRanges = Array.from({ length: 500 }, (_, i) => ({
      CidrIp: `10.0.${i % 250}.0/24`,
      Description: "x".repeat(250),
    }));
    const call = endpoint.client.authorizeSecurityGroupIngress({
      GroupId: group,
      IpPermissions: [{ IpProtocol: "-1", IpRanges }],
    });
    expect(await codeOf(call)).toBe("InvalidParameterValue");
    expect(lastRecord().requestParameters).toEqual({ omitted: true });
  });
});

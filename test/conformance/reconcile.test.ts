// Does the whole of Portward work where nothing of ours answers? The real handler with EC2, DynamoDB,
// SNS, SQS and EventBridge all of moto: set up, apply a matrix, open a port, send the event.
import { Logger } from "@aws-lambda-powertools/logger";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AwsAccount, connect } from "../../functions/aws/account.ts";
import { setUp } from "../../functions/aws/setup.ts";
import { activate, reconcileGoverned } from "../../functions/reconcile/activate.ts";
import { runBatch } from "../../functions/reconcile/batch.ts";
import { accessKeyOf, secretOf } from "../../local/identities.ts";
import { parseMatrix } from "../../matrix/file/parse.ts";
import { formatRule } from "../../matrix/rules/rule.ts";
import { enveloped, type Json, record } from "../support/cloudtrail.ts";
import { settingOf } from "./setting.ts";
import { ipv4, type Subject, startSubject, type Trial } from "./trial.ts";

const region = "ap-southeast-1";
const required = "ingress tcp 7002 from 172.21.138.91/32";

let subject: Subject;
let trial: Trial;
let aws: AwsAccount;
let account: string;

beforeAll(async () => {
  subject = await startSubject("moto");
  trial = await subject.trial();
  const accessKeyId = accessKeyOf("portward");
  const credentials = { accessKeyId, secretAccessKey: secretOf(accessKeyId) };
  const access = { endpoint: settingOf("moto"), credentials };
  const sts = new STSClient({ ...access, region });
  account = (await sts.send(new GetCallerIdentityCommand({}))).Account ?? "";
  const { config } = await setUp({ account, region, stage: `c${Date.now()}`, access });
  const log = new Logger({ serviceName: "portward", logLevel: "SILENT" });
  aws = connect(config, { ...access, log });
});
afterAll(() => subject.stop());

async function rules(): Promise<string[]> {
  const read = await aws.groups.read(trial.groupId);
  return (read?.group.rules ?? []).map(live => formatRule(live.rule));
}

let events = 0;

/** Sends the event of a call on the group, as EventBridge would put it into the queue. */
async function send(eventName: string, changes: Record<string, Json>): Promise<void> {
  events += 1;
  const detail = record("authorize-ingress", {
    eventName,
    eventTime: new Date().toISOString(),
    awsRegion: region,
    recipientAccountId: account,
    eventID: `e7e77000-0000-4000-8000-${String(events).padStart(12, "0")}`,
    userIdentity: {
      type: "IAMUser",
      principalId: "AIDAEXAMPLETESTER",
      arn: `arn:aws:iam::${account}:user/tester`,
      accountId: account,
      userName: "tester",
    },
    ...changes,
  });
  const body = JSON.stringify(enveloped(detail, { account, region }));
  expect(await runBatch(aws, [{ id: `m-${events}`, body, attempt: 0 }])).toEqual([]);
}

const named = () => ({
  requestParameters: { groupId: trial.groupId },
  responseElements: { _return: true },
});

describe("on moto", () => {
  it("an applied matrix restores what it requires", async () => {
    const text = `
matrix: conformance
mode: enforce
groups:
  deploy: { id: ${trial.groupId}, members: [172.21.138.100] }
flows:
  - { from: 172.21.138.91/32, to: deploy, ports: tcp 7002 }
`;
    const document = parseMatrix([{ name: "matrix.yaml", text }]);
    const activation = await activate(aws, document, { by: "tester", note: "conformance" });
    expect(activation.applied?.version).toBe(1);
    await reconcileGoverned(aws, activation.pins, "apply");
    expect(await rules()).toEqual(["egress all to 0.0.0.0/0", required]);
  });

  it.each([
    ["to the world", () => trial.authorize(ipv4("tcp", 22, 22, "0.0.0.0/0"))],
    ["in halves", () => trial.authorize(ipv4("tcp", 22, 22, "0.0.0.0/1", "128.0.0.0/1"))],
    ["wider than the flow", () => trial.authorize(ipv4("tcp", 7002, 7002, "172.21.138.0/24"))],
    ["on more ports", () => trial.authorize(ipv4("tcp", 7001, 7002, "172.21.138.91/32"))],
  ])("an opening %s is closed, with one finding for each rule", async (_, open) => {
    const before = await rules();
    const known = (await aws.findings.forGroup(trial.groupId)).length;
    const opened = await open();
    await send("AuthorizeSecurityGroupIngress", named());
    expect(await rules()).toEqual(before);
    const findings = await aws.findings.forGroup(trial.groupId);
    expect(findings).toHaveLength(known + (opened.SecurityGroupRules?.length ?? 0));
    expect(findings[0]?.publishedAt).toBeDefined();
  });

  it("a required rule that was revoked is restored", async () => {
    const before = await rules();
    await trial.revoke(ipv4("tcp", 7002, 7002, "172.21.138.91/32"));
    await send("RevokeSecurityGroupIngress", named());
    expect(await rules()).toEqual(before);
  });

  it("a rule that was widened in place is narrowed back", async () => {
    const before = await rules();
    const read = await aws.groups.read(trial.groupId);
    const live = read?.group.rules.find(one => formatRule(one.rule) === required);
    const content = { IpProtocol: "tcp", FromPort: 7002, ToPort: 7002, CidrIpv4: "0.0.0.0/0" };
    const SecurityGroupRuleId = live?.ruleId ?? "";
    const GroupId = trial.groupId;
    await trial.client.modifySecurityGroupRules({
      GroupId,
      SecurityGroupRules: [{ SecurityGroupRuleId, SecurityGroupRule: content }],
    });
    const SecurityGroupRule = { SecurityGroupRuleId, tag: 1, SecurityGroupRule: content };
    await send("ModifySecurityGroupRules", {
      requestParameters: { ModifySecurityGroupRulesRequest: { GroupId, SecurityGroupRule } },
      responseElements: { ModifySecurityGroupRulesResponse: { return: true } },
    });
    expect(await rules()).toEqual(before);
  });

  it("an event that changes nothing ends with nothing changed and no finding", async () => {
    const before = await rules();
    const known = await aws.findings.forGroup(trial.groupId);
    await send("CreateTags", {
      requestParameters: { resourcesSet: { items: [{ resourceId: trial.groupId }] } },
      responseElements: { _return: true },
    });
    expect(await rules()).toEqual(before);
    expect(await aws.findings.forGroup(trial.groupId)).toEqual(known);
  });
});

// Which calls on Portward's own resources are told of, by the matcher of the local account's bus.
import { describe, expect, it } from "vitest";
import { type OwnResources, ownResourceCalls } from "../../../functions/wiring/own-resources.ts";
import { checkPattern, matches } from "../../../local/pattern.ts";

const FUNCTION = "arn:aws:lambda:eu-west-1:111122223333:function:portward-prod-remediate";
const TOPIC = "arn:aws:sns:eu-west-1:111122223333:portward-prod-alerts";
const QUEUE = "https://sqs.eu-west-1.amazonaws.com/111122223333/portward-prod-remediate";
const TABLE = "arn:aws:dynamodb:eu-west-1:111122223333:table/portward-prod-findings";
const KEY = "arn:aws:kms:eu-west-1:111122223333:key/0a1b2c3d-0a1b-4a1b-8a1b-0a1b2c3d4e5f";
const SECRET = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:portward/chat";
const functions = { prefix: FUNCTION.replace("remediate", "") };
const own: OwnResources = {
  rules: ["portward-prod-group-events"],
  queueUrls: [QUEUE],
  functions: [{ prefix: "portward-prod-" }, functions],
  functionArns: [functions],
  tables: ["portward-prod-findings", TABLE],
  topicArns: [TOPIC],
  roles: ["portward-prod-eu-west-1-remediate"],
  schedules: ["portward-prod-sweep"],
  scheduleGroups: ["portward-prod-exceptions"],
  logGroups: [{ prefix: "/aws/lambda/portward-prod-" }],
  keyArns: [KEY],
  keyAliases: ["alias/portward-prod-approvals"],
  secrets: ["portward/chat", { prefix: SECRET }],
  apiIds: ["a1b2c3d4e5"],
  alarms: [{ prefix: "portward-prod-" }],
  parameters: ["/portward/acting-stage"],
  buckets: ["portward-prod-reports"],
};

/** The rules that hear a call. */
function heard(service: string, eventName: string, about: object, errorCode?: string): string[] {
  const event = {
    ...{ source: `aws.${service}`, "detail-type": "AWS API Call via CloudTrail" },
    detail: { eventName, ...(errorCode && { errorCode }), ...about },
  };
  return ownResourceCalls(own)
    .filter(({ pattern }) => matches(checkPattern(JSON.stringify(pattern)), event))
    .map(({ thing }) => thing);
}

const asked = (requestParameters: object) => ({ requestParameters });

describe("a call on Portward's own resources is told of", () => {
  it.each<[string, string, object, string]>([
    ["events", "DisableRule", asked({ name: "portward-prod-group-events" }), "own-rules"],
    ["events", "RemoveTargets", asked({ rule: "portward-prod-group-events" }), "own-targets"],
    ["sqs", "PurgeQueue", asked({ queueUrl: QUEUE }), "own-queues"],
    [
      "lambda",
      "UpdateFunctionCode20150331v2",
      asked({ functionName: "portward-prod-remediate" }),
      "own-functions",
    ],
    ["lambda", "DeleteFunction20150331", asked({ functionName: FUNCTION }), "own-functions"],
    [
      "lambda",
      "UpdateEventSourceMapping20150331",
      { requestParameters: { uUID: "1" }, responseElements: { functionArn: FUNCTION } },
      "own-consumers",
    ],
    ["dynamodb", "DeleteTable", asked({ tableName: "portward-prod-findings" }), "own-tables"],
    ["dynamodb", "DeleteResourcePolicy", asked({ resourceArn: TABLE }), "own-table-policies"],
    ["sns", "DeleteTopic", asked({ topicArn: TOPIC }), "own-topics"],
    ["sns", "Unsubscribe", asked({ subscriptionArn: `${TOPIC}:1-2-3` }), "own-subscriptions"],
    [
      "iam",
      "AttachRolePolicy",
      asked({ roleName: "portward-prod-eu-west-1-remediate" }),
      "own-roles",
    ],
    ["scheduler", "UpdateSchedule", asked({ name: "portward-prod-sweep" }), "own-schedules"],
    [
      "logs",
      "DeleteLogGroup",
      asked({ logGroupName: "/aws/lambda/portward-prod-remediate" }),
      "own-logs",
    ],
    ["dynamodb", "UpdateTimeToLive", asked({ tableName: TABLE }), "own-tables"],
    [
      "scheduler",
      "DeleteScheduleGroup",
      asked({ name: "portward-prod-exceptions" }),
      "own-schedule-groups",
    ],
    [
      "kms",
      "ScheduleKeyDeletion",
      { ...asked({ keyId: "alias/some" }), resources: [{ type: "AWS::KMS::Key", ARN: KEY }] },
      "own-keys",
    ],
    [
      "kms",
      "UpdateAlias",
      asked({ aliasName: "alias/portward-prod-approvals" }),
      "own-key-aliases",
    ],
    ["secretsmanager", "PutSecretValue", asked({ secretId: "portward/chat" }), "own-secrets"],
    ["secretsmanager", "DeleteSecret", asked({ secretId: `${SECRET}-AbCdEf` }), "own-secrets"],
    ["apigateway", "UpdateRoute", asked({ apiId: "a1b2c3d4e5", routeId: "r1" }), "own-api"],
    [
      "monitoring",
      "DeleteAlarms",
      asked({ alarmNames: ["somebody-elses", "portward-prod-canary-late"] }),
      "own-alarms",
    ],
    [
      "monitoring",
      "SetAlarmState",
      asked({ alarmName: "portward-prod-canary-late" }),
      "own-alarm-states",
    ],
    ["s3", "PutBucketPolicy", asked({ bucketName: "portward-prod-reports" }), "own-bucket"],
    ["ssm", "DeleteParameter", asked({ name: "/portward/acting-stage" }), "own-claim"],
    ["ssm", "DeleteParameters", asked({ names: ["a", "/portward/acting-stage"] }), "own-claims"],
    ["cloudtrail", "StopLogging", asked({ name: "any" }), "own-trails"],
  ])("%s %s", (service, call, about, rule) => {
    expect(heard(service, call, about)).toEqual([rule]);
  });

  it("only where it is Portward's, was made and changes something", () => {
    expect(heard("events", "DisableRule", asked({ name: "somebody-elses" }))).toEqual([]);
    expect(heard("sns", "Unsubscribe", asked({ subscriptionArn: "arn:aws:sns:x" }))).toEqual([]);
    expect(heard("sqs", "PurgeQueue", asked({ queueUrl: QUEUE }), "AccessDenied")).toEqual([]);
    expect(heard("dynamodb", "DescribeTable", asked({ tableName: TABLE }))).toEqual([]);
    const key = { resources: [{ ARN: KEY.replace("0a1b2c3d-", "0f1b2c3d-") }] };
    expect(heard("kms", "DisableKey", { ...asked({ keyId: "k" }), ...key })).toEqual([]);
  });

  it("of a secret only where there is one: a pattern cannot have an empty list", () => {
    const { secrets: _, ...none } = own;
    const things = ownResourceCalls(none).map(({ thing }) => thing);
    expect(things).not.toContain("own-secrets");
    for (const { pattern } of ownResourceCalls(none)) checkPattern(JSON.stringify(pattern));
  });
});

// Which calls take Portward itself apart, as data: a rule on each service sends them straight to the
// alert topic, without a function that whoever does this could have stopped first.
import type { EventPattern } from "./triggers.ts";

/** A value of a pattern. */
export type Named = string | { readonly prefix: string };

/**
 * What Portward is made of in one account and region. Of what there is much of, the beginning of its
 * names: a pattern has no room for all of them.
 */
export interface OwnResources {
  readonly rules: readonly Named[];
  readonly queueUrls: readonly Named[];
  /** Names, as calls may name a function, a table or a secret either way, with their ARNs. */
  readonly functions: readonly Named[];
  readonly functionArns: readonly Named[];
  readonly tables: readonly Named[];
  readonly topicArns: readonly string[];
  readonly roles: readonly Named[];
  readonly schedules: readonly Named[];
  readonly scheduleGroups: readonly Named[];
  readonly logGroups: readonly Named[];
  readonly keyArns: readonly Named[];
  readonly keyAliases: readonly Named[];
  /** Absent where there is none. */
  readonly secrets?: readonly Named[];
  readonly apiIds: readonly Named[];
  readonly alarms: readonly Named[];
  readonly parameters: readonly Named[];
  readonly buckets: readonly Named[];
}

/** A rule: its name, and what it hears of. */
export interface OwnCalls {
  readonly thing: string;
  readonly pattern: Pick<EventPattern, "source" | "detail-type"> & {
    readonly detail: Readonly<Record<string, unknown>>;
  };
}

/** The rules that hear of calls on Portward's own resources, and of trails that stop. */
export function ownResourceCalls(own: OwnResources): readonly OwnCalls[] {
  return [
    on("rules", "events", ["DisableRule", "DeleteRule", "PutRule"], { name: own.rules }),
    on("targets", "events", ["RemoveTargets", "PutTargets"], { rule: own.rules }),
    on("queues", "sqs", ["PurgeQueue", "DeleteQueue", "SetQueueAttributes"], {
      queueUrl: own.queueUrls,
    }),
    // CloudTrail's names of Lambda's calls carry the API version.
    on(
      "functions",
      "lambda",
      [
        "DeleteFunction20150331",
        "UpdateFunctionCode20150331v2",
        "UpdateFunctionConfiguration20150331v2",
        "PutFunctionConcurrency20171031",
        "AddPermission20150331v2",
        "RemovePermission20150331v2",
      ],
      { functionName: own.functions },
    ),
    // These name a mapping that only AWS named; the answer tells whose it is.
    answered(
      "consumers",
      "lambda",
      ["DeleteEventSourceMapping20150331", "UpdateEventSourceMapping20150331"],
      { functionArn: own.functionArns },
    ),
    on(
      "tables",
      "dynamodb",
      ["DeleteTable", "UpdateTable", "UpdateContinuousBackups", "UpdateTimeToLive"],
      {
        tableName: own.tables,
      },
    ),
    on("table-policies", "dynamodb", ["PutResourcePolicy", "DeleteResourcePolicy"], {
      resourceArn: own.tables,
    }),
    on("topics", "sns", ["DeleteTopic", "SetTopicAttributes"], { topicArn: own.topicArns }),
    // Who is told no more; a subscription's ARN begins with its topic's.
    on("subscriptions", "sns", ["Unsubscribe", "SetSubscriptionAttributes"], {
      subscriptionArn: own.topicArns.map(prefix => ({ prefix })),
    }),
    // IAM's events arrive in one region of the partition only.
    on(
      "roles",
      "iam",
      [
        "DeleteRole",
        "UpdateAssumeRolePolicy",
        "PutRolePolicy",
        "DeleteRolePolicy",
        "AttachRolePolicy",
        "DetachRolePolicy",
        "PutRolePermissionsBoundary",
      ],
      { roleName: own.roles },
    ),
    on("schedules", "scheduler", ["DeleteSchedule", "UpdateSchedule"], { name: own.schedules }),
    on("schedule-groups", "scheduler", ["DeleteScheduleGroup"], { name: own.scheduleGroups }),
    on("logs", "logs", ["DeleteLogGroup", "PutRetentionPolicy"], { logGroupName: own.logGroups }),
    // A call may name a key by its id, its ARN or an alias; the record says which one it was.
    pattern(
      "keys",
      "kms",
      ["ScheduleKeyDeletion", "DisableKey", "PutKeyPolicy", "RevokeGrant", "DisableKeyRotation"],
      { resources: { ARN: own.keyArns } },
    ),
    // Whose key a link is made with: another one voids those that are out, or makes false ones.
    on("key-aliases", "kms", ["CreateAlias", "UpdateAlias", "DeleteAlias"], {
      aliasName: own.keyAliases,
    }),
    // Who may click, and who is posted to.
    ...(own.secrets === undefined
      ? []
      : [
          on(
            "secrets",
            "secretsmanager",
            ["PutSecretValue", "UpdateSecret", "UpdateSecretVersionStage", "DeleteSecret"],
            { secretId: own.secrets },
          ),
        ]),
    on(
      "api",
      "apigateway",
      [
        "DeleteApi",
        "UpdateApi",
        "CreateRoute",
        "UpdateRoute",
        "DeleteRoute",
        "UpdateAuthorizer",
        "UpdateIntegration",
        "UpdateStage",
      ],
      { apiId: own.apiIds },
    ),
    on("alarms", "monitoring", ["DeleteAlarms", "DisableAlarmActions"], { alarmNames: own.alarms }),
    on("alarm-states", "monitoring", ["PutMetricAlarm", "SetAlarmState"], {
      alarmName: own.alarms,
    }),
    on(
      "bucket",
      "s3",
      [
        "PutBucketPolicy",
        "DeleteBucketPolicy",
        "PutBucketAcl",
        "PutBucketPublicAccessBlock",
        "DeleteBucketPublicAccessBlock",
        "PutBucketLifecycle",
        "PutBucketEncryption",
        "DeleteBucketEncryption",
        "DeleteBucket",
      ],
      { bucketName: own.buckets },
    ),
    // By it a second stage would come to act beside this one.
    on("claim", "ssm", ["PutParameter", "DeleteParameter"], { name: own.parameters }),
    on("claims", "ssm", ["DeleteParameters"], { names: own.parameters }),
    // Without a trail no event arrives any more, this one excepted.
    pattern("trails", "cloudtrail", [
      "StopLogging",
      "DeleteTrail",
      "UpdateTrail",
      "PutEventSelectors",
    ]),
  ];
}

const on = (
  thing: string,
  service: string,
  eventName: string[],
  requestParameters: Readonly<Record<string, readonly Named[]>>,
) => pattern(thing, service, eventName, { requestParameters });

const answered = (
  thing: string,
  service: string,
  eventName: string[],
  responseElements: Readonly<Record<string, readonly Named[]>>,
) => pattern(thing, service, eventName, { responseElements });

function pattern(
  thing: string,
  service: string,
  eventName: string[],
  about: Readonly<Record<string, unknown>> = {},
): OwnCalls {
  return {
    thing: `own-${thing}`,
    pattern: {
      source: [`aws.${service}`],
      "detail-type": ["AWS API Call via CloudTrail"],
      detail: { eventName, errorCode: [{ exists: false }], ...about },
    },
  };
}

// Which calls take Portward itself apart, as data: a rule on each service sends them straight to the
// alert topic, without a function that whoever does this could have stopped first.
import type { EventPattern } from "./triggers.ts";

/** What Portward is made of in one account and region. */
export interface OwnResources {
  readonly rules: readonly string[];
  readonly queueUrls: readonly string[];
  /** Names, as calls may name a function, a table or a key either way, with their ARNs. */
  readonly functions: readonly string[];
  readonly functionArns: readonly string[];
  readonly tables: readonly string[];
  readonly topicArns: readonly string[];
  readonly roles: readonly string[];
  readonly schedules: readonly string[];
  readonly logGroups: readonly string[];
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
    on("tables", "dynamodb", ["DeleteTable", "UpdateTable", "UpdateContinuousBackups"], {
      tableName: own.tables,
    }),
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
    on("logs", "logs", ["DeleteLogGroup", "PutRetentionPolicy"], { logGroupName: own.logGroups }),
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
  requestParameters: Readonly<Record<string, readonly (string | { prefix: string })[]>>,
) => pattern(thing, service, eventName, { requestParameters });

const answered = (
  thing: string,
  service: string,
  eventName: string[],
  responseElements: Readonly<Record<string, readonly string[]>>,
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

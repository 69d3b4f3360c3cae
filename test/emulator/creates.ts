// How each resource of the stacks is created in an emulator: from the AWS provider's inputs to one call.
// Only creating: an emulator starts empty every time.
import { readFileSync } from "node:fs";
import type { Inputs } from "../../stacks/synth/resource.ts";
import { ask, json, query, rest } from "./wire.ts";

/** What a resource came to be called. */
export type Created = { readonly id?: string } & Record<string, unknown>;

export type Creating = (inputs: Inputs, name: string) => Promise<Created>;

const text = (value: unknown): string =>
  typeof value === "string" ? value : JSON.stringify(value);
const numbered = (prefix: string, values: readonly string[]) =>
  Object.fromEntries(values.map((value, index) => [`${prefix}.member.${index + 1}`, value]));
const upper = (inputs: object | undefined) =>
  Object.fromEntries(
    Object.entries(inputs ?? {}).map(([key, value]) => [
      `${key[0]?.toUpperCase()}${key.slice(1)}`,
      value,
    ]),
  );

/** The creators by the last word of a type. */
export function creators(
  endpoint: string,
  { account, region, ec2 }: { account: string; region: string; ec2: string },
): Readonly<Record<string, Creating>> {
  const zips = new Map<string, string>();
  const dynamodb = (action: string, input: object) =>
    json(endpoint, "dynamodb", `DynamoDB_20120810.${action}`, input);
  const events = (action: string, input: object) =>
    json(endpoint, "events", `AWSEvents.${action}`, input);
  const kms = (action: string, input: object) =>
    json(endpoint, "kms", `TrentService.${action}`, input);
  const logs = (action: string, input: object) =>
    json(endpoint, "logs", `Logs_20140328.${action}`, input);
  const sqs = (action: string, input: object) =>
    json(endpoint, "sqs", `AmazonSQS.${action}`, input);
  const gateway = (path: string, input: object) =>
    rest(endpoint, "apigateway", `/v2/apis${path}`, input);

  return {
    Table: async inputs => {
      const keys = (hash: unknown, range?: unknown) => [
        { AttributeName: hash, KeyType: "HASH" },
        ...(range ? [{ AttributeName: range, KeyType: "RANGE" }] : []),
      ];
      const indexes = (inputs.globalSecondaryIndexes ?? []) as Record<string, string>[];
      await dynamodb("CreateTable", {
        TableName: inputs.name,
        BillingMode: inputs.billingMode,
        KeySchema: keys(inputs.hashKey, inputs.rangeKey),
        AttributeDefinitions: (inputs.attributes as { name: string; type: string }[]).map(
          ({ name, type }) => ({ AttributeName: name, AttributeType: type }),
        ),
        ...(indexes.length > 0 && {
          GlobalSecondaryIndexes: indexes.map(index => ({
            IndexName: index.name,
            KeySchema: keys(index.hashKey, index.rangeKey),
            Projection: { ProjectionType: index.projectionType },
          })),
        }),
      });
      return { arn: `arn:aws:dynamodb:${region}:${account}:table/${inputs.name}` };
    },
    Queue: async inputs => {
      const attributes = {
        DelaySeconds: inputs.delaySeconds,
        VisibilityTimeout: inputs.visibilityTimeoutSeconds,
        MessageRetentionPeriod: inputs.messageRetentionSeconds,
        RedrivePolicy: inputs.redrivePolicy,
      };
      const Attributes = Object.fromEntries(
        Object.entries(attributes).flatMap(([key, value]) => (value ? [[key, String(value)]] : [])),
      );
      const { QueueUrl } = await sqs("CreateQueue", { QueueName: inputs.name, Attributes });
      const arn = `arn:aws:sqs:${region}:${account}:${inputs.name}`;
      return { id: String(QueueUrl), url: QueueUrl, arn };
    },
    QueuePolicy: async inputs => {
      const Attributes = { Policy: text(inputs.policy) };
      await sqs("SetQueueAttributes", { QueueUrl: inputs.queueUrl, Attributes });
      return {};
    },
    Bucket: async ({ bucket }) => {
      await ask(endpoint, "s3", { method: "PUT", path: `/${bucket}` });
      return { id: String(bucket), arn: `arn:aws:s3:::${bucket}` };
    },
    Topic: async inputs => {
      await query(endpoint, "sns", "CreateTopic", { Name: String(inputs.name) });
      const arn = `arn:aws:sns:${region}:${account}:${inputs.name}`;
      return { id: arn, arn };
    },
    TopicPolicy: async inputs => {
      await query(endpoint, "sns", "SetTopicAttributes", {
        TopicArn: String(inputs.arn),
        ...{ AttributeName: "Policy", AttributeValue: text(inputs.policy) },
      });
      return {};
    },
    TopicSubscription: async inputs => {
      await query(endpoint, "sns", "Subscribe", {
        TopicArn: String(inputs.topic),
        ...{ Protocol: String(inputs.protocol), Endpoint: String(inputs.endpoint) },
      });
      return {};
    },
    Role: async inputs => {
      const RoleName = String(inputs.name);
      const AssumeRolePolicyDocument = text(inputs.assumeRolePolicy);
      await query(endpoint, "iam", "CreateRole", { RoleName, AssumeRolePolicyDocument });
      for (const { name, policy } of (inputs.inlinePolicies ?? []) as Record<string, string>[]) {
        const PolicyDocument = String(policy);
        const document = { RoleName, PolicyName: String(name), PolicyDocument };
        await query(endpoint, "iam", "PutRolePolicy", document);
      }
      return { arn: `arn:aws:iam::${account}:role/${RoleName}` };
    },
    Key: async inputs => {
      const made = await kms("CreateKey", {
        ...{ Description: inputs.description, KeyUsage: inputs.keyUsage ?? "ENCRYPT_DECRYPT" },
        KeySpec: inputs.customerMasterKeySpec ?? "SYMMETRIC_DEFAULT",
      });
      const { KeyId, Arn } = made.KeyMetadata as { KeyId: string; Arn: string };
      return { id: KeyId, keyId: KeyId, arn: Arn };
    },
    Alias: async inputs => {
      await kms("CreateAlias", { AliasName: inputs.name, TargetKeyId: inputs.targetKeyId });
      return {};
    },
    LogGroup: async inputs => {
      const logGroupName = inputs.name;
      await logs("CreateLogGroup", { logGroupName });
      await logs("PutRetentionPolicy", { logGroupName, retentionInDays: inputs.retentionInDays });
      return {};
    },
    BucketObjectv2: async inputs => {
      // A bucket only to take it out again: the function is created with the archive itself.
      const { path } = (await inputs.source) as { path: string | Promise<string> };
      zips.set(String(inputs.key), readFileSync(await path).toString("base64"));
      return { id: String(inputs.key) };
    },
    Function: async inputs => {
      const { variables } = inputs.environment as { variables: Record<string, string> };
      const { PORTWARD_REPORT_BUCKET_URL = "" } = variables;
      const reports = PORTWARD_REPORT_BUCKET_URL.replace(/^https:\/\/s3\.[^/]+/, endpoint);
      const made = await rest(endpoint, "lambda", "/2015-03-31/functions", {
        ...{ FunctionName: inputs.name, Role: inputs.role, Runtime: inputs.runtime },
        ...{ Handler: inputs.handler, Timeout: inputs.timeout, MemorySize: inputs.memorySize },
        ...{
          Architectures: inputs.architectures,
          Code: { ZipFile: zips.get(String(inputs.s3Key)) },
        },
        // The emulator's EC2 is not to be believed: the local account's is asked.
        Environment: {
          Variables: {
            ...{ ...variables, AWS_ENDPOINT_URL: endpoint, AWS_ENDPOINT_URL_EC2: ec2 },
            ...(reports !== "" && { PORTWARD_REPORT_BUCKET_URL: reports }),
          },
        },
      });
      return { arn: made.FunctionArn };
    },
    Permission: async (inputs, name) => {
      const path = `/2015-03-31/functions/${inputs.function}/policy`;
      const { action: Action, principal: Principal, sourceArn: SourceArn } = inputs;
      await rest(endpoint, "lambda", path, { StatementId: name, Action, Principal, SourceArn });
      return {};
    },
    EventSourceMapping: async inputs => {
      const made = await rest(endpoint, "lambda", "/2015-03-31/event-source-mappings", {
        ...upper(inputs),
        ScalingConfig: upper(inputs.scalingConfig as object),
      });
      return { id: String(made.UUID) };
    },
    EventRule: async inputs => {
      await events("PutRule", { Name: inputs.name, EventPattern: inputs.eventPattern });
      return { arn: `arn:aws:events:${region}:${account}:rule/${inputs.name}` };
    },
    EventTarget: async inputs => {
      const { deadLetterConfig, retryPolicy, inputTransformer } = inputs as Record<string, object>;
      const transformer = inputTransformer as
        | { inputPaths: object; inputTemplate: string }
        | undefined;
      const answer = await events("PutTargets", {
        Rule: inputs.rule,
        Targets: [
          {
            ...{ Id: inputs.targetId, Arn: inputs.arn },
            ...(deadLetterConfig && { DeadLetterConfig: upper(deadLetterConfig) }),
            ...(retryPolicy && { RetryPolicy: upper(retryPolicy) }),
            ...(transformer && {
              InputTransformer: {
                InputPathsMap: transformer.inputPaths,
                InputTemplate: transformer.inputTemplate,
              },
            }),
          },
        ],
      });
      if (answer.FailedEntryCount) throw new Error(JSON.stringify(answer.FailedEntries));
      return {};
    },
    Parameter: async ({ name: Name, insecureValue: Value, type: Type }) => {
      await json(endpoint, "ssm", "AmazonSSM.PutParameter", { Name, Value, Type });
      return {};
    },
    ScheduleGroup: async inputs => {
      await rest(endpoint, "scheduler", `/schedule-groups/${inputs.name}`, {});
      return {};
    },
    Schedule: async inputs => {
      const { mode } = inputs.flexibleTimeWindow as { mode: string };
      await rest(endpoint, "scheduler", `/schedules/${inputs.name}`, {
        ScheduleExpression: inputs.scheduleExpression,
        // Nothing runs by itself here: a test calls what it wants to see.
        ...{ State: "DISABLED", FlexibleTimeWindow: { Mode: mode } },
        Target: upper(pick(inputs.target as Inputs, "arn", "roleArn", "input")),
      });
      return {};
    },
    MetricAlarm: async inputs => {
      // It takes no expressions.
      if (inputs.metricQueries) return {};
      const { alarmActions, dimensions } = inputs as {
        alarmActions: string[];
        dimensions: Record<string, string>;
      };
      const pairs = Object.entries(dimensions).flatMap(([name, value], index) => [
        [`Dimensions.member.${index + 1}.Name`, name],
        [`Dimensions.member.${index + 1}.Value`, value],
      ]);
      await query(endpoint, "monitoring", "PutMetricAlarm", {
        ...{ AlarmName: String(inputs.name), Namespace: String(inputs.namespace) },
        ...{ MetricName: String(inputs.metricName), Statistic: String(inputs.statistic) },
        ...{ Period: String(inputs.period), Threshold: String(inputs.threshold) },
        EvaluationPeriods: String(inputs.evaluationPeriods),
        ComparisonOperator: String(inputs.comparisonOperator),
        TreatMissingData: String(inputs.treatMissingData),
        ...numbered("AlarmActions", alarmActions),
        ...Object.fromEntries(pairs),
      });
      return {};
    },
    Api: async inputs => {
      const input = { name: inputs.name, protocolType: inputs.protocolType };
      const { apiId, apiEndpoint } = await gateway("", input);
      const executionArn = `arn:aws:execute-api:${region}:${account}:${apiId}`;
      return { id: String(apiId), apiEndpoint, executionArn };
    },
    Integration: async inputs => {
      const { apiId, ...input } = inputs;
      const { integrationId } = await gateway(`/${apiId}/integrations`, input);
      return { id: String(integrationId) };
    },
    Route: async inputs => {
      const { apiId, ...input } = inputs;
      const { routeId } = await gateway(`/${apiId}/routes`, input);
      return { id: String(routeId) };
    },
    Stage: async inputs => {
      const stage = { stageName: inputs.name, autoDeploy: true };
      await gateway(`/${inputs.apiId}/stages`, stage);
      return {};
    },
  };
}

const pick = (inputs: Inputs, ...names: string[]) =>
  Object.fromEntries(names.map(name => [name, inputs[name]]));

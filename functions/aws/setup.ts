// Creates what Portward keeps its records in and speaks through, where it is missing: tables, topic,
// queues. For emulators and tests; a real account gets these, and its functions, from the stacks.
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DynamoDBClient,
  waitUntilTableExists,
} from "@aws-sdk/client-dynamodb";
import { CreateTopicCommand, SNSClient } from "@aws-sdk/client-sns";
import { CreateQueueCommand, GetQueueAttributesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { type Config, readConfig } from "../wiring/config.ts";
import { type KeySchema, type Table, type TableName, tables } from "../wiring/tables.ts";
import type { Surroundings } from "./connection.ts";

/** Where to set up, and under which names. */
export interface SetupPlace {
  readonly account: string;
  readonly region: string;
  /** Part of every name: two stages do not meet. */
  readonly stage: string;
  readonly access: Pick<Surroundings, "endpoint" | "credentials">;
}

export interface Setup {
  readonly config: Config;
  /** Names of what was missing; the rest was there. */
  readonly created: readonly string[];
}

const TABLE_WAIT_SECONDS = 60;

/** Creates what is missing, and returns the configuration that uses it. */
export async function setUp({ account, region, stage, access }: SetupPlace): Promise<Setup> {
  const options = { ...access, region, maxAttempts: 3 };
  const nameOf = (thing: string) => `portward-${stage}-${thing}`;
  const dynamo = new DynamoDBClient(options);
  const [created, topicArn, queues] = await Promise.all([
    createTables(dynamo, nameOf),
    createTopic(new SNSClient(options), nameOf("alerts")),
    createQueues(new SQSClient(options), nameOf),
  ]);
  const partition = topicArn.split(":")[1] ?? "aws";
  const names = Object.keys(tables).map(table => [
    `PORTWARD_TABLE_${table.toUpperCase()}`,
    nameOf(table),
  ]);
  const config = readConfig({
    ...Object.fromEntries(names),
    PORTWARD_ACCOUNT: account,
    PORTWARD_REGION: region,
    PORTWARD_STAGE: stage,
    PORTWARD_TOPIC_ARN: topicArn,
    PORTWARD_EVENT_BUS: "default",
    PORTWARD_ROLE_ARNS: `arn:${partition}:iam::${account}:role/${nameOf("remediate")}`,
    PORTWARD_RETRY_QUEUE_URL: queues.retry,
    PORTWARD_DEAD_LETTER_QUEUE_URL: queues.dead,
  });
  return { config, created };
}

async function createTables(
  dynamo: DynamoDBClient,
  nameOf: (thing: string) => string,
): Promise<string[]> {
  const created: string[] = [];
  for (const name of Object.keys(tables) as TableName[]) {
    const TableName = nameOf(name);
    try {
      await dynamo.send(new CreateTableCommand(definitionOf(TableName, tables[name])));
      created.push(TableName);
    } catch (thrown) {
      if ((thrown as Error).name !== "ResourceInUseException") throw thrown;
    }
    const wait = { client: dynamo, maxWaitTime: TABLE_WAIT_SECONDS, minDelay: 1, maxDelay: 2 };
    await waitUntilTableExists(wait, { TableName });
  }
  return created;
}

function definitionOf(TableName: string, { keys, indexes = [] }: Table): CreateTableCommandInput {
  const types: KeySchema = Object.assign({}, keys, ...indexes.map(index => index.keys));
  return {
    TableName,
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: Object.entries(types).map(([AttributeName, AttributeType]) => ({
      AttributeName,
      AttributeType,
    })),
    KeySchema: keySchemaOf(keys),
    ...(indexes.length > 0 && {
      GlobalSecondaryIndexes: indexes.map(index => ({
        IndexName: index.name,
        KeySchema: keySchemaOf(index.keys),
        Projection: { ProjectionType: "ALL" as const },
      })),
    }),
  };
}

const keySchemaOf = (keys: KeySchema) =>
  Object.keys(keys).map((AttributeName, index) => ({
    AttributeName,
    KeyType: index === 0 ? ("HASH" as const) : ("RANGE" as const),
  }));

async function createTopic(sns: SNSClient, Name: string): Promise<string> {
  const { TopicArn } = await sns.send(new CreateTopicCommand({ Name }));
  if (!TopicArn) throw new Error(`SNS does not name the topic ${Name}`);
  return TopicArn;
}

/** The queue of events, which messages to be looked at again go back to, and its dead letters. */
async function createQueues(
  sqs: SQSClient,
  nameOf: (thing: string) => string,
): Promise<{ retry: string; dead: string }> {
  const dead = await createQueue(sqs, nameOf("dead-letters"));
  const arn = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: dead, AttributeNames: ["QueueArn"] }),
  );
  const deadLetterTargetArn = arn.Attributes?.QueueArn;
  const retry = await createQueue(sqs, nameOf("remediate"), {
    VisibilityTimeout: "360",
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 5 }),
  });
  return { retry, dead };
}

async function createQueue(
  sqs: SQSClient,
  QueueName: string,
  Attributes: Record<string, string> = {},
): Promise<string> {
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName, Attributes }));
  if (!QueueUrl) throw new Error(`SQS does not name the queue ${QueueName}`);
  return QueueUrl;
}

// How the stores talk to DynamoDB: the client, names for expressions, conditional puts and paged
// queries. What is stored where is each store's own matter.
import { DynamoDBClient, type DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";
import {
  DynamoDBDocumentClient,
  PutCommand,
  QueryCommand,
  type QueryCommandInput,
} from "@aws-sdk/lib-dynamodb";
import { unlogged } from "../unlogged.ts";

/** An item, or the attributes of one. */
export type Item = Record<string, unknown>;

/** Every table of Portward has these keys. */
export interface Key {
  readonly pk: string;
  readonly sk: string;
}

/** Makes the client all stores share. */
export function documentClient(options: DynamoDBClientConfig = {}): DynamoDBDocumentClient {
  const marshallOptions = { removeUndefinedValues: true };
  return DynamoDBDocumentClient.from(unlogged(new DynamoDBClient(options)), { marshallOptions });
}

/**
 * Names attributes for an expression, as any plain word may be reserved.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ReservedWords.html
 *
 * @example names("pk", "at") // { "#pk": "pk", "#at": "at" }
 */
export function names(...attributes: string[]): Record<string, string> {
  return Object.fromEntries(attributes.map(attribute => [`#${attribute}`, attribute]));
}

/** Tells whether a conditional write was refused because its condition did not hold. */
export function isConditionFailed(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.name === "ConditionalCheckFailedException";
}

/** Makes a conditional write; false when its condition did not hold. */
export async function holds(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (thrown) {
    if (isConditionFailed(thrown)) return false;
    throw thrown;
  }
}

/** Puts an item unless its key is taken; false when it is. */
export function putIfAbsent(
  client: DynamoDBDocumentClient,
  table: string,
  item: Item & Key,
): Promise<boolean> {
  const put = new PutCommand({
    TableName: table,
    Item: item,
    ConditionExpression: "attribute_not_exists(#pk)",
    ExpressionAttributeNames: names("pk"),
  });
  return holds(client.send(put));
}

/** Reads every page of a query. */
export async function queryAll(
  client: DynamoDBDocumentClient,
  input: QueryCommandInput,
): Promise<Item[]> {
  const items: Item[] = [];
  let start: Item | undefined;
  do {
    const page = await client.send(
      new QueryCommand({ ...input, ...(start && { ExclusiveStartKey: start }) }),
    );
    items.push(...(page.Items ?? []));
    start = page.LastEvaluatedKey;
  } while (start);
  return items;
}

/** Reads the items of one partition whose sort key begins as given, in its order. */
export function queryPartition(
  client: DynamoDBDocumentClient,
  table: string,
  pk: string,
  prefix = "",
): Promise<Item[]> {
  return queryAll(client, partitionQuery(table, pk, prefix));
}

/** The query for the items of one partition whose sort key begins as given. */
export function partitionQuery(table: string, pk: string, prefix = ""): QueryCommandInput {
  const begins = prefix === "" ? "" : " AND begins_with(#sk, :prefix)";
  return {
    TableName: table,
    ConsistentRead: true,
    KeyConditionExpression: `#pk = :pk${begins}`,
    ExpressionAttributeNames: prefix === "" ? names("pk") : names("pk", "sk"),
    ExpressionAttributeValues: prefix === "" ? { ":pk": pk } : { ":pk": pk, ":prefix": prefix },
  };
}

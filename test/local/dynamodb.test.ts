import {
  DescribeTableCommand,
  DynamoDBClient,
  TransactWriteItemsCommand,
} from "@aws-sdk/client-dynamodb";
import {
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  UpdateCommand,
} from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tables } from "../../functions/wiring/tables.ts";
import { type Account, startAccount } from "../../local/account.ts";
import { tableNameOf } from "../../local/dynamodb.ts";
import { guarded, turnOnGuard } from "../../local/services/guard.ts";
import { clientConfig, errorName } from "./client-config.ts";

let account: Account;
let dynamodb: DynamoDBClient;
let documents: DynamoDBDocumentClient;
beforeAll(async () => {
  account = await startAccount();
  dynamodb = new DynamoDBClient(clientConfig(account));
  documents = DynamoDBDocumentClient.from(dynamodb);
});
afterAll(() => account.stop());

const put = (Item: Record<string, unknown>, more: object = {}) =>
  documents.send(new PutCommand({ TableName: "portward-ops", Item, ...more }));

/** Sends a body no SDK would send. */
async function ask(action: string, body: string): Promise<{ status: number; code: string }> {
  const scope = "Credential=AKIAEXAMPLETESTER/20261121/ap-southeast-1/dynamodb/aws4_request";
  const headers = {
    authorization: `AWS4-HMAC-SHA256 ${scope}, SignedHeaders=host, Signature=0`,
    "x-amz-target": `DynamoDB_20120810.${action}`,
  };
  const answer = await fetch(account.url, { method: "POST", headers, body });
  const { __type } = (await answer.json()) as { __type: string };
  return { status: answer.status, code: __type.split("#").at(-1) ?? "" };
}

describe("Portward's tables", () => {
  it.each(Object.entries(tables))(
    "include %s, active, with its keys and indexes",
    async (name, table) => {
      const TableName = `portward-${name}`;
      const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName }));
      expect(Table?.TableStatus).toBe("ACTIVE");
      expect(Table?.TableArn).toBe(
        `arn:aws:dynamodb:ap-southeast-1:111122223333:table/${TableName}`,
      );
      expect(Table?.KeySchema?.map(key => key.AttributeName)).toEqual(Object.keys(table.keys));
      const indexes = Table?.GlobalSecondaryIndexes ?? [];
      const keysByIndex = indexes.map(index => [
        index.IndexName,
        index.KeySchema?.map(key => key.AttributeName),
      ]);
      const wanted = (table.indexes ?? []).map(index => [index.name, Object.keys(index.keys)]);
      expect(keysByIndex).toEqual(wanted);
    },
  );

  it("let one of fifty racers through a conditional put", async () => {
    const ConditionExpression = "attribute_not_exists(pk)";
    const racers = Array.from({ length: 50 }, (_, racer) =>
      errorName(put({ pk: "race", sk: "one", racer }, { ConditionExpression })),
    );
    const outcomes = await Promise.all(racers);
    expect(outcomes.filter(name => name === "none")).toHaveLength(1);
    expect(outcomes.filter(name => name === "ConditionalCheckFailedException")).toHaveLength(49);
  });

  it("answer consistent queries and queries of an index", async () => {
    const TableName = tableNameOf("exceptions");
    for (const endsAt of ["2026-11-21T10:00Z", "2026-11-21T09:00Z", "2026-11-22T09:00Z"]) {
      const Item = { pk: "GROUP#a", sk: `X#${endsAt}`, scopedState: "a#active", endsAt };
      await documents.send(new PutCommand({ TableName, Item }));
    }
    const own = await documents.send(
      new QueryCommand({
        TableName,
        ConsistentRead: true,
        KeyConditionExpression: "#pk = :pk AND #sk >= :sk",
        ExpressionAttributeNames: { "#pk": "pk", "#sk": "sk" },
        ExpressionAttributeValues: { ":pk": "GROUP#a", ":sk": "X#2026-11-21T10:00Z" },
      }),
    );
    expect(own.Items).toHaveLength(2);
    const due = await documents.send(
      new QueryCommand({
        TableName,
        IndexName: "by-end",
        KeyConditionExpression: "#scopedState = :state AND #endsAt < :now",
        ExpressionAttributeNames: { "#scopedState": "scopedState", "#endsAt": "endsAt" },
        ExpressionAttributeValues: { ":state": "a#active", ":now": "2026-11-22" },
      }),
    );
    expect(due.Items?.map(item => item.endsAt)).toEqual(["2026-11-21T09:00Z", "2026-11-21T10:00Z"]);
  });

  it("count with an update expression", async () => {
    const update = {
      TableName: "portward-ops",
      Key: { pk: "counter", sk: "x" },
      UpdateExpression: "ADD #n :one",
      ExpressionAttributeNames: { "#n": "n" },
      ExpressionAttributeValues: { ":one": 1 },
    };
    await Promise.all([1, 2, 3].map(() => documents.send(new UpdateCommand(update))));
    const { Item } = await documents.send(
      new GetCommand({ TableName: "portward-ops", Key: update.Key, ConsistentRead: true }),
    );
    expect(Item?.n).toBe(3);
  });
});

describe("DynamoDB refuses", () => {
  it.each([
    ["a table name of two characters", "ab"],
    ["a table name with odd characters", "a/b/c"],
    ["a table name of 256 characters", "a".repeat(256)],
  ])("%s", async (_title, TableName) => {
    const get = documents.send(new GetCommand({ TableName, Key: { pk: "a", sk: "b" } }));
    expect(await errorName(get)).toBe("ValidationException");
  });

  it("an attribute that would change a prototype", async () => {
    const Item = `{"pk":{"S":"a"},"sk":{"S":"b"},"__proto__":{"S":"x"}}`;
    const answer = await ask("PutItem", `{"TableName":"portward-ops","Item":${Item}}`);
    expect(answer).toMatchObject({ status: 400, code: "ValidationException" });
  });

  it("a table it does not have", async () => {
    const get = documents.send(new GetCommand({ TableName: "elsewhere", Key: { pk: "a" } }));
    expect(await errorName(get)).toBe("ResourceNotFoundException");
  });

  it("what dynalite cannot do", async () => {
    const write = dynamodb.send(new TransactWriteItemsCommand({ TransactItems: [] }));
    expect(await errorName(write)).toBe("UnknownOperationException");
  });
});

describe("an error dynalite did not expect", () => {
  it("is a 500 for its caller, and the account lives on", async () => {
    const answer = await ask("GetItem", `{"TableName":"portward-ops","Key":{"a":null}}`);
    expect(answer).toMatchObject({ status: 500, code: "InternalServerError" });
    await put({ pk: "alive", sk: "x" });
  });

  it("is caught in a later callback too, for the call it belongs to", async () => {
    const turnOff = turnOnGuard();
    const late = (name: string, ms: number) =>
      new Promise<string>(resolve => {
        const work = () => {
          setTimeout(() => {
            throw new Error(name);
          }, ms);
        };
        guarded(work, error => resolve((error as Error).message));
      });
    expect(await Promise.all([late("first", 2), late("second", 1)])).toEqual(["first", "second"]);
    turnOff();
  });
});

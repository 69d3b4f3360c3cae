// Where the stores' tests keep their items: in the local account, or in the DynamoDB that
// PORTWARD_TEST_DYNAMODB names, so that the same tests hold for another implementation.
import { randomUUID } from "node:crypto";
import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { type TableName, tables } from "../../functions/wiring/tables.ts";
import type { Account } from "../../local/account.ts";
import { definitionOf, tableNameOf } from "../../local/dynamodb.ts";
import { createFaults } from "../../local/wire/faults.ts";

/** Tables to test stores on. */
export interface StoreTables {
  /** The account, whose faults reach these tables. */
  readonly account: Account;
  readonly endpoint: string;
  /** What scopes are called, so that no two test files meet in tables they share. */
  readonly series: string;
  /** Makes a client feel the faults that are ordered. */
  readonly exposed: (client: DynamoDBDocumentClient) => DynamoDBDocumentClient;
}

/** Finds the tables to test on, and creates them where they are missing. */
export async function storeTables(account: Account): Promise<StoreTables> {
  const endpoint = process.env.PORTWARD_TEST_DYNAMODB;
  if (!endpoint) {
    return { account, endpoint: account.url, series: "test", exposed: client => client };
  }
  await createTables(account, endpoint);
  // The account's endpoint is not on the way to these tables: its faults are thrown in the client.
  const { faults, take } = createFaults();
  const exposed = (client: DynamoDBDocumentClient) => {
    client.middlewareStack.add(
      next => async args => {
        const { headers } = args.request as { headers: Record<string, string> };
        const fault = take("dynamodb", headers["x-amz-target"]?.split(".")[1] ?? "");
        if (!fault) return next(args);
        throw Object.assign(new Error(fault.code), { name: fault.code, $metadata: {} });
      },
      // Behind the middleware that repeats calls.
      { step: "finalizeRequest", priority: "low" },
    );
    return client;
  };
  const failNext: Account["faults"]["failNext"] = (service, ...order) =>
    (service === "dynamodb" ? faults : account.faults).failNext(service, ...order);
  const both = { ...faults, failNext };
  return {
    account: { ...account, faults: both },
    endpoint,
    series: randomUUID().slice(0, 8),
    exposed,
  };
}

async function createTables(account: Account, endpoint: string): Promise<void> {
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  const client = new DynamoDBClient({ endpoint, region: account.region, credentials });
  for (const name of Object.keys(tables) as TableName[]) {
    const definition = definitionOf(tableNameOf(name), tables[name]);
    const create = new CreateTableCommand(definition as CreateTableCommand["input"]);
    await client.send(create).catch((thrown: Error) => {
      if (thrown.name !== "ResourceInUseException") throw thrown;
    });
  }
  client.destroy();
}

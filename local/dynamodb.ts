// Portward's tables in the local account: creates those of functions/wiring/tables.ts that are
// missing, and names them. It stores nothing itself.
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type KeySchema, type Table, type TableName, tables } from "../functions/wiring/tables.ts";
import { type Dynamodb, type DynamodbOptions, openDynamodb } from "./services/dynamodb.ts";
import { AwsError } from "./wire/aws-error.ts";

/** The name a table of Portward has in the local account. */
export function tableNameOf(table: TableName): string {
  return `portward-${table}`;
}

/** Opens DynamoDB, in a state directory if one is given, with all of Portward's tables in it. */
export async function openTables(
  options: Omit<DynamodbOptions, "path"> & { stateDir?: string },
): Promise<Dynamodb> {
  const { stateDir, ...scope } = options;
  const dynamodb = openDynamodb({ ...scope, ...(stateDir && { path: prepare(stateDir) }) });
  await createMissingTables(dynamodb);
  if (stateDir) writeFileSync(markerOf(stateDir), "");
  return dynamodb;
}

/** Creates the tables that are missing, and waits until all are active. */
export async function createMissingTables(dynamodb: Dynamodb): Promise<void> {
  const names = Object.keys(tables) as TableName[];
  for (const name of names) {
    try {
      await dynamodb.call("CreateTable", definitionOf(tableNameOf(name), tables[name]));
    } catch (thrown) {
      if (!(thrown instanceof AwsError && thrown.code === "ResourceInUseException")) throw thrown;
    }
  }
  for (const name of names) await activeTable(dynamodb, tableNameOf(name));
}

/** A table's definition as CreateTable takes it. */
export function definitionOf(name: string, table: Table) {
  const indexes = table.indexes ?? [];
  const types = Object.assign({}, table.keys, ...indexes.map(index => index.keys)) as KeySchema;
  return {
    TableName: name,
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: Object.entries(types).map(([AttributeName, AttributeType]) => ({
      AttributeName,
      AttributeType,
    })),
    KeySchema: keySchemaOf(table.keys),
    ...(indexes.length > 0 && {
      GlobalSecondaryIndexes: indexes.map(index => ({
        IndexName: index.name,
        KeySchema: keySchemaOf(index.keys),
        Projection: { ProjectionType: "ALL" },
      })),
    }),
  };
}

function keySchemaOf(keys: KeySchema) {
  return Object.keys(keys).map((AttributeName, index) => ({
    AttributeName,
    KeyType: index === 0 ? "HASH" : "RANGE",
  }));
}

async function activeTable(dynamodb: Dynamodb, name: string): Promise<void> {
  for (let attempt = 0; attempt < 1000; attempt++) {
    const { Table } = await dynamodb.call("DescribeTable", { TableName: name });
    if ((Table as { TableStatus?: string }).TableStatus === "ACTIVE") return;
    await sleep(2);
  }
  throw new Error(`the table ${name} does not become active`);
}

/**
 * A process killed while dynalite creates a table leaves it in CREATING for ever. Before the
 * marker is written nothing was served, so nothing is lost by beginning again.
 */
function prepare(stateDir: string): string {
  const path = join(stateDir, "tables");
  if (!existsSync(markerOf(stateDir))) rmSync(path, { recursive: true, force: true });
  mkdirSync(path, { recursive: true });
  return path;
}

function markerOf(stateDir: string): string {
  return join(stateDir, "tables-created");
}

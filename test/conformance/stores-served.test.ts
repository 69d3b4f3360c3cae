// Was it DynamoDB Local that served the stores' tests? They say nothing of where they ran, and pass as
// well on the local account's own tables. This runs after them.
import { readdirSync, readFileSync } from "node:fs";
import { DynamoDBClient, ListTablesCommand } from "@aws-sdk/client-dynamodb";
import { expect, it } from "vitest";
import { tables } from "../../functions/wiring/tables.ts";
import { tableNameOf } from "../../local/dynamodb.ts";
import { settingOf } from "./setting.ts";

const endpoint = settingOf("dynamodb");

it("holds Portward's tables", async () => {
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  const client = new DynamoDBClient({ endpoint, region: "ap-southeast-1", credentials });
  const { TableNames } = await client.send(new ListTablesCommand({}));
  const names = (Object.keys(tables) as (keyof typeof tables)[]).map(tableNameOf);
  expect(TableNames?.toSorted()).toEqual(names.toSorted());
});

it("served the tests of every store", () => {
  const stores = readdirSync("functions/aws/stores").filter(name => /-store\.ts$/.test(name));
  const tested = readdirSync("test/functions")
    .filter(name => /-store\.test\.ts$/.test(name))
    .map(name => readFileSync(`test/functions/${name}`, "utf8"))
    .join("\n");
  expect(stores.length).toBeGreaterThan(10);
  expect(stores.filter(name => !tested.includes(`stores/${name}`))).toEqual([]);
});

it("was called a thousand times and more", async () => {
  const calls = await (await fetch(`${endpoint}/calls`)).text();
  expect(Number(calls)).toBeGreaterThan(1_000);
});

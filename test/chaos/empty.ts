// Takes everything out of tables, so that the next history on an account meets nothing of the last.
import {
  BatchWriteCommand,
  type DynamoDBDocumentClient,
  paginateScan,
} from "@aws-sdk/lib-dynamodb";
import type { Key } from "../../functions/aws/stores/dynamo.ts";

/** What one call may delete. */
const AT_ONCE = 25;

/** Empties tables. */
export async function emptyTables(
  client: DynamoDBDocumentClient,
  tables: readonly string[],
): Promise<void> {
  const deletes: { table: string; key: Key }[] = [];
  for (const table of tables) {
    const scan = { TableName: table, ProjectionExpression: "pk, sk", ConsistentRead: true };
    for await (const { Items = [] } of paginateScan({ client }, scan)) {
      deletes.push(...Items.map(item => ({ table, key: item as unknown as Key })));
    }
  }
  for (let at = 0; at < deletes.length; at += AT_ONCE) {
    const some = Map.groupBy(deletes.slice(at, at + AT_ONCE), ({ table }) => table);
    const requests = [...some].map(([table, its]) => [
      table,
      its.map(({ key }) => ({ DeleteRequest: { Key: key } })),
    ]);
    const batch = new BatchWriteCommand({ RequestItems: Object.fromEntries(requests) });
    const { UnprocessedItems = {} } = await client.send(batch);
    if (Object.keys(UnprocessedItems).length > 0) throw new Error("a table could not be emptied");
  }
}

// When Portward heard of the last event: noted by whoever is handed events, read by people and by the
// audit. Whether it was too long ago is audit/plumbing.ts.
import { type DynamoDBDocumentClient, GetCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import type { Config } from "../../wiring/config.ts";
import { holds, names } from "./dynamo.ts";

/** The last event that was heard of; milliseconds since the epoch. */
export interface LastEvent {
  /** When the call was made. */
  readonly at: number;
  readonly heardAt: number;
}

export type LastEventStore = ReturnType<typeof lastEventStore>;

/** The last event of one account and region. */
export function lastEventStore(
  client: DynamoDBDocumentClient,
  { scope, tables }: Pick<Config, "scope" | "tables">,
) {
  const TableName = tables.ops;
  const Key = { pk: `LAST#${scope}`, sk: "EVENT" };

  return {
    /** Notes the time of an event; of two the later stays. */
    async note({ at, heardAt }: LastEvent): Promise<void> {
      const put = new PutCommand({
        TableName,
        Item: { ...Key, at, heardAt },
        ConditionExpression: "attribute_not_exists(#at) OR #at < :at",
        ExpressionAttributeNames: names("at"),
        ExpressionAttributeValues: { ":at": at },
      });
      await holds(client.send(put));
    },

    /** Reads when the last event was heard of. */
    async read(): Promise<LastEvent | undefined> {
      const { Item } = await client.send(new GetCommand({ TableName, Key }));
      return Item && { at: Number(Item.at), heardAt: Number(Item.heardAt) };
    },
  };
}

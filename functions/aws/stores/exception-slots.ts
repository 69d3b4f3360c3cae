// How many exceptions a person has at a time: a set of ids for each requester, taken by a conditional
// update. An id that was left behind is given back by the sweep.
import { type DynamoDBDocumentClient, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import type { Config } from "../../wiring/config.ts";
import { holds, names, queryPartition } from "./dynamo.ts";

/** The slots of one account and region. */
export function exceptionSlots(
  client: DynamoDBDocumentClient,
  { scope, tables }: Pick<Config, "scope" | "tables">,
) {
  const pk = `SLOTS#${scope}`;
  const TableName = tables.ops;

  return {
    /** Takes a slot for an exception; false when the person has as many as he may. */
    take(person: string, id: string, most: number): Promise<boolean> {
      const update = new UpdateCommand({
        TableName,
        Key: { pk, sk: person },
        UpdateExpression: "ADD #open :one",
        ConditionExpression:
          "attribute_not_exists(#open) OR size(#open) < :most OR contains(#open, :id)",
        ExpressionAttributeNames: names("open"),
        ExpressionAttributeValues: { ":one": new Set([id]), ":most": most, ":id": id },
      });
      return holds(client.send(update));
    },

    /** Gives a slot back; one that is free stays so. */
    async give(person: string, id: string): Promise<void> {
      const update = new UpdateCommand({
        TableName,
        Key: { pk, sk: person },
        UpdateExpression: "DELETE #open :one",
        ExpressionAttributeNames: names("open"),
        ExpressionAttributeValues: { ":one": new Set([id]) },
      });
      await client.send(update);
    },

    /** Reads every slot that is taken. */
    async taken(): Promise<{ person: string; id: string }[]> {
      const items = await queryPartition(client, TableName, pk);
      return items.flatMap(({ sk, open }) =>
        open instanceof Set ? [...open].map(id => ({ person: String(sk), id: String(id) })) : [],
      );
    },
  };
}

// Which message a receiver in chat has got: so that a message that is delivered again, because another
// receiver failed, is not posted twice. It does not keep what was said.
import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
} from "@aws-sdk/lib-dynamodb";
import type { Config } from "../../wiring/config.ts";
import { holds, names } from "./dynamo.ts";

export type DeliveryStore = ReturnType<typeof deliveryStore>;

/** A post takes seconds; whoever has had the turn for longer is dead. */
const TURN_MS = 30_000;
/** Kept longer than a queue keeps a message; then the table's TTL may take it. */
const KEPT_SECONDS = 15 * 86_400;

/** The deliveries of one account and region. */
export function deliveryStore(
  client: DynamoDBDocumentClient,
  { scope, tables }: Pick<Config, "scope" | "tables">,
) {
  const TableName = tables.ops;
  const keyOf = (message: string, target: string) => ({
    pk: `DELIVERY#${scope}`,
    sk: `${message}#${target}`,
  });

  return {
    /** Takes the turn to post: somebody else may have it, or have done it. */
    async begin(message: string, target: string, now: number): Promise<"turn" | "busy" | "done"> {
      const Key = keyOf(message, target);
      const put = new PutCommand({
        TableName,
        Item: { ...Key, until: now + TURN_MS },
        // What is done has no `until`.
        ConditionExpression: "attribute_not_exists(#pk) OR #until <= :now",
        ExpressionAttributeNames: names("pk", "until"),
        ExpressionAttributeValues: { ":now": now },
      });
      if (await holds(client.send(put))) return "turn";
      const { Item } = await client.send(new GetCommand({ TableName, Key, ConsistentRead: true }));
      return Item && Item.until === undefined ? "done" : "busy";
    },

    /** Notes that it was posted, or will never be. */
    async finish(message: string, target: string, now: number, outcome: "posted" | "refused") {
      const expiresAt = Math.floor(now / 1000) + KEPT_SECONDS;
      const Item = { ...keyOf(message, target), outcome, expiresAt };
      await client.send(new PutCommand({ TableName, Item }));
    },

    /** Gives the turn back: it was not posted. */
    async release(message: string, target: string): Promise<void> {
      await client.send(new DeleteCommand({ TableName, Key: keyOf(message, target) }));
    },
  };
}

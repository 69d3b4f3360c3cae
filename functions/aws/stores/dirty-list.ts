// Which groups must be looked at again, as something is still open or owed: the minute sweep's list,
// a part of the intent store. It says nothing about what is wrong; the group's state does.
import { DeleteCommand, type DynamoDBDocumentClient, PutCommand } from "@aws-sdk/lib-dynamodb";
import type { Config } from "../../wiring/config.ts";
import { holds, names, queryPartition } from "./dynamo.ts";

/** A mark on a group, or on a VPC or `*` where it is not known which group; `at` in milliseconds. */
export interface DirtyGroup {
  readonly groupId: string;
  readonly because: string;
  readonly at: number;
}

/** The groups of one account and region that must be looked at again. */
export function dirtyList(
  client: DynamoDBDocumentClient,
  { scope, tables }: Pick<Config, "scope" | "tables">,
) {
  const pk = `DIRTY#${scope}`;

  return {
    /** Marks a group; of two marks the newer stays. */
    async markDirty(groupId: string, because: string, at: number): Promise<void> {
      const put = new PutCommand({
        TableName: tables.ops,
        Item: { pk, sk: groupId, groupId, because, at },
        ConditionExpression: "attribute_not_exists(#pk) OR #at <= :at",
        ExpressionAttributeNames: names("pk", "at"),
        ExpressionAttributeValues: { ":at": at },
      });
      await holds(client.send(put));
    },

    /** Reads the marked groups. */
    async dirtyGroups(): Promise<DirtyGroup[]> {
      const items = await queryPartition(client, tables.ops, pk);
      return items.map(({ sk, because, at }) => ({
        groupId: String(sk),
        because: String(because),
        at: Number(at),
      }));
    },

    /** Takes the mark off a group that was clean at `at`; false when a newer mark stays. */
    clearDirty(groupId: string, at: number): Promise<boolean> {
      const take = new DeleteCommand({
        TableName: tables.ops,
        Key: { pk, sk: groupId },
        ConditionExpression: "attribute_not_exists(#pk) OR #at <= :at",
        ExpressionAttributeNames: names("pk", "at"),
        ExpressionAttributeValues: { ":at": at },
      });
      return holds(client.send(take));
    },
  };
}

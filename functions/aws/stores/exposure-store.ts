// Which exposures stand, by the groups that are worn together: so that whoever hears of one of these
// groups finds those that are over. What an exposure is, and its record, are findings.
import { DeleteCommand, type DynamoDBDocumentClient, PutCommand } from "@aws-sdk/lib-dynamodb";
import type { Config } from "../../wiring/config.ts";
import { holds, names, queryPartition } from "./dynamo.ts";
import { digest12 } from "./finding-item.ts";

/** An exposure that stood when it was last looked at. */
export interface StandingExposure {
  /** Of its finding. */
  readonly groupId: string;
  readonly rule: string;
  /** All groups that are worn together. */
  readonly groups: readonly string[];
  /** When the interfaces were read that show it; milliseconds since the epoch. */
  readonly seenAt: number;
}

export type ExposureStore = ReturnType<typeof exposureStore>;

/** The standing exposures of one account and region. */
export function exposureStore(
  client: DynamoDBDocumentClient,
  { scope, tables }: Pick<Config, "scope" | "tables">,
) {
  const TableName = tables.ops;
  const pk = `EXPOSED#${scope}`;
  const keyOf = ({ groupId, rule }: StandingExposure) => ({
    pk,
    sk: `${groupId}#${digest12([rule])}`,
  });

  return {
    /** Reads all that stand. */
    async all(): Promise<StandingExposure[]> {
      const items = await queryPartition(client, TableName, pk);
      return items.map(({ groupId, rule, groups, seenAt }) => ({
        ...{ groupId: String(groupId), rule: String(rule) },
        ...{ groups: groups as string[], seenAt: Number(seenAt) },
      }));
    },

    /** Notes that one stands; of two sights the later stays. */
    async note(one: StandingExposure): Promise<void> {
      const put = new PutCommand({
        ...{ TableName, Item: { ...keyOf(one), ...one } },
        ConditionExpression: "attribute_not_exists(#seenAt) OR #seenAt < :seenAt",
        ExpressionAttributeNames: names("seenAt"),
        ExpressionAttributeValues: { ":seenAt": one.seenAt },
      });
      await holds(client.send(put));
    },

    /** Forgets one that is over, unless somebody has seen it since. */
    async forget(one: StandingExposure): Promise<void> {
      const remove = new DeleteCommand({
        ...{ TableName, Key: keyOf(one) },
        ConditionExpression: "attribute_not_exists(#seenAt) OR #seenAt <= :seenAt",
        ExpressionAttributeNames: names("seenAt"),
        ExpressionAttributeValues: { ":seenAt": one.seenAt },
      });
      await holds(client.send(remove));
    },
  };
}

// Which finding somebody is allowing by a button, or has allowed: two clicks make one exception.
import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
} from "@aws-sdk/lib-dynamodb";
import type { Config } from "../../wiring/config.ts";
import { holds, type Key, names } from "./dynamo.ts";

/** A click that was taken: until when it stands for all others, and what came of it. */
export interface TakenClick {
  readonly token: string;
  /** Milliseconds since the epoch. */
  readonly until: number;
  readonly exception?: string;
}

export type ClickStore = ReturnType<typeof clickStore>;

const DAY_S = 24 * 3_600;

/** The clicks of one account and region. */
export function clickStore(
  client: DynamoDBDocumentClient,
  { scope, tables }: Pick<Config, "scope" | "tables">,
) {
  const TableName = tables.ops;
  const keyOf = (finding: string): Key => ({ pk: `CLICK#${scope}`, sk: finding });

  function put(finding: string, click: TakenClick, where: string, values: object) {
    const expiresAt = Math.ceil(click.until / 1_000) + DAY_S;
    return holds(
      client.send(
        new PutCommand({
          TableName,
          Item: { ...keyOf(finding), ...click, expiresAt },
          ConditionExpression: where,
          ExpressionAttributeNames: names(...(where.match(/(?<=#)\w+/g) ?? [])),
          ExpressionAttributeValues: { ...values },
        }),
      ),
    );
  }

  return {
    /** Takes a finding for one click; false while another click stands. */
    take: (finding: string, click: TakenClick, now: number): Promise<boolean> =>
      put(finding, click, "attribute_not_exists(#pk) OR #until <= :now OR #token = :token", {
        ":now": now,
        ":token": click.token,
      }),

    /** Notes what came of a click that was taken; false when it stands no more. */
    note: (finding: string, click: TakenClick): Promise<boolean> =>
      put(finding, click, "#token = :token", { ":token": click.token }),

    /** Reads the click that stands for a finding. */
    async find(finding: string): Promise<TakenClick | undefined> {
      const get = new GetCommand({ TableName, Key: keyOf(finding), ConsistentRead: true });
      const { Item } = await client.send(get);
      if (!Item) return undefined;
      const { token, until, exception } = Item;
      const made = typeof exception === "string" ? { exception } : {};
      return { token: String(token), until: Number(until), ...made };
    },

    /** Gives a finding back: nothing came of the click. */
    async giveBack(finding: string, { token }: TakenClick): Promise<void> {
      const take = new DeleteCommand({
        TableName,
        Key: keyOf(finding),
        ConditionExpression: "#token = :token",
        ExpressionAttributeNames: names("token"),
        ExpressionAttributeValues: { ":token": token },
      });
      await holds(client.send(take));
    },
  };
}

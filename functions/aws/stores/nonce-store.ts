// Which links were used, each with what was decided by it. That one exception is decided once is the
// exception's own conditional write; this says so for good, whatever becomes of the exception.
import { type DynamoDBDocumentClient, GetCommand } from "@aws-sdk/lib-dynamodb";
import type { Config } from "../../wiring/config.ts";
import { type Key, putIfAbsent } from "./dynamo.ts";

/** What a link was used for. */
export interface UsedNonce {
  readonly decision: string;
  /** ISO 8601. */
  readonly at: string;
}

export type NonceStore = ReturnType<typeof nonceStore>;

const DAY_S = 24 * 3_600;

/** The nonces of one account and region. */
export function nonceStore(
  client: DynamoDBDocumentClient,
  { scope, tables }: Pick<Config, "scope" | "tables">,
  clock: () => number = Date.now,
) {
  const keyOf = (nonce: string): Key => ({ pk: `NONCE#${scope}`, sk: nonce });

  return {
    /** What a nonce was used for; undefined while it is not. */
    async find(nonce: string): Promise<UsedNonce | undefined> {
      const Key = keyOf(nonce);
      const get = new GetCommand({ TableName: tables.ops, Key, ConsistentRead: true });
      const { Item } = await client.send(get);
      return Item && { decision: String(Item.decision), at: String(Item.at) };
    },

    /** Uses a nonce up; false when it is. */
    use(nonce: string, decision: string): Promise<boolean> {
      const now = clock();
      const [at, expiresAt] = [new Date(now).toISOString(), Math.floor(now / 1_000) + DAY_S];
      return putIfAbsent(client, tables.ops, { ...keyOf(nonce), decision, at, expiresAt });
    },
  };
}

// What a write of the API answered, kept for a day under the key its caller chose, so that a repeated
// request is answered and not done again. While it is done it is leased; after a crash in between, a
// repeat takes over once the lease is over, and then does it for a second time.
import { randomUUID } from "node:crypto";
import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
} from "@aws-sdk/lib-dynamodb";
import type { Config } from "../../wiring/config.ts";
import { holds, names } from "./dynamo.ts";
import { sha256 } from "./json-chunks.ts";

/** Whose key it is, and what was asked under it. */
export interface Asked {
  readonly caller: string;
  readonly key: string;
  /** The hash of the whole request: another one under the same key is a mistake. */
  readonly request: string;
}

/** What is known about a key. */
export type Begun =
  | { readonly kind: "mine"; readonly token: string }
  | { readonly kind: "answered"; readonly answer: string }
  | { readonly kind: "other-request" }
  | { readonly kind: "in-progress"; readonly until: number };

export type AnswerStore = ReturnType<typeof answerStore>;

/** API Gateway waits 30 s at most, so whoever holds a key for longer is dead. */
const LEASE_MS = 60_000;
const KEPT_MS = 24 * 3_600_000;

/** The answers of one account and region. */
export function answerStore(
  client: DynamoDBDocumentClient,
  { scope, tables }: Pick<Config, "scope" | "tables">,
  clock: () => number,
) {
  const TableName = tables.ops;
  const keyOf = ({ caller, key }: Asked) => ({
    pk: `ANSWER#${scope}#${sha256(JSON.stringify([caller, key]))}`,
    sk: "ANSWER",
  });

  async function read(asked: Asked): Promise<Exclude<Begun, { kind: "mine" }> | undefined> {
    const get = new GetCommand({ TableName, Key: keyOf(asked), ConsistentRead: true });
    const { Item } = await client.send(get);
    const now = clock();
    if (!Item || Number(Item.keptUntil) <= now) return undefined;
    if (Item.request !== asked.request) return { kind: "other-request" };
    if (typeof Item.answer === "string") return { kind: "answered", answer: Item.answer };
    const until = Number(Item.leaseUntil);
    return until > now ? { kind: "in-progress", until } : undefined;
  }

  /** Puts the item where it is absent, too old, or a dead caller's; false otherwise. */
  function put(asked: Asked, token: string): Promise<boolean> {
    const now = clock();
    const isDead = "#request = :request AND attribute_not_exists(#answer) AND #leaseUntil <= :now";
    const until = { leaseUntil: now + LEASE_MS, keptUntil: now + KEPT_MS };
    const expiresAt = Math.ceil((now + KEPT_MS) / 1_000);
    return holds(
      client.send(
        new PutCommand({
          TableName,
          Item: { ...keyOf(asked), request: asked.request, token, ...until, expiresAt },
          ConditionExpression: `attribute_not_exists(#pk) OR #keptUntil <= :now OR (${isDead})`,
          ExpressionAttributeNames: names("pk", "keptUntil", "request", "answer", "leaseUntil"),
          ExpressionAttributeValues: { ":now": now, ":request": asked.request },
        }),
      ),
    );
  }

  const ifMine = (token: string) => ({
    ConditionExpression: "#token = :token",
    ExpressionAttributeNames: names("token"),
    ExpressionAttributeValues: { ":token": token },
  });

  return {
    /** Takes a key, or says what is known about it. */
    async begin(asked: Asked): Promise<Begun> {
      const known = await read(asked);
      if (known) return known;
      const token = randomUUID();
      if (await put(asked, token)) return { kind: "mine", token };
      return (await read(asked)) ?? { kind: "in-progress", until: clock() + LEASE_MS };
    },

    /** Keeps the answer; one whose lease was taken over keeps nothing. */
    async finish(asked: Asked, token: string, answer: string): Promise<void> {
      const now = clock();
      const until = { leaseUntil: now, keptUntil: now + KEPT_MS };
      const expiresAt = Math.ceil((now + KEPT_MS) / 1_000);
      const Item = { ...keyOf(asked), request: asked.request, token, answer, ...until, expiresAt };
      await holds(client.send(new PutCommand({ TableName, Item, ...ifMine(token) })));
    },

    /** Gives a key back under which nothing was done. */
    async release(asked: Asked, token: string): Promise<void> {
      await holds(
        client.send(new DeleteCommand({ TableName, Key: keyOf(asked), ...ifMine(token) })),
      );
    },
  };
}

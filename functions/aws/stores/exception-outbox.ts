// What people are still to be told about exceptions: an item for each step somebody is about to take,
// written before the step and removed when it is told, and on the exception itself the mark of its
// reminder. Whether a step was taken after all is for whoever tells to find out.
import { DeleteCommand, type DynamoDBDocumentClient, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import type { Config } from "../../wiring/config.ts";
import { holds, names, putIfAbsent, queryPartition } from "./dynamo.ts";
import { headKey, type KeptException } from "./exception-item.ts";

/** A step that people may have to be told of. */
export interface Untold {
  readonly id: string;
  /** The token of its history entry. */
  readonly token: string;
  /** When it was about to be taken, in milliseconds. */
  readonly at: number;
}

/** Longer than telling takes; after it whoever has the claim is taken for dead. */
const LEASE = 30_000;

/** What is untold in one account and region. */
export function exceptionOutbox(
  client: DynamoDBDocumentClient,
  { scope, tables }: Pick<Config, "scope" | "tables">,
) {
  const pk = `TELL#${scope}`;
  const keyOf = ({ id, token }: Pick<Untold, "id" | "token">) => ({ pk, sk: `${id}#${token}` });

  return {
    /** Says that a step is about to be taken. */
    async announce(step: Untold): Promise<void> {
      await putIfAbsent(client, tables.ops, { ...keyOf(step), ...step });
    },

    /** Reads every step that was announced and not told, in the order of their exceptions. */
    async untold(): Promise<Untold[]> {
      const items = await queryPartition(client, tables.ops, pk);
      return items.map(({ id, token, at }) => ({
        ...{ id: String(id), token: String(token), at: Number(at) },
      }));
    },

    /** Takes the turn to tell of a step; false when it is told, or somebody else's turn. */
    claimTelling(step: Pick<Untold, "id" | "token">, by: string, now: number): Promise<boolean> {
      const update = new UpdateCommand({
        TableName: tables.ops,
        Key: keyOf(step),
        UpdateExpression: "SET #claimedBy = :by, #claimedUntil = :until",
        ConditionExpression: `attribute_exists(#pk) AND (${IS_FREE})`,
        ExpressionAttributeNames: names("pk", "claimedBy", "claimedUntil"),
        ExpressionAttributeValues: { ":by": by, ":now": now, ":until": now + LEASE },
      });
      return holds(client.send(update));
    },

    /** Removes a step that is told, or that was never taken. */
    async told(step: Pick<Untold, "id" | "token">): Promise<void> {
      await client.send(new DeleteCommand({ TableName: tables.ops, Key: keyOf(step) }));
    },

    /** Takes the turn to remind of an end; false when it was done, or the exception has moved on. */
    claimReminder(kept: KeptException, by: string, now: number): Promise<boolean> {
      const update = new UpdateCommand({
        TableName: tables.exceptions,
        Key: headKey(scope, kept.groups[0] ?? "", kept.id),
        UpdateExpression: "SET #claimedBy = :by, #claimedUntil = :until",
        ConditionExpression: `#state = :state AND attribute_not_exists(#remindedAt) AND (${IS_FREE})`,
        ExpressionAttributeNames: names("state", "remindedAt", "claimedBy", "claimedUntil"),
        ExpressionAttributeValues: {
          ...{ ":state": kept.state, ":by": by, ":now": now, ":until": now + LEASE },
        },
      });
      return holds(client.send(update));
    },

    /** Marks an exception as reminded of; the mark stays. */
    async markReminded(kept: KeptException, at: number): Promise<void> {
      const update = new UpdateCommand({
        TableName: tables.exceptions,
        Key: headKey(scope, kept.groups[0] ?? "", kept.id),
        UpdateExpression: "SET #remindedAt = :at REMOVE #claimedBy, #claimedUntil",
        ConditionExpression: "attribute_exists(#pk)",
        ExpressionAttributeNames: names("pk", "remindedAt", "claimedBy", "claimedUntil"),
        ExpressionAttributeValues: { ":at": at },
      });
      await client.send(update);
    },
  };
}

const IS_FREE = "attribute_not_exists(#claimedUntil) OR #claimedUntil <= :now OR #claimedBy = :by";

// Pauses and holds as items: started, ended early, and told of by whoever gets there first. What they
// mean is reconcile's; policy-store.ts reads them with the policy.
import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  PutCommand,
  UpdateCommand,
} from "@aws-sdk/lib-dynamodb";
import type { Config } from "../../wiring/config.ts";
import { holds, type Item, names, queryPartition } from "./dynamo.ts";
import { type Hold, holdFrom, type Pause, pauseFrom } from "./policy-items.ts";
import { EVERY_GROUP } from "./policy-store.ts";

export type PauseKind = "pause" | "hold";

/** A pause or a hold as it is kept, in force or over and not yet told of. */
export interface KeptPause {
  readonly kind: PauseKind;
  /** Absent for a pause of every group. */
  readonly group?: string;
  readonly is: Pause | Hold;
  /** When people were last told, in milliseconds. */
  readonly toldAt: number;
}

export type PauseStore = ReturnType<typeof pauseStore>;

/** The pauses and holds of one account and region. */
export function pauseStore(
  client: DynamoDBDocumentClient,
  { scope, tables }: Pick<Config, "scope" | "tables">,
) {
  const table = tables.policy;
  const partition = (kind: PauseKind): string => `${kind.toUpperCase()}#${scope}`;
  const keyOf = ({ kind, group = EVERY_GROUP }: Pick<KeptPause, "kind" | "group">) => ({
    pk: partition(kind),
    sk: group,
  });

  return {
    /** Starts a pause or a hold; one that is in force is replaced. */
    async start(kept: KeptPause): Promise<void> {
      const { is, toldAt } = kept;
      await client.send(
        new PutCommand({ TableName: table, Item: { ...keyOf(kept), ...is, toldAt } }),
      );
    },

    /** Ends what is in force at a time; false when nothing was. */
    end(kept: Pick<KeptPause, "kind" | "group">, at: string, by: string): Promise<boolean> {
      const update = new UpdateCommand({
        TableName: table,
        Key: keyOf(kept),
        UpdateExpression: "SET #until = :at, #endedBy = :by",
        ConditionExpression:
          "attribute_exists(#pk) AND (attribute_not_exists(#until) OR #until > :at)",
        ExpressionAttributeNames: names("pk", "until", "endedBy"),
        ExpressionAttributeValues: { ":at": at, ":by": by },
      });
      return holds(client.send(update));
    },

    /** Reads every pause and hold that is in force or whose end was not told of. */
    async all(): Promise<KeptPause[]> {
      const read = async (kind: PauseKind): Promise<KeptPause[]> =>
        (await queryPartition(client, table, partition(kind))).map(item => keptFrom(kind, item));
      return [...(await read("pause")), ...(await read("hold"))];
    },

    /** Takes the turn to tell of one that goes on; false when somebody else has it. */
    claim(kept: KeptPause, at: number): Promise<boolean> {
      const update = new UpdateCommand({
        TableName: table,
        Key: keyOf(kept),
        UpdateExpression: "SET #toldAt = :at",
        ConditionExpression: "#toldAt = :told",
        ExpressionAttributeNames: names("toldAt"),
        ExpressionAttributeValues: { ":at": at, ":told": kept.toldAt },
      });
      return holds(client.send(update));
    },

    /** Removes one that is over and told of, unless it was started anew. */
    remove(kept: KeptPause): Promise<boolean> {
      const take = new DeleteCommand({
        TableName: table,
        Key: keyOf(kept),
        ConditionExpression: "#until = :until AND #at = :at",
        ExpressionAttributeNames: names("until", "at"),
        ExpressionAttributeValues: { ":until": kept.is.until, ":at": kept.is.at },
      });
      return holds(client.send(take));
    },
  };
}

function keptFrom(kind: PauseKind, item: Item): KeptPause {
  return {
    kind,
    is: kind === "pause" ? pauseFrom(item) : holdFrom(item),
    toldAt: Number(item.toldAt ?? 0),
    ...(item.sk === EVERY_GROUP ? {} : { group: String(item.sk) }),
  };
}

// What runs were about to do and have not finished: written with their first call, removed when their
// findings are recorded. What is found here after a while was left by a crash.
import { gunzipSync, gzipSync } from "node:zlib";
import { DeleteCommand, type DynamoDBDocumentClient, PutCommand } from "@aws-sdk/lib-dynamodb";
import type { Intent } from "../../../matrix/finding.ts";
import type { Config } from "../../wiring/config.ts";
import { dirtyList } from "./dirty-list.ts";
import { holds, type Item, names, queryPartition } from "./dynamo.ts";

/** An intent as it was kept. What one item cannot hold was counted instead, and its list is empty. */
export interface KeptIntent extends Intent {
  readonly beforeCount?: number;
  readonly planCount?: number;
}

export type IntentStore = ReturnType<typeof intentStore>;

/** Packed bytes an item can take: 400 KB less room for keys and names. */
const ROOM = 380_000;

/** No intent unpacks to more than this; what does was not written here. */
const UNPACKED_MAX = 256 * 2 ** 20;

/** The intents of one account and region. */
export function intentStore(
  client: DynamoDBDocumentClient,
  { scope, tables }: Pick<Config, "scope" | "tables">,
) {
  const marks = dirtyList(client, { scope, tables });
  const pk = `INTENT#${scope}`;
  const keyOf = (groupId: string, runId: string) => ({ pk, sk: `${groupId}#${runId}` });

  return {
    ...marks,

    /** Stores an intent; one that the same run stored later stays. */
    async put(intent: Intent): Promise<void> {
      const { groupId, runId, at } = intent;
      const put = new PutCommand({
        TableName: tables.ops,
        Item: { ...keyOf(groupId, runId), groupId, runId, at, ...packed(intent) },
        ConditionExpression: "attribute_not_exists(#pk) OR #at <= :at",
        ExpressionAttributeNames: names("pk", "at"),
        ExpressionAttributeValues: { ":at": at },
      });
      await holds(client.send(put));
    },

    /** Reads the unfinished intents of a group. */
    async forGroup(groupId: string): Promise<KeptIntent[]> {
      return (await queryPartition(client, tables.ops, pk, `${groupId}#`)).map(intentFrom);
    },

    /** Reads every unfinished intent. */
    async all(): Promise<KeptIntent[]> {
      return (await queryPartition(client, tables.ops, pk)).map(intentFrom);
    },

    /** Removes an intent whose run is finished; one that is not there is no error. */
    async remove(groupId: string, runId: string): Promise<void> {
      const Key = keyOf(groupId, runId);
      await client.send(new DeleteCommand({ TableName: tables.ops, Key }));
    },
  };
}

interface PackedIntent {
  readonly data: Buffer;
  readonly beforeCount?: number;
  readonly planCount?: number;
}

/** Packs an intent into what one item holds: what must be finished goes first, then the plan. */
function packed(intent: Intent): PackedIntent {
  const beforeCount = intent.before.length;
  const planCount = intent.plan.length;
  const forms: readonly (readonly [Intent, Omit<PackedIntent, "data">])[] = [
    [intent, {}],
    [{ ...intent, before: [] }, { beforeCount }],
    [
      { ...intent, before: [], plan: [] },
      { beforeCount, planCount },
    ],
  ];
  for (const [form, counts] of forms) {
    const data = gzipSync(JSON.stringify(form));
    if (data.length <= ROOM) return { data, ...counts };
  }
  throw new Error(`the intent of run ${intent.runId} on ${intent.groupId} is too large to store`);
}

function intentFrom({ pk, sk, data, beforeCount, planCount }: Item): KeptIntent {
  try {
    const text = gunzipSync(data as Uint8Array, { maxOutputLength: UNPACKED_MAX }).toString("utf8");
    return {
      ...(JSON.parse(text) as Intent),
      ...(typeof beforeCount === "number" && { beforeCount }),
      ...(typeof planCount === "number" && { planCount }),
    };
  } catch (cause) {
    throw new Error(`the intent ${pk} ${sk} cannot be read`, { cause });
  }
}

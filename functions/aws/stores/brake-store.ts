// What the brake remembers: for each group which rules an audit saw permitted, and the plans of what
// is held back. What a mark means and when something is held is reconcile/audit/brake.ts.
import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
} from "@aws-sdk/lib-dynamodb";
import type { Config } from "../../wiring/config.ts";
import { holds, type Item, names, queryPartition } from "./dynamo.ts";

/** The marks of one group; `rev` counts how often they were written. */
export interface KeptMarks {
  readonly marks: Uint8Array;
  readonly rev: number;
}

/** What was held back when a plan was made: which groups, and when people were told, if they were. */
export interface KeptPlan {
  readonly id: string;
  readonly groups: readonly string[];
  /** Milliseconds since the epoch. */
  readonly toldAt: number;
}

export type BrakeStore = ReturnType<typeof brakeStore>;

/** The partition of the marks, which are read with the policy of a group. */
export const marksPartition = (scope: string): string => `SEEN#${scope}`;

/** Reads the marks of a group. */
export function marksFrom({ pk, sk, marks }: Item): Uint8Array {
  if (marks instanceof Uint8Array) return marks;
  throw new Error(`the item ${pk} ${sk} cannot be read: it has no marks`);
}

/** The memory of the brake of one account and region. */
export function brakeStore(
  client: DynamoDBDocumentClient,
  { scope, tables }: Pick<Config, "scope" | "tables">,
) {
  const marksKey = (groupId: string) => ({ pk: marksPartition(scope), sk: groupId });
  const planKey = (id: string) => ({ pk: `PLAN#${scope}`, sk: id });
  const kept = (item: Item): KeptMarks => ({ marks: marksFrom(item), rev: Number(item.rev) });

  return {
    /** Reads the marks of every group. */
    async all(): Promise<Map<string, KeptMarks>> {
      const items = await queryPartition(client, tables.policy, marksPartition(scope));
      return new Map(items.map(item => [String(item.sk), kept(item)]));
    },

    /** Reads the marks of one group. */
    async marks(groupId: string): Promise<KeptMarks | undefined> {
      const get = { TableName: tables.policy, Key: marksKey(groupId), ConsistentRead: true };
      const { Item } = await client.send(new GetCommand(get));
      return Item && kept(Item);
    },

    /** Writes the marks of a group unless somebody else has since `rev` (0: none); false then. */
    mark(groupId: string, marks: Uint8Array, rev: number): Promise<boolean> {
      const put = new PutCommand({
        TableName: tables.policy,
        Item: { ...marksKey(groupId), marks, rev: rev + 1 },
        ConditionExpression: rev === 0 ? "attribute_not_exists(#rev)" : "#rev = :rev",
        ExpressionAttributeNames: names("rev"),
        ...(rev > 0 && { ExpressionAttributeValues: { ":rev": rev } }),
      });
      return holds(client.send(put));
    },

    /** Forgets a group that is no more. */
    async forget(groupId: string): Promise<void> {
      const Key = marksKey(groupId);
      await client.send(new DeleteCommand({ TableName: tables.policy, Key }));
    },

    /** Reads a plan of what is held back. */
    async plan(id: string): Promise<KeptPlan | undefined> {
      const get = { TableName: tables.ops, Key: planKey(id), ConsistentRead: true };
      const { Item } = await client.send(new GetCommand(get));
      return Item && { id, groups: Item.groups as string[], toldAt: Number(Item.toldAt) };
    },

    /** Keeps a plan; the same plan again changes only when people were told. */
    async keepPlan({ id, groups, toldAt }: KeptPlan): Promise<void> {
      const Item = { ...planKey(id), groups, toldAt };
      await client.send(new PutCommand({ TableName: tables.ops, Item }));
    },
  };
}

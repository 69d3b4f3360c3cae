// What people were told of lately and what they will be told later: an item for each finding and end,
// put once, so that a run that is repeated decides nothing anew. When something is told is
// matrix/alert/collapse.ts.
import { createHash } from "node:crypto";
import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  PutCommand,
  UpdateCommand,
} from "@aws-sdk/lib-dynamodb";
import {
  actorKey,
  type EarlierAlert,
  type How,
  minuteOf,
  REMEMBERED,
} from "../../../matrix/alert/collapse.ts";
import type { Digested } from "../../../matrix/alert/digest-counts.ts";
import { outcomeName, outcomeWord } from "../../../matrix/alert/outcome.ts";
import type { Finding } from "../../../matrix/finding.ts";
import type { Config } from "../../wiring/config.ts";
import { holds, type Item, names, putIfAbsent, queryPartition } from "./dynamo.ts";

/** A finding that was told, or waits for its time. */
export interface KeptAlert extends EarlierAlert {
  readonly finding: Digested;
  readonly isTold: boolean;
}

export type AlertStore = ReturnType<typeof alertStore>;

/** Whoever loses this often is not racing: something is wrong. */
const ATTEMPTS = 20;

/** The alerts of one account and region. */
export function alertStore(
  client: DynamoDBDocumentClient,
  { scope, tables }: Pick<Config, "scope" | "tables">,
) {
  const TableName = tables.ops;
  const pk = `ALERT#${scope}`;
  const keyOf = (finding: Digested, how: How) => ({ pk, sk: sortKey(finding, how) });
  const one = (kept: KeptAlert) => ({ TableName, Key: keyOf(kept.finding, kept.how) });

  return {
    /** Reads what was told and what waits about a group. */
    async ofGroup(groupId: string): Promise<KeptAlert[]> {
      return (await queryPartition(client, TableName, pk, `${groupId}#`)).map(alertFrom);
    },

    /** Reads everything that was told lately or waits. */
    async all(): Promise<KeptAlert[]> {
      return (await queryPartition(client, TableName, pk)).map(alertFrom);
    },

    /** Keeps that a finding was told, or when it will be; what is kept already stays. */
    async keep(finding: Finding, { how, at, due }: { how: How; at: number; due?: number }) {
      const actor = actorKey(finding.actor);
      await putIfAbsent(client, TableName, {
        ...keyOf(finding, how),
        ...{ how, at, isTold: due === undefined, finding: digested(finding) },
        ...(due === undefined ? {} : { due }),
        ...(actor === undefined ? {} : { actor }),
      });
    },

    /** Notes that what waited has been told. */
    async noteTold(kept: KeptAlert): Promise<void> {
      await client.send(
        new UpdateCommand({
          ...one(kept),
          UpdateExpression: "SET #isTold = :yes",
          ConditionExpression: "attribute_exists(#pk)",
          ExpressionAttributeNames: names("pk", "isTold"),
          ExpressionAttributeValues: { ":yes": true },
        }),
      );
    },

    /** Lets something wait until another time. */
    async postpone(kept: KeptAlert, due: number): Promise<void> {
      await client.send(
        new UpdateCommand({
          ...one(kept),
          UpdateExpression: "SET #due = :due",
          ConditionExpression: "attribute_exists(#pk)",
          ExpressionAttributeNames: names("pk", "due"),
          ExpressionAttributeValues: { ":due": due },
        }),
      );
    },

    /** Forgets something. */
    async remove(kept: KeptAlert): Promise<void> {
      await client.send(new DeleteCommand(one(kept)));
    },

    /** Counts one more alert of this minute and returns which it is; a repeated call counts again. */
    async count(now: number): Promise<number> {
      const minute = minuteOf(now);
      const Key = { pk: `ALERTS#${scope}`, sk: "MINUTE" };
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const update = new UpdateCommand({
          ...{ TableName, Key, ReturnValues: "UPDATED_NEW" },
          UpdateExpression: "SET #count = #count + :one",
          ConditionExpression: "#minute = :minute",
          ExpressionAttributeNames: names("count", "minute"),
          ExpressionAttributeValues: { ":one": 1, ":minute": minute },
        });
        let count: unknown;
        const isCounted = await holds(
          client.send(update).then(({ Attributes }) => {
            count = Attributes?.count;
          }),
        );
        if (isCounted) return Number(count);
        const first = new PutCommand({
          ...{ TableName, Item: { ...Key, minute, count: 1 } },
          ConditionExpression: "attribute_not_exists(#pk) OR #minute <> :minute",
          ExpressionAttributeNames: names("pk", "minute"),
          ExpressionAttributeValues: { ":minute": minute },
        });
        if (await holds(client.send(first))) return 1;
      }
      throw new Error(`the alerts of a minute could not be counted in ${ATTEMPTS} tries`);
    },

    /** Takes the turn to tell what waits; false while somebody else has it. */
    takeTurn(now: number, leaseMs = 60_000): Promise<boolean> {
      const put = new PutCommand({
        ...{ TableName, Item: { pk: `ALERTS#${scope}`, sk: "TURN", until: now + leaseMs } },
        ConditionExpression: "attribute_not_exists(#pk) OR #until <= :now",
        ExpressionAttributeNames: names("pk", "until"),
        ExpressionAttributeValues: { ":now": now },
      });
      return holds(client.send(put));
    },

    /** Gives the turn back. */
    async endTurn(): Promise<void> {
      const Key = { pk: `ALERTS#${scope}`, sk: "TURN" };
      await client.send(new DeleteCommand({ TableName, Key }));
    },
  };
}

/** Tells whether an alert speaks for no later one any more. */
export const isForgotten = ({ isTold, at, due }: KeptAlert, now: number): boolean =>
  isTold && (due ?? at) + REMEMBERED < now;

// A finding is told once for each end it comes to; what stands is told of every day besides.
function sortKey(finding: Digested, how: How): string {
  const end = how === "standing" ? how : outcomeName(outcomeWord(finding));
  return `${finding.group.id}#${driftHash(finding)}#${finding.id}#${end}`;
}

const driftHash = ({ kind, rule }: Digested): string =>
  createHash("sha256")
    .update(JSON.stringify([kind, rule]))
    .digest("base64url")
    .slice(0, 16);

function digested(finding: Finding): Digested {
  const { id, kind, account, region, group, parts, mode, rule, ruleId } = finding;
  const { outcome, trigger, actor, openedAt, seenAt, closedAt } = finding;
  return {
    ...{ id, kind, account, region, group, parts, mode, rule, outcome, trigger, seenAt },
    ...(ruleId === undefined ? {} : { ruleId }),
    ...(actor && { actor }),
    ...(openedAt === undefined ? {} : { openedAt }),
    ...(closedAt === undefined ? {} : { closedAt }),
  };
}

function alertFrom({ how, at, due, actor, isTold, finding }: Item): KeptAlert {
  const kept = finding as Digested;
  return {
    ...{ how: how as How, at: Number(at), isTold: isTold === true },
    ...{ finding: kept, word: outcomeWord(kept) },
    ...(due === undefined ? {} : { due: Number(due) }),
    ...(actor === undefined ? {} : { actor: String(actor) }),
  };
}

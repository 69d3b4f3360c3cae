// Exceptions by state and end: those to show, those whose time has come, those that end soon. The
// index only says where to look; what an exception says is read from its head.
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import {
  isDue,
  isEndingSoon,
  REMINDED_BEFORE,
} from "../../../matrix/exceptions/exception-clock.ts";
import type { LifeState } from "../../../matrix/exceptions/exception-life.ts";
import type { Config } from "../../wiring/config.ts";
import { names, queryAll } from "./dynamo.ts";
import type { KeptException } from "./exception-item.ts";

const STATES: readonly LifeState[] = [
  ...(["requested", "approved", "active"] as const),
  ...(["expired", "rejected", "withdrawn"] as const),
];

const DAY = 24 * 3_600_000;
/** A closing that is owed longer than this is owed to nobody: see policy-store.ts. */
const OWED = 7 * DAY;

/** Is told of an exception that cannot be read. */
type Unreadable = (id: string, error: unknown) => void;

/** The lists of one account and region. */
export function exceptionLists(
  client: DynamoDBDocumentClient,
  { scope, tables }: Pick<Config, "scope" | "tables">,
  { get, clock }: { get: (id: string) => Promise<KeptException | undefined>; clock: () => number },
) {
  async function listed(
    state: LifeState,
    { from, to, unreadable }: { from: number; to?: number; unreadable?: Unreadable },
  ): Promise<KeptException[]> {
    const between = { ":from": iso(from), ...(to === undefined ? {} : { ":to": iso(to) }) };
    const items = await queryAll(client, {
      TableName: tables.exceptions,
      IndexName: "by-end",
      KeyConditionExpression: `#state = :state AND #endsAt ${to === undefined ? ">= :from" : "BETWEEN :from AND :to"}`,
      ExpressionAttributeNames: names("state", "endsAt"),
      ExpressionAttributeValues: { ":state": state, ...between },
    });
    const own = items.filter(({ pk }) => String(pk).startsWith(`GROUP#${scope}#`));
    // The index may be behind: what it says is only where to look.
    const fresh = await Promise.all(
      own.map(async ({ id }) => {
        try {
          return await get(String(id));
        } catch (error) {
          if (!unreadable) throw error;
          unreadable(String(id), error);
          return undefined;
        }
      }),
    );
    return fresh.flatMap(kept => (kept?.state === state ? [kept] : []));
  }

  return {
    /** Lists exceptions whose end is not before `since`, newest request first. */
    async list({ since = clock() - 30 * DAY }: { since?: number } = {}): Promise<KeptException[]> {
      const all = await Promise.all(STATES.map(state => listed(state, { from: since })));
      return all.flat().sort((a, b) => b.askedAt - a.askedAt || (a.id < b.id ? 1 : -1));
    },

    /**
     * The exceptions whose time has come to start or end, or whose closing is owed. One that cannot
     * be read is reported, and keeps no other from its turn.
     */
    async due(now: number, unreadable: Unreadable): Promise<KeptException[]> {
      const [requested, approved, active, withdrawn] = await Promise.all([
        listed("requested", { from: 0, to: now, unreadable }),
        listed("approved", { from: 0, unreadable }),
        listed("active", { from: 0, to: now, unreadable }),
        listed("withdrawn", { from: now - OWED, unreadable }),
      ]);
      return [...requested, ...approved, ...active, ...withdrawn].filter(kept => isDue(kept, now));
    },

    /** The exceptions that end soon and of which nobody was reminded. */
    async ending(now: number): Promise<KeptException[]> {
      // One that cannot be read is reported where it is due.
      const soon = { from: now, to: now + REMINDED_BEFORE, unreadable: () => undefined };
      const found = await Promise.all([listed("approved", soon), listed("active", soon)]);
      return found.flat().filter(kept => kept.remindedAt === undefined && isEndingSoon(kept, now));
    },
  };
}

const iso = (ms: number): string => new Date(ms).toISOString();

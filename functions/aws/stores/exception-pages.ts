// Exceptions page by page, newest request first: their ids say when they were asked for, so only ids
// are held, and of a page the exceptions themselves.
import { type DynamoDBDocumentClient, paginateQuery } from "@aws-sdk/lib-dynamodb";
import { type LifeState, STEPS } from "../../../matrix/exceptions/exception-life.ts";
import type { Config } from "../../wiring/config.ts";
import { names } from "./dynamo.ts";
import { type KeptException, scopedState } from "./exception-item.ts";

/** Which exceptions: in one state, so many at most, those asked for before one. */
export interface ExceptionPageWish {
  readonly limit: number;
  readonly state?: LifeState;
  readonly after?: string;
}

/** A page; `next` is the exception after which the next one begins. */
export interface ExceptionPage {
  readonly items: readonly KeptException[];
  readonly next?: string;
}

const DAY = 24 * 3_600_000;
/** Exceptions that ended before are not listed; they are still shown by their id. */
const LISTED_DAYS = 30;

/** What pages the exceptions of one account and region. */
export function exceptionPages(
  client: DynamoDBDocumentClient,
  { scope, tables }: Pick<Config, "scope" | "tables">,
  { get, clock }: { get(id: string): Promise<KeptException | undefined>; clock: () => number },
) {
  async function idsIn(state: LifeState, from: string): Promise<string[]> {
    const ids: string[] = [];
    const query = {
      TableName: tables.exceptions,
      IndexName: "by-end",
      KeyConditionExpression: "#scopedState = :state AND #endsAt >= :from",
      ProjectionExpression: "#id",
      ExpressionAttributeNames: names("scopedState", "endsAt", "id"),
      ExpressionAttributeValues: { ":state": scopedState(scope, state), ":from": from },
    };
    for await (const { Items = [] } of paginateQuery({ client }, query)) {
      ids.push(...Items.map(({ id }) => String(id)));
    }
    return ids;
  }

  return {
    /** Lists exceptions that end from 30 days ago on, newest request first. */
    async page({ limit, state, after }: ExceptionPageWish): Promise<ExceptionPage> {
      const from = new Date(clock() - LISTED_DAYS * DAY).toISOString();
      const states = state === undefined ? (Object.keys(STEPS) as LifeState[]) : [state];
      const ids = new Set((await Promise.all(states.map(one => idsIn(one, from)))).flat());
      const left = [...ids]
        .filter(id => after === undefined || id < after)
        .sort((a, b) => (a < b ? 1 : -1));
      const wanted = left.slice(0, limit);
      // The index may be behind: what it says is only where to look.
      const kept = await Promise.all(wanted.map(get));
      const items = kept.flatMap(one => (one && states.includes(one.state) ? [one] : []));
      const next = left.length > limit ? wanted.at(-1) : undefined;
      return { items, ...(next === undefined ? {} : { next }) };
    },
  };
}

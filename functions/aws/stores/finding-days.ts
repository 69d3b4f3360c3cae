// Findings by the day on which they were first seen, newest first, a bounded number at a time however
// many there are. The index may be a moment behind; nothing is decided on a list.
import { type DynamoDBDocumentClient, QueryCommand } from "@aws-sdk/lib-dynamodb";
import type { Config } from "../../wiring/config.ts";
import { type Item, names } from "./dynamo.ts";
import {
  dayPartition,
  driftKeyOf,
  FINISHED_RANK,
  findingFrom,
  findingKey,
  type KeptFinding,
} from "./finding-item.ts";

/** Which findings; what is absent does not matter. */
export interface FindingFilter {
  readonly group?: string;
  readonly outcome?: string;
  /** Whether what drifted is over. */
  readonly isOver?: boolean;
  readonly isUnpublished?: true;
}

/** Which findings to read: seen since then (ISO 8601), so many at most, those after one in the list. */
export interface DaysWish {
  readonly since: string;
  readonly limit: number;
  readonly filter?: FindingFilter;
  readonly after?: KeptFinding;
}

const DAY_MS = 24 * 3_600_000;
const DAYS_AT_ONCE = 10;

/** Makes the function that lists findings, newest first. */
export function findingDays(
  client: DynamoDBDocumentClient,
  { scope, tables, retention }: Pick<Config, "scope" | "tables" | "retention">,
  clock: () => number,
) {
  const startOf = (finding: KeptFinding): Item => ({
    ...findingKey(scope, driftKeyOf(finding), finding.occurrence),
    day: dayPartition(scope, Date.parse(finding.seenAt)),
    at: finding.seenAt,
  });

  async function readDay(time: number, wish: DaysWish): Promise<KeptFinding[]> {
    const { since, limit, filter = {}, after } = wish;
    const { text, values, used } = conditionOf(filter);
    const isAfters = after !== undefined && startOfDay(Date.parse(after.seenAt)) === time;
    const found: KeptFinding[] = [];
    let start = isAfters ? startOf(after) : undefined;
    do {
      const { Items = [], LastEvaluatedKey } = await client.send(
        new QueryCommand({
          TableName: tables.findings,
          IndexName: "by-day",
          KeyConditionExpression: "#day = :day AND #at >= :since",
          ExpressionAttributeNames: names("day", "at", ...used),
          ExpressionAttributeValues: {
            ...{ ":day": dayPartition(scope, time), ":since": since },
            ...values,
          },
          ScanIndexForward: false,
          ...(text === "" ? { Limit: limit - found.length } : { FilterExpression: text }),
          ...(start && { ExclusiveStartKey: start }),
        }),
      );
      found.push(...Items.map(findingFrom));
      start = LastEvaluatedKey;
    } while (start && found.length < limit);
    return found.slice(0, limit);
  }

  return async (wish: DaysWish): Promise<KeptFinding[]> => {
    const { since, limit, after } = wish;
    const now = startOfDay(clock());
    if (Number.isNaN(Date.parse(since))) {
      throw new RangeError(`${JSON.stringify(since)} is not a time`);
    }
    // What is over is not kept longer.
    const oldest = now - retention.findings * DAY_MS;
    const first = Math.max(startOfDay(Date.parse(since)), oldest);
    const found: KeptFinding[] = [];
    // A day ahead, as the clock that stamped a finding may be before this one.
    let day = after ? startOfDay(Date.parse(after.seenAt)) : now + DAY_MS;
    while (day >= first && found.length < limit) {
      const days: number[] = [];
      for (; day >= first && days.length < DAYS_AT_ONCE; day -= DAY_MS) days.push(day);
      found.push(...(await Promise.all(days.map(one => readDay(one, wish)))).flat());
    }
    return found.slice(0, limit);
  };
}

const startOfDay = (time: number): number => Math.floor(time / DAY_MS) * DAY_MS;

function conditionOf({ group, outcome, isOver, isUnpublished }: FindingFilter): {
  text: string;
  values: Item;
  used: string[];
} {
  const parts = [
    ...(group === undefined ? [] : ["#group.#id = :group"]),
    ...(outcome === undefined ? [] : ["#outcome = :outcome"]),
    ...(isOver === undefined ? [] : [`#rank ${isOver ? ">=" : "<"} :finished`]),
    ...(isUnpublished ? ["attribute_not_exists(#publishedAt)"] : []),
  ];
  const text = parts.join(" AND ");
  const values = {
    ...(group === undefined ? {} : { ":group": group }),
    ...(outcome === undefined ? {} : { ":outcome": outcome }),
    ...(isOver === undefined ? {} : { ":finished": FINISHED_RANK }),
  };
  const attributes = ["group", "id", "outcome", "rank", "publishedAt"];
  return { text, values, used: attributes.filter(name => text.includes(`#${name}`)) };
}

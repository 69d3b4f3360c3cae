// The record of what drifted and what was done: one drift is one finding, however often, in whatever
// order and by whichever run it is seen. Whether two are the same is finding-item.ts.
import {
  type DynamoDBDocumentClient,
  GetCommand,
  QueryCommand,
  UpdateCommand,
  type UpdateCommandInput,
} from "@aws-sdk/lib-dynamodb";
import type { DriftKey, Finding } from "../../../matrix/finding.ts";
import type { Config } from "../../wiring/config.ts";
import { expiryAfter } from "../../wiring/retention.ts";
import { holds, names, partitionQuery, putIfAbsent, queryAll, queryPartition } from "./dynamo.ts";
import { isExplainedBy, namedBy } from "./explanation.ts";
import { findingChanges } from "./finding-changes.ts";
import { type DaysWish, findingDays } from "./finding-days.ts";
import {
  driftKeyOf,
  findingFrom,
  findingId,
  findingKey,
  findingPartition,
  findingPrefix,
  isSameDrift,
  itemOf,
  type KeptFinding,
} from "./finding-item.ts";
import { intentStore } from "./intent-store.ts";

/** Which findings to list; `since` is ISO 8601. */
export interface Listing {
  readonly since?: string;
  readonly limit: number;
  readonly group?: string;
}

/** Who takes it on himself, at what time, to tell people of a finding. */
export interface Lease {
  readonly by: string;
  readonly now: number;
}

export type FindingStore = ReturnType<typeof findingStore>;

const DAY_MS = 24 * 3_600_000;
/** How far back a list without `since` goes. */
const LISTED_DAYS = 30;
/** How long findings are kept that nobody needs to hear of: there is one every 15 minutes. */
const QUIET_DAYS = 7;
/** A writer that loses this often is not racing: something is wrong. */
const ATTEMPTS = 20;
const LEASE_MS = 30_000;

/** The findings of one account and region. */
export function findingStore(
  client: DynamoDBDocumentClient,
  config: Pick<Config, "scope" | "tables" | "retention">,
  clock: () => number = Date.now,
) {
  const { scope, tables, retention } = config;
  const table = tables.findings;
  const intents = intentStore(client, config);
  const days = findingDays(client, config, clock);
  const keyOf = (finding: Finding) => findingKey(scope, driftKeyOf(finding), finding.occurrence);

  async function newestOf(key: DriftKey): Promise<KeptFinding | undefined> {
    const query = partitionQuery(table, findingPartition(scope, key.groupId), findingPrefix(key));
    const newest = new QueryCommand({ ...query, ScanIndexForward: false, Limit: 1 });
    const item = (await client.send(newest)).Items?.[0];
    return item && findingFrom(item);
  }

  async function read(finding: Finding): Promise<KeptFinding | undefined> {
    const get = new GetCommand({ TableName: table, Key: keyOf(finding), ConsistentRead: true });
    const { Item } = await client.send(get);
    return Item && findingFrom(Item);
  }

  async function create(
    finding: Finding,
    occurrence: number,
    lease: Lease | undefined,
  ): Promise<KeptFinding | undefined> {
    const id = findingId(scope, driftKeyOf(finding), occurrence);
    const claimed = lease && { claimedBy: lease.by, claimedUntil: lease.now + LEASE_MS };
    const item = {
      ...itemOf(scope, { ...finding, id, occurrence }, retention.findings),
      ...claimed,
    };
    return (await putIfAbsent(client, table, item)) ? findingFrom(item) : undefined;
  }

  /** Changes a finding; what it is then, or undefined where a condition does not hold. */
  async function update(
    finding: Finding,
    change: Omit<UpdateCommandInput, "TableName" | "Key">,
  ): Promise<KeptFinding | undefined> {
    const command = new UpdateCommand({
      ...{ TableName: table, Key: keyOf(finding), ReturnValues: "ALL_NEW", ...change },
    });
    let changed: KeptFinding | undefined;
    await holds(
      client.send(command).then(({ Attributes }) => {
        changed = Attributes && findingFrom(Attributes);
      }),
    );
    return changed;
  }

  /** Adds to a kept finding what another run saw; undefined when it was no longer as it was kept. */
  async function merge(kept: KeptFinding, seen: Finding): Promise<KeptFinding | undefined> {
    let merged: KeptFinding | undefined = kept;
    for (const change of findingChanges(kept, seen, retention.findings))
      merged = await update(kept, change);
    return merged;
  }

  /** Records a finding, under the lease if it is new. */
  async function record(
    finding: Finding,
    readAt: number,
    lease?: Lease,
  ): Promise<{ finding: KeptFinding; isNew: boolean }> {
    const key = driftKeyOf(finding);
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const newest = await newestOf(key);
      const isSame = newest !== undefined && isSameDrift(newest, finding, readAt);
      const recorded = isSame
        ? await merge(newest, finding)
        : await create(finding, (newest?.occurrence ?? 0) + 1, lease);
      if (recorded) return { finding: recorded, isNew: !isSame };
    }
    throw new Error(`the finding "${finding.rule}" of ${key.groupId} could not be recorded`);
  }

  async function claim(finding: Finding, { by, now }: Lease): Promise<boolean> {
    const isFree =
      "attribute_not_exists(#claimedUntil) OR #claimedUntil <= :now OR #claimedBy = :by";
    const claimed = await update(finding, {
      UpdateExpression: "SET #claimedBy = :by, #claimedUntil = :until",
      ConditionExpression: `attribute_exists(#pk) AND attribute_not_exists(#publishedAt) AND (${isFree})`,
      ExpressionAttributeNames: names("pk", "publishedAt", "claimedBy", "claimedUntil"),
      ExpressionAttributeValues: { ":by": by, ":now": now, ":until": now + LEASE_MS },
    });
    return claimed !== undefined;
  }

  async function mark(finding: Finding, at: number, quietUntil?: number): Promise<void> {
    const [set, remove, own] =
      quietUntil === undefined
        ? ["", "", []]
        : [", #expiresAt = :expiresAt", "#day, ", ["expiresAt", "day"]];
    const isMarked = await update(finding, {
      UpdateExpression: `SET #publishedAt = if_not_exists(#publishedAt, :at)${set} REMOVE ${remove}#claimedBy, #claimedUntil`,
      ConditionExpression: "attribute_exists(#pk)",
      ExpressionAttributeNames: names("pk", "publishedAt", "claimedBy", "claimedUntil", ...own),
      ExpressionAttributeValues: {
        ":at": new Date(at).toISOString(),
        ...(quietUntil === undefined ? {} : { ":expiresAt": quietUntil }),
      },
    });
    if (!isMarked) throw new Error(`the finding ${finding.id} does not exist`);
  }

  /** Reads every finding of a group, newest first. */
  async function forGroup(groupId: string): Promise<KeptFinding[]> {
    const items = await queryPartition(client, table, findingPartition(scope, groupId), "F#");
    return items.map(findingFrom).sort((a, b) => Date.parse(b.seenAt) - Date.parse(a.seenAt));
  }

  return {
    /**
     * Records what a run saw that read the group at `readAt`: as a new finding, or on the one that
     * is there if it is the same drift. Repeating it changes nothing.
     */
    async record(finding: Finding, readAt: number): Promise<KeptFinding> {
      return (await record(finding, readAt)).finding;
    },

    /** Records a finding and takes the lease on publishing it, in one call where it is new. */
    async recordAndClaim(
      finding: Finding,
      readAt: number,
      lease: Lease,
    ): Promise<{ finding: KeptFinding; isClaimed: boolean }> {
      const { finding: kept, isNew } = await record(finding, readAt, lease);
      const isUnpublished = kept.publishedAt === undefined;
      return { finding: kept, isClaimed: isNew || (isUnpublished && (await claim(kept, lease))) };
    },

    /** Reads the newest finding of the same drift. */
    newest: (finding: Finding): Promise<KeptFinding | undefined> => newestOf(driftKeyOf(finding)),

    /** Adds to a kept finding what another run saw of the same drift. */
    async add(kept: KeptFinding, seen: Finding): Promise<KeptFinding> {
      return (await merge(kept, seen)) ?? kept;
    },

    /** Takes the lease on publishing a finding; false when it is published or somebody else's. */
    claim,

    /** Marks a finding as published; the first mark stays. */
    markPublished: (finding: Finding, at: number) => mark(finding, at),

    /**
     * Marks a finding as one that nobody needs to hear of: it is found by its id and its group, in no
     * list, for as long as somebody may want to look at it.
     */
    markQuiet: (finding: Finding, at: number) =>
      mark(finding, at, expiryAfter(at, Math.min(QUIET_DAYS, retention.findings))),

    /** Reads a finding by its id. */
    async get(id: string): Promise<KeptFinding | undefined> {
      const [item] = await queryAll(client, {
        TableName: table,
        IndexName: "by-id",
        KeyConditionExpression: "#id = :id",
        ExpressionAttributeNames: names("id"),
        ExpressionAttributeValues: { ":id": id },
      });
      // The index tells where it is; what it says is read from the table, which is never behind.
      return item && read(findingFrom(item));
    },

    /** Lists findings, newest first; without `since` those of the last 30 days, or all of a group. */
    async list({ since, limit, group }: Listing): Promise<KeptFinding[]> {
      const from = since ?? new Date(clock() - LISTED_DAYS * DAY_MS).toISOString();
      if (group === undefined) return days({ since: from, limit });
      const all = await forGroup(group);
      return all.filter(({ seenAt }) => since === undefined || seenAt >= since).slice(0, limit);
    },

    /** Lists findings page by page, newest first; without `since` those of the last 30 days. */
    page(wish: Partial<DaysWish> & Pick<DaysWish, "limit">): Promise<KeptFinding[]> {
      const since = new Date(clock() - LISTED_DAYS * DAY_MS).toISOString();
      return days({ since, ...wish });
    },

    /** Lists the findings since a time that nobody was told of, newest first. */
    unpublished(since: string, limit = 1_000): Promise<KeptFinding[]> {
      return days({ since, limit, filter: { isUnpublished: true } });
    },

    forGroup,

    /** Tells whether findings or intents of the group account for a change of these rules. */
    async explains(
      groupId: string,
      ruleIds: readonly string[],
      rules: readonly string[],
    ): Promise<boolean> {
      if (ruleIds.length === 0 && rules.length === 0) return false;
      const [findings, open] = await Promise.all([forGroup(groupId), intents.forGroup(groupId)]);
      return isExplainedBy(namedBy(findings, open), ruleIds, rules);
    },
  };
}

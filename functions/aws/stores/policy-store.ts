// What the group's policy is now: the active matrix, pauses, holds and exceptions, read so that a
// missing answer is never taken for "nothing". Versions are written by matrix-history.ts.

import { setTimeout as sleep } from "node:timers/promises";
import {
  BatchGetCommand,
  type BatchGetCommandInput,
  type DynamoDBDocumentClient,
} from "@aws-sdk/lib-dynamodb";
import type { Exception } from "../../../matrix/exception.ts";
import type { Config } from "../../wiring/config.ts";
import { marksFrom, marksPartition } from "./brake-store.ts";
import { type Item, type Key, partitionQuery, queryAll, queryPartition } from "./dynamo.ts";
import { type MatrixContent, unpackMatrix } from "./matrix-chunks.ts";
import {
  type ActivePointer,
  type Applied,
  type MatrixVersion,
  matrixHistory,
  type NewMatrix,
  pointerFrom,
  type Refused,
} from "./matrix-history.ts";
import {
  exceptionFrom,
  type Hold,
  holdFrom,
  isInForce,
  type Pause,
  pauseFrom,
} from "./policy-items.ts";

/** The policy of one group as one read found it; no `active` means that no matrix was ever applied. */
export interface PolicyRead {
  readonly active?: ActivePointer;
  readonly pause?: Pause;
  readonly hold?: Hold;
  /** What the last audit saw permitted on the group, see brake-store.ts. */
  readonly marks?: Uint8Array;
}

/** A version of the matrix, read whole. Its readers share it: nobody may change it. */
export interface StoredMatrix extends MatrixContent {
  readonly version: number;
}

/** What is in force, for people: `group` is absent on a pause of everything. */
export interface ActiveSummary {
  readonly active?: MatrixVersion;
  readonly pauses: readonly (Pause & { group?: string })[];
  readonly holds: readonly (Hold & { group: string })[];
}

export type PolicyStore = ReturnType<typeof policyStore>;

/** The `sk` of the pause of every group. */
export const EVERY_GROUP = "ALL";

/** How long exceptions that have ended are still given: what only they permitted is closed. */
const ENDED_FOR_MS = 7 * 24 * 3_600_000;

/** The waits between attempts to read keys that DynamoDB left out. */
const WAITS_MS = [25, 50, 100, 200] as const;

/** The stored policy of one account and region. */
export function policyStore(
  client: DynamoDBDocumentClient,
  config: Pick<Config, "scope" | "tables">,
  clock: () => number = Date.now,
) {
  const { scope, tables } = config;
  const versions = matrixHistory(client, config);
  let cached: { sha: string; matrix: StoredMatrix } | undefined;

  /** Reads a version whole; the same object again as long as no other version is read. */
  async function readMatrix(pointer: Omit<ActivePointer, "by" | "at">): Promise<StoredMatrix> {
    const { version, sha, chunks } = pointer;
    if (cached?.sha === sha && cached.matrix.version === version) return cached.matrix;
    const known = cached?.sha === sha ? cached.matrix : undefined;
    const what = `matrix version ${version}`;
    const content = known ?? unpackMatrix(await versions.readChunks(sha, chunks), sha, what);
    const { document, pins } = content;
    const matrix = { document, pins, version };
    cached = { sha, matrix };
    return matrix;
  }

  return {
    /** Reads, in one request, what is in force for a group, or for none in particular. */
    async readPolicy(groupId?: string): Promise<PolicyRead> {
      const keys = policyKeys(scope, groupId);
      const items = await readKeys(client, tables.policy, Object.values(keys));
      const now = clock();
      const at = (key: Key | undefined) => key && items.get(nameOf(key));
      const active = at(keys.active);
      const pauses = [at(keys.everyPause), at(keys.pause)]
        .flatMap(item => (item ? [pauseFrom(item)] : []))
        .filter(pause => isInForce(pause, now))
        .sort((a, b) => Date.parse(b.until) - Date.parse(a.until));
      const held = at(keys.hold);
      const hold = held && holdFrom(held);
      const marked = at(keys.marks);
      return {
        ...(active && { active: pointerFrom(active) }),
        ...(pauses[0] && { pause: pauses[0] }),
        ...(hold && isInForce(hold, now) && { hold }),
        ...(marked && { marks: marksFrom(marked) }),
      };
    },

    readMatrix,

    /** Stores a matrix and makes it the active one if version `from` (0: none) still is. */
    writeMatrix: (matrix: NewMatrix): Promise<Applied | Refused> => versions.write(matrix),

    /** The versions that were ever active, newest first. */
    history: (): Promise<MatrixVersion[]> => versions.list(),

    /** The versions people are still to be told of; the list of those told is kept nowhere. */
    untold: () => versions.untold(),

    /** Says that people were told of a version. */
    markTold: (version: number): Promise<void> => versions.markTold(version),

    /** Reads a version that is or was active. */
    async readVersion(version: number): Promise<StoredMatrix> {
      const found = (await versions.list()).find(one => one.version === version);
      if (!found) throw new Error(`matrix version ${version} was never applied to ${scope}`);
      return readMatrix(found);
    },

    /** Reads all that is in force in the account and region. */
    async activeSummary(): Promise<ActiveSummary> {
      const [[active], pauses, holds] = await Promise.all([
        versions.list(),
        queryPartition(client, tables.policy, `PAUSE#${scope}`),
        queryPartition(client, tables.policy, `HOLD#${scope}`),
      ]);
      const now = clock();
      return {
        ...(active && { active }),
        pauses: pauses
          .map(item => ({ ...pauseFrom(item), ...(item.sk !== EVERY_GROUP && groupOf(item)) }))
          .filter(pause => isInForce(pause, now)),
        holds: holds
          .map(item => ({ ...holdFrom(item), ...groupOf(item) }))
          .filter(hold => isInForce(hold, now)),
      };
    },

    /** Reads the exceptions bound to a group, whatever their state; long ended ones are left out. */
    async exceptionsFor(groupId: string, now: number): Promise<Exception[]> {
      const query = partitionQuery(tables.exceptions, `GROUP#${scope}#${groupId}`, "X#");
      const items = await queryAll(client, query);
      const pointers = items.filter(isPointer).filter(({ end }) => end > now - ENDED_FOR_MS);
      const keys = pointers.map(({ head, sk }) => ({ pk: head, sk }));
      // Of an exception for several groups one item decides; without it nobody ever asked.
      const heads = await readMany(client, tables.exceptions, keys);
      return [...items.filter(item => !isPointer(item)), ...heads]
        .map(exceptionFrom)
        .filter(exception => exception.end > now - ENDED_FOR_MS);
    },
  };
}

function policyKeys(scope: string, groupId: string | undefined): Record<string, Key> {
  const active = { pk: `MATRIX#${scope}`, sk: "ACTIVE" };
  const everyPause = { pk: `PAUSE#${scope}`, sk: EVERY_GROUP };
  if (groupId === undefined) return { active, everyPause };
  const pause = { pk: `PAUSE#${scope}`, sk: groupId };
  const hold = { pk: `HOLD#${scope}`, sk: groupId };
  const marks = { pk: marksPartition(scope), sk: groupId };
  return { active, everyPause, pause, hold, marks };
}

interface Pointer extends Item, Key {
  readonly head: string;
  readonly end: number;
}

const isPointer = (item: Item): item is Pointer =>
  typeof item.head === "string" && typeof item.end === "number";

/** The most keys that one read takes. */
const AT_ONCE = 100;

async function readMany(
  client: DynamoDBDocumentClient,
  table: string,
  keys: readonly Key[],
): Promise<Item[]> {
  const found: Item[] = [];
  for (let at = 0; at < keys.length; at += AT_ONCE) {
    found.push(...(await readKeys(client, table, keys.slice(at, at + AT_ONCE))).values());
  }
  return found;
}

const nameOf = ({ pk, sk }: Key): string => `${pk} ${sk}`;

/** Reads keys of one table; what DynamoDB leaves out is asked for again, and never "absent". */
async function readKeys(
  client: DynamoDBDocumentClient,
  table: string,
  keys: readonly Key[],
): Promise<Map<string, Item>> {
  const found = new Map<string, Item>();
  let asked: NonNullable<BatchGetCommandInput["RequestItems"]> = {
    [table]: { Keys: keys.map(({ pk, sk }) => ({ pk, sk })), ConsistentRead: true },
  };
  for (const wait of [...WAITS_MS, undefined]) {
    const answer = await client.send(new BatchGetCommand({ RequestItems: asked }));
    for (const item of answer.Responses?.[table] ?? []) found.set(nameOf(item as Item & Key), item);
    if (!answer.UnprocessedKeys?.[table]) return found;
    asked = answer.UnprocessedKeys;
    if (wait !== undefined) await sleep(wait);
  }
  throw new Error(`DynamoDB left keys of ${table} unread after ${WAITS_MS.length + 1} attempts`);
}

const groupOf = (item: Item) => ({ group: String(item.sk) });

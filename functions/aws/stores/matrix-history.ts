// The versions of the matrix: stored chunk by chunk, numbered, and one of them active. Every write is
// conditional and the pointer comes last, so a crash anywhere leaves the old version active or the
// new one, never a mixture. What a version means is policy-store.ts's.
import { randomUUID } from "node:crypto";
import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
} from "@aws-sdk/lib-dynamodb";
import type { Config } from "../../wiring/config.ts";
import { holds, type Item, names, putIfAbsent, queryPartition } from "./dynamo.ts";
import { chunkName, isSameChunk, type Packed } from "./json-chunks.ts";
import { type MatrixContent, packMatrix } from "./matrix-chunks.ts";

/** Which version is active. */
export interface ActivePointer {
  readonly version: number;
  readonly sha: string;
  readonly by: string;
  readonly at: string;
  readonly chunks: number;
}

/** A version that was applied: by whom, when, why, and instead of which. */
export interface MatrixVersion extends ActivePointer {
  readonly note: string;
  /** The version active before it; 0 for none. */
  readonly parent: number;
  /** The plan that was carried out, where one was made. */
  readonly planId?: string;
}

/** A matrix to be applied; `from` is the version it was made from, 0 where none was active. */
export interface NewMatrix extends MatrixContent {
  readonly by: string;
  readonly at: string;
  readonly note: string;
  readonly from: number;
  readonly planId?: string;
  /** People are to be told of it, by whoever gets there first: it is on the list until they are. */
  readonly isToTell?: boolean;
}

export interface Applied {
  readonly applied: ActivePointer;
}

/** Nothing was changed, as another version is active than the one it was made from. */
export interface Refused {
  readonly refused: { readonly because: string; readonly active?: ActivePointer };
}

/** How many numbers a writer tries: versions that were never made active hold some. */
const NUMBERS = 100;

/** The stored versions of one account's and region's matrix. */
export function matrixHistory(
  client: DynamoDBDocumentClient,
  { scope, tables }: Pick<Config, "scope" | "tables">,
) {
  const table = tables.policy;
  const pk = `MATRIX#${scope}`;

  async function read(key: { pk: string; sk: string }): Promise<Item | undefined> {
    const get = new GetCommand({ TableName: table, Key: key, ConsistentRead: true });
    return (await client.send(get)).Item;
  }

  async function readActive(): Promise<ActivePointer | undefined> {
    const item = await read({ pk, sk: "ACTIVE" });
    return item && pointerFrom(item);
  }

  /** Stores the chunks. They belong to their hash, so a chunk that differs is damaged: it is mended. */
  async function putChunks({ sha, chunks }: Packed): Promise<void> {
    for (const [index, data] of chunks.entries()) {
      const item = { pk: `${pk}#${sha}`, sk: chunkName(index), data };
      if (await putIfAbsent(client, table, item)) continue;
      const stored = (await read({ pk: item.pk, sk: item.sk }))?.data as Uint8Array | undefined;
      if (stored && isSameChunk(stored, data)) continue;
      const put = new PutCommand({
        TableName: table,
        Item: item,
        ConditionExpression: "attribute_not_exists(#data) OR #data = :stored",
        ExpressionAttributeNames: names("data"),
        ExpressionAttributeValues: { ":stored": stored ?? "" },
      });
      await holds(client.send(put));
    }
  }

  /**
   * Takes the next free number, unless another writer was first to be active. A number is one
   * writer's for good, whatever becomes of him.
   */
  async function putVersion(
    version: Omit<MatrixVersion, "version">,
  ): Promise<MatrixVersion | undefined> {
    const writer = randomUUID();
    for (let number = version.parent + 1; number <= version.parent + NUMBERS; number++) {
      const key = { pk, sk: versionName(number) };
      const item = { ...key, ...version, version: number, writer };
      if (await putIfAbsent(client, table, item)) return { ...version, version: number };
      // The SDK repeats a call whose answer was lost, and then finds its own item there.
      const [taken, active] = await Promise.all([read(key), readActive()]);
      if (taken?.writer === writer) return { ...version, version: number };
      if ((active?.version ?? 0) !== version.parent) return undefined;
    }
    throw new Error(`no free number after matrix version ${version.parent}`);
  }

  /** Points at a version if the one it was made from is still active. */
  function activate({ parent, note: _, planId: __, ...pointer }: MatrixVersion): Promise<boolean> {
    const condition =
      parent === 0
        ? {
            ConditionExpression: "attribute_not_exists(#pk)",
            ExpressionAttributeNames: names("pk"),
          }
        : {
            ConditionExpression: "#version = :from",
            ExpressionAttributeNames: names("version"),
            ExpressionAttributeValues: { ":from": parent },
          };
    const item = { pk, sk: "ACTIVE", ...pointer };
    return holds(client.send(new PutCommand({ TableName: table, Item: item, ...condition })));
  }

  /** The active version and those before it: numbers that were never active are on no such line. */
  async function list(): Promise<MatrixVersion[]> {
    // In this order, as a version is stored before the pointer points at it.
    const active = await readActive();
    const items = active ? await queryPartition(client, table, pk, "V#") : [];
    const stored = new Map(items.map(item => [item.version, versionFrom(item)]));
    const line: MatrixVersion[] = [];
    for (let number = active?.version ?? 0; number > 0; ) {
      const version = stored.get(number);
      if (!version) throw new Error(`the record of matrix version ${number} is missing`);
      line.push(version);
      number = Math.min(version.parent, number - 1);
    }
    return line;
  }

  const tellItem = ({ version, at }: MatrixVersion) => ({ pk, sk: tellName(version), version, at });

  async function refused(from: number): Promise<Refused> {
    const active = await readActive();
    const because = `${named(active?.version ?? 0)} is active, and this was made from ${named(from)}`;
    return { refused: { because, ...(active && { active }) } };
  }

  return {
    list,

    async write({
      document,
      pins,
      by,
      at,
      note,
      from,
      ...extra
    }: NewMatrix): Promise<Applied | Refused> {
      if (((await readActive())?.version ?? 0) !== from) return refused(from);
      const packed = packMatrix({ document, pins });
      await putChunks(packed);
      const { sha, chunks } = packed;
      const { planId, isToTell } = extra;
      const mine = await putVersion({
        ...{ sha, by, at, chunks: chunks.length, note, parent: from },
        ...(planId === undefined ? {} : { planId }),
      });
      if (!mine) return refused(from);
      // Before the pointer moves, so that no version can become active untold.
      if (isToTell) await client.send(new PutCommand({ TableName: table, Item: tellItem(mine) }));
      if (await activate(mine)) return { applied: pointerFrom(mine) };
      // Refused may also mean that a first attempt, whose answer was lost, made it active.
      const isOnLine = (await list()).some(one => one.version === mine.version);
      return isOnLine ? { applied: pointerFrom(mine) } : refused(from);
    },

    /** The versions people are still to be told of, and when each was written; they may be inactive. */
    async untold(): Promise<{ version: number; at: string }[]> {
      const items = await queryPartition(client, table, pk, "TELL#");
      return items.map(({ version, at }) => ({ version: Number(version), at: String(at) }));
    },

    /** Takes a version off the list of those people are to be told of. */
    async markTold(version: number): Promise<void> {
      const Key = { pk, sk: tellName(version) };
      await client.send(new DeleteCommand({ TableName: table, Key }));
    },

    /** Reads the chunks of a hash in order, with gaps where some are missing. */
    async readChunks(sha: string, count: number): Promise<(Uint8Array | undefined)[]> {
      const items = await queryPartition(client, table, `${pk}#${sha}`, "C#");
      const stored = new Map(items.map(item => [item.sk, item.data as Uint8Array]));
      return Array.from({ length: count }, (_, index) => stored.get(chunkName(index)));
    },
  };
}

const versionName = (version: number): string => `V#${String(version).padStart(6, "0")}`;
const tellName = (version: number): string => `TELL#${String(version).padStart(6, "0")}`;
const named = (version: number): string => (version === 0 ? "no version" : `version ${version}`);

/** Reads the pointer out of an item that has one; throws where it is not whole. */
export function pointerFrom(item: Item | ActivePointer): ActivePointer {
  const { version, sha, by, at, chunks } = item;
  const isWhole =
    typeof version === "number" &&
    typeof chunks === "number" &&
    typeof sha === "string" &&
    /^[0-9a-f]{64}$/.test(sha);
  if (!isWhole) throw new Error("the stored pointer to a matrix version cannot be read");
  return { version, sha, by: String(by ?? ""), at: String(at ?? ""), chunks };
}

function versionFrom(item: Item): MatrixVersion {
  const { note, parent, planId } = item;
  return {
    ...pointerFrom(item),
    ...{ note: String(note ?? ""), parent: Number(parent ?? 0) },
    ...(typeof planId === "string" ? { planId } : {}),
  };
}

// Plain JSON of any size as items of DynamoDB: canonical text, its hash, cut into slices that are
// packed each for itself. Where they are stored is each store's own matter.

import { createHash } from "node:crypto";
import { gunzipSync, gzipSync } from "node:zlib";
import { canonicalJson } from "../../../matrix/canonical-json.ts";

/** A value ready to be stored. */
export interface Packed {
  /** SHA-256 of the canonical JSON, in hex. */
  readonly sha: string;
  readonly chunks: readonly Buffer[];
}

/**
 * Bytes of JSON in a chunk. It is part of the stored form: as slices are cut before they are packed,
 * whoever stores the same content writes the same slices, whatever his zlib makes of them.
 */
const SLICE = 350_000;

/** Packs a value. */
export function packJson(value: unknown): Packed {
  const json = Buffer.from(canonicalJson(value));
  const slices = Array.from({ length: Math.ceil(json.length / SLICE) }, (_, index) =>
    json.subarray(index * SLICE, (index + 1) * SLICE),
  );
  return { sha: sha256(json), chunks: slices.map(slice => gzipSync(slice)) };
}

/** Unpacks all chunks of what is named, as in `matrix version 3`; throws where they are not whole. */
export function unpackJson(
  chunks: readonly (Uint8Array | undefined)[],
  sha: string,
  what: string,
): unknown {
  const slices = chunks.map((chunk, index) => {
    const which = `chunk ${index + 1} of ${chunks.length}`;
    if (!chunk) throw new Error(`${what} is incomplete: ${which} is missing`);
    try {
      return sliceOf(chunk);
    } catch (cause) {
      throw new Error(`${what} is damaged: ${which} cannot be unpacked`, { cause });
    }
  });
  const json = Buffer.concat(slices);
  const found = sha256(json);
  if (found !== sha) throw new Error(`${what} is damaged: its hash is ${found}, not ${sha}`);
  return JSON.parse(json.toString("utf8"));
}

/** Tells whether two chunks hold the same slice, however it was packed. */
export function isSameChunk(a: Uint8Array, b: Uint8Array): boolean {
  try {
    return sliceOf(a).equals(sliceOf(b));
  } catch {
    return false;
  }
}

const sliceOf = (chunk: Uint8Array): Buffer => gunzipSync(chunk, { maxOutputLength: SLICE });

/** The SHA-256 of bytes or text, in hex. */
export const sha256 = (content: Buffer | string): string =>
  createHash("sha256").update(content).digest("hex");

/** The name of a chunk among those of one value; names are in order. */
export const chunkName = (index: number): string => `C#${String(index).padStart(3, "0")}`;

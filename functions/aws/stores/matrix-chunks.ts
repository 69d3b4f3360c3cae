// One version of the matrix as it is packed for the table: document and pins, and nothing else. Where
// versions are stored and which is active is policy-store.ts.
import type { MatrixDocument } from "../../../matrix/document.ts";
import type { Pins } from "../../../matrix/flows/selection.ts";
import { type Packed, packJson, unpackJson } from "./json-chunks.ts";

/** What one version of the matrix is. */
export interface MatrixContent {
  readonly document: MatrixDocument;
  readonly pins: Pins;
}

/** Packs a matrix. */
export const packMatrix = ({ document, pins }: MatrixContent): Packed =>
  packJson({ document, pins });

/** Unpacks all chunks of `matrix version N`; throws an error that says what is wrong with which. */
export const unpackMatrix = (
  chunks: readonly (Uint8Array | undefined)[],
  sha: string,
  what: string,
): MatrixContent => unpackJson(chunks, sha, what) as MatrixContent;

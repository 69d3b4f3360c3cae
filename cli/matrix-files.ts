// The matrix that --matrix names: its files read as one checked document.
import type { MatrixDocument } from "../matrix/document.ts";
import { parseMatrix } from "../matrix/file/parse.ts";
import { readInputs } from "./input-file.ts";

/** Reads one matrix from its files; throws an InputError that names every problem. */
export function readMatrixFiles(names: readonly string[]): MatrixDocument {
  return parseMatrix(readInputs(names));
}

// The first matrix of an account looks before it acts: whatever it says, it is in observe.
import type { GroupEntry, MatrixDocument } from "../document.ts";

/** The same document in observe, for every group. */
export function observed(document: MatrixDocument): MatrixDocument {
  if (isObserving(document)) return document;
  const groups = Object.entries(document.groups).map(([name, { mode: _, ...entry }]) => [
    name,
    entry satisfies GroupEntry,
  ]);
  return { ...document, mode: "observe", groups: Object.fromEntries(groups) };
}

/** Tells whether a document only reports. */
export function isObserving({ mode, groups }: MatrixDocument): boolean {
  const modes = Object.values(groups).map(entry => entry.mode ?? "observe");
  return mode === "observe" && modes.every(own => own === "observe");
}

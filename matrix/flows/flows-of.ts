// Which flows speak of an entry: a large matrix has thousands, of which an entry has a few, and every
// entry of it is compiled. Which side of them it is on is part.ts's to see.
import type { Flow, MatrixDocument } from "../document.ts";

const flowsOfDocument = new WeakMap<MatrixDocument, ReadonlyMap<string, readonly Flow[]>>();

/** The flows with an entry at either end, in their order. */
export function flowsOf(document: MatrixDocument, entry: string): readonly Flow[] {
  const known = flowsOfDocument.get(document) ?? flowsByEntry(document);
  flowsOfDocument.set(document, known);
  return known.get(entry) ?? [];
}

function flowsByEntry({ flows }: MatrixDocument): Map<string, Flow[]> {
  const byEntry = new Map<string, Flow[]>();
  for (const flow of flows) {
    const ends = [...flow.from, ...flow.to].flatMap(end => (end.kind === "entry" ? end.name : []));
    for (const name of new Set(ends)) {
      const found = byEntry.get(name) ?? [];
      found.push(flow);
      byEntry.set(name, found);
    }
  }
  return byEntry;
}

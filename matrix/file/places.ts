// Where the named things of matrix files stand, for whoever has something to say about them after they
// were read. Files that cannot be read have no places; parse.ts says what is wrong with them.
import type { Place } from "../document.ts";
import { mergeFiles } from "./merge.ts";
import { fieldOf, type LocatedMap, pairsOf } from "./positions.ts";
import { type MatrixSource, readYaml } from "./yaml-text.ts";

/** The places of groups, networks and the terms of exceptions. */
export function placesOf(sources: readonly MatrixSource[]) {
  const roots = sources.flatMap(source => readYaml(source).root ?? []);
  const root = mergeFiles(roots);
  const terms = fieldOf(root, "exceptions")?.at;
  return {
    groups: placesIn(root, "groups"),
    networks: placesIn(root, "networks"),
    ...(terms && { exceptions: { file: terms.file, line: terms.line } }),
  };
}

function placesIn(root: LocatedMap | undefined, section: string): Map<string, Place> {
  return new Map(
    pairsOf(fieldOf(root, section)).map(([name, { at }]) => [
      name,
      { file: at.file, line: at.line },
    ]),
  );
}

// The names a matrix defines, and what may be a name: it must not be mistaken for a word of the
// format, an address or an id.

import { type Problem, quoted } from "../errors.ts";
import { OTHERS } from "../flows/selection.ts";
import { parseCidr } from "../rules/cidr.ts";
import { NAME } from "./file-schema.ts";
import {
  fieldOf,
  type LocatedMap,
  type Position,
  pairsOf,
  problemAt,
  textOf,
} from "./positions.ts";

export const PUBLIC = "public";
export const PRIVATE = "private";

/** Every name of a matrix, and the entries that are bound to a group id. */
export interface Names {
  readonly networks: ReadonlySet<string>;
  readonly groups: ReadonlySet<string>;
  readonly people: ReadonlySet<string>;
  readonly entryOfId: ReadonlyMap<string | undefined, string>;
}

/** Collects the names a matrix defines. */
export function namesOf(root: LocatedMap): Names {
  const keys = (key: string) => new Set(pairsOf(fieldOf(root, key)).map(([name]) => name));
  const ids = pairsOf(fieldOf(root, "groups")).map(
    ([name, { value }]) => [textOf(fieldOf(value, "id")), name] as const,
  );
  return {
    networks: keys("networks"),
    groups: keys("groups"),
    people: keys("people"),
    entryOfId: new Map(ids),
  };
}

/** Finds names that cannot be names, or that two things have. */
export function nameProblems(root: LocatedMap, names: Names): Problem[] {
  const check = (section: string, reserved: readonly string[]) =>
    pairsOf(fieldOf(root, section)).flatMap(([name, { at }]) => {
      if (reserved.includes(name)) return [reservedProblem(name, section, at)];
      if (!isName(name)) return [badName(name, at)];
      if (section !== "groups" || !names.networks.has(name)) return [];
      const message = `${quoted(name)} is a network and a group`;
      return [
        problemAt(at, "name.twice", message, "rename one of them: peers are named by either"),
      ];
    });
  const matrix = fieldOf(root, "matrix");
  const title = textOf(matrix);
  return [
    ...(matrix && title !== undefined && !NAME.test(title) ? [badName(title, matrix.at)] : []),
    ...check("networks", [PUBLIC, OTHERS]),
    ...check("groups", [PUBLIC, PRIVATE]),
    ...check("people", []),
  ];
}

/**
 * Tells whether a word can be a name. One that every object has, such as "constructor", would be found
 * where nobody defined it.
 */
export function isName(name: string): boolean {
  const isLookalike = /^(sg|pl)-/.test(name) || /^\d+$/.test(name) || parseCidr(name) !== undefined;
  return NAME.test(name) && !isLookalike && !(name in {});
}

function badName(name: string, at: Position): Problem {
  const cure = "letters, digits, . _ and -, beginning with a letter or digit, 64 at most";
  const message = `${quoted(name)} cannot be a name`;
  if (/^(sg|pl)-/.test(name)) {
    return problemAt(at, "name", message, "give it a word of its own, and the id as its value");
  }
  return problemAt(at, "name", message, cure);
}

function reservedProblem(name: string, section: string, at: Position): Problem {
  const message = `${quoted(name)} is built in and cannot be defined under ${section}`;
  const cure =
    name === PRIVATE ? "redefine private under networks, or use another name" : "use another name";
  return problemAt(at, "name.reserved", message, cure);
}

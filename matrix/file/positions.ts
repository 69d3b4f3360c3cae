// The values of a matrix file, each with the place it stands in: what lets a problem point at its
// line. It knows YAML's shapes (maps, lists, scalars) and nothing of what a matrix means.
import type { Problem } from "../errors.ts";

export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Where it stands in the file's structure, such as "flows[2].ports". */
  readonly path: string;
}

export interface LocatedMap {
  readonly kind: "map";
  readonly at: Position;
  /** Written in braces, where a comma ends a value. */
  readonly inline: boolean;
  readonly pairs: ReadonlyMap<string, LocatedPair>;
}

export interface LocatedPair {
  readonly at: Position;
  readonly value: Located;
}

export interface LocatedList {
  readonly kind: "list";
  readonly at: Position;
  readonly items: readonly Located[];
}

export interface LocatedScalar {
  readonly kind: "scalar";
  readonly at: Position;
  readonly value: string | number | boolean | null;
  /** As the file has it, without quotes; "" for a value left out. */
  readonly text: string;
}

export type Located = LocatedMap | LocatedList | LocatedScalar;

/** Makes a problem that points at a position. */
export function problemAt(at: Position, code: string, message: string, cure?: string): Problem {
  const { file, line, column, path } = at;
  const place = { file, line, column, ...(path !== "" && { path }) };
  return { code: `matrix.${code}`, message, ...place, ...(cure !== undefined && { cure }) };
}

/** Keeps a problem; what it is about counts as not there, since nothing is made of a matrix with one. */
export function refuse(problems: Problem[], problem: Problem): never[] {
  problems.push(problem);
  return [];
}

/** The value of a key; undefined where the node is no map or lacks it. */
export function fieldOf(node: Located | undefined, key: string): Located | undefined {
  return node?.kind === "map" ? node.pairs.get(key)?.value : undefined;
}

/** The text of a scalar that is text; undefined for everything else. */
export function textOf(node: Located | undefined): string | undefined {
  return node?.kind === "scalar" && typeof node.value === "string" ? node.value : undefined;
}

/** The items of a list, or the value itself as the only item where one may stand alone. */
export function itemsOf(node: Located | undefined): readonly Located[] {
  if (node === undefined) return [];
  return node.kind === "list" ? node.items : [node];
}

/** The pairs of a map; none where the node is no map. */
export function pairsOf(node: Located | undefined): [string, LocatedPair][] {
  return node?.kind === "map" ? [...node.pairs] : [];
}

/** The node at a path of keys and indexes, or the nearest one above it that exists. */
export function nodeAt(root: Located, path: readonly PropertyKey[]): Located {
  let node = root;
  for (const step of path) {
    const next = node.kind === "list" ? node.items[Number(step)] : fieldOf(node, String(step));
    if (next === undefined) return node;
    node = next;
  }
  return node;
}

/** The value alone, without positions. */
export function plainValue(node: Located): unknown {
  if (node.kind === "scalar") return node.value;
  if (node.kind === "list") return node.items.map(plainValue);
  // fromEntries defines keys as they are: "__proto__" stays a key.
  return Object.fromEntries([...node.pairs].map(([key, { value }]) => [key, plainValue(value)]));
}

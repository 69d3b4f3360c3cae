// What a lint rule looks at and how it says what it found: a problem like the parser's, with a place
// and a cure, that keeps nothing from compiling.
import type { Compiled } from "../compile.ts";
import type { Flow, Forbid, MatrixDocument, PeerSpec, Place } from "../document.ts";
import type { Problem } from "../errors.ts";

/** Where the named things of a document stand; those of flows and forbids are on them. */
export interface Places {
  readonly groups: ReadonlyMap<string, Place>;
  readonly networks: ReadonlyMap<string, Place>;
  readonly exceptions?: Place;
}

export const noPlaces: Places = { groups: new Map(), networks: new Map() };

export interface Linted {
  readonly document: MatrixDocument;
  /** The document compiled without an account. */
  readonly compiled: Compiled;
  readonly places: Places;
}

export type LintRule = (linted: Linted) => Problem[];

/** Makes a warning. */
export function warning(
  code: string,
  place: Place | undefined,
  message: string,
  cure: string,
): Problem {
  return { code: `lint.${code}`, message, cure, ...place };
}

/** The names of entries among peers. */
export const entriesOf = (specs: readonly PeerSpec[]): string[] =>
  specs.flatMap(spec => (spec.kind === "entry" ? [spec.name] : []));

/** Every list of peers a flow or a forbid has. */
export const peersOf = (line: Flow | Forbid): readonly PeerSpec[] => [
  ...line.from,
  ...line.to,
  ...("except" in line ? line.except : []),
];

// What a script of the bench hands back: rows of the one table at the end, and what is worth reading
// beside them. A figure that comes out short is a result; a scenario that comes out wrong throws.

/** `quick` has fixed small counts: it shows that every scenario still comes out right. */
export type Scale = "full" | "quick";

/** One line of the table. */
export interface Row {
  readonly figure: string;
  readonly target: string;
  readonly measured: string;
  /** The least and the most of its runs. */
  readonly spread: string;
  /** `-` where nothing was promised, or where a bounded run says nothing about it. */
  readonly verdict: "pass" | "short" | "-";
}

/** What one script found out. */
export interface Measured {
  readonly rows: readonly Row[];
  /** Tables and sentences to print under the script's name. */
  readonly notes: readonly string[];
}

/** One script of the bench. */
export interface Figure {
  readonly name: string;
  measure(scale: Scale): Promise<Measured>;
}

/** Fails the bench: what was measured is worth nothing if the scenario did not come out. */
export function expectOutcome(holds: boolean, what: string): void {
  if (!holds) throw new Error(`the scenario came out wrong: ${what}`);
}

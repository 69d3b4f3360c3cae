// What one run has done so far: every call, what EC2 said it took or wrote, what is still owed.
import type { LiveRule } from "../../matrix/group.ts";
import type { Authorization } from "../../matrix/plan.ts";
import { formatRule } from "../../matrix/rules/rule.ts";
import { errorText, isThrottled } from "../aws/error-codes.ts";

/** A rule to write, for whatever reason. */
export type Written = Pick<Authorization, "rule" | "description">;

export interface Progress {
  /** The calls in order, a line each. */
  readonly calls: string[];
  /** Rules EC2 said are gone, by key. */
  readonly revoked: Set<string>;
  /** Rules given new content in place, by key. */
  readonly narrowed: Set<string>;
  /** Rule texts this run wrote. */
  readonly wrote: Set<string>;
  /** Rules taken or narrowed by this run, whole, for putting back what a newer policy permits. */
  readonly taken: Map<string, LiveRule>;
  /** How often closing a rule by value matched nothing. */
  readonly misses: Map<string, number>;
  /** Rules that did not fit or could not be written, by rule text. */
  readonly owed: Map<string, Written>;
  /** Prefix lists that could not be put back. */
  readonly broken: Set<string>;
  readonly failures: string[];
  throttled: boolean;
}

export const newProgress = (): Progress => ({
  calls: [],
  revoked: new Set(),
  narrowed: new Set(),
  wrote: new Set(),
  taken: new Map(),
  misses: new Map(),
  owed: new Map(),
  broken: new Set(),
  failures: [],
  throttled: false,
});

/** A rule's name within a run: its id and content, since an id may be given new content. */
export function keyOf(live: LiveRule): string {
  return `${live.ruleId ?? ""} ${formatRule(live.rule)}`;
}

/** A rule's name for counting misses: it is the same rule however somebody keeps changing it. */
export function missKey(live: LiveRule): string {
  return live.ruleId ?? keyOf(live);
}

/** Notes a call that failed. */
export function noteFailure(progress: Progress, call: string, error: unknown): void {
  progress.failures.push(`${call}: ${errorText(error)}`);
  progress.throttled ||= isThrottled(error);
}

/** Notes a rule that is on its way out. */
export function noteTaken(progress: Progress, live: LiveRule): void {
  progress.taken.set(keyOf(live), live);
}

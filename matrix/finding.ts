// What happened, as one value: the record of one drift and what was done about it. One drift is one
// finding, however often and by whichever way it is seen.
import type { Mode } from "./document.ts";
import type { Actor } from "./trigger.ts";

export type FindingKind = "drift" | "missing" | "prefix-list" | "impostor" | "exposure";

/** What an exposure comes from, in words: what was there when it was first seen. */
export interface Exposed {
  /** Interfaces that wear the groups, some of them. */
  readonly interfaces: readonly string[];
  /** The groups they wear together, with the part each plays. */
  readonly groups: readonly string[];
  /** What each network reaches through all of them. */
  readonly reach: readonly string[];
}

/** How it ended; an alert's first word comes from it. */
export type Outcome =
  | "closed"
  | "narrowed"
  | "restored"
  | "put-back"
  /** Somebody else removed it before we did. */
  | "gone"
  /** It stands, or is missing, as the policy now permits: the policy changed, not the group. */
  | "permitted"
  /** The mode, a pause or another account's ownership forbids to act. */
  | "left-open"
  | "could-not-close"
  | "could-not-restore"
  | "reported";

/** Which run saw it and what caused that run. Times are ISO 8601. */
export interface Sighting {
  readonly kind: string;
  readonly id: string;
  readonly event?: string;
  readonly at?: string;
}

export interface Finding {
  /** `f-` and twelve characters, computed from scope, group, kind, rule text, rule id, occurrence. */
  readonly id: string;
  /** 1 for the first time this rule drifted, 2 when it came back after that was done, … */
  readonly occurrence: number;
  readonly kind: FindingKind;
  readonly account: string;
  readonly region: string;
  readonly group: { readonly id: string; readonly name: string; readonly vpcId?: string };
  readonly parts: readonly string[];
  readonly mode: Mode;
  readonly rule: string;
  readonly ruleId?: string;
  /** Rule texts that are left of it or were written in its place. */
  readonly after: readonly string[];
  readonly because: string;
  readonly trigger: Sighting;
  /** Only where the actor's own record made the rule. */
  readonly actor?: Actor;
  readonly outcome: Outcome;
  readonly openedAt?: string;
  readonly seenAt: string;
  readonly closedAt?: string;
  /** The calls made, in order, one line each. */
  readonly calls: readonly string[];
  /** Permitted rules that could not be written back yet. */
  readonly owed: readonly string[];
  /** Limits that bite here: tracked connections that go on, a quota. */
  readonly notes: readonly string[];
  readonly matrixVersion: string;
  readonly publishedAt?: string;
  /** Forbids that an exposure breaks. */
  readonly breaks?: readonly string[];
  readonly exposed?: Exposed;
  /** True where the brake holds it back: an audit saw it permitted, and it has not changed since. */
  readonly held?: boolean;
}

/** What identifies a drift before it is known how often it came. */
export interface DriftKey {
  readonly groupId: string;
  readonly kind: FindingKind;
  readonly rule: string;
  readonly ruleId?: string;
}

/** What a run is about to do, stored together with its first call so that a crash loses nothing. */
export interface Intent {
  readonly runId: string;
  readonly groupId: string;
  readonly at: string;
  /** Findings as they would be recorded if the run ended here; ids and occurrence are provisional. */
  readonly findings: readonly Finding[];
  /** Every rule of the group as it was read, for whoever has to put something back by hand. */
  readonly before: readonly string[];
  readonly plan: readonly string[];
}

// What one full audit found, as a value: every report form is a print of it. It is public as JSON
// (docs/design of `audit --json`): fields may be added, none is changed or taken away.
import type { Severity } from "../alert/outcome.ts";
import type { Mode } from "../document.ts";
import type { Reach } from "../exposure.ts";

export type AuditKind =
  | "drift"
  | "missing"
  /** A group that no entry selects; with what it opens to the world. */
  | "unmanaged"
  /** A group that newly matches an entry and is not pinned. */
  | "candidate"
  /** An entry that no live group matches. */
  | "orphan-entry"
  /** What the union of an interface's groups lets in beyond what any of its parts permits. */
  | "exposure"
  /** Something of Portward's own that is not as it has to be. */
  | "plumbing"
  | "exception"
  | "pause";

/** One thing an audit found. */
export interface AuditFinding {
  /** `a-` and twelve characters, computed: the same thing has the same id in every audit. */
  readonly id: string;
  readonly kind: AuditKind;
  readonly severity: Severity;
  /** A group's id; empty where it is about no group. */
  readonly group: string;
  readonly groupName?: string;
  readonly parts?: readonly string[];
  /** Rule text, or what it is about: an entry, an interface, a queue. */
  readonly rule: string;
  readonly ruleId?: string;
  readonly because: string;
  /** The finding it became or is already. */
  readonly findingId?: string;
  /** How that finding ended in this audit. */
  readonly outcome?: string;
  /** True for drift that no event announced. */
  readonly missed?: boolean;
  /** True for drift held back by the brake. */
  readonly held?: boolean;
}

/** Tells whether a finding is drift: a rule nothing permits, or a required one that is missing. */
export const isDrift = ({ kind }: AuditFinding): boolean => kind === "drift" || kind === "missing";

/** An interface and what it carries. */
export interface AuditedInterface {
  readonly id: string;
  readonly groups: readonly string[];
  readonly addresses: readonly string[];
  readonly publicAddress?: string;
  readonly instance?: string;
  readonly description?: string;
}

/** What the rules of one audited group come to. */
export interface AuditedGroup {
  readonly id: string;
  readonly name: string;
  readonly vpcId?: string;
  readonly parts: readonly string[];
  readonly mode?: Mode;
  readonly rules: number;
  /** Interfaces that carry it. */
  readonly interfaces: number;
}

/** What can reach whatever wears some groups together: AWS adds their rules up. */
export interface AuditedReach {
  readonly groups: readonly string[];
  readonly reach: readonly Reach[];
}

export interface AuditReport {
  readonly id: string;
  readonly account: string;
  readonly region: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly endedAt?: string;
  readonly matrix?: { readonly name: string; readonly version: string; readonly mode: Mode };
  /** How many groups and rules were read and judged. */
  readonly groups: number;
  readonly rules: number;
  readonly findings: readonly AuditFinding[];
  /** The plan of what the brake holds back. */
  readonly planId?: string;
  /** How many drifts no event announced. */
  readonly missed?: number;
  /** How many findings are left out, as there are too many. */
  readonly more?: number;
  /** What can reach an interface that wears these groups together. */
  readonly reaches?: readonly AuditedReach[];
  readonly audited: readonly AuditedGroup[];
  readonly interfaces: readonly AuditedInterface[];
}

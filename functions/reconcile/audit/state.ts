// How far an audit has come, and what it has found: plain data, so that a run that is out of time can
// hand it to the next one.
import type {
  AuditedGroup,
  AuditedInterface,
  AuditedReach,
  AuditFinding,
  AuditReport,
} from "../../../matrix/audit/report.ts";
import { digest12 } from "../../aws/stores/finding-item.ts";

/** The parts of an audit, in their order. */
export const PHASES = ["interfaces", "groups", "exposure", "rest", "over"] as const;

/** A group whose drift is to be looked at by a run of its own. */
export interface Todo {
  readonly id: string;
  readonly name: string;
  readonly parts: readonly string[];
}

export interface AuditState {
  readonly startedAt: number;
  phase: (typeof PHASES)[number];
  /** Of the next page; absent before the first. */
  token?: string | undefined;
  rules: number;
  todo: Todo[];
  /** Findings by their id, and how many there are. */
  findings: Record<string, AuditFinding>;
  found: number;
  /** How many are left out. */
  more: number;
  audited: Record<string, AuditedGroup>;
  interfaces: Record<string, AuditedInterface>;
  reaches: AuditedReach[];
  /** Entries that some live group plays. */
  played: string[];
  /** Groups with something that the brake holds back. */
  heldGroups: string[];
  planId?: string;
  matrix?: NonNullable<AuditReport["matrix"]>;
}

/** The state before anything was read. */
export const newState = (startedAt: number): AuditState => ({
  ...{ startedAt, phase: "interfaces", rules: 0, todo: [], findings: {}, found: 0, more: 0 },
  ...{ audited: {}, interfaces: {}, reaches: [], played: [], heldGroups: [] },
});

/** A function has 512 MB, and whoever reads a report an afternoon. */
const MOST_FINDINGS = 20_000;

/** Adds a finding; the same thing found again replaces it. */
export function addFinding(state: AuditState, finding: AuditFinding): void {
  const isNew = state.findings[finding.id] === undefined;
  if (isNew && state.found >= MOST_FINDINGS) {
    state.more += 1;
    return;
  }
  if (isNew) state.found += 1;
  state.findings[finding.id] = finding;
}

/** The id of what an audit found: computed from what it is about, so the same in every audit. */
export const auditId = (
  scope: string,
  { kind, group, rule }: Pick<AuditFinding, "kind" | "group" | "rule">,
): string => `a-${digest12([scope, kind, group, rule])}`;

/** The report of an audit. */
export function reportOf(
  state: AuditState,
  place: { id: string; account: string; region: string; endedAt: number },
): AuditReport {
  const { id, account, region, endedAt } = place;
  const findings = Object.values(state.findings);
  const audited = Object.values(state.audited);
  const missed = findings.filter(finding => finding.missed).length;
  return {
    ...{ id, account, region },
    startedAt: new Date(state.startedAt).toISOString(),
    endedAt: new Date(endedAt).toISOString(),
    ...(state.matrix && { matrix: state.matrix }),
    ...{ groups: audited.length, rules: state.rules, findings, missed },
    ...(state.more > 0 && { more: state.more }),
    ...(state.planId !== undefined && { planId: state.planId }),
    ...{ audited, interfaces: Object.values(state.interfaces), reaches: state.reaches },
  };
}

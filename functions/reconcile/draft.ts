// A drift as a finding before its end is known: what it is, where, why, and who made it if his own
// record says so. The outcome is conclude's.
import { because } from "../../matrix/because.ts";
import { endedBy } from "../../matrix/exceptions/ended.ts";
import type { Finding } from "../../matrix/finding.ts";
import { formatCidr } from "../../matrix/rules/cidr.ts";
import { formatRule } from "../../matrix/rules/rule.ts";
import { trackingNote } from "../../matrix/rules/tracking.ts";
import type { Trigger } from "../../matrix/trigger.ts";
import type { Judgement, ListDrift, Verdict } from "../../matrix/verdict.ts";
import { makerOf, removerOf } from "./blame.ts";
import type { RunDeps } from "./deps.ts";

export type Drifted = Extract<Verdict, { kind: "drift" | "missing" }>;

/** What every finding of one run shares. */
export interface Setting {
  readonly deps: RunDeps;
  readonly triggers: readonly Trigger[];
  readonly matrixVersion: string;
  /** When the run read the group. */
  readonly seenAt: number;
  /** Why the run may not write, if it may not. */
  readonly bar: string | undefined;
  /** Why restoring alone is suspended, if it is. */
  readonly hold: string | undefined;
  /** What the last audit saw permitted on the group: see audit/brake.ts. */
  readonly marks: Uint8Array | undefined;
}

/** Drafts the finding of a rule that drifted or is missing. */
export function draftFinding(setting: Setting, judgement: Judgement, verdict: Drifted): Finding {
  const { group, policy } = judgement;
  if (verdict.kind === "missing") {
    const { rule, exception } = verdict.line;
    const remover = removerOf(rule, group.id, setting.triggers);
    const draft = base(setting, judgement, remover);
    const isStart = exception?.isStarting && !remover;
    const text = formatRule(rule);
    const why = because(verdict, policy);
    return {
      ...draft,
      ...(isStart && {
        trigger: { kind: "exception", id: startId(exception.id), event: "start" },
      }),
      ...{ kind: "missing", rule: text, because: why, outcome: "restored" },
    };
  }
  const { live, kept } = verdict;
  const after = kept.map(formatRule);
  const maker = makerOf(live, group.id, setting.triggers);
  // Whose record made the rule opened it anew; else it is what an exception let stand.
  const over = maker ? undefined : endedBy(live.rule, policy);
  const why = because(verdict, policy);
  return {
    ...base(setting, judgement, maker),
    ...(over && { trigger: { kind: "exception", id: `${over.id}-end`, event: "end" } }),
    rule: formatRule(live.rule),
    ...(live.ruleId === undefined ? {} : { ruleId: live.ruleId }),
    after,
    because: over ? `exception ${over.id} is over; ${why}` : why,
    outcome: after.length > 0 ? "narrowed" : "closed",
    notes: trackingNote(live.rule, group),
  };
}

/** Drafts the finding of a prefix list that holds more than it may. */
export function draftListFinding(
  setting: Setting,
  judgement: Judgement,
  { list, extra }: ListDrift,
): Finding {
  const maker = setting.triggers.find(trigger => trigger.event?.includes("ManagedPrefixList"));
  const blocks = extra.map(formatCidr).join(", ");
  return {
    ...base(setting, judgement, maker),
    kind: "prefix-list",
    rule: `${list.id} holds ${blocks}`,
    because: `the matrix does not let ${list.id} hold ${blocks}`,
    outcome: "put-back",
  };
}

/** What does not depend on which drift it is. */
type Base = Omit<Finding, "rule" | "because" | "outcome">;

function base(setting: Setting, judgement: Judgement, maker: Trigger | undefined): Base {
  const { deps, triggers, seenAt, matrixVersion } = setting;
  const { group, policy } = judgement;
  const cause = maker ?? triggers[0];
  return {
    id: "",
    occurrence: 0,
    kind: "drift",
    account: deps.config.account,
    region: deps.config.region,
    group: { id: group.id, name: group.name, ...(group.vpcId && { vpcId: group.vpcId }) },
    parts: policy.selection.parts,
    mode: policy.mode,
    after: [],
    trigger: {
      kind: cause?.kind ?? "sweep",
      id: cause?.id ?? "",
      ...(cause?.event === undefined ? {} : { event: cause.event }),
      ...(cause?.at === undefined ? {} : { at: iso(cause.at) }),
    },
    ...(maker?.actor ? { actor: maker.actor } : {}),
    ...(maker?.at === undefined ? {} : { openedAt: iso(maker.at) }),
    seenAt: iso(seenAt),
    calls: [],
    owed: [],
    notes: [],
    matrixVersion,
  };
}

/** The trigger id of what an exception opens at its start. */
export const startId = (exception: string): string => `${exception}-start`;

/** Writes a time as findings have it. */
export const iso = (ms: number): string => new Date(ms).toISOString();

// What a matrix would do to one group in a mode, as people read it: what it closes, narrows, opens or
// only reports. A print of the judgement; the calls and their order are plan.ts.
import { because } from "../because.ts";
import type { Mode } from "../document.ts";
import { formatCidr } from "../rules/cidr.ts";
import { formatRule } from "../rules/rule.ts";
import type { Judgement, ListDrift, Verdict } from "../verdict.ts";

/** A rule and why something is done about it. */
export interface Step {
  readonly rule: string;
  readonly because: string;
  /** True for what the matrix in force does not say already. */
  readonly isNew: boolean;
}

/** A rule of which only a part stays. */
export interface NarrowStep extends Step {
  readonly to: readonly string[];
}

export interface GroupSteps {
  readonly mode: Mode;
  readonly close: readonly Step[];
  readonly narrow: readonly NarrowStep[];
  /** Required rules to be written. */
  readonly open: readonly Step[];
  /** Blocks to be taken out of prefix lists. */
  readonly lists: readonly string[];
  /** Drift and missing rules that the mode, or a pause, leaves as they are. */
  readonly report: readonly Step[];
  /** Of those what only a pause keeps open: it closes when the pause is over. */
  readonly paused: readonly string[];
}

/** Why nothing, or nothing to be opened, is written on a group now. */
export interface Bars {
  readonly bar?: string;
  /** True where the bar is a pause, which is over some day. */
  readonly isPause?: boolean;
  readonly hold?: string;
}

/** Says what a mode does about a judged group; `before` is its judgement by the matrix in force. */
export function stepsFor(
  judgement: Judgement,
  mode: Mode,
  before: Judgement | undefined,
  { bar, isPause, hold }: Bars = {},
): GroupSteps {
  const known = new Set(before?.verdicts.flatMap(driftText));
  const step = (verdict: Verdict, rule: string): Step => ({
    rule,
    because: because(verdict, judgement.policy),
    isNew: !known.has(rule),
  });
  const closes = mode !== "observe" && bar === undefined;
  const opens = mode === "enforce" && bar === undefined && hold === undefined;
  const drifts = judgement.verdicts.flatMap(verdict =>
    verdict.kind === "drift"
      ? [
          {
            ...step(verdict, formatRule(verdict.live.rule)),
            to: verdict.kept.map(formatRule),
          },
        ]
      : [],
  );
  const missing = judgement.verdicts.flatMap(verdict =>
    verdict.kind === "missing" ? [step(verdict, formatRule(verdict.line.rule))] : [],
  );
  const plain = drifts.map(withoutPart);
  return {
    mode,
    close: closes ? drifts.filter(({ to }) => to.length === 0).map(withoutPart) : [],
    narrow: closes ? drifts.filter(({ to }) => to.length > 0) : [],
    open: opens ? missing : [],
    lists: closes ? judgement.lists.map(listText) : [],
    paused: isPause && mode !== "observe" ? plain.map(({ rule }) => rule) : [],
    report: [...(closes ? [] : plain), ...(opens ? [] : missing)],
  };
}

const withoutPart = ({ to: _, ...step }: NarrowStep): Step => step;

function driftText(verdict: Verdict): string[] {
  if (verdict.kind === "drift") return [formatRule(verdict.live.rule)];
  return verdict.kind === "missing" ? [formatRule(verdict.line.rule)] : [];
}

/** Says what a prefix list loses. */
export const listText = ({ list, extra }: ListDrift): string =>
  `${list.id} loses ${extra.map(formatCidr).join(", ")}`;

/** The rules that steps close or narrow, now or after a pause, and the lists they change. */
export function closingsOf({ close, narrow, lists, paused }: GroupSteps): string[] {
  return [...[...close, ...narrow].map(({ rule }) => rule), ...lists, ...paused];
}

/** Tells whether steps say nothing at all. */
export function isIdle({ close, narrow, open, lists, report }: GroupSteps): boolean {
  return [close, narrow, open, lists, report].every(list => list.length === 0);
}

// Which rules the findings and intents of a group account for: used to tell Portward's own calls from
// a stranger's, and a change that was dealt with from one that a read does not show yet.
import type { Finding, Intent } from "../../../matrix/finding.ts";
import { ruleContent } from "../../../matrix/trigger.ts";

/** What findings and intents name. */
export interface Named {
  readonly ids: ReadonlySet<string>;
  /** Every rule text, and each without its direction, as a Modify record gives it. */
  readonly rules: ReadonlySet<string>;
  /** The rule texts that Portward wrote or was about to write. */
  readonly written: ReadonlySet<string>;
}

/** Collects what findings and intents name; a stranger's call explains nothing. */
export function namedBy(findings: readonly Finding[], intents: readonly Intent[]): Named {
  const all = [...findings, ...intents.flatMap(intent => intent.findings)].filter(
    finding => finding.kind !== "impostor",
  );
  const steps = [...all.flatMap(one => one.calls), ...intents.flatMap(intent => intent.plan)];
  const written = [
    ...all.flatMap(one => [...one.after, ...one.owed, ...(isOpening(one) ? [one.rule] : [])]),
    ...steps.flatMap(step =>
      rulesAfter(step, /^(?:authorize |(?:modify|narrow) .* to (?=\w+gress ))/),
    ),
  ];
  const taken = [
    ...all.map(one => one.rule),
    ...steps.flatMap(step => rulesAfter(step, /^revoke /)),
    ...steps.flatMap(step => /^modify sgr-\w+ from (.+) to \w+gress /.exec(step)?.[1] ?? []),
  ];
  const ids = [
    ...all.flatMap(one => one.ruleId ?? []),
    ...steps.flatMap(step => /^(?:modify|revoke) (sgr-\w+)/.exec(step)?.[1] ?? []),
  ];
  return {
    ids: new Set(ids),
    rules: withContents([...written, ...taken]),
    written: withContents(written),
  };
}

const isOpening = ({ kind, outcome }: Finding): boolean =>
  kind === "missing" || outcome === "restored" || outcome === "put-back";

const withContents = (rules: readonly string[]): Set<string> =>
  new Set([...rules, ...rules.map(ruleContent)]);

function rulesAfter(step: string, start: RegExp): string[] {
  return start.test(step) ? step.replace(start, "").split(", ") : [];
}

/**
 * Tells whether what is named accounts for a change. Where ids and rules are given both have to be
 * known, except for a rule that Portward wrote: its id is known from the record of the call only.
 */
export function isExplainedBy(
  named: Named,
  ruleIds: readonly string[],
  rules: readonly string[],
): boolean {
  if (ruleIds.length === 0 && rules.length === 0) return false;
  const areKnown = ruleIds.every(id => named.ids.has(id)) && rules.every(r => named.rules.has(r));
  const areWritten = rules.length >= ruleIds.length && rules.every(r => named.written.has(r));
  return areKnown || areWritten;
}

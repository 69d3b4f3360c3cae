// What earlier runs owe a group: permitted rules that went with a wide one and did not fit or could
// not be written. They are written as soon as there is room, for as long as they are permitted.

import type { Finding } from "../../matrix/finding.ts";
import { boxOf, isCovered } from "../../matrix/rules/box.ts";
import { parseRule, type Rule } from "../../matrix/rules/rule.ts";
import { type Judgement, judge, keptRules } from "../../matrix/verdict.ts";
import type { RunDeps } from "./deps.ts";
import { open } from "./open.ts";
import { newProgress, type Progress, type Written } from "./progress.ts";

/** Long enough for one retry: the sweep comes again every minute. */
const PATIENCE = 500;

/**
 * Writes what the findings of a group still owe.
 *
 * @returns true when something is still owed.
 */
export async function payOwed(
  deps: RunDeps,
  judgement: Judgement,
  readAt: number,
): Promise<boolean> {
  const groupId = judgement.group.id;
  const debts = (await deps.findings.forGroup(groupId)).filter(({ owed }) => owed.length > 0);
  const standing = judgement.verdicts.flatMap(keptRules).map(boxOf);
  const due = new Map<string, Written>();
  for (const text of debts.flatMap(({ owed }) => owed)) {
    const rule = parseRule(text);
    if (!rule || !isPermitted(judgement, rule) || isCovered(boxOf(rule), standing)) continue;
    due.set(text, { rule });
  }
  const progress = newProgress();
  const { groups, clock, sleep } = deps;
  const deadline = clock() + PATIENCE;
  await open({ groups, groupId, progress, clock, sleep, deadline }, [...due.values()]);
  await Promise.all(
    debts.map(debt => {
      const owed = debt.owed.filter(text => progress.owed.has(text));
      if (owed.length > 0) return undefined;
      return deps.findings.record(paid(debt, progress), readAt);
    }),
  );
  return progress.owed.size > 0;
}

function isPermitted({ group, policy }: Judgement, rule: Rule): boolean {
  const { verdicts } = judge({ ...group, rules: [{ rule }] }, policy);
  return verdicts.some(({ kind }) => kind === "permitted" || kind === "excepted");
}

// Under the trigger it was first seen by it is the same finding, with a better end.
const paid = (debt: Finding, { wrote, calls }: Progress): Finding => ({
  ...debt,
  owed: [],
  after: [...debt.after, ...debt.owed.filter(text => wrote.has(text))],
  calls: calls.filter(call => debt.owed.some(text => call.includes(text))),
});

// What a run is about to do, stored at the same moment as its first call.
import type { Intent } from "../../matrix/finding.ts";
import { describePlan, type Plan } from "../../matrix/plan.ts";
import { formatRule } from "../../matrix/rules/rule.ts";
import type { Judgement } from "../../matrix/verdict.ts";
import { draftFinding, draftListFinding, iso, type Setting } from "./draft.ts";

/**
 * Stores the intent of a run. A crash after this finds it; without it a closed hole would leave no
 * trace of its maker. A failure is logged and holds nothing back, but for what somebody has accepted.
 *
 * @throws where that cannot be stored: nobody waits for it, and it may be of a matrix not in force yet.
 */
export async function announce(
  setting: Setting,
  judgement: Judgement,
  plan: Plan,
  runId: string,
): Promise<void> {
  const { deps } = setting;
  const drafts = judgement.verdicts.flatMap(verdict =>
    verdict.kind === "drift" || verdict.kind === "missing"
      ? [draftFinding(setting, judgement, verdict)]
      : [],
  );
  const intent: Intent = {
    runId,
    groupId: judgement.group.id,
    at: iso(deps.clock()),
    findings: [...drafts, ...judgement.lists.map(l => draftListFinding(setting, judgement, l))],
    before: judgement.group.rules.map(({ rule }) => formatRule(rule)),
    plan: describePlan(plan),
  };
  try {
    await deps.intents.put(intent);
  } catch (error) {
    if (deps.accepted) throw error;
    // Closing goes on: the findings are recorded at the end all the same, unless this run dies too.
    deps.log.warn("the intent could not be stored", {
      groupId: intent.groupId,
      error: String(error),
    });
  }
}

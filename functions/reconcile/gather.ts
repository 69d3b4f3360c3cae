// The findings of a run: its own drift with its end, and what an interrupted run left.
import type { Finding, Intent } from "../../matrix/finding.ts";
import { conclude, concludeList } from "./conclude.ts";
import type { RunDeps } from "./deps.ts";
import type { Setting } from "./draft.ts";
import { recovered, withKnownActor } from "./recover.ts";
import type { Settled } from "./settle.ts";

/** Gathers the findings of a settled run; `leftover` are the intents it finishes for others. */
export async function gather(
  setting: Setting,
  settled: Settled,
  leftover: readonly Intent[],
  runId: string,
): Promise<Finding[]> {
  const { met, progress, first, last } = settled;
  const own = withEveryCall(progress.calls, [
    ...met.map(one => conclude(setting, one, progress, last)),
    ...first.lists.map(drift => concludeList(setting, first, drift, { progress, last })),
  ]).map(finding => withKnownActor(finding, leftover));
  const before = recovered(setting.deps, leftover, last.group).filter(
    old => !own.some(one => one.rule === old.rule && one.ruleId === old.ruleId),
  );
  return [...(await withoutOthers(setting.deps, own, last.group.id, runId)), ...before];
}

// A call that no finding names, such as one that made room, comes back as an event of our own role
// and would be taken for a stranger's.
function withEveryCall(
  calls: readonly string[],
  [first, ...others]: readonly Finding[],
): Finding[] {
  if (!first) return [];
  const named = new Set(others.flatMap(finding => finding.calls));
  const its = calls.filter(call => first.calls.includes(call) || !named.has(call));
  return [{ ...first, calls: its }, ...others];
}

// What another run is closing at this moment is its finding, with its actor.
async function withoutOthers(
  deps: RunDeps,
  findings: readonly Finding[],
  groupId: string,
  runId: string,
): Promise<readonly Finding[]> {
  if (!findings.some(finding => finding.outcome === "gone")) return findings;
  const others = (await deps.intents.forGroup(groupId)).filter(other => other.runId !== runId);
  const theirs = others.flatMap(intent => intent.findings);
  return findings.filter(
    one =>
      one.outcome !== "gone" ||
      !theirs.some(other => other.rule === one.rule && other.ruleId === one.ruleId),
  );
}

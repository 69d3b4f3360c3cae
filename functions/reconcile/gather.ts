// The findings of a run: its own drift with its end, what an interrupted run left, and what was over
// before this run could end it, as far as nobody else accounts for it.
import type { Finding, Intent } from "../../matrix/finding.ts";
import { type Accounted, accountFor } from "./accounted.ts";
import { conclude, concludeList } from "./conclude.ts";
import type { Setting } from "./draft.ts";
import { livedFindings } from "./lived.ts";
import { recovered, withKnownActor } from "./recover.ts";
import type { Settled } from "./settle.ts";

export interface Gathered extends Pick<Accounted, "known" | "isUnnamed"> {
  readonly findings: readonly Finding[];
  /** What triggers tell of and no read of this run showed; nobody accounts for it yet. */
  readonly lived: readonly Finding[];
}

/** Gathers the findings of a settled run; `leftover` are the intents it finishes for others. */
export async function gather(
  setting: Setting,
  settled: Settled,
  leftover: readonly Intent[],
  runId: string,
): Promise<Gathered> {
  const { met, progress, first, last, state } = settled;
  const { deps } = setting;
  const own = withEveryCall(progress.calls, [
    ...met.map(one => conclude(setting, one, progress, last)),
    ...first.lists.map(drift => concludeList(setting, first, drift, { progress, last })),
  ]).map(finding => withKnownActor(finding, leftover));
  const before = recovered(deps, leftover, last.group).filter(
    old => !own.some(one => one.rule === old.rule && one.ruleId === old.ruleId),
  );
  const finished = new Set([runId, ...leftover.map(intent => intent.runId)]);
  const atWork = (intents: readonly Intent[]) =>
    intents.filter(intent => !finished.has(intent.runId)).flatMap(intent => intent.findings);
  const gone = own.filter(({ outcome }) => outcome === "gone");
  const lived = livedFindings(setting, last, [...own, ...before]);
  const { unknown, ...accounted } = await accountFor(
    deps,
    [
      ...gone.map(finding => ({ finding, wasSeen: true })),
      ...lived.map(finding => ({ finding, wasSeen: false })),
    ],
    atWork(state.intents),
    async () => atWork(await deps.intents.forGroup(last.group.id)),
  );
  const mine = new Set(unknown.map(({ finding }) => finding));
  return {
    ...accounted,
    findings: [...own.filter(one => one.outcome !== "gone" || mine.has(one)), ...before],
    lived: lived.filter(one => mine.has(one)),
  };
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

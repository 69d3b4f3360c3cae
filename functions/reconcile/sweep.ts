// The minute sweep: tells of pauses and of what waited, opens and closes exceptions whose time has
// come, finishes intents that a crash left, tries again what stayed open or owed, calls for jobs that
// nobody took up, and looks at every group where an event said that one changed but not which.
import type { Trigger } from "../../matrix/trigger.ts";
import { errorText } from "../aws/error-codes.ts";
import { eachAtOnce } from "./batch.ts";
import type { Deps } from "./deps.ts";
import { tellApplied } from "./matrix-told.ts";
import { tellPauses } from "./pauses.ts";
import { tellPostponed } from "./postponed.ts";
import { reconcile } from "./reconcile.ts";
import { remindEnding, tellUntold } from "./telling.ts";
import { passWindows } from "./windows.ts";

const GROUPS_AT_ONCE = 4;

/** Runs the sweep; one group that fails keeps no other from its turn, and stays on the list. */
export async function sweep(deps: Deps): Promise<{ groups: number; failed: number }> {
  const startedAt = deps.clock();
  await safely(deps, "the pauses", () => tellPauses(deps));
  await safely(deps, "the exceptions", () => passWindows(deps));
  await safely(deps, "applied matrices", () => tellApplied(deps));
  await safely(deps, "the alerts that wait", () => tellPostponed(deps));
  await safely(deps, "the jobs", () => deps.jobs.remind());
  await safely(deps, "what ends soon", () => remindEnding(deps));
  await safely(deps, "what is to be told of exceptions", () => tellUntold(deps));
  const [marks, intents] = await Promise.all([deps.intents.dirtyGroups(), deps.intents.all()]);
  const wide = await Promise.all(
    marks.filter(({ groupId }) => !isGroup(groupId)).map(({ groupId }) => groupsIn(deps, groupId)),
  );
  const groups = new Set([
    ...marks.map(({ groupId }) => groupId).filter(isGroup),
    ...intents.map(({ groupId }) => groupId),
    ...wide.flat(),
  ]);
  const trigger = sweepTrigger(deps, startedAt);
  const failed = new Set<string>();
  await eachAtOnce(GROUPS_AT_ONCE, [...groups], async groupId => {
    try {
      const run = await reconcile(deps, groupId, [trigger]);
      if (run.outcome === "open" || run.isThrottled || run.isPending) failed.add(groupId);
    } catch (error) {
      deps.log.error("the sweep could not finish a group", { groupId, error: errorText(error) });
      failed.add(groupId);
    }
  });
  const isDone = ({ groupId }: { groupId: string }) =>
    isGroup(groupId) ? !failed.has(groupId) : failed.size === 0;
  await Promise.all(
    marks.filter(isDone).map(({ groupId }) => deps.intents.clearDirty(groupId, startedAt)),
  );
  return { groups: groups.size, failed: failed.size };
}

// What cannot be read here keeps no hole open that the rest of the sweep would close.
async function safely(deps: Deps, what: string, task: () => Promise<unknown>): Promise<void> {
  try {
    await task();
  } catch (error) {
    deps.log.error(`the sweep could not look at ${what}`, { error: errorText(error) });
  }
}

const isGroup = (place: string): boolean => place.startsWith("sg-");

async function groupsIn(deps: Deps, place: string): Promise<string[]> {
  const filters = place === "*" ? [] : [{ Name: "vpc-id", Values: [place] }];
  return (await deps.groups.list(filters)).map(({ id }) => id);
}

const sweepTrigger = ({ config, newId }: Deps, at: number): Trigger => ({
  kind: "sweep",
  id: `sweep-${newId()}`,
  at,
  account: config.account,
  region: config.region,
  changes: [],
});

// Exceptions whose time has come: their groups are looked at, then their state is moved on. What is
// permitted follows from the clock at every read (matrix/exception.ts), so a step that is late or
// lost opens nothing and keeps nothing open; it only delays what is written here.
import type { LifeAction, LifeState } from "../../matrix/exceptions/exception-life.ts";
import { takeStep } from "../../matrix/exceptions/exception-life.ts";
import type { Trigger } from "../../matrix/trigger.ts";
import { errorText } from "../aws/error-codes.ts";
import type { KeptException } from "../aws/stores/exception-item.ts";
import { eachAtOnce } from "./batch.ts";
import type { Deps } from "./deps.ts";
import { reconcile } from "./reconcile.ts";

const AT_ONCE = 4;

/** Opens, closes and moves on what is due; one that fails is due again at the next sweep. */
export async function passWindows(deps: Deps): Promise<{ due: number; failed: number }> {
  const now = deps.clock();
  let failed = 0;
  const due = await deps.exceptions.due(now, (id, error) => {
    deps.log.error("an exception cannot be read", { id, error: errorText(error) });
    failed += 1;
  });
  const undone = await lookAt(deps, triggersOf(deps, due, now));
  await eachAtOnce(AT_ONCE, due, async kept => {
    // The state moves last: until then every run knows what the exception had permitted.
    if (isBound(kept) && kept.groups.some(id => undone.has(id))) {
      failed += 1;
      return;
    }
    try {
      const step = stepOf(kept, now);
      // Whoever was faster has made it another state, which is due by itself if at all.
      await (step ? deps.exceptions.move(kept, step) : deps.exceptions.settle(kept));
    } catch (error) {
      const what = { id: kept.id, error: errorText(error) };
      deps.log.error("an exception could not be moved on", what);
      failed += 1;
    }
  });
  await deps.exceptions.freeSlots(now);
  return { due: due.length, failed };
}

/** Looks at each group once, whatever starts and ends there; gives back those that are not done. */
async function lookAt(deps: Deps, groups: ReadonlyMap<string, Trigger[]>): Promise<Set<string>> {
  const undone = new Set<string>();
  await eachAtOnce(AT_ONCE, [...groups], async ([groupId, triggers]) => {
    try {
      const { outcome, isThrottled, isPending } = await reconcile(deps, groupId, triggers);
      const isDone = outcome !== "open" && outcome !== "no-matrix" && !isThrottled && !isPending;
      if (!isDone) undone.add(groupId);
    } catch (error) {
      const what = { groupId, error: errorText(error) };
      deps.log.error("a group whose exceptions are due could not be looked at", what);
      undone.add(groupId);
    }
  });
  return undone;
}

// What nobody approved was never bound to its groups.
const isBound = ({ state }: KeptException): boolean => state !== "requested";

function triggersOf(
  deps: Deps,
  due: readonly KeptException[],
  now: number,
): Map<string, Trigger[]> {
  const groups = new Map<string, Trigger[]>();
  const sweep = triggerOf(deps);
  for (const kept of due.filter(isBound)) {
    const isStart = stepOf(kept, now)?.action === "start";
    for (const id of kept.groups) {
      const others = groups.get(id) ?? [];
      if (isStart) groups.set(id, [...others, triggerOf(deps, kept)]);
      else groups.set(id, [sweep, ...others.filter(other => other !== sweep)]);
    }
  }
  return groups;
}

function stepOf(
  kept: KeptException,
  now: number,
): { action: LifeAction; to: LifeState } | undefined {
  if (kept.state === "withdrawn") return undefined;
  const action = kept.end <= now ? "end" : "start";
  const directory = { account: "", people: {}, approvers: [] };
  const taken = takeStep(kept, { action, now, directory });
  if (taken.kind === "refused") throw new Error(taken.because);
  return { action, to: taken.to };
}

// At the end only what the exception alone permitted is laid at it, by the rule (draft.ts): other
// drift that the run meets is the sweep's.
function triggerOf({ config, newId }: Deps, starting?: KeptException): Trigger {
  const { account, region } = config;
  const base = { account, region, changes: [] };
  if (!starting) return { ...base, kind: "sweep", id: `sweep-${newId()}` };
  const { id, start } = starting;
  return { ...base, kind: "exception", id: `${id}-start`, event: "start", at: start };
}

// Exceptions whose time has come: their groups are looked at, then their state is moved on. What is
// permitted follows from the clock at every read (matrix/exception.ts), so a step that is late or
// lost opens nothing and keeps nothing open; it only delays what is written here.
import { isDue } from "../../matrix/exceptions/exception-clock.ts";
import { type LifeAction, type LifeState, STEPS } from "../../matrix/exceptions/exception-life.ts";
import type { Trigger } from "../../matrix/trigger.ts";
import { errorText } from "../aws/error-codes.ts";
import type { KeptException } from "../aws/stores/exception-item.ts";
import { eachAtOnce } from "./batch.ts";
import type { Deps } from "./deps.ts";
import { reconcile } from "./reconcile.ts";
import { remind, tellStep } from "./telling.ts";

const AT_ONCE = 4;

/** Opens, closes and moves on what is due; one that fails is due again at the next sweep. */
export async function passWindows(deps: Deps): Promise<{ due: number; failed: number }> {
  const now = deps.clock();
  let unread = 0;
  const due = await deps.exceptions.due(now, (id, error) => {
    deps.log.error("an exception cannot be read", { id, error: errorText(error) });
    unread += 1;
  });
  const failed = await pass(deps, due, now);
  await deps.exceptions.freeSlots(now);
  return { due: due.length, failed: failed + unread };
}

/** Does the same for one exception; what is not due, or not there, is left alone. */
export async function passWindow(
  deps: Deps,
  id: string,
): Promise<"unknown" | "waiting" | "passed" | "failed"> {
  const now = deps.clock();
  const kept = await deps.exceptions.get(id);
  if (!kept) return "unknown";
  await remind(deps, kept);
  if (!isDue(kept, now)) return "waiting";
  return (await pass(deps, [kept], now)) === 0 ? "passed" : "failed";
}

/** Passes what is due at a time; returns how many could not be. */
async function pass(deps: Deps, due: readonly KeptException[], now: number): Promise<number> {
  let failed = 0;
  // What nobody approved was never bound to its groups.
  const bound = due.filter(({ state }) => state !== "requested");
  const undone = await lookAt(deps, new Set(bound.flatMap(({ groups }) => groups)));
  await eachAtOnce(AT_ONCE, due, async kept => {
    // The state moves last: until then every run knows what the exception had permitted.
    if (bound.includes(kept) && kept.groups.some(id => undone.has(id))) {
      failed += 1;
      return;
    }
    try {
      const step = stepOf(kept, now);
      // Whoever was faster has made it another state, which is due by itself if at all.
      if (!step) return await deps.exceptions.settle(kept);
      const moved = await deps.exceptions.move(kept, step);
      if (moved && kept.state === "requested") await tellStep(deps, moved);
    } catch (error) {
      const what = { id: kept.id, error: errorText(error) };
      deps.log.error("an exception could not be moved on", what);
      failed += 1;
    }
  });
  return failed;
}

/** Looks at each group once, whatever starts and ends there; gives back those that are not done. */
async function lookAt(deps: Deps, groups: ReadonlySet<string>): Promise<Set<string>> {
  const undone = new Set<string>();
  const trigger = triggerOf(deps);
  await eachAtOnce(AT_ONCE, [...groups], async groupId => {
    try {
      const { outcome, isPaused, isThrottled, isPending } = await reconcile(deps, groupId, [
        trigger,
      ]);
      const isLeft = outcome === "open" || outcome === "no-matrix" || isPaused;
      if (isLeft || isThrottled || isPending) undone.add(groupId);
    } catch (error) {
      const what = { groupId, error: errorText(error) };
      deps.log.error("a group whose exceptions are due could not be looked at", what);
      undone.add(groupId);
    }
  });
  return undone;
}

/** The step whose time has come; none where it was withdrawn and its closing alone is owed. */
function stepOf(
  { state, end }: KeptException,
  now: number,
): { action: LifeAction; to: LifeState } | undefined {
  const action = end <= now ? "end" : "start";
  const to = STEPS[state][action]?.to;
  return to && { action, to };
}

// What an exception opens, and what it alone permitted, is laid at it by the rule (draft.ts): other
// drift that the run meets is the sweep's.
const triggerOf = ({ config, newId }: Deps): Trigger => ({
  kind: "sweep",
  id: `sweep-${newId()}`,
  account: config.account,
  region: config.region,
  changes: [],
});

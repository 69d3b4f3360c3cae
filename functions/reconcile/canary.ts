// The canary: opens a port nothing permits and waits for Portward to close it, as it would anybody's. It
// knows nothing of how Portward closes; what it measures is the whole way, CloudTrail included.
import type { CanaryGroup } from "../aws/canary-group.ts";
import { measured } from "../wiring/measures.ts";

/** What the canary needs of the world. */
export interface CanaryDeps {
  readonly stage: string;
  readonly group: CanaryGroup;
  readonly clock: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  readonly log: {
    info(message: string, fields: Record<string, unknown>): void;
    error(message: string, fields: Record<string, unknown>): void;
  };
}

export type CanaryEnd =
  | { readonly outcome: "closed" | "late"; readonly seconds: number }
  /** Something wears the group: nothing was opened. */
  | { readonly outcome: "attached" };

/** The objective: how long the port may stay open. */
const OBJECTIVE_MS = 60_000;
const LOOK_MS = 1_000;

/** Opens the port once and tells how long it took; it is closed when this ends, whatever happens. */
export async function sing(deps: CanaryDeps): Promise<CanaryEnd> {
  const { stage, group, clock, log } = deps;
  const isWorn = await group.isWorn();
  const worn = measured(stage, clock(), { CanaryAttached: isWorn ? 1 : 0 });
  if (isWorn) {
    log.error("something wears the canary's group, so nothing was opened", worn);
    // What an earlier call left open would be open to that now.
    await group.close();
    return { outcome: "attached" };
  }
  log.info("nothing wears the canary's group", worn);
  const openedAt = clock();
  try {
    await group.open();
    const isClosed = await closesInTime(deps, openedAt);
    const seconds = (clock() - openedAt) / 1_000;
    const outcome = isClosed ? "closed" : "late";
    // Late counts as more than the objective, however little more.
    const CanarySeconds = isClosed ? seconds : Math.max(seconds, OBJECTIVE_MS / 1_000 + 1);
    log.info(`the canary's port: ${outcome}`, measured(stage, clock(), { CanarySeconds }));
    return { outcome, seconds };
  } finally {
    await group.close();
  }
}

async function closesInTime({ group, clock, sleep }: CanaryDeps, since: number): Promise<boolean> {
  while (clock() - since <= OBJECTIVE_MS) {
    await sleep(LOOK_MS);
    if (!(await group.isOpen())) return true;
  }
  return false;
}

// Tells people of versions of the matrix that were put into force. Whoever applied one does it at
// once; what a crash left untold, the minute sweep tells.
import { appliedAlert } from "../../matrix/alert/applied.ts";
import type { MatrixVersion } from "../aws/stores/matrix-history.ts";
import type { Deps } from "./deps.ts";

/** Whoever applies tells within this time; after it he is not coming back. */
const OVERDUE = 2 * 60_000;

/** Tells of every version that waits for it; of one that never became active there is nothing to tell. */
export async function tellApplied(deps: Deps, mine?: number): Promise<void> {
  const waiting = await deps.policy.untold();
  const isDue = ({ version, at }: { version: number; at: string }) =>
    version === mine || deps.clock() - Date.parse(at) >= OVERDUE;
  const due = waiting.filter(isDue);
  if (due.length === 0) return;
  const line = await deps.policy.history();
  for (const { version } of due) {
    const applied = line.find(one => one.version === version);
    if (applied) await tell(deps, applied);
    await deps.policy.markTold(version);
  }
}

async function tell(deps: Deps, applied: MatrixVersion): Promise<void> {
  const { account, region } = deps.config;
  const { version, parent, by, at, note, planId } = applied;
  const { document: after } = await deps.policy.readVersion(version);
  const before = parent === 0 ? undefined : (await deps.policy.readVersion(parent)).document;
  await deps.publish(
    appliedAlert({
      ...{ account, region, version, parent, by, at, note, after },
      ...(planId === undefined ? {} : { planId }),
      ...(before && { before }),
    }),
  );
}

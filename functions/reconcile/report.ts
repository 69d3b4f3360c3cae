// Records findings, then tells people, each drift once: a conditional put makes the finding, a
// lease decides who tells, and only a finding that is told or kept to be told is done.
import type { Finding } from "../../matrix/finding.ts";
import type { RunDeps } from "./deps.ts";
import { iso } from "./draft.ts";
import { tell } from "./tell.ts";

/** A run that lives this long is over: a function's timeout is shorter. */
const ABANDONED = 60_000;
/** What was not told within this long is no news. */
const NEWS = 24 * 3_600_000;

export interface Reported {
  readonly findings: readonly Finding[];
  /** True when another run holds the lease of one that is not published yet. */
  readonly isPending: boolean;
}

/** Records the findings of one run and tells of those nobody was told of. */
export async function report(
  deps: RunDeps,
  findings: readonly Finding[],
  run: { id: string; readAt: number },
): Promise<Reported> {
  const lease = { by: run.id, now: deps.clock() };
  const recorded = await Promise.all(
    // What an interrupted run left was seen when that run read the group, not when this one did.
    findings.map(finding => {
      const readAt = Math.min(run.readAt, Date.parse(finding.seenAt));
      return deps.findings.recordAndClaim(finding, readAt, lease);
    }),
  );
  const claimed = recorded.filter(({ isClaimed }) => isClaimed).map(({ finding }) => finding);
  await tell(deps, claimed);
  const kept = recorded.map(({ finding }) => finding);
  const unpublished = kept.filter(({ publishedAt }) => publishedAt === undefined);
  return { findings: kept, isPending: claimed.length < unpublished.length };
}

/**
 * Tells of findings that a run recorded and, having died, told nobody of: what is over, or stands in
 * a group that is only observed, has no intent that would bring it up again.
 */
export async function tellUnpublished(deps: RunDeps): Promise<void> {
  const now = deps.clock();
  const unpublished = await deps.findings.unpublished(iso(now - NEWS));
  const left = unpublished.filter(
    ({ closedAt, seenAt }) => now - Date.parse(closedAt ?? seenAt) > ABANDONED,
  );
  for (const its of Map.groupBy(left, ({ group }) => group.id).values()) {
    const lease = { by: deps.newId(), now: deps.clock() };
    const claims = await Promise.all(its.map(finding => deps.findings.claim(finding, lease)));
    const claimed = its.filter((_, index) => claims[index]);
    await tell(deps, claimed);
  }
}

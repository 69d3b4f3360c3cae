// Records findings, then tells people, each drift once: a conditional put makes the finding, a
// lease decides who tells, and only a finding that is told or kept to be told is done.
import type { Finding } from "../../matrix/finding.ts";
import type { Deps } from "./deps.ts";
import { tell } from "./tell.ts";

export interface Reported {
  readonly findings: readonly Finding[];
  /** True when another run holds the lease of one that is not published yet. */
  readonly isPending: boolean;
}

/** Records the findings of one run and tells of those nobody was told of. */
export async function report(
  deps: Deps,
  findings: readonly Finding[],
  run: { id: string; readAt: number },
): Promise<Reported> {
  if (findings.length === 0) return { findings, isPending: false };
  const recorded = await Promise.all(
    // What an interrupted run left was seen when that run read the group, not when this one did.
    findings.map(finding =>
      deps.findings.record(finding, Math.min(run.readAt, Date.parse(finding.seenAt))),
    ),
  );
  const unpublished = recorded.filter(finding => finding.publishedAt === undefined);
  const claims = await Promise.all(
    unpublished.map(finding => deps.findings.claim(finding, run.id, deps.clock())),
  );
  const claimed = unpublished.filter((_, index) => claims[index]);
  if (claimed.length > 0) await tell(deps, claimed);
  return { findings: recorded, isPending: claimed.length < unpublished.length };
}

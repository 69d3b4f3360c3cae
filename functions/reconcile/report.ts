// Records findings, then tells people, each drift once: a conditional put makes the finding, a
// lease decides who publishes, and only a published finding is done.
import { alertFor } from "../../matrix/alert/alert.ts";
import type { Finding } from "../../matrix/finding.ts";
import type { Deps } from "./deps.ts";

export interface Reported {
  readonly findings: readonly Finding[];
  /** True when another run holds the lease of one that is not published yet. */
  readonly isPending: boolean;
}

/** Records the findings of one run and publishes those nobody has published. */
export async function report(
  deps: Deps,
  findings: readonly Finding[],
  run: { id: string; readAt: number },
): Promise<Reported> {
  if (findings.length === 0) return { findings, isPending: false };
  const recorded = await Promise.all(
    findings.map(finding => deps.findings.record(finding, run.readAt)),
  );
  const unpublished = recorded.filter(finding => finding.publishedAt === undefined);
  const claims = await Promise.all(
    unpublished.map(finding => deps.findings.claim(finding, run.id, deps.clock())),
  );
  const claimed = unpublished.filter((_, index) => claims[index]);
  if (claimed.length > 0) {
    await deps.publish(alertFor(claimed));
    const at = deps.clock();
    await Promise.all(claimed.map(finding => deps.findings.markPublished(finding, at)));
  }
  return { findings: recorded, isPending: claimed.length < unpublished.length };
}

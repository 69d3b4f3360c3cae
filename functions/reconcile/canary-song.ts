// What the canary does every 15 minutes, and ends as it is meant to, is recorded and measured, and no
// news to people. Whatever differs in one thing is told as anything else is: another rule, another
// group, another role, another end, or a group that something wears.
import { alertFor } from "../../matrix/alert/alert.ts";
import type { Reach } from "../../matrix/alert/reach.ts";
import type { Finding } from "../../matrix/finding.ts";
import { canaryRule } from "../wiring/canary.ts";
import type { Config } from "../wiring/config.ts";
import type { Deps } from "./deps.ts";

/** Takes off the findings that are no news: machines hear of them, and they are done. */
export async function withoutSong(
  deps: Pick<Deps, "clock" | "config" | "findings" | "tellMachines">,
  findings: readonly Finding[],
  reachOf: () => Promise<Reach>,
): Promise<readonly Finding[]> {
  const sung = findings.filter(finding => isCanarys(deps.config, finding));
  if (sung.length === 0 || !reachesNothing(await reachOf())) return findings;
  await deps.tellMachines(alertFor(sung));
  for (const finding of sung) await deps.findings.markQuiet(finding, deps.clock());
  return findings.filter(finding => !sung.includes(finding));
}

/** Tells whether a finding may be the canary's, closed as it has to be. */
function isCanarys({ canary }: Pick<Config, "canary">, finding: Finding): boolean {
  const { kind, rule, outcome, group, actor } = finding;
  return (
    canary !== undefined &&
    kind === "drift" &&
    rule === canaryRule &&
    outcome === "closed" &&
    group.id === canary.groupId &&
    actor?.roleArn === canary.roleArn
  );
}

/** Tells whether it is known that nothing could have been reached. */
const reachesNothing = (reach: Reach): boolean =>
  reach.kind === "known" && reach.isWhole && reach.carriers.length === 0;

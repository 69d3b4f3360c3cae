// The record of exposures: each is stored and told once while it stands, whether an event or an audit
// sees it first, and brought to its end when a look no longer shows it. Nothing is written to EC2.
import type { Finding } from "../../../matrix/finding.ts";
import type { StandingExposure } from "../../aws/stores/exposure-store.ts";
import { isWorse } from "../../aws/stores/finding-changes.ts";
import { isFinished, type KeptFinding, sightingName } from "../../aws/stores/finding-item.ts";
import { eachAtOnce } from "../batch.ts";
import type { Deps } from "../deps.ts";
import { iso } from "../draft.ts";
import { report } from "../report.ts";
import type { Exposure, Sight } from "./exposed.ts";

const AT_ONCE = 4;

/** What became of the exposures of one look. */
export interface KeptExposures {
  /** By group and rule. */
  readonly findings: ReadonlyMap<string, Finding>;
  /** True when another run holds the lease of one that nobody was told of yet. */
  readonly isPending: boolean;
}

/** Names an exposure. */
export const exposureName = (groupId: string, rule: string): string => `${groupId} ${rule}`;

/**
 * Records exposures, and ends those of `standing` that are not among them: these must have been read
 * before the interfaces were, and be such that the look would have shown them.
 */
export async function keepExposures(
  deps: Deps,
  sight: Sight,
  found: readonly Exposure[],
  standing: readonly StandingExposure[],
): Promise<KeptExposures> {
  const findings = new Map<string, Finding>();
  let isPending = false;
  const seen = new Set(found.map(({ finding }) => exposureName(finding.group.id, finding.rule)));
  const over = standing.filter(({ groupId, rule }) => !seen.has(exposureName(groupId, rule)));
  const groupIds = new Set([
    ...found.map(({ finding }) => finding.group.id),
    ...over.map(({ groupId }) => groupId),
  ]);
  await eachAtOnce(AT_ONCE, [...groupIds], async groupId => {
    const open = await openExposures(deps, groupId);
    const its = found.filter(({ finding }) => finding.group.id === groupId);
    const told = await tellNew(deps, sight, its, open);
    for (const one of told.findings) findings.set(exposureName(groupId, one.rule), one);
    const gone = over.filter(one => one.groupId === groupId);
    const ended = await end(deps, sight, gone, open);
    isPending ||= told.isPending || ended.isPending;
  });
  return { findings, isPending };
}

// Over and untold is what a run left that died in between.
async function openExposures({ findings }: Deps, groupId: string): Promise<KeptFinding[]> {
  const all = await findings.forGroup(groupId);
  return all.filter(
    finding =>
      finding.kind === "exposure" && !(isFinished(finding) && finding.publishedAt !== undefined),
  );
}

async function tellNew(
  deps: Deps,
  { readAt }: Sight,
  its: readonly Exposure[],
  open: readonly KeptFinding[],
) {
  const known = ({ rule }: Finding) => open.find(one => one.rule === rule);
  const isNews = ({ finding }: Exposure) => isNewTo(known(finding), finding);
  const news = its.filter(isNews);
  // First, so that a crash leaves no finding that nobody would ever end.
  for (const { finding, groups } of news) {
    const { rule, group } = finding;
    await deps.exposures.note({ groupId: group.id, rule, groups, seenAt: readAt });
  }
  const drafts = news.map(({ finding }) => finding);
  const told = await report(deps, drafts, { id: deps.newId(), readAt });
  const old = its.flatMap(one => (isNews(one) ? [] : (known(one.finding) ?? [])));
  return { findings: [...told.findings, ...old], isPending: told.isPending };
}

// An audit that sees every hour what is known has nothing to add to it.
function isNewTo(known: KeptFinding | undefined, finding: Finding): boolean {
  if (known?.publishedAt === undefined || isWorse(known, finding)) return true;
  const { trigger } = finding;
  const isSeen = known.sightings.some(one => sightingName(one) === sightingName(trigger));
  return trigger.kind !== "audit" && !isSeen;
}

async function end(
  deps: Deps,
  { readAt, causes: [{ trigger }] }: Sight,
  gone: readonly StandingExposure[],
  open: readonly KeptFinding[],
) {
  const ended = open
    .filter(({ rule }) => gone.some(one => one.rule === rule))
    .map(finding => ({
      ...finding,
      ...{ outcome: "gone" as const, closedAt: iso(readAt) },
      trigger: { kind: trigger.kind, id: trigger.id },
    }));
  const told = await report(deps, ended, { id: deps.newId(), readAt });
  // While nobody has been told of the end, the next look comes back to it.
  if (!told.isPending) for (const one of gone) await deps.exposures.forget(one);
  return told;
}

// Tells people of findings: at once, or keeps them for a digest when a storm or a fight would bury
// what is new. A finding counts as published when it was told, or is kept to be told: what waits is an
// item that the minute sweep publishes (postponed.ts), so a crash loses nothing.
import { alertFor, type Circumstances } from "../../matrix/alert/alert.ts";
import {
  calm,
  floodDue,
  type How,
  isNeverLater,
  isObserved,
  nextDaily,
  tellingOf,
} from "../../matrix/alert/collapse.ts";
import { isForbidden } from "../../matrix/alert/outcome.ts";
import type { Reach } from "../../matrix/alert/reach.ts";
import type { Finding } from "../../matrix/finding.ts";
import { errorText } from "../aws/error-codes.ts";
import type { KeptAlert } from "../aws/stores/alert-store.ts";
import { withoutSong } from "./canary-song.ts";
import type { RunDeps } from "./deps.ts";

type Needs = Pick<
  RunDeps,
  "alerts" | "clock" | "config" | "findings" | "interfaces" | "log" | "publish" | "tellMachines"
>;

/** Findings that are one alert. */
interface Unit {
  readonly findings: readonly Finding[];
  readonly fight?: NonNullable<Circumstances["fight"]>;
}

/** Tells of the findings of one group, whose lease the caller holds. */
export async function tell(deps: Needs, all: readonly Finding[]): Promise<void> {
  const now = deps.clock();
  const groupId = all[0]?.group.id ?? "";
  const reachOf = onlyOnce(() => readReach(deps, groupId));
  const findings = await withoutSong(deps, all, reachOf);
  if (findings.length === 0) return;
  const earlier = await deps.alerts.ofGroup(groupId);
  const once: Finding[] = [];
  const units: Unit[] = [];
  // Two runs that died may have left the same drift to one that lives.
  for (const finding of new Map(findings.map(one => [one.id, one])).values()) {
    const alike = earlier.filter(kept => isSameRule(kept, finding));
    // A run before this one kept or told it, and did not come to the mark.
    if (alike.some(kept => isSameEnd(kept, finding))) {
      await deps.findings.markPublished(finding, now);
      continue;
    }
    const telling = tellingOf(finding, alike, now);
    if (telling.how === "once") once.push(finding);
    else if (telling.how === "fight") {
      const by = finding.actor?.name ?? "";
      units.push({
        findings: [finding],
        fight: { by, times: telling.times, minutes: calm.window },
      });
    } else await keepFor(deps, [finding], { ...telling, at: now });
  }
  if (once.length > 0) units.unshift({ findings: once });
  for (const unit of units) await tellUnit(deps, unit, reachOf, now);
}

const isSameRule = ({ finding }: KeptAlert, { kind, rule }: Finding): boolean =>
  finding.kind === kind && finding.rule === rule;

// What has come to break a forbid since is another end, though the outcome is the same.
const isSameEnd = ({ finding: kept }: KeptAlert, finding: Finding): boolean =>
  kept.id === finding.id &&
  kept.outcome === finding.outcome &&
  isForbidden(kept) === isForbidden(finding);

async function tellUnit(
  deps: Needs,
  unit: Unit,
  reachOf: () => Promise<Reach>,
  now: number,
): Promise<void> {
  const { findings, fight } = unit;
  const isUrgent = findings.some(isNeverLater);
  const due = isUrgent ? undefined : floodDue(await deps.alerts.count(now), now);
  if (due !== undefined) {
    await keepFor(deps, findings, { how: "flood", due, at: now });
    return;
  }
  // What an exposure reaches is known: it is made of it.
  const isKnown = findings.every(({ kind }) => kind === "exposure");
  const reach = isKnown ? {} : { reach: await reachOf() };
  await deps.publish(alertFor(findings, { ...reach, ...(fight && { fight }) }));
  await keepFor(deps, findings, { how: fight ? "fight" : "once", at: now });
}

/** Keeps how findings were or will be told; then they are published. */
async function keepFor(
  deps: Needs,
  findings: readonly Finding[],
  as: { how: How; at: number; due?: number },
): Promise<void> {
  // Only people are spared: a program wants every finding, and when it is found.
  if (as.due !== undefined) await deps.tellMachines(alertFor(findings));
  await Promise.all(
    findings.map(async finding => {
      await deps.alerts.keep(finding, as);
      // What only stands because its group is observed is listed every day until it is gone.
      if (as.how !== "standing" && isObserved(finding)) {
        await deps.alerts.keep(finding, { how: "standing", at: as.at, due: nextDaily(as.at) });
      }
      await deps.findings.markPublished(finding, as.at);
    }),
  );
}

function onlyOnce<T>(task: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  return () => {
    answer ??= task();
    return answer;
  };
}

// What a rule reached is worth a read, and no alert is worth less for the lack of it.
async function readReach(deps: Needs, groupId: string): Promise<Reach> {
  try {
    return await deps.interfaces.carrying(groupId);
  } catch (error) {
    deps.log.warn("what carries a group could not be read", { groupId, error: errorText(error) });
    return { kind: "unknown" };
  }
}

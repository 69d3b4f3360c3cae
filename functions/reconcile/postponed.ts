// Tells what waited: windows of one rule that are over, minutes with too many alerts, and once a day
// what stands in groups that are only observed. Part of the minute sweep; one at a time has the turn.
import type { Alert } from "../../matrix/alert/alert.ts";
import { nextDaily } from "../../matrix/alert/collapse.ts";
import { againDigest, floodDigest, standingDigest } from "../../matrix/alert/digest.ts";
import type { Digested } from "../../matrix/alert/digest-counts.ts";
import { formatRule } from "../../matrix/rules/rule.ts";
import { errorText } from "../aws/error-codes.ts";
import { isForgotten, type KeptAlert } from "../aws/stores/alert-store.ts";
import { isFinished } from "../aws/stores/finding-item.ts";
import { eachAtOnce } from "./batch.ts";
import type { Deps } from "./deps.ts";
import { judgeWhole } from "./judge-whole.ts";
import { compileFor, readState } from "./state.ts";

const AT_ONCE = 4;
/** Groups that are looked at for one daily digest; the rest are counted. */
const LOOKED_AT = 100;

/** Publishes what is due; what fails is due again at the next sweep. */
export async function tellPostponed(deps: Deps): Promise<void> {
  const now = deps.clock();
  const kept = await deps.alerts.all();
  const due = kept.filter(one => !one.isTold && (one.due ?? now) <= now);
  const old = kept.filter(one => isForgotten(one, now));
  if (due.length + old.length === 0 || !(await deps.alerts.takeTurn(now))) return;
  const waiting = (how: KeptAlert["how"]) => due.filter(one => one.how === how);
  for (const again of byRule(waiting("again"))) {
    await attempt(deps, "again", () => publishAll(deps, again, againDigest));
  }
  await attempt(deps, "flood", () => publishAll(deps, waiting("flood"), floodDigest));
  await attempt(deps, "standing", () => publishStanding(deps, waiting("standing"), now));
  await attempt(deps, "old", () => eachAtOnce(AT_ONCE, old, one => deps.alerts.remove(one)));
  await deps.alerts.endTurn();
}

async function attempt(deps: Deps, what: string, task: () => Promise<void>): Promise<void> {
  try {
    await task();
  } catch (error) {
    deps.log.error("what waited could not be told", { what, error: errorText(error) });
  }
}

async function publishAll(
  deps: Deps,
  kept: readonly KeptAlert[],
  digest: (findings: readonly Digested[]) => Alert,
): Promise<void> {
  if (kept.length === 0) return;
  await deps.publish(digest(kept.map(({ finding }) => finding)));
  await eachAtOnce(AT_ONCE, kept, one => deps.alerts.noteTold(one));
}

function byRule(kept: readonly KeptAlert[]): KeptAlert[][] {
  const ofRule = ({ finding: { group, kind, rule } }: KeptAlert) => `${group.id} ${kind} ${rule}`;
  return [...Map.groupBy(kept, ofRule).values()];
}

/** Lists what is still there, and lets it wait for the next day; the rest is forgotten. */
async function publishStanding(deps: Deps, kept: readonly KeptAlert[], now: number): Promise<void> {
  const groups = [...Map.groupBy(kept, ({ finding }) => finding.group.id)];
  const standing: KeptAlert[] = [];
  const gone: KeptAlert[] = [];
  await eachAtOnce(AT_ONCE, groups.slice(0, LOOKED_AT), async ([groupId, its]) => {
    const [isDrift, isExposed] = [await driftOf(deps, groupId), await exposedOn(deps, groupId)];
    const isThere = (one: Digested) => (one.kind === "exposure" ? isExposed(one) : isDrift(one));
    for (const one of its) (isThere(one.finding) ? standing : gone).push(one);
  });
  const unseen = groups.slice(LOOKED_AT).flatMap(([, its]) => its);
  if (standing.length > 0) {
    const findings = standing.map(({ finding }) => finding);
    await deps.publish(standingDigest(findings, unseen.length));
  }
  await eachAtOnce(AT_ONCE, gone, one => deps.alerts.remove(one));
  await eachAtOnce(AT_ONCE, [...standing, ...unseen], one =>
    deps.alerts.postpone(one, nextDaily(now)),
  );
}

/** Judges a group and tells of a finding whether it is drift there and only observed. */
async function driftOf(deps: Deps, groupId: string): Promise<(finding: Digested) => boolean> {
  const state = await readState(deps, groupId);
  const policy = compileFor(state);
  if (!state.read || policy?.mode !== "observe") return () => false;
  const { verdicts, lists } = await judgeWhole(deps, state, policy);
  const drift = new Set(
    verdicts.flatMap(verdict => {
      if (verdict.kind === "drift") return [`drift ${formatRule(verdict.live.rule)}`];
      return verdict.kind === "missing" ? [`missing ${formatRule(verdict.line.rule)}`] : [];
    }),
  );
  return ({ kind, rule }) =>
    kind === "prefix-list"
      ? lists.some(({ list }) => rule.startsWith(`${list.id} `))
      : drift.has(`${kind} ${rule}`);
}

/** Tells of an exposure whether nobody has seen it end. */
async function exposedOn(deps: Deps, groupId: string): Promise<(finding: Digested) => boolean> {
  const open = (await deps.findings.forGroup(groupId)).filter(kept => !isFinished(kept));
  return ({ id }) => open.some(kept => kept.id === id);
}

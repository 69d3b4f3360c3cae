// Pause, hold, resume: loud at the start, every hour and at the end, and over by themselves. A pause
// keeps every write from starting; a hold keeps required rules from being restored.
import { type NoticeWord, noticeFor } from "../../matrix/alert/notice.ts";
import { type Refused, refused } from "../../matrix/exceptions/exception-life.ts";
import { errorText } from "../aws/error-codes.ts";
import type { KeptPause, PauseKind } from "../aws/stores/pause-store.ts";
import { isInForce } from "../aws/stores/policy-items.ts";
import type { Deps } from "./deps.ts";
import { iso } from "./draft.ts";

const HOUR = 3_600_000;
const LONGEST_HOURS = 24;

/** What somebody wants to stop. */
export interface PauseWish {
  readonly kind: PauseKind;
  /** Absent for a pause of every group. */
  readonly group?: string;
  /** A hold without it lasts until somebody ends it. */
  readonly minutes?: number;
  readonly reason: string;
  readonly by: string;
}

/** Starts a pause or a hold and tells people. */
export async function startPause(
  deps: Deps,
  { kind, group, minutes, reason, by }: PauseWish,
): Promise<KeptPause | Refused> {
  if (reason.trim() === "") return refused("reason", "it needs a reason that others understand");
  const isTooLong = minutes !== undefined && !(minutes > 0 && minutes <= LONGEST_HOURS * 60);
  if (isTooLong) return refused("too-long", `${LONGEST_HOURS} hours at most, and more than none`);
  if (kind === "pause" && minutes === undefined) return refused("endless", "a pause needs an end");
  const now = deps.clock();
  const until = minutes === undefined ? {} : { until: iso(now + minutes * 60_000) };
  const is = { by, reason, at: iso(now), ...until };
  const kept = { kind, is, toldAt: now, ...(group === undefined ? {} : { group }) };
  await deps.pauses.start(kept);
  await tell(deps, kept, kind === "pause" ? "PAUSED" : "ON HOLD");
  return kept;
}

/** Ends the pause and the hold of a group, or of every group; false when there was none. */
export async function resume(deps: Deps, by: string, group?: string): Promise<boolean> {
  const place = group === undefined ? {} : { group };
  const at = iso(deps.clock());
  const ended = await Promise.all(
    (["pause", "hold"] as const).map(kind => deps.pauses.end({ kind, ...place }, at, by)),
  );
  if (!ended.some(Boolean)) return false;
  await tellPauses(deps);
  return true;
}

/** Tells of what goes on every hour, and of what is over, which is then looked at whole. */
export async function tellPauses(deps: Deps): Promise<void> {
  for (const kept of await deps.pauses.all()) {
    try {
      await tellOne(deps, kept);
    } catch (error) {
      deps.log.error("a pause could not be told of", { error: errorText(error) });
    }
  }
}

async function tellOne(deps: Deps, kept: KeptPause): Promise<void> {
  const now = deps.clock();
  const isPause = kept.kind === "pause";
  if (isInForce(kept.is, now)) {
    const isDue = now - kept.toldAt >= HOUR;
    if (!isDue || !(await deps.pauses.claim(kept, now))) return;
    await tell(deps, kept, isPause ? "STILL PAUSED" : "STILL ON HOLD");
    return;
  }
  // The mark comes first: a crash in between looks twice, never not at all.
  await deps.intents.markDirty(kept.group ?? "*", `${kept.kind} ended`, now);
  await tell(deps, kept, isPause ? "PAUSE ENDED" : "HOLD ENDED");
  await deps.pauses.remove(kept);
}

async function tell(deps: Deps, { is, group }: KeptPause, word: NoticeWord): Promise<void> {
  const { account, region } = deps.config;
  await deps.publish(
    noticeFor({
      ...{ word, account, region, by: is.by, reason: is.reason, since: is.at },
      ...(group === undefined ? {} : { group }),
      ...(is.until === undefined ? {} : { until: is.until }),
    }),
  );
}

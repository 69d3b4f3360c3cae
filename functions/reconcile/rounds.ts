// Which members are looked at when: every one of them once an hour by an audit, each at its own minute, and
// every minute by a sweep those where something may be left over. It only puts rounds on their queue.
import { createHash } from "node:crypto";
import { isDue } from "../../matrix/exceptions/exception-clock.ts";
import { isLiving } from "../../matrix/exceptions/exception-life.ts";
import type { Hub } from "../aws/hub.ts";
import { type Place, scopeOf } from "../wiring/members.ts";
import type { Deps } from "./deps.ts";

const HOUR = 3_600;
const QUARTER = 900;
/**
 * So long after something happened in a member it is swept, whether or not anything is seen to wait: what
 * a run that died has not told of is told by then.
 */
const LINGER_MS = 5 * 60_000;
const LOOKED_BACK_MS = 7 * 24 * HOUR * 1_000;

/**
 * Puts the audits of a quarter of an hour on the queue, each to start at the second of its place.
 *
 * @returns how many.
 */
export async function putAudits({ own, places, rounds }: Hub): Promise<number> {
  const second = Math.floor(own.clock() / 1_000) % HOUR;
  const quarter = Math.floor(second / QUARTER);
  const due = places
    .map(place => ({ place, slot: slotOf(place) }))
    .filter(({ slot }) => Math.floor(slot / QUARTER) === quarter);
  const put = due.map(({ place, slot }) => ({
    round: { ...place, does: "audit" as const },
    delay: slot - second,
  }));
  await rounds.put(put);
  return put.length;
}

/** The second of the hour at which a place is audited: drawn once for all by its name. */
function slotOf(place: Place): number {
  return createHash("sha256").update(scopeOf(place)).digest().readUInt32BE() % HOUR;
}

/**
 * Puts a sweep on the queue for each place where something may be left over.
 *
 * @returns how many.
 */
export async function putSweeps(hub: Hub): Promise<number> {
  const { own, rounds, busy } = hub;
  const at = own.clock();
  const marks = await busy.dirtyGroups();
  const places = marks.map(({ groupId }) => {
    const [account = "", region = ""] = groupId.split("/");
    return { account, region };
  });
  const known = places.filter(place => hub.strangerBecause(place) === undefined);
  const gone = places.filter(place => !known.includes(place));
  await Promise.all(gone.map(place => busy.clearDirty(scopeOf(place), at)));
  await rounds.put(known.map(place => ({ round: { ...place, does: "sweep", at }, delay: 0 })));
  return known.length;
}

/** Notes that a place was audited: it is swept once, and goes on being so only if something waits. */
export function noteAudited({ busy }: Hub, { config, clock }: Deps): Promise<void> {
  return busy.markDirty(config.scope, "audit", clock() - LINGER_MS);
}

/** Takes a place that was swept off the list, unless something happened lately or waits there. */
export async function noteSwept({ busy }: Hub, deps: Deps, startedAt: number): Promise<void> {
  if (await isQuiet(deps, startedAt)) {
    await busy.clearDirty(deps.config.scope, startedAt - LINGER_MS);
  }
}

/** Tells whether a sweep would find nothing there until the audit of the next hour. */
async function isQuiet(deps: Deps, now: number): Promise<boolean> {
  const [pauses, untold, marks, intents, jobs, alerts, exceptions] = await Promise.all([
    // Also those that are over and not told of: one may have ended while the sweep was at work.
    deps.pauses.all(),
    deps.policy.untold(),
    deps.intents.dirtyGroups(),
    deps.intents.all(),
    deps.jobs.waiting(),
    deps.alerts.all(),
    deps.exceptions.list({ since: now - LOOKED_BACK_MS }),
  ]);
  const soon = now + HOUR * 1_000;
  const waiting = [
    ...[pauses, untold, marks, intents, jobs].flat(),
    ...alerts.filter(({ isTold, due = now }) => !isTold && due <= soon),
    ...exceptions.filter(one => isLiving(one) || isDue(one, now)),
  ];
  return waiting.length === 0;
}

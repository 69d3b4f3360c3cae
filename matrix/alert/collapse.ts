// When people are told of a finding: at once, or later in one message with others. It decides only;
// what is kept and published is reconcile's (tell.ts), how a digest reads is digest.ts.
//
//   the finding                                                      is told
//   COULD NOT CLOSE, ROLE MISUSED                                    at once, always
//   standing drift in mode observe (no event made it known)          in the daily digest
//   the same rule with the same end within 15 min of an alert of it  when these 15 min are over, counted
//   … the third time within 15 min by one actor                      at once as a fight, once an hour
//   beyond 20 alerts of the account and region in one minute         in a digest at the minute's end
//   anything else                                                    at once
import type { Finding } from "../finding.ts";
import type { Actor } from "../trigger.ts";
import { type Ended, type OutcomeWord, outcomeWord } from "./outcome.ts";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** How calm alerts are. */
export const calm = {
  /** How long an alert of a rule speaks for the next ones of it, in minutes. */
  window: 15,
  /** How often one actor makes the same rule within the window until it is a fight. */
  fight: 3,
  /** How long a fight that was named is not named again, in minutes. */
  fightNamed: 60,
  /** How many alerts there are in one minute before the rest become a digest. */
  perMinute: 20,
  /** When the digest of standing drift is sent, in hours UTC. */
  dailyHour: 8,
} as const;

/** In which form a finding was or will be told. */
export type How = "once" | "fight" | "again" | "flood" | "standing";

/** An alert about the same rule of the same group, told or waiting. Times are milliseconds. */
export interface EarlierAlert {
  readonly word: OutcomeWord;
  readonly how: How;
  readonly at: number;
  /** When one that waits is told. */
  readonly due?: number;
  readonly actor?: string;
}

export type Telling =
  | { readonly how: "once" }
  | { readonly how: "fight"; readonly times: number }
  | { readonly how: "again" | "standing"; readonly due: number };

const NEVER_LATER: readonly OutcomeWord[] = ["COULD NOT CLOSE", "ROLE MISUSED"];
const REVERTED: readonly OutcomeWord[] = ["CLOSED", "NARROWED", "RESTORED"];

/** Decides when a finding is told, given the earlier alerts about its group, kind and rule. */
export function tellingOf(
  finding: Finding,
  earlier: readonly EarlierAlert[],
  now: number,
): Telling {
  const word = outcomeWord(finding);
  if (isNeverLater(finding)) return { how: "once" };
  if (isStanding(finding)) return { how: "standing", due: nextDaily(now) };
  if (word === "EXCEPTION ENDED") return { how: "once" };
  const alike = earlier.filter(one => one.how !== "standing" && isAlike(one.word, word));
  const due = windowEnd(alike, now);
  if (due === undefined) return { how: "once" };
  const times = REVERTED.includes(word) ? timesBy(actorKey(finding.actor), alike, now) : 0;
  return times >= calm.fight ? { how: "fight", times } : { how: "again", due };
}

/** Tells whether a finding must not wait. */
export const isNeverLater = (finding: Ended): boolean => NEVER_LATER.includes(outcomeWord(finding));

/** Tells whether a finding is drift that stands in mode observe and that no event made known. */
export const isStanding = (finding: Finding): boolean =>
  isObserved(finding) && finding.trigger.kind !== "event";

/** Tells whether a finding is left as it is because its group is only observed. */
export const isObserved = ({ mode, kind, outcome }: Finding): boolean =>
  mode === "observe" && kind !== "impostor" && (outcome === "left-open" || outcome === "reported");

const isAlike = (a: OutcomeWord, b: OutcomeWord): boolean =>
  a === b || (REVERTED.includes(a) && REVERTED.includes(b));

/** When the alerts so far stop speaking for a rule; undefined when they have, or there are none. */
function windowEnd(alike: readonly EarlierAlert[], now: number): number | undefined {
  const waiting = alike.find(({ how, due = 0 }) => how === "again" && due > now);
  if (waiting) return waiting.due;
  // What waits for the minute's end will be an alert then; what was told of a window, at its end.
  const last = Math.max(...alike.map(({ at, due }) => due ?? at));
  const end = last + calm.window * MINUTE;
  return end > now ? end : undefined;
}

/** How often an actor made the rule within the window, this time included; 0 if it was named. */
function timesBy(actor: string | undefined, alike: readonly EarlierAlert[], now: number): number {
  if (actor === undefined) return 0;
  const own = alike.filter(one => one.actor === actor);
  const isNamed = own.some(({ how, at }) => how === "fight" && at > now - calm.fightNamed * MINUTE);
  const recent = own.filter(({ at }) => at > now - calm.window * MINUTE);
  return isNamed ? 0 : recent.length + 1;
}

/** The same for every call of one actor: a role whose sessions name themselves is one actor. */
export function actorKey(actor: Actor | undefined): string | undefined {
  if (!actor) return undefined;
  if (actor.nameChosenByCaller && actor.roleArn !== undefined) return actor.roleArn;
  return actor.arn ?? actor.roleArn ?? `${actor.type} ${actor.name}`;
}

/** When an alert is told that is the n-th of its minute: undefined for at once. */
export function floodDue(count: number, now: number): number | undefined {
  return count <= calm.perMinute ? undefined : minuteOf(now) + MINUTE;
}

/** The start of a time's minute. */
export const minuteOf = (time: number): number => Math.floor(time / MINUTE) * MINUTE;

/** When the next daily digest is sent, later than a time. */
export function nextDaily(now: number): number {
  const today = Math.floor(now / DAY) * DAY + calm.dailyHour * 60 * MINUTE;
  return today > now ? today : today + DAY;
}

/** How long an alert is remembered after it was told, in milliseconds: no decision asks for more. */
export const REMEMBERED = calm.fightNamed * MINUTE;

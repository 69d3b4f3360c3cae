// When the clock has something to do with an exception: start it, end it, close what it left, remind
// of its end. The one who asks says what time it is; a call that comes early or late decides nothing.
import type { Exception } from "../exception.ts";
import { isActive } from "../exception.ts";

/** What a one-time schedule is for. */
export type WindowStep = "start" | "remind" | "end";

const MINUTE = 60_000;
/** How long before the end people are reminded. */
export const REMINDED_BEFORE = 15 * MINUTE;

/** Tells whether the time has come to start or end it, or its closing is owed. */
export function isDue({ state, start, end, unsettled }: Exception, now: number): boolean {
  if (state === "withdrawn") return unsettled === true;
  if (state === "approved") return start <= now;
  return (state === "requested" || state === "active") && end <= now;
}

/** Tells whether people are to be reminded that it ends; short ones are only just told of. */
export function isEndingSoon(exception: Exception, now: number): boolean {
  const { start, end } = exception;
  const isLong = end - start > REMINDED_BEFORE;
  return isLong && isActive(exception, now) && end - REMINDED_BEFORE <= now;
}

/** The moments at which the clock has something to do with an approved exception, from now on. */
export function stepTimes(
  { start, end }: Pick<Exception, "start" | "end">,
  now: number,
): { step: WindowStep; at: number }[] {
  const remindAt = end - REMINDED_BEFORE;
  const isReminded = remindAt > start && remindAt > now;
  return [
    { step: "start", at: Math.max(start, now) },
    ...(isReminded ? [{ step: "remind" as const, at: remindAt }] : []),
    { step: "end", at: end },
  ];
}

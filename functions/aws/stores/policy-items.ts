// What the items of pauses, holds and exceptions say. One that cannot be read throws: taking it for
// none would write where writing is paused, or close what is excepted.
import type { Exception } from "../../../matrix/exception.ts";
import type { Item } from "./dynamo.ts";

/** No write to EC2 starts until it ends; judging, findings and alerts go on. Times are ISO 8601. */
export interface Pause {
  readonly until: string;
  readonly by: string;
  readonly reason: string;
  readonly at: string;
}

/** Nothing is restored on a group; one without `until` ends when somebody ends it. */
export interface Hold extends Omit<Pause, "until"> {
  readonly until?: string;
}

/** Reads a pause. */
export function pauseFrom(item: Item): Pause {
  const { until } = item;
  if (typeof until !== "string" || Number.isNaN(Date.parse(until))) {
    throw new Error(`the item ${item.pk} ${item.sk} cannot be read: its end is not a time`);
  }
  return { until, ...signatureOf(item) };
}

/** Reads a hold. */
export function holdFrom(item: Item): Hold {
  return item.until === undefined ? signatureOf(item) : pauseFrom(item);
}

/** Tells whether a pause or hold has not ended yet; its end is exclusive. */
export function isInForce({ until }: Pause | Hold, now: number): boolean {
  return until === undefined || now < Date.parse(until);
}

const signatureOf = ({ by, reason, at }: Item) => ({
  by: String(by ?? ""),
  reason: String(reason ?? ""),
  at: String(at ?? ""),
});

/** Reads an exception; attributes that a reconcile has no use for are left out. */
export function exceptionFrom(item: Item): Exception {
  const { id, state, start, end, groups, open, reason, flow, rule, unsettled } = item;
  const isWhole =
    typeof id === "string" &&
    typeof state === "string" &&
    typeof start === "number" &&
    typeof end === "number" &&
    Array.isArray(groups) &&
    (typeof rule === "string" || isFlow(flow));
  if (!isWhole) throw new Error(`the exception ${item.pk} ${item.sk} cannot be read`);
  const given = { id, state, start, end, groups, open: open === true };
  return {
    ...given,
    ...(typeof reason === "string" && { reason }),
    ...(typeof rule === "string" && { rule }),
    ...(isFlow(flow) && { flow }),
    ...(unsettled === true && { unsettled }),
  };
}

function isFlow(value: unknown): value is NonNullable<Exception["flow"]> {
  if (typeof value !== "object" || value === null) return false;
  const { from, to, ports } = value as Item;
  return [from, to, ports].every(Array.isArray);
}

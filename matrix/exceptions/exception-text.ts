// An exception in a few words: what it lets through, and from when until when. What is done with it is
// exception-life.ts.
import type { Exception } from "../exception.ts";
import { flowText } from "../flows/flow.ts";
import { plainText } from "../plain-text.ts";

/** What an exception permits, in the words it was asked for in. */
export const whatOf = ({ flow, rule }: Pick<Exception, "flow" | "rule">): string =>
  plainText(rule ?? (flow ? flowText(flow) : ""), 300);

/**
 * Writes a window to the minute.
 *
 * @example windowText(one) // "2026-11-21 04:09 to 06:09 UTC"
 */
export function windowText({ start, end }: Pick<Exception, "start" | "end">): string {
  const [from, to] = [start, end].map(ms => new Date(ms).toISOString().slice(0, 16));
  const [day, time] = (to ?? "").split("T");
  const isSameDay = from?.startsWith(day ?? " ");
  return `${from?.replace("T", " ")} to ${isSameDay ? time : `${day} ${time}`} UTC`;
}

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
  const [from, to] = [dayAndTime(start), dayAndTime(end)];
  return `${from.day} ${from.time} to ${from.day === to.day ? "" : `${to.day} `}${to.time} UTC`;
}

function dayAndTime(ms: number): { day: string; time: string } {
  const iso = new Date(ms).toISOString();
  return { day: iso.slice(0, 10), time: iso.slice(11, 16) };
}

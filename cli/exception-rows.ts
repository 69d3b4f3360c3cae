// Exceptions for people: a list of them, and one with everything that was done to it.
import type { HistoryEntry, KeptException } from "../functions/aws/stores/exception-item.ts";
import { identityText } from "../matrix/exceptions/person.ts";
import { flowText } from "../matrix/flows/flow.ts";
import { plainText } from "../matrix/plain-text.ts";
import { beside } from "./output.ts";

/** What an exception permits, in the words it was asked for in. */
export const whatOf = ({ flow, rule }: Pick<KeptException, "flow" | "rule">): string =>
  plainText(rule ?? (flow ? flowText(flow) : ""), 300);

/**
 * Writes a window to the minute.
 *
 * @example windowText(one) // "2026-11-21 04:09 to 06:09 UTC"
 */
export function windowText({ start, end }: Pick<KeptException, "start" | "end">): string {
  const [from, to] = [start, end].map(ms => new Date(ms).toISOString().slice(0, 16));
  const [day, time] = (to ?? "").split("T");
  const isSameDay = from?.startsWith(day ?? " ");
  return `${from?.replace("T", " ")} to ${isSameDay ? time : `${day} ${time}`} UTC`;
}

/** Lists exceptions, two lines each. */
export function exceptionRows(kept: readonly KeptException[]): string[] {
  return kept.flatMap(one => [
    `${one.id}  ${one.state.padEnd(9)}  ${whatOf(one)}`,
    `${" ".repeat(one.id.length)}  ${windowText(one)}  by ${plainText(identityText(one.requester))}`,
  ]);
}

/** Shows one exception. */
export function exceptionLines(kept: KeptException, history: readonly HistoryEntry[]): string[] {
  const line = (label: string, text: string | undefined) =>
    text === undefined ? [] : beside(label, plainText(text, 500), { indent: 0 });
  return [
    `${kept.id}  ${kept.state}`,
    ...line("What", whatOf(kept)),
    ...line("Groups", kept.groups.join(", ")),
    ...line("Window", windowText(kept)),
    ...line("Opening", kept.open ? "Portward opens it at the start" : "whoever needs it opens it"),
    ...line("Reason", kept.reason),
    ...line("Asked by", identityText(kept.requester)),
    ...line("Approved", kept.approver && `by ${identityText(kept.approver)}`),
    ...line("Alone", kept.breakGlass ? "break-glass: nobody approved it" : undefined),
    ...line("Finding", kept.finding),
    ...line("Extends", kept.extends),
    ...line("Hash", kept.askHash),
    "History",
    ...history.map(
      ({ at, action, by, note }) =>
        `  ${at.slice(0, 19)}Z  ${action.padEnd(11)}  ${plainText(by)}${note ? `: ${plainText(note)}` : ""}`,
    ),
  ];
}

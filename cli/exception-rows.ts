// Exceptions for people: a list of them, and one with everything that was done to it.
import {
  type HistoryEntry,
  isWhole,
  type KeptException,
} from "../functions/aws/stores/exception-item.ts";
import { whatOf, windowText } from "../matrix/exceptions/exception-text.ts";
import { identityText } from "../matrix/exceptions/person.ts";
import { plainText } from "../matrix/plain-text.ts";
import { beside } from "./output.ts";

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
    ...history.map(entryLine),
    ...(isWhole(kept, history)
      ? []
      : beside("BROKEN", "an entry is missing or was changed after it was written", { indent: 2 })),
  ];
}

/** One thing that was done to an exception. */
export const entryLine = ({ at, action, by, note }: HistoryEntry): string =>
  `  ${at.slice(0, 19)}Z  ${action.padEnd(11)}  ${plainText(by)}${note ? `: ${plainText(note)}` : ""}`;

// Text from outside in a chat message: it can neither call a channel, mention anybody, nor become a
// link, and it is never cut within an escape. What is said is the facts' (fact.ts).
import { plainText } from "../plain-text.ts";
import type { Alert, AlertDetail, ExceptionDetail } from "./alert.ts";
import { type Fact, fact, timeOr } from "./fact.ts";

/** An alert as a channel gets it. */
export interface ChatAlert {
  readonly subject: string;
  readonly detail: AlertDetail;
}

const ESCAPES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

/**
 * Escapes what Slack reads as markup, in at most `max` UTF-16 units of the escaped text.
 * https://docs.slack.dev/messaging/formatting-message-text#escaping
 *
 * @example chatEscaped("<!channel>", 100) // "&lt;!channel&gt;"
 */
export function chatEscaped(text: string, max: number): string {
  const pieces = [...plainText(text, max)].map(one => ESCAPES[one] ?? one);
  if (lengthOf(pieces) <= max) return pieces.join("");
  let room = max - 1;
  const end = pieces.findIndex(piece => {
    room -= piece.length;
    return room < 0;
  });
  return `${pieces.slice(0, end).join("")}…`;
}

const lengthOf = (pieces: readonly string[]): number =>
  pieces.reduce((sum, { length }) => sum + length, 0);

const MAIL_LINES = 40;

/** The detail of an alert with something to show in chat: what has no facts shows its mail. */
export function chatDetail({ text, detail }: Pick<Alert, "text" | "detail">): AlertDetail {
  if (detail.facts || detail.exception) return detail;
  const [title = "", ...lines] = text.split("\n").filter(line => line.trim() !== "");
  return { ...detail, title, facts: fact("Message", ...lines.slice(0, MAIL_LINES)) };
}

/** The heading of an alert. */
export const headingOf = ({ subject, detail }: ChatAlert): string => detail.title ?? subject;

/** The facts of an alert; one about an exception alone has them in its exception. */
export function chatFacts({ detail }: ChatAlert): readonly Fact[] {
  if (detail.facts) return detail.facts;
  return detail.exception ? exceptionFacts(detail.exception) : [];
}

function exceptionFacts(exception: ExceptionDetail): Fact[] {
  const { id, state, what, groups, start, end, requester, reason, breakGlass } = exception;
  return [
    ...fact("Opens", plainText(what, 500)),
    ...fact(
      "Groups",
      groups
        .slice(0, 10)
        .map(id => plainText(id, 64))
        .join(", "),
    ),
    ...fact("From", timeOr(start)),
    ...fact("Until", timeOr(end)),
    ...fact("Who", plainText(requester)),
    ...fact("Why", plainText(reason, 500)),
    ...fact("State", plainText(state, 64)),
    ...fact("Alone", breakGlass ? "break-glass: nobody else approved it" : undefined),
    ...fact("Exception", plainText(id, 64)),
  ];
}

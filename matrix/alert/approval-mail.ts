// The mail that one approver gets of his own: what is asked for, as everybody is told, and the link
// that is his alone. It makes no link and sends nothing.
import type { Alert } from "./alert.ts";
import { timeText, wrap } from "./paragraph.ts";

export interface ApprovalMail {
  /** The approver's name under `people`. */
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/** Words the mail: the notice of the request with the link before what else can be done. */
export function approvalMail(
  notice: Pick<Alert, "subject" | "text">,
  { to, link, until }: { to: string; link: string; until: string },
): ApprovalMail {
  const text = [
    notice.text.trimEnd(),
    "",
    ...wrap(
      `This link is yours alone, ${to}: it shows what is asked for, and lets you approve or reject ` +
        `it once, until ${timeText(until) ?? until}. Do not pass it on.`,
    ),
    "",
    // In one piece, however long: a link that is wrapped leads nowhere.
    link,
    "",
  ].join("\n");
  return { to, subject: notice.subject, text };
}

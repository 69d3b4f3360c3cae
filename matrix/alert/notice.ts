// What people are told about Portward itself: that it is paused or on hold, still is, or is not any
// more. The same form as an alert, without a finding.
import { plainText } from "../plain-text.ts";
import type { Alert } from "./alert.ts";
import { fact, factLines } from "./fact.ts";
import { outcomeName } from "./outcome.ts";
import { timeText, wrap } from "./paragraph.ts";
import { asciiLine } from "./subject.ts";

export type NoticeWord =
  | "PAUSED"
  | "STILL PAUSED"
  | "PAUSE ENDED"
  | "ON HOLD"
  | "STILL ON HOLD"
  | "HOLD ENDED";

/** A pause or a hold at one moment. Times are ISO 8601. */
export interface Notice {
  readonly word: NoticeWord;
  readonly account: string;
  readonly region: string;
  /** Absent where it is about every group. */
  readonly group?: string;
  readonly by: string;
  readonly reason: string;
  readonly since: string;
  readonly until?: string;
}

/** Words a notice; its subject begins with what happened, like every alert's. */
export function noticeFor(notice: Notice): Alert {
  const { word, account, region, group, until } = notice;
  const where = plainText(group ?? "every group", 64);
  const title = `${word} ${where}`;
  const outcome = outcomeName(word);
  const facts = [
    ...fact("What", meaning(word)),
    ...fact("Where", `${where}, account ${account} ${region}`),
    ...fact("Who", plainText(notice.by)),
    ...fact("Why", plainText(notice.reason)),
    ...fact("Since", timeText(notice.since)),
    ...fact("Until", until && timeText(until)),
  ];
  const advice = word.endsWith("ENDED")
    ? "What drifted meanwhile is looked at now."
    : `To end it: portward resume${group === undefined ? "" : ` ${where}`}`;
  return {
    subject: asciiLine(`${title}, ${account} ${region}`),
    text: [word, "", ...factLines(facts), "", ...wrap(advice), ""].join("\n"),
    attributes: {
      ...{ outcome, group: plainText(group ?? "", 64) || "all" },
      ...{ kind: "pause", severity: "medium" },
    },
    detail: {
      ...{ outcome, severity: "medium", account, region, title, facts, advice: [advice] },
      group: { id: plainText(group ?? "", 64), name: "" },
      findings: [],
      more: 0,
    },
  };
}

function meaning(word: NoticeWord): string {
  if (word === "PAUSE ENDED" || word === "HOLD ENDED") return "Portward acts again";
  return word.includes("HOLD")
    ? "nothing is restored; closing goes on"
    : "nothing is closed and nothing is restored; drift is still found and told";
}

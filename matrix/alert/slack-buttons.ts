// Which buttons an alert has in Slack, and what each says before it acts: the rule it opens, to the
// letter. What a click then does is decided anew from what is stored.
import { narrowForm } from "../exceptions/narrow.ts";
import type { Finding } from "../finding.ts";
import { plainText } from "../plain-text.ts";
import type { AlertDetail } from "./alert.ts";
import { type Button, exceptionButtons, findingButtons, readClick } from "./buttons.ts";
import { timeOr } from "./fact.ts";

/** A button, and what is asked before it acts. */
export interface AskedButton extends Button {
  readonly question: string;
}

/** The buttons of an alert; none where nothing can be done by one. */
export function buttonsFor({ exception, findings }: AlertDetail): AskedButton[] {
  if (exception?.state === "requested") {
    const { id, hash, what, groups, start, end } = exception;
    const window = `${timeOr(start)} to ${timeOr(end)}`;
    const where = plainText(groups.join(", "), 60);
    const question = `${plainText(what, 130)} on ${where}, ${window}`;
    return exceptionButtons({ id, hash }).map(one => ({
      ...one,
      question: `${one.label}: ${question}`,
    }));
  }
  for (const finding of findings as Partial<Finding>[]) {
    const rule = narrowRule(finding);
    if (rule === undefined || finding.id === undefined) continue;
    const where = plainText(finding.group?.id ?? "", 64);
    return findingButtons(finding.id).map(button => ({
      ...button,
      question: questionOf(button, rule, where),
    }));
  }
  return [];
}

function narrowRule({ kind, rule, actor, closedAt }: Partial<Finding>): string | undefined {
  if (kind === undefined || rule === undefined || closedAt === undefined) return undefined;
  return narrowForm({ kind, rule, ...(actor && { actor }) });
}

function questionOf(button: Button, rule: string, where: string): string {
  const click = readClick(button.actionId, button.value);
  if (click?.kind !== "allow") return "Nothing is opened; the rule stays closed.";
  const hours = click.minutes / 60;
  return (
    `Opens ${rule} on ${where} for ${hours} h, and nothing else. The one whose rule was closed is ` +
    "the requester; he cannot approve it himself."
  );
}

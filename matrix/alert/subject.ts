// The subject of a mail, which is also the line that chat shows in a notification: printable ASCII, on
// one line, of less than 100 characters, as SNS wants it.
// https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
import type { Finding } from "../finding.ts";

const SUBJECT = 99;

/** A subject about one group: what happened, to which, where. */
export function subjectOf(
  title: string,
  { parts, group, account, region }: Pick<Finding, "parts" | "group" | "account" | "region">,
): string {
  const names = [...parts.slice(0, 1), group.name];
  const name = names.find(one => /^[!-~]{1,40}$/.test(one));
  const where = [name, group.id].filter(one => one !== undefined).join(" ");
  return asciiLine(`${title} on ${where}, ${account} ${region}`);
}

/** Text as a subject: what is not printable ASCII is a question mark, what is too long is cut. */
export function asciiLine(text: string): string {
  const subject = text.replace(/[^ -~]/gu, "?");
  return subject.length <= SUBJECT ? subject : `${subject.slice(0, SUBJECT - 3)}...`;
}

// What SNS's actions share: reading a form, naming a topic, listing by pages, wording a refusal.
import type { Inbox, Topic } from "../inbox.ts";
import { AwsError } from "../wire/aws-error.ts";
import { element, escapeXml } from "../wire/query.ts";

const pageSize = 100;

/** Reads a map out of a form's numbered entries. */
export function entriesOf(form: URLSearchParams, prefix: string, name: string, value: string) {
  const entries: [string, string][] = [];
  for (let index = 1; form.has(`${prefix}.${index}.${name}`); index++) {
    const key = form.get(`${prefix}.${index}.${name}`) ?? "";
    entries.push([key, form.get(`${prefix}.${index}.${value}`) ?? ""]);
  }
  return Object.fromEntries(entries);
}

/** Renders a map of attributes. */
export function attributeMap(attributes: Record<string, string>): string {
  const entries = Object.entries(attributes).map(([key, value]) =>
    element("entry", element("key", escapeXml(key)) + element("value", escapeXml(value))),
  );
  return element("Attributes", entries.join(""));
}

/** One page of a list: SNS gives a hundred at a time, and a token for the rest. */
export function page<T>(
  name: string,
  items: readonly T[],
  form: URLSearchParams,
  render: (item: T) => string,
): string {
  const token = form.get("NextToken") ?? "0";
  if (!/^\d{1,9}$/.test(token)) throw invalid("NextToken");
  const start = Number(token);
  const members = items.slice(start, start + pageSize).map(item => element("member", render(item)));
  const next = start + pageSize;
  const more = next < items.length ? element("NextToken", String(next)) : "";
  return element(name, members.join("")) + more;
}

/** The topic a form names, which must exist. */
export function topicOf(inbox: Inbox, form: URLSearchParams, field = "TopicArn"): Topic {
  const arn = required(form, field);
  const topic = inbox.find(arn);
  if (topic) return topic;
  if (!/^arn:[\w-]+:sns:[a-z0-9-]+:\d{12}:[\w-]+$/.test(arn)) throw invalid(field);
  throw new AwsError("NotFound", "Topic does not exist", 404);
}

/** A parameter that must be there. */
export function required(form: URLSearchParams, name: string): string {
  const value = form.get(name);
  if (!value) throw invalid(name);
  return value;
}

/** A parameter SNS refuses. */
export function invalid(what: string): AwsError {
  return new AwsError("InvalidParameter", `Invalid parameter: ${what}`);
}

// SNS on the wire: topics, subscriptions as data, and Publish into the inbox with SNS's own rules
// for subjects and sizes. https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
import { randomUUID } from "node:crypto";
import type { Clock } from "../clock.ts";
import type { Inbox, InboxMessage, Topic, TopicAttribute } from "../inbox.ts";
import { AwsError } from "../wire/aws-error.ts";
import { element, escapeXml, queryService } from "../wire/query.ts";
import type { ServiceRequest } from "../wire/request.ts";
import type { Service } from "../wire/service.ts";

const maxBytes = 256 * 1024;
const pageSize = 100;
const pending = "PendingConfirmation";

/** SNS over an inbox. */
export function snsService(inbox: Inbox, clock: Clock): Service {
  return queryService("http://sns.amazonaws.com/doc/2010-03-31/", {
    CreateTopic: (form, request) => createTopic(inbox, form, request),
    Publish(form) {
      const message = messageOf(inbox, form, clock.now());
      inbox.deliver(message);
      return element("MessageId", message.id);
    },
    ListTopics(form, { region }) {
      const arns = inbox.topics().map(topic => topic.arn);
      const mine = arns.filter(arn => arn.split(":")[3] === region);
      return page("Topics", mine, form, arn => element("TopicArn", escapeXml(arn)));
    },
    Subscribe: form => subscribe(inbox, form),
    ListSubscriptionsByTopic(form, { caller }) {
      const topic = topicOf(inbox, form);
      return page("Subscriptions", topic.subscriptions, form, one =>
        [
          element("SubscriptionArn", one.confirmed ? escapeXml(one.arn) : pending),
          element("Owner", caller.account),
          element("Protocol", escapeXml(one.protocol)),
          element("Endpoint", escapeXml(one.endpoint)),
          element("TopicArn", escapeXml(topic.arn)),
        ].join(""),
      );
    },
    GetTopicAttributes(form, { caller }) {
      const topic = topicOf(inbox, form);
      const confirmed = topic.subscriptions.filter(one => one.confirmed).length;
      return attributeMap({
        DisplayName: "",
        ...topic.attributes,
        TopicArn: topic.arn,
        Owner: caller.account,
        SubscriptionsConfirmed: String(confirmed),
        SubscriptionsPending: String(topic.subscriptions.length - confirmed),
        SubscriptionsDeleted: "0",
      });
    },
    SetTopicAttributes(form) {
      const topic = topicOf(inbox, form);
      const name = required(form, "AttributeName");
      const attributes = { ...topic.attributes, [name]: form.get("AttributeValue") ?? "" };
      inbox.putTopic({ ...topic, attributes });
      return "";
    },
  });
}

function createTopic(inbox: Inbox, form: URLSearchParams, request: ServiceRequest): string {
  const name = required(form, "Name");
  if (!/^[\w-]{1,256}$/.test(name)) throw invalid("Topic Name");
  const arn = `arn:aws:sns:${request.region}:${request.caller.account}:${name}`;
  const attributes = entriesOf(form, "Attributes.entry", "key", "value");
  if (!inbox.find(arn)) inbox.putTopic({ arn, attributes, subscriptions: [] });
  return element("TopicArn", escapeXml(arn));
}

function subscribe(inbox: Inbox, form: URLSearchParams): string {
  const topic = topicOf(inbox, form);
  const protocol = required(form, "Protocol");
  const endpoint = required(form, "Endpoint");
  const known = topic.subscriptions.find(
    one => one.protocol === protocol && one.endpoint === endpoint,
  );
  // Only what belongs to the account is confirmed at once; people and web hooks are asked first.
  const confirmed = ["sqs", "lambda"].includes(protocol);
  const arn = known?.arn ?? `${topic.arn}:${randomUUID()}`;
  if (!known) {
    const subscriptions = [...topic.subscriptions, { arn, protocol, endpoint, confirmed }];
    inbox.putTopic({ ...topic, subscriptions });
  }
  const isShown = confirmed || form.get("ReturnSubscriptionArn") === "true";
  return element("SubscriptionArn", isShown ? escapeXml(arn) : "pending confirmation");
}

function messageOf(inbox: Inbox, form: URLSearchParams, at: number): InboxMessage {
  const topic = topicOf(inbox, form, form.has("TargetArn") ? "TargetArn" : "TopicArn");
  const message = form.get("Message") ?? "";
  const subject = form.get("Subject") ?? undefined;
  const attributes = messageAttributes(form);
  if (message === "") throw invalid("Empty message");
  // Starts with a letter, number or punctuation mark; ASCII; no line breaks or control characters.
  if (subject !== undefined && !/^[!-~][ -~]{0,99}$/.test(subject)) throw invalid("Subject");
  const extra = Object.entries(attributes).map(([name, one]) => name + one.type + one.value);
  if (Buffer.byteLength(message + extra.join("")) > maxBytes) throw invalid("Message too long");
  const structure = structureOf(form, message);
  return {
    id: randomUUID(),
    topicArn: topic.arn,
    message,
    attributes,
    at,
    ...(subject !== undefined && { subject }),
    ...(structure && { structure }),
  };
}

function structureOf(form: URLSearchParams, message: string): "json" | undefined {
  const structure = form.get("MessageStructure");
  if (structure === null) return undefined;
  if (structure !== "json") throw invalid("MessageStructure");
  let parts: unknown;
  try {
    parts = JSON.parse(message);
  } catch {
    throw invalid("Message Structure - JSON message body failed to parse");
  }
  const text = (parts as { default?: unknown } | null)?.default;
  if (typeof text !== "string") {
    throw invalid("Message Structure - No default entry in JSON message body");
  }
  return "json";
}

function messageAttributes(form: URLSearchParams): Record<string, TopicAttribute> {
  const attributes: [string, TopicAttribute][] = [];
  for (let index = 1; form.has(`MessageAttributes.entry.${index}.Name`); index++) {
    const at = `MessageAttributes.entry.${index}`;
    const value = `${at}.Value`;
    const text = form.get(`${value}.StringValue`) ?? form.get(`${value}.BinaryValue`) ?? "";
    const type = required(form, `${value}.DataType`);
    attributes.push([form.get(`${at}.Name`) ?? "", { type, value: text }]);
  }
  return Object.fromEntries(attributes);
}

function entriesOf(form: URLSearchParams, prefix: string, name: string, value: string) {
  const entries: [string, string][] = [];
  for (let index = 1; form.has(`${prefix}.${index}.${name}`); index++) {
    const key = form.get(`${prefix}.${index}.${name}`) ?? "";
    entries.push([key, form.get(`${prefix}.${index}.${value}`) ?? ""]);
  }
  return Object.fromEntries(entries);
}

function attributeMap(attributes: Record<string, string>): string {
  const entries = Object.entries(attributes).map(([key, value]) =>
    element("entry", element("key", escapeXml(key)) + element("value", escapeXml(value))),
  );
  return element("Attributes", entries.join(""));
}

/** One page of a list: SNS gives a hundred at a time, and a token for the rest. */
function page<T>(
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

function topicOf(inbox: Inbox, form: URLSearchParams, field = "TopicArn"): Topic {
  const arn = required(form, field);
  const topic = inbox.find(arn);
  if (topic) return topic;
  if (!/^arn:[\w-]+:sns:[a-z0-9-]+:\d{12}:[\w-]+$/.test(arn)) throw invalid(field);
  throw new AwsError("NotFound", "Topic does not exist", 404);
}

function required(form: URLSearchParams, name: string): string {
  const value = form.get(name);
  if (!value) throw invalid(name);
  return value;
}

function invalid(what: string): AwsError {
  return new AwsError("InvalidParameter", `Invalid parameter: ${what}`);
}

// SNS on the wire: topics, subscriptions, and Publish with SNS's own rules for subjects and sizes.
// https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
import { randomUUID } from "node:crypto";
import type { Clock } from "../clock.ts";
import type { Inbox, InboxMessage, TopicAttribute } from "../inbox.ts";
import type { QueueStore } from "../queues/queue-store.ts";
import { deliver } from "../sns-delivery.ts";
import { element, escapeXml, queryService } from "../wire/query.ts";
import type { ServiceRequest } from "../wire/request.ts";
import type { Service } from "../wire/service.ts";
import { attributeMap, entriesOf, invalid, page, required, topicOf } from "./sns-input.ts";
import { subscriptionActions } from "./sns-subscriptions.ts";

const maxBytes = 256 * 1024;

/** SNS over an inbox. */
export function snsService(inbox: Inbox, queues: QueueStore, clock: Clock): Service {
  return queryService("http://sns.amazonaws.com/doc/2010-03-31/", {
    ...subscriptionActions(inbox),
    CreateTopic: (form, request) => createTopic(inbox, form, request),
    Publish(form) {
      const message = messageOf(inbox, form, clock.now());
      deliver(message, inbox, queues);
      return element("MessageId", message.id);
    },
    ListTopics(form, { region }) {
      const arns = inbox.topics().map(topic => topic.arn);
      const mine = arns.filter(arn => arn.split(":")[3] === region);
      return page("Topics", mine, form, arn => element("TopicArn", escapeXml(arn)));
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
  return {
    id: randomUUID(),
    topicArn: topic.arn,
    ...textsOf(form, message),
    attributes,
    at,
    ...(subject !== undefined && { subject }),
  };
}

/** The text of a message, or its texts for each protocol; what is no text is ignored. */
function textsOf(
  form: URLSearchParams,
  message: string,
): Pick<InboxMessage, "message" | "structure" | "forms"> {
  const structure = form.get("MessageStructure");
  if (structure === null) return { message };
  if (structure !== "json") throw invalid("MessageStructure");
  const { default: text, ...others } = jsonOf(message);
  if (typeof text !== "string") {
    throw invalid("Message Structure - No default entry in JSON message body");
  }
  const forms: Record<string, string> = {};
  for (const [protocol, own] of Object.entries(others)) {
    if (typeof own === "string") forms[protocol] = own;
  }
  return { message: text, structure, forms };
}

function jsonOf(message: string): Record<string, unknown> {
  try {
    return (JSON.parse(message) ?? {}) as Record<string, unknown>;
  } catch {
    throw invalid("Message Structure - JSON message body failed to parse");
  }
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

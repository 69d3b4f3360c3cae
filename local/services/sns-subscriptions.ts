// SNS's actions on subscriptions: subscribe, confirm, unsubscribe, filter. The token that SNS would
// mail to somebody is in the inbox instead (`inbox.tokenOf`).
import { randomBytes, randomUUID } from "node:crypto";
import type { Inbox, Topic } from "../inbox.ts";
import { checkFilterPolicy, type Subscription } from "../subscription.ts";
import { AwsError } from "../wire/aws-error.ts";
import { element, escapeXml, type QueryAction } from "../wire/query.ts";
import { attributeMap, entriesOf, invalid, page, required, topicOf } from "./sns-input.ts";

const pending = "PendingConfirmation";

/** What belongs to the account is confirmed at once; people and web hooks are asked first. */
const ownProtocols = ["sqs", "lambda"];

/** The actions on subscriptions, over an inbox. */
export function subscriptionActions(inbox: Inbox): Record<string, QueryAction> {
  return {
    Subscribe: form => subscribe(inbox, form),
    ConfirmSubscription(form) {
      const topic = topicOf(inbox, form);
      const token = required(form, "Token");
      const found = topic.subscriptions.find(one => one.token === token);
      if (!found) throw invalid("Token");
      replace(inbox, topic, { ...found, confirmed: true });
      return element("SubscriptionArn", escapeXml(found.arn));
    },
    Unsubscribe(form) {
      const { topic, subscription } = subscriptionOf(inbox, form);
      const subscriptions = topic.subscriptions.filter(one => one !== subscription);
      inbox.putTopic({ ...topic, subscriptions });
      return "";
    },
    GetSubscriptionAttributes(form, { caller }) {
      const { topic, subscription } = subscriptionOf(inbox, form);
      const { arn, protocol, endpoint, confirmed, attributes = {} } = subscription;
      const scope = attributes.FilterPolicy && { FilterPolicyScope: "MessageAttributes" };
      return attributeMap({
        RawMessageDelivery: "false",
        ...scope,
        ...attributes,
        SubscriptionArn: arn,
        TopicArn: topic.arn,
        Owner: caller.account,
        Protocol: protocol,
        Endpoint: endpoint,
        PendingConfirmation: String(!confirmed),
      });
    },
    SetSubscriptionAttributes(form) {
      const { topic, subscription } = subscriptionOf(inbox, form);
      const changed = { [required(form, "AttributeName")]: form.get("AttributeValue") ?? "" };
      const attributes = withAttributes(subscription, changed);
      replace(inbox, topic, { ...subscription, attributes });
      return "";
    },
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
  };
}

function subscribe(inbox: Inbox, form: URLSearchParams): string {
  const topic = topicOf(inbox, form);
  const protocol = required(form, "Protocol");
  const endpoint = required(form, "Endpoint");
  const confirmed = ownProtocols.includes(protocol);
  const fresh: Subscription = {
    arn: `${topic.arn}:${randomUUID()}`,
    protocol,
    endpoint,
    confirmed,
    ...(!confirmed && { token: randomBytes(32).toString("hex") }),
  };
  const given = withAttributes(fresh, entriesOf(form, "Attributes.entry", "key", "value"));
  const known = topic.subscriptions.find(
    one => one.protocol === protocol && one.endpoint === endpoint,
  );
  if (known && Object.keys(given).length > 0 && !isSame(known.attributes ?? {}, given)) {
    throw invalid("Attributes Reason: Subscription already exists with different attributes");
  }
  const one = known ?? (Object.keys(given).length > 0 ? { ...fresh, attributes: given } : fresh);
  if (!known) inbox.putTopic({ ...topic, subscriptions: [...topic.subscriptions, one] });
  const isShown = one.confirmed || form.get("ReturnSubscriptionArn") === "true";
  return element("SubscriptionArn", isShown ? escapeXml(one.arn) : "pending confirmation");
}

/** A subscription's attributes with some changed, each checked; an empty filter is none. */
function withAttributes(
  { protocol, attributes = {} }: Subscription,
  changed: Record<string, string>,
): Record<string, string> {
  const result = { ...attributes };
  for (const [name, value] of Object.entries(changed)) {
    checkAttribute(name, value, protocol);
    if (name === "FilterPolicy" && isEmptyPolicy(value)) delete result[name];
    else result[name] = value;
  }
  return result;
}

function checkAttribute(name: string, value: string, protocol: string): void {
  switch (name) {
    case "FilterPolicy":
      if (!isEmptyPolicy(value)) checkPolicy(value);
      return;
    case "FilterPolicyScope":
      if (value !== "MessageAttributes") {
        throw invalid(`FilterPolicyScope: the local account filters MessageAttributes only`);
      }
      return;
    case "RawMessageDelivery":
      if (!/^(true|false)$/.test(value) || (value === "true" && protocol === "email")) {
        throw invalid(`RawMessageDelivery: Invalid value [${value}] for ${protocol}`);
      }
      return;
    default:
      throw invalid(`AttributeName: the local account has no subscription attribute ${name}`);
  }
}

function checkPolicy(text: string): void {
  try {
    checkFilterPolicy(text);
  } catch (thrown) {
    throw invalid(`FilterPolicy: ${(thrown as Error).message}`);
  }
}

const isEmptyPolicy = (text: string): boolean => /^\s*(\{\s*\})?\s*$/.test(text);

function isSame(one: Record<string, string>, other: Record<string, string>): boolean {
  const names = Object.keys(one);
  return (
    names.length === Object.keys(other).length && names.every(name => one[name] === other[name])
  );
}

function replace(inbox: Inbox, topic: Topic, changed: Subscription): void {
  const subscriptions = topic.subscriptions.map(one => (one.arn === changed.arn ? changed : one));
  inbox.putTopic({ ...topic, subscriptions });
}

function subscriptionOf(inbox: Inbox, form: URLSearchParams) {
  const arn = required(form, "SubscriptionArn");
  for (const topic of inbox.topics()) {
    const subscription = topic.subscriptions.find(one => one.arn === arn);
    if (subscription) return { topic, subscription };
  }
  if (!/^arn:[\w-]+:sns:[a-z0-9-]+:\d{12}:[\w-]+:[\w-]+$/.test(arn)) {
    throw invalid("SubscriptionArn Reason: An ARN must have at least 6 elements");
  }
  throw new AwsError("NotFound", "Subscription does not exist", 404);
}

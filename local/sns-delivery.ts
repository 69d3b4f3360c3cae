// Where a published message goes: into the inbox, to the subscribed queues of the account, and as a
// mail into the inbox's mails. Web hooks, functions and phones get nothing.
// https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html
import type { Inbox, InboxMessage } from "./inbox.ts";
import type { MessageAttribute } from "./queues/message.ts";
import type { QueueStore } from "./queues/queue-store.ts";
import { type Subscription, textFor, wants } from "./subscription.ts";

/** Publishes a message to everybody who subscribed to its topic, confirmed and wants it. */
export function deliver(message: InboxMessage, inbox: Inbox, queues: QueueStore): void {
  inbox.deliver(message);
  for (const subscription of inbox.find(message.topicArn)?.subscriptions ?? []) {
    if (!subscription.confirmed || !wants(subscription, message)) continue;
    if (subscription.protocol === "sqs") sendToQueue(message, subscription, queues);
    else if (subscription.protocol === "email") {
      inbox.addMail({
        to: subscription.endpoint,
        topicArn: message.topicArn,
        subject: message.subject ?? "AWS Notification Message",
        text: textFor("email", message),
        at: message.at,
      });
    }
  }
}

function sendToQueue(message: InboxMessage, subscription: Subscription, queues: QueueStore): void {
  const { endpoint, attributes = {} } = subscription;
  // SNS drops what it cannot deliver, unless the subscription has a dead-letter queue.
  if (!queues.state.has(endpoint)) return;
  const sender = "sns.amazonaws.com";
  const isRaw = attributes.RawMessageDelivery === "true";
  if (!isRaw) queues.send(endpoint, JSON.stringify(envelope(message, subscription)), { sender });
  else {
    const text = textFor("sqs", message);
    queues.send(endpoint, text, { sender, attributes: queueAttributes(message) });
  }
}

/** The notification SNS wraps a message in; nobody can verify the signature. */
function envelope(message: InboxMessage, { arn }: Subscription) {
  const host = `https://sns.${message.topicArn.split(":")[3]}.amazonaws.com`;
  const attributes = Object.entries(message.attributes).map(([name, { type, value }]) => [
    name,
    { Type: type, Value: value },
  ]);
  return {
    Type: "Notification",
    MessageId: message.id,
    TopicArn: message.topicArn,
    ...(message.subject !== undefined && { Subject: message.subject }),
    Message: textFor("sqs", message),
    Timestamp: new Date(message.at).toISOString(),
    SignatureVersion: "1",
    Signature: Buffer.from("not a signature").toString("base64"),
    SigningCertURL: `${host}/SimpleNotificationService-local.pem`,
    UnsubscribeURL: `${host}/?Action=Unsubscribe&SubscriptionArn=${arn}`,
    ...(attributes.length > 0 && { MessageAttributes: Object.fromEntries(attributes) }),
  };
}

function queueAttributes({ attributes }: InboxMessage): Record<string, MessageAttribute> {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, { type, value }]) => [
      name,
      { DataType: type, [type.startsWith("Binary") ? "BinaryValue" : "StringValue"]: value },
    ]),
  );
}

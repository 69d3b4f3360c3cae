// One message of a queue, as it is stored and as a Lambda event source mapping hands it over.
// It does not decide when a message is visible.
import { createHash } from "node:crypto";
import type { SQSRecord } from "aws-lambda";

/** A message attribute, in SQS's own field names. */
export interface MessageAttribute {
  DataType: string;
  StringValue?: string;
  /** Base64. */
  BinaryValue?: string;
}

/** A stored message; times are the account's milliseconds. */
export interface Message {
  id: string;
  body: string;
  attributes: Record<string, MessageAttribute>;
  sender: string;
  sentAt: number;
  visibleAt: number;
  receives: number;
  firstReceivedAt?: number;
  /** Of the last receive; an older one no longer deletes. */
  receipt?: string;
  deadLetterSource?: string;
}

/** The MD5 that SQS clients check a body against. */
export function md5(text: string): string {
  return createHash("md5").update(text).digest("hex");
}

/**
 * The MD5 of message attributes, by SQS's own recipe.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
 */
export function md5OfAttributes(attributes: Message["attributes"]): string | undefined {
  const names = Object.keys(attributes).sort();
  if (names.length === 0) return undefined;
  const hash = createHash("md5");
  const add = (bytes: Buffer) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    hash.update(length).update(bytes);
  };
  for (const name of names) {
    const attribute = attributes[name] as MessageAttribute;
    add(Buffer.from(name));
    add(Buffer.from(attribute.DataType));
    const isBinary = attribute.BinaryValue !== undefined;
    hash.update(Buffer.of(isBinary ? 2 : 1));
    add(
      Buffer.from(
        attribute.BinaryValue ?? attribute.StringValue ?? "",
        isBinary ? "base64" : "utf8",
      ),
    );
  }
  return hash.digest("hex");
}

/** The system attributes of a received message, as SQS names them. */
export function systemAttributes(message: Message): Record<string, string> {
  return {
    SenderId: message.sender,
    SentTimestamp: String(Math.trunc(message.sentAt)),
    ApproximateReceiveCount: String(message.receives),
    ApproximateFirstReceiveTimestamp: String(Math.trunc(message.firstReceivedAt ?? message.sentAt)),
    ...(message.deadLetterSource && { DeadLetterQueueSourceArn: message.deadLetterSource }),
  };
}

/** Turns a received message into the record a function sees in its SQS event. */
export function lambdaRecord(message: Message, queueArn: string): SQSRecord {
  const attributes = Object.entries(message.attributes).map(([name, attribute]) => [
    name,
    {
      ...(attribute.StringValue !== undefined && { stringValue: attribute.StringValue }),
      ...(attribute.BinaryValue !== undefined && { binaryValue: attribute.BinaryValue }),
      stringListValues: [],
      binaryListValues: [],
      dataType: attribute.DataType,
    },
  ]);
  return {
    messageId: message.id,
    receiptHandle: message.receipt ?? "",
    body: message.body,
    attributes: systemAttributes(message) as unknown as SQSRecord["attributes"],
    messageAttributes: Object.fromEntries(attributes),
    md5OfBody: md5(message.body),
    eventSource: "aws:sqs",
    eventSourceARN: queueArn,
    awsRegion: queueArn.split(":")[3] ?? "",
  };
}

// A record of SQS as the message a batch works on.
import type { SQSRecord } from "aws-lambda";
import { ATTEMPT } from "./retry-queue.ts";

/** Reads a record: its id, its body, and how often it was looked at already. */
export function messageOf({ messageId: id, body, messageAttributes }: SQSRecord) {
  const attempt = Number(messageAttributes[ATTEMPT]?.stringValue ?? 0);
  return { id, body, attempt: Number.isInteger(attempt) ? attempt : 0 };
}

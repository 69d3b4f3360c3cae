// Events as the queue hands them to the function: one batch.
import { randomUUID } from "node:crypto";
import type { SQSEvent } from "aws-lambda";
import { lambdaRecord } from "../../local/queues/message.ts";

const QUEUE = "arn:aws:sqs:ap-southeast-1:111122223333:portward-remediate";

/** A batch of messages with these bodies, each delivered for the first time. */
export function batchOf(bodies: readonly string[]): SQSEvent {
  const now = Date.now();
  const Records = bodies.map(body =>
    lambdaRecord(
      {
        ...{ id: randomUUID(), body, attributes: {}, sender: "events" },
        ...{ sentAt: now, visibleAt: now, receives: 1 },
      },
      QUEUE,
    ),
  );
  return { Records };
}

// How many messages a queue holds, as SQS estimates it: for people who look whether anything is stuck.
import { GetQueueAttributesCommand, type SQSClient } from "@aws-sdk/client-sqs";

/** Counts the messages that could be received now, are being worked on, and are not due yet. */
export async function queueDepth(sqs: SQSClient, queueUrl: string): Promise<number> {
  const { Attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({
      QueueUrl: queueUrl,
      AttributeNames: [
        "ApproximateNumberOfMessages",
        "ApproximateNumberOfMessagesNotVisible",
        "ApproximateNumberOfMessagesDelayed",
      ],
    }),
  );
  return Object.values(Attributes).reduce((sum, count) => sum + Number(count), 0);
}

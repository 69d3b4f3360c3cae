// Where a message goes that cannot be finished now: back on its queue with a delay, or to the
// dead-letter queue with its reason. A requeued message is a new one, so the delay of a throttled
// or lagging account does not count towards the dead-letter queue.
import { SendMessageCommand, type SQSClient } from "@aws-sdk/client-sqs";
import { plainText } from "../../matrix/plain-text.ts";
import type { Config } from "../wiring/config.ts";
import { queueDepth } from "./queue-depth.ts";

export type RetryQueue = ReturnType<typeof retryQueue>;

/** The attribute that counts how often a message has been looked at again. */
export const ATTEMPT = "portward-attempt";

/** The queues of one deployment. */
export function retryQueue(
  sqs: SQSClient,
  config: Pick<Config, "retryQueueUrl" | "deadLetterQueueUrl">,
) {
  return {
    /** Puts a message back, to be delivered after the delay. */
    async again(body: string, attempt: number, delaySeconds: number): Promise<void> {
      await sqs.send(
        new SendMessageCommand({
          QueueUrl: config.retryQueueUrl,
          MessageBody: body,
          DelaySeconds: delaySeconds,
          MessageAttributes: { [ATTEMPT]: { DataType: "Number", StringValue: String(attempt) } },
        }),
      );
    },

    /** Counts what is on the queue and what died, as SQS estimates it. */
    async depths(): Promise<{ queued: number; deadLetters: number }> {
      const [queued, deadLetters] = await Promise.all(
        [config.retryQueueUrl, config.deadLetterQueueUrl].map(url => queueDepth(sqs, url)),
      );
      return { queued: queued ?? 0, deadLetters: deadLetters ?? 0 };
    },

    /** Sends a message that can never be worked on to the dead-letter queue, saying why. */
    async reject(body: string, messageId: string, reason: string): Promise<void> {
      await sqs.send(
        new SendMessageCommand({
          QueueUrl: config.deadLetterQueueUrl,
          MessageBody: body,
          MessageAttributes: {
            reason: { DataType: "String", StringValue: plainText(reason, 256) || "no reason" },
            messageId: { DataType: "String", StringValue: messageId || "unknown" },
          },
        }),
      );
    },
  };
}

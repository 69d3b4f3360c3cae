// Queues as all of them are made: encrypted, over TLS only, their dead letters kept as long as SQS keeps
// anything, and open to named senders of this account instead of to whole services.
import { type Sender, sendingPolicy } from "./sending.ts";
import { camel, type Site } from "./site.ts";

const FOURTEEN_DAYS = 14 * 24 * 3_600;

/** How a queue hands out its messages. */
export interface Delivery {
  /** How long a function may run that consumes it. */
  readonly seconds: number;
  /** How often a message is handed out before it is a dead letter. */
  readonly receives: number;
  readonly deadLetters: sst.aws.Queue;
  /** For how long a message waits before it is handed out at all. */
  readonly delay?: number;
}

/** Makes a queue, and its policy. */
export function makeQueue(
  site: Site,
  thing: string,
  { delivery, senders }: { delivery?: Delivery; senders: readonly Sender[] },
): sst.aws.Queue {
  const queue = new sst.aws.Queue(`${camel(thing)}Queue`, {
    ...(delivery && {
      // https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
      visibilityTimeout: `${6 * delivery.seconds} seconds`,
      dlq: { queue: delivery.deadLetters.arn, retry: delivery.receives },
      ...(delivery.delay && { delay: `${delivery.delay} seconds` }),
    }),
    transform: {
      queue: {
        name: site.name(thing),
        sqsManagedSseEnabled: true,
        messageRetentionSeconds: FOURTEEN_DAYS,
      },
    },
  });
  const arn = site.arn("sqs", site.name(thing));
  new aws.sqs.QueuePolicy(`${camel(thing)}QueuePolicy`, {
    queueUrl: queue.url,
    policy: sendingPolicy("sqs", arn, senders),
  });
  return queue;
}

/** Hands a queue's messages to a function; those that failed come back one by one. */
export function consume(
  consumer: sst.aws.Function,
  thing: string,
  queue: sst.aws.Queue,
  batch: { size: number; seconds: number; atOnce: number },
): void {
  new aws.lambda.EventSourceMapping(`${camel(thing)}Consumer`, {
    eventSourceArn: queue.arn,
    functionName: consumer.name,
    batchSize: batch.size,
    maximumBatchingWindowInSeconds: batch.seconds,
    functionResponseTypes: ["ReportBatchItemFailures"],
    scalingConfig: { maximumConcurrency: batch.atOnce },
  });
}

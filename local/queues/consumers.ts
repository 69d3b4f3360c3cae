// Lambda's event source mapping in process: hands batches of a queue to a handler and honours its
// answer. Nothing is polled; what a failed batch leaves behind waits for its visibility timeout.
import type { Context, SQSBatchResponse, SQSEvent } from "aws-lambda";
import { lambdaContext } from "../lambda-context.ts";
import type { AccountScope } from "../scope.ts";
import { lambdaRecord, type Message } from "./message.ts";
import type { QueueStore } from "./queue-store.ts";

/** A function that takes a queue's messages. */
export interface Consumer {
  handler: (
    event: SQSEvent,
    context: Context,
  ) => Promise<SQSBatchResponse | undefined> | Promise<void>;
  /** At most so many messages at once; 10 by default. */
  batchSize?: number;
  /** At most so many batches at once; 5 by default. */
  concurrency?: number;
  functionName?: string;
  /** What `context.getRemainingTimeInMillis` counts down from, in real time; 60 s by default. */
  timeoutMs?: number;
}

/** A batch, or a part of it, that was not done: it comes again. */
export interface BatchFailure {
  queue: string;
  messageIds: string[];
  /** What the handler threw; absent when it named these messages itself. */
  error?: unknown;
}

interface Running {
  arn: string;
  active: number;
  woken: boolean;
  stopped: boolean;
  pump: () => void;
}

/** The functions that consume the account's queues. */
export type Consumers = ReturnType<typeof createConsumers>;

/** Makes the list of consumers, none at first. */
export function createConsumers(store: QueueStore, scope: AccountScope) {
  const consumers = new Set<Running>();
  const failures: BatchFailure[] = [];
  let waiting: (() => void)[] = [];

  function isIdle(): boolean {
    return [...consumers].every(one => one.active === 0 && !isDue(one));
  }

  function isDue(one: Running): boolean {
    return !one.stopped && store.hasVisible(one.arn);
  }

  function settle(): void {
    if (waiting.length === 0 || !isIdle()) return;
    const resolved = waiting;
    waiting = [];
    for (const resolve of resolved) resolve();
  }

  function idle(): Promise<void> {
    return new Promise(resolve => {
      waiting.push(resolve);
      settle();
    });
  }

  async function run(one: Running, consumer: Consumer, batch: Message[]): Promise<void> {
    const queue = one.arn.split(":").at(-1) ?? "";
    const Records = batch.map(message => lambdaRecord(message, one.arn));
    const { functionName = "portward-remediate", timeoutMs } = consumer;
    const context = lambdaContext(functionName, scope, timeoutMs);
    const failure = await callHandler(consumer, { Records }, context);
    if (failure.messageIds.length > 0) failures.push({ queue, ...failure });
    if (!store.state.has(one.arn)) return;
    for (const message of batch) {
      if (!failure.messageIds.includes(message.id)) store.remove(one.arn, message.receipt ?? "");
    }
  }

  return {
    isIdle,
    /** Hands the queue's messages to a handler from now on, until stopped. */
    consume(queue: string, consumer: Consumer): { stop(): Promise<void> } {
      const { arn } = store.find(queue).record;
      const one: Running = { arn, active: 0, woken: false, stopped: false, pump };
      function pump(): void {
        one.woken = false;
        while (isDue(one) && one.active < (consumer.concurrency ?? 5)) {
          const batch = store.receive(arn, consumer.batchSize ?? 10);
          if (batch.length === 0) break;
          one.active += 1;
          void run(one, consumer, batch).finally(() => {
            one.active -= 1;
            pump();
          });
        }
        settle();
      }
      // Not at once: what one call puts on the queue together is one batch.
      const wake = () => {
        if (!one.woken) setImmediate(pump);
        one.woken = true;
      };
      const unlisten = store.listen(arn, wake);
      consumers.add(one);
      wake();
      return {
        async stop() {
          one.stopped = true;
          unlisten();
          if (one.active > 0) await new Promise<void>(resolve => waiting.push(resolve));
          consumers.delete(one);
        },
      };
    },
    /** Resolves when no handler runs and no consumed queue has a visible message. */
    idle,
    /** The batches that failed so far, oldest first. */
    failures: (): readonly BatchFailure[] => failures,
    /** Starts no more handlers, and waits for those that run. */
    async stop(): Promise<void> {
      for (const one of consumers) one.stopped = true;
      await idle();
      consumers.clear();
    },
  };
}

/** Calls a handler and says which messages of the batch failed. */
async function callHandler(
  consumer: Consumer,
  event: SQSEvent,
  context: Context,
): Promise<Omit<BatchFailure, "queue">> {
  const all = event.Records.map(record => record.messageId);
  try {
    const answer = (await consumer.handler(event, context)) ?? undefined;
    const items = answer?.batchItemFailures ?? [];
    const messageIds = items.map(item => item.itemIdentifier);
    // https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html : an empty or
    // unknown identifier fails the whole batch.
    const unknown = messageIds.find(id => !all.includes(id));
    if (unknown === undefined) return { messageIds };
    return { messageIds: all, error: new Error(`no message ${unknown} is in the batch`) };
  } catch (error) {
    return { messageIds: all, error };
  }
}

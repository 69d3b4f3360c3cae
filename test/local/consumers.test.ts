import type { SQSBatchResponse, SQSEvent } from "aws-lambda";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Account, startAccount } from "../../local/account.ts";

let account: Account;
let count = 0;
beforeAll(async () => {
  account = await startAccount();
});
afterAll(() => account.stop());

function newQueue(attributes: Record<string, string> = {}): string {
  return account.queues.create(`queue-${++count}`, attributes).name;
}

/** A handler that remembers the bodies of each batch it was given. */
function recorder(answer: (event: SQSEvent) => SQSBatchResponse | undefined = () => undefined) {
  const batches: string[][] = [];
  const handler = async (event: SQSEvent) => {
    batches.push(event.Records.map(record => record.body));
    return answer(event);
  };
  return { batches, handler };
}

describe("a function that consumes a queue", () => {
  it("gets an event of Lambda's shape", async () => {
    const queue = newQueue();
    const events: SQSEvent[] = [];
    account.queues.consume(queue, {
      handler: async (event, context) => {
        events.push(event);
        expect(context.getRemainingTimeInMillis()).toBeGreaterThan(0);
        expect(context.functionName).toBe("portward-remediate");
      },
    });
    const attributes = { reason: { DataType: "String", StringValue: "test" } };
    const { id } = account.queues.send(queue, "hello", { attributes });
    await account.queues.idle();
    expect(events[0]?.Records).toEqual([
      {
        messageId: id,
        receiptHandle: expect.stringMatching(/./),
        body: "hello",
        attributes: {
          ApproximateReceiveCount: "1",
          SentTimestamp: expect.stringMatching(/^\d{13}$/),
          SenderId: "111122223333",
          ApproximateFirstReceiveTimestamp: expect.stringMatching(/^\d{13}$/),
        },
        messageAttributes: {
          reason: {
            stringValue: "test",
            stringListValues: [],
            binaryListValues: [],
            dataType: "String",
          },
        },
        md5OfBody: "5d41402abc4b2a76b9719d911017c592",
        eventSource: "aws:sqs",
        eventSourceARN: `arn:aws:sqs:ap-southeast-1:111122223333:${queue}`,
        awsRegion: "ap-southeast-1",
      },
    ]);
    expect(account.queues.messages(queue)).toEqual([]);
  });

  it("gets what one caller sends together as one batch, up to the batch size", async () => {
    const queue = newQueue();
    const { batches, handler } = recorder();
    account.queues.consume(queue, { handler, batchSize: 3, concurrency: 1 });
    for (const body of ["a", "b", "c", "d", "e"]) account.queues.send(queue, body);
    await account.queues.idle();
    expect(batches).toEqual([
      ["a", "b", "c"],
      ["d", "e"],
    ]);
  });

  it("gets messages that were there before it", async () => {
    const queue = newQueue();
    account.queues.send(queue, "early");
    const { batches, handler } = recorder();
    account.queues.consume(queue, { handler });
    await account.queues.idle();
    expect(batches).toEqual([["early"]]);
  });

  it("runs in so many places at once and no more", async () => {
    const queue = newQueue();
    let running = 0;
    let most = 0;
    account.queues.consume(queue, {
      batchSize: 1,
      concurrency: 3,
      handler: async () => {
        most = Math.max(most, ++running);
        await new Promise(resolve => setTimeout(resolve, 5));
        running -= 1;
      },
    });
    for (let index = 0; index < 9; index++) account.queues.send(queue, String(index));
    await account.queues.idle();
    expect([most, running]).toEqual([3, 0]);
  });

  it("gets again only what it named as failed, after the visibility timeout", async () => {
    const queue = newQueue({ VisibilityTimeout: "10" });
    const { batches, handler } = recorder(event => ({
      batchItemFailures: event.Records.filter(
        record => record.body === "bad" && record.attributes.ApproximateReceiveCount === "1",
      ).map(record => ({ itemIdentifier: record.messageId })),
    }));
    account.queues.consume(queue, { handler });
    for (const body of ["good", "bad"]) account.queues.send(queue, body);
    await account.queues.idle();
    expect(batches).toEqual([["good", "bad"]]);
    account.clock.advance(10_000);
    await account.queues.idle();
    expect(batches).toEqual([["good", "bad"], ["bad"]]);
    expect(account.queues.messages(queue)).toEqual([]);
  });

  it.each<[string, () => unknown]>([
    [
      "throws",
      () => {
        throw new Error("broken");
      },
    ],
    ["names a message that is not in the batch", () => answerNaming("nobody")],
    ["names no message", () => answerNaming("")],
    ["answers nonsense", () => ({ batchItemFailures: 7 })],
  ])("gets the whole batch again when it %s", async (_title, answer) => {
    const queue = newQueue({ VisibilityTimeout: "10" });
    let calls = 0;
    const handler = async () => {
      calls += 1;
      return (calls === 1 ? answer() : undefined) as SQSBatchResponse | undefined;
    };
    account.queues.consume(queue, { handler });
    for (const body of ["a", "b"]) account.queues.send(queue, body);
    await account.queues.idle();
    expect(account.queues.count(queue)).toEqual({ visible: 0, inFlight: 2, delayed: 0 });
    const failure = account.queues.failures().at(-1);
    expect(failure).toMatchObject({ queue, error: expect.any(Error) });
    expect(failure?.messageIds).toHaveLength(2);
    account.clock.advance(10_000);
    await account.queues.idle();
    expect([calls, account.queues.messages(queue).length]).toEqual([2, 0]);
  });

  it("loses a poisonous message to the dead-letter queue, and nothing else", async () => {
    const dead = newQueue();
    const policy = { deadLetterTargetArn: account.queues.arnOf(dead), maxReceiveCount: 3 };
    const queue = newQueue({ VisibilityTimeout: "10", RedrivePolicy: JSON.stringify(policy) });
    const { batches, handler } = recorder(event => ({
      batchItemFailures: event.Records.filter(record => record.body === "poison").map(record => ({
        itemIdentifier: record.messageId,
      })),
    }));
    account.queues.consume(queue, { handler });
    for (const body of ["poison", "food"]) account.queues.send(queue, body);
    for (let round = 0; round < 5; round++) {
      await account.queues.idle();
      account.clock.advance(10_000);
    }
    expect(batches).toEqual([["poison", "food"], ["poison"], ["poison"]]);
    expect(account.queues.messages(dead)).toMatchObject([{ body: "poison", receives: 3 }]);
  });

  it("is idle while messages wait for a later time", async () => {
    const queue = newQueue();
    const { batches, handler } = recorder();
    account.queues.consume(queue, { handler });
    account.queues.send(queue, "later", { delayMs: 60_000 });
    await account.queues.idle();
    expect(batches).toEqual([]);
    account.clock.advance(60_000);
    await account.queues.idle();
    expect(batches).toEqual([["later"]]);
  });

  it("gets nothing more once it is stopped", async () => {
    const queue = newQueue();
    const { batches, handler } = recorder();
    const consumer = account.queues.consume(queue, { handler });
    account.queues.send(queue, "first");
    await account.queues.idle();
    await consumer.stop();
    account.queues.send(queue, "second");
    await account.queues.idle();
    expect(batches).toEqual([["first"]]);
    expect(account.queues.count(queue).visible).toBe(1);
  });
});

function answerNaming(itemIdentifier: string): SQSBatchResponse {
  return { batchItemFailures: [{ itemIdentifier }] };
}

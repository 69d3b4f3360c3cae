import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Account, startAccount } from "../../local/account.ts";
import { clientConfig, errorName } from "./client-config.ts";

let account: Account;
let sqs: SQSClient;
let count = 0;
beforeAll(async () => {
  account = await startAccount();
  sqs = new SQSClient(clientConfig(account));
});
afterAll(() => account.stop());

async function newQueue(Attributes: Record<string, string> = {}): Promise<string> {
  const QueueName = `queue-${++count}`;
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName, Attributes }));
  return QueueUrl ?? "";
}

async function receive(QueueUrl: string, more: object = {}) {
  const command = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, ...more });
  return (await sqs.send(command)).Messages ?? [];
}

async function counts(QueueUrl: string): Promise<(string | undefined)[]> {
  const AttributeNames = ["All" as const];
  const answer = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames }));
  return ["", "NotVisible", "Delayed"].map(
    end => answer.Attributes?.[`ApproximateNumberOfMessages${end}` as "All"],
  );
}

const send = (QueueUrl: string, MessageBody: string, more: object = {}) =>
  sqs.send(new SendMessageCommand({ QueueUrl, MessageBody, ...more }));

describe("a queue", () => {
  it("is found by name, and has a URL at the account's endpoint", async () => {
    const url = await newQueue();
    const name = url.split("/").at(-1) ?? "";
    expect(url).toBe(`${account.url}/111122223333/${name}`);
    const found = await sqs.send(new GetQueueUrlCommand({ QueueName: name }));
    expect(found.QueueUrl).toBe(url);
    const AttributeNames = ["QueueArn" as const];
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames }),
    );
    expect(Attributes).toEqual({ QueueArn: account.queues.arnOf(name) });
  });

  it("is created twice with the same attributes, and refused with others", async () => {
    const QueueName = (await newQueue({ VisibilityTimeout: "7" })).split("/").at(-1) ?? "";
    const again = (VisibilityTimeout: string) =>
      errorName(sqs.send(new CreateQueueCommand({ QueueName, Attributes: { VisibilityTimeout } })));
    expect(await again("7")).toBe("none");
    expect(await again("8")).toBe("QueueNameExists");
  });

  it("gives what was sent, with attributes and the checksums clients verify", async () => {
    const url = await newQueue();
    const MessageAttributes = {
      a: { DataType: "String", StringValue: "v" },
      b: { DataType: "Binary", BinaryValue: Buffer.from("xy") },
    };
    const sent = await send(url, "放行 & <b>", { MessageAttributes });
    // Computed apart from this code, by SQS's recipe.
    expect(sent.MD5OfMessageAttributes).toBe("efe6f6e4cf10141a5a5afea32ae10191");
    const [message] = await receive(url, {
      MessageAttributeNames: ["All"],
      MessageSystemAttributeNames: ["ApproximateReceiveCount", "SenderId"],
    });
    expect(message).toMatchObject({
      MessageId: sent.MessageId,
      Body: "放行 & <b>",
      Attributes: { ApproximateReceiveCount: "1", SenderId: "AIDAEXAMPLETESTER" },
      MessageAttributes: { a: { StringValue: "v" } },
    });
    const binary = message?.MessageAttributes?.b?.BinaryValue ?? new Uint8Array();
    expect(Buffer.from(binary).toString()).toBe("xy");
  });

  it("hides a received message until its visibility timeout ends", async () => {
    const url = await newQueue({ VisibilityTimeout: "20" });
    await send(url, "once");
    expect(await receive(url)).toHaveLength(1);
    expect(await counts(url)).toEqual(["0", "1", "0"]);
    account.clock.advance(19_000);
    expect(await receive(url)).toHaveLength(0);
    account.clock.advance(1_000);
    const [again] = await receive(url, { MessageSystemAttributeNames: ["All"] });
    expect(again?.Attributes?.ApproximateReceiveCount).toBe("2");
  });

  it("holds a delayed message back", async () => {
    const url = await newQueue();
    await send(url, "later", { DelaySeconds: 60 });
    expect(await counts(url)).toEqual(["0", "0", "1"]);
    expect(await receive(url)).toHaveLength(0);
    account.clock.advance(60_000);
    expect((await receive(url)).map(message => message.Body)).toEqual(["later"]);
  });

  it("forgets a deleted message for good, by its last receipt only", async () => {
    const url = await newQueue({ VisibilityTimeout: "5" });
    await send(url, "x");
    const [first] = await receive(url);
    account.clock.advance(5_000);
    const [second] = await receive(url);
    const remove = (ReceiptHandle = "") =>
      sqs.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle }));
    await remove(first?.ReceiptHandle);
    expect(await counts(url)).toEqual(["0", "1", "0"]);
    await remove(second?.ReceiptHandle);
    account.clock.advance(5_000);
    expect(await counts(url)).toEqual(["0", "0", "0"]);
  });

  it("gives a message back at once when its visibility is set to 0", async () => {
    const url = await newQueue();
    await send(url, "again");
    const [message] = await receive(url);
    const ReceiptHandle = message?.ReceiptHandle ?? "";
    const hide = (VisibilityTimeout: number) =>
      sqs.send(
        new ChangeMessageVisibilityCommand({ QueueUrl: url, ReceiptHandle, VisibilityTimeout }),
      );
    await hide(0);
    expect(await errorName(hide(10))).toBe("MessageNotInflight");
    expect(await receive(url)).toHaveLength(1);
  });

  it("waits for a message when asked to", async () => {
    const url = await newQueue();
    const waiting = receive(url, { WaitTimeSeconds: 20 });
    await send(url, "at last");
    expect((await waiting).map(message => message.Body)).toEqual(["at last"]);
  });

  it("ends waiting when the wait is over", async () => {
    const url = await newQueue();
    const waiting = receive(url, { WaitTimeSeconds: 20 });
    await sqs.send(new GetQueueUrlCommand({ QueueName: url.split("/").at(-1) ?? "" }));
    account.clock.advance(20_000);
    expect(await waiting).toEqual([]);
  });

  it("moves a message that was received too often to its dead-letter queue", async () => {
    const deadUrl = await newQueue();
    const deadLetterTargetArn = account.queues.arnOf(deadUrl.split("/").at(-1) ?? "");
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 2 });
    const url = await newQueue({ VisibilityTimeout: "1", RedrivePolicy });
    const { MessageId } = await send(url, "poison");
    for (const _receive of [1, 2]) {
      expect(await receive(url)).toHaveLength(1);
      account.clock.advance(1_000);
    }
    expect(await receive(url)).toHaveLength(0);
    const [dead] = await receive(deadUrl);
    expect(dead).toMatchObject({ MessageId, Body: "poison" });
  });

  it("drops messages after its retention period", async () => {
    const url = await newQueue({ MessageRetentionPeriod: "60" });
    await send(url, "old");
    account.clock.advance(60_000);
    expect(await counts(url)).toEqual(["0", "0", "0"]);
  });

  it("is emptied by a purge", async () => {
    const url = await newQueue();
    await send(url, "x");
    await sqs.send(new PurgeQueueCommand({ QueueUrl: url }));
    expect(await receive(url)).toHaveLength(0);
  });
});

describe("a batch", () => {
  it("says of each entry what became of it", async () => {
    const url = await newQueue();
    const { Successful, Failed } = await sqs.send(
      new SendMessageBatchCommand({
        QueueUrl: url,
        Entries: [
          { Id: "good", MessageBody: "a" },
          { Id: "bad", MessageBody: "\u0001" },
          { Id: "late", MessageBody: "b", DelaySeconds: 30 },
        ],
      }),
    );
    expect(Successful?.map(entry => entry.Id)).toEqual(["good", "late"]);
    expect(Failed).toMatchObject([
      { Id: "bad", Code: "InvalidMessageContents", SenderFault: true },
    ]);
    expect(await counts(url)).toEqual(["1", "0", "1"]);
    const Entries = (await receive(url)).map(message => ({
      Id: "one",
      ReceiptHandle: message.ReceiptHandle ?? "",
    }));
    await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: url, Entries }));
    expect(await counts(url)).toEqual(["0", "0", "1"]);
  });
});

describe("SQS refuses", () => {
  const batch = (ids: string[]) => (QueueUrl: string) => {
    const Entries = ids.map(Id => ({ Id, MessageBody: "x" }));
    return sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
  };
  const set = (name: string, value: string) => (QueueUrl: string) =>
    sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { [name]: value } }));
  const nowhere = JSON.stringify({ deadLetterTargetArn: "arn:aws:sqs:r:a:no", maxReceiveCount: 1 });

  it.each<[string, string, (url: string) => Promise<unknown>]>([
    ["an unknown queue", "QueueDoesNotExist", url => send(`${url}-no`, "x")],
    ["an empty body", "MissingParameter", url => send(url, "")],
    ["a control character", "InvalidMessageContents", url => send(url, "a\u0000b")],
    ["a body above 1 MiB", "InvalidParameterValue", url => send(url, "x".repeat(1_048_577))],
    [
      "a delay above 15 minutes",
      "InvalidParameterValue",
      url => send(url, "x", { DelaySeconds: 901 }),
    ],
    [
      "eleven messages at once",
      "InvalidParameterValue",
      url => receive(url, { MaxNumberOfMessages: 11 }),
    ],
    ["a batch of nothing", "EmptyBatchRequest", batch([])],
    ["a batch of eleven", "TooManyEntriesInBatchRequest", batch([..."abcdefghijk"])],
    ["a batch with an id twice", "BatchEntryIdsNotDistinct", batch(["a", "a"])],
    ["a batch with an odd id", "InvalidBatchEntryId", batch(["a b"])],
    ["an unknown attribute", "InvalidAttributeName", set("Nonsense", "1")],
    ["a timeout above 12 hours", "InvalidAttributeValue", set("VisibilityTimeout", "43201")],
    [
      "a dead-letter queue that is not there",
      "InvalidAttributeValue",
      set("RedrivePolicy", nowhere),
    ],
  ])("%s: %s", async (_title, code, call) => {
    expect(await errorName(call(await newQueue()))).toBe(code);
  });
});

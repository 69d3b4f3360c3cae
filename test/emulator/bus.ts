// The way of an event in the emulator, from the bus to the function and to the dead letters: what a
// test does to it by hand. The emulator lets nobody send as `aws.*`, as AWS does, so the deployed rule
// hears nothing there: one with the same pattern and another source stands beside it.
import { groupEventPattern } from "../../functions/wiring/triggers.ts";
import type { App } from "./app.ts";
import { ask, json } from "./wire.ts";

const SOURCE = "portward.rig";

interface Message {
  readonly MessageId: string;
  readonly Body: string;
  readonly ReceiptHandle: string;
}

export interface Bus {
  /** Puts records of CloudTrail on the default bus, as its events. */
  put(details: readonly object[]): Promise<void>;
  /** Stops, or lets go on, that the function is handed the queue's messages. */
  setConsuming(isOn: boolean): Promise<void>;
  /** What the last batch came to, in the emulator's words. */
  lastBatch(): Promise<string>;
  /** How many messages are on the queue, those in flight included. */
  queued(): Promise<number>;
  deadLetters(): Promise<Message[]>;
  /** Puts the dead letters back on their queue: the emulator has no call that moves them. */
  redrive(): Promise<void>;
}

/** Puts the rule beside the deployed one, and makes the queue hand a message out again soon. */
export async function listenBeside({ emulator, graph, aws }: App): Promise<Bus> {
  const { retryQueueUrl, deadLetterQueueUrl } = aws.config;
  const { url } = emulator;
  const sqs = (action: string, input: object) => json(url, "sqs", `AmazonSQS.${action}`, input);
  const events = (action: string, input: object) =>
    json(url, "events", `AWSEvents.${action}`, input);
  const inputsOf = (name: string) => graph.resources.find(one => one.name === name)?.inputs ?? {};

  const EventPattern = JSON.stringify(groupEventPattern(SOURCE));
  await events("PutRule", { Name: "beside", EventPattern });
  const { arn } = inputsOf("GroupEventsTarget");
  await events("PutTargets", { Rule: "beside", Targets: [{ Id: "queue", Arn: arn }] });
  const Attributes = { VisibilityTimeout: "3" };
  await sqs("SetQueueAttributes", { QueueUrl: retryQueueUrl, Attributes });

  const mappings = "/2015-03-31/event-source-mappings";
  const listed = await ask(url, "lambda", { method: "GET", path: `${mappings}/` });
  const all = JSON.parse(listed).EventSourceMappings as { UUID: string; EventSourceArn: string }[];
  const mapping = `${mappings}/${all.find(one => one.EventSourceArn === arn)?.UUID}`;
  const stateOf = async () =>
    JSON.parse(await ask(url, "lambda", { method: "GET", path: mapping }));
  const depth = async (QueueUrl: string) => {
    const AttributeNames = ["All"];
    const answer = await sqs("GetQueueAttributes", { QueueUrl, AttributeNames });
    const counts = answer.Attributes as Record<string, string>;
    return (
      Number(counts.ApproximateNumberOfMessages) +
      Number(counts.ApproximateNumberOfMessagesNotVisible)
    );
  };
  const deadLetters = async () => {
    const input = { QueueUrl: deadLetterQueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 0 };
    return ((await sqs("ReceiveMessage", input)).Messages ?? []) as Message[];
  };
  return {
    async put(details) {
      const Entries = details.map(detail => ({
        ...{ Source: SOURCE, DetailType: "AWS API Call via CloudTrail" },
        Detail: JSON.stringify(detail),
      }));
      const { FailedEntryCount } = await events("PutEvents", { Entries });
      if (FailedEntryCount) throw new Error(`${FailedEntryCount} events are refused`);
    },
    async setConsuming(isOn) {
      const body = JSON.stringify({ Enabled: isOn });
      await ask(url, "lambda", { method: "PUT", path: mapping, body });
    },
    lastBatch: async () => String((await stateOf()).LastProcessingResult),
    queued: () => depth(retryQueueUrl),
    deadLetters,
    async redrive() {
      for (const { Body, ReceiptHandle } of await deadLetters()) {
        await sqs("SendMessage", { QueueUrl: retryQueueUrl, MessageBody: Body });
        await sqs("DeleteMessage", { QueueUrl: deadLetterQueueUrl, ReceiptHandle });
      }
    },
  };
}

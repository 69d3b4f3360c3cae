// SQS on the wire (AWS JSON 1.0): queues by URL, messages in and out, with SQS's own bounds and
// error codes. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/
import type { Clock } from "../clock.ts";
import { type Message, md5, md5OfAttributes, systemAttributes } from "../queues/message.ts";
import type { StoredQueue } from "../queues/queue-state.ts";
import { type QueueStore, secondsOf } from "../queues/queue-store.ts";
import type { AwsError } from "../wire/aws-error.ts";
import {
  type JsonObject,
  objectList,
  optionalInteger,
  optionalText,
  requiredText,
  textList,
} from "../wire/input.ts";
import { type JsonAction, jsonService } from "../wire/json.ts";
import type { ServiceRequest } from "../wire/request.ts";
import type { Service } from "../wire/service.ts";
import { bodyOf, checkBatch, entryFailure, messageAttributesOf, sqsError } from "./sqs-input.ts";
import { type FindQueue, queueActions } from "./sqs-queues.ts";

const twelveHours = 12 * 60 * 60;
const quarterHour = 15 * 60;
const maxBatchBytes = 1024 * 1024;

/** SQS over the account's queues; `urlOf` gives a queue's URL at the endpoint. */
export function sqsService(
  store: QueueStore,
  clock: Clock,
  urlOf: (queueName: string) => string,
): Service {
  const find: FindQueue = (input, request) => {
    const name = requiredText(input, "QueueUrl").split("/").at(-1) ?? "";
    const queue = store.state.get(store.arnOf(name, request.region));
    if (!queue) throw sqsError("QueueDoesNotExist", "The specified queue does not exist.");
    return store.find(queue.record.arn);
  };
  return jsonService(
    { version: "1.0", errorPrefix: "com.amazonaws.sqs", queryCode },
    {
      ...queueActions(store, find, urlOf),
      ...sendActions(store, find),
      ...deleteActions(store, find),
      ReceiveMessage: (input, request) => receive(store, clock, find(input, request), input),
      ChangeMessageVisibility(input, request) {
        const { record } = find(input, request);
        const seconds = optionalInteger(input, "VisibilityTimeout", 0, twelveHours) ?? 0;
        const receipt = requiredText(input, "ReceiptHandle");
        if (store.hide(record.arn, receipt, seconds * 1000)) return undefined;
        throw sqsError("MessageNotInflight", "The message is not in flight.");
      },
    },
  );
}

function sendActions(store: QueueStore, find: FindQueue): Record<string, JsonAction> {
  const send = (queue: StoredQueue, input: JsonObject, request: ServiceRequest) => {
    const body = bodyOf(input, secondsOf(queue.record, "MaximumMessageSize"));
    const attributes = messageAttributesOf(input);
    const delay = optionalInteger(input, "DelaySeconds", 0, quarterHour);
    const sender = request.caller.principalId;
    const how = { attributes, sender, ...(delay !== undefined && { delayMs: delay * 1000 }) };
    const message = store.send(queue.record.arn, body, how);
    return {
      MessageId: message.id,
      MD5OfMessageBody: md5(body),
      MD5OfMessageAttributes: md5OfAttributes(attributes),
    };
  };
  return {
    SendMessage: (input, request) => send(find(input, request), input, request),
    SendMessageBatch(input, request) {
      const queue = find(input, request);
      const entries = objectList(input, "Entries");
      checkBatch(entries);
      const bytes = entries.map(entry =>
        Buffer.byteLength(optionalText(entry, "MessageBody") ?? ""),
      );
      if (bytes.reduce((sum, one) => sum + one, 0) > maxBatchBytes) {
        throw sqsError("BatchRequestTooLong", "Batch requests cannot be longer than 1 MB.");
      }
      return eachOf(entries, entry => send(queue, entry, request));
    },
  };
}

function deleteActions(store: QueueStore, find: FindQueue): Record<string, JsonAction> {
  const remove = ({ record }: StoredQueue, input: JsonObject) => {
    store.remove(record.arn, requiredText(input, "ReceiptHandle"));
    return {};
  };
  return {
    DeleteMessage: (input, request) => remove(find(input, request), input),
    DeleteMessageBatch(input, request) {
      const queue = find(input, request);
      const entries = objectList(input, "Entries");
      checkBatch(entries);
      return eachOf(entries, entry => remove(queue, entry));
    },
  };
}

/** Does something for each entry of a batch, and lists what failed beside what did not. */
function eachOf(entries: JsonObject[], work: (entry: JsonObject) => object) {
  const Successful: object[] = [];
  const Failed: object[] = [];
  for (const entry of entries) {
    const Id = requiredText(entry, "Id");
    try {
      Successful.push({ Id, ...work(entry) });
    } catch (thrown) {
      Failed.push({ Id, ...entryFailure(thrown) });
    }
  }
  return { Successful, Failed };
}

async function receive(store: QueueStore, clock: Clock, queue: StoredQueue, input: JsonObject) {
  const { arn } = queue.record;
  const most = optionalInteger(input, "MaxNumberOfMessages", 1, 10) ?? 1;
  const hide = optionalInteger(input, "VisibilityTimeout", 0, twelveHours);
  const wait =
    optionalInteger(input, "WaitTimeSeconds", 0, 20) ??
    secondsOf(queue.record, "ReceiveMessageWaitTimeSeconds");
  if (wait > 0 && !store.hasVisible(arn)) await visibleOrLate(store, clock, arn, wait * 1000);
  if (!store.state.has(arn)) return {};
  const messages = store.receive(arn, most, hide === undefined ? undefined : hide * 1000);
  return messages.length === 0 ? {} : { Messages: messages.map(one => received(one, input)) };
}

function visibleOrLate(store: QueueStore, clock: Clock, arn: string, ms: number): Promise<void> {
  return new Promise(resolve => {
    const end = () => {
      unlisten();
      cancel();
      resolve();
    };
    const unlisten = store.listen(arn, end);
    const cancel = clock.after(ms, end);
  });
}

function received(message: Message, input: JsonObject) {
  const system = [
    ...textList(input, "AttributeNames"),
    ...textList(input, "MessageSystemAttributeNames"),
  ];
  const isAsked = (wanted: string[], name: string) =>
    wanted.some(one => one === "All" || one === ".*" || one === name);
  const wanted = textList(input, "MessageAttributeNames");
  const attributes = Object.fromEntries(
    Object.entries(message.attributes).filter(([name]) => isAsked(wanted, name)),
  );
  const shown = Object.entries(systemAttributes(message)).filter(([name]) => isAsked(system, name));
  const hasAttributes = Object.keys(attributes).length > 0;
  return {
    MessageId: message.id,
    ReceiptHandle: message.receipt,
    Body: message.body,
    MD5OfBody: md5(message.body),
    ...(shown.length > 0 && { Attributes: Object.fromEntries(shown) }),
    ...(hasAttributes && {
      MessageAttributes: attributes,
      MD5OfMessageAttributes: md5OfAttributes(attributes),
    }),
  };
}

/** The code older clients know an error by. */
function queryCode(error: AwsError): string {
  if (error.code === "QueueDoesNotExist") return "AWS.SimpleQueueService.NonExistentQueue";
  if (error.code === "QueueNameExists") return "QueueAlreadyExists";
  return error.code;
}

// The part of SQS that is about queues, not messages: create, find, attributes, purge, delete.

import type { StoredQueue } from "../queues/queue-state.ts";
import { defaultAttributes, type QueueStore } from "../queues/queue-store.ts";
import { redriveOf } from "../queues/visibility.ts";
import {
  type JsonObject,
  optionalObject,
  optionalText,
  requiredText,
  textList,
} from "../wire/input.ts";
import type { JsonAction } from "../wire/json.ts";
import type { ServiceRequest } from "../wire/request.ts";
import { sqsError } from "./sqs-input.ts";

/** Finds the queue a request's QueueUrl names, in the region the request is signed for. */
export type FindQueue = (input: JsonObject, request: ServiceRequest) => StoredQueue;

/** The whole-number attributes and their bounds. */
const bounds: Readonly<Record<string, readonly [least: number, most: number]>> = {
  VisibilityTimeout: [0, 43_200],
  DelaySeconds: [0, 900],
  ReceiveMessageWaitTimeSeconds: [0, 20],
  MessageRetentionPeriod: [60, 1_209_600],
  MaximumMessageSize: [1024, 1_048_576],
  KmsDataKeyReusePeriodSeconds: [60, 86_400],
};
const texts = [
  "Policy",
  "RedrivePolicy",
  "RedriveAllowPolicy",
  "KmsMasterKeyId",
  "SqsManagedSseEnabled",
];

/** The actions on queues. */
export function queueActions(
  store: QueueStore,
  find: FindQueue,
  urlOf: (queueName: string) => string,
): Record<string, JsonAction> {
  return {
    CreateQueue(input, { region }) {
      const name = requiredText(input, "QueueName");
      if (!/^[\w-]{1,80}$/.test(name)) {
        throw sqsError("InvalidParameterValue", "Can only include letters, digits, - and _; 1-80.");
      }
      const attributes = attributesOf(input, store);
      const known = store.state.get(store.arnOf(name, region))?.record.attributes;
      const differs = Object.entries(attributes).some(([key, value]) => {
        return known && (known[key] ?? defaultAttributes[key]) !== value;
      });
      if (differs) {
        const message = "A queue already exists with the same name and a different attribute.";
        throw sqsError("QueueNameExists", message);
      }
      return { QueueUrl: urlOf(store.create(name, attributes, region).name) };
    },
    GetQueueUrl(input, { region }) {
      const name = requiredText(input, "QueueName");
      if (store.state.has(store.arnOf(name, region))) return { QueueUrl: urlOf(name) };
      throw sqsError("QueueDoesNotExist", "The specified queue does not exist.");
    },
    ListQueues(input, { region }) {
      const prefix = optionalText(input, "QueueNamePrefix") ?? "";
      const records = [...store.state.values()].map(queue => queue.record);
      const mine = records.filter(one => one.region === region && one.name.startsWith(prefix));
      return mine.length === 0 ? {} : { QueueUrls: mine.map(one => urlOf(one.name)) };
    },
    GetQueueAttributes(input, request) {
      const wanted = textList(input, "AttributeNames");
      const all = Object.entries(describe(find(input, request), store));
      const shown = all.filter(([name]) => wanted.includes("All") || wanted.includes(name));
      return shown.length === 0 ? {} : { Attributes: Object.fromEntries(shown) };
    },
    SetQueueAttributes(input, request) {
      const { record } = find(input, request);
      const attributes = attributesOf(input, store);
      store.setAttributes(record.arn, attributes);
      return undefined;
    },
    PurgeQueue(input, request) {
      store.purge(find(input, request).record.arn);
      return undefined;
    },
    DeleteQueue(input, request) {
      store.drop(find(input, request).record.arn);
      return undefined;
    },
  };
}

function describe({ record }: StoredQueue, store: QueueStore): Record<string, string> {
  const counts = store.count(record.arn);
  return {
    ...defaultAttributes,
    ...record.attributes,
    QueueArn: record.arn,
    ApproximateNumberOfMessages: String(counts.visible),
    ApproximateNumberOfMessagesNotVisible: String(counts.inFlight),
    ApproximateNumberOfMessagesDelayed: String(counts.delayed),
    CreatedTimestamp: String(Math.trunc(record.createdAt / 1000)),
    LastModifiedTimestamp: String(Math.trunc(record.modifiedAt / 1000)),
  };
}

function attributesOf(input: JsonObject, store: QueueStore): Record<string, string> {
  const given = optionalObject(input, "Attributes") ?? {};
  const names = Object.keys(given);
  const entries = names.map(name => [name, optionalText(given, name) ?? ""] as const);
  for (const [name, value] of entries) checkAttribute(name, value, store);
  return Object.fromEntries(entries);
}

function checkAttribute(name: string, value: string, store: QueueStore): void {
  const bad = () =>
    sqsError("InvalidAttributeValue", `Invalid value for the parameter ${name}: ${value}`);
  if (name === "RedrivePolicy" && value !== "" && !isRedrivePolicy(value, store)) throw bad();
  if (texts.includes(name)) return;
  const [least, most] = bounds[name] ?? [];
  if (least === undefined || most === undefined) {
    throw sqsError("InvalidAttributeName", `Unknown Attribute ${name}.`);
  }
  if (!/^\d{1,9}$/.test(value) || Number(value) < least || Number(value) > most) throw bad();
}

function isRedrivePolicy(value: string, store: QueueStore): boolean {
  try {
    const redrive = redriveOf({ RedrivePolicy: value });
    const isCount = redrive !== undefined && redrive.most >= 1 && redrive.most <= 1000;
    return isCount && store.state.has(redrive.to);
  } catch {
    return false;
  }
}

// Standard SQS queues: send, receive, delete, hide, purge. It speaks no protocol (services/sqs.ts
// does), calls no handler (consumers.ts does) and leaves time to visibility.ts.
import { randomUUID } from "node:crypto";
import type { Clock } from "../clock.ts";
import type { Message, MessageAttribute } from "./message.ts";
import {
  applyChange,
  type QueueChange,
  type QueueRecord,
  type QueueState,
  queuesFromJson,
  queuesToJson,
  type StoredQueue,
} from "./queue-state.ts";
import { createVisibility } from "./visibility.ts";

/** What the queues need of the account. */
export interface QueueStoreOptions {
  clock: Clock;
  account: string;
  region: string;
  /** Called before a change is acknowledged. */
  onChange?: (change: QueueChange) => void;
}

/** How a message is sent. */
export interface SendOptions {
  /** Absent: the queue's own DelaySeconds. */
  delayMs?: number;
  attributes?: Record<string, MessageAttribute>;
  sender?: string;
}

/** The queues of the account; a queue goes by its name in the home region, or by its ARN. */
export type QueueStore = ReturnType<typeof createQueueStore>;

const day = 24 * 60 * 60;

/** SQS's defaults, in seconds and bytes. */
export const defaultAttributes: Readonly<Record<string, string>> = {
  VisibilityTimeout: "30",
  DelaySeconds: "0",
  ReceiveMessageWaitTimeSeconds: "0",
  MessageRetentionPeriod: String(4 * day),
  MaximumMessageSize: String(1024 * 1024),
};

/** Makes the queues of an account, none at first. */
export function createQueueStore(options: QueueStoreOptions) {
  const { clock } = options;
  const state: QueueState = new Map();
  const visibility = createVisibility({ clock, state, change });

  function change(entry: QueueChange): void {
    options.onChange?.(entry);
    applyChange(state, entry);
  }

  function arnOf(name: string, region = options.region): string {
    return `arn:aws:sqs:${region}:${options.account}:${name}`;
  }

  function find(nameOrArn: string): StoredQueue {
    const queue = state.get(nameOrArn.startsWith("arn:") ? nameOrArn : arnOf(nameOrArn));
    if (!queue) throw new Error(`the local account has no queue ${nameOrArn}`);
    return queue;
  }

  /** Finds a queue and drops what is older than its retention period. */
  function findFresh(nameOrArn: string): StoredQueue {
    const queue = find(nameOrArn);
    const { record, messages } = queue;
    const oldest = clock.now() - secondsOf(record, "MessageRetentionPeriod") * 1000;
    const ids: string[] = [];
    for (const message of messages.values()) if (message.sentAt <= oldest) ids.push(message.id);
    if (ids.length > 0) change({ op: "delete", arn: record.arn, ids });
    return queue;
  }

  function take({ record }: StoredQueue, message: Message, hideMs: number): void {
    const at = clock.now();
    const visibleAt = at + hideMs;
    // A receipt begins with its message's id, so that no queue is searched for it.
    const receipt = `${message.id}/${randomUUID()}`;
    change({ op: "receive", arn: record.arn, id: message.id, receipt, at, visibleAt });
  }

  return {
    arnOf,
    find,
    state,
    listen: visibility.listen,
    /** Tells whether a message could be received now; a queue that is gone has none. */
    hasVisible: (arn: string) => state.has(arn) && visibility.hasNext(arn),
    /** Creates a queue, or finds the one of that name. */
    create(name: string, attributes: Record<string, string> = {}, region = options.region) {
      const arn = arnOf(name, region);
      const at = clock.now();
      const queue: QueueRecord = { name, region, arn, createdAt: at, modifiedAt: at, attributes };
      if (!state.has(arn)) change({ op: "create", queue });
      return find(arn).record;
    },
    send(nameOrArn: string, body: string, how: SendOptions = {}): Message {
      const { record, messages } = find(nameOrArn);
      const sentAt = clock.now();
      const delayMs = how.delayMs ?? secondsOf(record, "DelaySeconds") * 1000;
      const message: Message = {
        id: randomUUID(),
        body,
        attributes: how.attributes ?? {},
        sender: how.sender ?? options.account,
        sentAt,
        visibleAt: sentAt + delayMs,
        receives: 0,
      };
      change({ op: "send", arn: record.arn, message });
      const stored = messages.get(message.id);
      if (stored) visibility.schedule(record.arn, stored);
      return message;
    },
    /** Takes up to `most` visible messages and hides them for the visibility timeout. */
    receive(nameOrArn: string, most: number, hideMs?: number): Message[] {
      const queue = findFresh(nameOrArn);
      const { arn } = queue.record;
      const hide = hideMs ?? secondsOf(queue.record, "VisibilityTimeout") * 1000;
      const taken: Message[] = [];
      while (taken.length < most) {
        const message = visibility.next(arn);
        if (!message) break;
        take(queue, message, hide);
        taken.push(message);
      }
      const copies = taken.map(message => ({ ...message }));
      for (const message of taken) visibility.schedule(arn, message);
      return copies;
    },
    /** Deletes the message a receipt was given for; an outdated receipt deletes nothing. */
    remove(nameOrArn: string, receipt: string): boolean {
      const { record, messages } = find(nameOrArn);
      const message = byReceipt(messages, receipt);
      if (!message) return false;
      visibility.forget(message);
      change({ op: "delete", arn: record.arn, ids: [message.id] });
      return true;
    },
    /** Hides a received message for so long from now; false when it is not in flight. */
    hide(nameOrArn: string, receipt: string, ms: number): boolean {
      const { record, messages } = find(nameOrArn);
      const message = byReceipt(messages, receipt);
      if (!message || message.visibleAt <= clock.now()) return false;
      change({ op: "visible", arn: record.arn, id: message.id, visibleAt: clock.now() + ms });
      visibility.schedule(record.arn, message);
      return true;
    },
    /** How many messages could be received now, are received, and are not due yet. */
    count(nameOrArn: string): { visible: number; inFlight: number; delayed: number } {
      const messages = [...findFresh(nameOrArn).messages.values()];
      const hidden = messages.filter(message => message.visibleAt > clock.now());
      const inFlight = hidden.filter(message => message.receipt).length;
      const visible = messages.length - hidden.length;
      return { visible, inFlight, delayed: hidden.length - inFlight };
    },
    setAttributes(nameOrArn: string, attributes: Record<string, string>): void {
      change({ op: "set", arn: find(nameOrArn).record.arn, attributes, at: clock.now() });
    },
    drop: (nameOrArn: string) => change({ op: "drop", arn: find(nameOrArn).record.arn }),
    purge(nameOrArn: string): void {
      const { record, messages } = find(nameOrArn);
      change({ op: "delete", arn: record.arn, ids: [...messages.keys()] });
    },
    /** The messages of a queue, looked at without receiving them. */
    messages: (nameOrArn: string): Message[] =>
      [...findFresh(nameOrArn).messages.values()].map(message => ({ ...message })),
    replay: (entry: QueueChange) => applyChange(state, entry),
    snapshot: () => queuesToJson(state),
    restore: (json: ReturnType<typeof queuesToJson>) => queuesFromJson(state, json),
    /** Starts the timers of a restored state. */
    resume(): void {
      for (const [arn, queue] of state) {
        for (const message of [...queue.messages.values()]) visibility.schedule(arn, message);
      }
    },
    close: visibility.close,
  };
}

/** A queue's attribute as a number, or SQS's default. */
export function secondsOf(record: QueueRecord, name: string): number {
  return Number(record.attributes[name] ?? defaultAttributes[name]);
}

function byReceipt(messages: Map<string, Message>, receipt: string): Message | undefined {
  const message = messages.get(receipt.split("/", 1)[0] ?? "");
  return message?.receipt === receipt ? message : undefined;
}

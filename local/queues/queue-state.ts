// What the queues hold, and how one journalled change alters it. Pure bookkeeping: no time, no
// timers, no listeners, so that replaying the journal ends in the same state as living it.
import type { Message } from "./message.ts";

/** A queue as it is stored. */
export interface QueueRecord {
  name: string;
  region: string;
  arn: string;
  createdAt: number;
  modifiedAt: number;
  /** SQS's own attributes, as texts; absent ones have SQS's default. */
  attributes: Record<string, string>;
}

/** One change of the queues, as a line of the journal. */
export type QueueChange =
  | { op: "create"; queue: QueueRecord }
  | { op: "set"; arn: string; attributes: Record<string, string>; at: number }
  | { op: "drop"; arn: string }
  | { op: "send"; arn: string; message: Message }
  | { op: "receive"; arn: string; id: string; receipt: string; at: number; visibleAt: number }
  | { op: "visible"; arn: string; id: string; visibleAt: number }
  | { op: "delete"; arn: string; ids: string[] }
  | { op: "move"; arn: string; id: string; to: string; at: number };

/** A queue and its messages. */
export interface StoredQueue {
  record: QueueRecord;
  messages: Map<string, Message>;
}

/** All queues by ARN. */
export type QueueState = Map<string, StoredQueue>;

/** Carries out one change; a change of what is gone does nothing. */
export function applyChange(state: QueueState, change: QueueChange): void {
  if (change.op === "create") {
    state.set(change.queue.arn, { record: { ...change.queue }, messages: new Map() });
    return;
  }
  const queue = state.get(change.arn);
  if (!queue) return;
  switch (change.op) {
    case "set":
      queue.record.attributes = { ...queue.record.attributes, ...change.attributes };
      queue.record.modifiedAt = change.at;
      break;
    case "drop":
      state.delete(change.arn);
      break;
    case "send":
      queue.messages.set(change.message.id, { ...change.message });
      break;
    case "delete":
      for (const id of change.ids) queue.messages.delete(id);
      break;
    default:
      applyToMessage(state, queue, change);
  }
}

function applyToMessage(
  state: QueueState,
  queue: StoredQueue,
  change: Extract<QueueChange, { op: "receive" | "visible" | "move" }>,
): void {
  const message = queue.messages.get(change.id);
  if (!message) return;
  switch (change.op) {
    case "receive":
      message.receives += 1;
      message.firstReceivedAt ??= change.at;
      message.receipt = change.receipt;
      message.visibleAt = change.visibleAt;
      break;
    case "visible":
      message.visibleAt = change.visibleAt;
      break;
    case "move": {
      const target = state.get(change.to);
      if (!target) return;
      queue.messages.delete(change.id);
      const { receipt: _receipt, ...kept } = message;
      const moved = { ...kept, visibleAt: change.at, deadLetterSource: queue.record.arn };
      target.messages.set(change.id, moved);
    }
  }
}

/** The state as plain JSON. */
export function queuesToJson(state: QueueState): { record: QueueRecord; messages: Message[] }[] {
  return [...state.values()].map(queue => ({
    record: queue.record,
    messages: [...queue.messages.values()],
  }));
}

/** Fills an empty state from what `queuesToJson` gave. */
export function queuesFromJson(state: QueueState, json: ReturnType<typeof queuesToJson>): void {
  for (const { record, messages } of json) {
    const byId = new Map(messages.map(message => [message.id, message]));
    state.set(record.arn, { record, messages: byId });
  }
}

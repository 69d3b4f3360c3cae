// When is a message visible: it surfaces when its time has come, goes to the dead-letter queue
// instead if it was received too often, and whoever listens is told. It stores nothing.
import type { Clock } from "../clock.ts";
import type { Message } from "./message.ts";
import type { QueueChange, QueueRecord, QueueState } from "./queue-state.ts";

/** Where messages of one queue go after too many receives. */
export interface Redrive {
  to: string;
  most: number;
}

/** Watches over the visible messages of all queues. */
export type Visibility = ReturnType<typeof createVisibility>;

/** Makes the watch; `change` is asked to carry out a move to a dead-letter queue. */
export function createVisibility(options: {
  clock: Clock;
  state: QueueState;
  change: (entry: QueueChange) => void;
}) {
  const { clock, state, change } = options;
  const visible = new Map<string, Message[]>();
  const timers = new Map<Message, () => void>();
  const listeners = new Map<string, Set<() => void>>();

  function forget(message: Message): void {
    timers.get(message)?.();
    timers.delete(message);
  }

  function schedule(arn: string, message: Message): void {
    forget(message);
    const wait = message.visibleAt - clock.now();
    if (wait <= 0) surface(arn, message);
    else
      timers.set(
        message,
        clock.after(wait, () => surface(arn, message)),
      );
  }

  function surface(arn: string, message: Message): void {
    timers.delete(message);
    const queue = state.get(arn);
    if (queue?.messages.get(message.id) !== message) return;
    const redrive = redriveOf(queue.record.attributes);
    const target = redrive && state.get(redrive.to);
    if (redrive && target && message.receives >= redrive.most && message.receipt) {
      change({ op: "move", arn, id: message.id, to: redrive.to, at: clock.now() });
      const moved = target.messages.get(message.id);
      if (moved) schedule(redrive.to, moved);
      return;
    }
    listOf(visible, arn).push(message);
    for (const listener of listeners.get(arn) ?? []) listener();
  }

  function hasNext(arn: string): boolean {
    const list = listOf(visible, arn);
    const messages = state.get(arn)?.messages;
    // What was deleted or purged while visible is still in the list.
    while (list[0] && messages?.get(list[0].id) !== list[0]) list.shift();
    return list.length > 0;
  }

  return {
    schedule,
    forget,
    hasNext,
    /** Takes the message that has been visible longest. */
    next: (arn: string) => (hasNext(arn) ? listOf(visible, arn).shift() : undefined),
    /** Calls back whenever a message of the queue becomes visible. */
    listen(arn: string, listener: () => void): () => void {
      const set = listeners.get(arn) ?? new Set();
      listeners.set(arn, set.add(listener));
      return () => set.delete(listener);
    },
    close(): void {
      for (const cancel of timers.values()) cancel();
      timers.clear();
    },
  };
}

/** Reads the redrive policy among a queue's attributes. */
export function redriveOf(attributes: QueueRecord["attributes"]): Redrive | undefined {
  if (!attributes.RedrivePolicy) return undefined;
  const policy = JSON.parse(attributes.RedrivePolicy);
  return { to: String(policy.deadLetterTargetArn), most: Number(policy.maxReceiveCount) };
}

function listOf(lists: Map<string, Message[]>, arn: string): Message[] {
  const list = lists.get(arn) ?? [];
  lists.set(arn, list);
  return list;
}

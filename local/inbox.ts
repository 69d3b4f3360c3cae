// The topics of the account and the inbox everything published ends in. Subscriptions are data:
// nothing is sent anywhere.

/** A message attribute of SNS. */
export interface TopicAttribute {
  type: string;
  value: string;
}

/** A published message. */
export interface InboxMessage {
  id: string;
  topicArn: string;
  subject?: string;
  message: string;
  /** `json` when the message holds one text per protocol. */
  structure?: "json";
  attributes: Record<string, TopicAttribute>;
  /** The account's time in milliseconds. */
  at: number;
}

/** A topic, its attributes as SNS names them, and who subscribed. */
export interface Topic {
  arn: string;
  attributes: Record<string, string>;
  subscriptions: { arn: string; protocol: string; endpoint: string; confirmed: boolean }[];
}

/** One change of the topics, as a line of the journal. */
export type InboxChange = { op: "topic"; topic: Topic } | { op: "message"; message: InboxMessage };

/** What people would have been told. */
export type Inbox = ReturnType<typeof createInbox>;

/** Makes an inbox without topics. */
export function createInbox(onChange?: (change: InboxChange) => void) {
  const topics = new Map<string, Topic>();
  const messages: InboxMessage[] = [];
  const listeners = new Set<(message: InboxMessage) => void>();

  function apply(change: InboxChange): void {
    if (change.op === "topic") topics.set(change.topic.arn, change.topic);
    else messages.push(change.message);
  }

  function change(entry: InboxChange): void {
    onChange?.(entry);
    apply(entry);
  }

  return {
    /** The messages so far, oldest first. */
    messages: (): readonly InboxMessage[] => messages,
    /** Calls back for every message published from now on, until cancelled. */
    listen(listener: (message: InboxMessage) => void): () => void {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    topics: (): readonly Topic[] => [...topics.values()],
    find: (arn: string) => topics.get(arn),
    putTopic: (topic: Topic) => change({ op: "topic", topic }),
    deliver(message: InboxMessage): void {
      change({ op: "message", message });
      for (const listener of listeners) listener(message);
    },
    apply,
    snapshot: () => ({ topics: [...topics.values()], messages }),
    restore(saved: { topics: Topic[]; messages: InboxMessage[] }): void {
      for (const topic of saved.topics) apply({ op: "topic", topic });
      for (const message of saved.messages) apply({ op: "message", message });
    },
  };
}

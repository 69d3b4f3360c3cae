// The topics of the account, the inbox everything published ends in, and the mails that would have
// gone out. Nothing is sent anywhere; which mails there are is settled in sns-delivery.ts.
import type { Subscription } from "./subscription.ts";

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
  /** The text; the default one when there is one per protocol. */
  message: string;
  /** `json` when the message had one text per protocol. */
  structure?: "json";
  /** The other texts, by protocol. */
  forms?: Record<string, string>;
  attributes: Record<string, TopicAttribute>;
  /** The account's time in milliseconds. */
  at: number;
}

/** A topic, its attributes as SNS names them, and who subscribed. */
export interface Topic {
  arn: string;
  attributes: Record<string, string>;
  subscriptions: Subscription[];
}

/** A mail to one subscriber. */
export interface Mail {
  to: string;
  topicArn: string;
  subject: string;
  text: string;
  /** The account's time in milliseconds. */
  at: number;
}

/** One change of the topics, as a line of the journal. */
export type InboxChange =
  | { op: "topic"; topic: Topic }
  | { op: "message"; message: InboxMessage }
  | { op: "mail"; mail: Mail };

/** What people would have been told. */
export type Inbox = ReturnType<typeof createInbox>;

/** Makes an inbox without topics. */
export function createInbox(onChange?: (change: InboxChange) => void) {
  const topics = new Map<string, Topic>();
  const messages: InboxMessage[] = [];
  const mails: Mail[] = [];
  const listeners = new Set<(message: InboxMessage) => void>();

  function apply(change: InboxChange): void {
    if (change.op === "topic") topics.set(change.topic.arn, change.topic);
    else if (change.op === "message") messages.push(change.message);
    else mails.push(change.mail);
  }

  function change(entry: InboxChange): void {
    onChange?.(entry);
    apply(entry);
  }

  return {
    /** The messages so far, oldest first. */
    messages: (): readonly InboxMessage[] => messages,
    /** The mails so far that would have gone out, oldest first. */
    mails: (): readonly Mail[] => mails,
    addMail: (mail: Mail) => change({ op: "mail", mail }),
    /** What a subscriber was sent to confirm his subscription with; nothing if he was not asked. */
    tokenOf: (topicArn: string, endpoint: string) =>
      topics.get(topicArn)?.subscriptions.find(one => one.endpoint === endpoint)?.token,
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
    snapshot: () => ({ topics: [...topics.values()], messages, mails }),
    restore(saved: { topics: Topic[]; messages: InboxMessage[]; mails?: Mail[] }): void {
      for (const topic of saved.topics) apply({ op: "topic", topic });
      for (const message of saved.messages) apply({ op: "message", message });
      for (const mail of saved.mails ?? []) apply({ op: "mail", mail });
    },
  };
}

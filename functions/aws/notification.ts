// What a queue gets of the topic: SNS's envelope with the form for the notifier in it. Whatever else
// somebody publishes on the topic is still told, as plain words.
// https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html
import * as z from "zod";
import type { AlertDetail } from "../../matrix/alert/alert.ts";
import type { ChatAlert } from "../../matrix/alert/chat-text.ts";

/** One message for chat; `id` stays the same however often it is delivered. */
export interface Notification {
  readonly id: string;
  readonly alert: ChatAlert;
}

/** @example { "Type": "Notification", "MessageId": "95df…", "Subject": "CLOSED …", "Message": "{\"outcome\":…}" } */
const envelope = z.object({
  Type: z.literal("Notification"),
  MessageId: z.string().min(1),
  Subject: z.string().optional(),
  Message: z.string(),
});

const text = z.string();
const detail = z.looseObject({
  ...{ outcome: text, severity: text, account: text, region: text },
  group: z.looseObject({ id: text, name: text }),
  findings: z.array(z.looseObject({})),
  more: z.number(),
  title: text.optional(),
  facts: z.array(z.object({ label: text, lines: z.array(text) })).optional(),
  advice: z.array(text).optional(),
  exception: z
    .looseObject({
      ...{ id: text, state: text, what: text, groups: z.array(text), start: text, end: text },
      ...{ requester: text, reason: text, hash: text },
    })
    .optional(),
});

/** Reads the body of a queue's message; undefined where it is no notification of SNS. */
export function readNotification(body: string): Notification | undefined {
  const read = envelope.safeParse(jsonOf(body));
  if (!read.success) return undefined;
  const { MessageId, Message, Subject = "a message on the topic" } = read.data;
  const own = detail.safeParse(jsonOf(Message));
  const known = own.success ? (own.data as unknown as AlertDetail) : foreign(Message);
  return { id: MessageId, alert: { subject: Subject, detail: known } };
}

function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

const foreign = (message: string): AlertDetail => ({
  ...{ outcome: "notice", severity: "medium", account: "", region: "", findings: [], more: 0 },
  group: { id: "", name: "" },
  facts: [{ label: "Message", lines: message.split(/\r?\n/).slice(0, 40) }],
});

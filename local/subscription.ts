// Who subscribed to a topic, which messages he wants, and in which form he gets them. It delivers
// nothing (sns-delivery.ts does).
import type { InboxMessage, TopicAttribute } from "./inbox.ts";
import { checkPattern, matches, type Pattern } from "./pattern.ts";

/** A subscription; it gets nothing before it is confirmed. */
export interface Subscription {
  arn: string;
  protocol: string;
  endpoint: string;
  confirmed: boolean;
  /** What the endpoint was sent to confirm with; absent when nobody was asked. */
  token?: string;
  /** As SNS names them: FilterPolicy, RawMessageDelivery and the like. */
  attributes?: Record<string, string>;
}

/** Tells whether a message passes a subscription's filter policy. */
export function wants({ attributes = {} }: Subscription, message: InboxMessage): boolean {
  const { FilterPolicy } = attributes;
  if (FilterPolicy === undefined) return true;
  const values = Object.entries(message.attributes).map(([name, one]) => [
    name,
    filteredValue(one),
  ]);
  return matches(JSON.parse(FilterPolicy) as Pattern, Object.fromEntries(values));
}

/** The text of a message for one protocol: its own, or the default one. */
export function textFor(protocol: string, { message, forms = {} }: InboxMessage): string {
  return (Object.hasOwn(forms, protocol) ? forms[protocol] : undefined) ?? message;
}

/**
 * Refuses a filter policy SNS would refuse, or that the matcher does not understand.
 * https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html
 */
export function checkFilterPolicy(text: string): void {
  const policy = checkPattern(text);
  const lists = Object.values(policy);
  if (lists.length > 5) throw new Error("Filter policy can not have more than 5 keys");
  if (lists.some(list => !Array.isArray(list))) {
    throw new Error("Filter policy scope MessageAttributes does not support nested filter policy");
  }
  const combinations = lists.reduce<number>((product, list) => product * Number(list.length), 1);
  if (combinations > 150) throw new Error("Filter policy is too complex");
}

/** The value of an attribute as a filter sees it; a binary one is never matched. */
function filteredValue({ type, value }: TopicAttribute): unknown {
  if (type.startsWith("Number")) return Number(value);
  if (type.startsWith("Binary")) return undefined;
  if (type !== "String.Array") return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

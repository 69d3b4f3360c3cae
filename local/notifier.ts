// Portward's notifier deployed in the local account: a queue subscribed to the alert topic, its dead
// letters, and the function that posts to chat. Off unless there is a chat secret.
import type { AwsAccount } from "../functions/aws/account.ts";
import { notify } from "../functions/notify.ts";
import type { Account } from "./account.ts";

export const NOTIFY_QUEUE = "portward-notify";
export const NOTIFY_DEAD_LETTERS = "portward-notify-dead-letters";

/** Deploys the notifier; it calls as the account it is given, with dead letters of its own. */
export function deployNotifier(
  account: Account,
  connected: (changes: { deadLetterQueueUrl: string }) => AwsAccount,
  { topicArn, allowLoopback }: { topicArn: string; allowLoopback: boolean },
): void {
  const { queues, inbox, url, accountId } = account;
  queues.create(NOTIFY_DEAD_LETTERS);
  queues.create(NOTIFY_QUEUE, {
    VisibilityTimeout: "60",
    RedrivePolicy: JSON.stringify({
      deadLetterTargetArn: queues.arnOf(NOTIFY_DEAD_LETTERS),
      maxReceiveCount: 20,
    }),
  });
  const endpoint = queues.arnOf(NOTIFY_QUEUE);
  const topic = inbox.find(topicArn);
  if (!topic) throw new Error(`the local account has no topic ${topicArn}`);
  if (!topic.subscriptions.some(one => one.endpoint === endpoint)) {
    const arn = `${topicArn}:notifier`;
    const subscription = { arn, protocol: "sqs", endpoint, confirmed: true };
    inbox.putTopic({ ...topic, subscriptions: [...topic.subscriptions, subscription] });
  }
  const deadLetterQueueUrl = `${url}/${accountId}/${NOTIFY_DEAD_LETTERS}`;
  const aws = connected({ deadLetterQueueUrl });
  const handler = notify(() => aws, { allowLoopback });
  // One at a time: Slack takes about one message a second.
  queues.consume(NOTIFY_QUEUE, { functionName: NOTIFY_QUEUE, handler, concurrency: 1 });
}

// The Lambda function behind the queue that is subscribed to the alert topic: posts alerts to chat.
// Mail goes straight from the topic.
import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import type { SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";
import { type AwsAccount, connect } from "./aws/account.ts";
import { chatTargets } from "./aws/chat-targets.ts";
import { errorText } from "./aws/error-codes.ts";
import { readNotification } from "./aws/notification.ts";
import { ownAccount } from "./aws/own-account.ts";
import { type Delivering, deliver } from "./reconcile/deliver.ts";

export interface NotifyOptions {
  /** Plain http to this machine, for the local account alone. */
  readonly allowLoopback?: boolean;
}

/** The handler for an account; the local account and tests make their own. */
export function notify(account: () => AwsAccount, { allowLoopback = false }: NotifyOptions = {}) {
  return async (event: SQSEvent): Promise<SQSBatchResponse> => {
    const deps = account();
    const to = chatTargets(await deps.chat.secret());
    if (to.problems.length > 0) deps.log.error("the chat secret", { problems: to.problems });
    const delivering: Delivering = { to, resting: new Set(), allowLoopback };
    const failed: string[] = [];
    for (const record of event.Records) {
      if (!(await isDone(deps, record, delivering))) failed.push(record.messageId);
    }
    return { batchItemFailures: failed.map(itemIdentifier => ({ itemIdentifier })) };
  };
}

async function isDone(
  deps: AwsAccount,
  { body, messageId }: SQSRecord,
  delivering: Delivering,
): Promise<boolean> {
  try {
    const notification = readNotification(body);
    if (notification) return await deliver(deps, notification, body, delivering);
    deps.log.error("no notification of SNS, sent to the dead-letter queue", { messageId });
    await deps.queue.reject(body, messageId, "it is no notification of SNS");
    return true;
  } catch (error) {
    deps.log.error("not told", { messageId, error: errorText(error) });
    return false;
  }
}

export const handler = middy<SQSEvent, SQSBatchResponse>()
  .use(injectLambdaContext(new Logger({ serviceName: "portward" })))
  .handler(notify(ownAccount(connect)));

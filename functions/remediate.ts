// The Lambda function behind the queue of CloudTrail events. It answers with the messages that
// failed, so that one bad message never costs the others of its batch.
import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import type { SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";
import type { AwsAccount } from "./aws/account.ts";
import { ownAccount } from "./aws/own-account.ts";
import { ATTEMPT } from "./aws/retry-queue.ts";
import { type Message, runBatch } from "./reconcile/batch.ts";

/** The handler for an account; the local account and tests make their own. */
export function remediate(account: () => AwsAccount) {
  return async (event: SQSEvent): Promise<SQSBatchResponse> => {
    const failed = await runBatch(account(), event.Records.map(messageOf));
    return { batchItemFailures: failed.map(itemIdentifier => ({ itemIdentifier })) };
  };
}

function messageOf(record: SQSRecord): Message {
  const attempt = Number(record.messageAttributes[ATTEMPT]?.stringValue ?? 0);
  return {
    id: record.messageId,
    body: record.body,
    attempt: Number.isInteger(attempt) ? attempt : 0,
  };
}

export const handler = middy<SQSEvent, SQSBatchResponse>()
  .use(injectLambdaContext(new Logger({ serviceName: "portward" })))
  .handler(remediate(ownAccount));

// The Lambda function behind the queue of CloudTrail events. It answers with the messages that
// failed, so that one bad message never costs the others of its batch.
import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import type { SQSBatchResponse, SQSEvent } from "aws-lambda";
import { ownAccount } from "./aws/own-account.ts";
import { messageOf } from "./aws/queue-message.ts";
import { connectRun, type RunAccount } from "./aws/run-account.ts";
import { runBatch } from "./reconcile/batch.ts";

/** The handler for an account; the local account and tests make their own. */
export function remediate(account: () => RunAccount) {
  return async (event: SQSEvent): Promise<SQSBatchResponse> => {
    const failed = await runBatch(account(), event.Records.map(messageOf));
    return { batchItemFailures: failed.map(itemIdentifier => ({ itemIdentifier })) };
  };
}

export const handler = middy<SQSEvent, SQSBatchResponse>()
  .use(injectLambdaContext(new Logger({ serviceName: "portward" })))
  .handler(remediate(ownAccount(connectRun)));

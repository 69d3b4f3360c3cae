// The Lambda function behind the queue of attachments: calls that give an interface its groups. It
// answers with the messages that failed, and writes nothing to EC2.
import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import type { SQSBatchResponse, SQSEvent } from "aws-lambda";
import { type AwsAccount, connect } from "./aws/account.ts";
import { ownAccount } from "./aws/own-account.ts";
import { messageOf } from "./aws/queue-message.ts";
import { runAttachments } from "./reconcile/audit/attached.ts";

/** The handler for an account; the local account and tests make their own. */
export function attachments(account: () => AwsAccount) {
  return async (event: SQSEvent): Promise<SQSBatchResponse> => {
    const failed = await runAttachments(account(), event.Records.map(messageOf));
    return { batchItemFailures: failed.map(itemIdentifier => ({ itemIdentifier })) };
  };
}

export const handler = middy<SQSEvent, SQSBatchResponse>()
  .use(injectLambdaContext(new Logger({ serviceName: "portward" })))
  .handler(attachments(ownAccount(connect)));

// The Lambda function behind the queues of a hub: events of its members, which it brings to their matrix by
// the role it has in each, and their attachments. It answers with the messages that failed, like remediate.
import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import type { Context, SQSBatchResponse, SQSEvent } from "aws-lambda";
import type { Hub } from "./aws/hub.ts";
import { ownHub } from "./aws/own-hub.ts";
import { messageOf } from "./aws/queue-message.ts";
import { runAttachments } from "./reconcile/audit/attached.ts";
import { runBatch } from "./reconcile/batch.ts";
import { runScopes } from "./reconcile/scopes.ts";

/** What a run needs to say in time which messages failed. */
const RESERVE_MS = 5_000;

/** How the name of the queue of attachments ends. */
const ATTACHMENTS = "-member-attachments";

/** The handler for a hub; tests make their own. */
export function memberEvents(hub: () => Hub) {
  return async (
    event: SQSEvent,
    context: Pick<Context, "getRemainingTimeInMillis">,
  ): Promise<SQSBatchResponse> => {
    const milliseconds = context.getRemainingTimeInMillis() - RESERVE_MS;
    // All messages of a call are of one queue.
    const isSlow = event.Records[0]?.eventSourceARN.endsWith(ATTACHMENTS) ?? false;
    const how = { run: isSlow ? runAttachments : runBatch, milliseconds };
    const failed = await runScopes(hub(), event.Records.map(messageOf), how);
    return { batchItemFailures: failed.map(itemIdentifier => ({ itemIdentifier })) };
  };
}

export const handler = middy<SQSEvent, SQSBatchResponse>()
  .use(injectLambdaContext(new Logger({ serviceName: "portward" })))
  .handler(memberEvents(ownHub));

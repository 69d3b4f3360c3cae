// The Lambda function behind the queue of a hub: events of its members, which it brings to their matrix
// by the role it has in each. It answers with the messages that failed, like remediate.
import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import type { Context, SQSBatchResponse, SQSEvent } from "aws-lambda";
import type { Hub } from "./aws/hub.ts";
import { ownHub } from "./aws/own-hub.ts";
import { messageOf } from "./aws/queue-message.ts";
import { runScopes } from "./reconcile/scopes.ts";

/** What a run needs to say in time which messages failed. */
const RESERVE_MS = 5_000;

/** The handler for a hub; tests make their own. */
export function memberEvents(hub: () => Hub) {
  return async (
    event: SQSEvent,
    context: Pick<Context, "getRemainingTimeInMillis">,
  ): Promise<SQSBatchResponse> => {
    const time = context.getRemainingTimeInMillis() - RESERVE_MS;
    const failed = await runScopes(hub(), event.Records.map(messageOf), time);
    return { batchItemFailures: failed.map(itemIdentifier => ({ itemIdentifier })) };
  };
}

export const handler = middy<SQSEvent, SQSBatchResponse>()
  .use(injectLambdaContext(new Logger({ serviceName: "portward" })))
  .handler(memberEvents(ownHub));

// What links in mails need of AWS: their tokens, which of them were used, and the topic they go out
// by. What a link shows and decides is functions/reconcile/approval-link.ts.
import type { KMSClientConfig } from "@aws-sdk/client-kms";
import type { SNSClientConfig } from "@aws-sdk/client-sns";
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { Config } from "../wiring/config.ts";
import type { ApprovalTokens } from "./approval-token.ts";
import { approvalTopic } from "./approval-topic.ts";
import { nonceStore } from "./stores/nonce-store.ts";

export type Approvals = ReturnType<typeof approvals>;

/** Makes the parts for a configuration. KMS is loaded when a link is: a reconcile has no use for it. */
export function approvals(
  options: KMSClientConfig & SNSClientConfig,
  documents: DynamoDBDocumentClient,
  config: Config,
  clock: () => number,
) {
  let tokens: Promise<ApprovalTokens> | undefined;
  return {
    tokens(): Promise<ApprovalTokens> {
      tokens ??= import("./approval-token.ts").then(({ approvalTokens }) =>
        approvalTokens(options, config, clock),
      );
      return tokens;
    },
    nonces: nonceStore(documents, config, clock),
    mail: approvalTopic(options, config),
  };
}

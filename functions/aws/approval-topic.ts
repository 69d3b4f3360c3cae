// Mails one approver: a message on the topic of approvals, of which every subscription is filtered to
// one person by the attribute `to`. The topic that everybody reads gets no link.
// https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html
import { PublishCommand, SNSClient, type SNSClientConfig } from "@aws-sdk/client-sns";
import type { ApprovalMail } from "../../matrix/alert/approval-mail.ts";
import type { Config } from "../wiring/config.ts";

/** Makes the function that publishes a mail; it throws where there is no such topic. */
export function approvalTopic(options: SNSClientConfig, { approvals }: Pick<Config, "approvals">) {
  const sns = new SNSClient(options);
  return async ({ to, subject, text }: ApprovalMail): Promise<void> => {
    if (!approvals) throw new Error("no topic is configured for links to approvers");
    await sns.send(
      new PublishCommand({
        TopicArn: approvals.topicArn,
        Subject: subject,
        Message: text,
        MessageAttributes: { to: { DataType: "String", StringValue: to } },
      }),
    );
  };
}

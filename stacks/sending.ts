// Who may put something on a queue or a topic: named services of AWS on behalf of named resources, and
// everybody over TLS only. What roles may send is the roles' matter.

/** A service of AWS, and the ARNs of what it may send for. */
export interface Sender {
  readonly service: string;
  readonly sources: readonly string[];
}

/** What sending is called, and what nobody may call without TLS. */
const calls = {
  sns: { send: "sns:Publish", plain: "sns:Publish" },
  sqs: { send: "sqs:SendMessage", plain: "sqs:*" },
} as const;

/** The policy of a queue or a topic. */
export function sendingPolicy(
  service: keyof typeof calls,
  arn: string,
  senders: readonly Sender[],
): string {
  const { send, plain } = calls[service];
  const allowed = senders.map(sender => ({
    Effect: "Allow",
    Principal: { Service: sender.service },
    Action: send,
    Resource: arn,
    Condition: { ArnLike: { "aws:SourceArn": sender.sources } },
  }));
  const overTls = {
    Effect: "Deny",
    Principal: "*",
    Action: plain,
    Resource: arn,
    Condition: { Bool: { "aws:SecureTransport": "false" } },
  };
  return JSON.stringify({ Version: "2012-10-17", Statement: [...allowed, overTls] });
}

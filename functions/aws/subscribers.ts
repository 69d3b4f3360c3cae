// Who is subscribed to the alert topic, for people who look whether alerts arrive. It changes nothing.
import {
  ListSubscriptionsByTopicCommand,
  SNSClient,
  type SNSClientConfig,
} from "@aws-sdk/client-sns";

/** One subscription. */
export interface Subscriber {
  readonly protocol: string;
  /** A mail address, a queue's ARN, …; of a web address its host alone, as the rest may be a secret. */
  readonly endpoint: string;
  /** False while whoever it is has not confirmed that he wants it. */
  readonly isConfirmed: boolean;
}

/** Lists the subscriptions of a topic. */
export async function subscribersOf(
  topicArn: string,
  options: SNSClientConfig,
): Promise<Subscriber[]> {
  const sns = new SNSClient(options);
  const found: Subscriber[] = [];
  let NextToken: string | undefined;
  do {
    const page = await sns.send(
      new ListSubscriptionsByTopicCommand({
        TopicArn: topicArn,
        ...(NextToken === undefined ? {} : { NextToken }),
      }),
    );
    for (const { Protocol = "", Endpoint = "", SubscriptionArn } of page.Subscriptions ?? []) {
      const isConfirmed = SubscriptionArn?.startsWith("arn:") === true;
      found.push({ protocol: Protocol, endpoint: shown(Endpoint), isConfirmed });
    }
    NextToken = page.NextToken || undefined;
  } while (NextToken !== undefined);
  return found;
}

const shown = (endpoint: string): string =>
  /^https?:/.test(endpoint) && URL.canParse(endpoint) ? new URL(endpoint).origin : endpoint;

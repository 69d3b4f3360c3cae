// Tells people and machines: an alert goes to the SNS topic and to the event bus. It keeps no record
// of it; who has been told is the finding's.
import type { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { PublishCommand, type SNSClient } from "@aws-sdk/client-sns";
import type { Alert } from "../../matrix/alert/alert.ts";
import type { Config } from "../wiring/config.ts";
import { eventSender } from "./events.ts";

/** What an alert is called on the bus. */
export const FINDING_EVENT = "Portward Finding";

/**
 * Makes the function that publishes an alert: to people first, then to machines. It throws unless
 * both have it; doing it again then tells people twice, which is better than never.
 */
export function publisher(
  sns: SNSClient,
  events: EventBridgeClient,
  { topicArn, eventBus }: Pick<Config, "topicArn" | "eventBus">,
) {
  const send = eventSender(events, { eventBus });
  return async (alert: Alert): Promise<void> => {
    const attributes = Object.entries(alert.attributes).map(([name, StringValue]) => [
      name,
      { DataType: "String", StringValue },
    ]);
    await sns.send(
      new PublishCommand({
        TopicArn: topicArn,
        Subject: alert.subject,
        Message: alert.text,
        MessageAttributes: Object.fromEntries(attributes),
      }),
    );
    await send(FINDING_EVENT, alert.detail);
  };
}

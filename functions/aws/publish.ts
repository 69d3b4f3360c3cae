// Tells people and machines: an alert goes to the SNS topic and to the event bus. It keeps no record
// of it; who has been told is the finding's.
import { type EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { PublishCommand, type SNSClient } from "@aws-sdk/client-sns";
import type { Alert } from "../../matrix/alert/alert.ts";
import type { Config } from "../wiring/config.ts";

/** What Portward's own events are called on the bus. */
export const SOURCE = "portward";
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
    const { FailedEntryCount, Entries } = await events.send(
      new PutEventsCommand({
        Entries: [
          {
            EventBusName: eventBus,
            Source: SOURCE,
            DetailType: FINDING_EVENT,
            Detail: JSON.stringify(alert.detail),
          },
        ],
      }),
    );
    // A refused entry is no error of the call: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
    if (FailedEntryCount) {
      const { ErrorCode = "unknown", ErrorMessage = "" } = Entries?.[0] ?? {};
      throw new Error(`the event bus refused the finding: ${ErrorCode} ${ErrorMessage}`.trim());
    }
  };
}

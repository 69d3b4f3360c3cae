// Tells people and machines: an alert goes to the SNS topic and to the event bus. It keeps no record
// of it; who has been told is the finding's.
import type { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { PublishCommand, type SNSClient } from "@aws-sdk/client-sns";
import type { Alert } from "../../matrix/alert/alert.ts";
import { chatDetail } from "../../matrix/alert/chat-text.ts";
import { chatbotMessage } from "../../matrix/alert/chatbot-message.ts";
import type { Config } from "../wiring/config.ts";
import { eventSender } from "./events.ts";

/** What an alert is called on the bus. */
export const FINDING_EVENT = "Portward Finding";

/** Makes the function that tells machines alone, of what people are told later in a digest. */
export function machinePublisher(
  events: EventBridgeClient,
  { eventBus }: Pick<Config, "eventBus">,
) {
  const send = eventSender(events, { eventBus });
  return (alert: Alert): Promise<void> => send(FINDING_EVENT, alert.detail);
}

/**
 * Makes the function that publishes an alert: to people first, then to machines. It throws unless
 * both have it; doing it again then tells people twice, which is better than never.
 */
export function publisher(
  sns: SNSClient,
  events: EventBridgeClient,
  { topicArn, eventBus }: Pick<Config, "topicArn" | "eventBus">,
) {
  const tellMachines = machinePublisher(events, { eventBus });
  return async (alert: Alert): Promise<void> => {
    const attributes = Object.entries(alert.attributes).map(([name, StringValue]) => [
      name,
      { DataType: "String", StringValue },
    ]);
    const { subject } = alert;
    const detail = chatDetail(alert);
    await sns.send(
      new PublishCommand({
        TopicArn: topicArn,
        Subject: subject,
        // One text for each kind of subscriber: mail gets the default one, our notifier the JSON, and
        // Amazon Q Developer, which subscribes by https, the only form it shows.
        MessageStructure: "json",
        Message: JSON.stringify({
          default: alert.text,
          sqs: JSON.stringify(detail),
          https: JSON.stringify(chatbotMessage({ subject, detail })),
        }),
        MessageAttributes: Object.fromEntries(attributes),
      }),
    );
    await tellMachines(alert);
  };
}

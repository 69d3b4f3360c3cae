// Portward's own events on the bus, for machines: of what kind they are is the caller's matter.
import { type EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import type { Config } from "../wiring/config.ts";
import { ownSource } from "../wiring/triggers.ts";

export type EventSender = ReturnType<typeof eventSender>;

/** Makes the function that puts an event on the bus; it throws unless the bus has it. */
export function eventSender(events: EventBridgeClient, { eventBus }: Pick<Config, "eventBus">) {
  return async (detailType: string, detail: unknown): Promise<void> => {
    const entry = {
      EventBusName: eventBus,
      Source: ownSource,
      DetailType: detailType,
      Detail: JSON.stringify(detail),
    };
    const { FailedEntryCount, Entries } = await events.send(
      new PutEventsCommand({ Entries: [entry] }),
    );
    // A refused entry is no error of the call: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
    if (FailedEntryCount) {
      const { ErrorCode = "unknown", ErrorMessage = "" } = Entries?.[0] ?? {};
      throw new Error(
        `the event bus refused the event ${detailType}: ${ErrorCode} ${ErrorMessage}`.trim(),
      );
    }
  };
}

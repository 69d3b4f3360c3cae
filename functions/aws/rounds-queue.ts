// The queue of rounds: what is to be done in one account and region, a message for each. Messages may
// start up to 15 minutes late, on purpose. Who does them is functions/rounds.ts.
import { SendMessageBatchCommand, type SQSClient } from "@aws-sdk/client-sqs";
import type { Members } from "../wiring/members.ts";
import type { Round } from "../wiring/round.ts";

/** A round that waits for a number of seconds. */
export interface DelayedRound {
  readonly round: Round;
  readonly delay: number;
}

/** SQS takes ten messages at once, and lets none wait for longer. */
const AT_ONCE = 10;
const LONGEST = 900;

export type RoundsQueue = ReturnType<typeof roundsQueue>;

/** The queue of a hub. */
export function roundsQueue(sqs: SQSClient, { roundsQueueUrl: QueueUrl }: Members) {
  return {
    /** Puts rounds on the queue; throws where one was not taken, after all were tried. */
    async put(rounds: readonly DelayedRound[]): Promise<void> {
      let refused: string | undefined;
      for (let at = 0; at < rounds.length; at += AT_ONCE) {
        const Entries = rounds.slice(at, at + AT_ONCE).map(({ round, delay }, index) => ({
          Id: String(index),
          MessageBody: JSON.stringify(round),
          DelaySeconds: Math.min(Math.max(0, Math.trunc(delay)), LONGEST),
        }));
        const { Failed = [] } = await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
        const [first] = Failed;
        // A refused message is no error of the call.
        if (first) refused ??= `${first.Code ?? "unknown"} ${first.Message ?? ""}`.trim();
      }
      if (refused !== undefined) throw new Error(`a round was not put on its queue: ${refused}`);
    },
  };
}

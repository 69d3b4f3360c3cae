// What everything that calls AWS is made of: a configuration, the clients that most parts share, the
// clock and the log. What is made of it is run-account.ts, and account.ts for those who need all.
import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { Logger } from "@aws-lambda-powertools/logger";
import { EC2Client, type EC2ClientConfig } from "@aws-sdk/client-ec2";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import type { Config } from "../wiring/config.ts";
import type { EventSender } from "./events.ts";
import { documentClient } from "./stores/dynamo.ts";
import { unlogged } from "./unlogged.ts";

/** What may differ from Lambda's own surroundings: the local account, or a test's clock. */
export interface Surroundings {
  readonly endpoint?: string;
  readonly credentials?: NonNullable<EC2ClientConfig["credentials"]>;
  /** The connections of other clients, to be shared. */
  readonly requestHandler?: NonNullable<EC2ClientConfig["requestHandler"]>;
  /** Who is told of jobs that wait; the event bus unless told. */
  readonly announce?: EventSender;
  readonly clock?: () => number;
  readonly sleep?: (ms: number, signal?: AbortSignal) => Promise<void>;
  readonly log?: Logger;
  /** How often a call is tried; 3 unless told. */
  readonly maxAttempts?: number;
  /** After so many milliseconds without an answer a call has failed; 10,000 unless told. */
  readonly patience?: number;
}

/** A call that hangs must not hold a hole open until the function times out. */
const timeouts = {
  ...{ connectionTimeout: 2_000, requestTimeout: 10_000 },
  // Without it the SDK says that it waits, and waits on.
  throwOnRequestTimeout: true,
};

export type Connection = ReturnType<typeof connection>;

/** What every client of a region is made with. */
export function clientOptions({ region }: Pick<Config, "region">, surroundings: Surroundings) {
  const { endpoint, credentials, maxAttempts = 3, requestHandler } = surroundings;
  const { patience = timeouts.requestTimeout } = surroundings;
  return {
    ...{ region, maxAttempts },
    requestHandler: requestHandler ?? { ...timeouts, requestTimeout: patience },
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
  };
}

/** Makes the clients that most parts share; `options` are for the others. */
export function connection(config: Config, surroundings: Surroundings) {
  const { clock = Date.now, sleep = pause } = surroundings;
  const options = clientOptions(config, surroundings);
  return {
    ...{ config, options, clock, sleep },
    newId: randomUUID as () => string,
    log: surroundings.log ?? new Logger({ serviceName: "portward" }),
    ec2: unlogged(new EC2Client(options)),
    documents: documentClient(options),
    bus: new EventBridgeClient(options),
  };
}

async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  // An aborted wait is over, not failed.
  await wait(ms, undefined, signal ? { signal } : {}).catch(() => undefined);
}

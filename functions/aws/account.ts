// The clients of one account and region, made once and handed out by what they are for. Everything
// that calls AWS is reached from here.
import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { Logger } from "@aws-lambda-powertools/logger";
import { EC2Client, type EC2ClientConfig } from "@aws-sdk/client-ec2";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { SNSClient } from "@aws-sdk/client-sns";
import { SQSClient } from "@aws-sdk/client-sqs";
import type { Config } from "../wiring/config.ts";
import { approvals } from "./approvals.ts";
import { chat } from "./chat.ts";
import { type EventSender, eventSender } from "./events.ts";
import { interfaces } from "./interfaces.ts";
import { plumbing } from "./plumbing.ts";
import { prefixLists } from "./prefix-lists.ts";
import { machinePublisher, publisher } from "./publish.ts";
import { regionReader } from "./region-reader.ts";
import { regions } from "./regions.ts";
import { retryQueue } from "./retry-queue.ts";
import { schedules } from "./schedules.ts";
import { securityGroups } from "./security-groups.ts";
import { alertStore } from "./stores/alert-store.ts";
import { answerStore } from "./stores/answer-store.ts";
import { brakeStore } from "./stores/brake-store.ts";
import { deliveryStore } from "./stores/delivery-store.ts";
import { documentClient } from "./stores/dynamo.ts";
import { exceptionStore } from "./stores/exception-store.ts";
import { exposureStore } from "./stores/exposure-store.ts";
import { findingStore } from "./stores/finding-store.ts";
import { intentStore } from "./stores/intent-store.ts";
import { jobStore } from "./stores/job-store.ts";
import { pauseStore } from "./stores/pause-store.ts";
import { policyStore } from "./stores/policy-store.ts";

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
}

/** A call that hangs must not hold a hole open until the function times out. */
export const timeouts = { connectionTimeout: 2_000, requestTimeout: 10_000 };

export type AwsAccount = ReturnType<typeof connect>;

/** Makes the clients for a configuration. */
export function connect(config: Config, surroundings: Surroundings = {}) {
  const { endpoint, credentials, clock = Date.now, sleep = pause, maxAttempts = 3 } = surroundings;
  const { announce } = surroundings;
  const options = {
    region: config.region,
    maxAttempts,
    requestHandler: surroundings.requestHandler ?? timeouts,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
  };
  const ec2 = new EC2Client(options);
  const documents = documentClient(options);
  const bus = new EventBridgeClient(options);
  const log = surroundings.log ?? new Logger({ serviceName: "portward" });
  return {
    config,
    clock,
    sleep,
    newId: randomUUID as () => string,
    log,
    groups: securityGroups(ec2),
    lists: prefixLists(ec2),
    region: regionReader(ec2),
    interfaces: interfaces(ec2),
    alerts: alertStore(documents, config),
    deliveries: deliveryStore(documents, config),
    pauses: pauseStore(documents, config),
    policy: policyStore(documents, config, clock),
    intents: intentStore(documents, config),
    findings: findingStore(documents, config, clock),
    exceptions: exceptionStore(documents, config, clock),
    exposures: exposureStore(documents, config),
    approvals: approvals(options, documents, config, clock),
    chat: chat(options, documents, config, clock),
    brake: brakeStore(documents, config),
    plumbing: plumbing(options, config),
    regions: regions(options, documents, config),
    answers: answerStore(documents, config, clock),
    jobs: jobStore(documents, config, { clock, log, send: announce ?? eventSender(bus, config) }),
    publish: publisher(new SNSClient(options), bus, config),
    schedules: schedules(options, config.schedules),
    tellMachines: machinePublisher(bus, config),
    queue: retryQueue(new SQSClient(options), config),
  };
}

async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  // An aborted wait is over, not failed.
  await wait(ms, undefined, signal ? { signal } : {}).catch(() => undefined);
}

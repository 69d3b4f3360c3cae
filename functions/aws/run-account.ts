// An account as far as a run on one group needs it, so that the function behind the queue of events
// loads nothing that it never calls. The rest is account.ts.
import { SNSClient } from "@aws-sdk/client-sns";
import { SQSClient } from "@aws-sdk/client-sqs";
import type { Config } from "../wiring/config.ts";
import { type Connection, connection, type Surroundings } from "./connection.ts";
import { interfaces } from "./interfaces.ts";
import { prefixLists } from "./prefix-lists.ts";
import { machinePublisher, publisher } from "./publish.ts";
import { retryQueue } from "./retry-queue.ts";
import { securityGroups } from "./security-groups.ts";
import { alertStore } from "./stores/alert-store.ts";
import { findingStore } from "./stores/finding-store.ts";
import { intentStore } from "./stores/intent-store.ts";
import { lastEventStore } from "./stores/last-event.ts";
import { policyStore } from "./stores/policy-store.ts";

export type RunAccount = ReturnType<typeof runParts>;

/** Makes what a run needs for a configuration. */
export const connectRun = (config: Config, surroundings: Surroundings = {}): RunAccount =>
  runParts(connection(config, surroundings));

/** Makes what a run needs of clients that others share. */
export function runParts({ config, options, ec2, documents, bus, ...own }: Connection) {
  return {
    ...own,
    config,
    groups: securityGroups(ec2),
    lists: prefixLists(ec2),
    interfaces: interfaces(ec2),
    alerts: alertStore(documents, config),
    policy: policyStore(documents, config, own.clock),
    intents: intentStore(documents, config),
    findings: findingStore(documents, config, own.clock),
    lastEvent: lastEventStore(documents, config),
    publish: publisher(new SNSClient(options), bus, config),
    tellMachines: machinePublisher(bus, config),
    queue: retryQueue(new SQSClient(options), config),
  };
}

// An AWS account in one process: one loopback endpoint for all its services, so that ordinary SDK
// clients, boto3 and the `aws` CLI work against it. This file only puts the parts together.
import { mkdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Buckets } from "./buckets.ts";
import type { Bus } from "./bus.ts";
import { type Clock, createClock } from "./clock.ts";
import { type Cloud, createCloud } from "./cloud.ts";
import { openTables } from "./dynamodb.ts";
import type { Ec2 } from "./ec2/ec2.ts";
import type { Functions } from "./functions.ts";
import { type ApiHandler, type ApiOptions, gatewayService } from "./gateway.ts";
import { accessKeyOf, callerOf, type KeyName, secretOf } from "./identities.ts";
import type { Inbox } from "./inbox.ts";
import { openJournal } from "./journal.ts";
import type { Keys } from "./keys.ts";
import { type Consumers, createConsumers } from "./queues/consumers.ts";
import type { QueueStore } from "./queues/queue-store.ts";
import type { Schedules } from "./schedules.ts";
import type { AccountScope } from "./scope.ts";
import type { Secrets } from "./secrets.ts";
import { servicesOf } from "./services.ts";
import { sessionCaller } from "./session-caller.ts";
import { createState } from "./state.ts";
import { lockState } from "./state-lock.ts";
import type { Trail } from "./trail.ts";
import type { CallLog } from "./wire/call-log.ts";
import { createEndpoint, type Endpoint, unsigned } from "./wire/endpoint.ts";
import type { Faults } from "./wire/faults.ts";
import type { Service } from "./wire/service.ts";

/** How an account is started. */
export interface AccountOptions {
  /** 0, the default, lets the system choose. */
  port?: number;
  /** Where the account is kept; in memory unless told. */
  stateDir?: string;
  accountId?: string;
  region?: string;
  clock?: Clock;
  /** What it shares with other accounts; with none unless told. */
  cloud?: Cloud;
}

/** The queues, and the functions that consume them. */
export type Queues = Pick<
  QueueStore,
  "arnOf" | "create" | "send" | "receive" | "remove" | "messages" | "count" | "purge"
> &
  Omit<Consumers, "stop" | "isIdle">;

/** A running account. */
export interface Account {
  url: string;
  accountId: string;
  region: string;
  clock: Clock;
  /** The environment that makes an SDK or the `aws` CLI talk to this account as somebody. */
  env(keyName?: KeyName): Record<string, string>;
  ec2: Ec2;
  inbox: Inbox;
  queues: Queues;
  bus: Bus;
  functions: Functions;
  schedules: Schedules;
  keys: Keys;
  secrets: Secrets;
  trail: Trail;
  buckets: Buckets;
  cloud: Cloud;
  /** Puts a handler behind the API's routes, in place of any before, until stopped. */
  api: { serve(handler: ApiHandler, options: ApiOptions): { stop(): void } };
  /** Answers a request of this process as the endpoint would, without a socket. */
  ask: Endpoint["ask"];
  calls: CallLog;
  faults: Faults;
  /** Resolves when no consumed queue has a visible message and no handler and no function runs. */
  idle(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts an account; it serves when this resolves. */
export async function startAccount(options: AccountOptions = {}): Promise<Account> {
  const scope = {
    account: options.accountId ?? "111122223333",
    region: options.region ?? "ap-southeast-1",
  };
  const clock = options.clock ?? createClock();
  const unlock = options.stateDir ? claim(options.stateDir) : () => {};
  try {
    return await assemble(options, scope, clock, unlock);
  } catch (thrown) {
    unlock();
    throw thrown;
  }
}

/** How long a stopping account waits for its handlers and functions, in ms. */
const patience = 5000;

async function assemble(
  options: AccountOptions,
  scope: AccountScope,
  clock: Clock,
  unlock: () => void,
): Promise<Account> {
  const { stateDir } = options;
  const { cloud = createCloud() } = options;
  const state = createState(scope, clock, cloud);
  const journal = stateDir ? openJournal(stateDir, state.parts) : undefined;
  state.keepIn(journal);
  const dynamodb = await openTables({ ...scope, ...(stateDir && { stateDir }) });
  const consumers = createConsumers(state.queues, scope);
  const services = new Map<string, Service>();
  const endpoint = createEndpoint({
    services,
    region: scope.region,
    callerOf: credentials =>
      sessionCaller(cloud, credentials, { account: scope.account, now: clock.now() }) ??
      callerOf(credentials.accessKeyId, scope.account, scope.region),
  });
  const shutDown = async () => {
    state.functions.stop();
    const finished = Promise.all([consumers.stop(), state.functions.idle()]);
    await Promise.race([finished, sleep(patience, undefined, { ref: false })]);
    await endpoint.close();
    state.queues.close();
    state.schedules.close();
    await dynamodb.close();
    journal?.close();
    unlock();
  };
  const url = await endpoint.listen(options.port ?? 0).catch(async thrown => {
    await shutDown();
    throw thrown;
  });
  const urlOfQueue = (name: string) => `${url}/${scope.account}/${name}`;
  for (const [name, service] of Object.entries(
    servicesOf({ ...state, clock, cloud, dynamodb, urlOfQueue }),
  )) {
    services.set(name, service);
  }
  state.queues.resume();
  state.schedules.resume();
  let stopping: Promise<void> | undefined;
  return {
    url,
    accountId: scope.account,
    region: scope.region,
    clock,
    env: (keyName = "tester") => envOf(keyName, url, scope.region),
    ec2: state.ec2,
    inbox: state.inbox,
    queues: { ...state.queues, ...consumers },
    bus: state.bus,
    functions: state.functions,
    schedules: state.schedules,
    keys: state.keys,
    secrets: state.secrets,
    trail: state.trail,
    buckets: state.buckets,
    cloud,
    api: apiOf(services, scope, clock),
    idle: () => idle(consumers, state.functions),
    ask: endpoint.ask,
    calls: endpoint.calls,
    faults: endpoint.faults,
    stop: () => {
      stopping ??= shutDown();
      return stopping;
    },
  };
}

function apiOf(services: Map<string, Service>, scope: AccountScope, clock: Clock): Account["api"] {
  return {
    serve(handler, options) {
      const service = gatewayService(handler, options, scope, clock);
      services.set(unsigned, service);
      return {
        stop() {
          if (services.get(unsigned) === service) services.delete(unsigned);
        },
      };
    },
  };
}

// A function may send to a queue, and a queue's handler may cause an event for a function.
async function idle(consumers: Consumers, functions: Functions): Promise<void> {
  do {
    await functions.idle();
    await consumers.idle();
  } while (!functions.isIdle() || !consumers.isIdle());
}

function claim(stateDir: string): () => void {
  mkdirSync(stateDir, { recursive: true });
  return lockState(stateDir);
}

function envOf(keyName: KeyName, url: string, region: string): Record<string, string> {
  const accessKeyId = accessKeyOf(keyName);
  return {
    AWS_ENDPOINT_URL: url,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretOf(accessKeyId),
    // The `aws` CLI of version 1 reads the second one only.
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_PAGER: "",
    AWS_EC2_METADATA_DISABLED: "true",
  };
}

// A hub in local accounts: the queue its members' events end in, their rules that forward to its bus, and
// in each of them the role it assumes. `stacks/` says it for AWS, this file for one process.
import type { Logger } from "@aws-lambda-powertools/logger";
import type { SQSBatchResponse } from "aws-lambda";
import { type Hub, hubOf } from "../functions/aws/hub.ts";
import { memberEvents } from "../functions/hub.ts";
import { rounds } from "../functions/rounds.ts";
import type { Config } from "../functions/wiring/config.ts";
import { memberRole, type Place } from "../functions/wiring/members.ts";
import {
  attachmentDelay,
  attachmentEventPattern,
  groupEventPattern,
} from "../functions/wiring/triggers.ts";
import type { Account } from "./account.ts";
import { functionKeyOf, secretOf } from "./identities.ts";
import { matches } from "./pattern.ts";

const MEMBERS = "portward-members";
const ATTACHMENTS = "portward-member-attachments";
const ROUNDS = "portward-rounds";
const SECRET = "portward/external-id";
const EXTERNAL_ID = "local-external-id";
const ROLE = "arn:aws:iam::ACCOUNT:role/portward-local-REGION-member";
const DEAD_LETTERS = "portward-dead-letters";

export interface HubOptions {
  readonly log: Logger;
  readonly sleep?: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** How often a call is tried; 3 unless told. */
  readonly maxAttempts?: number;
  /** What a round has left when it begins, in ms; 15 minutes unless told. */
  readonly roundMs?: number;
}

export interface HubDeployment {
  readonly hub: Hub;
  readonly config: Config;
  readonly queue: string;
  readonly rounds: string;
  readonly secret: string;
  readonly externalId: string;
  roleOf(place: Place): string;
  /** Calls the function of rounds, as the clock or a person does. */
  call(event: object): Promise<unknown>;
  /** Lets a member's role be taken on again, or for the first time. */
  trust(place: Place, externalId?: string): void;
}

/** Makes an account in which Portward is deployed the hub of others. */
export function deployHub(
  home: Account,
  homeConfig: Config,
  members: readonly Account[],
  options: HubOptions,
): HubDeployment {
  const config = configOf(home, homeConfig, members);
  const at = new Map(members.map(one => [`${one.accountId}/${one.region}`, one.url]));
  const { log, sleep, maxAttempts = 3, roundMs = 900_000 } = options;
  const endpointOf = ({ account, region }: Place) => at.get(`${account}/${region}`) ?? home.url;
  // Each function has a role of its own.
  const hubAs = (name: string) => {
    const accessKeyId = functionKeyOf(name);
    const credentials = { accessKeyId, secretAccessKey: secretOf(accessKeyId) };
    const how = { clock: home.clock.now, log, maxAttempts, ...(sleep ? { sleep } : {}) };
    return hubOf(config, { endpoint: home.url, endpointOf, credentials, ...how });
  };
  const hub = hubAs("hub");
  const looking = hubAs("rounds");
  home.secrets.put(SECRET, EXTERNAL_ID);
  const roleOf = (place: Place) => memberRole({ role: ROLE }, place);
  const principals = ["hub", "rounds"].map(
    name => `arn:aws:iam::${home.accountId}:role/portward-${name}-function`,
  );
  const trust = (place: Place, externalId = EXTERNAL_ID) =>
    home.cloud.putRole({ arn: roleOf(place), trust: { principals, externalId } });
  const redrive = (receives: number) => ({
    VisibilityTimeout: "360",
    RedrivePolicy: JSON.stringify({
      deadLetterTargetArn: home.queues.arnOf(DEAD_LETTERS),
      maxReceiveCount: receives,
    }),
  });
  home.queues.create(MEMBERS, redrive(5));
  home.queues.create(ATTACHMENTS, { ...redrive(5), DelaySeconds: `${attachmentDelay}` });
  home.queues.create(ROUNDS, redrive(2));
  const handleEvents = memberEvents(() => hub);
  const handleRounds = rounds(() => looking);
  home.queues.consume(MEMBERS, {
    functionName: MEMBERS,
    timeoutMs: 60_000,
    handler: handleEvents,
  });
  home.queues.consume(ATTACHMENTS, {
    functionName: MEMBERS,
    batchSize: 100,
    timeoutMs: 60_000,
    handler: handleEvents,
  });
  home.queues.consume(ROUNDS, {
    functionName: ROUNDS,
    batchSize: 1,
    timeoutMs: roundMs,
    handler: async (event, context) => (await handleRounds(event, context)) as SQSBatchResponse,
  });
  const bus = `arn:aws:events:${home.region}:${home.accountId}:event-bus/portward-members`;
  const rules = [
    { name: "portward-forward", pattern: { ...groupEventPattern() }, queue: MEMBERS },
    { name: "portward-attached", pattern: { ...attachmentEventPattern() }, queue: ATTACHMENTS },
  ];
  home.cloud.openBus(bus, envelope => {
    // The policy of the bus: members alone send to it.
    if (!members.some(({ accountId }) => accountId === envelope.account)) return;
    for (const { queue } of rules.filter(one => matches(one.pattern, envelope))) {
      home.queues.send(home.queues.arnOf(queue), JSON.stringify(envelope));
    }
  });
  for (const { accountId: account, region, bus: own } of members) {
    trust({ account, region });
    for (const { name, pattern } of rules) own.putRule({ name, pattern, targets: [bus] });
  }
  const names = { queue: MEMBERS, rounds: ROUNDS, secret: SECRET, externalId: EXTERNAL_ID };
  const call = (event: object) => handleRounds(event, { getRemainingTimeInMillis: () => roundMs });
  return { hub, config, ...names, roleOf, call, trust };
}

function configOf(home: Account, config: Config, members: readonly Account[]): Config {
  const urlOf = (queue: string) => `${home.url}/${home.accountId}/${queue}`;
  return {
    ...config,
    retryQueueUrl: urlOf(MEMBERS),
    members: {
      accounts: [...new Set(members.map(({ accountId }) => accountId))],
      regions: [...new Set(members.map(({ region }) => region))],
      ...{ role: ROLE, secret: SECRET, roundsQueueUrl: urlOf(ROUNDS) },
    },
  };
}

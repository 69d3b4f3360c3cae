// An account with Portward's tables, queues and topic, in which nothing moves but what a history
// moves: no consumer, no timer, no schedule. Histories deliver, sweep and audit themselves.
import { setTimeout as wait } from "node:timers/promises";
import { Logger } from "@aws-lambda-powertools/logger";
import { type AwsAccount, connect } from "../../functions/aws/account.ts";
import type { WindowCall } from "../../functions/aws/schedules.ts";
import { type Account, startAccount } from "../../local/account.ts";
import type { Envelope } from "../../local/bus.ts";
import type { Clock } from "../../local/clock.ts";
import { accessKeyOf, ownRole, secretOf } from "../../local/identities.ts";
import { deploy } from "../../local/portward.ts";
import type { Asked } from "../../local/wire/faults.ts";
import { stillClock } from "./clock.ts";
import type { Random, Trouble } from "./draw.ts";
import { transportTo } from "./transport.ts";
import { createTroubles, FIRST, type Troubles } from "./troubles.ts";

export const QUEUE = "chaos";
const WINDOW = "portward-window";
const DEAD = "chaos-dead";
/** No trouble. */
export const NOTHING: Trouble = { faults: [] };
const RESET_MS = 8 * 24 * 3_600_000;
/** About what a call takes. */
const CALL_MS = 7;

export interface World {
  readonly account: Account;
  readonly clock: Clock;
  readonly troubles: Troubles;
  /** Portward under the troubles of the step; the second runs beside the first. */
  readonly first: AwsAccount;
  readonly second: AwsAccount;
  /** Portward undisturbed, to look at what is stored. */
  readonly calm: AwsAccount;
  /** Says by what numbers calls are held back. */
  pace(random: Random): void;
  /** Tells whether an exception may have been written since it was asked last. */
  hasNewExceptions(): boolean;
  /** The schedules that have called since it was asked last. */
  calledSchedules(): WindowCall[];
  /**
   * Begins anew, as a history of a seed finds it whatever was played before: nothing in EC2, queue and
   * schedules, nothing stored in its scope, nothing remembered, and the time of day the same.
   */
  enter(seed: number): void;
  /** Who is told of every change of EC2, before its answer is sent. */
  listen(heard: (envelope: Envelope) => void): void;
  stop(): Promise<void>;
}

/** Starts an account; many histories may use it, one after another. */
export async function startWorld(): Promise<World> {
  const clock = stillClock();
  const account = await startAccount({ clock });
  const deployment = deploy(account);
  deployment.stop();
  account.queues.create(DEAD);
  account.queues.create(QUEUE, {
    VisibilityTimeout: "360",
    RedrivePolicy: JSON.stringify({
      deadLetterTargetArn: account.queues.arnOf(DEAD),
      maxReceiveCount: 5,
    }),
  });
  const at = (name: string) => `${account.url}/${account.accountId}/${name}`;
  const config = { ...deployment.config, retryQueueUrl: at(QUEUE), deadLetterQueueUrl: at(DEAD) };
  const accessKeyId = accessKeyOf("portward");
  const credentials = { accessKeyId, secretAccessKey: secretOf(accessKeyId) };
  let pace: Random = () => 0;
  const requestHandler = transportTo(account, () => pace);
  const portward = (path: string, scope: string) =>
    connect(
      { ...config, scope },
      {
        endpoint: `${account.url}/${path}`,
        credentials,
        clock: clock.now,
        log: new Logger({ logLevel: "SILENT" }),
        maxAttempts: 1,
        requestHandler,
        sleep: async (ms, signal) => {
          if (signal) await wait(ms, undefined, { signal }).catch(() => undefined);
          else clock.advance(ms);
        },
      },
    );
  const troubles = createTroubles();
  const blank = account.ec2.snapshot();
  let hasNewExceptions = true;
  account.faults.decide(call => {
    if (isWriteTo(config.tables.exceptions, call)) hasNewExceptions = true;
    if (!call.caller.includes(ownRole)) return undefined;
    clock.advance(CALL_MS);
    return call.path.startsWith("/calm") ? undefined : troubles.decide(call);
  });
  let called: WindowCall[] = [];
  account.functions.put(WINDOW, async call => {
    called.push(call as WindowCall);
  });
  let heard: (envelope: Envelope) => void = () => {};
  account.bus.deliver({
    drop: envelope => {
      heard(envelope);
      return true;
    },
  });
  const portwards = (scope: string) => ({
    ...{ first: portward(FIRST, scope), second: portward("second", scope) },
    calm: portward("calm", scope),
  });
  const world: World = {
    ...{ account, clock, troubles, ...portwards(config.scope) },
    hasNewExceptions() {
      const had = hasNewExceptions;
      hasNewExceptions = false;
      return had;
    },
    calledSchedules() {
      const all = called;
      called = [];
      return all;
    },
    enter(seed) {
      account.ec2.restore(blank);
      for (const { arn } of [...account.schedules.list()]) account.schedules.remove(arn);
      troubles.begin(NOTHING);
      account.ec2.lagReads(0);
      // Long after whatever another history left.
      clock.advance(RESET_MS - (clock.now() % RESET_MS));
      account.queues.purge(QUEUE);
      account.queues.purge(DEAD);
      called = [];
      hasNewExceptions = true;
      Object.assign(world, portwards(`${config.scope}/${seed}`));
    },
    pace(next) {
      pace = next;
    },
    listen(to) {
      heard = to;
    },
    stop: () => account.stop(),
  };
  return world;
}

const isWriteTo = (table: string, { service, action, body }: Asked): boolean =>
  service === "dynamodb" &&
  !/^(?:Query|GetItem|BatchGetItem)$/.test(action) &&
  body.includes(table);

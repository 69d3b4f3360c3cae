// The Lambda function of a hub's rounds: by the clock it puts them on their queue, behind the queue it
// does them one by one, and by hand it does in one member what somebody asks for.
import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import type { Context, SQSBatchResponse, SQSEvent } from "aws-lambda";
import { audit } from "./audit.ts";
import { errorText } from "./aws/error-codes.ts";
import type { Hub } from "./aws/hub.ts";
import { ownHub } from "./aws/own-hub.ts";
import { messageOf } from "./aws/queue-message.ts";
import { onMemberCall } from "./reconcile/member-call.ts";
import type { Message } from "./reconcile/messages.ts";
import { noteAudited, noteSwept, putAudits, putSweeps } from "./reconcile/rounds.ts";
import { sweep } from "./reconcile/sweep.ts";
import { measured } from "./wiring/measures.ts";
import { callForm, clockForm, type Round, type RoundCall, roundForm } from "./wiring/round.ts";
import { jobDetailType, ownSource } from "./wiring/triggers.ts";

type Time = Pick<Context, "getRemainingTimeInMillis">;

/** A sweep that waited for longer has been asked for again. */
const STALE_MS = 3 * 60_000;

/** The handler for a hub; the local accounts make their own. */
export function rounds(hub: () => Hub) {
  return async (event: unknown, context: Time): Promise<unknown> => {
    if (isQueued(event)) return doRounds(hub(), event, context);
    const clock = clockForm.safeParse(event);
    if (!clock.success) return onCall(hub(), callForm.parse(event), context);
    const put = clock.data.put === "audits" ? await putAudits(hub()) : await putSweeps(hub());
    hub().own.log.info("rounds", { ...clock.data, count: put });
    return { put };
  };
}

const isQueued = (event: unknown): event is SQSEvent => Array.isArray(Object(event).Records);

async function doRounds(hub: Hub, event: SQSEvent, context: Time): Promise<SQSBatchResponse> {
  const failed: string[] = [];
  for (const message of event.Records.map(messageOf)) {
    if (!(await isDone(hub, message, context))) failed.push(message.id);
  }
  return { batchItemFailures: failed.map(itemIdentifier => ({ itemIdentifier })) };
}

/** Does a round; false when its message has to come again. */
async function isDone(hub: Hub, { id, body }: Message, context: Time): Promise<boolean> {
  const { queue, log, clock, config } = hub.own;
  const round = roundIn(hub, body);
  try {
    if ("because" in round) await queue.reject(body, id, round.because);
    else await doRound(hub, round, context);
    return true;
  } catch (error) {
    const failures = measured(config.stage, clock(), { Failures: 1 });
    log.error("a round was not finished", { body, error: errorText(error), ...failures });
    // The next minute's is as good.
    return "does" in round && round.does === "sweep";
  }
}

function roundIn(hub: Hub, body: string): Round | { because: string } {
  let asked: unknown;
  try {
    asked = JSON.parse(body);
  } catch {
    return { because: "it is not JSON" };
  }
  const { success, data } = roundForm.safeParse(asked);
  if (!success) return { because: "it is no round" };
  const because = hub.strangerBecause(data);
  return because === undefined ? data : { because };
}

async function doRound(hub: Hub, round: Round, context: Time): Promise<void> {
  const { own } = hub;
  if (round.does === "sweep" && own.clock() - round.at > STALE_MS) return;
  const aws = await hub.at(round);
  if (round.does === "sweep") {
    const startedAt = own.clock();
    await sweep(aws);
    await noteSwept(hub, aws, startedAt);
  } else {
    await noteAudited(hub, aws);
    await audit(() => aws)(eventOf(round), context);
  }
}

const eventOf = (round: Exclude<Round, { does: "sweep" }>) =>
  round.does === "audit"
    ? { source: "aws.scheduler" }
    : { source: ownSource, "detail-type": jobDetailType, detail: round.job };

async function onCall(hub: Hub, call: RoundCall, context: Time): Promise<unknown> {
  const stranger = hub.strangerBecause(call);
  if (stranger !== undefined) throw new Error(stranger);
  const aws = await hub.at(call);
  await hub.busy.markDirty(aws.config.scope, call.does, aws.clock());
  if (call.does !== "audit") return onMemberCall(aws, call);
  const apply = call.apply === undefined ? {} : { apply: call.apply };
  return audit(() => aws)({ audit: true, ...apply }, context);
}

export const handler = middy<unknown, unknown>()
  .use(injectLambdaContext(new Logger({ serviceName: "portward" })))
  .handler(rounds(ownHub));

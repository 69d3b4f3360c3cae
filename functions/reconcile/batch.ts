// Messages of one batch become triggers, and triggers of one group become one reconcile. Each
// message ends by itself: done, put back for later, rejected with its reason, or failed.
import type { Trigger } from "../../matrix/trigger.ts";
import { errorText, isThrottled } from "../aws/error-codes.ts";
import { measured } from "../wiring/measures.ts";
import type { RunDeps } from "./deps.ts";
import { impostorFinding, isExplained, isOurKind } from "./impostor.ts";
import { runMeasures } from "./measure.ts";
import { type Message, readMessage, type Work } from "./messages.ts";
import { type Run, reconcile } from "./reconcile.ts";
import { report } from "./report.ts";

export type { Message } from "./messages.ts";

/**
 * Seconds until a message is looked at again whose event the reads do not show yet; the last wait
 * is for our own calls alone, whose run may have to be delivered again before it accounts for them.
 */
const LOOK_AGAIN = [5, 30, 120, 900];
const LOOKS = 3;
export const THROTTLED_DELAY = 20;
/** Longer than a publication's lease: whoever held it is done by then. */
const PENDING_DELAY = 45;
const GROUPS_AT_ONCE = 4;

interface Progress {
  readonly failed: Set<Message>;
  /** Seconds after which a message comes again, and whether that counts as a look. */
  readonly again: Map<Message, { delay: number; isLook: boolean }>;
}

/**
 * Works on a batch of queue messages.
 *
 * @returns the ids of the messages to be delivered again by the queue itself.
 */
export async function runBatch(deps: RunDeps, messages: readonly Message[]): Promise<string[]> {
  const progress: Progress = { failed: new Set(), again: new Map() };
  const work = new Map<string, Work>();
  const heard: number[] = [];
  await Promise.all(
    messages.map(message =>
      orFail(deps, progress, [message], async () => {
        if (await readMessage(deps, message, work, heard)) lookAgain(progress, message, LOOKS);
      }),
    ),
  );
  const noted = noteHeard(deps, heard);
  await eachAtOnce(GROUPS_AT_ONCE, [...work], ([groupId, asked]) =>
    orFail(deps, progress, [...asked.messages], () => runGroup(deps, groupId, asked, progress)),
  );
  await Promise.all(
    [...progress.again]
      .filter(([message]) => !progress.failed.has(message))
      .map(([message, again]) => putBack(deps, progress, message, again)),
  );
  await noted;
  return [...progress.failed].map(({ id }) => id);
}

// Beside the work, and once a minute: when the last event was heard of is for people who look.
const notedAt = new WeakMap<RunDeps["lastEvent"], number>();

async function noteHeard(deps: RunDeps, heard: readonly number[]): Promise<void> {
  const now = deps.clock();
  if (
    heard.length === 0 ||
    now - (notedAt.get(deps.lastEvent) ?? Number.NEGATIVE_INFINITY) < 60_000
  )
    return;
  notedAt.set(deps.lastEvent, now);
  try {
    await deps.lastEvent.note({ at: Math.max(...heard), heardAt: now });
  } catch (error) {
    deps.log.warn("the last event could not be noted", { error: errorText(error) });
  }
}

// A message that cannot be put back is the queue's to deliver again.
async function putBack(
  deps: RunDeps,
  progress: Progress,
  message: Message,
  { delay, isLook }: { delay: number; isLook: boolean },
): Promise<void> {
  try {
    await deps.queue.again(message.body, message.attempt + (isLook ? 1 : 0), delay);
  } catch (error) {
    deps.log.error("not put back", { error: errorText(error) });
    progress.failed.add(message);
  }
}

async function runGroup(
  deps: RunDeps,
  groupId: string,
  { triggers, messages, unexplained }: Work,
  progress: Progress,
): Promise<void> {
  const isLast = [...messages].every(({ attempt }) => attempt >= LOOKS);
  const lastLooks = triggers.filter(trigger => {
    const own = unexplained.get(trigger);
    return own ? !comesAgain(own) : isLast;
  });
  const run = await reconcile(deps, groupId, triggers, new Set(lastLooks.map(({ id }) => id)));
  deps.log.info("reconciled", { ...logLine(run, triggers), ...runMeasures(deps, run) });
  noteRun(progress, run, messages);
  for (const [trigger, message] of unexplained) {
    await noteOwnCall(deps, run, trigger, message, progress);
  }
}

function noteRun(progress: Progress, run: Run, messages: ReadonlySet<Message>): void {
  for (const message of messages) {
    if (run.isThrottled) progress.again.set(message, { delay: THROTTLED_DELAY, isLook: false });
    else if (run.isPending) progress.again.set(message, { delay: PENDING_DELAY, isLook: false });
    else if (run.isStale) lookAgain(progress, message, LOOKS);
  }
}

function lookAgain(progress: Progress, message: Message, looks: number): void {
  const delay = LOOK_AGAIN[message.attempt];
  if (message.attempt < looks && delay !== undefined) {
    progress.again.set(message, { delay, isLook: true });
  }
}

/** Tells whether the message of an own call has a look left. */
const comesAgain = ({ attempt }: Message): boolean => attempt < LOOK_AGAIN.length;

// A call by our own role that no run accounts for. If it did what the policy forbids, no run of ours
// made it. If it did what a run would do, its run may have died before its intent: wait for that. What
// the last look has then found closed was a run's.
async function noteOwnCall(
  deps: RunDeps,
  run: Run,
  trigger: Trigger,
  message: Message,
  progress: Progress,
): Promise<void> {
  const { groupId } = run;
  const isAgainst = run.findings.some(({ actor, trigger: { id } }) => actor && id === trigger.id);
  if (!isAgainst && isOurKind(trigger)) {
    if (comesAgain(message)) return lookAgain(progress, message, LOOK_AGAIN.length);
    if (await isExplained(deps, trigger, groupId, "remainders")) return;
  }
  deps.log.error("a call by our own role that no run made", { eventId: trigger.id, groupId });
  const finding = impostorFinding(deps, trigger, groupId);
  await report(deps, [finding], { id: deps.newId(), readAt: deps.clock() });
}

// A throttled call says nothing about the message: it comes again and does not count as a failure.
async function orFail(
  deps: RunDeps,
  progress: Progress,
  messages: readonly Message[],
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    const failures = measured(deps.config.stage, deps.clock(), { Failures: messages.length });
    deps.log.error("not finished", { error: errorText(error), ...failures });
    for (const message of messages) {
      if (!isThrottled(error)) progress.failed.add(message);
      else if (!progress.again.has(message)) {
        progress.again.set(message, { delay: THROTTLED_DELAY, isLook: false });
      }
    }
  }
}

const logLine = (run: Run, triggers: readonly Trigger[]) => ({
  groupId: run.groupId,
  outcome: run.outcome,
  findings: run.findings.map(({ id, outcome, rule }) => `${id} ${outcome} ${rule}`),
  eventIds: triggers.map(({ id }) => id),
  requestIds: triggers.map(({ requestId }) => requestId),
  actors: triggers.map(({ actor }) => actor?.arn ?? actor?.name),
});

/** Runs a task for each item, a few at once. */
export async function eachAtOnce<T>(
  count: number,
  items: readonly T[],
  task: (item: T) => Promise<void>,
): Promise<void> {
  const queue = [...items];
  const workers = Array.from({ length: Math.min(count, items.length) }, async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await task(item);
  });
  await Promise.all(workers);
}

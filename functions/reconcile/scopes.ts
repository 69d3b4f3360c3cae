// A batch of messages of several accounts and regions: each goes to the place its envelope names, if that
// is a member of this hub, and what one place cannot do fails the messages of that place alone.
import { errorText, isThrottled } from "../aws/error-codes.ts";
import type { Hub } from "../aws/hub.ts";
import { placeIn } from "../aws/record/envelope.ts";
import { measured } from "../wiring/measures.ts";
import { type Place, scopeOf } from "../wiring/members.ts";
import { type Message, THROTTLED_DELAY } from "./batch.ts";
import type { Deps } from "./deps.ts";

/** The messages of one place. */
interface Share {
  readonly place: Place;
  readonly messages: Message[];
}

/** How a batch is worked on, and how long it may take. */
export interface ScopesRun {
  /** What is done with the messages of one place: returns the ids of those that failed. */
  readonly run: (deps: Deps, messages: readonly Message[]) => Promise<string[]>;
  readonly milliseconds: number;
}

/**
 * Works on a batch; what is not done when the time is over has failed.
 *
 * @returns the ids of the messages to be delivered again by the queue itself.
 */
export async function runScopes(
  hub: Hub,
  messages: readonly Message[],
  { run, milliseconds }: ScopesRun,
): Promise<string[]> {
  const { shares, failed } = await sort(hub, messages);
  const results = await Promise.all(
    shares.map(share =>
      within(milliseconds, runShare(hub, share, run), () => notInTime(hub, share)),
    ),
  );
  return [...failed, ...results.flat()];
}

/** Sorts messages by place; those of no member are rejected before anything is read or written. */
async function sort(
  hub: Hub,
  messages: readonly Message[],
): Promise<{ shares: Share[]; failed: string[] }> {
  const { own } = hub;
  const shares = new Map<string, Share>();
  const failed: string[] = [];
  await Promise.all(
    messages.map(async message => {
      const { id, body } = message;
      const place = whereTo(hub, body);
      if (!("because" in place)) return add(shares, place, message);
      const { because } = place;
      own.log.error("invalid message, sent to the dead-letter queue", { messageId: id, because });
      try {
        await own.queue.reject(body, id, because);
      } catch (error) {
        own.log.error("not rejected", { messageId: id, error: errorText(error) });
        failed.push(id);
      }
    }),
  );
  return { shares: [...shares.values()], failed };
}

function add(shares: Map<string, Share>, place: Place, message: Message): void {
  const share = shares.get(scopeOf(place)) ?? { place, messages: [] };
  share.messages.push(message);
  shares.set(scopeOf(place), share);
}

/** The place a message is of; or why it is none of this hub's. */
function whereTo(hub: Hub, body: string): Place | { because: string } {
  const place = placeIn(body);
  if ("because" in place) return place;
  const because = hub.strangerBecause(place);
  return because === undefined ? place : { because };
}

async function runShare(
  hub: Hub,
  { place, messages }: Share,
  run: ScopesRun["run"],
): Promise<string[]> {
  try {
    const deps = await hub.at(place);
    // The sweep looks there from now on, whatever becomes of this run.
    const marked = hub.busy.markDirty(deps.config.scope, "events", deps.clock());
    const [failed] = await Promise.all([run(deps, messages), marked]);
    return failed;
  } catch (error) {
    return orLater(hub, { place, messages }, error);
  }
}

// A refused role fails the messages, a throttled one says nothing about them: as in a batch.
async function orLater(
  { own }: Hub,
  { place, messages }: Share,
  error: unknown,
): Promise<string[]> {
  const { config, log, clock, queue } = own;
  const failures = measured(config.stage, clock(), { Failures: messages.length });
  const scope = scopeOf(place);
  log.error("a member was not looked at", { scope, error: errorText(error), ...failures });
  const failed = await Promise.all(
    messages.map(async ({ id, body, attempt }) => {
      if (!isThrottled(error)) return [id];
      try {
        await queue.again(body, attempt, THROTTLED_DELAY);
        return [];
      } catch (thrown) {
        log.error("not put back", { scope, error: errorText(thrown) });
        return [id];
      }
    }),
  );
  return failed.flat();
}

// What goes on all the same ends as nothing when the messages come again.
function notInTime({ own }: Hub, { place, messages }: Share): string[] {
  own.log.error("a member was not looked at in time", { scope: scopeOf(place) });
  return messages.map(({ id }) => id);
}

/** What work gives, or after a time what is given instead. */
async function within<T>(milliseconds: number, work: Promise<T>, instead: () => T): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<T>(resolve => {
    timer = setTimeout(() => resolve(instead()), Math.max(0, milliseconds));
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

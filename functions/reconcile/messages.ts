// What the messages of a batch ask for: which groups to look at, by which triggers. A message that
// asks for nothing ends here: rejected with its reason, or logged.
import type { Trigger } from "../../matrix/trigger.ts";
import { type Reading, readBody } from "../aws/cloudtrail.ts";
import type { RunDeps } from "./deps.ts";
import { isExplained, isOwnCall } from "./impostor.ts";

export interface Message {
  readonly id: string;
  readonly body: string;
  /** How often it has been put back because a read had not caught up with it. */
  readonly attempt: number;
}

/** Everything one batch wants of one group. */
export interface Work {
  readonly triggers: Trigger[];
  readonly messages: Set<Message>;
  /** Calls by our own role that no run accounts for yet, with their messages. */
  readonly unexplained: Map<Trigger, Message>;
}

/**
 * Reads a message into the work, and the times of what it tells into what was heard.
 *
 * @returns true when it must be looked at again: a prefix list is between two versions.
 */
export async function readMessage(
  deps: RunDeps,
  message: Message,
  work: Map<string, Work>,
  heard: number[],
): Promise<boolean> {
  const { account, region } = deps.config;
  let isBetween = false;
  for (const reading of readBody(message.body, { account, region })) {
    if (reading.outcome !== "invalid" && reading.trigger.at) heard.push(reading.trigger.at);
    if (reading.outcome === "reconcile") {
      isBetween = (await readChange(deps, message, reading, work)) || isBetween;
    } else await readOther(deps, message, reading);
  }
  return isBetween;
}

async function readOther(deps: RunDeps, message: Message, reading: Reading): Promise<void> {
  const { id, event, because, actor, outcome } = reading;
  const line = { eventId: id, event, because, actor: actor?.name };
  if (outcome === "invalid") {
    deps.log.error("invalid message, sent to the dead-letter queue", line);
    await deps.queue.reject(message.body, message.id, because);
    return;
  }
  deps.log.info(outcome, line);
  if (outcome !== "sweep") return;
  // Many of these in a minute are one sweep of the place.
  for (const place of reading.vpcs.length > 0 ? reading.vpcs : ["*"]) {
    await deps.intents.markDirty(place, because, deps.clock());
  }
}

async function readChange(
  deps: RunDeps,
  message: Message,
  reading: Extract<Reading, { outcome: "reconcile" | "ignore" | "report" }>,
  work: Map<string, Work>,
): Promise<boolean> {
  const { trigger, prefixLists } = reading;
  const lists = await deps.lists.read(prefixLists);
  const referring = await Promise.all(prefixLists.map(id => deps.groups.referringTo(id)));
  for (const groupId of new Set([...reading.groups, ...referring.flat()])) {
    // A prefix list's record does not say what it changed; the lists' own findings do.
    const isOwn = isOwnCall(deps, trigger) && trigger.event !== "ModifyManagedPrefixList";
    if (isOwn && (await isExplained(deps, trigger, groupId))) {
      deps.log.info("own call", { eventId: trigger.id, groupId });
    } else addWork(work, groupId, trigger, message, isOwn);
  }
  // Between two versions a list's entries are neither the old nor the new ones.
  return lists.some(list => list.state.endsWith("-in-progress"));
}

function addWork(
  work: Map<string, Work>,
  groupId: string,
  trigger: Trigger,
  message: Message,
  isUnexplained: boolean,
): void {
  const known: Work = work.get(groupId) ?? {
    triggers: [],
    messages: new Set(),
    unexplained: new Map(),
  };
  const isNew = !known.triggers.some(other => other.id === trigger.id);
  if (isNew) known.triggers.push(trigger);
  if (isNew && isUnexplained) known.unexplained.set(trigger, message);
  known.messages.add(message);
  work.set(groupId, known);
}

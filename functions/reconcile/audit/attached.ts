// What events of attachments ask for: which interfaces wear the groups they name, what those groups
// let in together, and what of it is new or over. One read for a batch, however many events name a
// group. What else comes by the same rule, tags mostly, is handed over to the queue of group events:
// whoever looks at attachments may write nothing to EC2.
import type { AuditedInterface } from "../../../matrix/audit/report.ts";
import { type Reading, readBody } from "../../aws/cloudtrail.ts";
import { errorText } from "../../aws/error-codes.ts";
import { measured } from "../../wiring/measures.ts";
import type { Deps } from "../deps.ts";
import type { Message } from "../messages.ts";
import type { Cause, Exposure, Sight } from "./exposed.ts";
import { batches, lookAtSet, readWorn, wornSets } from "./exposures.ts";
import { readJudges } from "./judges.ts";
import { keepExposures } from "./keep-exposures.ts";
import { type Pace, pace } from "./pace.ts";
import { viewOf } from "./view.ts";

/** EC2 takes 200 values of a filter. */
const GROUPS_AT_ONCE = 200;

/**
 * Works on a batch of queue messages.
 *
 * @returns the ids of the messages to be delivered again by the queue itself.
 */
export async function runAttachments(deps: Deps, messages: readonly Message[]): Promise<string[]> {
  const { account, region } = deps.config;
  const read = messages.map(message => {
    const readings = readBody(message.body, { account, region });
    return { message, causes: readings.flatMap(causeOf), isOther: readings.some(isOthers) };
  });
  const attaching = read.filter(({ causes }) => causes.length > 0);
  const others = read.filter(({ isOther }) => isOther).map(({ message }) => message);
  const failed = new Set(await handOver(deps, others));
  try {
    const isPending = await lookAt(
      deps,
      attaching.flatMap(({ causes }) => causes),
    );
    if (isPending) for (const { message } of attaching) failed.add(message.id);
  } catch (error) {
    const failures = measured(deps.config.stage, deps.clock(), { Failures: attaching.length });
    deps.log.error("what is exposed could not be looked at", {
      ...{ error: errorText(error), ...failures },
    });
    for (const { message } of attaching) failed.add(message.id);
  }
  return [...failed];
}

/** What nothing is to be done about is ignored here as it would be there. */
const isOthers = ({ outcome }: Reading): boolean => outcome !== "report" && outcome !== "ignore";

/** Puts messages on the queue of group events; returns the ids of those that stayed. */
async function handOver(deps: Deps, messages: readonly Message[]): Promise<string[]> {
  const stayed = await Promise.all(
    messages.map(async ({ id, body }) => {
      try {
        await deps.queue.again(body, 0, 0);
        deps.log.info("handed over to the queue of group events", { messageId: id });
        return [];
      } catch (error) {
        deps.log.error("not handed over", { messageId: id, error: errorText(error) });
        return [id];
      }
    }),
  );
  return stayed.flat();
}

const causeOf = (reading: Reading): Cause[] =>
  reading.outcome === "report" ? [{ trigger: reading.trigger, groups: reading.groups }] : [];

/** Looks at everything that wears one of the groups; true when it must be looked at again. */
async function lookAt(deps: Deps, [first, ...more]: readonly Cause[]): Promise<boolean> {
  if (!first) return false;
  const causes = [first, ...more] as const;
  const named = new Set(causes.flatMap(({ groups }) => groups));
  const found = await readJudges(deps);
  if (!found.policy) return false;
  const { account, region } = deps.config;
  const own = pace(deps);
  const now = deps.clock();
  const view = viewOf(deps, { ...found, marks: new Map() }, { account, now, pace: own });
  // Before the interfaces: what is noted meanwhile is not for this look to end.
  const all = await deps.exposures.all();
  const standing = all.filter(({ groups }) => groups.some(id => named.has(id)));
  const sight = {
    ...{ account, region, causes, matrixVersion: found.policy.version },
    readAt: deps.clock(),
  };
  const sets = wornSets(await wearing(deps, own, [...named]));
  const exposures: Exposure[] = [];
  for (const batch of batches(sets)) {
    const ids = new Set(batch.flatMap(({ groups }) => groups));
    const judged = await readWorn({ pace: own, source: deps, view }, ids);
    for (const set of batch) exposures.push(...lookAtSet(sight, set, judged, view).exposures);
  }
  const { isPending } = await keepExposures(deps, sight, exposures, standing);
  logLook(deps, sight, exposures);
  return isPending;
}

async function wearing(deps: Deps, own: Pace, groupIds: string[]): Promise<AuditedInterface[]> {
  const found = new Map<string, AuditedInterface>();
  for (let at = 0; at < groupIds.length; at += GROUPS_AT_ONCE) {
    const some = groupIds.slice(at, at + GROUPS_AT_ONCE);
    let token: string | undefined;
    do {
      const request = { token, groupIds: some };
      const page = await own.call(() => deps.region.interfacePage(request));
      for (const one of page.items) found.set(one.id, one);
      token = page.next;
    } while (token !== undefined);
  }
  return [...found.values()];
}

const logLook = (deps: Deps, { causes }: Sight, exposures: readonly Exposure[]): void =>
  deps.log.info("looked at what is attached", {
    eventIds: causes.map(({ trigger }) => trigger.id),
    exposures: exposures.map(({ finding }) => `${finding.group.id} ${finding.rule}`),
  });

// What an account consists of behind its services, and which parts of it the journal keeps: the one
// list of them. It serves nothing.
import { createBuckets } from "./buckets.ts";
import { type BusChange, createBus } from "./bus.ts";
import type { Clock } from "./clock.ts";
import type { Cloud } from "./cloud.ts";
import { createEc2, type Json } from "./ec2/ec2.ts";
import { createFunctions } from "./functions.ts";
import { createInbox, type InboxChange } from "./inbox.ts";
import type { Journal, JournalPart } from "./journal.ts";
import { createKeys, type KeyChange } from "./keys.ts";
import type { QueueChange } from "./queues/queue-state.ts";
import { createQueueStore } from "./queues/queue-store.ts";
import { createSchedules, type ScheduleChange } from "./schedules.ts";
import type { AccountScope } from "./scope.ts";
import { createSecrets, type SecretChange } from "./secrets.ts";
import { createTrail, type TrailState } from "./trail.ts";

/** Makes the parts of an account, each with how it is saved and rebuilt. */
export function createState(scope: AccountScope, clock: Clock, cloud: Cloud) {
  let journal: Journal | undefined;
  const keep = (part: string) => (entry: unknown) => journal?.write(part, entry);
  const queues = createQueueStore({ ...scope, clock, onChange: keep("queues") });
  const functions = createFunctions(scope, clock);
  const bus = createBus({
    ...scope,
    clock,
    onChange: keep("bus"),
    send(arn, body, delayMs) {
      if (functions.has(arn)) return functions.send(arn, JSON.parse(body), delayMs);
      if (!queues.state.has(arn)) return cloud.forward(arn, JSON.parse(body));
      // Undisturbed it waits as the queue says, as with EventBridge, which sets no delay.
      const late = delayMs > 0 ? { delayMs } : {};
      queues.send(arn, body, { ...late, sender: "events.amazonaws.com" });
      return true;
    },
  });
  const schedules = createSchedules({ ...scope, clock, functions, onChange: keep("schedules") });
  const keys = createKeys(scope, clock, keep("keys"));
  const secrets = createSecrets(scope, clock, keep("secrets"));
  const trail = createTrail(scope, clock, keep("trail"));
  const inbox = createInbox(keep("inbox"));
  const ec2 = createEc2({ clock: clock.now, onRecord: bus.record, onChange: keep("ec2") });
  const parts = new Map<string, JournalPart>([
    ["ec2", part(ec2, entry => ec2.replay(entry as Json))],
    ["queues", part(queues, entry => queues.replay(entry as QueueChange))],
    ["bus", part(bus, entry => bus.apply(entry as BusChange))],
    ["inbox", part(inbox, entry => inbox.apply(entry as InboxChange))],
    ["schedules", part(schedules, entry => schedules.apply(entry as ScheduleChange))],
    ["keys", part(keys, entry => keys.apply(entry as KeyChange))],
    ["secrets", part(secrets, entry => secrets.apply(entry as SecretChange))],
    ["trail", part(trail, entry => trail.apply(entry as TrailState))],
  ]);
  const keepIn = (opened: Journal | undefined) => {
    journal = opened;
  };
  const buckets = createBuckets();
  const owners = { queues, bus, inbox, ec2, functions, schedules, keys, secrets, trail, buckets };
  return { ...owners, parts, keepIn };
}

/** A part's way into the journal; what it restores is what it saved itself. */
function part<Saved>(
  owner: { snapshot(): Saved; restore(saved: Saved): void },
  replay: (entry: unknown) => void,
): JournalPart {
  return {
    snapshot: () => owner.snapshot(),
    restore: saved => owner.restore(saved as Saved),
    replay,
  };
}

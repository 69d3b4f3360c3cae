// One-time schedules: which there are, and that each invokes its function at its time by the
// account's clock, also when that passed while the account was down. It speaks no protocol
// (services/scheduler.ts does) and knows no recurring schedules.
import { randomUUID } from "node:crypto";
import type { Clock } from "./clock.ts";
import type { Functions } from "./functions.ts";
import type { AccountScope } from "./scope.ts";

/** A schedule as it is stored; times are the account's milliseconds. */
export interface Schedule {
  arn: string;
  name: string;
  group: string;
  /** As it was given. */
  expression: string;
  at: number;
  target: { arn: string; roleArn: string; input?: string };
  isEnabled: boolean;
  /** Whether it is deleted once it has invoked its target. */
  endsDeleted: boolean;
  description?: string;
  clientToken?: string;
  createdAt: number;
  modifiedAt: number;
  /** Absent until it has invoked its target. */
  firedAt?: number;
}

/** One change of the schedules, as a line of the journal. */
export type ScheduleChange =
  | { op: "group"; name: string }
  | { op: "put"; schedule: Schedule }
  | { op: "drop"; arn: string };

/** What schedules need of the account. */
export interface SchedulesOptions extends AccountScope {
  clock: Clock;
  functions: Functions;
  onChange?: (change: ScheduleChange) => void;
}

/** The schedules of the account. */
export type Schedules = ReturnType<typeof createSchedules>;

/** Makes the schedules, none at first, in the one group that always exists. */
export function createSchedules(options: SchedulesOptions) {
  const { clock, functions } = options;
  const groups = new Set(["default"]);
  const schedules = new Map<string, Schedule>();
  const cancels = new Map<string, () => void>();

  function apply(entry: ScheduleChange): void {
    if (entry.op === "group") groups.add(entry.name);
    else if (entry.op === "put") schedules.set(entry.schedule.arn, entry.schedule);
    else schedules.delete(entry.arn);
  }

  function change(entry: ScheduleChange): void {
    options.onChange?.(entry);
    apply(entry);
  }

  /** Invokes the target if the time has come; one whose function is missing goes on waiting. */
  function fire(arn: string): void {
    const schedule = schedules.get(arn);
    cancels.delete(arn);
    if (!schedule || !isDue(schedule, clock.now())) return;
    // Scheduler tries again for a day; here it is done as soon as somebody puts the function. The
    // journal hears of it afterwards: a crash between the two invokes twice, as AWS may.
    if (!functions.send(schedule.target.arn, eventOf(schedule, options))) return;
    if (schedule.endsDeleted) change({ op: "drop", arn });
    else change({ op: "put", schedule: { ...schedule, firedAt: clock.now() } });
  }

  function disarm(arn: string): void {
    cancels.get(arn)?.();
    cancels.delete(arn);
  }

  function arm(schedule: Schedule): void {
    disarm(schedule.arn);
    const wait = schedule.at - clock.now();
    if (wait > 0)
      cancels.set(
        schedule.arn,
        clock.after(wait, () => fire(schedule.arn)),
      );
    else fire(schedule.arn);
  }

  functions.listen(arn => {
    for (const schedule of [...schedules.values()]) {
      if (schedule.target.arn === arn) fire(schedule.arn);
    }
  });

  return {
    arnOf: (group: string, name: string) =>
      `arn:aws:scheduler:${options.region}:${options.account}:schedule/${group}/${name}`,
    hasGroup: (name: string) => groups.has(name),
    addGroup: (name: string) => change({ op: "group", name }),
    find: (arn: string) => schedules.get(arn),
    list: (): readonly Schedule[] => [...schedules.values()],
    /** Adds or replaces a schedule; one whose time is past invokes its target at once. */
    put(schedule: Schedule): void {
      change({ op: "put", schedule });
      arm(schedule);
    },
    remove(arn: string): void {
      disarm(arn);
      change({ op: "drop", arn });
    },
    apply,
    snapshot: () => ({ groups: [...groups], schedules: [...schedules.values()] }),
    restore(saved: { groups: string[]; schedules: Schedule[] }): void {
      for (const name of saved.groups) apply({ op: "group", name });
      for (const schedule of saved.schedules) apply({ op: "put", schedule });
    },
    /** Starts the timers of a restored state. */
    resume(): void {
      for (const schedule of [...schedules.values()]) arm(schedule);
    },
    close(): void {
      for (const cancel of cancels.values()) cancel();
    },
  };
}

function isDue(schedule: Schedule, now: number): boolean {
  return schedule.isEnabled && schedule.firedAt === undefined && schedule.at <= now;
}

/** What the target is given: the schedule's own input, or else Scheduler's notification. */
function eventOf(schedule: Schedule, scope: AccountScope): unknown {
  if (schedule.target.input !== undefined) return JSON.parse(schedule.target.input);
  return {
    version: "0",
    id: randomUUID(),
    "detail-type": "Scheduled Event",
    source: "aws.scheduler",
    account: scope.account,
    time: new Date(schedule.at).toISOString().replace(".000Z", "Z"),
    region: scope.region,
    resources: [schedule.arn],
    detail: "{}",
  };
}

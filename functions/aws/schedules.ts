// One-time schedules that call the window function when an exception starts, is to be reminded of, and
// ends. Where none are configured nothing is scheduled: the minute sweep does the same, a little later.
import type { SchedulerClient, SchedulerClientConfig } from "@aws-sdk/client-scheduler";
import type { WindowStep } from "../../matrix/exceptions/exception-clock.ts";
import type { ScheduleConfig } from "../wiring/config.ts";

/** What a schedule hands the window function. */
export interface WindowCall {
  readonly exception: string;
  readonly step: WindowStep;
}

export type Schedules = ReturnType<typeof schedules>;

/** The schedules of a configuration; without one every call does nothing. */
export function schedules(options: SchedulerClientConfig, config: ScheduleConfig | undefined) {
  let made: Promise<Scheduler> | undefined;
  const nameOf = ({ exception, step }: WindowCall): string => `${exception}-${step}`;

  return {
    /** Schedules a call at a time in milliseconds; one that is scheduled already stays. */
    async put(call: WindowCall, at: number): Promise<void> {
      if (!config) return;
      made ??= loadScheduler(options);
      const { client, CreateScheduleCommand } = await made;
      const create = new CreateScheduleCommand({
        Name: nameOf(call),
        GroupName: config.group,
        ScheduleExpression: `at(${new Date(at).toISOString().slice(0, 19)})`,
        ScheduleExpressionTimezone: "UTC",
        FlexibleTimeWindow: { Mode: "OFF" },
        ActionAfterCompletion: "DELETE",
        Target: {
          Arn: config.targetArn,
          RoleArn: config.roleArn,
          Input: JSON.stringify(call),
        },
      });
      await unless("ConflictException", client.send(create));
    },

    /** Takes a call off the schedule; one that is not there is no error. */
    async remove(call: WindowCall): Promise<void> {
      if (!config) return;
      made ??= loadScheduler(options);
      const { client, DeleteScheduleCommand } = await made;
      const remove = new DeleteScheduleCommand({ Name: nameOf(call), GroupName: config.group });
      await unless("ResourceNotFoundException", client.send(remove));
    },
  };
}

interface Scheduler
  extends Pick<
    typeof import("@aws-sdk/client-scheduler"),
    "CreateScheduleCommand" | "DeleteScheduleCommand"
  > {
  readonly client: SchedulerClient;
}

// Loaded when it is needed: the function behind the queue never is slowed down by it.
async function loadScheduler(options: SchedulerClientConfig): Promise<Scheduler> {
  const { SchedulerClient, CreateScheduleCommand, DeleteScheduleCommand } = await import(
    "@aws-sdk/client-scheduler"
  );
  return { client: new SchedulerClient(options), CreateScheduleCommand, DeleteScheduleCommand };
}

async function unless(name: string, call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (thrown) {
    if (!(thrown instanceof Error) || thrown.name !== name) throw thrown;
  }
}

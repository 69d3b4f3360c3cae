// EventBridge Scheduler on the wire: one-time schedules in UTC that invoke a function. Recurring
// schedules, flexible windows, other time zones, start and end dates, and context attributes in an
// input are refused or not there. https://docs.aws.amazon.com/scheduler/latest/APIReference/
import type { Clock } from "../clock.ts";
import type { Schedule, Schedules } from "../schedules.ts";
import { breaks, pathOf } from "../wire/constraint.ts";
import { type JsonObject, optionalText } from "../wire/input.ts";
import { readInput } from "../wire/json.ts";
import type { ServiceRequest } from "../wire/request.ts";
import { restService } from "../wire/rest.ts";
import type { Service } from "../wire/service.ts";
import { checkName, conflict, missing, scheduleOf } from "./scheduler-input.ts";

const pageSize = 100;

/** EventBridge Scheduler over the account's schedules. */
export function schedulerService(schedules: Schedules, clock: Clock): Service {
  const byName = (name: string, request: ServiceRequest) =>
    existing(schedules, request.query.get("groupName") ?? "default", name);
  return restService([
    {
      name: "CreateSchedule",
      route: "POST /schedules/{Name}",
      act: ({ Name = "" }, request) => create(schedules, clock, Name, readInput(request)),
    },
    {
      name: "UpdateSchedule",
      route: "PUT /schedules/{Name}",
      act: ({ Name = "" }, request) => update(schedules, clock, Name, readInput(request)),
    },
    {
      name: "DeleteSchedule",
      route: "DELETE /schedules/{Name}",
      act({ Name = "" }, request) {
        schedules.remove(byName(Name, request).arn);
        return {};
      },
    },
    {
      name: "GetSchedule",
      route: "GET /schedules/{Name}",
      act: ({ Name = "" }, request) => described(byName(Name, request)),
    },
    {
      name: "ListSchedules",
      route: "GET /schedules",
      act: (_parts, request) => list(schedules, request.query),
    },
    {
      name: "CreateScheduleGroup",
      route: "POST /schedule-groups/{Name}",
      act({ Name = "" }) {
        checkName(Name);
        // A retry with the same ClientToken is not told apart from a second call.
        if (schedules.hasGroup(Name)) throw conflict(`Schedule group ${Name} already exists.`);
        schedules.addGroup(Name);
        const arn = schedules.arnOf(Name, "").replace(":schedule/", ":schedule-group/");
        return { ScheduleGroupArn: arn.slice(0, -1) };
      },
    },
  ]);
}

function create(schedules: Schedules, clock: Clock, name: string, input: JsonObject): object {
  checkName(name);
  const schedule = scheduleOf(schedules, clock.now(), name, input);
  const known = schedules.find(schedule.arn);
  if (known) {
    const isRetry = known.clientToken !== undefined && known.clientToken === schedule.clientToken;
    if (!isRetry) throw conflict(`Schedule ${name} already exists.`);
  } else schedules.put(schedule);
  return { ScheduleArn: schedule.arn };
}

/** Replaces all of a schedule: what is left out goes back to its default, as AWS says. */
function update(schedules: Schedules, clock: Clock, name: string, input: JsonObject): object {
  const { arn, createdAt } = existing(schedules, optionalText(input, "GroupName"), name);
  schedules.put({ ...scheduleOf(schedules, clock.now(), name, input), createdAt });
  return { ScheduleArn: arn };
}

function list(schedules: Schedules, query: URLSearchParams): object {
  const group = query.get("ScheduleGroup");
  const state = query.get("State");
  const prefix = query.get("NamePrefix") ?? "";
  const found = schedules
    .list()
    .filter(one => (group === null || one.group === group) && one.name.startsWith(prefix))
    .filter(one => state === null || stateOf(one) === state)
    .toSorted((a, b) => (a.arn < b.arn ? -1 : 1));
  const start = integer(query, "NextToken", 0, found.length, 0);
  const end = start + integer(query, "MaxResults", 1, pageSize, pageSize);
  const Schedules = found.slice(start, end).map(one => ({
    ...summary(one),
    Target: { Arn: one.target.arn },
  }));
  return { Schedules, ...(end < found.length && { NextToken: String(end) }) };
}

function described(schedule: Schedule): object {
  const { arn: Arn, roleArn: RoleArn, input: Input } = schedule.target;
  return {
    ...summary(schedule),
    ScheduleExpression: schedule.expression,
    ScheduleExpressionTimezone: "UTC",
    FlexibleTimeWindow: { Mode: "OFF" },
    ActionAfterCompletion: schedule.endsDeleted ? "DELETE" : "NONE",
    Description: schedule.description,
    Target: { Arn, RoleArn, Input },
  };
}

function summary(schedule: Schedule) {
  return {
    Arn: schedule.arn,
    Name: schedule.name,
    GroupName: schedule.group,
    State: stateOf(schedule),
    CreationDate: schedule.createdAt / 1000,
    LastModificationDate: schedule.modifiedAt / 1000,
  };
}

const stateOf = (schedule: Schedule): string => (schedule.isEnabled ? "ENABLED" : "DISABLED");

function existing(schedules: Schedules, group = "default", name: string): Schedule {
  const schedule = schedules.find(schedules.arnOf(group, name));
  if (!schedule) throw missing(`Schedule ${name} does not exist.`);
  return schedule;
}

function integer(
  query: URLSearchParams,
  name: string,
  least: number,
  most: number,
  absent: number,
): number {
  const text = query.get(name);
  if (text === null) return absent;
  const value = Number(text);
  if (/^\d{1,9}$/.test(text) && value >= least && value <= most) return value;
  throw breaks(`Member must be between ${least} and ${most}`, pathOf(name), text);
}

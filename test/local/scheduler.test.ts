import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CreateScheduleCommand,
  type CreateScheduleCommandInput,
  CreateScheduleGroupCommand,
  DeleteScheduleCommand,
  GetScheduleCommand,
  ListSchedulesCommand,
  SchedulerClient,
  UpdateScheduleCommand,
} from "@aws-sdk/client-scheduler";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Account, startAccount } from "../../local/account.ts";
import { clientConfig, errorName } from "./client-config.ts";

let account: Account;
let scheduler: SchedulerClient;
let events: unknown[] = [];
let count = 0;
beforeAll(async () => {
  account = await startAccount();
  scheduler = new SchedulerClient(clientConfig(account));
  account.functions.put("close", event => events.push(event));
});
beforeEach(() => {
  events = [];
});
afterAll(() => account.stop());

const RoleArn = "arn:aws:iam::111122223333:role/scheduler";
const target = (Input = `{"n":1}`, name = "close") => ({
  Arn: `arn:aws:lambda:ap-southeast-1:111122223333:function:${name}`,
  RoleArn,
  Input,
});

/** A whole second of the account's time, so many seconds from now, as an expression. */
const at = (seconds: number, of = account) =>
  `at(${new Date(of.clock.now() + seconds * 1000).toISOString().slice(0, 19)})`;

const input = (more: Partial<CreateScheduleCommandInput> = {}): CreateScheduleCommandInput => ({
  Name: `schedule-${++count}`,
  ScheduleExpression: at(600),
  ScheduleExpressionTimezone: "UTC",
  FlexibleTimeWindow: { Mode: "OFF" },
  Target: target(),
  ActionAfterCompletion: "DELETE",
  ...more,
});

async function create(more: Partial<CreateScheduleCommandInput> = {}) {
  const command = input(more);
  await scheduler.send(new CreateScheduleCommand(command));
  return command.Name ?? "";
}

const get = (Name: string) => scheduler.send(new GetScheduleCommand({ Name }));

async function pass(seconds: number): Promise<void> {
  account.clock.advance(seconds * 1000);
  await account.idle();
}

/** The message of the error a promise is rejected with. */
async function refusal(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => new Error("nothing was refused"),
    (thrown: Error) => thrown,
  );
  return `${error.name}: ${error.message}`;
}

describe("a schedule", () => {
  it("invokes its function at its time, once, with its input, and is gone", async () => {
    const name = await create();
    await pass(598);
    expect(events).toEqual([]);
    await pass(2);
    expect(events).toEqual([{ n: 1 }]);
    expect(await errorName(get(name))).toBe("ResourceNotFoundException");
    await pass(86_400);
    expect(events).toHaveLength(1);
  });

  it("invokes at once when its time is past as it is created", async () => {
    await create({ ScheduleExpression: at(-3600) });
    await account.idle();
    expect(events).toEqual([{ n: 1 }]);
  });

  it("stays after its time without ActionAfterCompletion, and does not invoke again", async () => {
    const name = await create({ ActionAfterCompletion: "NONE" });
    await pass(600);
    await pass(600);
    expect(events).toHaveLength(1);
    expect((await get(name)).ActionAfterCompletion).toBe("NONE");
  });

  it("sends Scheduler's own notification when it has no input", async () => {
    const { Input: _none, ...bare } = target();
    const name = await create({ Target: bare });
    await pass(600);
    expect(events).toMatchObject([
      {
        source: "aws.scheduler",
        "detail-type": "Scheduled Event",
        resources: [`arn:aws:scheduler:ap-southeast-1:111122223333:schedule/default/${name}`],
      },
    ]);
  });

  it("does not invoke when it was deleted or disabled before", async () => {
    const deleted = await create();
    await scheduler.send(new DeleteScheduleCommand({ Name: deleted }));
    await create({ State: "DISABLED" });
    await pass(600);
    expect(events).toEqual([]);
  });

  it("follows what it is updated to, and only that", async () => {
    const name = await create({ Description: "first" });
    const Target = target(`{"n":2}`);
    const update = input({ Name: name, ScheduleExpression: at(900), Target });
    await scheduler.send(new UpdateScheduleCommand(update));
    expect((await get(name)).Description).toBeUndefined();
    await pass(600);
    expect(events).toEqual([]);
    await pass(300);
    expect(events).toEqual([{ n: 2 }]);
  });

  it("waits for a function that does not exist yet", async () => {
    const name = await create({ Target: target("{}", "late") });
    await pass(700);
    expect(await errorName(get(name))).toBe("none");
    account.functions.put("late", () => events.push("late"));
    await account.idle();
    expect(events).toEqual(["late"]);
    expect(await errorName(get(name))).toBe("ResourceNotFoundException");
  });

  it("is described as it was created", async () => {
    const ScheduleExpression = at(600);
    const name = await create({ ScheduleExpression, Description: "closes" });
    expect(await get(name)).toMatchObject({
      Arn: `arn:aws:scheduler:ap-southeast-1:111122223333:schedule/default/${name}`,
      Name: name,
      GroupName: "default",
      ScheduleExpression,
      ScheduleExpressionTimezone: "UTC",
      FlexibleTimeWindow: { Mode: "OFF" },
      ActionAfterCompletion: "DELETE",
      State: "ENABLED",
      Description: "closes",
      Target: target(),
      CreationDate: expect.any(Date),
    });
  });
});

describe("a retried create", () => {
  it("is the same schedule with the same token", async () => {
    const command = input({ ClientToken: "token-1", Target: target(`"once"`) });
    const first = await scheduler.send(new CreateScheduleCommand(command));
    expect((await scheduler.send(new CreateScheduleCommand(command))).ScheduleArn).toBe(
      first.ScheduleArn,
    );
    await pass(600);
    expect(events.filter(event => event === "once")).toHaveLength(1);
  });

  it("is a conflict with another one", async () => {
    const Name = await create({ ClientToken: "token-2" });
    const again = new CreateScheduleCommand(input({ Name, ClientToken: "token-3" }));
    expect(await refusal(scheduler.send(again))).toBe(
      `ConflictException: Schedule ${Name} already exists.`,
    );
  });
});

describe("a group of schedules", () => {
  it("has names of its own, and is listed by prefix, a page at a time", async () => {
    const GroupName = "ends";
    const { ScheduleGroupArn } = await scheduler.send(
      new CreateScheduleGroupCommand({ Name: GroupName }),
    );
    expect(ScheduleGroupArn).toBe(
      "arn:aws:scheduler:ap-southeast-1:111122223333:schedule-group/ends",
    );
    for (const Name of ["end-b", "end-a", "start-a"]) await create({ Name, GroupName });
    await create({ Name: "end-a" });
    const page = { GroupName, NamePrefix: "end-", MaxResults: 1 };
    const first = await scheduler.send(new ListSchedulesCommand(page));
    const { NextToken } = first;
    const second = await scheduler.send(new ListSchedulesCommand({ ...page, NextToken }));
    const names = [first, second].map(({ Schedules = [] }) => Schedules.map(one => one.Name));
    expect(names).toEqual([["end-a"], ["end-b"]]);
    expect(second.NextToken).toBeUndefined();
    await scheduler.send(new DeleteScheduleCommand({ Name: "end-a", GroupName }));
    expect(await errorName(get("end-a"))).toBe("none");
    expect(await errorName(scheduler.send(new CreateScheduleGroupCommand({ Name: "ends" })))).toBe(
      "ConflictException",
    );
  });
});

describe("Scheduler refuses", () => {
  const long = "x".repeat(65);
  it.each<[string, Partial<CreateScheduleCommandInput>, string]>([
    ["a recurring schedule", { ScheduleExpression: "rate(1 hour)" }, "Invalid Schedule Expression"],
    ["a day that does not exist", { ScheduleExpression: "at(2027-02-30T00:00:00)" }, "Invalid"],
    ["a time with a zone", { ScheduleExpression: "at(2027-02-03T00:00:00Z)" }, "Invalid"],
    ["another time zone", { ScheduleExpressionTimezone: "Asia/Taipei" }, "Asia/Taipei"],
    ["a long name", { Name: long }, "length less than or equal to 64"],
    ["a name with a space", { Name: "a b" }, "Value 'a b' at 'name'"],
    ["a flexible window", { FlexibleTimeWindow: { Mode: "FLEXIBLE" } }, "FLEXIBLE"],
    ["no window", { FlexibleTimeWindow: undefined }, "at 'flexibleTimeWindow'"],
    ["an input that is no JSON", { Target: target("{") }, "well-formed JSON"],
    ["no target", { Target: undefined }, "at 'target'"],
    ["a queue as its target", { Target: { Arn: "arn:aws:sqs:r:1:q", RoleArn } }, "sqs"],
    ["no role", { Target: { Arn: target().Arn, RoleArn: "scheduler" } }, "at 'target.roleArn'"],
  ])("%s", async (_title, more, words) => {
    const told = await refusal(scheduler.send(new CreateScheduleCommand(input(more))));
    expect(told).toContain("ValidationException: ");
    expect(told).toContain(words);
  });

  it("a schedule or a group that is not there", async () => {
    const missing = { Name: "nobody" };
    expect(await refusal(get("nobody"))).toBe(
      "ResourceNotFoundException: Schedule nobody does not exist.",
    );
    expect(await errorName(scheduler.send(new DeleteScheduleCommand(missing)))).toBe(
      "ResourceNotFoundException",
    );
    expect(await errorName(scheduler.send(new UpdateScheduleCommand(input(missing))))).toBe(
      "ResourceNotFoundException",
    );
    expect(await errorName(create({ GroupName: "nowhere" }))).toBe("ResourceNotFoundException");
  });
});

describe("an account that comes back", () => {
  it("keeps its schedules, and invokes those whose time passed meanwhile", async () => {
    const stateDir = mkdtempSync(join(tmpdir(), "portward-schedules-"));
    const names = ["missed", "coming", "done"];
    try {
      const before = await startAccount({ stateDir });
      const client = new SchedulerClient(clientConfig(before));
      before.functions.put("close", () => undefined);
      for (const [index, Name] of names.entries()) {
        const expression = at([2, 600, -5][index] ?? 0, before);
        const Target = target(JSON.stringify(Name));
        const command = input({ Name, ScheduleExpression: expression, Target });
        await client.send(new CreateScheduleCommand(command));
      }
      await before.stop();
      const after = await startAccount({ stateDir });
      const later: unknown[] = [];
      // The time of the first one passes while its function is not there yet.
      after.clock.advance(3000);
      after.functions.put("close", event => later.push(event));
      await after.idle();
      expect(later).toEqual(["missed"]);
      after.clock.advance(600_000);
      await after.idle();
      expect(later).toEqual(["missed", "coming"]);
      await after.stop();
    } finally {
      rmSync(stateDir, { recursive: true, force: true });
    }
  });
});

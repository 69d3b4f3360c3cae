// One-time schedules alone, on a clock the test moves: no sweep runs unless a test says so. They open
// within the minute and close at the end, and are right however they come: lost, twice, early, late.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { KeptException } from "../../functions/aws/stores/exception-item.ts";
import { newExceptionId } from "../../functions/aws/stores/exception-item.ts";
import { actOnException } from "../../functions/reconcile/exceptions.ts";
import type { WindowStep } from "../../matrix/exceptions/exception-clock.ts";
import { done, type ExceptionStage, RULE, startExceptions } from "../support/exception-stage.ts";

const MINUTE = 60_000;

let stage: ExceptionStage;
beforeAll(async () => {
  stage = await startExceptions();
});
afterAll(() => stage.stop());
beforeEach(async () => {
  stage.forgetSchedules();
  // Long after the last alert of the same rule, which would speak for the next one.
  await stage.later(3_600);
  await stage.sweep();
  stage.mark();
});

const isOpen = async () => (await stage.rules(stage.groups.deploy)).includes(RULE);
const steps = () => stage.account.schedules.list().map(({ name }) => name.split("-").at(-1));
const words = () => stage.subjects().map(subject => /^[A-Z ]+(?= )/.exec(subject ?? "")?.[0]);

/** Lets the clock come to a moment. */
async function until(at: number): Promise<void> {
  await stage.later((at - stage.aws.clock()) / 1_000);
}

/** Calls the window function as a schedule would. */
async function call(exception: string, step: WindowStep): Promise<unknown> {
  const { functions } = stage.account;
  const answer = await functions.invoke(functions.arnOf("portward-window"), { exception, step });
  await stage.idle();
  return answer;
}

const inMinutes = (minutes: number): number =>
  Math.ceil(stage.aws.clock() / MINUTE) * MINUTE + minutes * MINUTE;

const later = (minutes: number): Promise<KeptException> =>
  stage.approved({ start: inMinutes(5), minutes });

describe("schedules without a sweep", () => {
  it("open at the start, remind once, close at the end, and are gone", async () => {
    const kept = await later(60);
    expect(steps().toSorted()).toEqual(["end", "remind", "start"]);
    stage.mark();
    await until(kept.start - 1_000);
    expect([await isOpen(), await stage.stateOf(kept.id)]).toEqual([false, "approved"]);
    await until(kept.start + 1_000);
    expect([await isOpen(), await stage.stateOf(kept.id)]).toEqual([true, "active"]);
    await until(kept.end - 15 * MINUTE - 1_000);
    expect(words()).toEqual(["EXCEPTION OPENED"]);
    await until(kept.end - 15 * MINUTE + 1_000);
    expect(words()).toEqual(["EXCEPTION OPENED", "EXCEPTION ENDING"]);
    await until(kept.end - 1_000);
    expect(await isOpen()).toBe(true);
    await until(kept.end + 1_000);
    expect([await isOpen(), await stage.stateOf(kept.id)]).toEqual([false, "expired"]);
    expect(words()).toEqual(["EXCEPTION OPENED", "EXCEPTION ENDING", "EXCEPTION ENDED"]);
    expect(steps()).toEqual([]);
    stage.mark();
    await stage.sweep();
    expect([stage.writes(), words()]).toEqual([[], []]);
  });

  it("open at once what starts in the minute that runs", async () => {
    const kept = await stage.approved({ minutes: 15 });
    expect(steps().toSorted()).toEqual(["end", "start"]);
    await stage.later(5);
    expect([await isOpen(), await stage.stateOf(kept.id)]).toEqual([true, "active"]);
    await until(kept.end + 1_000);
    expect(await isOpen()).toBe(false);
  });

  it("are taken off when it is withdrawn", async () => {
    const kept = await later(60);
    done(await actOnException(stage.aws, kept.id, "withdraw", stage.identity("tester")));
    expect(steps()).toEqual([]);
  });

  it("are made for what break-glass opens", async () => {
    await stage.applyIn("enforce", "  breakGlass: 10m\n");
    const kept = await stage.ask({ breakGlass: true, minutes: 10 });
    await stage.later(5);
    expect(await isOpen()).toBe(true);
    await until(kept.end + 1_000);
    expect(await isOpen()).toBe(false);
    await stage.applyIn("enforce");
  });
});

describe("a schedule that", () => {
  it("never fires leaves it all to the sweep, the reminder too", async () => {
    const kept = await later(60);
    stage.forgetSchedules();
    stage.mark();
    await until(kept.start + 1_000);
    await stage.sweep();
    expect(await isOpen()).toBe(true);
    await until(kept.end - 10 * MINUTE);
    await stage.sweep();
    await stage.sweep();
    await until(kept.end + 1_000);
    expect(await isOpen()).toBe(true);
    await stage.sweep();
    expect(await isOpen()).toBe(false);
    expect(words()).toEqual(["EXCEPTION OPENED", "EXCEPTION ENDING", "EXCEPTION ENDED"]);
  });

  it("fires twice, at once or one after the other, does it once", async () => {
    const kept = await later(60);
    stage.forgetSchedules();
    stage.mark();
    for (const [step, at] of [
      ["start", kept.start],
      ["remind", kept.end - 15 * MINUTE],
      ["end", kept.end],
    ] as const) {
      await until(at + 500);
      await Promise.all([call(kept.id, step), call(kept.id, step), stage.sweep()]);
      await call(kept.id, step);
    }
    await stage.sweep();
    expect(words()).toEqual(["EXCEPTION OPENED", "EXCEPTION ENDING", "EXCEPTION ENDED"]);
    const history = await stage.aws.exceptions.history(kept.id);
    expect(history.map(({ action }) => action)).toEqual(["request", "approve", "start", "end"]);
  });

  it("fires early does nothing, and is not lost", async () => {
    const kept = await later(60);
    stage.forgetSchedules();
    await until(kept.start - 40_000);
    expect(await call(kept.id, "start")).toEqual({ outcome: "waiting" });
    expect(await isOpen()).toBe(false);
    await until(kept.start + 1_000);
    await stage.sweep();
    expect(await isOpen()).toBe(true);
    await until(kept.end - 40_000);
    expect(await call(kept.id, "end")).toEqual({ outcome: "waiting" });
    expect([await isOpen(), await stage.stateOf(kept.id)]).toEqual([true, "active"]);
    await until(kept.end + 1_000);
    await stage.sweep();
    expect([await isOpen(), await stage.stateOf(kept.id)]).toEqual([false, "expired"]);
  });

  it("fires late opens no window that is over", async () => {
    const kept = await later(60);
    stage.forgetSchedules();
    await until(kept.end + MINUTE);
    stage.mark();
    expect(await call(kept.id, "start")).toEqual({ outcome: "passed" });
    expect([await isOpen(), await stage.stateOf(kept.id)]).toEqual([false, "expired"]);
    expect(await call(kept.id, "remind")).toEqual({ outcome: "waiting" });
    expect([words(), stage.writes()]).toEqual([[], []]);
  });

  it("cannot be made fails no approval, and is logged", async () => {
    stage.account.faults.failNext("scheduler", "CreateSchedule", "ThrottlingException", 40);
    const kept = await later(60);
    stage.account.faults.clear();
    expect([kept.state, steps()]).toEqual(["approved", []]);
    expect(stage.log().map(({ message }) => message)).toContain(
      "an exception's schedule could not be set",
    );
    await until(kept.start + 1_000);
    await stage.sweep();
    expect(await isOpen()).toBe(true);
    done(await actOnException(stage.aws, kept.id, "withdraw", stage.identity("tester")));
    await stage.sweep();
    expect(await isOpen()).toBe(false);
  });

  it("names nothing that is there does nothing", async () => {
    expect(await call(newExceptionId(stage.aws.clock()), "end")).toEqual({ outcome: "unknown" });
  });

  it.each([
    {},
    { exception: "x-1", step: "start" },
    { exception: newExceptionId(0), step: "open" },
  ])("is none of ours is refused: %j", async event => {
    const { functions } = stage.account;
    await expect(functions.invoke(functions.arnOf("portward-window"), event)).rejects.toThrow();
  });
});

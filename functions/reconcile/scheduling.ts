// Puts the moments of an exception's window on the schedule and takes them off again. It never fails
// what it follows: the minute sweep does whatever no schedule calls for.
import { stepTimes, type WindowStep } from "../../matrix/exceptions/exception-clock.ts";
import { errorText } from "../aws/error-codes.ts";
import type { KeptException } from "../aws/stores/exception-item.ts";
import type { Deps } from "./deps.ts";

type Needs = Pick<Deps, "clock" | "schedules" | "log">;

const STEPS: readonly WindowStep[] = ["start", "remind", "end"];
/** A time that is past when the scheduler reads it may be refused, or never come. */
const AHEAD = 2_000;

/** Schedules what follows from a step: its moments if it is approved now, none if it was withdrawn. */
export async function reschedule(deps: Needs, kept: KeptException): Promise<void> {
  if (kept.state === "approved") await scheduleWindow(deps, kept);
  if (kept.state === "withdrawn") await unscheduleWindow(deps, kept);
}

async function scheduleWindow(deps: Needs, kept: KeptException): Promise<void> {
  const soonest = deps.clock() + AHEAD;
  const times = stepTimes(kept, soonest);
  await Promise.all(
    times.map(({ step, at }) =>
      safely(deps, kept, () => deps.schedules.put({ exception: kept.id, step }, at)),
    ),
  );
}

async function unscheduleWindow(deps: Needs, { id }: KeptException): Promise<void> {
  await Promise.all(
    STEPS.map(step => safely(deps, { id }, () => deps.schedules.remove({ exception: id, step }))),
  );
}

async function safely(
  { log }: Needs,
  { id }: Pick<KeptException, "id">,
  task: () => Promise<void>,
): Promise<void> {
  try {
    await task();
  } catch (error) {
    log.warn("an exception's schedule could not be set", { id, error: errorText(error) });
  }
}

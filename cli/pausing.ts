// What pause, hold and resume share: the group they are about, who does it, and how it is answered.
import type { PauseWish } from "../functions/reconcile/pauses.ts";
import { timeText } from "../matrix/alert/paragraph.ts";
import { inputError, quoted } from "../matrix/errors.ts";
import { openActing } from "./acting.ts";
import type { AccountOptions } from "./option.ts";
import { print, printAccount, printJson } from "./output.ts";

export interface PauseOptions extends AccountOptions {
  readonly for?: number;
  readonly reason: string;
}

/** Checks that a group is named by its id. */
export function groupId(group: string | undefined): { group?: string } {
  if (group === undefined) return {};
  if (/^sg-[0-9a-f]{8,17}$/.test(group)) return { group };
  const cure = "an id is sg- and 8 to 17 hexadecimal digits";
  throw inputError("option.group", `${quoted(group)} is no security group id`, cure);
}

/** Starts a pause or a hold and says until when. */
export async function startAndSay(
  kind: PauseWish["kind"],
  group: string | undefined,
  options: PauseOptions,
): Promise<void> {
  const place = groupId(group);
  const { target, steps } = await openActing(options);
  const minutes = options.for === undefined ? {} : { minutes: options.for };
  const started = await steps.stop({ kind, reason: options.reason, ...place, ...minutes });
  printAccount(target.title, options.json);
  const { until, by, reason, at } = started;
  const is = { by, reason, at, ...(until === undefined ? {} : { until }) };
  if (options.json) printJson({ kind, ...place, ...is });
  else {
    const what = kind === "pause" ? "paused" : "on hold";
    const end = until === undefined ? "until somebody resumes it" : `until ${timeText(until)}`;
    print(`${group ?? "every group"} is ${what} ${end}`);
  }
}

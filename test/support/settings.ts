// What the findings of one run share, to vary: a run at noon that may write, with nothing on hold.
import type { RunDeps } from "../../functions/reconcile/deps.ts";
import type { Setting } from "../../functions/reconcile/draft.ts";
import type { Change, Trigger } from "../../matrix/trigger.ts";
import { actor } from "./findings.ts";
import { ACCOUNT } from "./judging.ts";

export const REGION = "ap-southeast-1";
export const NOON = Date.parse("2026-11-21T12:00:00.000Z");

/** Makes a setting in which it is some time after noon. */
export function settingOf(given: Partial<Setting> = {}, later = 1_000): Setting {
  const config = { account: ACCOUNT, region: REGION };
  return {
    deps: { config, clock: () => NOON + later } as unknown as RunDeps,
    ...{ triggers: [], matrixVersion: "12", seenAt: NOON, bar: undefined, hold: undefined },
    ...{ marks: undefined, ...given },
  };
}

/** Makes the trigger of an event, ten seconds before noon, by somebody. */
export function eventOf(changes: Change[], given: Partial<Trigger> = {}): Trigger {
  return {
    ...{ kind: "event", id: "e-1", event: "AuthorizeSecurityGroupIngress", at: NOON - 10_000 },
    ...{ account: ACCOUNT, region: REGION, actor, changes, ...given },
  };
}

// What a run has done so far, and by which names it knows the rules it did it to.
import { describe, expect, it } from "vitest";
import {
  keyOf,
  missKey,
  newProgress,
  noteFailure,
  noteTaken,
} from "../../../functions/reconcile/progress.ts";
import { ruleOf } from "../../support/deployed.ts";

const rule = ruleOf("ingress tcp 22 from 0.0.0.0/0");
const failed = (name: string, message: string) => Object.assign(new Error(message), { name });

describe("a new progress", () => {
  it("has done nothing", () => {
    expect(newProgress()).toEqual({
      ...{ calls: [], failures: [], throttled: false },
      ...{ revoked: new Set(), narrowed: new Set(), wrote: new Set(), broken: new Set() },
      ...{ taken: new Map(), misses: new Map(), owed: new Map() },
    });
  });
});

describe("a rule", () => {
  it("is known by its id and its content, for its content may be another", () => {
    expect(keyOf({ rule, ruleId: "sgr-1" })).toBe("sgr-1 ingress tcp 22 from 0.0.0.0/0");
    expect(keyOf({ rule })).toBe(" ingress tcp 22 from 0.0.0.0/0");
  });

  it("is missed by its id alone, and by its content where it has none", () => {
    expect(missKey({ rule, ruleId: "sgr-1" })).toBe("sgr-1");
    expect(missKey({ rule })).toBe(" ingress tcp 22 from 0.0.0.0/0");
  });

  it("on its way out is kept whole under its key", () => {
    const progress = newProgress();
    const live = { rule, ruleId: "sgr-1", description: "ssh" };
    noteTaken(progress, live);
    expect([...progress.taken]).toEqual([[keyOf(live), live]]);
  });
});

describe("a call that failed", () => {
  it("is noted with its error", () => {
    const progress = newProgress();
    noteFailure(progress, "revoke it", failed("InternalError", "try later"));
    expect(progress.failures).toEqual(["revoke it: InternalError: try later"]);
    expect(progress.throttled).toBe(false);
  });

  it("by throttling makes the run a throttled one, whatever fails after it", () => {
    const progress = newProgress();
    noteFailure(progress, "one", failed("RequestLimitExceeded", "slow down"));
    expect(progress.throttled).toBe(true);
    noteFailure(progress, "other", failed("InternalError", "try later"));
    expect(progress.throttled).toBe(true);
  });
});

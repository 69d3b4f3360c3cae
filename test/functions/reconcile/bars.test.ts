// Why nothing is written to a group as long as a deployment is what it is.
import { describe, expect, it } from "vitest";
import { standingBar } from "../../../functions/reconcile/bars.ts";

const account = "111122223333";

describe("a deployment", () => {
  it("writes to the groups of its own account", () => {
    expect(standingBar({ account }, account)).toBeUndefined();
    expect(standingBar({ account, isReporting: false }, account)).toBeUndefined();
  });

  it("writes to no group of another account, and says whose it is", () => {
    expect(standingBar({ account }, "222233334444")).toContain("222233334444");
    expect(standingBar({ account }, undefined)).toBeDefined();
  });

  it("writes to none where another one acts", () => {
    expect(standingBar({ account, isReporting: true }, account)).toContain("only reports");
    expect(standingBar({ account, isReporting: true }, "222233334444")).toContain("only reports");
  });
});

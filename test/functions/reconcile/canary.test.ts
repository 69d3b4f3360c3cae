// What the canary does in its group, in which order, and what it says of it.
import { describe, expect, it } from "vitest";
import { type CanaryDeps, sing } from "../../../functions/reconcile/canary.ts";

/** A canary in a group that is worn, and whose port somebody closes after so many milliseconds. */
function canaryIn({
  isWorn = false,
  closedAfter = Number.POSITIVE_INFINITY,
  lookTakes = 0,
}: {
  isWorn?: boolean;
  closedAfter?: number;
  lookTakes?: number;
}) {
  let now = 1_000_000;
  const steps: string[] = [];
  const lines: { level: string; fields: Record<string, unknown> }[] = [];
  const waits: number[] = [];
  const say = (level: string) => (_: string, fields: Record<string, unknown>) =>
    void lines.push({ level, fields });
  const deps: CanaryDeps = {
    stage: "test",
    clock: () => now,
    sleep: async ms => {
      now += ms;
      waits.push(ms);
    },
    log: { info: say("info"), error: say("error") },
    group: {
      isWorn: async () => isWorn,
      open: async () => void steps.push("open"),
      isOpen: async () => {
        now += lookTakes;
        return now - 1_000_000 < closedAfter;
      },
      close: async () => void steps.push("close"),
    },
  };
  return { deps, steps, lines, waits, now: () => now };
}

describe("the canary", () => {
  it("opens its port, waits until somebody closes it, and says how long that took", async () => {
    const { deps, steps, lines, waits } = canaryIn({ closedAfter: 2_500 });
    expect(await sing(deps)).toEqual({ outcome: "closed", seconds: 3 });
    expect(steps).toEqual(["open", "close"]);
    expect(waits).toEqual([1_000, 1_000, 1_000]);
    expect(lines).toMatchObject([
      { level: "info", fields: { CanaryAttached: 0, stage: "test" } },
      { level: "info", fields: { CanarySeconds: 3, stage: "test" } },
    ]);
  });

  it("counts as late what nobody closes within a minute, and closes it itself", async () => {
    const { deps, steps, lines, waits } = canaryIn({});
    expect(await sing(deps)).toEqual({ outcome: "late", seconds: 61 });
    expect(steps).toEqual(["open", "close"]);
    expect(waits).toHaveLength(61);
    expect(lines.at(-1)).toMatchObject({ level: "info", fields: { CanarySeconds: 61 } });
  });

  it("is in time where the port is closed at the last look", async () => {
    const { deps } = canaryIn({ closedAfter: 61_000 });
    expect(await sing(deps)).toEqual({ outcome: "closed", seconds: 61 });
  });

  it("measures as more than a minute whatever is late, and more where it was more", async () => {
    const slow = canaryIn({ lookTakes: 29_500 });
    expect(await sing(slow.deps)).toEqual({ outcome: "late", seconds: 61 });
    const slower = canaryIn({ lookTakes: 49_000 });
    expect(await sing(slower.deps)).toEqual({ outcome: "late", seconds: 100 });
    expect(slower.lines.at(-1)?.fields).toMatchObject({ CanarySeconds: 100 });
    const scarce = canaryIn({ lookTakes: 59_100 });
    expect(await sing(scarce.deps)).toEqual({ outcome: "late", seconds: 60.1 });
    expect(scarce.lines.at(-1)?.fields).toMatchObject({ CanarySeconds: 61 });
  });

  it("opens nothing that something wears, closes what may be open, and says so", async () => {
    const { deps, steps, lines } = canaryIn({ isWorn: true });
    expect(await sing(deps)).toEqual({ outcome: "attached" });
    expect(steps).toEqual(["close"]);
    expect(lines).toMatchObject([{ level: "error", fields: { CanaryAttached: 1 } }]);
  });

  it.each(["open", "isOpen"] as const)("closes its port although `%s` fails", async call => {
    const { deps, steps } = canaryIn({});
    const fails = async () => {
      throw new Error("refused");
    };
    const group = { ...deps.group, [call]: fails };
    await expect(sing({ ...deps, group })).rejects.toThrow("refused");
    expect(steps.at(-1)).toBe("close");
  });
});

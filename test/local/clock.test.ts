import { describe, expect, it } from "vitest";
import { createClock } from "../../local/clock.ts";

const minute = 60_000;

describe("the account's clock", () => {
  it("runs with real time until it is advanced", () => {
    const before = Date.now();
    const now = createClock().now();
    expect(now).toBeGreaterThanOrEqual(before);
    expect(now).toBeLessThanOrEqual(Date.now());
  });

  it("fires what is due on the way in order of time, not of request", () => {
    const clock = createClock();
    const fired: string[] = [];
    clock.after(3 * minute, () => fired.push("third"));
    clock.after(minute, () => fired.push("first"));
    clock.after(2 * minute, () => fired.push("second"));
    clock.after(60 * minute, () => fired.push("too late"));
    clock.advance(10 * minute);
    expect(fired).toEqual(["first", "second", "third"]);
  });

  it("keeps the order of a thousand timers, and of equal times that of request", () => {
    const clock = createClock();
    const delays = Array.from({ length: 1000 }, (_, index) => ((index * 7919) % 503) * 1000);
    const fired: { delay: number; index: number }[] = [];
    delays.forEach((delay, index) => {
      clock.after(delay + minute, () => fired.push({ delay, index }));
    });
    clock.advance(60 * minute);
    const sorted = delays
      .map((delay, index) => ({ delay, index }))
      .sort((a, b) => a.delay - b.delay || a.index - b.index);
    expect(fired).toEqual(sorted);
  });

  it("shows a timer its own time, and fires what it starts if that falls due as well", () => {
    const clock = createClock();
    const start = clock.now();
    const seen: number[] = [];
    const tick = () => {
      seen.push(Math.round((clock.now() - start) / minute));
      clock.after(minute, tick);
    };
    clock.after(minute, tick);
    clock.advance(3.5 * minute);
    expect(seen).toEqual([1, 2, 3]);
    expect(clock.now() - start).toBeGreaterThanOrEqual(3.5 * minute);
  });

  it("fires in real time too, and not what was cancelled", async () => {
    const clock = createClock();
    const fired: string[] = [];
    const cancel = clock.after(5, () => fired.push("cancelled"));
    await new Promise<void>(resolve => {
      clock.after(10, () => fired.push("kept"));
      clock.after(20, resolve);
      cancel();
    });
    expect(fired).toEqual(["kept"]);
  });

  it("refuses to go back", () => {
    expect(() => createClock().advance(-1)).toThrow(RangeError);
  });
});

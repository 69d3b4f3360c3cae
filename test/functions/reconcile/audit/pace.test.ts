// How fast an audit reads: five calls a second, less where EC2 says that it is too much.
import { describe, expect, it } from "vitest";
import { pace } from "../../../../functions/reconcile/audit/pace.ts";

/** A pace on a clock that only waiting moves, and how long was waited each time. */
function paced() {
  let now = 1_000_000;
  const waits: number[] = [];
  const own = pace({
    clock: () => now,
    async sleep(ms) {
      waits.push(ms);
      now += ms;
    },
  });
  const pass = (ms: number) => {
    now += ms;
  };
  const spent = async (calls: number, of = 1) => {
    const before = now;
    for (let call = 0; call < calls; call += 1) await own.call(async () => undefined, of);
    return now - before;
  };
  return { own, waits, pass, spent };
}

const named = (name: string) => Object.assign(new Error("no"), { name });
const tooMuch = named("RequestLimitExceeded");

/** Work that fails so often with an error, and then answers how often it was asked. */
function failing(times: number, error: Error) {
  let asked = 0;
  return async () => {
    asked += 1;
    if (asked <= times) throw error;
    return asked;
  };
}

describe("an audit", () => {
  it("makes five calls a second", async () => {
    const { spent } = paced();
    expect(await spent(50)).toBe(10_000);
  });
  it("makes what it left out in the last second at once, and no more than that", async () => {
    const { spent, pass } = paced();
    pass(10_000);
    expect(await spent(5)).toBe(0);
    expect(await spent(1)).toBe(200);
  });
  it("waits as long for one call that counts for five as for five", async () => {
    const { spent } = paced();
    expect(await spent(2, 5)).toBe(2_000);
    expect(await spent(1)).toBe(200);
  });
  it("waits only for what it has no time left for", async () => {
    const { spent, pass, waits } = paced();
    await spent(1);
    pass(150);
    expect(await spent(1)).toBe(50);
    pass(200);
    expect(await spent(1)).toBe(0);
    expect(waits).toEqual([200, 50]);
  });
  it("lets whoever waits through in order, one after another", async () => {
    const { own, waits } = paced();
    const order: number[] = [];
    const calls = [0, 1, 2].map(at => own.take(1).then(() => order.push(at)));
    await Promise.all(calls);
    expect(order).toEqual([0, 1, 2]);
    expect(waits).toEqual([200, 200, 200]);
  });
  it("is told what the work answers", async () => {
    const { own } = paced();
    expect(await own.call(async () => "answer")).toBe("answer");
  });
});

describe("an audit that EC2 throttles", () => {
  it("asks again, later and later, and slower", async () => {
    const { own, waits } = paced();
    expect(await own.call(failing(3, tooMuch))).toBe(4);
    // Between the waits for EC2 nothing is waited for: meanwhile a call has become free.
    expect(waits).toEqual([200, 2_000, 4_000, 8_000, 600]);
  });
  it("waits half a minute at most, and gives up after eight times", async () => {
    const { own, waits } = paced();
    await expect(own.call(failing(8, tooMuch))).rejects.toBe(tooMuch);
    expect(waits).toEqual([
      ...[200, 2_000, 4_000, 8_000, 600, 16_000, 2_200],
      ...[32_000, 3_000, 32_000, 3_000, 32_000, 3_000],
    ]);
    const again = paced();
    expect(await again.own.call(failing(7, tooMuch))).toBe(8);
  });
  it("is faster again with each call that is answered, up to what it was", async () => {
    const { own, spent, waits, pass } = paced();
    await own.call(failing(1, tooMuch));
    pass(999);
    await spent(12);
    // At two and a half calls a second one takes 400 ms, at five 200.
    expect(waits.slice(2)).toEqual([5, 286, 267, 250, 235, 222, 211, 200, 200, 200]);
    expect(await spent(10)).toBe(2_000);
  });
  it("makes a call in four seconds at the slowest", async () => {
    const { own, spent } = paced();
    await expect(own.call(failing(8, tooMuch))).rejects.toBe(tooMuch);
    expect(await spent(1)).toBe(4_000);
  });
});

describe("another error", () => {
  it("is the caller's at once, and keeps nobody waiting", async () => {
    const { own, waits } = paced();
    const gone = named("InvalidGroup.NotFound");
    await expect(own.call(failing(1, gone))).rejects.toBe(gone);
    expect(waits).toEqual([200]);
    expect(await own.call(async () => "answer")).toBe("answer");
  });
});

// How fast an audit reads: at most a quarter of what EC2 refills for paged describes, so that whoever
// else calls EC2 in the account keeps the rest; slower where EC2 says it is too much.
// https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html
import { isThrottled } from "../../aws/error-codes.ts";
import type { Deps } from "../deps.ts";

export type Pace = ReturnType<typeof pace>;

/** Calls a second: EC2 refills 20 of them. */
const FASTEST = 5;
const SLOWEST = 0.25;
const TRIES = 8;

/** Makes the pace of one run. */
export function pace({ clock, sleep }: Pick<Deps, "clock" | "sleep">) {
  let rate = FASTEST;
  let free = clock();
  let turn: Promise<unknown> = Promise.resolve();

  /** Waits until so many calls may be made; those who wait are let through in order. */
  function take(calls: number): Promise<void> {
    const mine = turn.then(async () => {
      const now = clock();
      // What was not used in the last second may be used at once.
      free = Math.max(free, now - 1_000) + (calls * 1_000) / rate;
      if (free > now) await sleep(Math.ceil(free - now));
    });
    turn = mine.catch(() => undefined);
    return mine;
  }

  return {
    take,
    /** Makes one call in its turn, again and slower as long as EC2 is throttled. */
    async call<T>(work: () => Promise<T>, calls = 1): Promise<T> {
      for (let attempt = 1; ; attempt += 1) {
        await take(calls);
        try {
          const answer = await work();
          rate = Math.min(FASTEST, rate + FASTEST / 20);
          return answer;
        } catch (error) {
          if (!isThrottled(error) || attempt === TRIES) throw error;
          rate = Math.max(SLOWEST, rate / 2);
          await sleep(1_000 * 2 ** Math.min(attempt, 5));
        }
      }
    },
  };
}

// A clock that stands still unless it is moved: a history is the same whenever it is replayed.
import type { Clock } from "../../local/clock.ts";

interface Timer {
  readonly at: number;
  readonly fn: () => void;
}

/** Starts a clock at a fixed time. */
export function stillClock(start = Date.UTC(2026, 0, 5)): Clock {
  let now = start;
  let timers: Timer[] = [];
  return {
    now: () => now,
    advance(ms) {
      const target = now + ms;
      for (;;) {
        const [next] = timers;
        if (!next || next.at > target) break;
        timers.shift();
        now = Math.max(now, next.at);
        next.fn();
      }
      now = Math.max(now, target);
    },
    after(ms, fn) {
      const timer = { at: now + Math.max(ms, 0), fn };
      const place = timers.findIndex(({ at }) => at > timer.at);
      timers.splice(place < 0 ? timers.length : place, 0, timer);
      return () => {
        timers = timers.filter(other => other !== timer);
      };
    },
  };
}

// What time is it in the account, and what happens later: real time plus an offset that tests may
// advance. It knows nothing of queues or schedules; they ask it to be called.

/** The account's time, in milliseconds since the epoch. */
export interface Clock {
  now(): number;
  /** Moves time forward at once; what falls due on the way runs now, in order of its time. */
  advance(ms: number): void;
  /** Calls `fn` once, `ms` from now, unless cancelled first. */
  after(ms: number, fn: () => void): () => void;
}

interface Timer {
  at: number;
  order: number;
  fn: (() => void) | undefined;
}

const longestWait = 2 ** 31 - 1;

/** Starts a clock at the real time. */
export function createClock(): Clock {
  const timers: Timer[] = [];
  let offset = 0;
  let order = 0;
  let wake: NodeJS.Timeout | undefined;
  const now = () => Date.now() + offset;

  function fireUntil(time: number): void {
    for (let next = timers[0]; next && next.at <= time; next = timers[0]) {
      popTimer(timers);
      // Stepping to the timer's own time lets what it starts fall due in order as well.
      if (next.at > now()) offset += next.at - now();
      next.fn?.();
    }
  }

  function arm(): void {
    clearTimeout(wake);
    while (timers[0] && !timers[0].fn) popTimer(timers);
    const next = timers[0];
    if (!next) return;
    wake = setTimeout(() => tick(), Math.min(Math.max(next.at - now(), 0), longestWait));
    wake.unref();
  }

  function tick(): void {
    fireUntil(now());
    arm();
  }

  return {
    now,
    advance(ms) {
      if (!(ms >= 0)) throw new RangeError(`time goes forward only, not by ${ms} ms`);
      const target = now() + ms;
      fireUntil(target);
      if (target > now()) offset += target - now();
      arm();
    },
    after(ms, fn) {
      const timer: Timer = { at: now() + Math.max(ms, 0), order: order++, fn };
      pushTimer(timers, timer);
      if (timers[0] === timer) arm();
      return () => {
        timer.fn = undefined;
      };
    },
  };
}

function isBefore(a: Timer, b: Timer): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

// A binary heap: a storm leaves ten thousand visibility timers, and a sorted list would be slow.
function pushTimer(heap: Timer[], timer: Timer): void {
  let index = heap.push(timer) - 1;
  while (index > 0) {
    const parent = (index - 1) >> 1;
    if (!isBefore(timer, heap[parent] as Timer)) break;
    heap[index] = heap[parent] as Timer;
    index = parent;
  }
  heap[index] = timer;
}

function popTimer(heap: Timer[]): void {
  const last = heap.pop();
  if (!last || heap.length === 0) return;
  let index = 0;
  for (;;) {
    let child = 2 * index + 1;
    const right = child + 1;
    if (right < heap.length && isBefore(heap[right] as Timer, heap[child] as Timer)) child = right;
    if (child >= heap.length || !isBefore(heap[child] as Timer, last)) break;
    heap[index] = heap[child] as Timer;
    index = child;
  }
  heap[index] = last;
}

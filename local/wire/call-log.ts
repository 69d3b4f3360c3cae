// Which calls the account was asked: kept to count round trips and to see who asked what.

/** One call at the wire; times are real milliseconds with fractions, whatever the clock says. */
export interface Call {
  service: string;
  action: string;
  region: string;
  /** The ARN of the identity behind the access key. */
  caller: string;
  startedAt: number;
  /** Absent while the call is under way. */
  endedAt?: number;
  status?: number;
  request?: unknown;
}

/** The calls so far, oldest first; the last 100,000 are kept. */
export interface CallLog {
  list(): readonly Call[];
  /** The calls that started at or after a time of `startedAt`'s kind. */
  since(startedAt: number): Call[];
  clear(): void;
}

const kept = 100_000;

/** Makes an empty log and the function that writes to it. */
export function createCallLog(): { log: CallLog; add(call: Call): void } {
  let calls: Call[] = [];
  return {
    log: {
      list: () => calls,
      since: startedAt => calls.filter(call => call.startedAt >= startedAt),
      clear() {
        calls = [];
      },
    },
    add(call) {
      if (calls.length >= 2 * kept) calls = calls.slice(-kept);
      calls.push(call);
    },
  };
}

/** The time of the call log: monotonic, in real milliseconds since the epoch. */
export function wireTime(): number {
  return performance.timeOrigin + performance.now();
}

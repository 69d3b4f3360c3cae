// The account's one CloudTrail trail: multi-region, logging write events from the start. Its state is
// for who looks at it: whether it logs does not touch the bus, which tests disturb by themselves.
import type { Clock } from "./clock.ts";
import type { AccountScope } from "./scope.ts";

/** The trail as it is stored. */
export interface TrailState {
  isThere: boolean;
  isLogging: boolean;
  /** When logging started and stopped last, in the account's milliseconds. */
  startedAt: number;
  stoppedAt?: number;
}

/** The account's trail. */
export type Trail = ReturnType<typeof createTrail>;

const name = "management-events";

/** Makes the trail, logging. */
export function createTrail(
  scope: AccountScope,
  clock: Clock,
  onChange?: (state: TrailState) => void,
) {
  let state: TrailState = { isThere: true, isLogging: true, startedAt: clock.now() };

  function change(changed: Partial<TrailState>): void {
    const next = { ...state, ...changed };
    onChange?.(next);
    state = next;
  }

  return {
    name,
    arn: `arn:aws:cloudtrail:${scope.region}:${scope.account}:trail/${name}`,
    state: (): Readonly<TrailState> => state,
    /** Logs again, or for the first time after `remove`. */
    start: () => change({ isThere: true, isLogging: true, startedAt: clock.now() }),
    stop: () => change({ isLogging: false, stoppedAt: clock.now() }),
    remove: () => change({ isThere: false, isLogging: false, stoppedAt: clock.now() }),
    apply(saved: TrailState): void {
      state = saved;
    },
    snapshot: () => state,
    restore(saved: TrailState): void {
      state = saved;
    },
  };
}

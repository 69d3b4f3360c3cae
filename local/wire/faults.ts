// What goes wrong on purpose: errors and delays that a test or a demonstration orders at the wire.
import { setTimeout as sleep } from "node:timers/promises";

/** A failure that was ordered. `ConnectionReset` cuts the connection instead of answering. */
export interface Fault {
  code: string;
  /** The call takes effect first, and only its answer is lost. */
  after: boolean;
}

/** A call as whoever decides about each of them sees it. */
export interface Asked {
  readonly service: string;
  readonly action: string;
  /** The ARN of the identity behind the access key. */
  readonly caller: string;
  /** What the client has put before the service's own path: tells one client from another. */
  readonly path: string;
  readonly body: Buffer;
}

/** What becomes of a call: it fails, it is asked with another body, or (undefined) it goes on. */
export type Fate = Fault | { readonly body: Buffer } | undefined;

/** Orders failures and delays. */
export interface Faults {
  /** Asks about every call that no order is for, until `clear`. */
  decide(fate: (call: Asked) => Fate): void;
  /** Fails the next `times` calls of an action (`*`: any) with an AWS error code. */
  failNext(
    service: string,
    action: string,
    code: string,
    times?: number,
    options?: { after?: boolean },
  ): void;
  /** Does something before the next call of an action (`*`: any) takes effect; the call waits. */
  onNext(service: string, action: string, act: () => unknown): void;
  /** Delays every call (of a service) by real milliseconds before it takes effect. */
  delay(ms: number, service?: string): void;
  clear(): void;
}

interface Order extends Fault {
  service: string;
  action: string;
  left: number;
}

interface Hook {
  service: string;
  action: string;
  act: () => unknown;
}

/** Makes the orders' list and the two questions the endpoint asks of it. */
export function createFaults(): {
  faults: Faults;
  take(service: string, action: string): Fault | undefined;
  ask(call: Asked): Fate;
  wait(service: string, action: string): Promise<void>;
} {
  let orders: Order[] = [];
  let hooks: Hook[] = [];
  let decide: (call: Asked) => Fate = () => undefined;
  const delays = new Map<string, number>();
  return {
    faults: {
      decide(fate) {
        decide = fate;
      },
      failNext(service, action, code, times = 1, options = {}) {
        orders.push({ service, action, code, left: times, after: options.after ?? false });
      },
      onNext(service, action, act) {
        hooks.push({ service, action, act });
      },
      delay(ms, service = "*") {
        delays.set(service, ms);
      },
      clear() {
        orders = [];
        hooks = [];
        decide = () => undefined;
        delays.clear();
      },
    },
    ask: call => decide(call),
    take(service, action) {
      const order = orders.find(one => isFor(one, service, action));
      if (!order) return undefined;
      order.left -= 1;
      if (order.left <= 0) orders = orders.filter(one => one !== order);
      return order;
    },
    async wait(service, action) {
      const ms = delays.get(service) ?? delays.get("*") ?? 0;
      if (ms > 0) await sleep(ms);
      const hook = hooks.find(one => isFor(one, service, action));
      // Taken off first: what it does may be a call of the same action.
      hooks = hooks.filter(one => one !== hook);
      await hook?.act();
    },
  };
}

const isFor = (one: { service: string; action: string }, service: string, action: string) =>
  one.service === service && (one.action === action || one.action === "*");

/** The HTTP status AWS gives an error code. */
export function statusOfCode(code: string): number {
  if (/^(RequestLimitExceeded|ServiceUnavailable|Unavailable|SlowDown)/.test(code)) return 503;
  if (/^Internal/.test(code)) return 500;
  return /^(AccessDenied|UnauthorizedOperation|AuthorizationError|AuthFailure)/.test(code)
    ? 403
    : 400;
}

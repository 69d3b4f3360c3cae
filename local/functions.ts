// The account's Lambda functions, by name: who is invoked, at once or asynchronously with Lambda's
// own retries. It knows neither the wire (services/lambda.ts) nor queues (queues/consumers.ts). What
// waits for a retry is not kept over a restart, nor are the functions: they are put again.
import type { Context } from "aws-lambda";
import type { Clock } from "./clock.ts";
import { functionArn, lambdaContext } from "./lambda-context.ts";
import type { AccountScope } from "./scope.ts";

/** What a function does with an event; what it returns is its answer. */
export type FunctionHandler<Event> = (event: Event, context: Context) => unknown;

/** An invocation that was given up: nobody invokes it again. */
export interface FunctionFailure {
  functionName: string;
  event: unknown;
  /** What the handler threw last. */
  error: unknown;
  /** How often it was tried: 3 when it was invoked asynchronously. */
  attempts: number;
  /** The account's time in milliseconds. */
  at: number;
}

interface StoredFunction {
  name: string;
  handler: FunctionHandler<unknown>;
  timeoutMs: number | undefined;
}

/** The functions of the account. */
export type Functions = ReturnType<typeof createFunctions>;

// https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
const retryAfter = [60_000, 120_000];

/** Makes the list of functions, none at first. */
export function createFunctions(scope: AccountScope, clock: Clock) {
  const functions = new Map<string, StoredFunction>();
  const failures: FunctionFailure[] = [];
  const listeners = new Set<(arn: string) => void>();
  let running = 0;
  let isStopped = false;
  const waiting: (() => void)[] = [];

  function find(arn: string): StoredFunction {
    const found = functions.get(arn);
    if (!found) throw new Error(`the local account has no function ${arn}`);
    return found;
  }

  async function call(one: StoredFunction, event: unknown): Promise<unknown> {
    const context = lambdaContext(one.name, scope, one.timeoutMs);
    // Neither side may see what the other one changes later: over the wire both are JSON.
    return copyOf(await one.handler(copyOf(event), context));
  }

  /** Counts as running until all that follows from the work is settled, a retry too. */
  async function tracked<T>(work: () => Promise<T>): Promise<T> {
    running += 1;
    try {
      return await work();
    } finally {
      running -= 1;
      if (running === 0) {
        for (const resolve of waiting.splice(0)) resolve();
      }
    }
  }

  function fail(functionName: string, event: unknown, error: unknown, attempts: number): void {
    failures.push({ functionName, event, error, attempts, at: clock.now() });
  }

  async function attempt(arn: string, event: unknown, attempts: number): Promise<void> {
    const one = functions.get(arn);
    if (!one || isStopped) return;
    try {
      await call(one, event);
    } catch (error) {
      const wait = retryAfter[attempts - 1];
      if (wait === undefined) fail(one.name, event, error, attempts);
      else start(arn, event, attempts + 1, wait);
    }
  }

  function start(arn: string, event: unknown, attempts: number, delayMs: number): void {
    const begin = () => void tracked(() => attempt(arn, event, attempts));
    if (delayMs > 0) clock.after(delayMs, begin);
    else begin();
  }

  return {
    arnOf: (name: string) => functionArn(name, scope),
    has: (arn: string) => functions.has(arn),
    /** Adds a function, or replaces the one of that name. */
    put<Event>(
      name: string,
      handler: FunctionHandler<Event>,
      options: { timeoutMs?: number } = {},
    ): void {
      const arn = functionArn(name, scope);
      const { timeoutMs } = options;
      functions.set(arn, { name, handler: handler as FunctionHandler<unknown>, timeoutMs });
      for (const listener of listeners) listener(arn);
    },
    /** Invokes a function and resolves to its answer; rejects with what it threw. */
    async invoke(arn: string, event: unknown): Promise<unknown> {
      const one = find(arn);
      return await tracked(async () => {
        try {
          return await call(one, event);
        } catch (error) {
          fail(one.name, event, error, 1);
          throw error;
        }
      });
    },
    /** Invokes a function asynchronously, retried twice; false when there is no such function. */
    send(arn: string, event: unknown, delayMs = 0): boolean {
      if (!functions.has(arn) || isStopped) return false;
      start(arn, copyOf(event), 1, delayMs);
      return true;
    },
    /** Calls back with the ARN of every function that is put from now on. */
    listen(listener: (arn: string) => void): void {
      listeners.add(listener);
    },
    /** The invocations that were given up so far, oldest first. */
    failures: (): readonly FunctionFailure[] => failures,
    isIdle: () => running === 0,
    /** Resolves when no function runs; one that waits for a retry does not run. */
    async idle(): Promise<void> {
      if (running > 0) await new Promise<void>(resolve => waiting.push(resolve));
    },
    /** Starts no function asynchronously any more. */
    stop(): void {
      isStopped = true;
    },
  };
}

function copyOf(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}

// dynalite throws what it did not expect, also from its callbacks, which would kill the process.
// Here such an error goes to the call it belongs to. Errors of anything else are left alone.
import { AsyncLocalStorage } from "node:async_hooks";
import type { EventEmitter } from "node:events";

type OnError = (error: unknown) => void;

const scope = new AsyncLocalStorage<OnError>();
let users = 0;

/** Runs work whose later throws, in its own callbacks too, are given to `onError`. */
export function guarded(work: () => void, onError: OnError): void {
  scope.run(onError, () => {
    try {
      work();
    } catch (error) {
      onError(error);
    }
  });
}

/**
 * Turns the guard on, until the returned function is called. It is the process's one capture
 * callback: an async-context lookup costs nothing, where node:domain slows every promise down.
 */
export function turnOnGuard(): () => void {
  users += 1;
  if (users === 1 && !process.hasUncaughtExceptionCaptureCallback()) {
    process.setUncaughtExceptionCaptureCallback(capture);
  }
  let isOn = true;
  return () => {
    if (!isOn) return;
    isOn = false;
    users -= 1;
    if (users === 0) process.setUncaughtExceptionCaptureCallback(null);
  };
}

function capture(error: Error): void {
  const onError = scope.getStore();
  if (onError) {
    onError(error);
    return;
  }
  // Not ours: what Node would have done without a capture callback.
  if ((process as EventEmitter).emit("uncaughtException", error, "uncaughtException")) return;
  process.stderr.write(`Uncaught ${error?.stack ?? String(error)}\n`);
  process.exit(1);
}

// A log to read: what was said of what, without the words.
import type { Deps } from "../../functions/reconcile/deps.ts";

/** Makes a log, and the fields of its lines so far; warnings count as errors. */
export function logged() {
  const lines: Record<"info" | "error", unknown[]> = { info: [], error: [] };
  const at = (level: "info" | "error"): Deps["log"]["info"] => {
    return (_, ...fields) => {
      lines[level].push(...fields);
    };
  };
  const log: Deps["log"] = { info: at("info"), warn: at("error"), error: at("error") };
  return { log, lines };
}

// Pieces that keep what they log.
import type { Deps } from "../../functions/reconcile/deps.ts";
import type { LogLine } from "./stage.ts";

/** The same pieces, whose log is a list. */
export function logged<D extends Pick<Deps, "log">>(deps: D): { deps: D; lines: LogLine[] } {
  const lines: LogLine[] = [];
  const at = (level: LogLine["level"]) => (message: string, fields: LogLine["fields"]) => {
    lines.push({ level, message, fields });
  };
  // Of a logger only what the code calls.
  const log = { info: at("info"), warn: at("warn"), error: at("error") } as unknown as D["log"];
  return { deps: { ...deps, log }, lines };
}

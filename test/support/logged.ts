// Logs to read.
import type { Logger } from "@aws-lambda-powertools/logger";
import type { Deps } from "../../functions/reconcile/deps.ts";

export interface LogLine {
  readonly level: "info" | "warn" | "error";
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Makes a log of a list: of a logger only what the code calls. */
export function logInto(lines: LogLine[]): Logger {
  const at = (level: LogLine["level"]) => (message: string, fields: LogLine["fields"]) => {
    lines.push({ level, message, fields });
  };
  return { info: at("info"), warn: at("warn"), error: at("error") } as unknown as Logger;
}

/** The same pieces, whose log is a list. */
export function logged<D extends Pick<Deps, "log">>(deps: D): { deps: D; lines: LogLine[] } {
  const lines: LogLine[] = [];
  return { deps: { ...deps, log: logInto(lines) }, lines };
}

/** Makes a log, and the fields of its lines so far, without the words; warnings count as errors. */
export function fieldsLogged() {
  const lines: Record<"info" | "error", unknown[]> = { info: [], error: [] };
  const at = (level: "info" | "error"): Deps["log"]["info"] => {
    return (_, ...fields) => {
      lines[level].push(...fields);
    };
  };
  const log: Deps["log"] = { info: at("info"), warn: at("error"), error: at("error") };
  return { log, lines };
}

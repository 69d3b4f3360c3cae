// What the handlers say while a command runs them: kept, so that the command can print what matters.
// On AWS the same lines go to the function's log.

/** One line of a handler's log. */
export interface LogLine {
  readonly level: "info" | "warn" | "error";
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Makes a log that keeps its lines. */
export function createLog() {
  const lines: LogLine[] = [];
  const keep =
    (level: LogLine["level"]) =>
    (message: unknown, ...fields: unknown[]): void => {
      const text = typeof message === "string" ? message : JSON.stringify(message);
      lines.push({ level, message: text, fields: Object.assign({}, ...fields) });
    };
  return { lines, log: { info: keep("info"), warn: keep("warn"), error: keep("error") } };
}

/** What went wrong, one line for each error that was logged. */
export function errorsIn(lines: readonly LogLine[]): string[] {
  return lines
    .filter(({ level }) => level === "error")
    .map(({ message, fields: { groupId, error } }) =>
      [groupId, message, error].filter(part => part !== undefined).join(": "),
    );
}

// How a command ends: its exit code, and what is said on stderr when it could not do what was asked.
import { CommanderError } from "commander";
import { formatProblem, InputError } from "../matrix/errors.ts";
import { plainText } from "../matrix/plain-text.ts";

export const CLEAN = 0;
/** Drift was found. */
export const DRIFT = 1;
/** Every problem was named and nothing was changed. */
export const BAD_INPUT = 2;
export const FAILED = 3;
export const INTERRUPTED = 130;

export type ExitCode =
  | typeof CLEAN
  | typeof DRIFT
  | typeof BAD_INPUT
  | typeof FAILED
  | typeof INTERRUPTED;

/** Makes a commander action of a function that answers with an exit code. */
export function action<A extends unknown[]>(work: (...args: A) => Promise<ExitCode>) {
  return async (...args: A): Promise<void> => {
    process.exitCode = await work(...args);
  };
}

/** Says on stderr what went wrong, and returns the exit code for it. */
export function exitCodeFor(thrown: unknown): ExitCode {
  if (process.env.PORTWARD_DEBUG && !(thrown instanceof CommanderError)) console.error(thrown);
  // Commander has said it already.
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? CLEAN : BAD_INPUT;
  if (thrown instanceof InputError) {
    console.error(thrown.problems.map(formatProblem).join("\n"));
    return BAD_INPUT;
  }
  console.error(`portward: ${failureText(thrown)}`);
  return FAILED;
}

/** An error on one line, with the code AWS gave it. */
export function failureText(thrown: unknown): string {
  if (!(thrown instanceof Error)) return oneLine(String(thrown));
  const { name, message } = thrown;
  const code = "code" in thrown ? String(thrown.code) : "";
  // What a refused connection throws has a code for each address tried, and no message.
  const text = message || code || "failed without a reason";
  return oneLine(name === "Error" || name === "AggregateError" ? text : `${name}: ${text}`);
}

const oneLine = (text: string): string => plainText(text.replace(/\s+/g, " ").trim(), 2_000);

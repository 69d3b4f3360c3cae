// What the options of an exception ask for: how long, from when, why, and whether it is opened.
import { type Command, InvalidArgumentError } from "commander";
import type { KeptException } from "../functions/aws/stores/exception-item.ts";
import type { Answer, Wish } from "../functions/reconcile/exceptions.ts";
import { type InputError, inputError } from "../matrix/errors.ts";
import type { Refused } from "../matrix/exceptions/exception-life.ts";
import { readDuration, readTime } from "../matrix/exceptions/exception-words.ts";

export interface WishOptions {
  readonly for: number;
  readonly reason: string;
  readonly from?: number;
  readonly open: boolean;
  readonly breakGlass?: boolean;
}

/** Adds --for and --reason. */
export function withDuration(command: Command): Command {
  return command
    .requiredOption("--for <duration>", "how long: 30m, 2h or 1d", minutesOf)
    .requiredOption("--reason <text>", "why it is needed");
}

/** Adds what else a new exception may say. */
export function withWish(command: Command): Command {
  return withDuration(command)
    .option("--from <iso>", "when it starts, in whole minutes; now unless given", timeOf)
    .option("--no-open", "only permit it: whoever needs it opens it")
    .option("--break-glass", "without approval, as long as the matrix lets anybody");
}

/** The options as a wish. */
export function wishOf(options: WishOptions): Omit<Wish, "what" | "group"> {
  const { reason, open, from, breakGlass } = options;
  return {
    ...{ reason, open, minutes: options.for },
    ...(from === undefined ? {} : { start: from }),
    ...(breakGlass ? { breakGlass } : {}),
  };
}

/** The exception of an answer; throws an InputError where it was refused. */
export function granted(answer: Answer): KeptException {
  if (answer.kind === "done") return answer.exception;
  throw refusalError(answer);
}

const refusalError = ({ code, because }: Refused): InputError =>
  inputError(`exception.${code}`, `refused: ${because}`);

/** Reads a duration into minutes. */
export function minutesOf(text: string): number {
  const minutes = readDuration(text);
  if (minutes !== undefined) return minutes;
  throw new InvalidArgumentError("It must be 30m, 2h or 1d: whole minutes, hours or days.");
}

function timeOf(text: string): number {
  const time = readTime(text);
  if (time !== undefined) return time;
  throw new InvalidArgumentError("It must be like 2026-11-21T09:00Z, with its zone.");
}

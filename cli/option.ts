// Options that several commands share, worded once.
import { type Command, InvalidArgumentError, Option } from "commander";

/** The options of a command that reaches an account. */
export interface AccountOptions {
  readonly aws?: boolean;
  readonly config?: string;
  readonly json?: boolean;
}

/** Adds --json. */
export function withJson(command: Command): Command {
  return command.option("--json", "print JSON on stdout, and nothing else");
}

/** Adds --aws and --config: the account a command works on is the local one unless told. */
export function withAccount(command: Command): Command {
  return command
    .option("--aws", "the real account, by the AWS SDK's own conventions; else the local account")
    .option("--config <file>", "JSON of the PORTWARD_* variables, as `setup --aws` prints it");
}

/** Adds --matrix, once or several times, or with several files. */
export function withMatrix(command: Command, isRequired = true): Command {
  const text = "a matrix file, YAML or JSON; of several the later are laid over the earlier";
  const option = new Option("--matrix <file...>", text);
  return command.addOption(isRequired ? option.makeOptionMandatory() : option);
}

/** Reads a whole number out of an option, or says what it must be. */
export function wholeNumber(least: number, most: number) {
  return (text: string): number => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
  };
}

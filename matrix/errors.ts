// The one error class a caller may see: what was wrong with an input, all of it, and how to cure it.
// It maps to exit code 2 and HTTP 400; broken worlds throw whatever they throw.

import { plainText } from "./plain-text.ts";

/** One thing wrong with an input. */
export interface Problem {
  /** Stable and dotted, such as "matrix.ports.slash". */
  readonly code: string;
  readonly message: string;
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  readonly cure?: string;
  /** Where it stands in the input's own structure, such as "flows[2].ports". */
  readonly path?: string;
}

/** Every problem of one input; the message has one line for each. */
export class InputError extends Error {
  readonly code: string;
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[], options?: ErrorOptions) {
    super(problems.map(formatProblem).join("\n"), options);
    this.name = "InputError";
    this.code = problems[0]?.code ?? "input";
    this.problems = problems;
  }
}

/** Makes the error for an input that has one problem and no file. */
export function inputError(code: string, message: string, cure?: string): InputError {
  return new InputError([{ code, message, ...(cure !== undefined && { cure }) }]);
}

/**
 * Writes a problem as compilers do, so that editors can jump to it.
 *
 * @example formatProblem(problem) // "m.yaml:4:12: 10.0.0.1/8 has host bits set (write 10.0.0.0/8)"
 */
export function formatProblem({ file, line, column, message, cure }: Problem): string {
  const place = [file, line, column].filter(part => part !== undefined).join(":");
  return `${place && `${place}: `}${message}${cure === undefined ? "" : ` (${cure})`}`;
}

/** Quotes in a message what an input says: on one line, hidden characters spelled out. */
export const quoted = (text: string): string => `\`${plainText(text, 80)}\``;

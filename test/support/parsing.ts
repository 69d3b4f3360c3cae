// Matrix files in YAML and what is said where they are refused.
import { formatProblem, InputError, type Problem } from "../../matrix/errors.ts";
import { parseMatrix } from "../../matrix/file/parse.ts";

/** Reads files, named 0.yaml, 1.yaml and so on. */
export const parse = (...texts: readonly string[]) =>
  parseMatrix(texts.map((text, index) => ({ name: `${index}.yaml`, text })));

/** The problems of files that are refused; none where they are not. */
export function problemsOf(...texts: readonly string[]): readonly Problem[] {
  try {
    parse(...texts);
  } catch (error) {
    if (error instanceof InputError) return error.problems;
    throw error;
  }
  return [];
}

/** The problems of files, a line each: place, message and cure. */
export const linesOf = (...texts: readonly string[]): string[] =>
  problemsOf(...texts).map(formatProblem);

/** The same lines, each behind its code. */
export const refusalsOf = (...texts: readonly string[]): string[] =>
  problemsOf(...texts).map(problem => `${problem.code} ${formatProblem(problem)}`);

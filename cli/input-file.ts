// The files a command is given, read whole or named as problems; `-` is standard input. What they
// say is judged by others.
import { readFileSync, statSync } from "node:fs";
import { InputError, type Problem } from "../matrix/errors.ts";
import { plainText } from "../matrix/plain-text.ts";

/** A file's name, for messages, and its text. */
export interface InputFile {
  readonly name: string;
  readonly text: string;
}

const MB = 1_000_000;
/** A JavaScript string holds about 512 MB. */
const MOST_BYTES = 256 * MB;

/** Reads files; throws one InputError that names all of them that cannot be read. */
export function readInputs(names: readonly string[]): InputFile[] {
  const files: InputFile[] = [];
  const problems: Problem[] = [];
  for (const name of names) {
    try {
      files.push(readInput(name));
    } catch (thrown) {
      problems.push(problemOf(name, thrown));
    }
  }
  if (problems.length > 0) throw new InputError(problems);
  return files;
}

/** Reads the JSON of files; throws one InputError that names all that hold none. */
export function readJsonInputs(names: readonly string[]): { name: string; json: unknown }[] {
  const problems: Problem[] = [];
  const values = readInputs(names).map(({ name, text }) => {
    try {
      return { name, json: JSON.parse(text.replace(/^\uFEFF/, "")) as unknown };
    } catch (thrown) {
      problems.push(jsonProblem(name, text, thrown));
      return { name, json: undefined };
    }
  });
  if (problems.length > 0) throw new InputError(problems);
  return values;
}

function readInput(name: string): InputFile {
  if (name === "-") return { name: "stdin", text: readFileSync(0, "utf8") };
  const { size } = statSync(name);
  if (size > MOST_BYTES) throw new Error(`it is larger than ${MOST_BYTES / MB} MB`);
  return { name, text: readFileSync(name, "utf8") };
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  ENOTDIR: "there is no such file",
  EISDIR: "it is a directory, not a file",
  EACCES: "it may not be read",
};

function problemOf(name: string, thrown: unknown): Problem {
  const { code = "", message } = thrown as NodeJS.ErrnoException;
  return { code: "file.unreadable", file: name, message: REASONS[code] ?? message };
}

function jsonProblem(file: string, text: string, thrown: unknown): Problem {
  const code = "file.no-json";
  if (text.trim() === "") return { code, file, message: "it is empty, not JSON" };
  const reason = (thrown as Error).message;
  const message = `it is not JSON: ${plainText(reason.replace(/ in JSON at position .*$/s, ""), 200)}`;
  // The engine tells the place of some errors only.
  const position = /at position (\d+)/.exec(reason)?.[1];
  if (position === undefined) return { code, file, message };
  const before = text.slice(0, Number(position)).split("\n");
  return { code, file, line: before.length, column: (before.at(-1)?.length ?? 0) + 1, message };
}

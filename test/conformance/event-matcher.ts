// Asks AWS's own event matcher (software.amazon.event.ruler) about patterns and events, all of them
// in one run of Java.
import { execFile } from "node:child_process";
import { join } from "node:path";
import { settingOf } from "./setting.ts";

/** A pattern as text, as it may be refused, and an event. */
export interface Question {
  readonly pattern: string;
  readonly event: object;
}

/** What the matcher says: why it refuses the pattern, or whether the event matches it. */
export type Ruling = { readonly refused: string } | { readonly matches: boolean };

/** Asks the questions in order. */
export async function askRuler(questions: readonly Question[]): Promise<Ruling[]> {
  const classPath = join(settingOf("java"), "*");
  const program = join(import.meta.dirname, "java", "Matcher.java");
  const lines = questions.map(question => JSON.stringify(question)).join("\n");
  const output = await new Promise<string>((resolve, reject) => {
    const options = { maxBuffer: 64_000_000 };
    const java = execFile("java", ["-cp", classPath, program], options, (error, stdout, stderr) =>
      error ? reject(new Error(stderr, { cause: error })) : resolve(stdout),
    );
    java.stdin?.end(`${lines}\n`);
  });
  const rulings = output.trim().split("\n");
  if (rulings.length !== questions.length) {
    throw new Error(`${questions.length} questions, but ${rulings.length} answers`);
  }
  return rulings.map(line => JSON.parse(line) as Ruling);
}

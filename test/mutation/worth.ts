// Stryker's checker for Portward: says which mutants are worth a try. Texts for people are not: another
// wording is no bug. Beyond PORTWARD_MUTATION_MOST a sample is drawn, the same for the same sources.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { relative } from "node:path";
import { originalOf, type Span } from "./span.ts";

interface Mutant {
  readonly id: string;
  readonly fileName: string;
  readonly mutatorName: string;
  readonly replacement: string;
  readonly location: Span;
}

/** Why a mutant is not tried. */
export const TEXT = "a text for people";
export const NOT_DRAWN = "not in the sample";

const most = Number(process.env.PORTWARD_MUTATION_MOST || Infinity);
const sources = new Map<string, string>();

/** Tells a sentence from a name: it has a space. The text forms of a rule have one too and are none. */
function isText({ fileName, mutatorName, location }: Mutant): boolean {
  if (mutatorName !== "StringLiteral" || /\/matrix\/rules\//.test(fileName)) return false;
  const source = sources.get(fileName) ?? readFileSync(fileName, "utf8");
  sources.set(fileName, source);
  const { start, end } = location;
  // Stryker counts lines from 0 here, and from 1 in its report.
  const original = originalOf(source, {
    start: { ...start, line: start.line + 1, column: start.column + 1 },
    end: { ...end, line: end.line + 1, column: end.column + 1 },
  });
  return /\S/.test(original.slice(1, -1)) && /\s/.test(original.replaceAll(/\$\{[^}]*\}/g, ""));
}

const placeOf = ({ fileName, location, mutatorName, replacement }: Mutant): string =>
  createHash("sha256")
    .update(JSON.stringify([relative(process.cwd(), fileName), location, mutatorName, replacement]))
    .digest("hex");

let drawn: ReadonlySet<string> | undefined;

const checker = () => ({
  init: async () => {},
  /** Is asked once, for all of them. */
  group: async (mutants: readonly Mutant[]) => {
    drawn ??= new Set(
      mutants
        .filter(mutant => !isText(mutant))
        .map(mutant => ({ id: mutant.id, place: placeOf(mutant) }))
        .sort((a, b) => (a.place < b.place ? -1 : 1))
        .slice(0, most)
        .map(({ id }) => id),
    );
    return [mutants.map(({ id }) => id)];
  },
  check: async (mutants: readonly Mutant[]) =>
    Object.fromEntries(
      mutants.map(mutant => {
        if (drawn?.has(mutant.id)) return [mutant.id, { status: "passed" }];
        const reason = isText(mutant) ? TEXT : NOT_DRAWN;
        return [mutant.id, { status: "compileError", reason }];
      }),
    ),
});
checker.inject = [] as const;

export const strykerPlugins = [{ kind: "Checker", name: "worth", factory: checker }];

// Keys that a map of a matrix file may not have. Several in a row without a value, in braces, are
// usually one unquoted comma: `{ purpose: claim, report }` is a purpose and a key called report.
import { type Problem, quoted } from "../errors.ts";
import { type Located, type LocatedPair, type Position, pairsOf, problemAt } from "./positions.ts";
import { choiceCure } from "./spelling.ts";

/** The pair a comma cut short, and the words after the comma. */
interface Cut {
  readonly at: Position;
  readonly before: [string, LocatedPair];
  readonly words: string[];
}

/** Explains the unknown keys of one map. */
export function unknownKeyProblems(
  unknown: readonly string[],
  node: Located,
  known: readonly string[],
): Problem[] {
  const strangers = new Set(unknown);
  const inline = node.kind === "map" && node.inline;
  const problems: Problem[] = [];
  const cuts: Cut[] = [];
  let before: [string, LocatedPair] | undefined;
  let open: Cut | undefined;
  for (const [key, pair] of pairsOf(node)) {
    const isUnknown = strangers.has(key);
    if (isUnknown && inline && before && isBare(pair.value)) {
      open ??= startCut(cuts, before, pair.at);
      open.words.push(key);
      continue;
    }
    open = undefined;
    before = [key, pair];
    if (isUnknown) {
      const cure = key === "<<" ? "write the keys out" : choiceCure(key, known);
      problems.push(problemAt(pair.at, "unknown-key", `unknown key ${quoted(key)}`, cure));
    }
  }
  return [...problems, ...cuts.map(commaProblem)];
}

function startCut(cuts: Cut[], before: [string, LocatedPair], at: Position): Cut {
  const cut: Cut = { at, before, words: [] };
  cuts.push(cut);
  return cut;
}

const isBare = (value: Located): boolean =>
  value.kind === "scalar" && value.value === null && value.text === "";

function commaProblem({ at, before: [key, { value }], words }: Cut): Problem {
  const names = words.map(quoted).join(", ");
  const message = `unknown key${words.length > 1 ? "s" : ""} ${names}, without a value`;
  const cure = `usually an unquoted comma: write ${key}: ${wholeValue(key, value, words)}`;
  return problemAt(at, "unquoted-comma", message, cure);
}

const LISTS = ["from", "to", "except", "members", "vpc", "approvers"];

/** The value as it was probably meant: a list where the key takes one, else one quoted text. */
function wholeValue(key: string, value: Located, words: readonly string[]): string {
  if (value.kind !== "scalar") return '"…" with quotes around the whole text';
  const parts = [value.text, ...words];
  if (LISTS.includes(key)) return `[${parts.join(", ")}]`;
  return JSON.stringify(parts.join(key === "ports" ? "," : ", "));
}

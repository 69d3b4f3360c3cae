// What somebody asks for on a command line or in a form, read with the words of the matrix in force:
// from, to and ports, as in a flow. Whether he may have it is exception-scope.ts.
import type { MatrixDocument, PeerSpec } from "../document.ts";
import { InputError, inputError, type Problem, quoted } from "../errors.ts";
import type { Exception } from "../exception.ts";
import { type PeerReader, readPeers } from "../file/peer-text.ts";
import { parsePorts } from "../file/ports.ts";
import type { Located } from "../file/positions.ts";
import { formatRule, parseRule } from "../rules/rule.ts";

/** Reads a flow; throws an InputError that names every word that is wrong. */
export function readFlowWords(
  words: { from: string; to: string; ports: string },
  document: MatrixDocument,
): NonNullable<Exception["flow"]> {
  const problems: Problem[] = [];
  const reader: PeerReader = { names: namesIn(document), problems };
  const from = peersOf(words.from, "from", reader);
  const to = peersOf(words.to, "to", reader);
  const { ports, faults } = parsePorts(words.ports);
  for (const { code, message, cure } of faults) {
    problems.push({ code: `exception.ports.${code}`, message, cure });
  }
  if (problems.length > 0) throw new InputError(problems.map(withoutPlace));
  return { from, to, ports };
}

/** Reads a rule text into its canonical form; throws an InputError where it is none. */
export function readRuleWords(text: string): string {
  const rule = parseRule(text);
  if (rule) return formatRule(rule);
  const cure = "write it like `ingress tcp 22 from 203.0.113.7/32`";
  throw inputError("exception.rule", `${quoted(text)} is no rule`, cure);
}

const MINUTES: Readonly<Record<string, number>> = { m: 1, h: 60, d: 1440 };

/**
 * Reads a duration into minutes; undefined where it is none.
 *
 * @example readDuration("2h") // 120
 */
export function readDuration(text: string): number | undefined {
  if (!/^[1-9]\d{0,3}[mhd]$/.test(text)) return undefined;
  return Number.parseInt(text, 10) * (MINUTES[text.slice(-1)] ?? 1);
}

/** Reads a time with its zone into milliseconds since the epoch; undefined where it is none. */
export function readTime(text: string): number | undefined {
  const isIso = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/.test(text);
  const time = isIso ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}

function peersOf(text: string, key: string, reader: PeerReader): PeerSpec[] {
  const at = { file: "", line: 0, column: 0, path: key };
  const items = text
    .split(",")
    .map(part => part.trim())
    .filter(part => part !== "")
    .map((part): Located => ({ kind: "scalar", at, value: part, text: part }));
  if (items.length === 0) {
    const cure = "a group or a network of the matrix, an address, pl-… or sg-…";
    reader.problems.push({ code: "exception.peer", message: `${key} names nobody`, cure });
  }
  return readPeers({ kind: "list", at, items }, "flow", reader);
}

const namesIn = ({ networks, groups }: MatrixDocument): PeerReader["names"] => ({
  networks: new Set(Object.keys(networks)),
  groups: new Set(Object.keys(groups)),
});

const withoutPlace = ({ code, message, cure }: Problem): Problem => ({
  code: code.replace(/^matrix\./, "exception."),
  message,
  ...(cure !== undefined && { cure }),
});

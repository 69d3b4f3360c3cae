// Matrix files as one checked document, or every problem they have at once. What the document comes
// to on live groups, and whether its flows meet its forbids, is seen when it is compiled.
import type { MatrixDocument, Mode } from "../document.ts";
import { InputError, type Problem, quoted } from "../errors.ts";
import { readEntries } from "./entries.ts";
import { readFlows, readForbids } from "./flow-text.ts";
import { mergeFiles } from "./merge.ts";
import { nameProblems, namesOf } from "./names.ts";
import { readNetworks } from "./network-text.ts";
import type { Reader } from "./peer-text.ts";
import { readPeople, readTerms } from "./people.ts";
import { fieldOf, itemsOf, type LocatedMap, problemAt, refuse, textOf } from "./positions.ts";
import { structureProblems } from "./structure.ts";
import { type MatrixSource, readYaml } from "./yaml-text.ts";

export type { MatrixSource } from "./yaml-text.ts";

/**
 * Reads one matrix from its files, the later ones laid over the earlier; throws an InputError that
 * names every problem with its file, line, column and cure.
 *
 * @example parseMatrix([{ name: "m.yaml", text: "matrix: m\ngroups: { api: { name: api } }" }]).mode // "observe"
 */
export function parseMatrix(sources: readonly MatrixSource[]): MatrixDocument {
  const files = sources.map(readYaml);
  const roots = files.flatMap(file => (file.root ? [file.root] : []));
  const structure = files.flatMap(({ root, problems }) => [
    ...problems,
    ...(root ? structureProblems(root) : []),
  ]);
  const merged = mergeFiles(roots);
  // Without a file that cannot be read, names would seem unknown that it defines.
  if (!merged || roots.length < files.length) throw refusal(structure, sources);
  const { document, problems } = readDocument(merged);
  if (structure.length + problems.length > 0) throw refusal([...structure, ...problems], sources);
  return document;
}

function readDocument(root: LocatedMap): { document: MatrixDocument; problems: Problem[] } {
  const names = namesOf(root);
  const reader: Reader = { names, problems: nameProblems(root, names) };
  const document: MatrixDocument = {
    matrix: readTitle(root, reader),
    mode: MODES.find(mode => mode === textOf(fieldOf(root, "mode"))) ?? "observe",
    vpcs: readVpcs(root, reader),
    networks: readNetworks(root, reader),
    groups: readEntries(root, reader),
    flows: readFlows(root, reader),
    forbids: readForbids(root, reader),
    people: readPeople(root, reader),
    exceptions: readTerms(root, reader),
  };
  return { document, problems: reader.problems };
}

const MODES: readonly Mode[] = ["observe", "revoke", "enforce"];

function readTitle(root: LocatedMap, reader: Reader): string {
  const node = fieldOf(root, "matrix");
  if (node === undefined) {
    const message = "the matrix has no name";
    reader.problems.push(problemAt(root.at, "no-name", message, "begin with `matrix: NAME`"));
  }
  return textOf(node) ?? "";
}

function readVpcs(root: LocatedMap, reader: Reader): string[] {
  const vpcs = itemsOf(fieldOf(root, "vpc")).flatMap(item => {
    const text = textOf(item);
    if (text === undefined) return []; // the structure check names it
    if (/^vpc-[0-9a-f]{8,17}$/.test(text)) return [text];
    const cure = "vpc- and 8 to 17 hexadecimal digits, in lower case";
    const problem = problemAt(item.at, "vpc", `${quoted(text)} is no VPC id`, cure);
    return refuse(reader.problems, problem);
  });
  return [...new Set(vpcs)];
}

/** All problems in the order of the files and their lines, each once. */
function refusal(problems: readonly Problem[], sources: readonly MatrixSource[]): InputError {
  if (sources.length === 0) {
    const cure = "name one with --matrix FILE";
    return new InputError([{ code: "matrix.no-file", message: "no matrix file is given", cure }]);
  }
  const order = new Map(sources.map(({ name }, index) => [name, index]));
  const rank = ({ file = "", line = 0, column = 0 }: Problem) =>
    [order.get(file) ?? 0, line, column] as const;
  const sorted = [...problems].sort((a, b) => {
    const [left, right] = [rank(a), rank(b)];
    return left[0] - right[0] || left[1] - right[1] || left[2] - right[2];
  });
  const distinct = new Map(sorted.map(problem => [JSON.stringify(problem), problem]));
  return new InputError([...distinct.values()]);
}

// What the lint says of a matrix in YAML, a line each: the code, the place, the message and the cure.
import type { MatrixDocument } from "../../matrix/document.ts";
import { formatProblem } from "../../matrix/errors.ts";
import { parseMatrix } from "../../matrix/file/parse.ts";
import { placesOf } from "../../matrix/file/places.ts";
import { lintMatrix } from "../../matrix/lint/lint.ts";

/** The warnings of files, named m.yaml, then m2.yaml and so on. */
export function warningsOf(...texts: readonly string[]): string[] {
  const sources = texts.map((text, index) => ({
    name: `m${index === 0 ? "" : index + 1}.yaml`,
    text,
  }));
  return lines(lintMatrix(parseMatrix(sources), placesOf(sources)));
}

/** The warnings of a document of which nobody knows where its parts stand. */
export function warningsWithoutPlaces(text: string): string[] {
  const { flows, forbids, ...rest } = parseMatrix([{ name: "m.yaml", text }]);
  const document: MatrixDocument = {
    ...rest,
    flows: flows.map(({ source: _, ...flow }) => flow),
    forbids: forbids.map(({ source: _, ...forbid }) => forbid),
  };
  return lines(lintMatrix(document));
}

const lines = (problems: ReturnType<typeof lintMatrix>) =>
  problems.map(problem => `${problem.code} ${formatProblem(problem)}`);

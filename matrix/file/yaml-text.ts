// A YAML or JSON text as located values, or every reason why it is none. YAML 1.2 reads JSON, so
// both take this way. What the values mean is checked elsewhere.
import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Pair,
  type ParsedNode,
  parseDocument,
  type YAMLError,
  type YAMLMap,
} from "yaml";
import { type Problem, quoted } from "../errors.ts";
import { plainText } from "../plain-text.ts";
import {
  type Located,
  type LocatedMap,
  type LocatedPair,
  type LocatedScalar,
  type Position,
  problemAt,
} from "./positions.ts";

/** One matrix file: a name for messages, and its text. */
export interface MatrixSource {
  readonly name: string;
  readonly text: string;
}

const MAX_BYTES = 1_000_000;
const MAX_DEPTH = 16;
const MAX_VALUES = 200_000;

interface Reading {
  readonly file: string;
  readonly document: Document;
  readonly lines: LineCounter;
  readonly problems: Problem[];
  /** Values so far, aliases counted each time they are used. */
  values: number;
  /** The latest node of each anchor, and what each alias was when first met. */
  readonly anchors: Map<string | undefined, ParsedNode>;
  readonly aliases: Map<Alias, ParsedNode>;
}

/** Reads one file; `root` is absent where the problems leave no map to go on with. */
export function readYaml(source: MatrixSource): { root?: LocatedMap; problems: Problem[] } {
  const { name: file, text } = source;
  const start: Position = { file, line: 1, column: 1, path: "" };
  // The parser takes seconds and hundreds of megabytes for a few megabytes of list.
  if (text.length > MAX_BYTES || new TextEncoder().encode(text).length > MAX_BYTES) {
    const message = "the file is larger than 1 MB";
    return { problems: [problemAt(start, "yaml.size", message, "split the matrix into files")] };
  }
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    uniqueKeys: false, // reported here, with the line of the first one
    prettyErrors: false,
    stringKeys: false,
  });
  const places = { anchors: new Map(), aliases: new Map() };
  const reading: Reading = { file, document, lines, problems: [], values: 0, ...places };
  const syntax = syntaxProblems(reading);
  if (syntax.length > 0) return { problems: syntax };
  if (document.contents === null) {
    return { problems: [problemAt(start, "yaml.empty", "the file is empty", WRITE_A_MAP)] };
  }
  const root = locate(document.contents, reading, "", 0);
  const unbounded = reading.problems.filter(({ code }) => UNBOUNDED.includes(code));
  if (unbounded.length > 0) return { problems: unbounded };
  if (root.kind === "map") return { root, problems: reading.problems };
  const message = "a matrix file is a map of keys such as matrix, groups and flows";
  return { problems: [...reading.problems, problemAt(root.at, "type", message, WRITE_A_MAP)] };
}

// What is cut off at a bound would look like values that are missing.
const UNBOUNDED = ["matrix.yaml.depth", "matrix.yaml.size"];

const WRITE_A_MAP = "begin with `matrix: NAME`";

function syntaxProblems(reading: Reading): Problem[] {
  const { document } = reading;
  const found: YAMLError[] = [...document.errors, ...document.warnings];
  const exhausted = found.find(error => error.code === "RESOURCE_EXHAUSTION");
  if (exhausted) return [depthProblem(positionAt(reading, exhausted.pos[0], ""))];
  const problems = found.map(error => {
    const code = `yaml.${error.code.toLowerCase().replaceAll("_", "-")}`;
    const message = MESSAGES[error.code] ?? `not YAML: ${plainText(lowered(error.message))}`;
    return problemAt(positionAt(reading, error.pos[0], ""), code, message, CURES[error.code]);
  });
  if (document.directives?.yaml.version === "1.1" && document.directives.yaml.explicit) {
    const cure = "remove the %YAML 1.1 line";
    const message = "YAML 1.1 reads `no` as false and `22:22` as a number; a matrix is YAML 1.2";
    problems.push(problemAt(positionAt(reading, 0, ""), "yaml.version", message, cure));
  }
  return problems;
}

const lowered = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);

const MESSAGES: Partial<Record<YAMLError["code"], string>> = {
  MULTIPLE_DOCS: "the file holds more than one YAML document",
};

const QUOTE = 'put text that holds ": ", " #", a comma or a bracket in quotes';

const CURES: Partial<Record<YAMLError["code"], string>> = {
  BAD_INDENT: "close what is open on the lines above, and indent by spaces alike",
  BAD_SCALAR_START: "put the text in quotes",
  BLOCK_AS_IMPLICIT_KEY: QUOTE,
  BLOCK_IN_FLOW: QUOTE,
  MISSING_CHAR: QUOTE,
  MULTIPLE_DOCS: "remove the `---`, or give the second document as a file of its own",
  TAB_AS_INDENT: "indent by spaces",
  TAG_RESOLVE_FAILED: "remove the tag, or put a value that begins with ! in quotes",
  UNEXPECTED_TOKEN: QUOTE,
};

function locate(node: ParsedNode, reading: Reading, path: string, depth: number): Located {
  const at = positionAt(reading, node.range[0], path);
  reading.values += 1;
  if (reading.values > MAX_VALUES) return overflow(reading, at);
  if (depth > MAX_DEPTH) return refused(reading, depthProblem(at), at);
  if (isAlias(node)) return locateAlias(node, reading, at, depth);
  // What an alias stands for is met again there, but is not the latest of its anchor for that.
  const latest = reading.anchors.get(node.anchor);
  if (!latest || latest.range[0] < node.range[0]) reading.anchors.set(node.anchor, node);
  if (isSeq(node)) {
    const items = node.items.map((item, index) =>
      locate(item, reading, `${path}[${index}]`, depth + 1),
    );
    return { kind: "list", at, items };
  }
  if (isMap(node)) return locateMap(node, reading, at, depth);
  // In YAML 1.2 without tags a value is text, a number, a truth value or nothing.
  const value = node.value as LocatedScalar["value"];
  return { kind: "scalar", at, value, text: node.source };
}

function locateMap(map: YAMLMap.Parsed, reading: Reading, at: Position, depth: number): LocatedMap {
  const pairs = new Map<string, LocatedPair>();
  for (const pair of map.items as Pair<ParsedNode, ParsedNode | null>[]) {
    const key = keyOf(pair.key);
    const keyAt = positionAt(reading, pair.key.range[0], join(at.path, key ?? "?"));
    if (key === undefined) {
      const cure = "quote IPv6 addresses and texts that hold a colon";
      reading.problems.push(problemAt(keyAt, "yaml.key", "a key is one plain text", cure));
      continue;
    }
    const first = pairs.get(key);
    if (first) {
      const message = `${quoted(key)} stands twice in one map, first on line ${first.at.line}`;
      reading.problems.push(problemAt(keyAt, "yaml.duplicate-key", message, "keep one of them"));
    }
    // A value left out has no place of its own: its key's is the one to look at.
    const value: Located =
      pair.value === null ? nothingAt(keyAt) : locate(pair.value, reading, keyAt.path, depth + 1);
    if (!first) pairs.set(key, { at: keyAt, value });
  }
  return { kind: "map", at, inline: map.flow === true, pairs };
}

/** What counts as a value that was left out. */
const nothingAt = (at: Position): Located => ({ kind: "scalar", at, value: null, text: "" });

function keyOf(key: unknown): string | undefined {
  return isScalar(key) && key.source ? key.source : undefined;
}

function locateAlias(alias: Alias.Parsed, reading: Reading, at: Position, depth: number): Located {
  // Alias.resolve searches the whole document each time.
  const target = reading.aliases.get(alias) ?? reading.anchors.get(alias.source);
  if (target === undefined) {
    const message = `*${plainText(alias.source, 64)} names no anchor above it`;
    const cure = `put a value that begins with * in quotes`;
    return refused(reading, problemAt(at, "yaml.alias", message, cure), at);
  }
  // What has an anchor begins above its aliases.
  if (alias.range[0] < target.range[2]) {
    const message = `*${plainText(alias.source, 64)} holds itself`;
    return refused(reading, problemAt(at, "yaml.alias", message, "write the value out"), at);
  }
  reading.aliases.set(alias, target);
  return locate(target, reading, at.path, depth);
}

function overflow(reading: Reading, at: Position): Located {
  if (reading.values > MAX_VALUES + 1) return nothingAt(at);
  const message = `the file comes to more than ${MAX_VALUES} values once its aliases are written out`;
  return refused(reading, problemAt(at, "yaml.size", message, "use a network, not aliases"), at);
}

function refused(reading: Reading, problem: Problem, at: Position): Located {
  reading.problems.push(problem);
  return nothingAt(at);
}

const depthProblem = (at: Position): Problem =>
  problemAt(at, "yaml.depth", `nested deeper than ${MAX_DEPTH} levels`, "a matrix needs five");

function positionAt(reading: Reading, offset: number, path: string): Position {
  const { line, col } = reading.lines.linePos(offset);
  return { file: reading.file, line: Math.max(1, line), column: Math.max(1, col), path };
}

const join = (path: string, key: string): string => {
  const step = plainText(key, 64);
  return path === "" ? step : `${path}.${step}`;
};

// Whether a matrix file has the structure its schema asks for: each issue the schema finds becomes
// a problem with a place and a cure. Patterns are left to the grammar that reads the values.
import type * as z from "zod";
import { type Problem, quoted } from "../errors.ts";
import { fileSchema, knownKeys } from "./file-schema.ts";
import {
  fieldOf,
  type Located,
  type LocatedMap,
  nodeAt,
  plainValue,
  problemAt,
} from "./positions.ts";
import { choiceCure } from "./spelling.ts";
import { unknownKeyProblems } from "./unknown-keys.ts";

type Issue = z.core.$ZodIssue;

/** Finds everything in one file that its schema refuses. */
export function structureProblems(root: LocatedMap): Problem[] {
  const checked = fileSchema.safeParse(plainValue(root));
  return (checked.error?.issues ?? []).flatMap(issue => problemsOf(issue, root, []));
}

function problemsOf(issue: Issue, root: LocatedMap, above: readonly PropertyKey[]): Problem[] {
  const path = [...above, ...issue.path];
  const node = nodeAt(root, path);
  if (issue.code === "invalid_union") return unionProblems(issue, root, path, node);
  if (issue.code === "unrecognized_keys") {
    return unknownKeyProblems(issue.keys, node, knownKeys(path));
  }
  if (issue.code === "invalid_type") return [typeProblem(issue.expected, root, path)];
  if (issue.code === "invalid_value") return [choiceProblem(issue.values.map(String), root, path)];
  if (issue.code === "too_small" || issue.code === "too_big") return [sizeProblem(issue, node)];
  if (issue.code === "invalid_format") return [];
  return [problemAt(node.at, "structure", issue.message)];
}

// Of a union only the branch that has the value's own type says anything useful. One of them is text.
function unionProblems(
  issue: Issue & { code: "invalid_union" },
  root: LocatedMap,
  path: readonly PropertyKey[],
  node: Located,
): Problem[] {
  if (isPresent(root, path) && isSplitText(node)) {
    const message = `${quoted([...node.pairs.keys()].join(", "))} is read as a map`;
    return [problemAt(node.at, "type", message, QUOTE_COLON)];
  }
  const branch = issue.errors.find(found => !found.some(isOfWrongType));
  if (branch) return branch.flatMap(found => problemsOf(found, root, path));
  return [typeProblem("string", root, path)];
}

const isPresent = (root: LocatedMap, path: readonly PropertyKey[]): boolean =>
  childOf(nodeAt(root, path.slice(0, -1)), path.at(-1)) !== undefined;

const childOf = (parent: Located, key: PropertyKey | undefined): Located | undefined =>
  parent.kind === "list" ? parent.items[Number(key)] : fieldOf(parent, String(key));

// `[2001:db8::]` is a list of one map with the key "2001:db8:".
const isSplitText = (node: Located): node is LocatedMap =>
  node.kind === "map" && !node.pairs.has("list") && !node.pairs.has("within");

const QUOTE_COLON = "quote text that holds a colon, such as an IPv6 address";

const isOfWrongType = (issue: Issue): boolean =>
  issue.code === "invalid_type" && issue.path.length === 0;

const WORDS: Readonly<Record<string, string>> = {
  string: "text",
  array: "a list",
  object: "a map",
  record: "a map",
  int: "a whole number",
  number: "a whole number",
};

function typeProblem(expected: string, root: LocatedMap, path: readonly PropertyKey[]): Problem {
  const key = String(path.at(-1));
  const parent = nodeAt(root, path.slice(0, -1));
  const wanted = WORDS[expected] ?? expected;
  const node = childOf(parent, key);
  if (node === undefined) {
    const example = EXAMPLES[key];
    const cure = example && `add ${example}`;
    return problemAt(parent.at, "missing-key", `${quoted(key)} is missing`, cure);
  }
  const field = parent.kind === "list" ? String(path.at(-2) ?? key) : key;
  const subject = parent.kind === "list" ? `an item of ${quoted(field)}` : quoted(field);
  const message = `${subject} must be ${wanted}, not ${kindText(node)}`;
  return problemAt(node.at, "type", message, typeCure(wanted, field, parent, node));
}

const EXAMPLES: Readonly<Record<string, string>> = {
  from: "from, such as `from: api`",
  to: "to, such as `to: deploy`",
  ports: "ports, such as `ports: tcp 443`",
  list: "the list, such as `list: pl-0fedcba9876543210`",
  within: "the blocks, such as `within: [203.0.113.0/24]`, or write the list's id alone",
};

function kindText(node: Located): string {
  if (node.kind !== "scalar") return `a ${node.kind}`;
  if (node.value === null) return "empty";
  if (typeof node.value === "string") return `the text ${quoted(node.text)}`;
  return typeof node.value === "number"
    ? `the number ${quoted(node.text)}`
    : `the truth value ${quoted(node.text)}`;
}

function typeCure(wanted: string, field: string, parent: Located, node: Located): string {
  if (node.kind === "scalar" && node.value === null) {
    const inline = parent.kind === "map" && parent.inline && node.text === "";
    if (!inline)
      return wanted === "a map" ? "write {}, or remove the key" : "give it a value, or remove it";
    return "an unquoted comma ends a value inside { }: quote the text, or write a list in [ ]";
  }
  if (wanted === "a list") {
    return node.kind === "scalar" ? `write [${node.text}]` : "write [ ] around it";
  }
  if (wanted === "a map") return "write `key: value` pairs below it, or in { }";
  if (wanted === "a whole number") return "write digits alone, without quotes or a unit";
  if (node.kind === "list")
    return field === "id" || field === "name" ? ONE_SELECTOR : "give one value";
  if (node.kind === "map") return QUOTE_COLON;
  if (field === "ports") return portsCure(node.text);
  if (field === "maxDuration" || field === "breakGlass")
    return `with its unit: ${node.text}h or ${node.text}m`;
  return `quote it: "${node.text}"`;
}

const ONE_SELECTOR =
  "an entry has one of each; select several groups by tags, or write an entry for each";

function portsCure(text: string): string {
  return `name the protocol: tcp ${text} or udp ${text}`;
}

function choiceProblem(
  values: readonly string[],
  root: LocatedMap,
  path: readonly PropertyKey[],
): Problem {
  const node = nodeAt(root, path);
  const key = String(path.at(-1));
  if (node.kind !== "scalar" || node.value === null) {
    const cure = `one of ${values.join(", ")}`;
    return problemAt(node.at, "type", `${quoted(key)} must be text, not ${kindText(node)}`, cure);
  }
  const message = `${quoted(node.text)} is no ${key}`;
  return problemAt(node.at, `unknown-${key}`, message, choiceCure(node.text, values));
}

function sizeProblem(issue: Issue & { code: "too_small" | "too_big" }, node: Located): Problem {
  if (issue.origin === "array" || issue.origin === "string") {
    const what = issue.origin === "array" ? "the list is empty" : "the text is empty";
    return problemAt(node.at, "empty", what, "name at least one");
  }
  const [side, bound] =
    issue.code === "too_small" ? ["less", issue.minimum] : ["more", issue.maximum];
  const message = `${kindText(node)} is ${side} than ${bound}`;
  return problemAt(node.at, "range", message, `write ${bound}`);
}

// What git knows of this repository: the files, and every version of each that led to here. It judges
// nothing.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The folder all paths are relative to. */
export const root = join(import.meta.dirname, "../..");

/** Some text that may be published: a file as it is or was, or a commit with its message. */
export interface Published {
  /** The path it has or had, or `commit` and its hash. */
  readonly where: string;
  readonly text: string;
}

/** The text of a file, by its path from the root. */
export const readRoot = (path: string): string => readFileSync(join(root, path), "utf8");

/** The files of the work tree, those not yet added included, those git ignores left out. */
export function filesOf(repository = root, ...patterns: string[]): string[] {
  const listed = git(repository, "ls-files", "-coz", "--exclude-standard", "--", ...patterns);
  const gone = new Set(git(repository, "ls-files", "-dz").toString().split("\0"));
  return listed
    .toString()
    .split("\0")
    .filter(path => path !== "" && !gone.has(path));
}

/** Every file of the work tree as text. */
export const treeOf = (repository = root): Published[] =>
  filesOf(repository).map(where => ({
    where,
    text: readFileSync(join(repository, where), "utf8"),
  }));

/** Every commit that led to HEAD, and every version of every file in them, once each. */
export function historyOf(repository = root): Published[] {
  const objects = git(repository, "rev-list", "--objects", "HEAD").toString().trim().split("\n");
  const paths = new Map(objects.map(line => [line.slice(0, 40), line.slice(41)]));
  const ids = [...paths.keys()].join("\n");
  const answer = git(repository, "cat-file", "--batch", { input: ids });
  const found: Published[] = [];
  for (let at = 0; at < answer.length; ) {
    const end = answer.indexOf("\n", at);
    const [id = "", type, size = "0"] = answer.subarray(at, end).toString().split(" ");
    const text = answer.subarray(end + 1, end + 1 + Number(size)).toString();
    if (type === "blob") found.push({ where: paths.get(id) ?? id, text });
    if (type === "commit") found.push({ where: `commit ${id}`, text });
    at = end + 2 + Number(size);
  }
  return found;
}

/** Tells whether the history ends where a clone was cut off. */
export const isShallow = (): boolean =>
  git(root, "rev-parse", "--is-shallow-repository").toString().trim() === "true";

/** Runs git in a folder and returns what it prints. */
export function git(cwd: string, ...args: (string | { input: string })[]): Buffer {
  const input = args.find(arg => typeof arg !== "string")?.input;
  return execFileSync(
    "git",
    args.filter(arg => typeof arg === "string"),
    { cwd, maxBuffer: 2 ** 30, ...(input === undefined ? {} : { input }) },
  );
}

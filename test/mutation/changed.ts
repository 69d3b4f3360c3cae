// Which files changed since this branch left main; on main, in its last commit.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";

/** Lists the files that changed and are still there; undefined where git knows nothing to compare with. */
export function changedFiles(): string[] | undefined {
  const main = ["main", "origin/main"].map(hashOf).find(hash => hash !== undefined);
  const head = hashOf("HEAD");
  const left = main && head ? git("merge-base", main, head) : undefined;
  const base = left === undefined || left === head ? hashOf("HEAD~1") : left;
  if (base === undefined) return undefined;
  const listed = git("diff", "--name-only", "-z", base, "--") ?? "";
  return listed.split("\0").filter(path => path !== "" && existsSync(path));
}

const hashOf = (name: string): string | undefined =>
  git("rev-parse", "--verify", "--quiet", `${name}^{commit}`);

function git(...args: string[]): string | undefined {
  try {
    return execFileSync("git", args, {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  } catch {
    return undefined;
  }
}

// npm run mutation: everything in scope. --changed: files changed since main, a sample where they have too
// many mutants. Paths or globs: those files; --most=200 tries a sample of so many of each part, --tests=glob
// tries those tests alone.
import { globSync } from "node:fs";
import { changedFiles } from "./changed.ts";
import { explanations } from "./explained.ts";
import { type Part, partOf, parts } from "./parts.ts";
import { scoreOf } from "./score.ts";
import { tryMutants } from "./stryker.ts";

const args = process.argv.slice(2);
const isChanged = args.includes("--changed");
const sample = args.find(arg => /^--most=\d+$/.test(arg))?.slice("--most=".length);
const tests = args.find(arg => arg.startsWith("--tests="))?.slice("--tests=".length);
const named = args.filter(arg => !arg.startsWith("--"));

/** The files to mutate, by part. */
function wanted(): Map<Part, string[]> {
  const files = isChanged
    ? (changedFiles() ?? [])
    : globSync(named.length > 0 ? named : parts.flatMap(({ sources }) => [...sources]));
  const inScope = [...new Set(files)].sort().flatMap(file => {
    const part = partOf(file);
    return part ? [{ file, part }] : [];
  });
  const grouped = Map.groupBy(inScope, ({ part }) => part);
  // In the order of the parts: the quickest are tried first.
  return new Map(
    parts.flatMap(part => {
      const its = grouped.get(part);
      return its ? [[part, its.map(({ file }) => file)] as const] : [];
    }),
  );
}

/** How long `--changed` begins parts, in milliseconds: it is tried beside all other suites. */
const TIME = 5 * 60_000;

const known = explanations();
const started = performance.now();
let passed = 0;
let failed = 0;
const work = wanted();
if (work.size === 0)
  console.log("nothing to do: no such file is in the scope of the mutation tests");
for (const [part, files] of work) {
  if (isChanged && performance.now() - started > TIME) {
    console.log(`not tried, as the time is up: ${files.join(", ")}`);
    continue;
  }
  // Several parts share the time that one may take.
  const most = isChanged ? Math.ceil(part.most / work.size) : sample && Number(sample);
  const isWhole = args.length === 0;
  const bounds = {
    files,
    isIncremental: isWhole,
    ...(most ? { most } : {}),
    ...(tests ? { tests } : {}),
  };
  const { lines, isEnough } = scoreOf(tryMutants(part, bounds), known);
  console.log(`\n${lines.join("\n")}\n`);
  if (isEnough) passed += 1;
  else failed += 1;
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;

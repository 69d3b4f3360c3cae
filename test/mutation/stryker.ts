// Runs Stryker on some files of one part and reads its report.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Mutant, mutantsIn } from "./mutant.ts";
import type { Part } from "./parts.ts";

const root = join(import.meta.dirname, "../..");
const cache = ".cache/mutation";

/** How a run differs from a whole one. */
export interface Bounds {
  readonly files: readonly string[];
  /** The most mutants to try; undefined for all. */
  readonly most?: number;
  /** The tests to try; undefined for those of the part. */
  readonly tests?: string;
  /** Whether what a test of the same name noticed last time is not tried again. */
  readonly isIncremental: boolean;
}

/** Tries the mutants of some files of a part on its tests. */
export function tryMutants(part: Part, { files, most, tests, isIncremental }: Bounds): Mutant[] {
  const folder = join(cache, part.name);
  const report = join(folder, "report.json");
  mkdirSync(join(root, folder), { recursive: true });
  rmSync(join(root, report), { force: true });
  const config = {
    mutate: files,
    plugins: ["./test/mutation/runner.ts", "./test/mutation/worth.ts"],
    testRunner: "portward",
    checkers: ["worth"],
    coverageAnalysis: "perTest",
    ignoreStatic: true,
    concurrency: Number(process.env.PORTWARD_MUTATION_CONCURRENCY ?? 1),
    // A slow machine must not pass for an endless loop.
    timeoutMS: 20_000,
    timeoutFactor: 4,
    dryRunTimeoutMinutes: 20,
    incremental: isIncremental,
    incrementalFile: join(folder, "incremental.json"),
    tempDirName: join(folder, "sandbox"),
    cleanTempDir: "always",
    // Node strips the types: there is nothing to compile, and TypeScript 7 has no API for Stryker.
    tsconfigFile: "none.json",
    ignorePatterns: [".cache", ".build", ".sst", ".portward", "/test/mutation", "**/node_modules"],
    reporters: ["json", "html", "progress-append-only"],
    jsonReporter: { fileName: report },
    htmlReporter: { fileName: join(folder, "report.html") },
  };
  writeFileSync(join(root, folder, "stryker.json"), JSON.stringify(config, null, 2));
  const stryker = "test/mutation/node_modules/@stryker-mutator/core/bin/stryker.js";
  const { status } = spawnSync(
    process.execPath,
    [join(root, stryker), "run", join(folder, "stryker.json")],
    {
      cwd: root,
      stdio: "inherit",
      env: {
        ...process.env,
        PORTWARD_MUTATION_PART: part.name,
        PORTWARD_MUTATION_MOST: String(most ?? ""),
        PORTWARD_MUTATION_TESTS: tests ?? "",
      },
    },
  );
  if (status !== 0 || !existsSync(join(root, report))) {
    throw new Error(`Stryker did not end well (exit ${status})`);
  }
  // The incremental report remembers other files too.
  return mutantsIn(join(root, report)).filter(({ file }) => files.includes(file));
}

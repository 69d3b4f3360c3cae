// Stryker's test runner for Portward: every test file is loaded once, and a mutant is a switch that is set
// while the tests that reach it run. Stryker's runner for vitest loads all modules anew for each mutant,
// which takes seconds; this takes as long as the tests.
import { existsSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { matchesGlob, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import fc from "fast-check";
import { partNamed } from "./parts.ts";
import { type Result, type Running, replay, testsOf } from "./replay.ts";
import { type Block, collect, isTest } from "./suite.ts";

/** What the changed sources read and write, as Stryker's instrumenter has it. */
interface Switches {
  activeMutant?: string | undefined;
  currentTestId?: string | undefined;
  hitCount?: number | undefined;
  hitLimit?: number | undefined;
  mutantCoverage?: Coverage;
}

type Hits = Record<string, number>;

interface Coverage {
  readonly static: Hits;
  readonly perTest: Record<string, Hits>;
}

interface MutantRun {
  readonly activeMutant: { readonly id: string };
  readonly testFilter?: readonly string[];
  readonly hitLimit?: number;
}

const switches: Switches = {};
Object.assign(globalThis, { __stryker__: switches });

const shim = new URL("suite.ts", import.meta.url).href;
const forgetful = new URL("forgetful.ts", import.meta.url).href;
let forget = (): void => {};
// In the sandbox, for the process that follows one that hung.
const TOOKS = "tooks.json";
let files: Block[] = [];
let stories: readonly string[] = [];
let tooks: Readonly<Record<string, number>> = {};
const kills = new Map<Block, number>();
let stray: string | undefined;
/** Whether a mutant was tried here before, and whether one left something behind. */
let isUsed = false;
let isDirty = false;

/** Loads the tests of the part that is tried. */
async function load(): Promise<void> {
  registerHooks({
    resolve: (specifier, context, next) => {
      const instead = specifier === "vitest" ? shim : forgetful;
      const isReplaced = specifier === "vitest" || specifier.endsWith("/remembered.ts");
      return isReplaced && context.parentURL !== instead
        ? { url: instead, shortCircuit: true }
        : next(specifier, context);
    },
  });
  ({ forget } = await import(forgetful));
  process.on("unhandledRejection", reason => {
    stray ??= `unhandled: ${reason}`;
  });
  const part = partNamed(process.env.PORTWARD_MUTATION_PART ?? "");
  ({ stories } = part);
  await importHere("test/support/seed.ts");
  // That it fails is enough to know here; the smallest case that does takes long to find.
  fc.configureGlobal({ ...fc.readConfigureGlobal(), endOnFailure: true });
  const named = process.env.PORTWARD_MUTATION_TESTS;
  const paths = globSync(named ? [named] : [...part.tests, ...part.stories]).filter(
    path => !part.slow.some(glob => matchesGlob(path, glob)),
  );
  if (existsSync(TOOKS)) tooks = JSON.parse(readFileSync(TOOKS, "utf8"));
  files = [];
  for (const path of paths.sort()) files.push(await collect(path, () => importHere(path)));
}

const importHere = (path: string): Promise<unknown> => import(pathToFileURL(resolve(path)).href);

/** Runs every test, and notes which mutants each reaches. */
async function dryRun(): Promise<object> {
  const results: Result[] = [];
  const tests = new Map(files.flatMap(testsOf).map(test => [test.id, test]));
  const every = new Set(tests.keys());
  const around = new Map<string, Block>();
  const watch = (running: Running) => {
    if (running === undefined || isTest(running)) switches.currentTestId = running?.id;
    else {
      const id = `around ${pathOf(running)}`;
      around.set(id, running);
      switches.currentTestId = id;
    }
  };
  for (const file of files) results.push(...(await replay(file, every, { bail: false, watch })));
  tooks = Object.fromEntries(results.map(({ id, took }) => [id, took]));
  writeFileSync(TOOKS, JSON.stringify(tooks));
  return {
    status: "complete",
    tests: results.map(({ id, took, failure }) => ({
      id,
      name: id,
      timeSpentMs: took,
      fileName: resolve(id.split("#")[0] ?? id),
      startPosition: tests.get(id)?.place,
      ...(failure === undefined ? { status: 0 } : { status: 1, failureMessage: failure }),
    })),
    mutantCoverage: coverageOf(switches.mutantCoverage ?? { static: {}, perTest: {} }, around),
  };
}

/** What a block's hooks reach, each test of the block reaches. */
function coverageOf(seen: Coverage, around: ReadonlyMap<string, Block>): Coverage {
  const perTest = { ...seen.perTest };
  for (const [id, block] of around) {
    const hits = perTest[id];
    delete perTest[id];
    for (const test of hits ? testsOf(block) : []) {
      const sum = { ...perTest[test.id] };
      for (const [mutant, times] of Object.entries(hits ?? {})) {
        sum[mutant] = (sum[mutant] ?? 0) + times;
      }
      perTest[test.id] = sum;
    }
  }
  return { static: seen.static, perTest };
}

/** Tests that take longer than this are tried when all others have noticed nothing. */
const QUICK_MS = 300;

/** Runs the tests that reach a mutant, the quick ones and those that noticed most before first. */
async function mutantRun({ activeMutant, testFilter, hitLimit }: MutantRun): Promise<object> {
  const wanted = new Set(testFilter ?? files.flatMap(testsOf).map(({ id }) => id));
  // Stryker tries it again in a new process.
  if (isDirty) process.exit(1);
  const isFirst = !isUsed;
  isUsed = true;
  Object.assign(switches, { currentTestId: undefined, hitCount: 0, hitLimit });
  stray = undefined;
  forget();
  let ran = 0;
  try {
    for (const { file, tests } of roundsOf(wanted)) {
      switches.activeMutant = activeMutant.id;
      const results = await replay(file, tests, { bail: true });
      switches.activeMutant = undefined;
      ran += results.length;
      if (hitLimit !== undefined && (switches.hitCount ?? 0) > hitLimit) {
        return { status: "timeout", reason: "it ran a hundred times as often as before" };
      }
      const killer = results.find(({ failure }) => failure !== undefined) ?? results.at(-1);
      const failure = killer?.failure ?? stray;
      if (killer === undefined || failure === undefined) continue;
      kills.set(file, (kills.get(file) ?? 0) + 1);
      if (!(await isSound(file, isStory(file) ? tests : new Set([killer.id])))) {
        if (!isFirst) process.exit(1);
        isDirty = true;
      }
      const killedBy = [killer.id];
      return { status: "killed", killedBy, failureMessage: failure, nrOfTests: ran };
    }
  } finally {
    switches.activeMutant = undefined;
  }
  return { status: "survived", nrOfTests: ran };
}

interface Round {
  readonly file: Block;
  readonly tests: ReadonlySet<string>;
}

/** What to run, one after another: quick tests, then slow ones, then stories, and of these all there is. */
function roundsOf(wanted: ReadonlySet<string>): Round[] {
  const isTold = new Set(
    files
      .filter(isStory)
      .flatMap(testsOf)
      .map(({ id }) => id),
  );
  const told = inOrder(new Set([...wanted].filter(id => isTold.has(id))));
  const others = new Set([...wanted].filter(id => !isTold.has(id)));
  return [
    ...alone(others),
    ...told.map(({ file }) => ({ file, tests: new Set(testsOf(file).map(({ id }) => id)) })),
  ];
}

const isStory = ({ name }: Block): boolean => stories.some(glob => matchesGlob(name, glob));

function alone(wanted: ReadonlySet<string>): Round[] {
  const isQuick = (id: string) => (tooks[id] ?? 0) <= QUICK_MS;
  const quick = new Set([...wanted].filter(isQuick));
  const slow = new Set([...wanted].filter(id => !isQuick(id)));
  return [...inOrder(quick), ...inOrder(slow)];
}

/** Files with tests to run, by what they cost for one noticed mutant. */
function inOrder(tests: ReadonlySet<string>): Round[] {
  const cost = (file: Block) =>
    testsOf(file).reduce((sum, { id }) => sum + (tests.has(id) ? (tooks[id] ?? 1) : 0), 1) /
    (1 + (kills.get(file) ?? 0));
  return files
    .filter(file => testsOf(file).some(({ id }) => tests.has(id)))
    .map(file => ({ file, tests, cost: cost(file) }))
    .sort((a, b) => a.cost - b.cost);
}

/**
 * Tells whether what noticed a mutant passes without it. Else something was left behind, in a memory of the
 * sources: by this mutant if it is the first here, or by one before, and then nothing is known of this one.
 */
async function isSound(file: Block, tests: ReadonlySet<string>): Promise<boolean> {
  forget();
  const again = await replay(file, tests, { bail: true });
  return again.every(({ failure }) => failure === undefined);
}

const pathOf = ({ name, parent }: Block): string => (parent ? `${pathOf(parent)} > ${name}` : name);

const runner = () => ({
  capabilities: () => ({ reloadEnvironment: true }),
  init: load,
  dryRun,
  mutantRun,
});
runner.inject = [] as const;

export const strykerPlugins = [{ kind: "TestRunner", name: "portward", factory: runner }];

// Runs noted tests with their hooks. It can start over at any time and stops at the first failure.
import { type Block, isTest, type Test } from "./suite.ts";

/** What came of one test. */
export interface Result {
  readonly id: string;
  readonly took: number;
  readonly failure: string | undefined;
}

/** The test that runs, or the block whose hooks do. */
export type Running = Test | Block | undefined;

/** The tests of a block and of those in it, in order. */
export const testsOf = (block: Block): Test[] =>
  block.children.flatMap(child => (isTest(child) ? [child] : testsOf(child)));

/** Runs those tests of a block that are wanted; `bail` ends it with the first failure. */
export async function replay(
  block: Block,
  wanted: ReadonlySet<string>,
  options: { readonly bail: boolean; readonly watch?: (running: Running) => void },
): Promise<Result[]> {
  const watch = options.watch ?? (() => {});
  const mine = testsOf(block).filter(({ id }) => wanted.has(id));
  if (mine.length === 0) return [];
  const results: Result[] = [];
  const isOver = () => options.bail && results.some(({ failure }) => failure !== undefined);
  const undo: unknown[] = [];
  watch(block);
  const broken = await failureOf(async () => {
    for (const hook of block.hooks.beforeAll) undo.unshift(await hook());
  });
  if (broken !== undefined) results.push(...mine.map(({ id }) => failed(id, broken)));
  else {
    for (const child of block.children) {
      if (isOver()) break;
      if (!isTest(child)) results.push(...(await replay(child, wanted, options)));
      else if (wanted.has(child.id)) {
        watch(child);
        results.push(await runTest(child, block));
      }
    }
  }
  watch(block);
  const left = await failureOf(async () => {
    for (const hook of [...undo, ...block.hooks.afterAll]) if (isHook(hook)) await hook();
  });
  watch(undefined);
  if (left === undefined || broken !== undefined) return results;
  return results.map(result => ({ ...result, failure: result.failure ?? left }));
}

async function runTest(test: Test, block: Block): Promise<Result> {
  const began = performance.now();
  const blocks = withParents(block);
  const undo: unknown[] = [];
  const failure = await failureOf(async () => {
    for (const { hooks } of blocks.toReversed()) {
      for (const hook of hooks.beforeEach) undo.unshift(await hook());
    }
    await test.run();
  });
  const left = await failureOf(async () => {
    for (const hook of [...undo, ...blocks.flatMap(({ hooks }) => hooks.afterEach)]) {
      if (isHook(hook)) await hook();
    }
  });
  return { id: test.id, took: performance.now() - began, failure: failure ?? left };
}

const isHook = (hook: unknown): hook is () => unknown => typeof hook === "function";

const failed = (id: string, failure: string): Result => ({ id, took: 0, failure });

const withParents = (block: Block): Block[] =>
  block.parent ? [block, ...withParents(block.parent)] : [block];

async function failureOf(run: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await run();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message || error.name : String(error);
  }
}

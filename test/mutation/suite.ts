// What test files get for vitest while mutants are tried: `describe`, `it` and hooks only note tests, so that
// these can be run again and again without loading a module anew. Assertions are vitest's own.
import { expect as expectation } from "vitest";

type Body = (...args: readonly never[]) => unknown;
type Hook = () => unknown;

/** Some tests and what runs around them. */
export interface Block {
  readonly name: string;
  readonly parent: Block | undefined;
  readonly hooks: Record<"beforeAll" | "beforeEach" | "afterEach" | "afterAll", Hook[]>;
  readonly children: (Block | Test)[];
}

/** One test, as its file wrote it. */
export interface Test {
  readonly id: string;
  readonly run: Hook;
  /** Where its file declares it, counted from 0, if that can be told. */
  readonly place: { readonly line: number; readonly column: number } | undefined;
}

export const isTest = (child: Block | Test): child is Test => "run" in child;

let here = blockIn(undefined, "");
const timesNamed = new Map<string, number>();

/** Notes what loading a file declares, as one block. */
export async function collect(name: string, load: () => Promise<unknown>): Promise<Block> {
  const file = blockIn(undefined, name);
  here = file;
  await load();
  return file;
}

export function describe(name: string, body: Hook): void {
  const outer = here;
  here = blockIn(outer, name);
  outer.children.push(here);
  body();
  here = outer;
}
describe.each = eachOf(describe);

export function it(name: string, run: Hook): void {
  const title = `${pathOf(here)} ${name}`;
  const times = (timesNamed.get(title) ?? 0) + 1;
  timesNamed.set(title, times);
  here.children.push({ id: times === 1 ? title : `${title} (${times})`, run, place: placeNow() });
}
it.each = eachOf(it);

export { it as test };

export const beforeAll = (hook: Hook): unknown => here.hooks.beforeAll.push(hook);
export const beforeEach = (hook: Hook): unknown => here.hooks.beforeEach.push(hook);
export const afterEach = (hook: Hook): unknown => here.hooks.afterEach.unshift(hook);
export const afterAll = (hook: Hook): unknown => here.hooks.afterAll.unshift(hook);

function eachOf(declare: (name: string, body: Hook) => void) {
  return (rows: readonly unknown[]) => (name: string, body: Body) => {
    for (const row of rows) {
      const args = (Array.isArray(row) ? row : [row]) as never[];
      declare(name, () => body(...args));
    }
  };
}

function blockIn(parent: Block | undefined, name: string): Block {
  const hooks = { beforeAll: [], beforeEach: [], afterEach: [], afterAll: [] };
  return { name, parent, hooks, children: [] };
}

/** Where the file that is being loaded called this module. */
function placeNow(): Test["place"] {
  const file = pathOf(here).split("#")[0] ?? "";
  const frame = new Error().stack?.split("\n").find(line => line.includes(`/${file}:`));
  const [, line, column] = frame?.match(/:(\d+):(\d+)\)?$/) ?? [];
  return line && column ? { line: Number(line) - 1, column: Number(column) - 1 } : undefined;
}

function pathOf({ name, parent }: Block): string {
  return parent ? `${pathOf(parent)} ${name}` : `${name}#`;
}

// vitest's own inline snapshots want to know the test they are in, to rewrite it there.
const assertionOf = (...[received, message]: Parameters<typeof expectation>) =>
  Object.defineProperty(expectation(received, message), "toMatchInlineSnapshot", {
    value: (inline: string) => expectation(plain(`"${received}"`)).toBe(plain(inline)),
  });

/** Assertions, vitest's. */
export const expect = Object.assign(assertionOf, expectation);

/** A snapshot without the indentation of the code it stands in. */
const plain = (text: string): string =>
  text
    .trim()
    .split("\n")
    .map(line => line.trim())
    .join("\n");

// A running account in a directory, and commands beside it.
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { createTester, type Tester } from "../../local/tester.ts";
import { directory, run, type Served, serve } from "./run.ts";

/** For how long, and why: what every request says. */
export const FOR = ["--for", "30m", "--reason", "release 7"];

/** Serves an account for the tests of a file. */
export function servedAccount() {
  const dir = directory();
  let served: Served;
  beforeAll(async () => {
    served = await serve(dir.path);
  });
  afterAll(async () => {
    await served.stop();
    dir.remove();
  });
  return { dir, served: () => served, say: (...args: string[]) => run(args, { cwd: dir.path }) };
}

/** The same, asked for JSON. */
export function askingAccount() {
  const { dir, served, say } = servedAccount();
  const url = () => served().url;

  async function ask(...args: string[]) {
    const { code, stdout, stderr } = await say(...args, "--json");
    const host = `local account ${new URL(url()).host}\n`;
    expect({ code, stderr }).toEqual({ code: 0, stderr: host });
    return JSON.parse(stdout);
  }

  const request = (...more: string[]) => ask("exception", "request", ...more, "--as", "tester");
  return { dir, url, say, ask, request };
}

/** Makes what serves an account in a directory until the test ends. */
export function serving() {
  const running = new Set<Served>();
  afterEach(async () => {
    for (const served of running) await served.stop("SIGKILL");
    running.clear();
  });
  return async (cwd: string, ...args: string[]) => {
    const served = await serve(cwd, ...args);
    running.add(served);
    const end = (signal: NodeJS.Signals) => {
      running.delete(served);
      return served.stop(signal);
    };
    return { ...served, end, tester: createTester({ url: served.url, region: "ap-southeast-1" }) };
  };
}

/** The rules of a group, as their texts. */
export const textsOf = async (tester: Tester, id: string): Promise<string[]> =>
  (await tester.rules(id)).map(one => one.rule);

/** Runs a command beside the account of a directory, and reads its JSON. */
export async function askIn(cwd: string, ...args: string[]) {
  const { code, stdout, stderr } = await run([...args, "--json"], { cwd });
  expect(stderr).toMatch(/^local account 127\.0\.0\.1:\d+\n$/);
  return { code, json: JSON.parse(stdout) };
}

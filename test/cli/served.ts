// A running account in a directory, and commands beside it.
import { afterAll, beforeAll, expect } from "vitest";
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

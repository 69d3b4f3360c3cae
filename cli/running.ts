// Which local account is running: `portward local` writes a file in the current directory, other
// commands find it there. A file whose process is gone is as good as none.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";

/** A local account that another process serves. */
export interface RunningAccount {
  readonly url: string;
  readonly pid: number;
  readonly accountId: string;
  readonly region: string;
  /** AWS_* of somebody who may do everything there, and PORTWARD_*. */
  readonly env: Readonly<Record<string, string>>;
}

const FOLDER = ".portward";
const FILE = "local.json";
const CONNECT_MS = 2_000;

/** Writes down a running account; the function it returns removes that again. */
export function announceRunning(account: RunningAccount, dir = process.cwd()): () => void {
  const path = join(dir, FOLDER, FILE);
  mkdirSync(join(dir, FOLDER), { recursive: true, mode: 0o700 });
  // The mode of a file that exists would stay what it was.
  rmSync(path, { force: true });
  writeFileSync(path, `${JSON.stringify(account, null, 2)}\n`, { mode: 0o600 });
  return () => {
    if (read(path)?.pid === account.pid) rmSync(path, { force: true });
  };
}

/** Finds the running account of a directory: one whose process lives and takes connections. */
export async function findRunning(dir = process.cwd()): Promise<RunningAccount | undefined> {
  const found = read(join(dir, FOLDER, FILE));
  return found && isAlive(found.pid) && (await isListening(found.url)) ? found : undefined;
}

function read(path: string): RunningAccount | undefined {
  try {
    const { url, pid, accountId, region, env } = JSON.parse(readFileSync(path, "utf8"));
    // Nobody may send these commands elsewhere by leaving a file about.
    const isLocal = /^http:\/\/127\.0\.0\.1:\d{1,5}$/.test(url);
    const isWhole = Number.isInteger(pid) && pid > 0 && typeof env === "object" && env !== null;
    return isLocal && isWhole ? { url, pid, accountId, region, env } : undefined;
  } catch {
    return undefined;
  }
}

// A process that was killed lives on by its id until its parent asks after it.
function isListening(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  return new Promise(resolve => {
    const socket = connect({ host: hostname, port: Number(port), timeout: CONNECT_MS });
    const end = (isOpen: boolean) => {
      socket.destroy();
      resolve(isOpen);
    };
    socket.once("connect", () => end(true));
    socket.once("error", () => end(false));
    socket.once("timeout", () => end(false));
  });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === "EPERM";
  }
}

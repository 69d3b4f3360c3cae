// Who uses a state directory: one process at a time, by a lock file that holds its pid. A lock
// whose process is gone (kill -9) is taken over. It does not guard against other machines.
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Takes the lock of a directory and returns its release, or throws naming the process that has it. */
export function lockState(dir: string): () => void {
  const path = join(dir, "lock");
  const mine = `${path}.${process.pid}`;
  writeFileSync(mine, `${process.pid} ${startOf(process.pid)}\n`);
  try {
    if (!tryLink(mine, path)) takeOver(dir, mine, path);
  } finally {
    rmSync(mine, { force: true });
  }
  let isMine = true;
  return () => {
    if (isMine) rmSync(path, { force: true });
    isMine = false;
  };
}

function takeOver(dir: string, mine: string, path: string): void {
  const refuse = (pid: number) => new Error(`${dir} is in use by process ${pid}`);
  const owner = ownerOf(path);
  if (owner.alive) throw refuse(owner.pid);
  // Renaming is atomic, so of two processes that found the dead lock only one moves it; and if a
  // third has locked meanwhile, it is his that was moved: it is put back.
  const aside = `${mine}.stale`;
  renameSync(path, aside);
  const moved = ownerOf(aside);
  if (moved.alive) {
    tryLink(aside, path);
    rmSync(aside, { force: true });
    throw refuse(moved.pid);
  }
  rmSync(aside, { force: true });
  if (!tryLink(mine, path)) throw refuse(ownerOf(path).pid);
}

/** Links are created whole or not at all: no other process reads a half-written lock. */
function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw cause;
  }
}

function ownerOf(path: string): { pid: number; alive: boolean } {
  const [pidText, start] = readFileSync(path, "utf8").trim().split(" ");
  const pid = Number(pidText);
  if (!Number.isInteger(pid) || pid <= 0) return { pid: 0, alive: false };
  return { pid, alive: isRunning(pid) && startOf(pid) === start };
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === "EPERM";
  }
}

/**
 * When a process started: in a container a restarted account often has its predecessor's pid. A
 * zombie, killed and not yet waited for by its parent, has no start any more.
 */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? "gone" : (fields[19] ?? "unknown");
  } catch {
    return "unknown";
  }
}

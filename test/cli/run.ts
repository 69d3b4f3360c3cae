// The command line as a process: what it prints, how it ends. Each test has a directory of its own.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const bin = fileURLToPath(new URL("../../bin/portward.mjs", import.meta.url));

/** Files of the project by their path from its root. */
export const project = (path: string): string =>
  fileURLToPath(new URL(`../../${path}`, import.meta.url));

export const studio = project("matrix/examples/funai-studio.yaml");

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Where and with what a command runs. */
export interface Surroundings {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

// Nothing of the machine's own account or terminal may reach a command.
function cleanEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(?:AWS_|PORTWARD_|FORCE_COLOR|NO_COLOR|NODE_OPTIONS|VITEST)/.test(name),
  );
  return {
    ...Object.fromEntries(kept),
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
  };
}

/** Starts a command and does not wait for its end. */
export function start(args: readonly string[], { cwd, env }: Surroundings = {}): ChildProcess {
  return spawn(process.execPath, [bin, ...args], {
    cwd: cwd ?? tmpdir(),
    env: { ...cleanEnvironment(), ...env },
    stdio: ["pipe", "pipe", "pipe"],
  });
}

/** Runs a command to its end. */
export async function run(args: readonly string[], where: Surroundings = {}): Promise<Ended> {
  const child = start(args, where);
  const output = collect(child);
  child.stdin?.end(where.input ?? "");
  const code = await ended(child);
  return { code, ...output() };
}

/** The exit code of a child; null where a signal ended it. */
export function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", code => resolve(code));
  });
}

/** Collects what a child prints. */
export function collect(child: ChildProcess): () => { stdout: string; stderr: string } {
  const parts = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name]?.setEncoding("utf8").on("data", (text: string) => {
      parts[name] += text;
    });
  }
  return () => ({ ...parts });
}

/** Waits until something is there, or fails after a while. */
export async function until<T>(
  what: string,
  look: () => T | undefined | Promise<T | undefined>,
  withinMs = 15_000,
): Promise<T> {
  const end = Date.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > end) throw new Error(`waited in vain: ${what}`);
    await sleep(20);
  }
}

/** Serves a local account in a directory until it is stopped. */
export async function serve(cwd: string, ...args: string[]) {
  const child = start(["local", "--port", "0", ...args], { cwd });
  const output = collect(child);
  const text = await until("the account serves", () => {
    if (child.exitCode !== null) throw new Error(output().stderr);
    return /alerts follow/.test(output().stdout) ? output().stdout : undefined;
  }).catch(error => {
    child.kill("SIGKILL");
    throw error;
  });
  return {
    ...{ child, output, text },
    url: /^export AWS_ENDPOINT_URL=(\S+)$/m.exec(text)?.[1] ?? "",
    /** Ends it, and gives its exit code. */
    stop(signal: NodeJS.Signals = "SIGTERM"): Promise<number | null> {
      const code = ended(child);
      child.kill(signal);
      return code;
    },
  };
}

export type Served = Awaited<ReturnType<typeof serve>>;

/** A directory with files in it, and its removal. */
export function directory(files: Readonly<Record<string, unknown>> = {}) {
  const path = mkdtempSync(join(tmpdir(), "portward-cli-"));
  const write = (name: string, content: unknown): string => {
    const file = join(path, name);
    writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
    return file;
  };
  for (const [name, content] of Object.entries(files)) write(name, content);
  return {
    path,
    write,
    read: (name: string) => readFileSync(join(path, name), "utf8"),
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}

// MiniStack as a process on loopback: empty when it starts, gone when it is stopped.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";

export interface Emulator {
  readonly url: string;
  stop(): Promise<void>;
}

const BINARY = path.resolve(".cache/emulator/bin/ministack");

/** Starts it on a free port; it answers when this resolves. */
export async function startMinistack(): Promise<Emulator> {
  const port = await freePort();
  const cwd = mkdtempSync(path.join(tmpdir(), "portward-emulator-"));
  const env = {
    ...process.env,
    // Without it everybody on the network could call it.
    BIND_HOST: "127.0.0.1",
    ...{ MINISTACK_HOST: "127.0.0.1", GATEWAY_PORT: String(port), AWS_ENDPOINT_URL: "" },
  };
  const child = spawn(BINARY, [], { cwd, env, stdio: "ignore" });
  const ended = new Promise<void>(resolve => child.once("exit", () => resolve()));
  const url = `http://127.0.0.1:${port}`;
  const stop = async () => {
    child.kill();
    await Promise.race([ended, wait(5_000)]);
    if (child.exitCode === null) child.kill("SIGKILL");
    rmSync(cwd, { recursive: true, force: true });
  };
  for (let tries = 0; tries < 150; tries += 1) {
    if (child.exitCode !== null) break;
    if (await answers(url)) return { url, stop };
    await wait(200);
  }
  await stop();
  throw new Error("MiniStack does not answer");
}

const answers = (url: string): Promise<boolean> =>
  fetch(`${url}/_ministack/health`).then(
    () => true,
    () => false,
  );

function freePort(): Promise<number> {
  return new Promise(resolve => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

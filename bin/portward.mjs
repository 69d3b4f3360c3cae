#!/usr/bin/env node
// Starts the command line on Node 24, whichever Node 20 or newer runs this file.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import module from "node:module";
import { fileURLToPath } from "node:url";

const main = new URL("../cli/main.ts", import.meta.url);

if (Number(process.versions.node.split(".")[0]) >= 24) {
  module.enableCompileCache?.();
  await import(main.href);
} else {
  const name = process.platform === "win32" ? "node.exe" : "node";
  const own = fileURLToPath(new URL(`../node_modules/node/bin/${name}`, import.meta.url));
  if (!existsSync(own)) {
    console.error(
      "portward runs on Node 24, which npm installs beside it: run `npm rebuild node`.",
    );
    process.exit(3);
  }
  const self = fileURLToPath(import.meta.url);
  const run = spawnSync(own, [self, ...process.argv.slice(2)], { stdio: "inherit" });
  if (run.signal) process.kill(process.pid, run.signal);
  process.exit(run.status ?? 3);
}

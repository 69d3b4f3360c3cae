// Synthesises every stage the tests look at, once, before them.
import { execFile } from "node:child_process";
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { fileOf, type StageName, stages } from "./graph.ts";

const run = promisify(execFile);

/** Vitest calls this before the tests of the project `stacks`. */
export async function setup(): Promise<void> {
  await mkdir(path.dirname(fileOf("prod")), { recursive: true });
  const names = Object.keys(stages) as StageName[];
  // Two at a time: each is a bundler and a program.
  while (names.length > 0) await Promise.all(names.splice(0, 2).map(synthesise));
}

async function synthesise(stage: StageName): Promise<void> {
  const args = ["stacks/synth/synth.ts", ...stages[stage], "--out", fileOf(stage)];
  const env = { ...process.env, PORTWARD_STAGES: "test/stacks/stages.json" };
  await run(process.execPath, args, { env });
}

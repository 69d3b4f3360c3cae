// The two audits as processes: ours and Cloud Custodian's, on one endpoint, timed from start to end by
// the clock on the wall. Each says which groups drift, so that both are known to have done the work.
import { spawn } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { bundleAsDeployed } from "../bundle/esbuild.ts";

export interface Audit {
  readonly seconds: number;
  /** The ids of the groups that drift, sorted. */
  readonly drifting: readonly string[];
}

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const OUTPUT = here("../../.cache/bench/peers/output");

const environment = (endpoint: string): NodeJS.ProcessEnv => ({
  PATH: process.env.PATH,
  HOME: process.env.HOME,
  AWS_ENDPOINT_URL: endpoint,
  ...{ AWS_ACCESS_KEY_ID: "AKIAEXAMPLE", AWS_SECRET_ACCESS_KEY: "example" },
  ...{ AWS_REGION: "us-east-1", AWS_DEFAULT_REGION: "us-east-1" },
  AWS_EC2_METADATA_DISABLED: "true",
});

// As bin/portward.mjs does for the command line; Python keeps what it compiled too.
const COMPILED = { NODE_COMPILE_CACHE: here("../../.cache/bench/peers/compiled") };

let bundled: ReturnType<typeof bundleAsDeployed> | undefined;

/** Runs our audit; paced, it keeps to the five calls a second of the deployed one. */
export async function ourAudit(endpoint: string, { isPaced = false } = {}): Promise<Audit> {
  bundled ??= bundleAsDeployed("bench/peers/our-audit.ts", "our-audit");
  const { file } = await bundled;
  const args = [file, here("matrix.yaml"), ...(isPaced ? ["--paced"] : [])];
  const { seconds, output } = await run(process.execPath, args, endpoint, COMPILED);
  const { drifting }: { drifting: string[] } = JSON.parse(output);
  return { seconds, drifting: drifting.toSorted() };
}

/** Runs Cloud Custodian on its policy, without its cache of fifteen minutes. */
export async function custodianAudit(endpoint: string): Promise<Audit> {
  rmSync(OUTPUT, { recursive: true, force: true });
  const args = ["run", "--cache-period", "0", "-s", OUTPUT, here("custodian.yml")];
  const { seconds } = await run(custodian(), args, endpoint);
  const found = readFileSync(path.join(OUTPUT, "fleet/resources.json"), "utf8");
  const resources: { GroupId: string }[] = JSON.parse(found);
  return { seconds, drifting: resources.map(({ GroupId }) => GroupId).toSorted() };
}

function custodian(): string {
  const folder = process.env.PORTWARD_BENCH_PYTHON;
  if (!folder) throw new Error("npm run bench:peers starts this script, with what it needs");
  return path.join(folder, "custodian");
}

async function run(
  command: string,
  args: readonly string[],
  endpoint: string,
  more: NodeJS.ProcessEnv = {},
) {
  const started = performance.now();
  const child = spawn(command, args, {
    env: { ...environment(endpoint), ...more },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [output, errors] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => {
    output += chunk;
  });
  child.stderr.on("data", (chunk: Buffer) => {
    errors += chunk;
  });
  const code = await new Promise(resolve => child.once("close", resolve));
  const seconds = (performance.now() - started) / 1_000;
  if (code !== 0) throw new Error(`${command} ended with ${code}: ${errors.slice(-1_000)}`);
  return { seconds, output };
}

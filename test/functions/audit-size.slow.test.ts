// How large a region one run of the audit's function takes: 2,500 groups of 120 rules, by the handler
// alone in a process, at the rate at which it reads EC2.
import { spawn } from "node:child_process";
import { afterAll, beforeAll, expect, it } from "vitest";
import { activate } from "../../functions/reconcile/activate.ts";
import { accessKeyOf, secretOf } from "../../local/identities.ts";
import { parseMatrix } from "../../matrix/file/parse.ts";
import { bigMatrix, seedBig } from "../support/big-account.ts";
import { type Deployed, startDeployed } from "../support/deployed.ts";

const SIZE = {
  groups: Number(process.env.PORTWARD_AUDIT_GROUPS ?? 2_500),
  rules: 120,
  driftEvery: 100,
};
/** What the deployed function has. */
const MEMORY_MB = 512;
const TIMEOUT_S = 300;
/** Lambda gives a whole processor with this much memory, and less in proportion. */
const PROCESSOR_MB = 1_769;

let deployed: Deployed;

beforeAll(async () => {
  deployed = await startDeployed({ matrix: null });
  deployed.deployment.stop();
  seedBig(deployed.account, SIZE);
  const document = parseMatrix([{ name: "big.yaml", text: bigMatrix }]);
  await activate(deployed.aws, document, { by: "test", note: "" });
}, 600_000);
afterAll(() => deployed.stop());

function auditAlone(): Promise<Record<string, number | string>> {
  const { account, deployment } = deployed;
  const accessKeyId = accessKeyOf("portward");
  const given = JSON.stringify({
    config: deployment.config,
    endpoint: account.url,
    credentials: { accessKeyId, secretAccessKey: secretOf(accessKeyId) },
    // What is asserted is the work: a busy machine makes it no longer.
    timeoutMs: 3_600_000,
  });
  // Lambda leaves V8 about what the function has: the heap must not grow only because it may.
  const heap = `--max-old-space-size=${Math.round(MEMORY_MB * 0.8)}`;
  const child = spawn("node_modules/.bin/node", [heap, "test/support/audit-child.ts", given], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  return new Promise((resolve, reject) => {
    let text = "";
    child.stdout.on("data", chunk => {
      text += String(chunk);
    });
    child.on("error", reject);
    child.on("close", code => {
      const last = text.trim().split("\n").at(-1) ?? "";
      if (code === 0) resolve(JSON.parse(last));
      else reject(new Error(`the audit ended with ${code}: ${last}`));
    });
  });
}

it("takes one run of five minutes and 512 MB for 2,500 groups of 120 rules, by cold and by warm marks", async () => {
  for (const marks of ["first audit", "later audit"]) {
    const took = await auditAlone();
    console.log(marks, took);
    expect(took).toMatchObject({ kind: "done" });
    expect(took.groups).toBeGreaterThanOrEqual(SIZE.groups);
    expect(took.rules).toBeGreaterThanOrEqual(SIZE.groups * SIZE.rules);
    expect(took.megabytes).toBeLessThan(MEMORY_MB);
    expect(took.cpuSeconds).toBeLessThan((TIMEOUT_S * MEMORY_MB) / PROCESSOR_MB);
  }
});

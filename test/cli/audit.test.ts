// The audit from a terminal beside a running account: in force there, and read-only by files.
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { collect, directory, ended, run, start, until } from "./run.ts";

const MATRIX = resolve("matrix/examples/funai-studio.yaml");
const dir = directory();

let served: ReturnType<typeof start>;

beforeAll(async () => {
  served = start(["local", "--port", "0"], { cwd: dir.path });
  const output = collect(served);
  await until("the account serves", () => /alerts follow/.exec(output().stdout) ?? undefined);
});
afterAll(async () => {
  const end = ended(served);
  served.kill("SIGTERM");
  await end;
  dir.remove();
});

const say = (...args: string[]) => run(args, { cwd: dir.path });

test("an audit is printed, written to a file, and then the status has it", async () => {
  const audited = await say("audit", "--out", "audit.json");
  expect(audited.stderr).toBe("");
  expect(audited.stdout).toMatch(/^local account 127\.0\.0\.1:\d+\n/);
  expect(audited.stdout).toMatch(/\d+ groups, \d+ rules/);
  const report = JSON.parse(readFileSync(join(dir.path, "audit.json"), "utf8"));
  expect(report.groups).toBeGreaterThanOrEqual(5);
  expect(report.findings.every(({ id }: { id: string }) => /^a-[a-z2-7]{12}$/.test(id))).toBe(true);
  const drift = report.findings.some(({ kind }: { kind: string }) => /drift|missing/.test(kind));
  expect(audited.code).toBe(drift ? 1 : 0);
  const status = JSON.parse((await say("status", "--json")).stdout);
  expect(status.lastAudit).toMatchObject({ id: report.id });
});

test("by matrix files it reads only, and exits with 1 where something drifted", async () => {
  const clean = await say("audit", "--matrix", MATRIX, "--json");
  const { matrix, findings } = JSON.parse(clean.stdout);
  expect(matrix).toMatchObject({ version: "file", mode: "observe" });
  const drifts = findings.filter(({ kind }: { kind: string }) => /drift|missing/.test(kind));
  expect(clean.code).toBe(drifts.length > 0 ? 1 : 0);
  expect(findings.map(({ kind }: { kind: string }) => kind)).not.toContain("plumbing");
});

test.each([
  [["audit", "--apply"], /--apply takes the id of the plan/],
  [["audit", "--apply", "p-000000000000"], /no audit has held back a plan p-000000000000/],
  [["audit", "--matrix", MATRIX, "--apply", "p-000000000000"], /--matrix only reads/],
])("%j is refused, and says why", async (args, why) => {
  const answer = await say(...args);
  expect(answer).toMatchObject({ code: 2, stdout: "" });
  expect(answer.stderr).toMatch(why);
});

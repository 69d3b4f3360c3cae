// The audit from a terminal beside a running account: in force there, and read-only by files.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startAccount } from "../../local/account.ts";
import { seedFiveServers } from "../../local/seed.ts";
import { run, studio } from "./run.ts";
import { servedAccount } from "./served.ts";

const { dir, say } = servedAccount();

test("an audit is printed, written to a file, and then the status has it", async () => {
  const audited = await say("audit", "--out", "audit.json");
  expect(audited.stderr).toBe("");
  expect(audited.stdout).toMatch(/^local account 127\.0\.0\.1:\d+\n/);
  expect(audited.stdout).toMatch(/\d+ groups and \d+ rules looked at/);
  const report = JSON.parse(readFileSync(join(dir.path, "audit.json"), "utf8"));
  expect(report.groups).toBeGreaterThanOrEqual(5);
  expect(report.findings.every(({ id }: { id: string }) => /^a-[a-z2-7]{12}$/.test(id))).toBe(true);
  const drift = report.findings.some(({ kind }: { kind: string }) => /drift|missing/.test(kind));
  expect(audited.code).toBe(drift ? 1 : 0);
  const status = JSON.parse((await say("status", "--json")).stdout);
  expect(status.lastAudit).toMatchObject({ id: report.id });
});

test("by matrix files it reads only, and exits with 1 where something drifted", async () => {
  const clean = await say("audit", "--matrix", studio, "--json");
  const { matrix, findings } = JSON.parse(clean.stdout);
  expect(matrix).toMatchObject({ version: "file", mode: "observe" });
  const drifts = findings.filter(({ kind }: { kind: string }) => /drift|missing/.test(kind));
  expect(clean.code).toBe(drifts.length > 0 ? 1 : 0);
  expect(findings.map(({ kind }: { kind: string }) => kind)).not.toContain("plumbing");
});

test.each([
  [["--format", "csv"], /^id,severity,kind,/],
  [["--format", "sarif", "--matrix", studio], /"version": "2\.1\.0"/],
  [["--json"], /^\{\n {2}"id": /],
])("audit %j is for machines: nothing else is on stdout", async (args, begin) => {
  const { stdout, stderr } = await say("audit", ...args);
  expect(stderr).toMatch(/^local account 127\.0\.0\.1:\d+\n$/);
  expect(stdout).toMatch(begin);
  expect(stdout).not.toContain("next: ");
});

test("a saved audit says again what reaches what, and how much no event announced", async () => {
  await say("audit", "--out", "saved.json");
  const { stdout } = await say("report", "--from", "saved.json");
  expect(stdout).toMatch(/\nthe world reaches\n {2}funai-api \(1 interface\): tcp 80, tcp 443\n/);
  expect(stdout).toMatch(/\n0 drifted without an event\n/);
});

test.each([
  [["audit", "--apply"], /--apply takes the id of the plan/],
  [["audit", "--apply", "p-000000000000"], /no audit has held back a plan p-000000000000/],
  [["audit", "--matrix", studio, "--apply", "p-000000000000"], /--matrix only reads/],
])("%j is refused, and says why", async (args, why) => {
  const answer = await say(...args);
  expect(answer).toMatchObject({ code: 2, stdout: "" });
  expect(answer.stderr).toMatch(why);
});

test("without a right to read it is refused, and says which ones it needs", async () => {
  const account = await startAccount();
  try {
    seedFiveServers(account);
    const args = ["audit", "--matrix", studio, "--aws"];
    const where = { cwd: dir.path, env: account.env() };
    expect((await run(args, where)).stderr).toBe("");
    account.faults.failNext("ec2", "DescribeNetworkInterfaces", "UnauthorizedOperation", 5);
    const refused = await run(args, where);
    expect(refused).toMatchObject({ code: 3, stdout: "" });
    expect(refused.stderr).toContain("it needs these rights to read: ec2:DescribeSecurityGroups");
    expect(refused.stderr).toContain("ec2:DescribeNetworkInterfaces");
    account.faults.clear();
    const used = new Set(
      account.calls.list().flatMap(({ service, action }) => {
        return service === "ec2" || service === "sts" ? [`${service}:${action}`] : [];
      }),
    );
    // All that it called is in the list, so whoever grants the list is done.
    for (const right of used) expect(refused.stderr).toContain(right);
    expect(used.size).toBeGreaterThan(2);
  } finally {
    await account.stop();
  }
});

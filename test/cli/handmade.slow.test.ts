// From fifty groups that nobody dares touch to an enforced matrix, by the commands' own next steps:
// nothing that stood is closed at any of them, and afterwards what is opened closes.
import { afterAll, beforeAll, expect, test } from "vitest";
import { environmentOf } from "../../cli/environment.ts";
import { announceRunning } from "../../cli/running.ts";
import { type Account, startAccount } from "../../local/account.ts";
import { type Deployment, deploy } from "../../local/portward.ts";
import { createTester } from "../../local/tester.ts";
import { isDrift } from "../../matrix/audit/report.ts";
import { plantHandmade } from "../support/handmade.ts";
import { directory, run, until } from "./run.ts";

const dir = directory();
let account: Account;
let deployment: Deployment;
let ids: string[] = [];
let forget = () => {};

beforeAll(async () => {
  account = await startAccount();
  ids = plantHandmade(account);
  deployment = deploy(account);
  forget = announceRunning(
    {
      ...{ url: account.url, pid: process.pid, region: account.region },
      accountId: account.accountId,
      env: { ...account.env("alice"), ...environmentOf(deployment.config) },
    },
    dir.path,
  );
});
afterAll(async () => {
  forget();
  deployment.stop();
  await account.stop();
  dir.remove();
});

/** Every rule of every group, as text. */
async function standing(): Promise<string[]> {
  const groups = await deployment.aws.region.groups();
  const read = await Promise.all(ids.map(id => deployment.aws.groups.read(id)));
  expect(groups.length).toBeGreaterThanOrEqual(50);
  return read.flatMap(one =>
    (one?.group.rules ?? []).map(({ rule }) => `${one?.group.id} ${JSON.stringify(rule, bigText)}`),
  );
}
const bigText = (_: string, value: unknown) => (typeof value === "bigint" ? String(value) : value);

/** Runs a command that has to be clean, and gives back what it says and the step it says is next. */
async function clean(...args: string[]): Promise<{ said: string; next: string }> {
  const { code, stdout, stderr } = await run(args, { cwd: dir.path });
  expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: "" });
  const last = stdout.trimEnd().split("\n").at(-1) ?? "";
  expect(last, stdout).toMatch(/^next: /);
  return { said: stdout, next: last.slice("next: ".length) };
}
const step = (...args: string[]) => clean("matrix", ...args);

test("import, check, plan, apply in observe, then revoke, then enforce", async () => {
  const before = await standing();
  expect(before.length).toBeGreaterThan(120);
  const imported = await step("import", "--from", "live", "--out", "matrix.yaml");
  expect(imported.said).toMatch(/wrote matrix\.yaml: \d+ groups, \d+ rules, \d+ flows\n/);
  expect(imported.said).toMatch(/\d+ lines marked RISK/);
  expect(imported.next).toBe("portward matrix check --matrix matrix.yaml");
  const text = dir.read("matrix.yaml");
  expect(text).toContain("a Kubernetes cluster writes to it");
  expect(text).toMatch(/networks:\n(?: {2}.*\n)* {2}office-VPN: /);

  expect((await step("check", "--matrix", "matrix.yaml")).next).toMatch(/^portward matrix plan/);
  const planned = await step("plan", "--matrix", "matrix.yaml");
  expect(planned.said).toContain("now: 0 closed or narrowed, 0 opened, 0 reported");
  const applied = await step("apply", "--matrix", "matrix.yaml");
  expect(applied.said).toContain("as version 1, mode observe");
  expect(await standing()).toEqual(before);
  expect(applied.next).toMatch(/^portward audit/);
  const audited = await clean("audit", "--out", "audit.json");
  expect(audited.next).toMatch(/^write mode: revoke into the matrix, then portward matrix plan/);
  const report = JSON.parse(dir.read("audit.json"));
  expect(report.groups).toBeGreaterThanOrEqual(50);
  expect(report.findings.filter(isDrift)).toEqual([]);

  for (const [mode, version] of [
    ["revoke", 2],
    ["enforce", 3],
  ] as const) {
    dir.write("matrix.yaml", text.replace("mode: observe\n", `mode: ${mode}\n`));
    const raised = await step("plan", "--matrix", "matrix.yaml");
    expect(raised.said).toContain("now: 0 closed or narrowed, 0 opened, 0 reported");
    const { said } = await step("apply", "--matrix", "matrix.yaml");
    expect(said).toContain(`as version ${version}, mode ${mode}`);
    expect((await clean("audit")).said).toContain("0 drifted without an event");
    expect(await standing()).toEqual(before);
  }
  const stray = "ingress tcp 3306 from 0.0.0.0/0";
  const tester = createTester(account);
  const governed = ids[0] ?? "";
  await tester.authorize(governed, [stray]);
  await until("the stray rule closes", async () => {
    const rules = await tester.rules(governed);
    return rules.some(({ rule }) => rule === stray) ? undefined : true;
  });
  expect(await standing()).toEqual(before);
}, 180_000);

test("what is opened unheard stops an apply until its plan is accepted, and rollback is an apply", async () => {
  const stray = "ingress tcp 3306 from 0.0.0.0/0";
  const tester = createTester(account);
  const back = await run(["matrix", "rollback", "1"], { cwd: dir.path });
  expect({ code: back.code, stderr: back.stderr }, back.stdout).toEqual({ code: 0, stderr: "" });
  expect(back.stdout).toContain("as version 4, mode observe");
  await tester.authorize(ids[1] ?? "", [stray]);
  await account.queues.idle();
  const plan = await run(["matrix", "plan", "--matrix", "matrix.yaml", "--json"], {
    cwd: dir.path,
  });
  expect(plan.code).toBe(1);
  const { id } = JSON.parse(plan.stdout);
  const refused = await run(["matrix", "apply", "--matrix", "matrix.yaml"], { cwd: dir.path });
  expect(refused.code).toBe(1);
  expect(refused.stdout).toContain(`close   ${stray}`);
  expect(refused.stdout.trimEnd().split("\n").at(-1)).toBe(
    `next: portward matrix apply --matrix matrix.yaml --accept ${id}`,
  );
  const other = ["matrix", "apply", "--matrix", "matrix.yaml", "--accept", "p-000000000000"];
  expect((await run(other, { cwd: dir.path })).stdout).toMatch(/not applied: the plan is p-/);
  const accept = ["apply", "--matrix", "matrix.yaml", "--accept", id];
  expect((await step(...accept)).said).toContain("as version 5, mode enforce");
  expect((await tester.rules(ids[1] ?? "")).map(({ rule }) => rule)).not.toContain(stray);
  const history = await run(["matrix", "history", "--json"], { cwd: dir.path });
  expect(JSON.parse(history.stdout)[0]).toMatchObject({ version: 5, parent: 4, planId: id });
  const diff = await run(["matrix", "history", "--diff", "4", "5"], { cwd: dir.path });
  expect(diff.stdout).toMatch(/^local account .*\n~ mode: observe -> enforce\n$/);
}, 180_000);

test("an import never writes over a file unless it is told to", async () => {
  const args = ["matrix", "import", "--from", "live", "--out", "matrix.yaml"];
  const { code, stderr } = await run(args, { cwd: dir.path });
  expect({ code, stderr }).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("is there already"),
  });
  expect((await run([...args, "--force"], { cwd: dir.path })).code).toBe(0);
});

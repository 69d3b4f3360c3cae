// `matrix check` and `compile`, and `replay` offline: what they print, for people and as JSON.
import { afterAll, expect, test } from "vitest";
import { enveloped, record } from "../support/cloudtrail.ts";
import { directory, project, run, studio } from "./run.ts";

const prod = project("matrix/examples/funai-prod.yaml");
const GROUP = "sg-0a1b2c3d4e5f60718";
const dir = directory({
  "clash.yaml": `matrix: m
groups: { deploy: { name: deploy } }
flows:
  - { from: 0.0.0.0/0, to: deploy, ports: tcp 7002 }
forbid:
  - { from: public, to: deploy, ports: all, reason: internal }
`,
  "by-id.yaml": `matrix: m\ngroups: { web: { id: ${GROUP} } }\nflows: [{ from: 10.0.0.0/8, to: web, ports: tcp 22 }]\n`,
  "one.json": enveloped(record("authorize-ingress")),
  "two.json": { Records: [record("run-instances"), {}] },
});
afterAll(dir.remove);

test("check counts a sound matrix up", async () => {
  const { code, stdout, stderr } = await run(["matrix", "check", "--matrix", studio, prod]);
  expect({ code, stdout, stderr }).toEqual({
    code: 0,
    stdout: `offline\nok: 5 groups, 11 flows, 3 forbids\nnext: portward matrix plan --matrix ${studio} ${prod}\n`,
    stderr: "",
  });
});

test("check finds the flow that a forbid forbids, with its line", async () => {
  const { code, stderr } = await run(["matrix", "check", "--matrix", "clash.yaml"], {
    cwd: dir.path,
  });
  expect(code).toBe(2);
  expect(stderr).toMatch(/^clash\.yaml:4: flow ".*" overlaps the forbid .*line 6 \(narrow/);
});

test("compile prints the table of every entry, aligned", async () => {
  const { code, stdout } = await run(["matrix", "compile", "--matrix", studio]);
  const [first, ...rows] = stdout.trimEnd().split("\n");
  expect({ code, first, count: rows.length }).toEqual({ code: 0, first: "offline", count: 20 });
  expect(rows).toContain(
    "deploy    | ingress tcp 7002 from 172.21.138.101/32 | required  | runner to deploy",
  );
  const bars = (row: string) => [...row.matchAll(/\|/g)].map(({ index }) => index).join();
  expect(new Set(rows.map(bars)).size).toBe(1);
});

test("compile gives the rules of one entry as JSON", async () => {
  const args = ["matrix", "compile", "--matrix", studio, "--group", "runner", "--json"];
  const { code, stdout, stderr } = await run(args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "offline\n" });
  const rows: Record<string, string>[] = JSON.parse(stdout);
  expect(rows).toHaveLength(3);
  expect(rows[1]).toEqual({
    group: "runner",
    rule: "egress tcp 7005 to 172.21.138.102/32",
    need: "required",
    flow: "runner -> runtime tcp 7005",
    purpose: "deploy/stop/status；Header：X-Runtime-Token",
  });
});

test("replay gives one answer for each record, in the public form", async () => {
  const args = ["replay", "--event", "one.json", "two.json", "--json"];
  const { code, stdout } = await run(args, { cwd: dir.path });
  expect(code).toBe(0);
  const answers: Record<string, unknown>[] = JSON.parse(stdout);
  expect(answers.map(({ outcome, groups }) => [outcome, groups])).toEqual([
    ["reconcile", [GROUP]],
    ["report", [GROUP]],
    ["invalid", []],
  ]);
  expect(Object.keys(answers[0] ?? {})).toEqual([
    "id",
    "event",
    "outcome",
    "groups",
    "prefixLists",
    "actor",
    "because",
  ]);
});

test.each([
  ["by-id.yaml", "drift: ingress tcp 22 from 0.0.0.0/0: only a part of it is permitted"],
  [studio, "unknown: ingress tcp 22 from 0.0.0.0/0: which part sg-0a1b2c3d4e5f60718 plays"],
])("replay judges what a record made by the matrix %s", async (matrix, line) => {
  const args = ["replay", "--event", "one.json", "--matrix", matrix];
  const { code, stdout } = await run(args, { cwd: dir.path });
  expect(code).toBe(0);
  expect(stdout).toMatch(/^offline\nreconcile /);
  expect(stdout).toContain(line);
});

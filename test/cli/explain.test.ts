// `explain` on files: the public JSON, the exit code, and what keeps it from an answer.
import { afterAll, describe, expect, test } from "vitest";
import { directory, run, studio } from "./run.ts";

const OWNER = "111122223333";
const VPC = "vpc-0f0a1b2c3d4e5f607";
const DEPLOY = "sg-0a1b2c3d4e5f60718";
const OTHER = "sg-0a1b2c3d4e5f60719";

const tcp = (port: number, blocks: string[]) => ({
  IpProtocol: "tcp",
  FromPort: port,
  ToPort: port,
  IpRanges: blocks.map(CidrIp => ({ CidrIp })),
});
const hosts = ["172.21.138.91/32", "172.21.138.101/32", "172.21.138.102/32"];
const group = (GroupId: string, GroupName: string, ingress: object[]) => ({
  ...{ GroupId, GroupName, OwnerId: OWNER, VpcId: VPC },
  IpPermissions: ingress,
  IpPermissionsEgress: [{ IpProtocol: "-1", IpRanges: [{ CidrIp: "0.0.0.0/0" }] }],
});
const ruleOf = (id: string, port: number, CidrIpv4: string) => ({
  ...{ SecurityGroupRuleId: id, GroupId: DEPLOY, GroupOwnerId: OWNER, IsEgress: false },
  ...{ IpProtocol: "tcp", FromPort: port, ToPort: port, CidrIpv4 },
});
const required = hosts.map((host, n) => ruleOf(`sgr-0000000${n}`, 7002, host));

const dir = directory({
  "enforce.yaml": "matrix: m\nmode: enforce\n",
  "by-id.yaml": `matrix: m\nmode: revoke\ngroups: { web: { id: ${DEPLOY} } }\nflows: [{ from: 10.0.0.0/8, to: web, ports: tcp 22 }]\n`,
  "clean.json": { SecurityGroups: [group(DEPLOY, "funai-deploy", [tcp(7002, hosts)])] },
  "mixed.json": {
    SecurityGroups: [
      group(DEPLOY, "funai-deploy", [tcp(7002, hosts.slice(1)), tcp(22, ["0.0.0.0/0"])]),
      group(OTHER, "unknown", [tcp(22, ["0.0.0.0/0"])]),
    ],
  },
  "rules.json": { SecurityGroupRules: [...required, ruleOf("sgr-0000000f", 22, "0.0.0.0/0")] },
  "wide.json": { SecurityGroupRules: [ruleOf("sgr-0000000f", 22, "0.0.0.0/0")] },
  "none.json": { SecurityGroupRules: [] },
  "exceptions.json": [
    {
      ...{ id: "x-1", state: "approved", groups: [DEPLOY], rule: "ingress tcp 22 from 0.0.0.0/0" },
      ...{ start: "2026-11-21T09:00:00Z", end: "2026-11-21T11:00:00Z" },
    },
  ],
  "bad-exceptions.json": [
    { id: "x-1", state: "approved", start: 0, end: 1, groups: [], rule: "?" },
  ],
});
afterAll(dir.remove);

const explain = (...args: string[]) => run(["explain", ...args], { cwd: dir.path });
const STUDIO = ["--matrix", studio, "enforce.yaml"];

test("gives one object for each group: verdicts with reasons, and the plan", async () => {
  const { code, stdout, stderr } = await explain(...STUDIO, "--group", "mixed.json", "--json");
  expect({ code, stderr }).toEqual({ code: 1, stderr: "offline\n" });
  const [deploy, other, ...more] = JSON.parse(stdout);
  expect(more).toEqual([]);
  expect(Object.keys(deploy)).toEqual(["group", "parts", "mode", "verdicts", "plan"]);
  expect(deploy).toMatchObject({ group: DEPLOY, parts: ["deploy"], mode: "enforce" });
  expect(deploy.verdicts).toEqual([
    verdict("ingress tcp 7002 from 172.21.138.101/32", "permitted", /by runner to deploy tcp 7002/),
    verdict(
      "ingress tcp 7002 from 172.21.138.102/32",
      "permitted",
      /by runtime to deploy tcp 7002/,
    ),
    verdict("ingress tcp 22 from 0.0.0.0/0", "drift", /nothing permits it; it breaks the forbid/),
    verdict("egress all to 0.0.0.0/0", "permitted", /open egress of deploy/),
    verdict("ingress tcp 7002 from 172.21.138.91/32", "missing", /required by api to deploy/),
  ]);
  expect(deploy.plan).toEqual({
    modify: [],
    revoke: ["ingress tcp 22 from 0.0.0.0/0"],
    authorize: ["ingress tcp 7002 from 172.21.138.91/32"],
    withheld: [],
  });
  expect(other).toEqual({
    ...{ group: OTHER, parts: [], mode: "observe" },
    verdicts: [
      verdict("ingress tcp 22 from 0.0.0.0/0", "unmanaged", /no entry/),
      verdict("egress all to 0.0.0.0/0", "unmanaged", /no entry/),
    ],
    plan: { modify: [], revoke: [], authorize: [], withheld: [] },
  });
});

const verdict = (rule: string, kind: string, because: RegExp) => ({
  rule,
  verdict: kind,
  because: expect.stringMatching(because),
});

test("ends with 0 where nothing drifted, and says so to people", async () => {
  const { code, stdout, stderr } = await explain(...STUDIO, "--group", "clean.json");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const lines = stdout.split("\n");
  expect(lines[0]).toBe("offline");
  expect(stdout).toContain(`${DEPLOY}  funai-deploy  (deploy, mode enforce)`);
  expect(stdout).toContain("  permitted ingress tcp 7002 from 172.21.138.91/32");
  expect(stdout).toMatch(/\n1 group, 0 with drift\n$/);
  expect(stdout).not.toContain("\u001b");
});

test("judges rules with their ids beside the groups' names", async () => {
  const args = [...STUDIO, "--group", "rules.json", "--groups", "clean.json", "--json"];
  const { code, stdout } = await explain(...args);
  const deploy = JSON.parse(stdout);
  expect(code).toBe(1);
  expect(deploy.verdicts).toHaveLength(4);
  expect(deploy.verdicts[3]).toMatchObject({ ruleId: "sgr-0000000f", verdict: "drift" });
});

test("asks for the groups where a file of rules does not tell their names", async () => {
  const { code, stdout, stderr } = await explain(...STUDIO, "--group", "rules.json");
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toMatch(/by name, tags or VPC.*with --groups FILE/);
});

test("needs no names where the matrix selects by id, and names the rule to narrow", async () => {
  const args = ["--matrix", "by-id.yaml", "--group", "wide.json", "--json"];
  const { code, stdout } = await explain(...args);
  const { verdicts, plan, mode } = JSON.parse(stdout);
  expect({ code, mode }).toEqual({ code: 1, mode: "revoke" });
  expect(verdicts[0].kept).toEqual(["ingress tcp 22 from 10.0.0.0/8"]);
  expect(plan.modify).toEqual([
    {
      ruleId: "sgr-0000000f",
      from: "ingress tcp 22 from 0.0.0.0/0",
      to: "ingress tcp 22 from 10.0.0.0/8",
    },
  ]);
});

test("withholds the whole plan in mode observe, and still ends with 1", async () => {
  const { code, stdout } = await explain("--matrix", studio, "--group", "mixed.json", "--json");
  const [{ mode, plan }] = JSON.parse(stdout);
  expect({ code, mode }).toEqual({ code: 1, mode: "observe" });
  expect(plan).toEqual({
    ...{ modify: [], revoke: [], authorize: [] },
    withheld: [
      "authorize ingress tcp 7002 from 172.21.138.91/32",
      "revoke ingress tcp 22 from 0.0.0.0/0",
    ],
  });
});

test("does not take a file without rules for groups without drift", async () => {
  const { code, stderr } = await explain("--matrix", "by-id.yaml", "--group", "none.json");
  expect(code).toBe(2);
  expect(stderr).toMatch(/no rule, so it names no group/);
});

describe("an exception", () => {
  const at = (now: string) =>
    explain(
      "--matrix",
      "by-id.yaml",
      "--group",
      "wide.json",
      "--json",
      "--now",
      now,
      "--exceptions",
      "exceptions.json",
    );

  test.each([
    ["2026-11-21T08:59:59Z", "drift", 1],
    ["2026-11-21T09:00:00Z", "excepted", 0],
    ["2026-11-21T11:00:00Z", "drift", 1],
  ])("at %s makes its rule %s, exit code %i", async (now, kind, code) => {
    const answer = await at(now);
    const { verdicts } = JSON.parse(answer.stdout);
    expect({ kind: verdicts[0].verdict, code: answer.code }).toEqual({ kind, code });
  });

  test("that cannot be read is named", async () => {
    const args = ["--matrix", "by-id.yaml", "--group", "wide.json"];
    const { code, stderr } = await explain(...args, "--exceptions", "bad-exceptions.json");
    expect(code).toBe(2);
    expect(stderr).toBe("bad-exceptions.json: [0].rule: it is no rule text\n");
  });
});

test("reads a description from standard input", async () => {
  const args = ["explain", ...STUDIO, "--group", "-", "--json"];
  const { code, stdout } = await run(args, { cwd: dir.path, input: dir.read("clean.json") });
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ group: expect.any(String) });
});

// What every command has in common: bad input ends with 2 and all problems, nothing on stdout.
import { afterAll, describe, expect, test } from "vitest";
import { collect, directory, ended, run, start, studio } from "./run.ts";

const dir = directory({
  "not-yaml.yaml": "matrix: [\n  open",
  "two.yaml":
    "matrix: m\nmode: enfroce\ngroups: { api: { name: api } }\nflows: [{ from: apy, to: api, ports: 80/443 }]\n",
  "huge.yaml": `matrix: m\n# ${"x".repeat(1_100_000)}\n`,
  "not.json": '{"SecurityGroups": [}',
  "empty.json": "",
  "other.json": { Instances: [] },
  "record.json": { eventName: "DescribeInstances" },
  "config.json": { PORTWARD_STAGE: 7 },
});

afterAll(dir.remove);

const LIVE = "sg-0a1b2c3d4e5f60718";

describe("bad input ends with 2, and nothing is printed on stdout", () => {
  test.concurrent.each<[string, string[], RegExp[]]>([
    ["an unknown command", ["explian"], [/unknown command 'explian'/, /Did you mean explain\?/]],
    ["an unknown sub-command", ["matrix", "chek"], [/Did you mean check\?/]],
    ["an unknown option", ["explain", "--grup", "x"], [/Did you mean --group\?/]],
    ["a missing option", ["matrix", "check"], [/--matrix <file\.\.\.>' not specified/]],
    ["too many arguments", ["status", "now"], [/too many arguments/]],
    ["a port that is none", ["local", "--port", "70000"], [/whole number from 0 to 65535/]],
    [
      "a file that is not there",
      ["matrix", "check", "--matrix", "no.yaml", "."],
      [/^no\.yaml: there is no such file$/m, /^\.: it is a directory, not a file$/m],
    ],
    [
      "what is not YAML",
      ["matrix", "check", "--matrix", "not-yaml.yaml"],
      [/^not-yaml\.yaml:\d+:\d+: /m],
    ],
    [
      "every problem of a matrix",
      ["matrix", "compile", "--matrix", "two.yaml"],
      [
        /^two\.yaml:2:7: .*enfroce.*\(did you mean enforce\?\)$/m,
        /^two\.yaml:4:\d+: .*apy/m,
        /^two\.yaml:4:\d+: .*80\/443/m,
      ],
    ],
    ["a huge matrix", ["matrix", "check", "--matrix", "huge.yaml"], [/larger than 1 MB/]],
    [
      "an entry that is not there",
      ["matrix", "compile", "--matrix", studio, "--group", "deplo"],
      [/did you mean deploy\?/],
    ],
    [
      "what is not JSON",
      ["explain", "--matrix", studio, "--group", "not.json"],
      [/^not\.json: it is not JSON: Unexpected token/m],
    ],
    ["an empty file", ["explain", "--matrix", studio, "--group", "empty.json"], [/it is empty/]],
    [
      "another answer",
      ["explain", "--matrix", studio, "--group", "other.json"],
      [/no answer of describe-security-groups/],
    ],
    ["no group", ["explain", "--matrix", studio], [/--group FILE/]],
    ["no matrix", ["explain", "--group", "other.json"], [/--matrix FILE/]],
    [
      "a group and a file",
      ["explain", LIVE, "--matrix", studio, "--group", "other.json"],
      [/exclude each other/],
    ],
    ["a group that has no id", ["explain", "web", "--matrix", studio], [/no security group id/]],
    [
      "a time that is none",
      ["explain", "--matrix", studio, "--group", "other.json", "--now", "noon"],
      [/is no time/],
    ],
    [
      "an event that is not there",
      ["replay", "--event", "no.json"],
      [/^no\.json: there is no such file$/m],
    ],
    ["a config without --aws", ["status", "--config", "config.json"], [/--config goes with --aws/]],
    [
      "a config that is none",
      ["status", "--aws", "--config", "config.json"],
      [/no JSON map of PORTWARD_\*/],
    ],
    ["setup without --aws", ["setup"], [/add --aws/]],
    ["setup of a real account", ["setup", "--aws"], [/would be a real account/, /--yes/]],
    ["a stage that is none", ["setup", "--aws", "--stage", "My Stage"], [/no stage name/]],
  ])("%s", async (_, args, patterns) => {
    const { code, stdout, stderr } = await run(args, { cwd: dir.path });
    for (const pattern of patterns) expect(stderr).toMatch(pattern);
    expect(stderr).not.toMatch(/\bat .*\.ts:\d+/);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  });
});

describe("a world that does not play along ends with 3", () => {
  test.concurrent.each<[string, string[], RegExp]>([
    ["no local account", ["status"], /`portward local`.*--aws/],
    ["no region", ["status", "--aws"], /no region is configured: set AWS_REGION/],
    ["no local account to replay in", ["replay", "--event", "record.json", "--live"], /--aws/],
  ])("%s, on one line that names the way out", async (_, args, pattern) => {
    const { code, stdout, stderr } = await run(args, { cwd: dir.path });
    expect(stderr).toMatch(pattern);
    expect(stderr.trimEnd()).not.toContain("\n");
    expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
  });
});

describe("help", () => {
  test.concurrent.each([
    [["--help"]],
    [["help", "explain"]],
    [["local", "--help"]],
    [["demo", "--help"]],
    [["replay", "--help"]],
    [["finding", "list", "--help"]],
    [["setup", "--help"]],
    [["status", "--help"]],
    [["matrix", "apply", "--help"]],
  ])("of %j has examples and ends with 0", async args => {
    const { code, stdout, stderr } = await run(args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/Usage: portward/);
    expect(stdout).toMatch(/Examples:\n {2}\$ /);
  });

  test("is shown, with exit code 2, where no command is named", async () => {
    const { code, stdout, stderr } = await run([]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/Commands:\n {2}demo/);
  });
});

test("ends with 0 when its reader goes away", async () => {
  const records = Array.from({ length: 20_000 }, (_, n) => ({ eventName: `Describe${n}` }));
  const child = start(["replay", "--json", "--event", dir.write("many.json", records)]);
  const output = collect(child);
  child.stdout?.once("data", () => child.stdout?.destroy());
  expect(await ended(child)).toBe(0);
  expect(output().stderr).toBe("offline\n");
});

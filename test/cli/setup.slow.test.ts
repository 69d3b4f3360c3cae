// `setup --aws` at an endpoint: creates what is missing, and its configuration is all that the other
// commands need with --aws.
import { afterAll, beforeAll, expect, test } from "vitest";
import { environmentOf } from "../../cli/environment.ts";
import { readConfig } from "../../functions/wiring/config.ts";
import { type Account, startAccount } from "../../local/account.ts";
import { seedFiveServers } from "../../local/seed.ts";
import { directory, run, studio } from "./run.ts";

const dir = directory();
let account: Account;

beforeAll(async () => {
  account = await startAccount();
  seedFiveServers(account);
});
afterAll(async () => {
  await account.stop();
  dir.remove();
});

const aws = (...args: string[]) => run([...args, "--aws"], { cwd: dir.path, env: account.env() });
const TITLE = "account 111122223333 ap-southeast-1\n";

test("creates what is missing once, and prints the configuration", async () => {
  const first = await aws("setup", "--json", "--stage", "test");
  expect(first.code).toBe(0);
  expect(first.stderr).toMatch(new RegExp(`^${TITLE}created portward-test-policy, .*-ops\n$`));
  const config = readConfig(JSON.parse(first.stdout));
  expect(config).toMatchObject({ account: "111122223333", stage: "test" });
  expect(environmentOf(config)).toEqual(JSON.parse(first.stdout));
  dir.write("config.json", first.stdout);
  const second = await aws("setup", "--stage", "test");
  expect(second.stdout.split("\n").slice(0, 2)).toEqual([TITLE.trim(), "everything was there"]);
});

test("the other commands work with that configuration", async () => {
  const applied = await aws(
    "matrix",
    "apply",
    "--matrix",
    studio,
    "--config",
    "config.json",
    "--json",
  );
  expect({ code: applied.code, stderr: applied.stderr }).toEqual({ code: 0, stderr: TITLE });
  expect(JSON.parse(applied.stdout)).toMatchObject({
    ...{ version: 1, orphans: [] },
    by: "arn:aws:iam::111122223333:user/tester",
  });
  const status = await aws("status", "--config", "config.json");
  expect(status.code).toBe(0);
  expect(status.stdout).toMatch(new RegExp(`^${TITLE}stage +test\nmatrix +funai-studio version 1`));
});

test("explain needs nothing but the group, where a matrix is given", async () => {
  const { code, stdout } = await aws("explain", "sg-0f0a1b2c3d4e50100", "--matrix", studio);
  expect(code).toBe(0);
  expect(stdout.startsWith(TITLE)).toBe(true);
});

test("says what is not configured, and how it is", async () => {
  const { code, stdout, stderr } = await aws("finding", "list");
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toMatch(/PORTWARD_TABLE_FINDINGS is missing\n/);
  expect(stderr).toMatch(/--config FILE, as `portward setup --aws` prints it\)\n$/);
});

test("refuses the configuration of another account", async () => {
  const other = { ...JSON.parse(dir.read("config.json")), PORTWARD_ACCOUNT: "999900001111" };
  dir.write("other.json", other);
  const { code, stderr } = await aws("finding", "list", "--config", "other.json");
  expect(code).toBe(3);
  expect(stderr).toMatch(
    /^portward: the credentials are of account 111122223333, .* 999900001111\n$/,
  );
});

test("names a group that is not there", async () => {
  const { code, stderr } = await aws("explain", "sg-0000000000000000f", "--matrix", studio);
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: "there is no security group sg-0000000000000000f\n",
  });
});

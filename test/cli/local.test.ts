// `local` as a process: a tester opens a port through the SDK and it closes, and what it holds survives
// kill -9. The other commands beside it are beside.slow.test.ts.
import { existsSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { directory, run, studio, until } from "./run.ts";
import { askIn, serving, textsOf } from "./served.ts";

const DEPLOY = "sg-0f0a1b2c3d4e50100";
const WORLD = "ingress tcp 22 from 0.0.0.0/0";
const dir = directory();
afterAll(dir.remove);
const serve = serving();

test("closes what a tester opens, tells people, and keeps it over kill -9", async () => {
  const account = await serve(dir.path, "--state", "state");
  expect(account.text.split("\n")[0]).toBe(`local account ${new URL(account.url).host}`);
  expect(account.text).toMatch(/^export AWS_ACCESS_KEY_ID=\w+$/m);
  expect(account.text).toMatch(/in mode enforce \(the file says observe\)/);
  expect(account.text).toContain(`--group-id ${DEPLOY}`);
  const before = await textsOf(account.tester, DEPLOY);
  await account.tester.authorize(DEPLOY, [WORLD]);
  await until("the alert", () => /CLOSED .*\n/.exec(account.output().stdout) ?? undefined);
  expect(account.output().stdout).toMatch(
    new RegExp(`\\n\\d\\d:\\d\\d:\\d\\d {2}CLOSED ${WORLD} on deploy ${DEPLOY}\\n`),
  );
  expect(await textsOf(account.tester, DEPLOY)).toEqual(before);

  const { json: findings } = await askIn(dir.path, "finding", "list");
  expect(findings).toMatchObject([
    { rule: WORLD, outcome: "closed", actor: { name: "tester" }, group: { id: DEPLOY } },
  ]);
  expect(statSync(join(dir.path, ".portward/local.json")).mode & 0o777).toBe(0o600);

  expect(await account.end("SIGKILL")).toBeNull();
  const dead = await run(["status"], { cwd: dir.path });
  expect({ code: dead.code, stdout: dead.stdout }).toEqual({ code: 3, stdout: "" });

  const again = await serve(dir.path, "--state", "state");
  expect(again.text).toMatch(/matrix version 1 is still in force/);
  expect((await askIn(dir.path, "finding", "list")).json).toEqual(findings);
  const shown = await run(["finding", "show", findings[0].id], { cwd: dir.path });
  expect(shown.stdout).toMatch(/^local account .*\nCLOSED ingress tcp 22/);
  expect(shown.stdout).toMatch(/\nWho {7}tester \(IAMUser/);

  expect(await again.end("SIGINT")).toBe(130);
  expect(existsSync(join(dir.path, ".portward/local.json"))).toBe(false);
});

test("plants what a matrix names by id, adopts what it names by name, in the matrix's mode", async () => {
  const here = directory({
    "m.yaml": `matrix: mine
mode: revoke
vpc: vpc-0aaaabbbbccccdddd
groups:
  web: { id: sg-0aaaaaaaaaaaaaaa1, egress: listed }
  db: { name: my-db }
flows:
  - { from: 0.0.0.0/0, to: web, ports: tcp 443 }
  - { from: sg-0d15ea5e0d15ea5e0, to: web, ports: tcp 80 }
`,
  });
  const account = await serve(here.path, "--matrix", "m.yaml");
  expect(account.text).toMatch(/^matrix mine in mode revoke$/m);
  expect(account.text).toMatch(/^waiting for groups that play db/m);
  expect(await textsOf(account.tester, "sg-0aaaaaaaaaaaaaaa1")).toEqual([]);
  const db = await account.tester.createGroup("my-db", "vpc-0aaaabbbbccccdddd");
  await account.tester.authorize(db, [WORLD]);
  const wide = "ingress tcp 443-444 from 0.0.0.0/0";
  await account.tester.authorize("sg-0aaaaaaaaaaaaaaa1", [wide]);
  const closed = await until("both are closed", async () => {
    const rules = [
      ...(await textsOf(account.tester, db)),
      ...(await textsOf(account.tester, "sg-0aaaaaaaaaaaaaaa1")),
    ];
    return rules.includes(WORLD) || rules.includes(wide) ? undefined : rules;
  });
  expect(closed).toEqual(["egress all to 0.0.0.0/0", "ingress tcp 443 from 0.0.0.0/0"]);
  expect(await account.end("SIGTERM")).toBe(0);
  here.remove();
});

test("names the port that is taken, and the option", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise(resolve => server.once("listening", resolve));
  const { port } = server.address() as { port: number };
  const { code, stdout, stderr } = await run(["local", "--port", String(port)], { cwd: dir.path });
  server.close();
  expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
  expect(stderr).toMatch(new RegExp(`^portward: port ${port} is taken: .*--port N`));
});

test("does not start on a matrix with problems", async () => {
  const here = directory({ "m.yaml": "matrix: m\nmode: enfroce\n" });
  const { code, stderr } = await run(["local", "--port", "0", "--matrix", studio, "m.yaml"], {
    cwd: here.path,
  });
  expect(code).toBe(2);
  expect(stderr).toMatch(/^m\.yaml:2:7: /);
  here.remove();
});

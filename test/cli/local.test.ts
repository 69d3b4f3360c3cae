// `local` as a process: a tester opens a port through the SDK and it closes; the other commands find
// the account, and what it holds survives kill -9.
import { existsSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { createTester, type Tester } from "../../local/tester.ts";
import { enveloped, record } from "../support/cloudtrail.ts";
import { collect, directory, ended, run, start, studio, until } from "./run.ts";

const DEPLOY = "sg-0f0a1b2c3d4e50100";
const WORLD = "ingress tcp 22 from 0.0.0.0/0";
const dir = directory();
const running = new Set<ReturnType<typeof start>>();

afterEach(async () => {
  for (const child of running) {
    child.kill("SIGKILL");
    await ended(child);
  }
  running.clear();
});
afterAll(dir.remove);

/** Serves an account in a directory until the test ends. */
async function serve(cwd: string, ...args: string[]) {
  const child = start(["local", "--port", "0", ...args], { cwd });
  running.add(child);
  const output = collect(child);
  const text = await until("the account serves", () => {
    if (child.exitCode !== null) throw new Error(output().stderr);
    return /alerts follow/.test(output().stdout) ? output().stdout : undefined;
  });
  const url = /^export AWS_ENDPOINT_URL=(\S+)$/m.exec(text)?.[1] ?? "";
  const end = (signal: NodeJS.Signals) => {
    running.delete(child);
    const code = ended(child);
    child.kill(signal);
    return code;
  };
  return { text, url, output, end, tester: createTester({ url, region: "ap-southeast-1" }) };
}

const textsOf = async (tester: Tester, id: string) => (await tester.rules(id)).map(one => one.rule);

/** Runs a command beside the account, and reads its JSON. */
async function ask(cwd: string, ...args: string[]) {
  const { code, stdout, stderr } = await run([...args, "--json"], { cwd });
  expect(stderr).toMatch(/^local account 127\.0\.0\.1:\d+\n$/);
  return { code, json: JSON.parse(stdout) };
}

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

  const { json: findings } = await ask(dir.path, "finding", "list");
  expect(findings).toMatchObject([
    { rule: WORLD, outcome: "closed", actor: { name: "tester" }, group: { id: DEPLOY } },
  ]);
  expect(statSync(join(dir.path, ".portward/local.json")).mode & 0o777).toBe(0o600);

  expect(await account.end("SIGKILL")).toBeNull();
  const dead = await run(["status"], { cwd: dir.path });
  expect({ code: dead.code, stdout: dead.stdout }).toEqual({ code: 3, stdout: "" });

  const again = await serve(dir.path, "--state", "state");
  expect(again.text).toMatch(/matrix version 1 is still in force/);
  expect((await ask(dir.path, "finding", "list")).json).toEqual(findings);
  const shown = await run(["finding", "show", findings[0].id], { cwd: dir.path });
  expect(shown.stdout).toMatch(/^local account .*\nCLOSED ingress tcp 22/);
  expect(shown.stdout).toMatch(/\nWho {7}tester \(IAMUser/);

  expect(await again.end("SIGINT")).toBe(130);
  expect(existsSync(join(dir.path, ".portward/local.json"))).toBe(false);
});

describe("beside a running account", () => {
  test("the other commands look at it, and apply to it", async () => {
    const here = directory({
      "mine.yaml": `matrix: mine\nmode: enforce\ngroups: { deploy: { id: ${DEPLOY} }, gone: { name: gone } }\nflows: [{ from: 10.0.0.0/8, to: deploy, ports: tcp 22 }]\n`,
      "bad.yaml": "matrix: mine\ngroups: {}\n",
    });
    const account = await serve(here.path);
    const explained = await ask(here.path, "explain", "--matrix", "mine.yaml", DEPLOY);
    expect(explained).toMatchObject({ code: 1, json: { group: DEPLOY, parts: ["deploy"] } });
    expect(explained.json.plan.revoke).toHaveLength(3);
    expect((await ask(here.path, "explain", DEPLOY)).code).toBe(0);

    const bad = await run(["matrix", "apply", "--matrix", "bad.yaml"], { cwd: here.path });
    expect({ code: bad.code, stdout: bad.stdout }).toEqual({ code: 2, stdout: "" });

    const wish = ["matrix", "apply", "--matrix", "mine.yaml", "--note", "why"];
    const refused = await ask(here.path, ...wish);
    expect(refused).toMatchObject({ code: 1, json: { refused: "closings", plan: { base: 1 } } });
    const applied = await ask(here.path, ...wish, "--accept", refused.json.plan.id);
    expect(applied.code).toBe(0);
    expect(applied.json).toMatchObject({
      ...{ matrix: "mine", mode: "enforce", version: 2, orphans: ["gone"] },
      by: expect.stringMatching(/:assumed-role\/AWSReservedSSO_Security_\w+\/alice@example\.com$/),
      pins: { deploy: [{ id: DEPLOY }], gone: [] },
      groups: [{ group: DEPLOY, outcome: "acted" }],
    });
    expect(await textsOf(account.tester, DEPLOY)).toEqual([
      "egress all to 0.0.0.0/0",
      "ingress tcp 22 from 10.0.0.0/8",
    ]);

    const history = await ask(here.path, "matrix", "history");
    expect(history.json).toMatchObject([{ version: 2, note: "why" }, { version: 1 }]);
    const shown = await run(["matrix", "show", "--version", "1"], { cwd: here.path });
    expect(shown.stdout).toMatch(/\n# version 1, sha [0-9a-f]{64}\n# applied by local/);
    expect(shown.stdout).toMatch(/\nmatrix: funai-studio\nmode: enforce\n/);
    const status = await ask(here.path, "status");
    expect(status.json).toMatchObject({
      matrix: { name: "mine", version: 2, mode: "enforce", orphans: ["gone"] },
      ...{ pauses: [], holds: [], deadLetters: 0 },
    });
    expect(status.json.findings.length).toBeGreaterThan(0);
    here.remove();
  });

  test("replay --live runs the handler, and what is not of this account is left out", async () => {
    const here = directory();
    const account = await serve(here.path);
    const own = { groupId: DEPLOY };
    const place = { awsRegion: "ap-southeast-1", recipientAccountId: "111122223333" };
    const event = record("revoke-ingress", {
      ...place,
      requestParameters: own,
      responseElements: null,
    });
    const elsewhere = enveloped(record("authorize-ingress"), { account: "999900001111" });
    here.write("events.json", [event, elsewhere]);
    const { code, json } = await ask(here.path, "replay", "--live", "--event", "events.json");
    expect(code).toBe(0);
    expect(json).toHaveLength(2);
    expect(json[0]).toMatchObject({ outcome: "reconcile", groups: [DEPLOY] });
    expect(json[0].live).toMatchObject({ runs: [{ group: DEPLOY, outcome: "clean" }], errors: [] });
    expect(json[1]).toMatchObject({ outcome: "invalid" });
    expect(json[1].live).toBeUndefined();
    expect((await ask(here.path, "status")).json.deadLetters).toBe(0);
    expect(await textsOf(account.tester, DEPLOY)).toHaveLength(4);
    here.remove();
  });
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

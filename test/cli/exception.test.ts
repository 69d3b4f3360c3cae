// Exceptions from a terminal beside a running account: who may do what, what is printed, and how each
// command ends.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { accessKeyOf, type KeyName, secretOf } from "../../local/identities.ts";
import { createTester } from "../../local/tester.ts";
import { collect, directory, ended, run, start, until } from "./run.ts";

const DEPLOY = "sg-0f0a1b2c3d4e50100";
const RULE = "ingress tcp 7002 from 10.1.2.3/32";
/** A rule that no test's exception opens. */
const CLOSED = "ingress tcp 7002 from 10.1.2.4/32";
const FOR = ["--for", "30m", "--reason", "release 7"];
const dir = directory();

let served: ReturnType<typeof start>;
let url = "";

beforeAll(async () => {
  served = start(["local", "--port", "0"], { cwd: dir.path });
  const output = collect(served);
  await until("the account serves", () => /alerts follow/.exec(output().stdout) ?? undefined);
  url = /^export AWS_ENDPOINT_URL=(\S+)$/m.exec(output().stdout)?.[1] ?? "";
});
afterAll(async () => {
  const end = ended(served);
  served.kill("SIGTERM");
  await end;
  dir.remove();
});

const say = (...args: string[]) => run(args, { cwd: dir.path });

async function ask(...args: string[]) {
  const { code, stdout, stderr } = await say(...args, "--json");
  expect({ code, stderr }).toEqual({ code: 0, stderr: `local account ${new URL(url).host}\n` });
  return JSON.parse(stdout);
}

const request = (...more: string[]) => ask("exception", "request", ...more, "--as", "tester");

describe("an exception", () => {
  test("is asked for, refused to its requester, approved by another, and shown", async () => {
    const asked = await request("10.1.2.3", "deploy", "tcp 7002", ...FOR);
    expect(asked).toMatchObject({ state: "requested", groups: [DEPLOY], open: true });
    expect(asked.end - asked.start).toBe(30 * 60_000);
    const own = await say("exception", "approve", asked.id, "--as", "tester");
    expect(own).toEqual({
      code: 2,
      stdout: "",
      stderr: expect.stringMatching(/^refused: .*four eyes/),
    });

    const approved = await say("exception", "approve", asked.id, "--as", "alice", "--note", "go");
    expect(approved).toMatchObject({ code: 0, stderr: "" });
    expect(approved.stdout).toMatch(
      /^local account .*\nx-\w{26} is approved: 10\.1\.2\.3\/32 to deploy/,
    );
    const shown = await say("exception", "show", asked.id);
    expect(shown.stdout).toMatch(/\nReason {4}release 7\n/);
    expect(shown.stdout).toMatch(/ request {6}arn:aws:iam::\d+:user\/tester: release 7\n/);
    expect(shown.stdout).toMatch(/ approve {6}arn:aws:sts::.*\/alice@example\.com: go\n/);
    expect(shown.stdout).not.toMatch(/undefined|\[object/);

    const longer = await ask("exception", "extend", asked.id, ...FOR, "--as", "tester");
    expect(longer).toMatchObject({ extends: asked.id, start: asked.end, state: "requested" });
    await ask("exception", "reject", longer.id, "--as", "bob");
    await ask("exception", "withdraw", asked.id, "--as", "tester");
    const states = (await ask("exception", "list")).map((one: { id: string; state: string }) => [
      one.id,
      one.state,
    ]);
    expect(states).toEqual([
      [longer.id, "rejected"],
      [asked.id, "withdrawn"],
    ]);
    expect((await say("exception", "list")).stdout).toContain(
      `${asked.id}  withdrawn  10.1.2.3/32`,
    );
  });

  test("may be a rule on a group, later, and without opening", async () => {
    const from = `${new Date(Date.now() + 3_600_000).toISOString().slice(0, 16)}Z`;
    const words = ["--rule", "ingress tcp 7002 from 10.1.2.3", "--group", DEPLOY];
    const asked = await request(...words, ...FOR, "--from", from, "--no-open");
    expect(asked).toMatchObject({ rule: RULE, start: Date.parse(from), open: false });
  });

  test("is asked for by the finding of what was closed, and its maker cannot approve it", async () => {
    await createTester({ url, region: "ap-southeast-1" }).authorize(DEPLOY, [CLOSED]);
    const finding = await until("the finding", async () =>
      (await ask("finding", "list")).find(({ rule }: { rule: string }) => rule === CLOSED),
    );
    const asked = await ask("finding", "undo", finding.id, ...FOR, "--as", "alice");
    expect(asked).toMatchObject({ rule: CLOSED, groups: [DEPLOY], finding: finding.id });
    expect(asked.actor.arn).toMatch(/:user\/tester$/);
    const own = await say("exception", "approve", asked.id, "--as", "tester");
    expect(own.stderr).toMatch(/^refused: whoever made the rule cannot approve it/);
    expect(await ask("exception", "approve", asked.id, "--as", "bob")).toMatchObject({ rev: 2 });
  });
});

describe("--watch", () => {
  const lines = (text: string) => text.split("\n").filter(line => line !== "");
  const words = ["10.1.2.3", "deploy", "tcp 7002", ...FOR, "--as", "tester"];
  const watch = (...args: string[]) => {
    const child = start([...args, "--watch", "--json"], { cwd: dir.path });
    return { child, output: collect(child), end: ended(child) };
  };
  const states = (text: string) => lines(text).map(line => JSON.parse(line).state);

  test("of a request waits for the answer, one object a line", async () => {
    const { output, end } = watch("exception", "request", ...words);
    const first = await until("the request", () => lines(output().stdout)[0]);
    await ask("exception", "reject", JSON.parse(first).id, "--as", "bob");
    expect(await end).toBe(0);
    expect(states(output().stdout)).toEqual(["requested", "rejected"]);
  });

  test("of one shows each step until it is over", async () => {
    const { id } = await request(...words.slice(0, -2));
    const { output, end } = watch("exception", "show", id);
    await until("the request", () => lines(output().stdout)[0]);
    await ask("exception", "withdraw", id, "--as", "tester");
    expect(await end).toBe(0);
    expect(states(output().stdout)).toEqual(["requested", "withdrawn"]);
    const text = await run(["exception", "show", id, "--watch"], { cwd: dir.path });
    expect(text).toMatchObject({ code: 0, stdout: expect.stringMatching(/ withdraw /) });
  });

  test("of the list shows what is new, until it is interrupted", async () => {
    const known = (await ask("exception", "list")).length;
    const { child, output, end } = watch("exception", "list");
    await until("the list", () => lines(output().stdout)[known - 1]);
    const { id } = await request(...words.slice(0, -2));
    const line = await until("the request", () => lines(output().stdout)[known]);
    expect(JSON.parse(line)).toMatchObject({ id, state: "requested" });
    child.kill("SIGINT");
    expect(await end).toBe(130);
    await ask("exception", "withdraw", id, "--as", "tester");
  });
});

describe("bad input ends with 2 and changes nothing", () => {
  const words = ["exception", "request"];
  test.concurrent.each<[string, string[], RegExp]>([
    [
      "what a forbid names",
      [...words, "public", "deploy", "tcp", "22", ...FOR],
      /overlaps the forbid/,
    ],
    [
      "what is too long",
      [...words, "10.1.2.3", "deploy", "tcp 22", "--for", "1d", "--reason", "x"],
      /more than the 480/,
    ],
    [
      "every unknown word",
      [...words, "nobody", "deplo", "tcp 80/443", ...FOR],
      /nobody[\s\S]*deploy[\s\S]*80\/443/,
    ],
    ["nothing", [...words, ...FOR], /write FROM TO PORTS/],
    ["a rule without a group", [...words, "--rule", RULE, ...FOR], /--rule and --group/],
    [
      "no duration",
      [...words, "10.1.2.3", "deploy", "tcp 22", "--for", "90s", "--reason", "x"],
      /30m, 2h or 1d/,
    ],
    [
      "no time",
      [...words, "10.1.2.3", "deploy", "tcp 22", ...FOR, "--from", "noon"],
      /2026-11-21T09:00Z/,
    ],
    ["no reason", [...words, "10.1.2.3", "deploy", "tcp 22", "--for", "1h"], /--reason/],
    [
      "half a minute",
      [...words, "10.1.2.3", "deploy", "tcp 22", ...FOR, "--from", "2099-01-01T00:00:30Z"],
      /whole minutes/,
    ],
    [
      "an unknown exception",
      ["exception", "approve", "x-1", "--as", "alice"],
      /there is no exception/,
    ],
    ["an unknown name", ["exception", "approve", "x-1", "--as", "carol"], /one of alice, bob/],
    ["an unknown finding", ["finding", "undo", "f-1", ...FOR], /there is no finding/],
  ])("%s", async (_, args, message) => {
    const { code, stdout, stderr } = await say(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(message);
  });
});

describe("with --aws", () => {
  const env = (name: KeyName, more = {}) => {
    const accessKeyId = accessKeyOf(name);
    return {
      ...{ AWS_ENDPOINT_URL: url, AWS_REGION: "ap-southeast-1", PORTWARD_API_URL: url },
      ...{ AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretOf(accessKeyId), ...more },
    };
  };
  const as = (name: KeyName, args: string[], more = {}) =>
    run([...args, "--aws"], { cwd: dir.path, env: env(name, more) });

  test("steps go through the API, which knows who signs", async () => {
    const words = ["exception", "request", "10.1.2.9", "deploy", "tcp 7002", ...FOR];
    const asked = await as("tester", [...words, "--json"]);
    expect(asked).toMatchObject({ code: 0, stderr: "account 111122223333 ap-southeast-1\n" });
    const { id, requester } = JSON.parse(asked.stdout);
    expect(requester.arn).toMatch(/:user\/tester$/);
    const approved = await as("alice", ["exception", "approve", id, "--note", "go"]);
    expect(approved).toMatchObject({ code: 0, stderr: "" });
    expect(approved.stdout).toMatch(/^account .*\nx-\w{26} is approved: /);
    const longer = await as("tester", ["exception", "extend", id, ...FOR, "--json"]);
    expect(JSON.parse(longer.stdout)).toMatchObject({ extends: id, state: "requested" });
    const other = ["exception", "withdraw", JSON.parse(longer.stdout).id];
    expect((await as("tester", other)).code).toBe(0);
    const late = await as("alice", ["exception", "approve", JSON.parse(longer.stdout).id]);
    expect(late).toMatchObject({ code: 2, stdout: "" });
    expect(late.stderr).toMatch(/^refused: it is withdrawn/);
    expect((await as("tester", ["exception", "withdraw", id])).code).toBe(0);
  });

  test("pauses and holds go through it too", async () => {
    const hold = ["hold", DEPLOY, "--reason", "incident", "--json"];
    const held = await as("alice", hold);
    expect(JSON.parse(held.stdout)).toMatchObject({ kind: "hold", group: DEPLOY });
    expect((await as("alice", ["resume", DEPLOY])).stdout).toMatch(/is resumed/);
    const again = await as("alice", ["resume", DEPLOY]);
    expect(again).toMatchObject({ code: 2, stdout: "" });
    expect(again.stderr).toMatch(/neither paused nor on hold/);
  });

  test.concurrent.each<[string, KeyName, string[], object, number, RegExp]>([
    [
      "no API is configured",
      "alice",
      ["exception", "withdraw", "x-1"],
      { PORTWARD_API_URL: "" },
      2,
      /PORTWARD_API_URL/,
    ],
    [
      "the API is plain HTTP elsewhere",
      "alice",
      ["resume"],
      { PORTWARD_API_URL: "http://192.0.2.1" },
      2,
      /no https address/,
    ],
    ["IAM does not allow the route", "tester", ["resume"], {}, 3, /execute-api:Invoke/],
    [
      "the secret is another's",
      "alice",
      ["resume"],
      { AWS_SECRET_ACCESS_KEY: "wrong" },
      3,
      /answered 403/,
    ],
    [
      "the words are wrong",
      "tester",
      ["exception", "request", "nobody", "deplo", "tcp 1", ...FOR],
      {},
      2,
      /nobody[\s\S]*deploy/,
    ],
    [
      "--as names somebody",
      "alice",
      ["exception", "withdraw", "x-1", "--as", "bob"],
      {},
      2,
      /AWS_PROFILE/,
    ],
  ])("it says so when %s", async (_, name, args, more, code, why) => {
    const ended = await as(name, args, more);
    expect({ code: ended.code, stdout: ended.stdout }).toEqual({ code, stdout: "" });
    expect(ended.stderr).toMatch(why);
  });
});

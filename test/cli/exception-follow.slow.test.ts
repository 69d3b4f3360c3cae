// Exceptions followed with --watch, and asked for through the API as in a real account.
import { describe, expect, test } from "vitest";
import { accessKeyOf, type KeyName, secretOf } from "../../local/identities.ts";
import { collect, ended, run, start, until } from "./run.ts";
import { askingAccount, FOR } from "./served.ts";

const DEPLOY = "sg-0f0a1b2c3d4e50100";
const { dir, url, ask, request } = askingAccount();

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

describe("with --aws", () => {
  const env = (name: KeyName, more = {}) => {
    const accessKeyId = accessKeyOf(name);
    return {
      ...{ AWS_ENDPOINT_URL: url(), AWS_REGION: "ap-southeast-1", PORTWARD_API_URL: url() },
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

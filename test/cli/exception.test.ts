// Exceptions from a terminal beside a running account: who may do what, what is printed, and how each
// command ends.
import { describe, expect, test } from "vitest";
import { createTester } from "../../local/tester.ts";
import { until } from "./run.ts";
import { askingAccount, FOR } from "./served.ts";

const DEPLOY = "sg-0f0a1b2c3d4e50100";
const RULE = "ingress tcp 7002 from 10.1.2.3/32";
/** A rule that no test's exception opens. */
const CLOSED = "ingress tcp 7002 from 10.1.2.4/32";
const { url, ask, say, request } = askingAccount();

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
    await createTester({ url: url(), region: "ap-southeast-1" }).authorize(DEPLOY, [CLOSED]);
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

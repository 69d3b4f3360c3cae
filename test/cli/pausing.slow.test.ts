// pause, hold and resume from a terminal beside a running account.
import { expect, test } from "vitest";
import { servedAccount } from "./served.ts";

const GROUP = "sg-0f0a1b2c3d4e50100";
const { say } = servedAccount();

test("a pause and a hold are said, shown in the status, and ended", async () => {
  const paused = await say("pause", "--for", "2h", "--reason", "migration");
  expect(paused).toMatchObject({ code: 0, stderr: "" });
  expect(paused.stdout).toMatch(/\nevery group is paused until \d{4}-\d\d-\d\d \d\d:\d\d/);
  const held = await say("hold", GROUP, "--reason", "incident", "--json");
  expect(JSON.parse(held.stdout)).toMatchObject({ kind: "hold", group: GROUP, reason: "incident" });
  const status = JSON.parse((await say("status", "--json")).stdout);
  expect(status.pauses).toMatchObject([{ reason: "migration" }]);
  expect(status.holds).toMatchObject([{ group: GROUP, reason: "incident" }]);
  expect((await say("resume", GROUP)).code).toBe(0);
  expect((await say("resume")).stdout).toMatch(/every group is resumed/);
  expect(await say("resume")).toMatchObject({ code: 2, stdout: "" });
});

test.each([
  [["pause", "--for", "25h", "--reason", "x"], /24 hours at most/],
  [["pause", "--reason", "x"], /--for/],
  [["hold", "--reason", "x"], /group/],
  [["hold", "web", "--reason", "x"], /no security group id/],
])("%j ends with 2 and says why", async (args, why) => {
  const answer = await say(...args);
  expect(answer).toMatchObject({ code: 2, stdout: "" });
  expect(answer.stderr).toMatch(why);
});

// alert test from a terminal: beside a running account, and without one.
import { expect, test } from "vitest";
import { run, until } from "./run.ts";
import { servedAccount } from "./served.ts";

const { dir, served } = servedAccount();

test("a test is published, marked as one, and it is said that nobody is subscribed", async () => {
  const answer = await run(["alert", "test"], { cwd: dir.path });
  expect(answer).toMatchObject({ code: 0, stderr: "" });
  expect(answer.stdout).toMatch(
    /^local account .*\npublished "TEST of alerts: nothing happened, .*" to arn:aws:sns:.*\nnobody is/,
  );
  await until(
    "it arrives",
    () => /TEST of alerts: nothing/.exec(served().output().stdout) ?? undefined,
  );
});

test("--json says the topic and who is subscribed", async () => {
  const { stdout } = await run(["alert", "test", "--json"], { cwd: dir.path });
  expect(JSON.parse(stdout)).toMatchObject({
    topic: expect.stringMatching(/^arn:aws:sns:/),
    subject: expect.stringMatching(/^TEST /),
    subscribers: [],
  });
});

test.each([
  ["slack", /"type": "header"[\s\S]*"action_id": "finding:allow:60"[\s\S]*203\.0\.113\.9\/32/],
  ["mail", /^Subject: CLOSED ingress tcp 22[\s\S]*\nReached {3}1 interface, 1 with a public/],
  ["chatbot", /"textType": "client-markdown"/],
  ["webhook", /"source": "portward"/],
])("--print %s shows a sample and needs no account", async (form, shown) => {
  const answer = await run(["alert", "test", "--print", form]);
  expect(answer).toMatchObject({ code: 0, stderr: "" });
  expect(answer.stdout).toMatch(shown);
});

test("an unknown form ends with 2 and names the forms", async () => {
  const answer = await run(["alert", "test", "--print", "fax"]);
  expect(answer).toMatchObject({ code: 2, stdout: "" });
  expect(answer.stderr).toMatch(/slack, mail, chatbot, webhook/);
});

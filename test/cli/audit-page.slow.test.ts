// The page of an audit, written beside a running account.
import { expect, test } from "vitest";
import { createTester } from "../../local/tester.ts";
import { until } from "./run.ts";
import { servedAccount } from "./served.ts";

const DEPLOY = "sg-0f0a1b2c3d4e50100";
const { dir, served, say } = servedAccount();

test("the page of an audit has the matrix, the timeline and what is open by exception", async () => {
  const wish = ["10.1.2.3", "deploy", "tcp 7002", "--for", "30m", "--reason", "release 7"];
  const asked = await say("exception", "request", ...wish, "--as", "tester");
  const id = /x-\w{26}/.exec(asked.stdout)?.[0] ?? "";
  expect(asked.stdout).toMatch(new RegExp(`\nnext: .* portward exception approve ${id}\n$`));
  expect((await say("exception", "approve", id, "--as", "alice")).code).toBe(0);
  const tester = createTester({ url: served().url, region: "ap-southeast-1" });
  await tester.authorize(DEPLOY, ["ingress tcp 22 from 0.0.0.0/0"]);
  await until(
    "it closes",
    async () => (await say("finding", "list")).stdout.match(/CLOSED/) ?? undefined,
  );
  const { stdout } = await say("audit", "--out", "audit.html");
  expect(stdout).toMatch(/\nwritten to audit\.html\nnext: portward status\n$/);
  const page = dir.read("audit.html");
  for (const part of ['id="grid"', 'class="bars"', "ingress tcp 22 from 0.0.0.0/0", id]) {
    expect(page).toContain(part);
  }
  expect(page).toMatch(
    /What the world reaches[\s\S]*funai-api[\s\S]*<b>public<\/b> <code>tcp 80, tcp 443/,
  );
});

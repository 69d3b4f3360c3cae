// From the mail to the open port, in a real browser: whoever follows the link reads, decides with one
// button, and the rule opens; the link is of no use after that.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { decideApproval, showApproval } from "../../functions/api/approvals.ts";
import { askException } from "../../functions/reconcile/exceptions.ts";
import { type Acting, done, startActing } from "../support/acting.ts";
import { faultsOf, openPage, pictureOf, serve, startBrowser } from "./browser.ts";

const RULE = "ingress tcp 7002 from 10.1.2.3/32";

let acting: Acting;
let browser: Browser;
let server: Awaited<ReturnType<typeof serve>>;

beforeAll(async () => {
  acting = await startActing();
  server = await serve((request, response) => void answer(request, response));
  const { aws } = acting.stage;
  Object.assign(aws, { config: { ...aws.config, apiUrl: server.url } });
  browser = await startBrowser();
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
  await acting?.stage.stop();
});

// What API Gateway does: the path's parts, the headers, the body as it came.
async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const token = decodeURIComponent(request.url?.split("/").at(-1) ?? "");
  const headers = Object.entries(request.headers).map(([name, value]) => [name, String(value)]);
  const handler = request.method === "POST" ? decideApproval : showApproval;
  const made = await acting.call(handler, {
    params: { token },
    headers: Object.fromEntries(headers),
    rawBody: Buffer.concat(chunks),
  });
  response.writeHead(made.status, { ...made.headers }).end(made.html);
}

it("an approver follows the link in the mail, approves, and the port opens for an hour", async () => {
  const { stage, identity } = acting;
  const { deploy } = stage.groups;
  const wish = { what: { rule: RULE }, group: deploy, minutes: 60, open: true };
  const asked = await askException(stage.aws, { ...wish, reason: "release" }, identity("tester"));
  const links = acting.linksOf(await acting.mail(done(asked)));

  const page = await openPage(browser, links.alice ?? "");
  expect(await page.locator("h1").innerText()).toBe("Approve this exception?");
  expect(await page.locator("code").first().innerText()).toBe(RULE);
  await page.reload();
  expect((await stage.aws.exceptions.get(done(asked).id))?.state).toBe("requested");

  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.waitForSelector("h1:has-text('Approved')");
  await page.screenshot({ path: pictureOf("approval-story"), fullPage: true });
  expect(await faultsOf(browser, page)).toEqual([]);
  expect((await stage.aws.exceptions.get(done(asked).id))?.state).toBe("approved");

  await stage.later(60);
  await stage.sweep();
  expect(await stage.rules(deploy)).toContain(RULE);

  const again = await page.goto(links.alice ?? "");
  expect([again?.status(), await page.locator("h1").innerText()]).toEqual([
    410,
    "This link was used",
  ]);
  const late = await page.goto(links.bob ?? "");
  expect([late?.status(), await page.locator("h1").innerText()]).toEqual([409, "Already decided"]);
  expect(await page.locator("form").count()).toBe(0);
  await page.context().close();

  await stage.later(60 * 60);
  await stage.sweep();
  expect(await stage.rules(deploy)).not.toContain(RULE);
});

// From the mail to the open port, in a real browser: whoever follows the link reads, decides with one
// button, and the rule opens; the link is of no use after that.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { api } from "../../functions/api/index.ts";
import { routes } from "../../functions/wiring/routes.ts";
import { type Acting, RULE, startActing } from "../support/acting.ts";
import { faultsOf, openPage, pictureOf, startBrowser } from "./browser.ts";

let acting: Acting;
let browser: Browser;

beforeAll(async () => {
  acting = await startActing();
  const { aws, account } = acting.stage;
  Object.assign(aws, { config: { ...aws.config, apiUrl: account.url } });
  account.api.serve(
    api(() => aws),
    { routes },
  );
  browser = await startBrowser();
});
afterAll(async () => {
  await browser?.close();
  await acting?.stage.stop();
});

it("an approver follows the link in the mail, approves, and the port opens for an hour", async () => {
  const { stage } = acting;
  const { deploy } = stage.groups;
  const asked = await acting.ask("tester", 60);
  const links = acting.linksOf(await acting.mail(asked));

  const page = await openPage(browser, links.alice ?? "");
  expect(await page.locator("h1").innerText()).toBe("Approve this exception?");
  expect(await page.locator("code").first().innerText()).toBe(RULE);
  await page.reload();
  expect((await stage.aws.exceptions.get(asked.id))?.state).toBe("requested");

  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.waitForSelector("h1:has-text('Approved')");
  await page.screenshot({ path: pictureOf("approval-story"), fullPage: true });
  expect(await faultsOf(browser, page)).toEqual([]);
  expect((await stage.aws.exceptions.get(asked.id))?.state).toBe("approved");

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

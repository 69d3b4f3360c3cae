// The page behind the link in an approver's mail, in a real browser: without JavaScript, with the
// keyboard alone, for a screen reader, in light and dark; and what hostile text does to it.
import type { IncomingMessage } from "node:http";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { askingPage, decidedPage, outcomePage } from "../../functions/api/page/approval-page.ts";
import { PAGE_HEADERS } from "../../functions/api/page/html.ts";
import { askedOf } from "../support/asked.ts";
import { faultsOf, openPage, pictureOf, serve, startBrowser } from "./browser.ts";

const HOSTILE = [
  `<script>document.title="owned"</script>`,
  `"><img src=x onerror="document.title='owned'">`,
  `</dd></dl><form method=post action=//evil.example><button>Approve</button></form>`,
  "\u202egnorw\u0000 &amp; &#x3c;b&#x3e;",
].join(" ");

const pages: Readonly<Record<string, string>> = {
  asking: askingPage(askedOf()),
  approved: decidedPage("approve", askedOf({ state: "approved" })),
  rejected: decidedPage("reject", askedOf({ state: "rejected" })),
  used: outcomePage("This link was used", "It was used to approve the exception.", askedOf()),
  unknown: outcomePage("No such link", "This link leads nowhere."),
  hostile: askingPage(
    askedOf({
      reason: HOSTILE,
      rule: HOSTILE,
      requester: { kind: "jwt", issuer: HOSTILE, subject: "" },
    }),
  ),
};

interface Sent {
  readonly method: string;
  readonly url: string;
  readonly origin: string | undefined;
  readonly body: string;
}

let browser: Browser;
let server: Awaited<ReturnType<typeof serve>>;
const sent: Sent[] = [];

beforeAll(async () => {
  server = await serve(async (request, response) => {
    sent.push(await sentOf(request));
    const name = request.url?.split("/").at(-1) ?? "";
    response.writeHead(pages[name] ? 200 : 404, PAGE_HEADERS);
    response.end(pages[request.method === "POST" ? "approved" : name] ?? "");
  });
  browser = await startBrowser();
});
beforeEach(() => {
  sent.length = 0;
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

async function sentOf(request: IncomingMessage): Promise<Sent> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { method = "", url = "", headers } = request;
  return { method, url, origin: headers.origin, body: Buffer.concat(chunks).toString() };
}

const open = (name: string, options = {}) =>
  openPage(browser, `${server.url}/approvals/${name}`, options);
const posts = () => sent.filter(({ method }) => method === "POST");

describe("the page of a link", () => {
  it("is decided on with the keyboard alone, without JavaScript, and by its own form only", async () => {
    const page = await open("asking");
    await page.keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Approve");
    await page.keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Reject");
    expect(posts()).toEqual([]);
    await page.keyboard.press("Enter");
    await page.waitForSelector("h1:has-text('Approved')");
    expect(posts()).toEqual([
      { method: "POST", url: "/approvals/asking", origin: server.url, body: "decision=reject" },
    ]);
    await page.context().close();
  });

  it("sends what its button says", async () => {
    const page = await open("asking");
    await page.getByRole("button", { name: "Approve" }).click();
    await page.waitForSelector("h1:has-text('Approved')");
    expect(posts().map(({ body }) => body)).toEqual(["decision=approve"]);
    await page.context().close();
  });

  it("asks for nothing but itself", async () => {
    const page = await open("asking");
    expect(sent.map(({ url }) => url)).toEqual(["/approvals/asking"]);
    await page.context().close();
  });

  it("says what is asked for by its labels", async () => {
    const page = await open("asking");
    const labels = await page.locator("dt").allTextContents();
    expect(labels).toEqual([
      ...["What", "Groups", "From", "Until", "Opening", "Asked by", "Why", "Undoes", "Exception"],
    ]);
    const text = (await page.locator("main").innerText()).replaceAll(/\s+/g, " ");
    for (const fact of [
      "ingress tcp 7002 from 10.1.2.3/32",
      "deploy: funai-deploy (sg-0f0a1b2c3d4e50200)",
      "2026-11-28 09:00 UTC",
      "2026-11-28 10:00 UTC, 1 h",
      "tester (arn:aws:iam::111122223333:user/tester)",
      "release of the deploy service, ticket 4711",
      "ingress tcp 7002 from 10.1.0.0/16 which Portward took back",
      "You decide as alice@example.com",
    ]) {
      expect(text).toContain(fact);
    }
    await page.context().close();
  });
});

describe.each(Object.keys(pages))("the page %s", name => {
  it.each(["light", "dark"] as const)("has no fault that axe finds, in %s", async colorScheme => {
    const page = await open(name, { colorScheme, viewport: { width: 900, height: 800 } });
    await page.screenshot({ path: pictureOf(`approval-${name}-${colorScheme}`), fullPage: true });
    expect(await faultsOf(browser, page)).toEqual([]);
    await page.context().close();
  });

  it("fits a telephone", async () => {
    const page = await open(name, { viewport: { width: 360, height: 740 } });
    await page.screenshot({ path: pictureOf(`approval-${name}-narrow`), fullPage: true });
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(overflow).toBeLessThanOrEqual(0);
    await page.context().close();
  });
});

it("is looked at by axe, which finds what is wrong", async () => {
  const page = await openPage(browser, "data:text/html,<form><input></form><img src=x>");
  const faults = (await faultsOf(browser, page)).map(fault => fault.split(":")[0]);
  expect(faults).toEqual(expect.arrayContaining(["image-alt", "label", "document-title"]));
  await page.context().close();
});

describe("hostile text", () => {
  it("stays text, even where scripts would run", async () => {
    const page = await open("hostile", { javaScriptEnabled: true });
    expect(await page.title()).toBe("Approve an exception? · Portward");
    expect(await page.locator("script, img").count()).toBe(0);
    expect(await page.locator("form").count()).toBe(1);
    expect(await page.locator("button").allTextContents()).toEqual(["Approve", "Reject"]);
    const shown = await page.locator("dd").allTextContents();
    expect(shown.join(" ")).toContain("<script>");
    expect(shown.join(" ")).toContain("\\u{202e}gnorw\\u{0} &amp; &#x3c;b&#x3e;");
    await page.context().close();
  });

  it("runs nothing by the page's policy, were it markup", async () => {
    const page = await open("asking", { javaScriptEnabled: true });
    const problems: string[] = [];
    page.on("console", message => problems.push(message.text()));
    await page.evaluate(() => {
      const script = document.createElement("script");
      script.textContent = "document.title = 'owned'";
      document.body.append(script);
      const style = document.createElement("style");
      style.textContent = "body { display: none }";
      document.body.append(style);
    });
    expect(await page.title()).toBe("Approve an exception? · Portward");
    expect(await page.locator("h1").isVisible()).toBe(true);
    expect(problems.filter(text => /Content Security Policy/.test(text))).toHaveLength(2);
    await page.context().close();
  });
});

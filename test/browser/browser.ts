// A browser for a test file, pages served to it on loopback, and what axe has to say of them.
import { readFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import chromium from "@sparticuz/chromium";
import {
  type Browser,
  type BrowserContextOptions,
  chromium as driver,
  type Page,
} from "playwright-core";

// The package's own list has --single-process, by which a second context ends the browser, and
// --disable-web-security, with which a page's policy would prove nothing.
const ARGS = ["--no-sandbox", "--headless=shell", "--disable-gpu"];

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Starts a browser. */
export async function startBrowser(): Promise<Browser> {
  const executablePath = await chromium.executablePath();
  return driver.launch({ executablePath, args: ARGS, headless: true });
}

/** Opens a page in a context of its own; without JavaScript unless told otherwise. */
export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<Page> {
  const context = await browser.newContext({ javaScriptEnabled: false, ...options });
  const page = await context.newPage();
  await page.goto(url);
  return page;
}

/** What axe finds wrong with a page: one line for each kind of fault. */
export async function faultsOf(browser: Browser, page: Page): Promise<string[]> {
  // Axe is a script, which the page's own policy would keep out: its markup is looked at in a
  // context that takes scripts.
  const colorScheme = (await isDark(page)) ? "dark" : "light";
  const context = await browser.newContext({ bypassCSP: true, colorScheme });
  const copy = await context.newPage();
  await copy.setContent(await page.content());
  await copy.evaluate(axe);
  const faults = await copy.evaluate(async () => {
    const { violations } = await (
      globalThis as unknown as {
        axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
      }
    ).axe.run();
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(node => node.html).join(" ")}`);
  });
  await context.close();
  return faults;
}

const isDark = (page: Page): Promise<boolean> =>
  page.evaluate(() => matchMedia("(prefers-color-scheme: dark)").matches);

/** Serves pages on loopback. */
export async function serve(
  listener: RequestListener,
): Promise<{ url: string; stop(): Promise<void> }> {
  const server = createServer(listener);
  await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    },
  };
}

/** Where pictures of pages go; nothing there is kept in git. */
export const pictureOf = (name: string): string => `.build/browser/${name}.png`;

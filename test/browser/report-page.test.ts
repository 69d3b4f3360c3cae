// The page of an audit in a real browser: the picture read back, two hundred groups, the keyboard, the
// filter, hostile names, what axe says, and that nothing is asked of the network.
import { createHash } from "node:crypto";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type PageInput, pageText } from "../../matrix/audit/page/page.ts";
import { parseMatrix } from "../../matrix/file/parse.ts";
import { findingOf } from "../support/findings.ts";
import { auditFinding, auditReport, HOSTILE } from "../support/reports.ts";
import { seeded, seededCells, seededExceptions, seededFindings } from "../support/seeded-grid.ts";
import { faultsOf, openPage, pictureOf, serve, startBrowser } from "./browser.ts";

const DAY_MS = 86_400_000;
const daysAgo = (days: number) =>
  new Date(Date.parse("2026-11-28T06:00:00Z") - days * DAY_MS).toISOString();

const SEEDED: PageInput = {
  report: auditReport({
    findings: [...seededFindings, ...auditReport().findings.filter(one => one.kind !== "drift")],
  }),
  document: seeded,
  exceptions: seededExceptions,
  findings: Array.from({ length: 40 }, (_, index) =>
    findingOf({
      ...{ id: `f-${index}`, seenAt: daysAgo((index * index) % 31) },
      outcome: index % 5 === 0 ? "left-open" : index % 3 === 0 ? "narrowed" : "closed",
    }),
  ),
};

const hostileNames = HOSTILE.map((_, index) => `name-${index}`);
const HOSTILE_PAGE: PageInput = {
  ...SEEDED,
  report: auditReport({
    findings: HOSTILE.map((text, index) =>
      auditFinding({
        ...{ id: text, group: text, groupName: text, rule: text, because: text },
        ...{ outcome: text, findingId: text, parts: [hostileNames[index] ?? "", text] },
      }),
    ),
    matrix: { name: HOSTILE.join(" "), version: HOSTILE[8] ?? "", mode: "observe" },
    audited: HOSTILE.map(text => ({
      ...{ id: text, name: text, parts: [text], rules: 1, interfaces: 1 },
    })),
    interfaces: HOSTILE.map(text => ({
      ...{ id: text, groups: [text], addresses: [text], description: text, publicAddress: text },
    })),
  }),
  document: {
    ...seeded,
    flows: seeded.flows.map((flow, index) => ({ ...flow, purpose: HOSTILE[index + 8] ?? "" })),
    networks: {},
  },
};

/** Two hundred groups, each of which calls seven others. */
function largePage(): PageInput {
  const count = 200;
  const names = Array.from({ length: count }, (_, index) => `service-${index}`);
  const groups = names.map(
    (name, n) => `  ${name}: { name: ${name}, members: [10.0.${n}.5], egress: listed }`,
  );
  const flows = names.flatMap((name, n) =>
    [1, 2, 3, 5, 8, 13, 21].map(
      (step, k) =>
        `  - { from: ${name}, to: service-${(n + step) % count}, ports: tcp ${8000 + k} }`,
    ),
  );
  const text = ["matrix: large", "groups:", ...groups, "flows:", ...flows].join("\n");
  return {
    document: parseMatrix([{ name: "large.yaml", text }]),
    report: auditReport({
      findings: names.map((name, n) =>
        auditFinding({ id: `a-${n}`, parts: [name], rule: `ingress tcp 22 from 10.0.${n}.9/32` }),
      ),
      audited: names.map(name => ({
        ...{ id: `sg-${name}`, name, parts: [name], rules: 8, interfaces: 1 },
      })),
    }),
  };
}

const sha256 = (text: string) => createHash("sha256").update(text).digest("base64");
const pages: Readonly<Record<string, string>> = {
  seeded: pageText(SEEDED, sha256),
  hostile: pageText(HOSTILE_PAGE, sha256),
  large: pageText(largePage(), sha256),
};

let browser: Browser;
let server: Awaited<ReturnType<typeof serve>>;
const asked: string[] = [];

beforeAll(async () => {
  server = await serve((request, response) => {
    asked.push(request.url ?? "");
    const page = pages[(request.url ?? "").slice(1)];
    response.writeHead(page ? 200 : 404, { "content-type": "text/html; charset=utf-8" });
    response.end(page ?? "");
  });
  browser = await startBrowser();
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

const WIDE = { viewport: { width: 1360, height: 1400 } };

/** Opens a page with its script, and collects whatever the browser complains of. */
async function open(name: string, options: BrowserContextOptions = {}) {
  const context = await browser.newContext({ ...WIDE, ...options });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("console", message => complaints.push(message.text()));
  page.on("pageerror", error => complaints.push(error.message));
  page.on("dialog", dialog => {
    complaints.push(`dialog ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.goto(`${server.url}/${name}`);
  return { page, complaints, close: () => context.close() };
}

/** The cells that are not empty, as people read them. */
const cellsOf = (page: Page): Promise<Record<string, string>> =>
  page.evaluate(() => {
    const grid = document.querySelector<HTMLTableElement>("#grid");
    const heads = [...(grid?.tHead?.rows[0]?.cells ?? [])].map(cell => cell.textContent);
    const rows = [...(grid?.tBodies[0]?.rows ?? [])];
    const cells = rows.flatMap(row =>
      [...row.cells].slice(1).flatMap(cell => {
        const words = [...cell.querySelectorAll("a > span")].map(span => span.textContent);
        const place = `${row.cells[0]?.textContent} > ${heads[Number(cell.dataset.x)]}`;
        return words.length === 0 ? [] : [[place, words.join(" ")] as const];
      }),
    );
    return Object.fromEntries(cells);
  });

it("shows exactly the cells of the seeded matrix", async () => {
  const { page, complaints, close } = await open("seeded");
  expect(await cellsOf(page)).toEqual(seededCells);
  expect(complaints).toEqual([]);
  await close();
});

describe.each(["light", "dark"] as const)("in the %s", colorScheme => {
  it("axe finds nothing wrong, with the panel shut and open", async () => {
    const { page, close } = await open("seeded", { colorScheme });
    await page.screenshot({ path: pictureOf(`report-${colorScheme}`) });
    expect(await faultsOf(browser, page)).toEqual([]);
    await page.click('a[data-of*="exception-0"]');
    await page.screenshot({ path: pictureOf(`report-${colorScheme}-panel`) });
    expect(await faultsOf(browser, page)).toEqual([]);
    await close();
  });
});

it("moves by arrows, opens by Enter, and comes back by Escape", async () => {
  const { page, close } = await open("seeded");
  const focused = () =>
    page.evaluate(() => document.activeElement?.querySelector(".unseen")?.textContent);
  await page.locator('#grid a[tabindex="0"]').focus();
  expect(await focused()).toMatch(/^public to web: /);
  await page.keyboard.press("ArrowRight");
  expect(await focused()).toMatch(/^public to db: drift, forbid all/);
  await page.keyboard.press("Enter");
  expect(await page.textContent("#panel-title")).toBe("public → db");
  expect(await page.textContent("#panel-body")).toContain("ingress tcp 3306 from 0.0.0.0/0");
  expect(await page.textContent("#panel-body")).toContain("internal");
  await page.keyboard.press("Escape");
  expect(await page.isVisible("#panel")).toBe(false);
  expect(await focused()).toMatch(/^public to db/);
  const seen = new Set<string | null | undefined>();
  await page.keyboard.press("Home");
  for (let step = 0; step < 20; step += 1) {
    seen.add(await focused());
    await page.keyboard.press("ArrowRight");
  }
  expect(seen.size).toBe(Object.keys(seededCells).length);
  await close();
});

it("filters to rows and columns with a match, by name, port or letter", async () => {
  const { page, close } = await open("seeded");
  const shown = () => page.locator("#grid tbody a:visible").count();
  const rows = () => page.locator("#grid tbody th:visible").allTextContents();
  await page.keyboard.press("/");
  await page.keyboard.type("drift");
  expect(await page.textContent("#filtered")).toBe("4 of 10 cells match");
  expect(await rows()).toEqual(["public", "office", "web", "ops"]);
  await page.fill("#words", "5432");
  expect(await rows()).toEqual(["web"]);
  await page.fill("#words", "nothing is named so");
  expect(await shown()).toBe(0);
  await page.keyboard.press("Escape");
  expect(await shown()).toBe(Object.keys(seededCells).length);
  await close();
});

it("reads without JavaScript: each cell leads to its flow, and lists stand open", async () => {
  const page = await openPage(browser, `${server.url}/seeded`, WIDE);
  expect(await page.isVisible("#filter")).toBe(false);
  await page.click("#grid tbody a >> nth=0");
  expect(new URL(page.url()).hash).toBe("#flow-0");
  expect(await page.isVisible("#flow-0")).toBe(true);
  await page.context().close();
});

it("shows hostile names as text, and runs none of them", async () => {
  const { page, complaints, close } = await open("hostile");
  expect(complaints).toEqual([]);
  expect(await page.locator("img, iframe, [onerror], [onmouseover], [onfocus]").count()).toBe(0);
  expect(await page.locator("script").count()).toBe(1);
  expect(await page.textContent("main")).toContain("</script><script>alert(1)</script>");
  expect(await faultsOf(browser, page)).toEqual([]);
  await page.screenshot({ path: pictureOf("report-hostile") });
  await close();
});

it("draws two hundred groups in less than two seconds", async () => {
  const { page, complaints, close } = await open("large");
  const drawn = await page.evaluate(
    () =>
      new Promise<number>(resolve => {
        requestAnimationFrame(() => setTimeout(() => resolve(performance.now()), 0));
      }),
  );
  console.log(`200 groups drawn after ${Math.round(drawn)} ms`);
  await page.screenshot({ path: pictureOf("report-large") });
  expect(await page.locator("#grid tbody tr").count()).toBe(201);
  expect(drawn).toBeLessThan(2_000);
  expect(complaints).toEqual([]);
  await page.fill("#words", "service-7 8001");
  expect(await page.textContent("#filtered")).toMatch(/^\d+ of 1\d{3} cells match$/);
  await close();
});

it("asks nothing of the network but itself", () => {
  expect(asked.length).toBeGreaterThan(5);
  expect([...new Set(asked)].toSorted()).toEqual(["/hostile", "/large", "/seeded"]);
});

// The page as text: its policy, its cells, and that hostile text stays text. What a browser makes of
// it is test/browser's.
import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { gridOf } from "../../matrix/audit/page/grid.ts";
import { html } from "../../matrix/audit/page/markup.ts";
import { type PageInput, pageText } from "../../matrix/audit/page/page.ts";
import { findingOf } from "../support/findings.ts";
import { auditReport, HOSTILE, reportArb } from "../support/reports.ts";
import { seeded, seededCells, seededExceptions, seededFindings } from "../support/seeded-grid.ts";

const sha256 = (text: string) => createHash("sha256").update(text).digest("base64");
const page = (input: PageInput) => pageText(input, sha256);

const full: PageInput = {
  report: auditReport({ findings: seededFindings }),
  document: seeded,
  exceptions: seededExceptions,
  findings: [findingOf({ seenAt: "2026-11-27T12:00:00.000Z", id: "f-1" })],
};

/** Tags of the page, everything that opens one. */
const tagsOf = (text: string) => [...text.matchAll(/<([a-z][a-z0-9]*)\b/gi)].map(([, tag]) => tag);

test("only the style and the script whose hashes its policy names may apply", () => {
  const text = page(full);
  const policy = /Content-Security-Policy" content="([^"]*)"/.exec(text)?.[1] ?? "";
  const inner = (tag: string) => new RegExp(`<${tag}>([^]*?)</${tag}>`).exec(text)?.[1] ?? "";
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain(`script-src 'sha256-${sha256(inner("script"))}'`);
  expect(policy).toContain(`style-src 'sha256-${sha256(inner("style"))}'`);
  expect(tagsOf(text).filter(tag => tag === "script" || tag === "style")).toHaveLength(2);
});

test("nothing in it makes a request or holds a handler", () => {
  const text = page(full);
  expect(text).not.toMatch(/\s(?:src|srcset|action|style|on\w+)=/i);
  const links = [...text.matchAll(/href="([^"]*)"/g)].map(([, href]) => href);
  expect(links.length).toBeGreaterThan(10);
  for (const href of links) expect(href).toMatch(/^(?:#|data:,$)/);
});

test("every link leads to something on the page", () => {
  const text = page(full);
  const ids = new Set([...text.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id));
  for (const [, id] of text.matchAll(/href="#([^"]*)"/g)) expect(ids).toContain(id);
  for (const [, list = ""] of text.matchAll(/data-of="([^"]*)"/g)) {
    for (const id of list.split(" ")) expect(ids).toContain(id);
  }
});

test("the grid has a cell wherever a flow, a forbid, an exception or a finding is, and no other", () => {
  const grid = gridOf({ ...full, document: seeded });
  const cells = grid.rows.flatMap(row =>
    grid.columns.flatMap(column =>
      grid.cellAt(row, column) ? [`${row.name} > ${column.name}`] : [],
    ),
  );
  expect(cells.toSorted()).toEqual(Object.keys(seededCells).toSorted());
  expect(grid.rows.map(({ name }) => name)).toEqual([
    ...["public", "office", "办公室", "web", "db", "ops"],
  ]);
});

test("without a matrix and findings it is a page of lists", () => {
  const text = page({ report: auditReport({ findings: [] }) });
  expect(text).toContain("Nothing was found.");
  expect(text).not.toContain('id="grid"');
  expect(text).not.toContain('id="timeline"');
});

test("a template escapes text in elements and attributes, and takes markup as it is", () => {
  const { markup } = html`<p title="${'a"b'}">${"<b>&'"}${html`<i>${1}</i>`}${[html`x`, "<"]}</p>`;
  expect(markup).toBe('<p title="a&quot;b">&lt;b&gt;&amp;&#39;<i>1</i>x&lt;</p>');
});

test("whatever the texts are, the page has the tags of the same page with harmless ones", () => {
  let hostile = 0;
  fc.assert(
    fc.property(reportArb, report => {
      hostile += JSON.stringify(report).includes("<script>") ? 1 : 0;
      const plain = harmless(report);
      const count = (text: string) => tagsOf(text).filter(tag => tag !== "span" && tag !== "br");
      expect(count(page({ report })).toSorted()).toEqual(count(page({ report: plain })).toSorted());
      expect(page({ report })).not.toMatch(/[^\P{Cc}\n]|\p{Cf}|\p{Cs}/u);
    }),
    { numRuns: 60 },
  );
  expect(hostile).toBeGreaterThan(5);
  expect(HOSTILE.length).toBeGreaterThan(10);
});

/** Exchanges each text from outside for a word, the same for the same text. */
function harmless<T>(report: T): T {
  const words = new Map<string, string>([["", ""]]);
  const wordFor = (text: string): string => {
    const word = words.get(text) ?? `w${words.size}`;
    words.set(text, word);
    return word;
  };
  const json = JSON.stringify(report, (key, value: unknown) =>
    typeof value === "string" && !KEPT.has(key) ? wordFor(value) : value,
  );
  return JSON.parse(json);
}

/** What is not from outside, or decides which tags there are. */
const KEPT = new Set(["kind", "severity", "mode", "startedAt", "endedAt", "outcome"]);

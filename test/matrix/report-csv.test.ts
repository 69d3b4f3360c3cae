// The CSV of a report, read back by a reader written from RFC 4180 alone.
import fc from "fast-check";
import { expect, test } from "vitest";
import { cellText, csvText } from "../../matrix/audit/report-csv.ts";
import { auditFinding, auditReport, HOSTILE, reportArb, UNPLAIN } from "../support/reports.ts";

test("has one row of names and one row for each finding, the worst first", () => {
  const [names, ...rows] = readCsv(csvText(auditReport()));
  expect(names?.slice(0, 3)).toEqual(["id", "severity", "kind"]);
  expect(rows.map(([id]) => id)).toEqual([
    ...["a-4", "a-8", "a-3", "a-5", "a-2", "a-6", "a-7", "a-9", "a-1"],
  ]);
  expect(rows[2]).toEqual([
    ...["a-3", "high", "drift", "111122223333", "ap-southeast-1", "sg-0f0a1b2c3d4e50100"],
    ...["funai-deploy", "deploy", "ingress tcp 22 from 0.0.0.0/0", "sgr-0a1b2c3d"],
    "nothing permits it; it breaks the forbid public to deploy all (公网仅在统一入口处放开)",
    ...["f-feci5krfm5sp", "closed", "yes", "no", "2026-11-28T07:00:02.000Z"],
  ]);
});

test.each([
  ["=1+1", "'=1+1"],
  ["+1", "'+1"],
  ["-1", "'-1"],
  ["@x", "'@x"],
  ["  =1", "'  =1"],
  ["\t=1", "'\\u{9}=1"],
  ["\r=1", "'\\u{d}=1"],
  ["＝1", "'＝1"],
  ["a=1", "a=1"],
  ["sg-1", "sg-1"],
])("a cell %j is written %j", (text, cell) => {
  expect(cellText(text)).toBe(cell);
});

test("a cell with quotes, commas and line ends is one cell again when read", () => {
  const finding = auditFinding({ because: 'say "no", twice\r\nor not' });
  const [, row] = readCsv(csvText(auditReport({ findings: [finding] })));
  expect(row?.[10]).toBe('say "no", twice\\u{d}\\u{a}or not');
});

test("whatever the texts are, rows stay rows and no cell begins as a formula", () => {
  let formulas = 0;
  fc.assert(
    fc.property(reportArb, report => {
      formulas += report.findings.filter(one => /^[=+\-@]/.test(one.rule)).length;
      const rows = readCsv(csvText(report));
      expect(rows).toHaveLength(report.findings.length + 1);
      for (const cell of rows.flat()) {
        expect(cell).not.toMatch(/^\s*[=+\-@＝＋－＠\t\r]/u);
        expect(cell).not.toMatch(UNPLAIN);
        expect(cell.length).toBeLessThanOrEqual(1_001);
      }
      for (const row of rows) expect(row).toHaveLength(16);
    }),
  );
  expect(formulas).toBeGreaterThan(10);
  expect(HOSTILE.length).toBeGreaterThan(10);
});

function readCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let at = 0;
  while (at < text.length) {
    const quoted = /"((?:[^"]|"")*)"/y;
    const bare = /[^",\r\n]*/y;
    const reader = text[at] === '"' ? quoted : bare;
    reader.lastIndex = at;
    const [whole = "", inner] = reader.exec(text) ?? [];
    row.push(inner === undefined ? whole : inner.replaceAll('""', '"'));
    at += whole.length;
    if (text.startsWith("\r\n", at)) {
      rows.push(row);
      row = [];
      at += 2;
    } else if (text[at] === ",") at += 1;
    else throw new Error(`no cell ends at ${at}`);
  }
  return rows;
}

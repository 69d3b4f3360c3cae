// The report of a terminal: order, words and width.
import fc from "fast-check";
import { expect, test } from "vitest";
import { widthOf } from "../../matrix/alert/paragraph.ts";
import { tableLines } from "../../matrix/audit/report-table.ts";
import { auditFinding, auditReport, reportArb, UNPLAIN } from "../support/reports.ts";

const textOf = (given: Parameters<typeof auditReport>[0], columns = 100) =>
  tableLines(auditReport(given), columns).map(line => line.text);

test("prints a finding with its rule, group, reason and what became of it", () => {
  const finding = auditFinding({
    outcome: "left-open",
    missed: true,
    because: "nothing permits it",
  });
  expect(textOf({ findings: [finding] })).toEqual([
    "matrix funai-studio version 12, mode enforce",
    "",
    "high      drift  ingress tcp 22 from 0.0.0.0/0",
    "          deploy funai-deploy sg-0f0a1b2c3d4e50100",
    "          nothing permits it",
    "          left open, no event announced it",
    "",
    "6 groups and 24 rules looked at",
    "1 high: 1 drift",
  ]);
});

test("begins with the worst and counts up at the end", () => {
  const lines = tableLines(auditReport());
  expect(lines.flatMap(line => line.severity ?? [])).toEqual([
    ...["critical", "critical", "high", "high", "medium", "medium", "medium", "low", "low"],
  ]);
  expect(lines.slice(-2).map(line => line.text)).toEqual([
    "2 critical, 2 high, 3 medium, 2 low: 1 exposure, 1 drift, 1 missing, 1 unmanaged, 1 candidate, 1",
    "orphan-entry, 1 plumbing, 1 exception, 1 pause",
  ]);
});

test("says when nothing was found, and how to do what the brake holds", () => {
  expect(textOf({ findings: [] }).at(-1)).toBe("nothing found");
  const held = [auditFinding({ held: true }), auditFinding({ id: "a-2" })];
  expect(textOf({ findings: held, planId: "p-1" }).at(-1)).toBe(
    "the brake holds 1 back: `portward audit --apply p-1` does it",
  );
});

test("whatever the texts are, lines are plain and no wider than the terminal", () => {
  let lines = 0;
  fc.assert(
    fc.property(reportArb, fc.integer({ min: 40, max: 120 }), (report, columns) => {
      for (const { text } of tableLines(report, columns)) {
        expect(text).not.toMatch(UNPLAIN);
        expect(widthOf(text)).toBeLessThanOrEqual(columns);
        lines += 1;
      }
    }),
    { numRuns: 50 },
  );
  expect(lines).toBeGreaterThan(500);
});

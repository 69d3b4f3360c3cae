// The computation behind docs/scale.md: checked by hand where that is easy, and against the page.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { scaleTable } from "../../../bench/scale.ts";
import { scaleOf, usual } from "../../../bench/scale-model.ts";

const one = { ...usual, accounts: 1, regions: 1 };
const many = { ...usual, accounts: 1_000, regions: 5 };

describe("the page docs/scale.md", () => {
  it("has the table that npm run scale prints", () => {
    expect(readFileSync("docs/scale.md", "utf8")).toContain(scaleTable());
  });
});

describe("the computation", () => {
  it("is what a pencil comes to for 100 groups", () => {
    const scale = scaleOf({ ...one, groups: 100 }, "apart");
    expect(scale).toMatchObject({ scopes: 1, eventsPerDay: 250, closedPerDay: 2.5, auditReads: 3 });
    // 43,200 sweeps of 15 reads, 720 audits of 130, 1,425 idle events of 3, 75 closings of 10 and 9.
    const reads = 43_200 * 15 + 720 * 130 + 1_425 * 3 + 75 * 10;
    const writes = (75 * 9 + 720 * 5) * 2.5;
    expect(scale.dollars.tables).toBeCloseTo((reads * 0.125 + writes * 0.625) / 1e6, 6);
  });

  it("grows with the scopes, and no faster", () => {
    const [small, large] = [scaleOf(one, "apart"), scaleOf(many, "apart")];
    expect(large.eventsPerDay).toBeCloseTo(small.eventsPerDay * 5_000, 3);
    expect(large.dollarsPerMonth).toBeLessThanOrEqual(small.dollarsPerMonth * 5_000);
    expect(large.auditSeconds).toBe(small.auditSeconds);
  });

  it("saves in a hub what stands in every account and sweeps of where nothing happens", () => {
    const [apart, hub] = [scaleOf(many, "apart"), scaleOf(many, "hub")];
    expect(hub.dollars.alerts).toBe(apart.dollars.alerts);
    for (const what of ["functions", "tables", "queues", "logs", "standing"]) {
      expect(hub.dollars[what], what).toBeLessThan(apart.dollars[what] ?? 0);
    }
    expect(hub.dollars.events).toBeGreaterThan(apart.dollars.events ?? 0);
  });

  it("sweeps in a hub after audits alone where nothing happens", () => {
    const quiet = { ...one, changesPerGroup: 0, attachmentsPerGroup: 0 };
    // 24 sweeps of 15 and 8 reads.
    expect(scaleOf(quiet, "hub").sweepReadsPerSecond).toBeCloseTo((24 * 23) / 86_400, 9);
    expect(scaleOf(quiet, "apart").sweepReadsPerSecond).toBeCloseTo(15 / 60, 9);
  });
});

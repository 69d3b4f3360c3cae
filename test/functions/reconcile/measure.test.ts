// The numbers of a run: how many drifts, how many of them it ended, and how long each was open.
import { describe, expect, it } from "vitest";
import { runMeasures } from "../../../functions/reconcile/measure.ts";
import type { Run } from "../../../functions/reconcile/reconcile.ts";
import type { Finding, Outcome } from "../../../matrix/finding.ts";
import { findingOf, without } from "../../support/findings.ts";

const deps = { config: { stage: "prod" }, clock: () => 7 } as Parameters<typeof runMeasures>[0];
const measuresOf = (findings: readonly Finding[]) => runMeasures(deps, { findings } as Run);
const ended = (...outcomes: Outcome[]) => outcomes.map(outcome => findingOf({ outcome }));

describe("a run", () => {
  it("that met nothing measures nothing", () => {
    expect(measuresOf([])).toEqual({});
  });

  it("tells its numbers with its stage and its time", () => {
    expect(measuresOf(ended("closed"))).toEqual({
      _aws: expect.objectContaining({ Timestamp: 7 }),
      ...{ stage: "prod", Drifts: 1, Reverts: 1, CouldNotClose: 0, SecondsToClose: [11] },
    });
  });

  it("counts what it undid, and what it could not, among all that it met", () => {
    const undone = ended("closed", "narrowed", "restored", "put-back");
    const failed = ended("could-not-close", "could-not-restore");
    const rest = ended("gone", "left-open", "reported");
    expect(measuresOf([...undone, ...failed, ...rest])).toMatchObject({
      ...{ Drifts: 9, Reverts: 4, CouldNotClose: 2 },
    });
  });

  it("measures the seconds only where it is known when a drift began and ended", () => {
    const findings = [
      findingOf({ openedAt: "2026-11-21T12:00:00.000Z", closedAt: "2026-11-21T12:00:02.500Z" }),
      without(findingOf(), "openedAt"),
      without(findingOf(), "closedAt"),
    ];
    expect(measuresOf(findings)).toMatchObject({ SecondsToClose: [2.5] });
  });
});

// The law of exact revert: random groups under random matrices, against an oracle that enumerates
// packets and shares no code with what it checks. PORTWARD_SLOW=1 runs it at full size, PORTWARD_SEED on another seed.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { emptyPlan, type Plan, planFor } from "../../matrix/plan.ts";
import { caseArb } from "../support/arbitraries.ts";
import { checkLaw, type Planner } from "../support/law-check.ts";
import { lawExamples } from "../support/law-examples.ts";
import { seed } from "../support/seed.ts";
import { newTally, shortfalls } from "../support/tally.ts";

const isSlow = process.env.PORTWARD_SLOW === "1";
const numRuns = isSlow ? 10_000 : 250;
const timeout = isSlow ? 1_800_000 : 120_000;

describe("the law", () => {
  it.each(lawExamples)("holds for %s", (_, c) => {
    expect(() => checkLaw(c, newTally())).not.toThrow();
  });

  it(
    `holds for ${numRuns} random groups in every mode`,
    () => {
      const tally = newTally();
      const law = fc.property(caseArb, c => {
        expect(() => checkLaw(c, tally)).not.toThrow();
      });
      fc.assert(law, { numRuns, seed });
      expect(shortfalls(tally)).toEqual([]);
    },
    timeout,
  );
});

const withPlan =
  (change: (plan: Plan) => Plan): Planner =>
  (judgement, mode) =>
    change(planFor(judgement, mode));

const isRemainder = (step: Plan["authorize"][number]) => step.because.kind === "remainder";

const wrongPlanners: [string, Planner][] = [
  ["leaves the last drifted rule open", withPlan(p => ({ ...p, revoke: p.revoke.slice(0, -1) }))],
  ["leaves wide what it must narrow", withPlan(p => ({ ...p, modify: [] }))],
  [
    "revokes what it must narrow",
    withPlan(p => ({ ...p, modify: [], revoke: [...p.revoke, ...p.modify.map(m => m.live)] })),
  ],
  [
    "forgets a remainder",
    withPlan(p => ({ ...p, authorize: p.authorize.filter(a => !isRemainder(a)) })),
  ],
  ["forgets to restore", withPlan(p => ({ ...p, authorize: p.authorize.filter(isRemainder) }))],
  ["does nothing", () => emptyPlan],
  [
    "acts in mode observe",
    (judgement, mode) => planFor(judgement, mode === "observe" ? "revoke" : mode),
  ],
  [
    "restores in mode revoke",
    (judgement, mode) => planFor(judgement, mode === "revoke" ? "enforce" : mode),
  ],
  [
    "revokes a tolerated rule",
    (judgement, mode) => {
      const plan = planFor(judgement, mode);
      const tolerated = judgement.verdicts.flatMap(v => (v.kind === "tolerated" ? [v.live] : []));
      return { ...plan, revoke: [...plan.revoke, ...tolerated] };
    },
  ],
  [
    "authorizes what is open",
    (judgement, mode) => {
      const plan = planFor(judgement, mode);
      const lines = mode === "enforce" ? judgement.policy.required : [];
      const authorize = lines.map(line => ({
        rule: line.rule,
        because: { kind: "required", line } as const,
      }));
      return { ...plan, authorize };
    },
  ],
];

describe("the check of the law", () => {
  it.each(wrongPlanners)(
    "sees a planner that %s",
    (_, planner) => {
      const law = fc.property(caseArb, c => {
        checkLaw(c, newTally(), planner);
        return true;
      });
      expect(fc.check(law, { numRuns: 150, seed, endOnFailure: true }).failed).toBe(true);
    },
    timeout,
  );
});

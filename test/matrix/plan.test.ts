// From a judgement to steps: what is narrowed in place, what is written anew, what a mode leaves out.
import { describe, expect, it } from "vitest";
import type { LiveRule } from "../../matrix/group.ts";
import {
  describePlan,
  emptyPlan,
  isEmpty,
  planFor,
  remainderOf,
  restrict,
} from "../../matrix/plan.ts";
import { formatRule, parseRule, type Rule } from "../../matrix/rules/rule.ts";
import { groupOf, judgeUnder, matrixOf } from "../support/judging.ts";

const rule = (text: string): Rule => {
  const parsed = parseRule(text);
  if (!parsed) throw new Error(`not a rule: ${text}`);
  return parsed;
};
const live = (text: string): LiveRule => ({ rule: rule(text), ruleId: "sgr-1" });

describe("a plan", () => {
  const full = {
    lists: [],
    modify: [
      { live: live("ingress all from 0.0.0.0/0"), to: rule("ingress tcp 22 from 0.0.0.0/0") },
    ],
    authorize: [],
    revoke: [live("ingress tcp 23 from 0.0.0.0/0")],
    withheld: [],
  };

  it("is empty with nothing in any of its lists", () => {
    expect(isEmpty(emptyPlan)).toBe(true);
    expect(isEmpty({ ...emptyPlan, withheld: ["revoke"] })).toBe(true);
    expect(isEmpty({ ...emptyPlan, modify: full.modify })).toBe(false);
    expect(isEmpty({ ...emptyPlan, revoke: full.revoke })).toBe(false);
    expect(
      isEmpty({
        ...emptyPlan,
        authorize: [remainderOf(live("ingress all from ::/0"), rule("ingress tcp 1 from ::/0"))],
      }),
    ).toBe(false);
  });

  it("keeps in revoke what closes and what is left of it, and tells of the rest", () => {
    const flows = ["tcp 443, need: allowed", "tcp 80, need: allowed", "udp 53"];
    const judgement = judgeUnder(
      matrixOf(flows.map(ports => `{ from: 10.0.0.0/8, to: web, ports: ${ports} }`)),
      ["ingress tcp 0-1000 from 0.0.0.0/0"],
    );
    const plan = planFor(judgement, "enforce");
    const revoke = restrict({ ...plan, withheld: ["before"] }, "revoke");
    expect(describePlan(plan)).toEqual([
      "authorize ingress tcp 443 from 10.0.0.0/8",
      "authorize ingress tcp 80 from 10.0.0.0/8",
      "authorize ingress udp 53 from 10.0.0.0/8",
      "revoke ingress tcp 0-1000 from 0.0.0.0/0",
    ]);
    expect(describePlan(revoke)).toEqual([
      "authorize ingress tcp 443 from 10.0.0.0/8",
      "authorize ingress tcp 80 from 10.0.0.0/8",
      "revoke ingress tcp 0-1000 from 0.0.0.0/0",
    ]);
    expect(revoke.withheld).toEqual(["before", "authorize ingress udp 53 from 10.0.0.0/8"]);
    expect(restrict({ ...plan, withheld: ["before"] }, "observe")).toEqual({
      ...emptyPlan,
      withheld: ["before", ...describePlan(plan)],
    });
  });
});

describe("what is left of a rule", () => {
  it("keeps the description that says whose it is", () => {
    const wide = live("ingress all from 0.0.0.0/0");
    const to = rule("ingress tcp 22 from 0.0.0.0/0");
    expect(remainderOf(wide, to)).toStrictEqual({
      rule: to,
      because: { kind: "remainder", of: wide },
    });
    const named = { ...wide, description: "bob's" };
    expect(remainderOf(named, to)).toEqual({
      rule: to,
      description: "bob's",
      because: { kind: "remainder", of: named },
    });
  });

  const needed = [
    "{ from: 0.0.0.0/0, to: web, ports: tcp 22 }",
    "{ from: 10.0.0.0/8, to: web, ports: proto 47, need: allowed }",
  ];
  it("is written anew in enforce where a required rule takes over a part of it", () => {
    const judgement = judgeUnder(matrixOf(needed), ["ingress all from 10.0.0.0/8"]);
    const plan = planFor(judgement, "enforce");
    expect(plan.modify).toEqual([]);
    expect(describePlan(plan)).toEqual([
      "authorize ingress proto 47 from 10.0.0.0/8",
      "authorize ingress tcp 22 from 0.0.0.0/0",
      "revoke ingress all from 10.0.0.0/8",
    ]);
    expect(plan.authorize.map(({ because }) => because.kind)).toEqual(["remainder", "required"]);
    // Nothing is restored in revoke, so that both parts have to stay.
    expect(describePlan(planFor(judgement, "revoke"))).toEqual([
      "authorize ingress tcp 22 from 10.0.0.0/8",
      "authorize ingress proto 47 from 10.0.0.0/8",
      "revoke ingress all from 10.0.0.0/8",
    ]);
  });

  it("is written anew in enforce whatever the order of the flows", () => {
    const judgement = judgeUnder(matrixOf(needed.toReversed()), ["ingress all from 10.0.0.0/8"]);
    const plan = planFor(judgement, "enforce");
    expect(plan.modify).toEqual([]);
    expect(describePlan(plan)).toContain("authorize ingress proto 47 from 10.0.0.0/8");
  });

  it("is nothing in enforce where a required rule takes over all of it", () => {
    const judgement = judgeUnder(matrixOf(needed.slice(0, 1)), ["ingress all from 10.0.0.0/8"]);
    expect(describePlan(planFor(judgement, "enforce"))).toEqual([
      "authorize ingress tcp 22 from 0.0.0.0/0",
      "revoke ingress all from 10.0.0.0/8",
    ]);
    expect(describePlan(planFor(judgement, "revoke"))).toEqual([
      "narrow ingress all from 10.0.0.0/8 to ingress tcp 22 from 10.0.0.0/8",
    ]);
  });

  it("is narrowed in place in enforce where what is restored has nothing to do with it", () => {
    const text = matrixOf([
      "{ from: 10.0.0.0/8, to: web, ports: tcp 22, need: allowed }",
      "{ from: 10.0.0.0/8, to: web, ports: udp 53 }",
    ]);
    const judgement = judgeUnder(text, ["ingress tcp 20-25 from 10.0.0.0/8"]);
    expect(describePlan(planFor(judgement, "enforce"))).toEqual([
      "narrow ingress tcp 20-25 from 10.0.0.0/8 to ingress tcp 22 from 10.0.0.0/8",
      "authorize ingress udp 53 from 10.0.0.0/8",
    ]);
  });

  it("is one rule where two drifts leave it, and the rules stay in their order", () => {
    const text = matrixOf(["{ from: 10.0.0.0/8, to: web, ports: tcp 22, need: allowed }"]);
    const rules = [
      "ingress tcp 22 from 8.0.0.0/5",
      "ingress tcp 20-22 from 10.0.0.0/8",
      "ingress udp 1 from ::/0",
    ];
    const plan = planFor(judgeUnder(text, rules), "revoke");
    expect(plan.modify.map(step => formatRule(step.to))).toEqual([
      "ingress tcp 22 from 10.0.0.0/8",
    ]);
    expect(plan.revoke.map(step => formatRule(step.rule))).toEqual([
      "ingress tcp 22 from 8.0.0.0/5",
      "ingress udp 1 from ::/0",
    ]);
    expect(groupOf(rules).rules).toHaveLength(3);
  });
});

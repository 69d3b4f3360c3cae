// The decision table at the head of matrix/verdict.ts, row by row, and the plan of each.
import { describe, expect, it } from "vitest";
import { because, ruleOfVerdict } from "../../matrix/because.ts";
import { describePlan, planFor } from "../../matrix/plan.ts";
import { formatRule } from "../../matrix/rules/rule.ts";
import { judgeUnder, matrixOf } from "../support/judging.ts";

const offices = matrixOf(
  [
    "{ from: 10.0.0.0/8, to: web, ports: tcp 22, need: allowed }",
    "{ from: 10.0.0.0/9, to: web, ports: tcp 8000-8099, need: allowed }",
    "{ from: 10.128.0.0/9, to: web, ports: tcp 8050-8200, need: allowed }",
    "{ from: public, to: web, ports: tcp 443, need: allowed }",
    "{ from: 192.0.2.0/24, to: web, ports: icmp 8/0, need: allowed }",
    "{ from: 172.16.0.0/12, to: web, ports: tcp 9000, need: advised }",
  ],
  {
    forbid: [
      "{ from: 203.0.113.0/24, to: web, ports: [tcp 22, tcp 9000, tcp 5432], reason: guests }",
    ],
  },
);

describe("one rule", () => {
  it.each([
    ["ingress tcp 22 from 10.0.0.0/8", "permitted", []],
    ["ingress tcp 22 from 10.1.2.3/32", "permitted", []],
    ["ingress tcp 22 from 0.0.0.0/0", "drift", ["narrow to ingress tcp 22 from 10.0.0.0/8"]],
    ["ingress tcp 20-25 from 10.0.0.0/8", "drift", ["narrow to ingress tcp 22 from 10.0.0.0/8"]],
    ["ingress tcp 21 from 10.0.0.0/8", "drift", ["revoke"]],
    ["ingress udp 22 from 10.0.0.0/8", "drift", ["revoke"]],
    ["egress tcp 22 to 10.0.0.0/8", "drift", ["revoke"]],
    ["ingress tcp 8050-8099 from 10.0.0.0/8", "permitted", []],
    ["ingress tcp 443 from 0.0.0.0/0", "permitted", []],
    ["ingress tcp 443 from ::/0", "permitted", []],
    ["ingress tcp 443 from pl-0a1b2c3d", "permitted", []],
    ["ingress tcp 443 from sg-0c2d3e4f@222233334444", "permitted", []],
    ["ingress icmp 8/0 from 192.0.2.0/24", "permitted", []],
    [
      "ingress icmp 8/all from 192.0.2.0/24",
      "drift",
      ["narrow to ingress icmp 8/0 from 192.0.2.0/24"],
    ],
    ["ingress icmp all from 0.0.0.0/0", "drift", ["narrow to ingress icmp 8/0 from 192.0.2.0/24"]],
    ["ingress icmpv6 all from ::/0", "drift", ["revoke"]],
    ["ingress proto 47 from 10.0.0.0/8", "drift", ["revoke"]],
    [
      "ingress tcp 0-65535 from sg-0c2d3e4f",
      "drift",
      ["narrow to ingress tcp 443 from sg-0c2d3e4f"],
    ],
    ["ingress tcp 22 from sg-0c2d3e4f", "drift", ["revoke"]],
    ["ingress tcp 9000 from 198.51.100.0/24", "tolerated", []],
    ["ingress tcp 9000 from 0.0.0.0/0", "drift", ["narrow to ingress tcp 9000 from 172.16.0.0/12"]],
    ["ingress tcp 9000-9001 from 198.51.100.0/24", "drift", ["revoke"]],
    ["egress tcp 9000 to 198.51.100.0/24", "drift", ["revoke"]],
    ["ingress tcp 5432 from 203.0.113.7/32", "drift", ["revoke"]],
  ])("%s is %s", (rule, verdict, steps) => {
    const judgement = judgeUnder(offices, [rule]);
    expect(judgement.verdicts[0]?.kind).toBe(verdict);
    const plan = describePlan(planFor(judgement, "revoke"));
    const expected = steps.map(step =>
      step === "revoke" ? `revoke ${rule}` : step.replace("narrow to", `narrow ${rule} to`),
    );
    expect(plan).toEqual(expected);
  });

  it("says every required rule that it holds by the same permit", () => {
    const flows = [
      "{ from: 10.0.0.0/8, to: web, ports: tcp 1-100, need: allowed }",
      "{ from: 10.1.0.0/16, to: web, ports: tcp 80 }",
      "{ from: 10.1.0.0/16, to: web, ports: tcp 90 }",
    ];
    const kinds = (...rules: string[]) =>
      judgeUnder(matrixOf(flows), rules).verdicts.map(({ kind }) => kind);
    expect(kinds("ingress tcp 1-100 from 10.0.0.0/8")).toEqual(["permitted"]);
    expect(kinds("ingress tcp 85-95 from 10.0.0.0/8")).toEqual(["permitted", "missing"]);
    expect(kinds("ingress tcp 95-99 from 10.0.0.0/8")).toEqual(["permitted", "missing", "missing"]);
  });

  it("is narrowed to several rules, merged where they adjoin", () => {
    const judgement = judgeUnder(offices, ["ingress tcp 8000-8200 from 10.0.0.0/8"]);
    expect(describePlan(planFor(judgement, "revoke"))).toEqual([
      "authorize ingress tcp 8000-8099 from 10.0.0.0/9",
      "authorize ingress tcp 8050-8200 from 10.128.0.0/9",
      "revoke ingress tcp 8000-8200 from 10.0.0.0/8",
    ]);
  });

  it("is permitted by several flows of which no two make up one rule", () => {
    const flows = [
      "10.0.0.0/8, ports: tcp 1-4",
      "10.0.0.0/9, ports: tcp 1-10",
      "10.128.0.0/9, ports: tcp 5-10",
    ].map(flow => `{ from: ${flow.replace(",", ", to: web,")}, need: allowed }`);
    const verdictUnder = (some: string[]) =>
      judgeUnder(matrixOf(some), ["ingress tcp 1-10 from 10.0.0.0/8"]).verdicts[0];
    expect(verdictUnder(flows)).toMatchObject({ kind: "permitted", by: { length: 3 } });
    expect(verdictUnder(flows.slice(0, 2))?.kind).toBe("drift");
    expect(verdictUnder(flows.slice(1))?.kind).toBe("drift");
  });

  it("is permitted by the flow that holds it alone, where one does", () => {
    const text = matrixOf([
      "{ from: 10.0.0.0/8, to: web, ports: tcp 22, need: allowed }",
      "{ from: 10.1.0.0/16, to: web, ports: tcp 20-30, need: allowed }",
    ]);
    const [verdict] = judgeUnder(text, ["ingress tcp 22 from 10.0.0.0/8"]).verdicts;
    expect(verdict).toMatchObject({ kind: "permitted", by: { length: 1 } });
  });

  it("goes without a remainder that another rule lets through already", () => {
    const rules = ["ingress tcp 22 from 10.0.0.0/8", "ingress tcp 22 from 0.0.0.0/0"];
    expect(describePlan(planFor(judgeUnder(offices, rules), "revoke"))).toEqual([
      "revoke ingress tcp 22 from 0.0.0.0/0",
    ]);
  });

  it("is narrowed whole where two drifts leave the same remainder", () => {
    const rules = ["ingress tcp 22 from 8.0.0.0/5", "ingress tcp 22 from 0.0.0.0/0"];
    const plan = planFor(judgeUnder(offices, rules), "revoke");
    expect(plan.modify).toHaveLength(1);
    expect(plan.revoke).toHaveLength(1);
  });

  it("all protocols are narrowed to each protocol that is permitted", () => {
    const judgement = judgeUnder(offices, ["ingress all from 0.0.0.0/0"]);
    const [verdict] = judgement.verdicts;
    expect(verdict?.kind === "drift" && verdict.kept.map(formatRule)).toEqual([
      "ingress tcp 22 from 10.0.0.0/8",
      "ingress tcp 8000-8099 from 10.0.0.0/9",
      "ingress tcp 8050-8200 from 10.128.0.0/9",
      "ingress tcp 443 from 0.0.0.0/0",
      "ingress icmp 8/0 from 192.0.2.0/24",
      "ingress tcp 9000 from 172.16.0.0/12",
    ]);
  });
});

describe("the reason", () => {
  it.each([
    ["ingress tcp 22 from 10.0.0.0/8", "permitted by 10.0.0.0/8 to web tcp 22"],
    ["ingress tcp 21 from 10.0.0.0/8", "port tcp 21, not tcp 22"],
    ["ingress tcp 22 from 192.168.0.0/16", "peer 192.168.0.0/16, not 10.0.0.0/8"],
    ["ingress tcp 22 from 203.0.113.7/32", "breaks the forbid 203.0.113.0/24 to web"],
  ])("of %s says: %s", (rule, reason) => {
    const { verdicts, policy } = judgeUnder(offices, [rule]);
    const [verdict] = verdicts;
    expect(verdict && because(verdict, policy)).toContain(reason);
  });
});

describe("what is required", () => {
  const required = matrixOf(["{ from: 10.0.0.0/8, to: web, ports: tcp 80 443 }"]);

  it.each([
    [[], ["ingress tcp 80 from 10.0.0.0/8", "ingress tcp 443 from 10.0.0.0/8"]],
    [["ingress tcp 80 from 10.0.0.0/8"], ["ingress tcp 443 from 10.0.0.0/8"]],
    [
      ["ingress tcp 80 from 10.0.0.0/9", "ingress tcp 80 from 10.128.0.0/9"],
      ["ingress tcp 443 from 10.0.0.0/8"],
    ],
    [
      ["ingress tcp 80 from 10.0.0.0/9"],
      ["ingress tcp 80 from 10.0.0.0/8", "ingress tcp 443 from 10.0.0.0/8"],
    ],
  ])("beside %j misses %j", (rules, missing) => {
    const { verdicts } = judgeUnder(required, rules);
    const found = verdicts.filter(v => v.kind === "missing").map(v => formatRule(ruleOfVerdict(v)));
    expect(found).toEqual(missing);
  });

  it("is restored in enforce, told in revoke, withheld with all else in observe", () => {
    const judgement = judgeUnder(required, ["ingress tcp 22 from 0.0.0.0/0"]);
    expect(planFor(judgement, "enforce").authorize).toHaveLength(2);
    expect(planFor(judgement, "revoke")).toMatchObject({ authorize: [], withheld: { length: 2 } });
    const observed = planFor(judgement, "observe");
    expect(observed).toMatchObject({
      modify: [],
      authorize: [],
      revoke: [],
      withheld: { length: 3 },
    });
  });
});

// What exceptions permit for a while, and what is required or closed because of them.
import { describe, expect, it } from "vitest";
import type { Exception } from "../../matrix/exception.ts";
import { parseMatrix } from "../../matrix/file/parse.ts";
import { noPins } from "../../matrix/flows/selection.ts";
import { describePlan, isEmpty, planFor } from "../../matrix/plan.ts";
import { groupPolicy, makePolicy } from "../../matrix/policy.ts";
import { parseRule } from "../../matrix/rules/rule.ts";
import { judge } from "../../matrix/verdict.ts";
import { groupOf, judgeUnder, matrixOf } from "../support/judging.ts";

const exception = (id: string, rule: string, given: Partial<Exception> = {}): Exception => ({
  ...{ id, state: "active", start: 0, end: 100, groups: ["sg-0000000a"], open: false },
  ...{ rule, ...given },
});
const matrix = matrixOf(["{ from: 10.0.0.0/9, to: web, ports: tcp 22, need: allowed }"]);
const SSH = "ingress tcp 22 from 10.0.0.0/8";

describe("a rule that the matrix and an exception permit together", () => {
  const half = exception("x-1", "ingress tcp 22 from 10.128.0.0/9");

  it("is excepted by the exception, until its end", () => {
    const { verdicts } = judgeUnder(matrix, [SSH], { exceptions: [half] });
    expect(verdicts).toMatchObject([
      { kind: "excepted", until: 100, by: [{ kind: "exception", id: "x-1" }] },
    ]);
    expect(verdicts).toHaveLength(1);
  });

  it("is excepted until the first of several ends, each named once", () => {
    const quarter = (id: string, rule: string, end: number) => exception(id, rule, { end });
    const exceptions = [
      quarter("x-1", "ingress tcp 22 from 10.128.0.0/10", 300),
      quarter("x-2", "ingress tcp 22 from 10.192.0.0/10", 200),
      quarter("x-3", "ingress tcp 23 from 10.128.0.0/10", 50),
      quarter("x-4", "egress tcp 22 to 10.128.0.0/10", 40),
      exception("x-1", "ingress tcp 22 from 10.128.0.0/11", { end: 300 }),
    ];
    const [verdict] = judgeUnder(matrix, [SSH], { exceptions }).verdicts;
    expect(verdict).toMatchObject({ kind: "excepted", until: 200 });
    expect(verdict?.kind === "excepted" && verdict.by.map(g => "id" in g && g.id)).toEqual([
      "x-1",
      "x-2",
    ]);
  });

  it.each([
    ["another way", exception("x-1", "egress tcp 22 to 10.128.0.0/9")],
    ["another port", exception("x-1", "ingress tcp 23 from 10.128.0.0/9")],
    [
      "nobody who could approve",
      exception("x-1", "ingress tcp 22 from 10.128.0.0/9", { state: "requested" }),
    ],
    ["another time", exception("x-1", "ingress tcp 22 from 10.128.0.0/9", { start: 1 })],
    ["another group", exception("x-1", "ingress tcp 22 from 10.128.0.0/9", { groups: ["sg-1"] })],
  ])("is narrowed to what the matrix permits where the exception is of %s", (_, given) => {
    const judgement = judgeUnder(matrix, [SSH], { exceptions: [given] });
    expect(describePlan(planFor(judgement))).toEqual([
      `narrow ${SSH} to ingress tcp 22 from 10.0.0.0/9`,
    ]);
  });

  it("keeps what the exception permits of a wider one", () => {
    const judgement = judgeUnder(matrix, ["ingress tcp 22 from 0.0.0.0/0"], { exceptions: [half] });
    expect(describePlan(planFor(judgement))).toEqual([
      `narrow ingress tcp 22 from 0.0.0.0/0 to ${SSH}`,
    ]);
  });

  it("is permitted where the matrix needs no exception for it", () => {
    const { verdicts } = judgeUnder(matrix, ["ingress tcp 22 from 10.0.0.0/9"], {
      exceptions: [exception("x-1", "ingress tcp 22 from 10.0.0.0/8")],
    });
    expect(verdicts.map(({ kind }) => kind)).toEqual(["permitted"]);
  });
});

describe("what an exception opens", () => {
  const opening = exception("x-1", "ingress tcp 99-100 from 10.0.0.1/32", { open: true });

  it("is required while it lasts, in enforce only", () => {
    const judgement = judgeUnder(matrix, [], { exceptions: [opening] });
    expect(planFor(judgement, "enforce").authorize).toMatchObject([
      { description: "portward: exception x-1", because: { kind: "required" } },
    ]);
    expect(isEmpty(planFor(judgement, "enforce"))).toBe(false);
    expect(isEmpty(planFor(judgement, "revoke"))).toBe(true);
  });

  const opened = (description: string) => {
    const rule = parseRule("ingress tcp 99-100 from 10.0.0.1/32");
    if (!rule) throw new Error("no rule");
    return {
      ...groupOf(["ingress tcp 98 from 10.0.0.1/32"]),
      rules: [
        ...groupOf(["ingress tcp 98 from 10.0.0.1/32"]).rules,
        { rule, ruleId: "sgr-9", description },
      ],
    };
  };
  const judgeAt = (text: string, description: string, now = 100) => {
    const group = opened(description);
    const document = parseMatrix([{ name: "m.yaml", text }]);
    const policy = groupPolicy(makePolicy(document, noPins), group, {
      ...{ ipv6: true, now },
      exceptions: [{ ...opening, opened: ["ingress tcp 99-100 from 10.0.0.1/32"] }],
    });
    return policy && judge(group, policy);
  };
  const away = "matrix: m\nmode: enforce\ngroups: { db: { name: db } }";

  it("is closed at its end in observe too, and nothing else is", () => {
    const judgement = judgeUnder(matrixOf([], { mode: "observe" }), [], {
      exceptions: [opening],
      now: 100,
    });
    expect(isEmpty(planFor(judgement))).toBe(true);
    const over = judgeAt(matrixOf([], { mode: "observe" }), "portward: exception x-1");
    const plan = over && planFor(over);
    expect(plan?.revoke.map(({ ruleId }) => ruleId)).toEqual(["sgr-9"]);
    expect(plan?.withheld).toEqual(["revoke ingress tcp 98 from 10.0.0.1/32"]);
    const enforced = over && planFor(over, "enforce");
    expect(enforced?.revoke).toHaveLength(2);
    expect(enforced?.withheld).toEqual([]);
    const theirs = judgeAt(matrixOf([], { mode: "observe" }), "somebody's own");
    const left = theirs && planFor(theirs);
    expect(left?.revoke).toEqual([]);
    expect(left?.withheld).toHaveLength(2);
  });

  it("stays in observe where a flow permits a part of it by now", () => {
    const part = matrixOf(["{ from: 10.0.0.1/32, to: web, ports: tcp 99, need: allowed }"], {
      mode: "observe",
    });
    const over = judgeAt(part, "portward: exception x-1");
    expect(over && planFor(over).revoke).toEqual([]);
  });

  it("is closed on a group that no entry governs any more, and nothing else is looked at", () => {
    const over = judgeAt(away, "portward: exception x-1");
    expect(over?.verdicts).toMatchObject([{ kind: "drift", live: { ruleId: "sgr-9" } }]);
    expect(judgeAt(away, "somebody's own")?.verdicts).toEqual([]);
    expect(judgeAt(away, "portward: exception x-1", 99)).toBeUndefined();
  });
});

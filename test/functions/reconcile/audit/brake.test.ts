// What the brake holds back of a judged group, and what is marked for the next audit to know.
import { describe, expect, it } from "vitest";
import {
  brakedPlan,
  hasWork,
  heldBack,
  isHeldBack,
  markable,
  marksOf,
  stepsOf,
  withoutMarks,
} from "../../../../functions/reconcile/audit/brake.ts";
import type { Exception } from "../../../../matrix/exception.ts";
import { describePlan } from "../../../../matrix/plan.ts";
import { formatRule } from "../../../../matrix/rules/rule.ts";
import type { Trigger } from "../../../../matrix/trigger.ts";
import type { Judgement } from "../../../../matrix/verdict.ts";
import { NOW, REGION } from "../../../support/auditing.ts";
import { ACCOUNT, type JudgeOptions, judgeUnder, matrixOf } from "../../../support/judging.ts";
import { listOf } from "../../../support/land.ts";

const PERMITTED = "ingress tcp 443 from 10.0.0.0/8";
const WIDE = "ingress tcp 443 from 10.0.0.0/7";
const SSH = "ingress tcp 22 from 10.1.0.0/16";
const WORLD = "ingress tcp 22 from 0.0.0.0/0";
const LIST = "pl-0a000000000000001";
const BOUNDED = `{ list: ${LIST}, within: [192.0.2.0/24] }`;
const FLOW = "{ from: 10.0.0.0/8, to: web, ports: tcp 443, need: allowed }";
const LISTED = `{ from: ${BOUNDED}, to: web, ports: tcp 443, need: allowed }`;

const plain = matrixOf([FLOW]);
const listed = matrixOf([FLOW, LISTED]);
const holding = (...blocks: string[]): JudgeOptions => {
  const list = listOf(LIST, ...blocks);
  return { lists: { account: ACCOUNT, get: id => (id === LIST ? list : undefined) } };
};

const trigger = (...changes: Trigger["changes"]): Trigger => ({
  ...{ kind: "event", id: "e-1", account: ACCOUNT, region: REGION, changes },
});
const opened = trigger({ kind: "added", groupId: "sg-0000000a", rule: SSH });
const texts = (held: readonly { live: { rule: Parameters<typeof formatRule>[0] } }[]) =>
  held.map(({ live }) => formatRule(live.rule));
const held = (judgement: Judgement, marked: readonly string[], triggers?: Trigger[]) =>
  heldBack(judgement, marksOf(marked), triggers);

describe("the marks of rules", () => {
  it("are the same whatever the order of the rules, and however often each is named", () => {
    const marks = marksOf([SSH, PERMITTED]);
    expect(marks).toHaveLength(24);
    expect(marksOf([PERMITTED, SSH, PERMITTED])).toEqual(marks);
    expect(marksOf([])).toHaveLength(0);
  });
  it("tell what is marked by the beginning of a hash", () => {
    expect(Buffer.from(marksOf([SSH])).toString("hex")).toBe("a47123376164540a31a0cbf6");
  });
  it("without those of some rules are those of the others", () => {
    const marks = marksOf([SSH, PERMITTED, WORLD]);
    expect(withoutMarks(marks, [PERMITTED])).toEqual(marksOf([SSH, WORLD]));
    expect(withoutMarks(marks, [WORLD, SSH])).toEqual(marksOf([PERMITTED]));
    expect(withoutMarks(marks, [WIDE])).toEqual(marks);
    expect(withoutMarks(marks, [SSH, PERMITTED, WORLD])).toHaveLength(0);
  });
});

describe("a drift", () => {
  const judgement = judgeUnder(plain, [PERMITTED, SSH, WORLD]);

  it("is held back where an audit saw the very rule permitted", () => {
    expect(texts(held(judgement, [SSH]))).toEqual([SSH]);
    expect(texts(held(judgement, [PERMITTED, WORLD, SSH]))).toEqual([SSH, WORLD]);
    expect(texts(held(judgement, ["ingress tcp 22 from 10.2.0.0/16"]))).toEqual([]);
  });
  it("is not held before the first audit", () => {
    expect(heldBack(judgement, undefined)).toEqual([]);
    expect(heldBack(judgement, marksOf([]))).toEqual([]);
    const [, ssh] = judgement.verdicts;
    expect(ssh && isHeldBack(judgement, ssh, { marks: undefined, triggers: [] })).toBe(false);
  });
  it("is not held where an event says that it was just made", () => {
    expect(texts(held(judgement, [SSH], [opened]))).toEqual([]);
    const other = trigger({ kind: "added", groupId: "sg-0000000b", rule: SSH });
    expect(texts(held(judgement, [SSH], [other]))).toEqual([SSH]);
  });
  it("is not held where a forbid names it", () => {
    const forbid = ["{ from: 10.1.0.0/16, to: web, ports: tcp 22, reason: never }"];
    const forbidden = judgeUnder(matrixOf([FLOW], { forbid }), [SSH, WORLD]);
    expect(texts(held(forbidden, [SSH]))).toEqual([]);
  });
  it("is not held where its prefix list holds more than it may", () => {
    const rule = `ingress tcp 22 from ${LIST}`;
    const sound = judgeUnder(listed, [rule], holding("192.0.2.0/25"));
    const broken = judgeUnder(listed, [rule], holding("192.0.2.0/24", "203.0.113.0/24"));
    expect(texts(held(sound, [rule]))).toEqual([rule]);
    expect(broken.lists).toHaveLength(1);
    expect(texts(held(broken, [rule]))).toEqual([]);
    const other = "ingress tcp 22 from pl-0a000000000000002";
    const beside = judgeUnder(listed, [rule, SSH, other], holding("203.0.113.0/24"));
    expect(texts(held(beside, [rule, SSH, other]))).toEqual([SSH, other]);
  });
});

describe("what is no drift", () => {
  it("is not held", () => {
    const judgement = judgeUnder(matrixOf(["{ from: 10.0.0.0/8, to: web, ports: tcp 443 }"]), []);
    const marks = marksOf([PERMITTED]);
    expect(heldBack(judgement, marks)).toEqual([]);
    const kept = judgeUnder(plain, [PERMITTED]);
    for (const verdict of [...judgement.verdicts, ...kept.verdicts]) {
      expect(isHeldBack(kept, verdict, { marks, triggers: [] })).toBe(false);
    }
  });
});

describe("the plan of a group", () => {
  const steps = (judgement: Judgement, marked: readonly string[]) => {
    const plan = brakedPlan(judgement, held(judgement, marked), "enforce");
    return { does: describePlan(plan), withheld: plan.withheld };
  };

  it("is as ever where nothing is held", () => {
    const judgement = judgeUnder(plain, [SSH, WIDE]);
    expect(steps(judgement, [])).toEqual({
      does: [`narrow ${WIDE} to ${PERMITTED}`, `revoke ${SSH}`],
      withheld: [],
    });
    const plan = brakedPlan(judgement, [], "observe");
    expect([describePlan(plan), plan.withheld.length]).toEqual([[], 2]);
  });
  it("leaves what is held, and says what it would do with it", () => {
    const judgement = judgeUnder(plain, [SSH, WORLD, WIDE]);
    expect(steps(judgement, [SSH, WIDE])).toEqual({
      does: [`revoke ${WORLD}`],
      withheld: [`narrow ${WIDE} to ${PERMITTED}`, `revoke ${SSH}`],
    });
  });
  it("writes nothing that a held rule lets in as it stands", () => {
    const other = "ingress tcp 443 from 8.0.0.0/5";
    const judgement = judgeUnder(plain, [WIDE, other]);
    expect(steps(judgement, [WIDE]).does).toEqual([`revoke ${other}`]);
  });
  it("names what the mode withholds before what is held", () => {
    const judgement = judgeUnder(plain, [SSH, WORLD]);
    const plan = brakedPlan(judgement, held(judgement, [SSH]), "observe");
    expect(plan.withheld).toEqual([`revoke ${WORLD}`, `revoke ${SSH}`]);
  });
  it("takes from a list what it may not hold, which is never a step of what is held", () => {
    const judgement = judgeUnder(listed, [SSH], holding("203.0.113.0/24"));
    expect(steps(judgement, [SSH])).toEqual({
      does: [`take 203.0.113.0/24 out of ${LIST}`],
      withheld: [`revoke ${SSH}`],
    });
  });
});

describe("the steps of what is held", () => {
  it("are what mode revoke does with these drifts alone", () => {
    const required = matrixOf([FLOW, "{ from: 10.3.0.0/16, to: web, ports: tcp 9000 }"]);
    const judgement = judgeUnder(required, [SSH, WORLD, WIDE]);
    const wide = held(judgement, [WIDE, SSH]);
    expect(stepsOf(judgement, wide)).toEqual([`narrow ${WIDE} to ${PERMITTED}`, `revoke ${SSH}`]);
    expect(stepsOf(judgement, [])).toEqual([]);
  });
  it("write nothing that another rule lets in", () => {
    const judgement = judgeUnder(plain, [PERMITTED, WIDE]);
    expect(stepsOf(judgement, held(judgement, [WIDE]))).toEqual([`revoke ${WIDE}`]);
  });
});

describe("a group", () => {
  it("has work for an audit beside what is held", () => {
    const judgement = judgeUnder(plain, [SSH, WORLD]);
    expect(hasWork(judgement, [])).toBe(true);
    expect(hasWork(judgement, held(judgement, [SSH]))).toBe(true);
    expect(hasWork(judgement, held(judgement, [SSH, WORLD]))).toBe(false);
    expect(hasWork(judgeUnder(plain, [PERMITTED]), [])).toBe(false);
  });
  it("in observe has none", () => {
    expect(hasWork(judgeUnder(matrixOf([FLOW], { mode: "observe" }), [SSH]), [])).toBe(false);
  });
});

describe("a rule", () => {
  it("is marked where it is permitted, or held as long as it stands", () => {
    const judgement = judgeUnder(plain, [PERMITTED, SSH, WORLD]);
    expect(markable(judgement, [])).toEqual([PERMITTED]);
    expect(markable(judgement, held(judgement, [WORLD]))).toEqual([PERMITTED, WORLD]);
  });
  it("is not marked where an exception lets it stand, or it is missing", () => {
    const exception: Exception = {
      ...{ id: "x-1", state: "active", start: NOW - 1, end: NOW + 1, open: true },
      ...{ groups: ["sg-0000000a"], rule: SSH },
    };
    const required = matrixOf(["{ from: 10.3.0.0/16, to: web, ports: tcp 9000 }"]);
    const judgement = judgeUnder(required, [SSH], { exceptions: [exception], now: NOW });
    expect(judgement.verdicts.map(({ kind }) => kind)).toEqual(["excepted", "missing"]);
    expect(markable(judgement, [])).toEqual([]);
  });
  it("of a prefix list is marked where the list is permitted by its name", () => {
    const byName = `ingress tcp 443 from ${LIST}`;
    const named = judgeUnder(listed, [byName], holding("192.0.2.0/25"));
    expect(named.verdicts.map(({ kind }) => kind)).toEqual(["permitted"]);
    expect(markable(named, [])).toEqual([byName]);
    const out = `egress tcp 443 to ${LIST}`;
    const open = judgeUnder(matrixOf([], { egress: "open" }), [out], holding("192.0.2.0/25"));
    expect(markable(open, [])).toEqual([out]);
  });
  it("of a prefix list is not marked where it is permitted by what the list holds", () => {
    const held = judgeUnder(plain, [`ingress tcp 443 from ${LIST}`], holding("10.1.0.0/16"));
    expect(held.verdicts.map(({ kind }) => kind)).toEqual(["permitted"]);
    expect(markable(held, [])).toEqual([]);
  });
});

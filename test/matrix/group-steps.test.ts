// What a mode does about a judged group, told rule by rule: what it closes, narrows, opens or reports.
import { describe, expect, it } from "vitest";
import {
  type Bars,
  closingsOf,
  type GroupSteps,
  isIdle,
  stepsFor,
} from "../../matrix/life/group-steps.ts";
import { parseCidr } from "../../matrix/rules/cidr.ts";
import type { Judgement } from "../../matrix/verdict.ts";
import { ACCOUNT, judgeUnder, matrixOf } from "../support/judging.ts";

const LIST = "pl-0123456789abcdef0";
const block = (text: string) => {
  const cidr = parseCidr(text);
  if (!cidr) throw new Error(`not a block: ${text}`);
  return cidr;
};
const held = {
  ...{ id: LIST, owner: ACCOUNT, state: "modify-complete", version: 1 },
  entries: ["10.0.0.0/16", "10.9.0.0/16", "10.8.0.0/16"].map(block),
};
const lists = { account: ACCOUNT, get: (id: string) => (id === LIST ? held : undefined) };

const RULES = [
  "ingress tcp 22 from 10.0.0.0/8",
  "ingress tcp 23 from 0.0.0.0/0",
  "ingress tcp 440-450 from 10.0.0.0/8",
];
const FLOWS = [
  "{ from: 10.0.0.0/8, to: web, ports: tcp 22 443, need: allowed }",
  "{ from: 10.0.0.0/8, to: web, ports: udp 53 }",
  `{ from: { list: ${LIST}, within: [10.0.0.0/16] }, to: web, ports: tcp 8080, need: allowed }`,
];
const judged = (rules = RULES, flows = FLOWS): Judgement =>
  judgeUnder(matrixOf(flows), rules, { lists });

const close = {
  ...{ rule: "ingress tcp 23 from 0.0.0.0/0", isNew: true },
  because:
    "nothing permits it; nearest flow: 10.0.0.0/8 to web tcp 22, tcp 443; differs in port tcp 23, not tcp 22 and peer 0.0.0.0/0, not 10.0.0.0/8",
};
const cut = {
  ...{ rule: "ingress tcp 440-450 from 10.0.0.0/8", isNew: true },
  because:
    "only a part of it is permitted: ingress tcp 443 from 10.0.0.0/8; nearest flow: 10.0.0.0/8 to web tcp 22, tcp 443; differs in port tcp 440-450, not tcp 443",
};
const narrow = { ...cut, to: ["ingress tcp 443 from 10.0.0.0/8"] };
const open = {
  ...{ rule: "ingress udp 53 from 10.0.0.0/8", isNew: true },
  because: "required by 10.0.0.0/8 to web udp 53, and not open",
};
const loss = `${LIST} loses 10.9.0.0/16, 10.8.0.0/16`;
const none: GroupSteps = {
  ...{ mode: "observe", close: [], narrow: [], open: [], lists: [], report: [], paused: [] },
};
const closing = { close: [close], narrow: [narrow], lists: [loss] };

describe("the steps of a group", () => {
  it("only report in observe", () => {
    const report = [close, cut, open];
    expect(stepsFor(judged(), "observe", undefined)).toEqual({ ...none, report });
  });

  it("close and narrow in revoke, and report what is missing", () => {
    const steps = { ...none, ...closing, mode: "revoke", report: [open] };
    expect(stepsFor(judged(), "revoke", undefined)).toEqual(steps);
  });

  it("close, narrow and open in enforce", () => {
    const steps = { ...none, ...closing, mode: "enforce", open: [open] };
    expect(stepsFor(judged(), "enforce", undefined)).toEqual(steps);
  });

  it.each<[string, Bars, Partial<GroupSteps>]>([
    ["only report under a bar", { bar: "held" }, { report: [close, cut, open] }],
    ["open nothing while openings are held", { hold: "full" }, { ...closing, report: [open] }],
    [
      "tell what a pause keeps open",
      { bar: "paused", isPause: true },
      { report: [close, cut, open], paused: [close.rule, cut.rule] },
    ],
  ])("%s", (_, bars, steps) => {
    const expected = { ...none, ...steps, mode: "enforce" };
    expect(stepsFor(judged(), "enforce", undefined, bars)).toEqual(expected);
  });

  it("close nothing after a pause where the mode only observes", () => {
    const bars = { bar: "paused", isPause: true };
    expect(stepsFor(judged(), "observe", undefined, bars).paused).toEqual([]);
  });

  it("are known where the matrix in force says them already, closed or missing", () => {
    const newness = (before: Judgement) => {
      const { report } = stepsFor(judged(), "observe", before);
      return report.map(({ isNew }) => isNew);
    };
    expect(newness(judged())).toEqual([false, false, false]);
    // It permitted one of them, and required nothing.
    expect(newness(judged(RULES, ["{ from: 0.0.0.0/0, to: web, ports: tcp 23 }"]))).toEqual([
      true,
      false,
      true,
    ]);
  });

  it("are none where the group is as the matrix says", () => {
    const steps = stepsFor(
      judged(["ingress udp 53 from 10.0.0.0/8"], FLOWS.slice(0, 2)),
      "enforce",
      undefined,
    );
    expect(steps).toEqual({ ...none, mode: "enforce" });
    expect(isIdle(steps)).toBe(true);
  });
});

describe("what steps close", () => {
  it("is told by rule, then by list, then what closes after a pause", () => {
    const steps = { ...none, ...closing, open: [open], report: [open], paused: ["paused"] };
    expect(closingsOf(steps)).toEqual([close.rule, cut.rule, loss, "paused"]);
    expect(closingsOf({ ...none, open: [open], report: [open] })).toEqual([]);
  });

  it.each<Partial<GroupSteps>>([
    { close: [close] },
    { narrow: [narrow] },
    { open: [open] },
    { lists: [loss] },
    { report: [cut] },
  ])("is not idle with %j", steps => {
    expect(isIdle(none)).toBe(true);
    expect(isIdle({ ...none, ...steps })).toBe(false);
  });
});

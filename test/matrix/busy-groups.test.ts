// Which groups of a plan are told of, in what order, and which have moved.
import { describe, expect, it } from "vitest";
import type { GroupSteps } from "../../matrix/life/group-steps.ts";
import {
  busyGroups,
  countClosings,
  type GroupPlan,
  isMoved,
  type MatrixPlan,
} from "../../matrix/life/matrix-plan.ts";

const SSH = "ingress tcp 22 from 0.0.0.0/0";
const idle = { close: [], narrow: [], open: [], lists: [], report: [], paused: [] };
const empty: MatrixPlan = {
  ...{ matrix: "m", mode: "revoke", base: 0, modeBefore: null, groups: [] },
  ...{ orphans: [], pinned: [], released: [] },
};

describe("the groups with anything to be told of", () => {
  const step = { rule: SSH, because: "nothing permits it", isNew: true };
  const steps = (own: Partial<GroupSteps>): GroupSteps => ({ mode: "revoke", ...idle, ...own });
  const group = (name: string, own: Partial<GroupPlan>): GroupPlan => ({
    ...{ group: `sg-${name}`, name, parts: ["a"], mode: "revoke", carriers: [] },
    ...{ partsBefore: ["a"], modeBefore: "revoke", now: steps({}), next: null },
    ...own,
  });
  const ofGroups = (...groups: readonly GroupPlan[]) => ({ ...empty, groups });

  it("are told in the order of what they lose, and the others are not", () => {
    const plan = ofGroups(
      group("moved", { mode: "enforce", next: steps({}) }),
      group("still", {}),
      group("later", { next: steps({ close: [step] }) }),
      group("reporting", { now: steps({ report: [step] }), next: steps({ close: [step] }) }),
      group("closing", { now: steps({ close: [step, step], lists: ["pl-1 loses ::/0"] }) }),
      group("paused", { now: steps({ paused: [SSH] }) }),
    );
    const names = busyGroups(plan).map(({ name }) => name);
    expect(names).toEqual(["closing", "paused", "reporting", "later", "moved"]);
    expect(countClosings(plan)).toBe(4);
  });

  it.each<[string, Partial<GroupPlan>, boolean]>([
    ["with the parts and mode it had", {}, false],
    ["with another part", { parts: ["a", "b"] }, true],
    ["with its parts in another order", { parts: ["a", "b"], partsBefore: ["b", "a"] }, true],
    ["with another mode", { mode: "observe" }, true],
    ["that no matrix gave a mode", { mode: "observe", modeBefore: null }, false],
    ["whose part had the name of two", { parts: ["a", "b"], partsBefore: ["ab"] }, true],
    ["whose part has the name of two", { parts: ["ab"], partsBefore: ["a", "b"] }, true],
  ])("are moved or not: one %s", (_, own, isIt) => {
    expect(isMoved(group("one", own))).toBe(isIt);
  });
});

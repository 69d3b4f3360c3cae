// Whose record made a rule, or took it away.
import { describe, expect, it } from "vitest";
import { concerns, makerOf, removerOf } from "../../../functions/reconcile/blame.ts";
import type { Change, Trigger } from "../../../matrix/trigger.ts";
import { ruleOf } from "../../support/deployed.ts";

const GROUP = "sg-0a000000000000001";
const OTHER = "sg-0b000000000000002";
const ID = "sgr-0a000000000000001";
const TEXT = "ingress tcp 22 from 0.0.0.0/0";
const live = { rule: ruleOf(TEXT), ruleId: ID };

const by = (id: string, changes: Change[], more: Partial<Trigger> = {}): Trigger => ({
  ...{ kind: "event", id, account: "111122223333", region: "ap-southeast-1", changes },
  ...more,
});
const maker = (changes: Change[], more?: Partial<Trigger>, rule = live) =>
  makerOf(rule, GROUP, [by("e-1", []), by("e-2", changes, more)])?.id;

describe("the maker of a rule", () => {
  it.each<[string, Change, boolean]>([
    ["adds it by text and id", { kind: "added", groupId: GROUP, ruleId: ID, rule: TEXT }, true],
    ["adds it by text, of whatever group", { kind: "added", rule: TEXT }, true],
    ["adds it by id alone", { kind: "added", ruleId: ID }, true],
    ["changes it to this text", { kind: "changed", ruleId: ID, rule: TEXT }, true],
    [
      "changes it to this content",
      { kind: "changed", ruleId: ID, content: "tcp 22 0.0.0.0/0" },
      true,
    ],
    ["changes it to another", { kind: "changed", ruleId: ID, content: "tcp 23 0.0.0.0/0" }, false],
    ["changes it to who knows what", { kind: "changed", ruleId: ID }, false],
    ["takes it away", { kind: "removed", groupId: GROUP, ruleId: ID, rule: TEXT }, false],
    ["adds it to another group", { kind: "added", groupId: OTHER, rule: TEXT }, false],
    ["adds its text by another id", { kind: "added", ruleId: "sgr-2", rule: TEXT }, false],
    ["adds another text by its id", { kind: "added", ruleId: ID, rule: `${TEXT}2` }, false],
    ["adds who knows what", { kind: "added", groupId: GROUP }, false],
  ])("is whoever %s", (_, change, isMaker) => {
    expect(maker([change])).toBe(isMaker ? "e-2" : undefined);
    const more: Change = { kind: "added", rule: "ingress tcp 1 from 0.0.0.0/0" };
    expect(maker([more, change]), "among other changes").toBe(isMaker ? "e-2" : undefined);
  });

  it("is the first of several", () => {
    const change: Change = { kind: "added", rule: TEXT };
    expect(makerOf(live, GROUP, [by("e-1", [change]), by("e-2", [change])])?.id).toBe("e-1");
  });

  it.each([
    ["egress all to 0.0.0.0/0", GROUP, true],
    ["egress all to ::/0", GROUP, true],
    ["egress all to 10.0.0.0/8", GROUP, false],
    ["ingress all from 0.0.0.0/0", GROUP, false],
    ["egress all to 0.0.0.0/0", OTHER, false],
  ])("of %s is whoever created its group: %s, %s", (text, created, isMaker) => {
    const rule = { ruleId: ID, rule: ruleOf(text) };
    expect(maker([], { createdGroups: [created] }, rule)).toBe(isMaker ? "e-2" : undefined);
  });

  it("is nobody where nobody created the group of a first rule", () => {
    expect(maker([], {}, { ruleId: ID, rule: ruleOf("egress all to 0.0.0.0/0") })).toBeUndefined();
  });
});

describe("the remover of a required rule", () => {
  const required = ruleOf("ingress tcp 22 from 10.0.0.0/8");
  it.each<[string, Change, boolean]>([
    ["takes away just it", { kind: "removed", rule: "ingress tcp 22 from 10.0.0.0/8" }, true],
    ["takes away a wider rule", { kind: "removed", groupId: GROUP, rule: TEXT }, true],
    [
      "takes away a narrower rule",
      { kind: "removed", rule: "ingress tcp 22 from 10.0.0.0/9" },
      false,
    ],
    ["takes it from another group", { kind: "removed", groupId: OTHER, rule: TEXT }, false],
    ["adds it", { kind: "added", rule: TEXT }, false],
    ["takes away who knows what", { kind: "removed", groupId: GROUP, ruleId: ID }, false],
    ["takes away what is no rule", { kind: "removed", rule: "ingress" }, false],
  ])("is whoever %s", (_, change, isRemover) => {
    const triggers = [by("e-1", []), by("e-2", [{ kind: "added", rule: TEXT }, change])];
    expect(removerOf(required, GROUP, triggers)?.id).toBe(isRemover ? "e-2" : undefined);
  });
});

describe("a change", () => {
  it("is of its group, or may be of any where it names none", () => {
    expect(concerns({ kind: "added", groupId: GROUP }, GROUP)).toBe(true);
    expect(concerns({ kind: "added", groupId: OTHER }, GROUP)).toBe(false);
    expect(concerns({ kind: "added" }, GROUP)).toBe(true);
  });
});

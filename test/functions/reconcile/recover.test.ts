// What a crash left: which intents nobody will finish, how they ended, and whose deed it was.
import { describe, expect, it } from "vitest";
import type { RunDeps } from "../../../functions/reconcile/deps.ts";
import { abandoned, recovered, withKnownActor } from "../../../functions/reconcile/recover.ts";
import type { Finding, Intent } from "../../../matrix/finding.ts";
import type { Trigger } from "../../../matrix/trigger.ts";
import { actor, findingOf, triggerOf, without } from "../../support/findings.ts";
import { groupOf } from "../../support/judging.ts";

const MINUTE = 60_000;
const NOW = Date.parse("2026-11-21T12:05:00.000Z");
const deps = { clock: () => NOW } as RunDeps;
const iso = (time: number) => new Date(time).toISOString();

const RULE = "ingress tcp 22 from 0.0.0.0/0";
const drift = findingOf({ rule: RULE, ruleId: "sgr-1" });

/** What a run was about to do at a time. */
const intentAt = (time: number, ...findings: Finding[]): Intent => ({
  ...{ runId: "run-1", groupId: drift.group.id, at: iso(time) },
  ...{ findings, before: [], plan: [] },
});
const trigger = (id: string): Trigger => ({
  ...{ kind: "event", id, account: "111122223333", region: "ap-southeast-1", changes: [] },
});

describe("an intent", () => {
  it("is abandoned when it is older than a minute", () => {
    const [young, old] = [intentAt(NOW - MINUTE), intentAt(NOW - MINUTE - 1)];
    expect(abandoned(deps, [young, old], [])).toEqual([old]);
  });
  it("is abandoned when an event that it was made for is delivered again", () => {
    const findings = [drift, findingOf({ trigger: triggerOf("e-2") })];
    const [mine, other] = [intentAt(NOW, ...findings), intentAt(NOW, drift)];
    expect(abandoned(deps, [mine, other], [trigger("e-2"), trigger("e-3")])).toEqual([mine]);
    expect(abandoned(deps, [mine, other], [trigger("e-3")])).toEqual([]);
  });
});

/** The findings of an intent, read off a group with these rules; their ids are sgr-1, sgr-2, … */
const endedOn = (finding: Finding, ...rules: string[]): Finding[] =>
  recovered(deps, [intentAt(NOW, finding)], groupOf(rules));

describe("the drift of an abandoned intent", () => {
  it("ended when its rule is gone, which is said to have been read off the group", () => {
    const notes = [...drift.notes, expect.stringMatching(/./)];
    expect(endedOn(drift)).toEqual([{ ...drift, closedAt: iso(NOW), notes }]);
  });
  it("goes on while its rule stands", () => {
    expect(endedOn(drift, RULE)).toEqual([]);
  });
  it("ended when only another rule stands, or the same one under another id", () => {
    expect(endedOn(drift, "ingress tcp 80 from 0.0.0.0/0")).toHaveLength(1);
    expect(endedOn({ ...drift, ruleId: "sgr-2" }, RULE)).toHaveLength(1);
  });
  it("goes on under any id where its own was not known", () => {
    expect(endedOn(without(drift, "ruleId"), RULE)).toEqual([]);
  });
  it("goes on where its rule is one of several that stand", () => {
    expect(endedOn(drift, RULE, "ingress tcp 80 from 0.0.0.0/0")).toEqual([]);
  });
  it("ended with its group", () => {
    expect(recovered(deps, [intentAt(NOW, drift)], undefined)).toHaveLength(1);
  });
  it("is told apart from the others of all intents", () => {
    const other = { ...drift, rule: "ingress tcp 80 from 0.0.0.0/0", ruleId: "sgr-9" };
    const intents = [intentAt(NOW, drift, other), intentAt(NOW), intentAt(NOW, other)];
    const rules = recovered(deps, intents, groupOf([RULE])).map(({ rule }) => rule);
    expect(rules).toEqual([other.rule, other.rule]);
  });
});

describe("the missing rule of an abandoned intent", () => {
  const missing = without({ ...drift, kind: "missing" }, "ruleId");
  it("is restored when it stands", () => {
    expect(endedOn(missing, RULE)).toHaveLength(1);
  });
  it("is still missing when it does not", () => {
    expect(endedOn(missing)).toEqual([]);
  });
  it("is over when its group is gone", () => {
    expect(recovered(deps, [intentAt(NOW, missing)], undefined)).toHaveLength(1);
  });
});

describe("a finding whose maker is not known", () => {
  const unknown = without(
    { ...drift, trigger: { kind: "sweep", id: "sweep-1" } },
    "actor",
    "openedAt",
  );
  const from = (...findings: Finding[]) => withKnownActor(unknown, [intentAt(NOW, ...findings)]);
  it("gets him from an intent of the same rule, with his call and its time", () => {
    const { trigger: call, openedAt } = drift;
    expect(from(drift)).toEqual({ ...unknown, actor, trigger: call, openedAt });
  });
  it("gets no time where none was known", () => {
    expect(from(without(drift, "openedAt"))).toStrictEqual({
      ...unknown,
      ...{ actor, trigger: drift.trigger },
    });
  });
  it("gets him from whichever intent knew him", () => {
    expect(from(without(drift, "actor"), drift).actor).toEqual(actor);
  });
  it.each([
    { name: "another rule", other: { ...drift, rule: "ingress tcp 80 from 0.0.0.0/0" } },
    { name: "the rule under another id", other: { ...drift, ruleId: "sgr-2" } },
    { name: "somebody unknown", other: without(drift, "actor") },
  ])("stays as it is where an intent is about $name", ({ other }) => {
    expect(from(other)).toBe(unknown);
  });
  it("stays as it is where there is no intent", () => {
    expect(withKnownActor(unknown, [])).toBe(unknown);
  });
});

describe("a finding whose maker is known", () => {
  it("keeps him, whatever an intent says", () => {
    const alice = { ...drift, actor: { ...actor, name: "alice" } };
    expect(withKnownActor(alice, [intentAt(NOW, drift)])).toBe(alice);
  });
});

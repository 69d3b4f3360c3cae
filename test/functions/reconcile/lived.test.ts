// Drift that was over before it was looked at: an event tells of it, and the group does not show it.
import { describe, expect, it } from "vitest";
import { iso, type Setting } from "../../../functions/reconcile/draft.ts";
import { livedFindings } from "../../../functions/reconcile/lived.ts";
import type { Finding } from "../../../matrix/finding.ts";
import type { Change, Trigger } from "../../../matrix/trigger.ts";
import { actor, findingOf } from "../../support/findings.ts";
import { ACCOUNT, groupOf, judgeUnder, matrixOf } from "../../support/judging.ts";

const GROUP = groupOf([]).id;
const SSH = "ingress tcp 22 from 10.0.0.0/8";
const OUT = "egress tcp 443 to 10.0.0.0/8";
const WORLD = "ingress tcp 22 from 0.0.0.0/0";
const NOW = Date.parse("2026-11-21T12:00:05.000Z");
const MATRIX = matrixOf([
  "{ from: 10.0.0.0/8, to: web, ports: tcp 22 }",
  "{ from: web, to: 10.0.0.0/8, ports: tcp 443 }",
]);

const triggerOf = (id: string, ...changes: Change[]): Trigger => ({
  ...{ kind: "event", id, event: "AuthorizeSecurityGroupIngress", at: NOW - 5_000 },
  ...{ account: ACCOUNT, region: "ap-southeast-1", actor, changes },
});

const OWN_ROLE = `arn:aws:iam::${ACCOUNT}:role/portward-remediate`;
const config = { account: ACCOUNT, region: "ap-southeast-1", ownRoleArns: [OWN_ROLE] };

const settingOf = (...triggers: Trigger[]): Setting => ({
  deps: { config, clock: () => NOW } as never,
  ...{ triggers, matrixVersion: "12", seenAt: NOW - 1_000 },
  ...{ bar: undefined, hold: undefined, marks: undefined },
});

/** What lived, by triggers of these changes, and is not on a group that has these rules. */
function lived(rules: readonly string[], changes: readonly Change[], own: readonly Finding[] = []) {
  const judgement = judgeUnder(MATRIX, rules);
  return livedFindings(settingOf(triggerOf("e-1", ...changes)), judgement, own);
}
const texts = (findings: readonly Finding[]) => findings.map(({ kind, rule }) => `${kind} ${rule}`);

const added = (rule: string, more: Partial<Change> = {}): Change => ({
  ...{ kind: "added", groupId: GROUP, rule, ...more },
});
const removed = (rule: string, ruleId = "sgr-9"): Change => ({
  ...{ kind: "removed", groupId: GROUP, rule, ruleId },
});

describe("a rule that an event tells of", () => {
  it("and that is gone was drift that is over", () => {
    const [finding, ...more] = lived([SSH, OUT], [added(WORLD, { ruleId: "sgr-9" })]);
    expect(finding).toMatchObject({
      ...{ kind: "drift", rule: WORLD, ruleId: "sgr-9", outcome: "gone", after: [], actor },
      ...{ trigger: { id: "e-1" }, openedAt: iso(NOW - 5_000), closedAt: iso(NOW) },
    });
    expect(finding?.notes.at(-1)).toContain("over");
    expect(finding?.notes.length).toBeGreaterThan(1);
    expect(more).toEqual([]);
  });

  it("is laid at the event that tells of it", () => {
    const other = triggerOf("e-0");
    const judgement = judgeUnder(MATRIX, [SSH, OUT]);
    const setting = settingOf(other, triggerOf("e-1", added(WORLD)), other);
    expect(livedFindings(setting, judgement, [])).toMatchObject([{ trigger: { id: "e-1" } }]);
  });

  it("and that stands was not over, under its id or whatever its id", () => {
    const rules = [SSH, OUT, WORLD];
    expect(lived(rules, [added(WORLD, { ruleId: "sgr-3" })])).toEqual([]);
    expect(lived(rules, [added(WORLD)])).toEqual([]);
  });

  it("and that stands under another id was one of its own", () => {
    const [finding] = lived([SSH, OUT, WORLD], [added(WORLD, { ruleId: "sgr-9" })]);
    expect(finding).toMatchObject({ rule: WORLD, ruleId: "sgr-9" });
  });

  it("and that is permitted was no drift", () => {
    expect(lived([SSH, OUT], [added("ingress tcp 22 from 10.1.0.0/16")])).toEqual([]);
  });

  it("is none where the event does not say which, or says nothing that is a rule", () => {
    const unsaid = (ruleId: string): Change => ({ kind: "added", groupId: GROUP, ruleId });
    const changes = [unsaid("sgr-1"), unsaid("sgr-9"), added("anything")];
    expect(lived([SSH, OUT], changes)).toEqual([]);
  });

  it("is of this group where the event names none, and of no other's", () => {
    const unnamed: Change = { kind: "added", rule: WORLD };
    expect(texts(lived([SSH], [unnamed]))).toEqual([`drift ${WORLD}`]);
    expect(lived([SSH], [added(WORLD, { groupId: "sg-0000000b" })])).toEqual([]);
  });

  it("is told once, where the run has a finding of it", () => {
    const changes = [added(WORLD, { ruleId: "sgr-9" })];
    const own = findingOf({ rule: WORLD, ruleId: "sgr-9" });
    expect(lived([SSH], changes, [findingOf(), own])).toEqual([]);
    expect(lived([SSH], changes, [findingOf()])).toHaveLength(1);
  });
});

describe("a rule whose content was changed and changed again", () => {
  const changed = (content: string, ruleId = "sgr-1"): Change => ({
    ...{ kind: "changed", groupId: GROUP, ruleId, content },
  });

  it("has the direction of what stands under its id", () => {
    const finding = { ruleId: "sgr-1", outcome: "gone", actor };
    expect(lived([SSH], [changed("tcp 22 0.0.0.0/0")])).toMatchObject([
      { ...finding, rule: WORLD },
    ]);
    expect(lived([OUT], [changed("icmp 8/0 0.0.0.0/0")])).toMatchObject([
      { ...finding, rule: "egress icmp 8/0 to 0.0.0.0/0" },
    ]);
  });

  it("is not known where nothing stands under its id, or its content is none", () => {
    expect(lived([SSH], [changed("tcp 22 0.0.0.0/0", "sgr-9")])).toEqual([]);
    expect(lived([SSH], [changed("0.0.0.0/0")])).toEqual([]);
    expect(lived([SSH], [changed("")])).toEqual([]);
    const judgement = judgeUnder(MATRIX, [SSH]);
    const rules = judgement.group.rules.map(({ rule }) => ({ rule }));
    const nameless = { ...judgement, group: { ...judgement.group, rules } };
    const { ruleId: _, ...change } = changed("tcp 22 0.0.0.0/0");
    expect(livedFindings(settingOf(triggerOf("e-1", change)), nameless, [])).toEqual([]);
  });
});

describe("a required rule that was taken away", () => {
  it("and stands again under another id was put back by somebody", () => {
    expect(lived([SSH, OUT], [removed(SSH)])).toMatchObject([
      { kind: "missing", rule: SSH, outcome: "gone", closedAt: iso(NOW), actor },
    ]);
  });

  it("may have gone with a wider one", () => {
    expect(texts(lived([SSH, OUT], [removed(WORLD)]))).toEqual([`missing ${SSH}`]);
  });

  it("is the run's own matter where it is still missing", () => {
    expect(lived([OUT], [removed(SSH)])).toEqual([]);
  });

  it("was not where it stands under its id, or where its id is not known", () => {
    expect(lived([SSH, OUT], [removed(SSH, "sgr-1")])).toEqual([]);
    const unknown: Change = { kind: "removed", groupId: GROUP, rule: SSH };
    expect(lived([SSH, OUT], [unknown])).toEqual([]);
  });

  it("was not where another was, or the event does not say which", () => {
    const unsaid: Change = { kind: "removed", groupId: GROUP, ruleId: "sgr-9" };
    expect(lived([SSH, OUT], [removed(WORLD.replace("22", "23")), unsaid])).toEqual([]);
    expect(lived([SSH, OUT], [removed("anything")])).toEqual([]);
  });
});

describe("a call by our own role, of whose run no record was kept,", () => {
  const ours = (...changes: Change[]): Trigger => ({
    ...triggerOf("e-own", ...changes),
    actor: { ...actor, roleArn: OWN_ROLE },
  });
  const unkept = (
    rules: readonly string[],
    trigger: Trigger,
    { matrix = MATRIX, own = [] as readonly Finding[] } = {},
  ) => livedFindings(settingOf(trigger), judgeUnder(matrix, rules), own);

  it("closed what it took away and nothing permits, when it was made, for nobody", () => {
    const found = unkept([SSH, OUT], ours(removed(WORLD)));
    expect(found).toMatchObject([
      {
        ...{ kind: "drift", rule: WORLD, ruleId: "sgr-9", outcome: "narrowed", after: [SSH] },
        ...{ seenAt: iso(NOW - 5_000), closedAt: iso(NOW - 5_000), calls: [`revoke ${WORLD}`] },
        trigger: { id: "e-own" },
      },
    ]);
    expect(found[0]).not.toHaveProperty("actor");
    expect(found[0]).not.toHaveProperty("openedAt");
    expect(found[0]?.notes.at(-1)).toContain("no record");
    expect(found[0]?.notes.length).toBeGreaterThan(1);
  });

  it("left what stands and nothing else", () => {
    const [finding] = unkept([OUT], ours(removed(WORLD)));
    expect(finding).toMatchObject({ outcome: "narrowed", after: [] });
  });

  it("was when the group was read, where its record does not say when", () => {
    const { at: _, ...timeless } = ours(removed(WORLD));
    expect(unkept([SSH, OUT], timeless)).toMatchObject([
      { seenAt: iso(NOW - 1_000), closedAt: iso(NOW - 1_000) },
    ]);
  });

  it("restored what it wrote and the policy requires", () => {
    expect(unkept([SSH, OUT], ours(added(SSH)))).toMatchObject([
      {
        ...{ kind: "missing", rule: SSH, outcome: "restored", calls: [`authorize ${SSH}`] },
        ...{ seenAt: iso(NOW - 5_000), closedAt: iso(NOW - 5_000) },
      },
    ]);
  });

  it.each(["revoke", "observe"])("restored nothing in mode %s", mode => {
    const matrix = MATRIX.replace(/mode: \w+/, `mode: ${mode}`);
    expect(matrix).toContain(`mode: ${mode}`);
    expect(unkept([SSH, OUT], ours(added(SSH)), { matrix })).toEqual([]);
  });

  it.each<[string, Change]>([
    ["took what is permitted", removed(SSH)],
    ["wrote what nothing permits and the group does not show", added(WORLD)],
    ["wrote what nobody requires", added("ingress tcp 22 from 10.1.0.0/16")],
  ])("is no run's where it %s", (_what, change) => {
    expect(unkept([SSH, OUT], ours(change))).toEqual([]);
  });

  it("is accounted for by what this run found", () => {
    const own = [findingOf({ rule: WORLD, ruleId: "sgr-9" })];
    expect(unkept([SSH, OUT], ours(removed(WORLD)), { own })).toEqual([]);
  });
});

// When a read has not caught up with what a trigger says.
import { describe, expect, it } from "vitest";
import { isBehind } from "../../../functions/reconcile/caught-up.ts";
import type { Finding } from "../../../matrix/finding.ts";
import type { SecurityGroup } from "../../../matrix/group.ts";
import type { Change, Trigger } from "../../../matrix/trigger.ts";
import { ruleOf } from "../../support/deployed.ts";
import { APP } from "../../support/facts.ts";
import { findingOf, triggerOf, without } from "../../support/findings.ts";
import { ownPieces } from "../../support/pieces.ts";

const pieces = ownPieces();

const TEXT = "ingress tcp 22 from 0.0.0.0/0";
const CONTENT = "tcp 22 0.0.0.0/0";
const ID = "sgr-0a000000000000001";
const NOON = Date.parse("2026-11-21T12:00:00Z");

const groupOf = (...rules: [id: string, text: string][]): SecurityGroup => ({
  ...APP,
  rules: rules.map(([ruleId, text]) => ({ ruleId, rule: ruleOf(text) })),
});
const bare = groupOf();
const open = groupOf([ID, TEXT]);
const triggerWith = (changes: Change[], more: Partial<Trigger> = {}): Trigger => ({
  ...{ kind: "event", id: "e-9", account: APP.owner, region: "ap-southeast-1", changes, at: NOON },
  ...more,
});
const behind = (
  change: Change | Change[],
  reads: readonly (SecurityGroup | undefined)[],
  known?: readonly Finding[],
) => isBehind(pieces.fresh(), APP.id, [triggerWith([change].flat())], reads, known);

describe("a read", () => {
  it.each<[string, Change, SecurityGroup, boolean]>([
    ["shows a rule that was added", { kind: "added", rule: TEXT }, open, false],
    ["does not show one that was added", { kind: "added", rule: TEXT }, bare, true],
    [
      "shows another rule alone",
      { kind: "added", rule: "ingress tcp 23 from 0.0.0.0/0" },
      open,
      true,
    ],
    ["shows an id that was added", { kind: "added", ruleId: ID }, open, false],
    ["does not show an id that was added", { kind: "added", ruleId: "sgr-2" }, open, true],
    [
      "shows the text under another id alone",
      { kind: "added", ruleId: "sgr-2", rule: TEXT },
      open,
      true,
    ],
    ["shows the new content", { kind: "changed", ruleId: ID, content: CONTENT }, open, false],
    [
      "shows the old content",
      { kind: "changed", ruleId: ID, content: "tcp 23 0.0.0.0/0" },
      open,
      true,
    ],
    ["no more shows a rule that was removed", { kind: "removed", rule: TEXT }, bare, false],
    ["still shows a rule that was removed", { kind: "removed", rule: TEXT }, open, true],
    ["still shows an id that was removed", { kind: "removed", ruleId: ID }, open, true],
    ["no more shows an id that was removed", { kind: "removed", ruleId: ID }, bare, false],
    ["cannot show who knows what", { kind: "added" }, open, false],
    ["cannot show what nobody named", { kind: "removed" }, open, false],
    [
      "shows nothing of another group",
      { kind: "added", groupId: "sg-0b000000000000002", rule: TEXT },
      bare,
      false,
    ],
  ])("that %s", async (_, change, group, isLate) => {
    expect(await behind(change, [group])).toBe(isLate);
  });

  it("is late by one change of several", async () => {
    const changes: Change[] = [
      { kind: "added", rule: TEXT },
      { kind: "added", ruleId: "sgr-2" },
    ];
    expect(await behind(changes, [open])).toBe(true);
  });

  it("of a group that is not there shows what was removed, and nothing else", async () => {
    expect(await behind({ kind: "removed", rule: TEXT }, [undefined])).toBe(false);
    expect(await behind({ kind: "added", rule: TEXT }, [undefined])).toBe(true);
    expect(await behind({ kind: "added" }, [undefined])).toBe(true);
    const others: Change = { kind: "added", groupId: "sg-0b000000000000002" };
    expect(await behind(others, [undefined])).toBe(false);
  });

  it.each([
    ["shows it", [open, bare]],
    ["shows it later", [bare, open]],
  ])("is enough of two, if it %s", async (_, reads) => {
    expect(await behind({ kind: "added", rule: TEXT }, reads)).toBe(false);
    expect(await behind({ kind: "added", rule: TEXT }, [bare, bare])).toBe(true);
  });

  it("is believed where no trigger says anything", async () => {
    expect(await isBehind(pieces.fresh(), APP.id, [], [bare])).toBe(false);
  });
});

describe("what a read does not show", () => {
  const added: Change = { kind: "added", ruleId: ID, rule: TEXT };
  const late = findingOf({
    ...{ ruleId: ID, rule: TEXT, seenAt: "2026-11-21T12:00:01.000Z" },
    group: { id: APP.id, name: APP.name },
  });
  const early: Finding = { ...late, seenAt: "2026-11-21T12:00:00.999Z" };
  const another: Partial<Finding> = { ruleId: "sgr-0a000000000000002" };

  it.each<[string, Change, Partial<Finding>, boolean]>([
    ["the same rule, seen a second later", added, late, true],
    ["the same rule, seen earlier", added, early, false],
    [
      "the same rule, seen earlier by this event",
      added,
      { ...early, trigger: triggerOf("e-9") },
      true,
    ],
    ["the same text of another id", added, { ...late, ...another }, false],
    [
      "the same text of another id, as missing",
      added,
      { ...late, ...another, kind: "missing" },
      true,
    ],
    ["another text of the same id", added, { ...late, rule: `${TEXT.replace("22", "23")}` }, false],
    [
      "the text, where the event has no id",
      { kind: "added", rule: TEXT },
      { ...late, ...another },
      true,
    ],
    ["the id, where the event has no text", { kind: "added", ruleId: ID }, late, true],
    ["the content", { kind: "changed", ruleId: ID, content: CONTENT }, late, true],
    ["other content", { kind: "changed", ruleId: ID, content: "udp 22 0.0.0.0/0" }, late, false],
  ])("is dealt with by a finding of %s", async (_, change, finding, isDone) => {
    const aws = pieces.fresh();
    const triggers = [triggerWith([change])];
    const whole = { ...late, ...finding } as Finding;
    expect(await isBehind(aws, APP.id, triggers, [bare], [whole]), "at hand").toBe(!isDone);
    await aws.findings.record(whole, NOON);
    expect(await isBehind(aws, APP.id, triggers, [bare]), "that is kept").toBe(!isDone);
  });

  it("is dealt with by a finding that saw this event later, too", async () => {
    const aws = pieces.fresh();
    const kept = await aws.findings.record(early, NOON);
    await aws.findings.add(kept, { ...early, trigger: triggerOf("e-9") });
    expect(await isBehind(aws, APP.id, [triggerWith([added])], [bare])).toBe(false);
  });

  it("is dealt with by any finding, where nobody knows when it happened", async () => {
    const trigger = triggerWith([added]);
    delete trigger.at;
    expect(await isBehind(pieces.fresh(), APP.id, [trigger], [bare], [early])).toBe(false);
  });

  it("is dealt with by what a run is about to record", async () => {
    const aws = pieces.fresh();
    const at = "2026-11-21T12:00:01.000Z";
    const intent = { runId: "r-1", groupId: APP.id, at, findings: [late], before: [], plan: [] };
    await aws.intents.put(intent);
    expect(await isBehind(aws, APP.id, [triggerWith([added])], [bare])).toBe(false);
  });

  it("needs each change dealt with, by whichever finding", async () => {
    const aws = pieces.fresh();
    const second: Change = { kind: "added", rule: "ingress tcp 23 from 0.0.0.0/0" };
    const triggers = [triggerWith([added]), triggerWith([second], { id: "e-10" })];
    expect(await isBehind(aws, APP.id, triggers, [bare], [late])).toBe(true);
    const other = without({ ...late, rule: "ingress tcp 23 from 0.0.0.0/0" }, "ruleId");
    await aws.findings.record(other, NOON);
    expect(await isBehind(aws, APP.id, triggers, [bare], [late])).toBe(false);
  });

  it("asks the stores for nothing where what is at hand is enough", async () => {
    const aws = pieces.fresh();
    const before = pieces.account.calls.list().length;
    await isBehind(aws, APP.id, [triggerWith([added])], [bare], [late]);
    expect(pieces.account.calls.list()).toHaveLength(before);
  });
});

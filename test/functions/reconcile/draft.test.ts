// A drift as a finding before its end is known: what it is, where, and who made it.
import { describe, expect, it } from "vitest";
import {
  type Drifted,
  draftFinding,
  draftListFinding,
  type Setting,
  startId,
} from "../../../functions/reconcile/draft.ts";
import type { Exception } from "../../../matrix/exception.ts";
import type { Finding } from "../../../matrix/finding.ts";
import type { PrefixList } from "../../../matrix/group.ts";
import { parseCidr } from "../../../matrix/rules/cidr.ts";
import type { Trigger } from "../../../matrix/trigger.ts";
import type { Judgement } from "../../../matrix/verdict.ts";
import { actor } from "../../support/findings.ts";
import { ACCOUNT, type JudgeOptions, judgeUnder, matrixOf } from "../../support/judging.ts";
import { eventOf, NOON, settingOf } from "../../support/settings.ts";

const WORLD = "ingress tcp 22 from 0.0.0.0/0";
const NEEDED = "ingress tcp 443 from 10.9.0.0/16";
const matrix = matrixOf([
  "{ from: 10.0.0.0/9, to: web, ports: tcp 22, need: allowed }",
  "{ from: 10.9.0.0/16, to: web, ports: tcp 443, need: required }",
]);

/** The one drift, or missing rule, of a group with these rules. */
function draftOf(
  rules: readonly string[],
  setting: Partial<Setting> = {},
  options: JudgeOptions = {},
  change = (judgement: Judgement): Judgement => judgement,
): Finding {
  const judgement = change(judgeUnder(matrix, rules, options));
  const drifted = judgement.verdicts.filter(
    (verdict): verdict is Drifted => verdict.kind === "drift" || verdict.kind === "missing",
  );
  const [verdict] = drifted;
  if (!verdict || drifted.length > 1) throw new Error(`${drifted.length} drifts`);
  return draftFinding(settingOf(setting), judgement, verdict);
}

describe("the draft of a rule that nothing permits", () => {
  it("says what it is, where it was seen, and by which matrix", () => {
    const draft = draftOf([NEEDED, "ingress tcp 23 from 0.0.0.0/0"]);
    expect(draft).toEqual({
      ...{ id: "", occurrence: 0, kind: "drift", account: ACCOUNT, region: "ap-southeast-1" },
      group: { id: "sg-0000000a", name: "web", vpcId: "vpc-0000000a" },
      ...{
        parts: ["web"],
        mode: "enforce",
        rule: "ingress tcp 23 from 0.0.0.0/0",
        ruleId: "sgr-2",
      },
      ...{ after: [], because: draft.because, trigger: { kind: "sweep", id: "" } },
      ...{ outcome: "closed", seenAt: "2026-11-21T12:00:00.000Z", calls: [], owed: [] },
      notes: [expect.stringContaining("connections opened through it")],
      matrixVersion: "12",
    });
    expect(draft.because).toContain("nothing permits it");
  });

  it("says what is left of it", () => {
    const after = ["ingress tcp 22 from 10.0.0.0/9"];
    expect(draftOf([NEEDED, WORLD])).toMatchObject({ rule: WORLD, after, outcome: "narrowed" });
  });

  it("names no rule id and no VPC where there is none", () => {
    const bare = draftOf([NEEDED, WORLD], {}, {}, judgement => ({
      ...judgement,
      group: { ...judgement.group, vpcId: "" },
      verdicts: judgement.verdicts.map(verdict =>
        verdict.kind === "drift" ? { ...verdict, live: { rule: verdict.live.rule } } : verdict,
      ),
    }));
    expect(bare).not.toHaveProperty("ruleId");
    expect(bare.group).toEqual({ id: "sg-0000000a", name: "web" });
  });

  it("names whoever made it, whatever else caused the run", () => {
    const other = eventOf([], { id: "e-0", at: NOON - 60_000 });
    const made = eventOf([{ kind: "added", rule: WORLD }]);
    expect(draftOf([NEEDED, WORLD], { triggers: [other, made] })).toMatchObject({
      trigger: {
        ...{ kind: "event", id: "e-1", event: "AuthorizeSecurityGroupIngress" },
        at: "2026-11-21T11:59:50.000Z",
      },
      ...{ actor, openedAt: "2026-11-21T11:59:50.000Z" },
    });
  });

  it("names nobody where the record that made it names nobody, or no time", () => {
    const { actor: _, at: __, event: ___, ...bare } = eventOf([{ kind: "added", rule: WORLD }]);
    const draft = draftOf([NEEDED, WORLD], { triggers: [bare] });
    expect(draft.trigger).toEqual({ kind: "event", id: "e-1" });
    expect(draft).not.toHaveProperty("actor");
    expect(draft).not.toHaveProperty("openedAt");
  });

  it("names what caused the run, and nobody, where no record made it", () => {
    const draft = draftOf([NEEDED, WORLD], { triggers: [eventOf([])] });
    expect(draft.trigger).toMatchObject({ kind: "event", id: "e-1" });
    expect(draft).not.toHaveProperty("actor");
    expect(draft).not.toHaveProperty("openedAt");
  });
});

describe("the draft of what an exception let stand", () => {
  const over: Exception = {
    ...{ id: "x-1", state: "active", start: 0, end: 100, groups: ["sg-0000000a"], open: false },
    rule: "ingress tcp 23 from 0.0.0.0/0",
  };
  const rules = [NEEDED, "ingress tcp 23 from 0.0.0.0/0"];
  const options = { exceptions: [over], now: 100 };

  it("is laid at its end", () => {
    const draft = draftOf(rules, { triggers: [eventOf([])] }, options);
    expect(draft.trigger).toEqual({ kind: "exception", id: "x-1-end", event: "end" });
    expect(draft.because).toMatch(/^exception x-1 is over; nothing permits it/);
  });

  it("is laid at whoever opened it anew", () => {
    const made = eventOf([{ kind: "added", rule: "ingress tcp 23 from 0.0.0.0/0" }]);
    const draft = draftOf(rules, { triggers: [made] }, options);
    expect(draft.trigger).toMatchObject({ kind: "event", id: "e-1" });
    expect(draft.because).toMatch(/^nothing permits it/);
    expect(draft.actor).toEqual(actor);
  });
});

describe("the draft of a missing rule", () => {
  const taken = eventOf([{ kind: "removed", rule: NEEDED }]);

  it("says what is to be restored, and who took it away", () => {
    const draft = draftOf([], { triggers: [taken] });
    expect(draft).toMatchObject({
      ...{ kind: "missing", rule: NEEDED, outcome: "restored", after: [], notes: [] },
      ...{ actor, trigger: { kind: "event", id: "e-1" }, openedAt: "2026-11-21T11:59:50.000Z" },
    });
    expect(draft.because).toMatch(/^required by .* and not open$/);
    expect(draft).not.toHaveProperty("ruleId");
  });

  it("names nobody where no record took it away", () => {
    expect(draftOf([], { triggers: [eventOf([])] })).not.toHaveProperty("actor");
  });

  it.each<[string, Partial<Exception>, Trigger[], Finding["trigger"]]>([
    [
      "at its start",
      { state: "approved" },
      [],
      { kind: "exception", id: startId("x-1"), event: "start" },
    ],
    ["later on", { state: "active" }, [], { kind: "sweep", id: "" }],
    [
      "at its start, but taken away",
      { state: "approved" },
      [eventOf([{ kind: "removed", rule: "ingress tcp 99 from 10.0.0.1/32" }], { id: "e-2" })],
      expect.objectContaining({ kind: "event", id: "e-2" }),
    ],
  ])("of an exception is laid at it: %s", (_, given, triggers, expected) => {
    const exception: Exception = {
      ...{ id: "x-1", state: "active", start: 0, end: 100, groups: ["sg-0000000a"], open: true },
      ...{ rule: "ingress tcp 99 from 10.0.0.1/32", ...given },
    };
    const draft = draftOf([NEEDED], { triggers }, { exceptions: [exception], now: 1 });
    expect(draft).toMatchObject({ kind: "missing", rule: "ingress tcp 99 from 10.0.0.1/32" });
    expect(draft.trigger).toEqual(expected);
  });
});

describe("the draft of a prefix list", () => {
  const list: PrefixList = {
    ...{ id: "pl-0a1b2c3d", owner: ACCOUNT, state: "modify-complete", version: 3 },
    entries: [],
  };
  const extra = ["192.0.2.0/24", "198.51.100.0/24"].flatMap(text => parseCidr(text) ?? []);
  const draftOfList = (triggers: Trigger[]) =>
    draftListFinding(settingOf({ triggers }), judgeUnder(matrix, [NEEDED]), {
      ...{ list, extra, back: [] },
    });

  it("says what it holds that it may not", () => {
    const blocks = "192.0.2.0/24, 198.51.100.0/24";
    const draft = draftOfList([]);
    expect(draft).toMatchObject({
      ...{ kind: "prefix-list", rule: `pl-0a1b2c3d holds ${blocks}`, outcome: "put-back" },
      ...{ group: { id: "sg-0000000a" }, trigger: { kind: "sweep", id: "" } },
    });
    expect(draft.because).toContain(blocks);
  });

  it("names whoever changed a list, and nobody else", () => {
    const open = eventOf([]);
    const { event: _, ...unnamed } = open;
    const change = eventOf([], { id: "e-2", event: "ModifyManagedPrefixList" });
    expect(draftOfList([open, change])).toMatchObject({ actor, trigger: { id: "e-2" } });
    const draft = draftOfList([open, unnamed]);
    expect(draft.trigger).toMatchObject({ id: "e-1" });
    expect(draft).not.toHaveProperty("actor");
  });
});

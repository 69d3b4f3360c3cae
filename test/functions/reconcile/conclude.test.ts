// How a drift ended, by what EC2 answered and by the last state.
import { describe, expect, it } from "vitest";
import { marksOf } from "../../../functions/reconcile/audit/brake.ts";
import { conclude, concludeList } from "../../../functions/reconcile/conclude.ts";
import type { Drifted, Setting } from "../../../functions/reconcile/draft.ts";
import { newProgress, type Progress } from "../../../functions/reconcile/progress.ts";
import type { Mode } from "../../../matrix/document.ts";
import type { Finding } from "../../../matrix/finding.ts";
import type { PrefixList } from "../../../matrix/group.ts";
import { parseCidr } from "../../../matrix/rules/cidr.ts";
import type { Judgement } from "../../../matrix/verdict.ts";
import { ruleOf } from "../../support/deployed.ts";
import { ACCOUNT, judgeUnder, matrixOf } from "../../support/judging.ts";
import { eventOf, settingOf } from "../../support/settings.ts";

const WORLD = "ingress tcp 22 from 0.0.0.0/0";
const PART = "ingress tcp 22 from 10.0.0.0/9";
const OPEN = "ingress tcp 23 from 0.0.0.0/0";
const NEEDED = "ingress tcp 443 from 10.9.0.0/16";
const AT_ONE = "2026-11-21T12:00:01.000Z";

const judged = (mode: Mode, ...rules: string[]): Judgement => {
  const flows = [
    "{ from: 10.0.0.0/9, to: web, ports: tcp 22, need: allowed }",
    "{ from: 10.9.0.0/16, to: web, ports: tcp 443, need: required }",
  ];
  return judgeUnder(matrixOf(flows, { mode }), rules);
};

interface Story {
  readonly mode?: Mode;
  readonly rules?: readonly string[];
  /** What stands at the end, in place of what stood at first. */
  readonly last?: readonly string[];
  readonly setting?: Partial<Setting>;
  readonly progress?: Partial<Progress>;
}

/** The end of the one drift of a group. */
function endOf({
  mode = "enforce",
  rules = [NEEDED, OPEN],
  last = rules,
  ...more
}: Story): Finding {
  const judgement = judged(mode, ...rules);
  const drifted = judgement.verdicts.filter(
    (verdict): verdict is Drifted => verdict.kind === "drift" || verdict.kind === "missing",
  );
  const [verdict] = drifted;
  if (!verdict || drifted.length > 1) throw new Error(`${drifted.length} drifts`);
  const progress = { ...newProgress(), ...more.progress };
  const setting = settingOf(more.setting);
  return conclude(setting, { judgement, verdict }, progress, judged(mode, ...last));
}

const key = `sgr-2 ${OPEN}`;
const wide = `sgr-2 ${WORLD}`;

describe("a rule that was revoked", () => {
  it("is closed, with the calls that name it and the note about its connections", () => {
    const calls = [
      "revoke ingress tcp 1 from 0.0.0.0/0",
      `revoke ${OPEN}`,
      "revoke sgr-2 by id",
      "modify sgr-1",
    ];
    const end = endOf({
      ...{ last: [NEEDED], progress: { revoked: new Set([key]), calls, failures: ["x"] } },
    });
    expect(end).toMatchObject({ outcome: "closed", after: [], owed: [], closedAt: AT_ONE });
    expect(end.calls).toEqual([`revoke ${OPEN}`, "revoke sgr-2 by id"]);
    expect(end.notes).toEqual([expect.stringContaining("connections opened through it")]);
    expect(end).not.toHaveProperty("held");
  });

  it("is closed although the last read still shows it", () => {
    expect(endOf({ progress: { revoked: new Set([key]) } }).outcome).toBe("closed");
  });

  it("is closed by us where EC2 did not say whose revoke it was", () => {
    const taken = new Map([[key, { ruleId: "sgr-2", rule: ruleOf(OPEN) }]]);
    expect(endOf({ last: [NEEDED], progress: { taken } }).outcome).toBe("closed");
  });

  it("is gone where somebody else was first", () => {
    const end = endOf({ last: [NEEDED] });
    expect(end).toMatchObject({ outcome: "gone", closedAt: AT_ONE });
    expect(end.notes).toHaveLength(1);
  });

  it("is gone where its id has other content by now", () => {
    expect(endOf({ last: [NEEDED, WORLD] }).outcome).toBe("gone");
  });
});

describe("a rule of which something is left", () => {
  const rules = [NEEDED, WORLD];
  it("is narrowed to it", () => {
    const calls = [`authorize ${PART}`, `revoke ${WORLD}`, `authorize ${NEEDED}`];
    const end = endOf({ rules, progress: { narrowed: new Set([wide]), calls } });
    expect(end).toMatchObject({ outcome: "narrowed", after: [PART], owed: [], closedAt: AT_ONE });
    expect(end.calls).toEqual([`authorize ${PART}`, `revoke ${WORLD}`]);
  });

  it("owes it where it could not be written", () => {
    const because = { kind: "remainder", of: { rule: ruleOf(WORLD) } } as const;
    const owed = new Map([
      [PART, { rule: ruleOf(PART), because }],
      [NEEDED, { rule: ruleOf(NEEDED), because }],
    ]);
    const end = endOf({ rules, last: [NEEDED], progress: { revoked: new Set([wide]), owed } });
    expect(end).toMatchObject({ outcome: "narrowed", after: [], owed: [PART] });
  });
});

describe("a rule that stands", () => {
  const failures = ["revoke: InternalError: no"];

  it("could not be closed, and why", () => {
    const end = endOf({ progress: { failures, taken: new Map() } });
    expect(end).toMatchObject({ outcome: "could-not-close", after: [], notes: failures });
    expect(end).not.toHaveProperty("closedAt");
  });

  it("could not be closed in mode revoke, whatever is on hold", () => {
    const story = { mode: "revoke", setting: { hold: "on hold" }, progress: { failures } } as const;
    expect(endOf(story)).toMatchObject({ outcome: "could-not-close", notes: failures });
  });

  it.each<[string, Story, string[]]>([
    ["the mode is observe", { mode: "observe" }, []],
    ["the run may not write", { setting: { bar: "paused" } }, ["paused"]],
    ["neither", { mode: "observe", setting: { bar: "paused" } }, ["paused"]],
  ])("is left open where %s", (_, story, notes) => {
    const end = endOf({ ...story, rules: [NEEDED, WORLD], progress: { failures } });
    expect(end).toMatchObject({ outcome: "left-open", after: [], notes });
    expect(end).not.toHaveProperty("closedAt");
    expect(end).not.toHaveProperty("held");
  });

  it("that the run may not close is closed where somebody did", () => {
    expect(endOf({ last: [NEEDED], setting: { bar: "paused" } })).toMatchObject({
      ...{ outcome: "gone", closedAt: AT_ONE },
    });
  });

  describe("as an audit saw it permitted", () => {
    const marks = marksOf([OPEN]);

    it("is held back", () => {
      const end = endOf({ setting: { marks }, progress: { failures } });
      expect(end).toMatchObject({ outcome: "left-open", held: true });
      expect(end.notes).toEqual([expect.stringMatching(/^held back: /)]);
      expect(end).not.toHaveProperty("closedAt");
    });

    it("is not held back where it was just made", () => {
      const triggers = [eventOf([{ kind: "added", rule: OPEN }])];
      const end = endOf({ setting: { marks, triggers }, progress: { failures } });
      expect(end).toMatchObject({ outcome: "could-not-close", notes: failures });
      expect(end).not.toHaveProperty("held");
    });

    it("is not held back once it is gone", () => {
      const end = endOf({ last: [NEEDED], setting: { marks } });
      expect(end).toMatchObject({ outcome: "gone" });
      expect(end).not.toHaveProperty("held");
    });
  });
});

describe("a missing rule", () => {
  const failures = ["authorize: InternalError: no"];
  const rules = [PART];

  it("is restored where this run wrote it", () => {
    const calls = [`authorize ${NEEDED}`, `authorize ${PART}`];
    const end = endOf({ rules, progress: { wrote: new Set([NEEDED]), calls, failures } });
    expect(end).toMatchObject({ outcome: "restored", closedAt: AT_ONE, notes: [], after: [] });
    expect(end.calls).toEqual([`authorize ${NEEDED}`]);
  });

  it("is gone where somebody else wrote it", () => {
    expect(endOf({ rules, last: [PART, NEEDED] })).toMatchObject({ outcome: "gone" });
  });

  it("is gone where only another rule is missing", () => {
    const judgement = judged("enforce", PART);
    const [, verdict] = judgement.verdicts;
    if (verdict?.kind !== "missing") throw new Error("not missing");
    const other = {
      ...verdict,
      line: { ...verdict.line, rule: ruleOf("ingress tcp 1 from ::/0") },
    };
    const last = { ...judgement, verdicts: [other] };
    const end = conclude(settingOf(), { judgement, verdict }, newProgress(), last);
    expect(end.outcome).toBe("gone");
  });

  it("could not be restored, and why", () => {
    const end = endOf({ rules, progress: { failures } });
    expect(end).toMatchObject({ outcome: "could-not-restore", notes: failures });
    expect(end).not.toHaveProperty("closedAt");
  });

  it.each<[string, Story, Finding["outcome"], string[]]>([
    ["mode is revoke", { mode: "revoke" }, "reported", []],
    ["mode is observe", { mode: "observe" }, "left-open", []],
    ["restoring is on hold", { setting: { hold: "on hold" } }, "reported", ["on hold"]],
    ["run may not write", { setting: { bar: "paused" } }, "left-open", ["paused"]],
    [
      "run may not write and restoring is on hold",
      { setting: { bar: "paused", hold: "on hold" } },
      "left-open",
      ["paused", "on hold"],
    ],
  ])("is left as it is where the %s", (_, story, outcome, notes) => {
    const end = endOf({ ...story, rules, progress: { failures } });
    expect(end).toMatchObject({ outcome, notes });
    expect(end).not.toHaveProperty("closedAt");
  });
});

describe("a prefix list that held more than it may", () => {
  const blocks = ["192.0.2.0/24"].flatMap(text => parseCidr(text) ?? []);
  const list: PrefixList = {
    ...{ id: "pl-0a1b2c3d", owner: ACCOUNT, state: "create-complete", version: 1 },
    entries: blocks,
  };
  const drift = { list, extra: blocks, back: [] };
  const other = { ...drift, list: { ...list, id: "pl-0a1b2c3e" } };
  const put = new Set([list.id]);

  it.each<[string, Partial<Progress>, Mode, string | undefined, boolean, Finding["outcome"]]>([
    ["is put back", { narrowed: put }, "enforce", undefined, false, "put-back"],
    ["could not be put back", {}, "enforce", undefined, true, "could-not-close"],
    ["was put back by somebody else", {}, "revoke", undefined, false, "gone"],
    ["is left where the mode is observe", {}, "observe", undefined, true, "left-open"],
    ["is left where the run may not write", {}, "enforce", "paused", true, "left-open"],
    ["is gone although the mode is observe", {}, "observe", undefined, false, "gone"],
    ["was put back before a pause", { narrowed: put }, "enforce", "paused", false, "put-back"],
  ])("%s", (_, given, mode, bar, isStanding, outcome) => {
    const calls = [`take 192.0.2.0/24 out of ${list.id}`, "take 192.0.2.0/24 out of pl-0a1b2c3e"];
    const progress = { ...newProgress(), calls, failures: ["no"], ...given };
    const judgement = judged(mode, NEEDED);
    const last = { ...judgement, lists: isStanding ? [other, drift] : [other] };
    const end = concludeList(settingOf({ bar }), judgement, drift, { progress, last });
    const failures = outcome === "could-not-close" ? ["no"] : [];
    expect(end).toMatchObject({ kind: "prefix-list", outcome, calls: calls.slice(0, 1) });
    expect(end.notes).toEqual([...failures, ...(bar === undefined ? [] : [bar])]);
    expect("closedAt" in end).toBe(!isStanding);
  });
});

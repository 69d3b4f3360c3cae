// The findings of a run: its own, those an interrupted run left, and what was over before it could end it,
// as far as nobody else accounts for it.
import { beforeEach, describe, expect, it } from "vitest";
import type { Met } from "../../../functions/reconcile/conclude.ts";
import { iso, type Setting } from "../../../functions/reconcile/draft.ts";
import { gather } from "../../../functions/reconcile/gather.ts";
import { keyOf, newProgress, type Progress } from "../../../functions/reconcile/progress.ts";
import type { Settled } from "../../../functions/reconcile/settle.ts";
import type { Finding, Intent } from "../../../matrix/finding.ts";
import type { Trigger } from "../../../matrix/trigger.ts";
import type { Judgement, ListDrift } from "../../../matrix/verdict.ts";
import { actor, findingOf, without } from "../../support/findings.ts";
import { type Heard, hear } from "../../support/heard.ts";
import { ACCOUNT, judgeUnder, matrixOf } from "../../support/judging.ts";
import { ownPieces } from "../../support/pieces.ts";

const A = "ingress tcp 1 from 0.0.0.0/0";
const B = "ingress tcp 2 from 0.0.0.0/0";
const C = "ingress tcp 3 from 0.0.0.0/0";
const RUN = "run-1";
const MATRIX = matrixOf([]);

const pieces = ownPieces();
let heard: Heard;
beforeEach(() => {
  heard = hear(pieces.fresh());
});

const GROUP = { id: "sg-0000000a", name: "web", vpcId: "vpc-0000000a" };
/** A finding of a rule of the group, as another run would have it. */
const other = (rule: string, more: Partial<Finding> = {}): Finding => ({
  ...findingOf({ group: GROUP, rule, seenAt: iso(heard.now), closedAt: iso(heard.now), ...more }),
});
const intentOf = (runId: string, ...findings: Finding[]): Intent => ({
  ...{ runId, groupId: GROUP.id, at: iso(heard.now), findings, before: [], plan: [] },
});
const opening = (rule: string, ruleId: string): Trigger => ({
  ...{ kind: "event", id: "e-1", event: "AuthorizeSecurityGroupIngress", at: heard.now },
  ...{ account: ACCOUNT, region: "ap-southeast-1", actor },
  changes: [{ kind: "added", groupId: GROUP.id, rule, ruleId }],
});

interface Given {
  /** What stood when the group was first read, with ids sgr-1, sgr-2, … */
  readonly met?: readonly string[];
  readonly standing?: readonly string[];
  readonly lists?: readonly ListDrift[];
  readonly intents?: readonly Intent[];
  readonly leftover?: readonly Intent[];
  readonly triggers?: readonly Trigger[];
  readonly progress?: (progress: Progress, first: Judgement) => void;
}

/** Gathers the findings of a run that met some rules and closed those that are not standing. */
async function gathered(given: Given) {
  const { met = [], standing = [], lists = [], intents = [], leftover = [], triggers = [] } = given;
  const first = { ...judgeUnder(MATRIX, met), lists };
  const progress = newProgress();
  given.progress?.(progress, first);
  const settled = {
    met: first.verdicts.map(verdict => ({ judgement: first, verdict }) as Met),
    ...{ progress, first, last: judgeUnder(MATRIX, standing), state: { intents } },
  } as unknown as Settled;
  const setting: Setting = {
    ...{ deps: heard.deps, triggers, matrixVersion: "1", seenAt: heard.now },
    ...{ bar: undefined, hold: undefined, marks: undefined },
  };
  return gather(setting, settled, leftover, RUN);
}
/** All that was met was closed by calls. */
const closedBy =
  (...calls: string[]) =>
  (progress: Progress, first: Judgement) => {
    progress.calls.push(...calls);
    for (const live of first.group.rules) progress.revoked.add(keyOf(live));
  };

describe("what a run met", () => {
  it("becomes its findings, each with its end", async () => {
    const { findings, known, lived, isUnnamed } = await gathered({
      ...{ met: [A, B], progress: closedBy(`revoke ${A}, ${B}`) },
    });
    expect(findings).toMatchObject([
      { rule: A, ruleId: "sgr-1", outcome: "closed" },
      { rule: B, ruleId: "sgr-2", outcome: "closed" },
    ]);
    expect([known, lived, isUnnamed]).toEqual([[], [], false]);
  });

  it("is nothing where nothing drifted", async () => {
    expect((await gathered({ progress: closedBy("authorize it") })).findings).toEqual([]);
  });

  it("is a prefix list that it put back", async () => {
    const list = { id: "pl-0000000a", owner: ACCOUNT, state: "modify-complete" };
    const drift = { list: { ...list, version: 1, entries: [] }, extra: [], back: [] };
    const { findings } = await gathered({
      lists: [drift],
      progress: progress => progress.narrowed.add(list.id),
    });
    expect(findings).toMatchObject([{ kind: "prefix-list", outcome: "put-back" }]);
  });

  it("names every call, the first finding those that no other names", async () => {
    const calls = [`revoke ${A}, ${B}`, "revoke what was in the way", `revoke ${B}`];
    const { findings } = await gathered({ met: [A, B], progress: closedBy(...calls) });
    const [both, none, second] = calls;
    expect(findings.map(one => one.calls)).toEqual([
      [both, none],
      [both, second],
    ]);
  });

  it("was made by whom an interrupted run knew", async () => {
    const leftover = [intentOf("run-0", other(A, { ruleId: "sgr-1" }))];
    const { findings } = await gathered({ met: [A], standing: [A], leftover });
    expect(findings).toMatchObject([{ rule: A, outcome: "could-not-close", actor }]);
  });
});

describe("what an interrupted run left", () => {
  it("is told where it is over and this run has not met it", async () => {
    const left = [
      other(A, { ruleId: "sgr-1" }),
      other(A, { ruleId: "sgr-8" }),
      other(B, { ruleId: "sgr-1" }),
      other(C, { ruleId: "sgr-2" }),
    ];
    const { findings } = await gathered({
      ...{ met: [A, C], standing: [C, C], leftover: [intentOf("run-0", ...left)] },
      progress: (progress, { group }) => {
        for (const live of group.rules.slice(0, 1)) progress.revoked.add(keyOf(live));
      },
    });
    expect(findings.map(({ rule, ruleId }) => [rule, ruleId])).toEqual([
      ...[A, C].map((rule, index) => [rule, `sgr-${index + 1}`]),
      [A, "sgr-8"],
      [B, "sgr-1"],
    ]);
  });

  it("is not told a second time as what an event tells of", async () => {
    const leftover = [intentOf("run-0", other(A, { ruleId: "sgr-9" }))];
    const { findings, lived } = await gathered({ leftover, triggers: [opening(A, "sgr-9")] });
    expect(findings).toMatchObject([{ rule: A, ruleId: "sgr-9" }]);
    expect(lived).toEqual([]);
  });
});

describe("drift that went by itself", () => {
  it("is the run's where nobody accounts for it", async () => {
    const { findings, known } = await gathered({ met: [A] });
    expect(findings).toMatchObject([{ rule: A, outcome: "gone" }]);
    expect(known).toEqual([]);
  });

  it("is another's who has recorded it; what the run closed stays its own", async () => {
    for (const [rule, ruleId] of [
      [A, "sgr-1"],
      [B, "sgr-2"],
    ] as const) {
      await heard.deps.findings.record(other(rule, { ruleId }), heard.now);
    }
    const { findings, known } = await gathered({
      met: [A, B],
      progress: (progress, { group }) => {
        for (const live of group.rules.slice(1)) progress.revoked.add(keyOf(live));
      },
    });
    expect(findings).toMatchObject([{ rule: B, outcome: "closed" }]);
    expect(known).toMatchObject([{ rule: A, outcome: "closed" }]);
  });

  it("is not of one that was recorded while it stood", async () => {
    const left = other(A, { ruleId: "sgr-1", outcome: "left-open" });
    await heard.deps.findings.record(without(left, "closedAt"), heard.now);
    expect((await gathered({ met: [A] })).findings).toMatchObject([{ outcome: "gone" }]);
  });

  it("is of a run at work, which may not know whose it was", async () => {
    const plan = without(other(A, { ruleId: "sgr-1" }), "actor");
    const intents = [intentOf("run-2", plan)];
    const named = await gathered({ met: [A], intents });
    expect([named.findings, named.known, named.isUnnamed]).toEqual([[], [plan], false]);
    const unnamed = await gathered({ met: [A], intents, triggers: [opening(A, "sgr-1")] });
    expect([unnamed.findings, unnamed.isUnnamed]).toEqual([[], true]);
  });

  it("is of a run that began since", async () => {
    await heard.deps.intents.put(intentOf("run-2", other(A, { ruleId: "sgr-1" })));
    await heard.deps.intents.put(intentOf("run-3", other(B, { ruleId: "sgr-2" })));
    const { findings, known } = await gathered({ met: [A, B] });
    expect(findings).toEqual([]);
    expect(known.map(({ rule }) => rule)).toEqual([A, B]);
  });

  it("is not of this run's own intent, or of one that it finishes", async () => {
    const mine = intentOf(RUN, other(A, { ruleId: "sgr-1" }));
    const left = intentOf("run-0", other(B, { ruleId: "sgr-2" }));
    for (const intent of [mine, left]) await heard.deps.intents.put(intent);
    const { findings, known } = await gathered({
      ...{ met: [A, B], intents: [mine, left], leftover: [left] },
    });
    expect(findings).toMatchObject([
      { rule: A, outcome: "gone" },
      { rule: B, outcome: "gone" },
    ]);
    expect(known).toEqual([]);
  });
});

describe("drift that only an event tells of", () => {
  it("waits for whoever accounts for it, apart from the run's own findings", async () => {
    const { findings, lived } = await gathered({ triggers: [opening(A, "sgr-9")] });
    expect(findings).toEqual([]);
    expect(lived).toMatchObject([{ rule: A, outcome: "gone", actor }]);
  });

  it("is nobody's news where it is on record, whatever became of it", async () => {
    const left = other(A, { ruleId: "sgr-9", outcome: "left-open" });
    await heard.deps.findings.record(without(left, "closedAt"), heard.now);
    const { lived, known } = await gathered({
      triggers: [opening(A, "sgr-9"), opening(B, "sgr-8")],
    });
    expect(lived).toMatchObject([{ rule: B }]);
    expect(known).toMatchObject([{ rule: A, outcome: "left-open" }]);
  });

  it("is not told besides what the run met of it", async () => {
    const { lived, findings } = await gathered({ met: [A], triggers: [opening(A, "sgr-1")] });
    expect([findings.length, lived]).toEqual([1, []]);
  });
});

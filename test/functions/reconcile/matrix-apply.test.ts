// Putting a matrix into force: what is refused, what is done in which order, and what is told.
import { beforeEach, describe, expect, it } from "vitest";
import type { AwsAccount } from "../../../functions/aws/account.ts";
import { iso } from "../../../functions/reconcile/draft.ts";
import { type ApplyWish, applyMatrix } from "../../../functions/reconcile/matrix-apply.ts";
import { parseMatrix } from "../../../matrix/file/parse.ts";
import { type Heard, hear } from "../../support/heard.ts";
import { putInForce } from "../../support/in-force.ts";
import { ownPieces } from "../../support/pieces.ts";
import { modesMatrix, planOf, SSH, STRAY, stopWriting } from "../../support/planning.ts";
import { plantGroup } from "../../support/planted.ts";

const WEB = "ingress tcp 443 from 10.0.0.0/8";
const OTHER = "ingress tcp 9001 from 203.0.113.9/32";

const pieces = ownPieces();
let heard: Heard;
beforeEach(() => {
  heard = hear(pieces.fresh());
});

const parse = (text: string) => parseMatrix([{ name: "m.yaml", text }]);
const planned = async (text: string) => (await planOf(heard.deps, text)).plan;
const apply = (text: string, more: Partial<ApplyWish> = {}, deps: AwsAccount = heard.deps) =>
  applyMatrix(deps, parse(text), { by: "li", note: "why", ...more });
/** Applies what its plan says. */
async function accepted(text: string, deps: AwsAccount = heard.deps) {
  const { id } = await planned(text);
  const answer = await apply(text, { accept: id }, deps);
  if (answer.kind !== "applied") throw new Error(answer.because);
  return answer;
}
const history = () => heard.deps.policy.history();
const marks = async () => (await heard.deps.intents.dirtyGroups()).map(({ groupId }) => groupId);

const threeGroups = (rules: string[]): [string, string, string] => [
  plantGroup(pieces, rules),
  plantGroup(pieces, rules),
  plantGroup(pieces, rules),
];

describe("the first matrix of an account", () => {
  it("only observes, whatever it says", async () => {
    const group = plantGroup(pieces, [SSH, STRAY]);
    const answer = await apply(modesMatrix({ [group]: "enforce" }));
    expect(answer).toMatchObject({ kind: "applied", isHeldToObserve: true });
    const { document } = await heard.deps.policy.readVersion(1);
    expect(document.groups.g0?.mode ?? document.mode).toBe("observe");
    expect(await pieces.rules(group)).toContain(STRAY);
  });

  it("acts where that is meant, or its plan was accepted", async () => {
    const group = plantGroup(pieces, [SSH]);
    const text = modesMatrix({ [group]: "enforce" });
    const acts = { kind: "applied", isHeldToObserve: false, document: parse(text) };
    expect(await apply(text, { isFirstMeant: true })).toMatchObject(acts);
    heard = hear(pieces.fresh());
    expect(await accepted(text)).toMatchObject(acts);
  });

  it("is no other than the first", async () => {
    const group = plantGroup(pieces, [SSH]);
    await putInForce(heard.deps, modesMatrix({ [group]: "observe" }));
    const answer = await apply(modesMatrix({ [group]: "enforce" }));
    expect(answer).toMatchObject({ kind: "applied", isHeldToObserve: false });
  });
});

describe("a matrix is refused", () => {
  it("where another stage acts, and it would act too", async () => {
    const group = plantGroup(pieces, [SSH]);
    const reporting = { ...heard.deps, config: { ...heard.deps.config, isReporting: true } };
    await expect(
      apply(modesMatrix({ [group]: "revoke" }), { isFirstMeant: true }, reporting),
    ).rejects.toMatchObject({ code: "matrix.reports-only" });
    expect(await history()).toEqual([]);
    const answer = await apply(modesMatrix({ [group]: "observe" }), {}, reporting);
    expect(answer.kind).toBe("applied");
  });

  it("where another version is in force than its plan was made from", async () => {
    const group = plantGroup(pieces, [SSH]);
    const text = modesMatrix({ [group]: "enforce" });
    await putInForce(heard.deps, text);
    const plan = await planned(text);
    const answer = await apply(text, { accept: plan.id, version: 7 });
    expect(answer).toEqual({ kind: "refused", code: "moved", because: expect.any(String), plan });
    expect(answer).toMatchObject({ because: expect.stringMatching(/1 .*7/) });
    expect(await apply(text, { accept: plan.id, version: 1 })).toMatchObject({ kind: "applied" });
  });

  it("where its plan is another than the accepted one", async () => {
    const group = plantGroup(pieces, [SSH]);
    const text = modesMatrix({ [group]: "enforce" });
    const accept = "p-000000000000";
    const answer = await apply(text, { accept });
    expect(answer).toMatchObject({ kind: "refused", code: "moved", plan: await planned(text) });
    expect(answer).toMatchObject({ because: expect.stringContaining(accept) });
    expect(await history()).toEqual([]);
  });

  it.each([
    [[STRAY], "1 live rule:"],
    [[STRAY, OTHER], "2 live rules:"],
  ])("where it closes %j and nobody accepted that", async (strays, count) => {
    const group = plantGroup(pieces, [SSH, ...strays]);
    const text = modesMatrix({ [group]: "enforce" });
    const plan = await planned(text);
    const answer = await apply(text, { isFirstMeant: true });
    expect(answer).toMatchObject({ kind: "refused", code: "closings", plan });
    expect(answer).toMatchObject({ because: expect.stringContaining(count) });
    expect(answer).toMatchObject({ because: expect.stringContaining(plan.id) });
    expect(await history()).toEqual([]);
    expect(await pieces.rules(group)).toContain(STRAY);
  });
});

describe("a matrix that is applied", () => {
  it("is on record with its plan, told, and answered with what was done", async () => {
    const group = plantGroup(pieces, [SSH, STRAY]);
    const text = modesMatrix({ [group]: "enforce" });
    const plan = await planned(text);
    const answer = await accepted(text);
    const [active] = await history();
    expect(active).toMatchObject({ version: 1, parent: 0, by: "li", note: "why", planId: plan.id });
    expect(active?.at).toBe(iso(heard.now));
    const { pins } = await heard.deps.policy.readVersion(1);
    expect(answer).toMatchObject({ document: parse(text), pins, plan, isHeldToObserve: false });
    expect(answer.applied).toMatchObject({ version: 1, sha: active?.sha });
    expect(answer.runs).toMatchObject([{ groupId: group, outcome: "acted" }]);
    expect(heard.titles()).toEqual([
      expect.stringMatching(/^CLOSED /),
      expect.stringMatching(/^MATRIX APPLIED: test version 1/),
    ]);
    expect(await heard.deps.policy.untold()).toEqual([]);
  });

  it("is told later where it cannot be told now", async () => {
    const group = plantGroup(pieces, [SSH]);
    heard.failing = 1;
    const answer = await apply(modesMatrix({ [group]: "enforce" }));
    expect(answer.kind).toBe("applied");
    expect(heard.lines).toEqual([expect.stringMatching(/^error .*not published/)]);
    expect(await heard.deps.policy.untold()).toMatchObject([{ version: 1 }]);
  });

  it("is brought first to groups on which nothing acted, and to the others once it is in force", async () => {
    const [acted, seen, fresh] = threeGroups([SSH, STRAY, WEB]);
    const kept = plantGroup(pieces, [SSH, STRAY]);
    const open = ["{ from: 10.0.0.0/8, to: [g0, g1], ports: tcp 443 }"];
    const stray = "{ from: 203.0.113.9, to: [g0, g1], ports: tcp 9000 }";
    await putInForce(
      heard.deps,
      modesMatrix({ [acted]: "enforce", [seen]: "observe", [kept]: "observe" }, stray, ...open),
    );
    const standing: string[][] = [];
    const { policy } = heard.deps;
    const watched: AwsAccount = {
      ...heard.deps,
      policy: {
        ...policy,
        async writeMatrix(matrix) {
          for (const id of [acted, seen, fresh]) standing.push(await pieces.rules(id));
          return policy.writeMatrix(matrix);
        },
      },
    };
    const text = modesMatrix(
      { [acted]: "enforce", [seen]: "revoke", [fresh]: "enforce", [kept]: "observe" },
      ...open,
    );
    const start = iso(heard.now);
    const { runs } = await accepted(text, watched);
    expect(standing.map(rules => rules.includes(STRAY))).toEqual([true, false, false]);
    expect(await pieces.rules(acted)).not.toContain(STRAY);
    expect(
      runs
        .map(({ groupId }) => groupId)
        .slice(0, 2)
        .toSorted(),
    ).toEqual([seen, fresh].toSorted());
    expect(
      runs
        .map(({ groupId }) => groupId)
        .slice(2)
        .toSorted(),
    ).toEqual([acted, kept].toSorted());
    // Whichever came first, each of them was held to the new version, by this apply.
    for (const { findings } of runs) {
      expect(findings.map(({ matrixVersion }) => new Set([matrixVersion]))).toEqual(
        findings.map(() => new Set(["2"])),
      );
    }
    const triggers = runs.flatMap(({ findings }) => findings.map(({ trigger }) => trigger));
    const apply = { kind: "apply", id: expect.stringMatching(/^apply-./), at: expect.anything() };
    expect(triggers).toEqual(triggers.map(() => apply));
    expect(triggers[0]?.at).toBe(start);
    expect(triggers.length).toBeGreaterThan(2);
  });

  it("looks at no group on which there is nothing to do, and tells what only stands", async () => {
    const [idle, busy] = [plantGroup(pieces, [SSH]), plantGroup(pieces, [SSH, STRAY])];
    const { runs } = await accepted(modesMatrix({ [idle]: "enforce", [busy]: "observe" }));
    expect(runs).toMatchObject([
      { groupId: busy, outcome: "left-open", findings: [{ rule: STRAY, outcome: "left-open" }] },
    ]);
    expect(await pieces.rules(busy)).toContain(STRAY);
  });

  it("leaves a group that is paused as it is", async () => {
    const group = plantGroup(pieces, [SSH, STRAY]);
    await stopWriting(heard.deps, "pause", group);
    await accepted(modesMatrix({ [group]: "enforce" }));
    expect(await pieces.rules(group)).toContain(STRAY);
  });

  it("leaves a group to the sweep that cannot be finished, and finishes the others", async () => {
    const [bad, good] = [plantGroup(pieces, [SSH, STRAY]), plantGroup(pieces, [SSH, STRAY])];
    pieces.account.faults.decide(({ action, body }) =>
      action === "DescribeSecurityGroupRules" && body.includes(bad)
        ? { code: "InternalError", after: false }
        : undefined,
    );
    const { runs } = await accepted(modesMatrix({ [bad]: "enforce", [good]: "enforce" }));
    expect(runs.map(({ groupId }) => groupId)).toEqual([good]);
    expect(await heard.deps.intents.dirtyGroups()).toEqual([
      { groupId: bad, because: expect.stringContaining("InternalError"), at: expect.any(Number) },
    ]);
    const line = new RegExp(`^error .*"groupId":"${bad}","error":"InternalError`);
    expect(heard.lines).toEqual([expect.stringMatching(line)]);
    pieces.account.faults.clear();
    expect(await pieces.rules(good)).not.toContain(STRAY);
  });

  it("loses to another that came into force meanwhile: what was closed for it is looked at", async () => {
    const [acted, idle, busy] = [
      plantGroup(pieces, [SSH, WEB]),
      plantGroup(pieces, [SSH]),
      plantGroup(pieces, [SSH, STRAY]),
    ];
    const before = { [acted]: "enforce", [idle]: "observe", [busy]: "observe" } as const;
    const web = "{ from: 10.0.0.0/8, to: g0, ports: tcp 443 }";
    await putInForce(heard.deps, modesMatrix(before, web));
    const { policy } = heard.deps;
    const late: AwsAccount = {
      ...heard.deps,
      policy: {
        ...policy,
        async writeMatrix(matrix) {
          await putInForce({ ...heard.deps, policy }, modesMatrix(before, web));
          return policy.writeMatrix(matrix);
        },
      },
    };
    const text = modesMatrix({ [acted]: "enforce", [idle]: "enforce", [busy]: "enforce" });
    const plan = await planned(text);
    expect(await apply(text, { accept: plan.id }, late)).toEqual({
      ...{ kind: "refused", code: "moved", because: expect.stringMatching(/./), plan },
    });
    expect(await marks()).toEqual([busy]);
    expect(await pieces.rules(acted)).toContain(WEB);
    expect(await history()).toHaveLength(2);
  });
});

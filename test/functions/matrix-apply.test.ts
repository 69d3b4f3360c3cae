// Putting a matrix into force: what a plan says, what is refused, what is carried out and in which
// order, and whom it is told to.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { auditNow } from "../../functions/reconcile/audit/job.ts";
import type { Deps } from "../../functions/reconcile/deps.ts";
import { type ApplyWish, applyMatrix } from "../../functions/reconcile/matrix-apply.ts";
import { runApplyJob, runPlanJob } from "../../functions/reconcile/matrix-jobs.ts";
import { planInAccount } from "../../functions/reconcile/matrix-plan.ts";
import type { MatrixDocument } from "../../matrix/document.ts";
import { parseMatrix } from "../../matrix/file/parse.ts";
import { type Stage, startStage, studioIn } from "../support/stage.ts";

const STRAY = "ingress tcp 9000 from 203.0.113.9/32";

const parse = (text: string): MatrixDocument => parseMatrix([{ name: "m.yaml", text }]);
const wish = (more: Partial<ApplyWish> = {}): ApplyWish => ({ by: "li", note: "why", ...more });

let stage: Stage;
afterEach(() => stage.stop());

const apply = (text: string, more: Partial<ApplyWish> = {}, deps: Deps = stage.aws) =>
  applyMatrix(deps, parse(text), wish(more));
const version = async () => (await stage.aws.policy.readPolicy()).active?.version ?? 0;
const subjects = () => stage.alerts().map(({ subject = "" }) => subject);

describe("the first matrix of an account", () => {
  beforeEach(async () => {
    stage = await startStage(null);
    await stage.open(stage.groups.deploy, STRAY);
  });

  it("is in observe whatever it says, and closes nothing", async () => {
    const answer = await apply(studioIn("enforce"));
    expect(answer).toMatchObject({ kind: "applied", isHeldToObserve: true });
    const { document } = await stage.aws.policy.readVersion(1);
    expect(document.mode).toBe("observe");
    expect(await stage.rules(stage.groups.deploy)).toContain(STRAY);
  });

  it("keeps its mode when that is meant, but closes only what was accepted", async () => {
    const refused = await apply(studioIn("enforce"), { isFirstMeant: true });
    expect(refused).toMatchObject({ kind: "refused", code: "closings", plan: { base: 0 } });
    expect(await version()).toBe(0);
    expect(stage.writes()).toEqual([]);
    const answer = await apply(studioIn("enforce"), { accept: refused.plan.id });
    expect(answer.kind).toBe("applied");
    expect(await stage.rules(stage.groups.deploy)).not.toContain(STRAY);
    expect((await stage.aws.policy.readVersion(1)).document.mode).toBe("enforce");
  });
});

describe("raising the mode of a matrix in force", () => {
  beforeEach(async () => {
    stage = await startStage(studioIn("observe"));
    await stage.quietly(() => stage.open(stage.groups.deploy, STRAY));
    stage.mark();
  });

  it("plans what it closes, with its reason, its carriers and what the next mode would do", async () => {
    const { plan } = await planInAccount(stage.aws, parse(studioIn("revoke")));
    const deploy = plan.groups.find(({ group }) => group === stage.groups.deploy);
    expect(deploy).toMatchObject({
      parts: ["deploy"],
      mode: "revoke",
      modeBefore: "observe",
      now: { close: [{ rule: STRAY, isNew: false }], narrow: [], open: [], report: [] },
      next: { mode: "enforce", close: [{ rule: STRAY }], open: [] },
      carriers: [{ addresses: ["172.21.138.100"] }],
    });
    expect(deploy?.now.close[0]?.because).toContain("nothing permits it");
    expect(plan.id).toMatch(/^p-[0-9a-f]{12}$/);
    expect(stage.writes()).toEqual([]);
  });

  it("counts the plan's id from the rules, the matrix and the version, not from file positions", async () => {
    const id = async (text: string) => (await planInAccount(stage.aws, parse(text))).plan.id;
    const first = await id(studioIn("revoke"));
    expect(await id(`# moved down\n${studioIn("revoke")}`)).toBe(first);
    expect(await id(studioIn("enforce"))).not.toBe(first);
    await stage.quietly(() => stage.open(stage.groups.runner, STRAY));
    expect(await id(studioIn("revoke"))).not.toBe(first);
  });

  it("is refused when the account has moved since the plan, and nothing is written", async () => {
    const { plan } = await planInAccount(stage.aws, parse(studioIn("revoke")));
    await stage.quietly(() => stage.open(stage.groups.runner, STRAY));
    stage.mark();
    const answer = await apply(studioIn("revoke"), { accept: plan.id });
    expect(answer).toMatchObject({ kind: "refused", code: "moved" });
    expect(stage.writes()).toEqual([]);
    expect(await version()).toBe(1);
  });

  it("is refused when another version is in force than the plan was made from", async () => {
    const answer = await apply(studioIn("observe"), { version: 7 });
    expect(answer).toMatchObject({ kind: "refused", code: "moved" });
    expect(await version()).toBe(1);
  });

  it("carries the plan out before the pointer moves", async () => {
    const { plan } = await planInAccount(stage.aws, parse(studioIn("revoke")));
    let standing: string[] = [];
    const watched: Deps = {
      ...stage.aws,
      policy: {
        ...stage.aws.policy,
        async writeMatrix(matrix) {
          standing = await stage.rules(stage.groups.deploy);
          return stage.aws.policy.writeMatrix(matrix);
        },
      },
    };
    await apply(studioIn("revoke"), { accept: plan.id }, watched);
    expect(standing).not.toContain(STRAY);
    expect(standing.length).toBeGreaterThan(0);
    expect(await version()).toBe(2);
  });

  it("closes nothing that the plan did not list, even if it appears meanwhile", async () => {
    const late = "ingress tcp 9001 from 203.0.113.9/32";
    const { plan } = await planInAccount(stage.aws, parse(studioIn("revoke")));
    const racing: Deps = {
      ...stage.aws,
      groups: {
        ...stage.aws.groups,
        async read(id) {
          const there = await stage.rules(stage.groups.deploy);
          if (!there.includes(late))
            await stage.quietly(() => stage.open(stage.groups.deploy, late));
          return stage.aws.groups.read(id);
        },
      },
    };
    const answer = await apply(studioIn("revoke"), { accept: plan.id }, racing);
    expect(answer.kind).toBe("applied");
    const after = await stage.rules(stage.groups.deploy);
    expect(after).toContain(late);
    expect(after).not.toContain(STRAY);
  });

  it("honours a pause: nothing closes now, but what closes after it is to be accepted", async () => {
    const until = new Date(stage.aws.clock() + 3_600_000).toISOString();
    const is = { until, by: "li", reason: "moving house", at: until };
    await stage.aws.pauses.start({ kind: "pause", is, toldAt: stage.aws.clock() });
    const { plan } = await planInAccount(stage.aws, parse(studioIn("revoke")));
    const deploy = plan.groups.find(({ group }) => group === stage.groups.deploy);
    expect(deploy?.bar).toContain("moving house");
    expect(deploy?.now).toMatchObject({ close: [], report: [{ rule: STRAY }], paused: [STRAY] });
    expect(await apply(studioIn("revoke"))).toMatchObject({ kind: "refused", code: "closings" });
    const answer = await apply(studioIn("revoke"), { accept: plan.id });
    expect(answer.kind).toBe("applied");
    expect(await stage.rules(stage.groups.deploy)).toContain(STRAY);
    await stage.later(3_601);
    await stage.sweep();
    expect(await stage.rules(stage.groups.deploy)).not.toContain(STRAY);
  });
});

describe("the brake and an apply", () => {
  beforeEach(async () => {
    stage = await startStage(studioIn("enforce"));
  });

  it("close what was accepted although an audit saw it permitted", async () => {
    expect(await auditNow(stage.aws, { by: "test" })).toMatchObject({ kind: "done" });
    const rule = "ingress tcp 7005 from 172.21.138.101/32";
    expect(await stage.rules(stage.groups.runtime)).toContain(rule);
    const changed = studioIn("enforce").replace("tcp 7005, probe", "tcp 7006, probe");
    const { plan } = await planInAccount(stage.aws, parse(changed));
    const answer = await apply(changed, { accept: plan.id });
    if (answer.kind !== "applied") throw new Error(answer.because);
    const closed = answer.runs.flatMap(({ findings }) => findings).find(one => one.rule === rule);
    expect(closed).toMatchObject({ outcome: "closed" });
    expect(closed?.held).toBeUndefined();
    expect(await stage.rules(stage.groups.runtime)).toContain(rule.replace("7005", "7006"));
  });
});

describe("what an apply tells", () => {
  beforeEach(async () => {
    stage = await startStage(studioIn("observe"));
  });

  it("is who changed what, from which version", async () => {
    const changed = studioIn("observe").replace("tcp 7005, probe", "tcp 7006, probe");
    await apply(changed);
    expect(subjects()[0]).toMatch(/^MATRIX APPLIED: funai-studio version 2/);
    const text = stage.alerts()[0]?.message ?? "";
    expect(text).toContain("Who       li");
    expect(text).toContain("+ flows: runner to runtime tcp 7006");
    expect(text).toContain("- flows: runner to runtime tcp 7005");
  });

  it("stands out where approvers or people change", async () => {
    await apply(
      studioIn("observe").replace("perRequester: 5", "perRequester: 5\n  breakGlass: 1h"),
    );
    expect(subjects()[0]).toMatch(/^MATRIX APPLIED, APPROVERS OR PEOPLE CHANGED/);
    expect(stage.alerts()[0]?.attributes.severity?.value).toBe("high");
  });

  it("comes once, and by the sweep where whoever applied did not get to it", async () => {
    const mute: Deps = { ...stage.aws, publish: () => Promise.reject(new Error("died")) };
    await apply(studioIn("observe"), {}, mute);
    await stage.sweep();
    expect(subjects()).toEqual([]);
    await stage.later(121);
    await stage.sweep();
    expect(subjects()).toHaveLength(1);
    await stage.later(121);
    await stage.sweep();
    expect(subjects()).toHaveLength(1);
  });
});

describe("the jobs of the API", () => {
  const files = (text: string) => [{ name: "m.yaml", text }];
  beforeEach(async () => {
    stage = await startStage(studioIn("observe"));
    await stage.quietly(() => stage.open(stage.groups.deploy, STRAY));
  });

  it("plan, and apply what was planned, once however often the job is taken up", async () => {
    const planned = await runPlanJob(stage.aws, { files: files(studioIn("revoke")) });
    if (planned.state !== "done") throw new Error(planned.because);
    const { id: planId, base } = planned.result as { id: string; base: number };
    const input = { files: files(studioIn("revoke")), planId, version: base, note: "job" };
    const first = await runApplyJob(stage.aws, input, "li");
    expect(first).toMatchObject({ state: "done", result: { version: 2, planId } });
    expect(await stage.rules(stage.groups.deploy)).not.toContain(STRAY);
    expect(await runApplyJob(stage.aws, input, "li")).toMatchObject({
      state: "done",
      result: { version: 2 },
    });
    expect(await version()).toBe(2);
  });

  it("are refused with the reason where the plan is another by now, or there is no matrix in it", async () => {
    const input = { files: files(studioIn("revoke")), planId: "p-000000000000", note: "" };
    expect(await runApplyJob(stage.aws, { ...input, version: 1 }, "li")).toMatchObject({
      state: "refused",
      code: "matrix.moved",
    });
    const broken = await runPlanJob(stage.aws, { files: files("matrix: m\nmode: loud") });
    expect(broken).toMatchObject({
      state: "refused",
      because: expect.stringContaining("m.yaml:2"),
    });
  });
});

// The rounds of a hub: audits and sweeps of its members go by a queue, a message for each place, and what
// becomes of one of them is no other's matter.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { auditNow } from "../../functions/reconcile/audit/job.ts";
import type { Round } from "../../functions/wiring/round.ts";
import type { AuditReport } from "../../matrix/audit/report.ts";
import { type HubStage, scopeWords, startHub } from "../support/hub.ts";
import type { Scope } from "../support/scopes.ts";
import { studioIn } from "../support/stage.ts";

let stage: HubStage;
let all: readonly Scope[];
let before: string[];
beforeAll(async () => {
  // Less than an audit keeps back to hand its work over: each takes a step and leaves the rest.
  stage = await startHub(50_000);
  all = stage.all;
  await stage.idle();
  before = await at(0).rules(deploy());
});
beforeEach(() => stage.mark());
afterEach(() => stage.idle());
afterAll(() => stage.stop());

const { at, deploy, port, placeOf } = scopeWords(() => all);
const HOUR = 3_600;

const put = (what: "audits" | "sweeps") => stage.call({ source: "aws.scheduler", put: what });
/** The rounds put on the queue since the mark, with their delays. */
const sent = (): { round: Round; delay: number }[] =>
  stage
    .callsAtHome()
    .filter(({ action }) => action === "SendMessageBatch")
    .flatMap(
      ({ request }) => Object(request).Entries as { MessageBody: string; DelaySeconds: number }[],
    )
    .map(({ MessageBody, DelaySeconds }) => ({
      round: JSON.parse(MessageBody),
      delay: DelaySeconds,
    }));
const placesSent = () => sent().map(({ round }) => `${round.account}/${round.region}`);
const sendRound = (scope: Scope, round: object) =>
  stage.home.queues.send(stage.rounds, JSON.stringify({ ...placeOf(scope), ...round }));
const audited = async () =>
  (await Promise.all(all.map(({ aws }) => aws.jobs.latest("audit")))).map(job => job?.id);
async function unheard(scope: Scope, ...rules: string[]): Promise<void> {
  scope.account.bus.deliver({ drop: () => true });
  await scope.open(deploy(), ...rules);
  scope.account.bus.deliver({});
}

describe("audits", () => {
  it("are put on the queue one for each place, spread over the hour, and done from there", async () => {
    const second = Math.floor(stage.home.clock.now() / 1_000) % HOUR;
    await stage.later(HOUR - second);
    for (const scope of all) await unheard(scope, port(4_000));
    const last = await audited();
    const starts = new Map<string, number>();
    for (let quarter = 0; quarter < 4; quarter++) {
      stage.mark();
      await put("audits");
      for (const { round, delay } of sent()) {
        starts.set(`${round.account}/${round.region}`, quarter * 900 + delay);
        expect(delay).toBeLessThan(900);
      }
      await stage.later(900);
    }
    expect([...starts.keys()].sort()).toEqual(all.map(({ name }) => name).sort());
    expect(new Set(starts.values()).size).toBe(6);
    const ids = await audited();
    for (const [index, scope] of all.entries()) {
      expect(await scope.rules(deploy()), scope.name).toEqual(before);
      expect(ids[index], scope.name).not.toBe(last[index]);
    }
  });

  it("that run out of time go on as further rounds of their place, to the end", async () => {
    const scope = at(2);
    await unheard(scope, port(4_010));
    sendRound(scope, { does: "audit" });
    await stage.idle();
    const jobs = sent().map(({ round }) => round);
    expect(jobs.length).toBeGreaterThan(2);
    const [id] = jobs.map(round => Object(round).job.id);
    for (const round of jobs) {
      expect(round).toEqual({ ...placeOf(scope), does: "job", job: { id, kind: "audit" } });
    }
    expect((await audited())[2]).toBe(id);
    expect(await scope.rules(deploy())).toEqual(before);
  });

  it("of a member that cannot be reached fail alone, and are done when it can", async () => {
    const [out, well] = [at(0), at(1)];
    await stage.later(HOUR);
    stage.trust(placeOf(out), "another-external-id");
    await unheard(well, port(4_020));
    const failed = stage.home.queues.failures().length;
    stage.mark();
    for (const scope of [out, well]) sendRound(scope, { does: "audit" });
    await stage.idle();
    expect(await well.rules(deploy())).toEqual(before);
    expect(stage.home.queues.failures()).toHaveLength(failed + 1);
    expect(stage.callsTo(out)).toEqual([]);
    const [last] = await audited();
    stage.trust(placeOf(out));
    await stage.later(360);
    expect((await audited())[0]).not.toBe(last);
  });

  it("of a member say nothing of rules that the hub may not look at, as those of its own do", async () => {
    const rulesOf = (report: unknown) =>
      (report as AuditReport).findings
        .filter(({ kind }) => kind === "plumbing")
        .map(one => one.rule);
    const there = ["event rule", "attachment rule", "trail", "regions"];
    const member = rulesOf((await at(2).aws.jobs.latest("audit"))?.result);
    expect(member.filter(rule => there.includes(rule))).toEqual([]);
    const own = await auditNow(stage.hub.own, { by: "test" });
    expect(own.kind === "done" && rulesOf(own.report)).toContain("event rule");
  });

  it.each([
    ["a place that is no member", { account: "444455556666", region: "eu-west-1", does: "audit" }],
    ["what nobody asks", { account: "111122223333", region: "eu-west-1", does: "remove" }],
  ])("of %s are rejected with a reason", async (_what, round) => {
    const dead = stage.rejected().length;
    stage.home.queues.send(stage.rounds, JSON.stringify(round));
    await stage.idle();
    expect(stage.rejected().slice(dead)).toHaveLength(1);
    expect(all.flatMap(scope => stage.callsTo(scope))).toEqual([]);
  });
});

describe("sweeps", () => {
  /** Lets the list of places become empty. */
  async function untilQuiet(): Promise<void> {
    for (const _ of [1, 2]) {
      await stage.later(1_000);
      await put("sweeps");
      await stage.idle();
    }
    stage.mark();
    await put("sweeps");
    expect(sent()).toEqual([]);
  }

  it("go to the places where something happened and to no other, until nothing waits there", async () => {
    await untilQuiet();
    await at(3).open(deploy(), port(4_100));
    await stage.idle();
    stage.mark();
    await put("sweeps");
    await stage.idle();
    expect(placesSent()).toEqual([at(3).name]);
    await untilQuiet();
  });

  it("finish what a run left open", async () => {
    const scope = at(4);
    const { faults } = scope.account;
    faults.decide(({ action, caller }) =>
      action.startsWith("Revoke") && caller.includes("-member/")
        ? { code: "InternalError", after: false }
        : undefined,
    );
    await scope.open(deploy(), port(4_110));
    await stage.idle();
    expect(await scope.rules(deploy())).toContain(port(4_110));
    faults.clear();
    stage.mark();
    await put("sweeps");
    await stage.idle();
    expect(placesSent()).toContain(scope.name);
    expect(await scope.rules(deploy())).toEqual(before);
  });

  it("go on as long as a pause does, so that it is told of and ends", async () => {
    await untilQuiet();
    const scope = at(5);
    const pause = { ...placeOf(scope), does: "pause", minutes: 120, reason: "migration" };
    expect(await stage.call(pause)).toMatchObject({ kind: "pause" });
    await scope.open(deploy(), port(4_120));
    await stage.idle();
    for (const _ of [1, 2, 3]) {
      await stage.later(1_500);
      stage.mark();
      await put("sweeps");
      await stage.idle();
      expect(placesSent()).toEqual([scope.name]);
    }
    expect(await scope.rules(deploy())).toContain(port(4_120));
    expect(await stage.call({ ...placeOf(scope), does: "resume" })).toEqual({ resumed: true });
    await put("sweeps");
    await stage.idle();
    expect(await scope.rules(deploy())).toEqual(before);
  });

  it("that waited too long are left to those asked for since", async () => {
    sendRound(at(0), { does: "sweep", at: stage.home.clock.now() - 240_000 });
    await stage.idle();
    expect(stage.callsAtHome().filter(({ service }) => service === "dynamodb")).toEqual([]);
  });
});

describe("a call by hand", () => {
  const matrix = (mode: "observe" | "enforce", more = "") => [
    { name: "matrix.yaml", text: studioIn(mode) + more },
  ];

  it("plans a matrix for one member, and applies it there when its plan is accepted", async () => {
    const scope = at(1);
    const version = async (one: Scope) => (await one.aws.policy.readPolicy()).active?.version;
    const versions = await Promise.all(all.map(version));
    const call = { ...placeOf(scope), files: matrix("enforce") };
    const plan = (await stage.call({ ...call, does: "plan" })) as { id: string };
    const applied = await stage.call({ ...call, does: "apply", accept: plan.id, note: "by hand" });
    expect(applied).toMatchObject({ kind: "applied", planId: plan.id });
    expect(await Promise.all(all.map(version))).toEqual(
      versions.map((known, index) => (all[index] === scope ? (known ?? 0) + 1 : known)),
    );
  });

  it("is refused for an account that is no member, and where it asks for nothing known", async () => {
    const call = { account: "444455556666", region: "eu-west-1", does: "audit" };
    await expect(stage.call(call)).rejects.toThrow("is no member of this hub");
    await expect(stage.call({ ...call, does: "open" })).rejects.toThrow();
    expect(all.flatMap(scope => stage.callsTo(scope))).toEqual([]);
  });
});

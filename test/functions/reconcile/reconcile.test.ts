// One group, from trigger to finding: how a run ends, what keeps it from writing, and what is to be looked
// at again.
import { DeleteSecurityGroupCommand } from "@aws-sdk/client-ec2";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { AwsAccount } from "../../../functions/aws/account.ts";
import { marksOf } from "../../../functions/reconcile/audit/brake.ts";
import { reconcile } from "../../../functions/reconcile/reconcile.ts";
import type { Finding, Intent } from "../../../matrix/finding.ts";
import { describePlan, type emptyPlan } from "../../../matrix/plan.ts";
import type { Change, Trigger } from "../../../matrix/trigger.ts";
import { actor, findingOf, without } from "../../support/findings.ts";
import { heard } from "../../support/heard.ts";
import { governing, putInForce } from "../../support/in-force.ts";
import { type Pieces, startPieces } from "../../support/pieces.ts";
import { plantGroup } from "../../support/planted.ts";

const SSH = "ingress tcp 22 from 0.0.0.0/0";
const SMTP = "egress tcp 25 to 0.0.0.0/0";
const WEB = "ingress tcp 443 from 10.0.0.0/8";
const WIDE = "ingress tcp 443 from 0.0.0.0/0";
const WEB_FLOW = "{ from: 10.0.0.0/8, to: web, ports: tcp 443 }";
const WEB_ALLOWED = "{ from: 10.0.0.0/8, to: web, ports: tcp 443, need: allowed }";
const ABSENT = "sg-0e00000000000000e";
const HOUR = 3_600_000;

let pieces: Pieces;
beforeAll(async () => {
  pieces = await startPieces();
});
afterAll(() => pieces.stop());
afterEach(() => pieces.account.faults.clear());
const { mark, messages, words, calls } = heard(() => pieces.account);
const place = () => ({ account: pieces.account.accountId, region: pieces.account.region });
const writes = () => calls("ec2").filter(action => !/^(?:Describe|Get)/.test(action));
const failing = (action: string, code = "InternalError", times = 50) =>
  pieces.account.faults.failNext("ec2", action, code, times);
const once = (action: string, act: () => unknown) =>
  pieces.account.faults.onNext("ec2", action, act);
const iso = (time: number) => new Date(time).toISOString();

/** Portward and a group with rules of its own; a matrix of flows governs it. */
async function governed(
  rules: readonly string[] = [],
  flows: readonly string[] = [],
  mode = "enforce",
) {
  const aws = pieces.fresh();
  const group = plantGroup(pieces, rules, { name: `reconcile ${aws.config.scope}` });
  await putInForce(aws, governing(group, { flows, mode }));
  const run = (triggers: readonly Trigger[] = [sweep], deps: Partial<AwsAccount> = {}) => {
    mark();
    return reconcile({ ...aws, ...deps }, group, triggers);
  };
  return { aws, group, run };
}

/** What a run that found nothing says. */
const quiet = (groupId: string, outcome: string) => ({
  ...{ groupId, outcome, findings: [] },
  ...{ isStale: false, isPending: false, isThrottled: false, isPaused: false },
});
const triggerOf = (given: Partial<Trigger> = {}): Trigger => ({
  ...{ kind: "event", id: "e-1", account: "111122223333", region: "ap-southeast-1" },
  ...{ event: "AuthorizeSecurityGroupIngress", changes: [], actor },
  ...given,
});
const sweep = triggerOf({ kind: "sweep", id: "sweep-1" });
const added = (rule: string, ruleId: string): Change => ({ kind: "added", rule, ruleId });
const intents = async (aws: AwsAccount) => (await aws.intents.all()).map(({ runId }) => runId);
const dirty = async (aws: AwsAccount) =>
  (await aws.intents.dirtyGroups()).map(({ groupId }) => groupId);
const ends = (findings: readonly Finding[]) => findings.map(one => [one.rule, one.outcome]);

/** What another run was about to do, at a time. */
const intentOf = (groupId: string, at: number, ...findings: Finding[]): Intent => ({
  ...{ runId: "another", groupId, at: iso(at), findings, before: [], plan: [] },
});
/** A finding about the group. */
const about = (id: string, given: Partial<Finding> = {}): Finding =>
  findingOf({ group: { id, name: "" }, rule: SSH, ruleId: "sgr-0a000000000000009", ...given });

describe("a group", () => {
  it("is left alone where no matrix is in force", async () => {
    const aws = pieces.fresh();
    const group = plantGroup(pieces, [SSH], { name: `lawless ${aws.config.scope}` });
    mark();
    expect(await reconcile(aws, group, [sweep])).toEqual(quiet(group, "no-matrix"));
    expect(writes()).toEqual([]);
  });
  it("is clean where its rules are what the matrix says, and nothing is written anywhere", async () => {
    const { group, run } = await governed([WEB], [WEB_FLOW]);
    expect(await run()).toEqual(quiet(group, "clean"));
    expect(writes()).toEqual([]);
    expect(calls("dynamodb").filter(action => /^(?:Put|Update|Delete)/.test(action))).toEqual([]);
  });
  it("is brought to what the matrix says, which is recorded and told of", async () => {
    const { aws, group, run } = await governed([SSH], [WEB_FLOW]);
    const ran = await run();
    expect(ran).toEqual({ ...quiet(group, "acted"), findings: ran.findings });
    expect(await pieces.rules(group)).toEqual([WEB]);
    expect(ends(ran.findings).toSorted()).toEqual([
      [SSH, "closed"],
      [WEB, "restored"],
    ]);
    expect(ran.findings[0]).toMatchObject({ matrixVersion: "1", seenAt: expect.anything() });
    expect(words()).toHaveLength(1);
    expect(await intents(aws)).toEqual([]);
    expect(await dirty(aws)).toEqual([]);
  });
  it("is written to only when what is about to be done is on record", async () => {
    const { aws, group, run } = await governed([SSH]);
    let kept: Intent[] = [];
    once("RevokeSecurityGroupIngress", async () => {
      for (let tries = 0; kept.length === 0 && tries < 100; tries += 1)
        kept = await aws.intents.all();
    });
    await run([sweep], { newId: () => "run-1" });
    const plan = [`revoke ${SSH}`];
    expect(kept).toMatchObject([{ runId: "run-1", groupId: group, before: [SSH], plan }]);
    expect(kept[0]?.findings).toMatchObject([{ rule: SSH, trigger: { id: sweep.id } }]);
  });
  it("is open where it cannot be closed, and is to be looked at again", async () => {
    const { aws, group, run } = await governed([SSH]);
    failing("RevokeSecurityGroupIngress");
    const ran = await run();
    expect(ran).toMatchObject({ outcome: "open", isThrottled: false });
    expect(ends(ran.findings)).toEqual([[SSH, "could-not-close"]]);
    const [left] = await aws.intents.dirtyGroups();
    expect(left).toMatchObject({ groupId: group, because: expect.stringMatching(/./) });
    expect(await intents(aws)).toEqual([]);
  });
  it("is said to be throttled where a call was", async () => {
    const { run } = await governed([SSH]);
    failing("RevokeSecurityGroupIngress", "RequestLimitExceeded", 1);
    expect(await run()).toMatchObject({ outcome: "acted", isThrottled: true });
  });
  it("has nothing left of a run whose every call failed before it was governed no more", async () => {
    const { aws, run } = await governed([SSH]);
    failing("RevokeSecurityGroupIngress");
    once("RevokeSecurityGroupIngress", () => putInForce(aws, governing(ABSENT)));
    expect((await run()).findings).toEqual([]);
    expect(await intents(aws)).toEqual([]);
  });
});

describe("drift in a group that is only observed", () => {
  it("is left open", async () => {
    const { aws, run } = await governed([SSH], [], "observe");
    const ran = await run();
    expect(ran.outcome).toBe("left-open");
    expect(ends(ran.findings)).toEqual([[SSH, "left-open"]]);
    expect(writes()).toEqual([]);
    expect(calls("dynamodb")).not.toContain("DeleteItem");
    expect(await dirty(aws)).toEqual([]);
  });
  it("is left open where it is a prefix list's alone", async () => {
    const entries = [{ cidr: "10.1.0.0/16" }, { cidr: "192.0.2.0/24" }];
    const list = pieces.account.ec2.seed.prefixList(place(), { name: "blocks", entries });
    const flow = `{ from: { list: ${list}, within: [10.0.0.0/8] }, to: web, ports: tcp 443 }`;
    const { aws, group, run } = await governed([`ingress tcp 443 from ${list}`], [flow], "observe");
    const ran = await run();
    expect(ran.outcome).toBe("left-open");
    expect(ran.findings.map(({ kind, outcome }) => [kind, outcome])).toEqual([
      ["prefix-list", "left-open"],
    ]);
    await putInForce(aws, governing(group, { flows: [flow] }));
    expect((await run()).outcome).toBe("acted");
    expect(await intents(aws)).toEqual([]);
  });
});

/** Begins a pause or a hold of a group for an hour. */
async function stop(aws: AwsAccount, kind: "pause" | "hold", group: string): Promise<void> {
  const [at, until] = [iso(aws.clock()), iso(aws.clock() + HOUR)];
  const is = { by: "alice", reason: "a migration", at, until };
  await aws.pauses.start({ kind, group, is, toldAt: aws.clock() });
}
const notesOf = (findings: readonly Finding[]) => findings.flatMap(({ notes }) => notes).join("\n");

describe("a pause", () => {
  it("keeps everything from being written, and is named", async () => {
    const { aws, group, run } = await governed([SSH], [WEB_FLOW]);
    await stop(aws, "pause", group);
    const ran = await run();
    expect(ran).toMatchObject({ outcome: "left-open", isPaused: true });
    expect(writes()).toEqual([]);
    expect(ends(ran.findings).toSorted()).toEqual([
      [SSH, "left-open"],
      [WEB, "left-open"],
    ]);
    expect(notesOf(ran.findings)).toContain("a migration");
  });
  it("that begins while a run is at work is why it stopped", async () => {
    const { aws, group, run } = await governed([SSH]);
    failing("RevokeSecurityGroupIngress");
    once("RevokeSecurityGroupIngress", () => stop(aws, "pause", group));
    const ran = await run();
    expect(ran).toMatchObject({ outcome: "acted", isPaused: true });
    expect(writes()).toEqual(["RevokeSecurityGroupIngress"]);
    expect(ends(ran.findings)).toEqual([[SSH, "left-open"]]);
    expect(notesOf(ran.findings)).toContain("a migration");
  });
});

describe("a hold", () => {
  it("keeps required rules from being restored, and nothing from being closed", async () => {
    const { aws, group, run } = await governed(
      [SSH, WIDE],
      [WEB_FLOW, "{ from: 10.0.0.0/8, to: web, ports: tcp 80 }"],
    );
    await stop(aws, "hold", group);
    const ran = await run();
    expect(await pieces.rules(group)).toEqual([WEB]);
    expect(ends(ran.findings)).toContainEqual(["ingress tcp 80 from 10.0.0.0/8", "reported"]);
    expect(notesOf(ran.findings)).toContain("a migration");
    expect(ran.isPaused).toBe(false);
  });
  it.each(["observe", "revoke"])("changes nothing in mode %s", async mode => {
    const { aws, group, run } = await governed([SSH], [WEB_FLOW], mode);
    await stop(aws, "hold", group);
    await run();
    expect(await pieces.rules(group)).toEqual(mode === "observe" ? [SSH] : []);
  });
});

describe("a stage that only reports", () => {
  it("writes to no group, and says why", async () => {
    const { aws, run } = await governed([SSH]);
    const ran = await run([sweep], { config: { ...aws.config, isReporting: true } });
    expect(ran).toMatchObject({ outcome: "left-open", isPaused: false });
    expect(writes()).toEqual([]);
    expect(notesOf(ran.findings)).toMatch(/only reports/);
  });
});

describe("a rule that an audit saw permitted", () => {
  it("is left open", async () => {
    const { aws, group, run } = await governed([SSH, SMTP]);
    await aws.brake.mark(group, marksOf([SSH]), 0);
    const ran = await run();
    expect(await pieces.rules(group)).toEqual([SSH]);
    expect(ends(ran.findings).toSorted()).toEqual([
      [SMTP, "closed"],
      [SSH, "left-open"],
    ]);
  });
  it("is closed where an event says that somebody has just made it", async () => {
    const { aws, group, run } = await governed([SSH]);
    await aws.brake.mark(group, marksOf([SSH]), 0);
    await run([triggerOf({ changes: [{ kind: "added", rule: SSH }] })]);
    expect(await pieces.rules(group)).toEqual([]);
  });
  it("is closed where somebody has accepted that, and nothing else then", async () => {
    const { aws, group, run } = await governed([SSH, SMTP]);
    await aws.brake.mark(group, marksOf([SSH]), 0);
    const asked: [string, string[]][] = [];
    await run([sweep], {
      accepted(groupId: string, plan: typeof emptyPlan) {
        asked.push([groupId, describePlan(plan).toSorted()]);
        return { ...plan, revoke: plan.revoke.filter(({ rule }) => rule.direction === "ingress") };
      },
    } as Partial<AwsAccount>);
    expect(asked[0]).toEqual([group, [`revoke ${SMTP}`, `revoke ${SSH}`]]);
    expect(await pieces.rules(group)).toEqual([SMTP]);
  });
});

describe("a permitted rule that earlier runs could not write", () => {
  const owing = async (mode = "enforce") => {
    const made = await governed([], [WEB_ALLOWED], mode);
    const finding = about(made.group, { outcome: "narrowed", owed: [WEB] });
    await made.aws.findings.record(finding, 0);
    return made;
  };
  const full = () => failing("AuthorizeSecurityGroupIngress", "RulesPerSecurityGroupLimitExceeded");
  it("is written by a sweep", async () => {
    const { aws, group, run } = await owing();
    expect((await run()).outcome).toBe("clean");
    expect(await pieces.rules(group)).toEqual([WEB]);
    expect(await dirty(aws)).toEqual([]);
  });
  it("keeps the group on the list while there is no room", async () => {
    const { aws, group, run } = await owing();
    full();
    await run();
    expect(await dirty(aws)).toEqual([group]);
  });
  it("is not asked for by an event alone, which somebody waits for", async () => {
    const { aws, group, run } = await owing();
    await run([triggerOf()]);
    expect(await pieces.rules(group)).toEqual([]);
    expect(await dirty(aws)).toEqual([]);
    await run([triggerOf(), sweep]);
    expect(await pieces.rules(group)).toEqual([WEB]);
  });
  it("is not written during a pause, nor where the group is only observed", async () => {
    const { aws, group, run } = await owing();
    await stop(aws, "pause", group);
    await run();
    expect(writes()).toEqual([]);
    const observed = await owing("observe");
    await observed.run();
    expect(writes()).toEqual([]);
  });
  it("is not asked for where the group went meanwhile", async () => {
    const { aws, group, run } = await owing();
    await pieces.open(group, SSH);
    const remove = new DeleteSecurityGroupCommand({ GroupId: group });
    once("RevokeSecurityGroupIngress", () => pieces.as("root").send(remove));
    await run();
    expect(writes()).not.toContain("AuthorizeSecurityGroupIngress");
    expect(await dirty(aws)).toEqual([]);
  });
  it("of this run keeps the group on the list, though nothing requires it by now", async () => {
    const { aws, group, run } = await governed([WIDE], [WEB_ALLOWED]);
    full();
    once("AuthorizeSecurityGroupIngress", () => putInForce(aws, governing(group)));
    expect((await run([triggerOf()])).outcome).toBe("acted");
    expect(await dirty(aws)).toEqual([group]);
  });
});

describe("a finding that another run is about to tell of", () => {
  it("is waited for, and what that run left stays", async () => {
    const { aws, group, run } = await governed([SSH]);
    const [live] = (await aws.groups.read(group))?.group.rules ?? [];
    const finding = about(group, { ruleId: live?.ruleId ?? "", outcome: "left-open" });
    await aws.findings.recordAndClaim(finding, 0, { by: "another", now: aws.clock() });
    const ran = await run([sweep], { newId: () => "run-1" });
    expect(ran).toMatchObject({ outcome: "acted", isPending: true });
    expect(ends(ran.findings)).toEqual([[SSH, "closed"]]);
    expect(messages()).toEqual([]);
    expect(await intents(aws)).toEqual(["run-1"]);
  });
});

describe("what a dead run left", () => {
  it("is recorded as it ended, and forgotten", async () => {
    const { aws, group, run } = await governed();
    await aws.intents.put(intentOf(group, aws.clock() - HOUR, about(group)));
    const ran = await run();
    expect(ran.outcome).toBe("clean");
    expect(ends(ran.findings)).toEqual([[SSH, "closed"]]);
    expect(await intents(aws)).toEqual([]);
  });
  it("is left to a run that may still be at work", async () => {
    const { aws, group, run } = await governed();
    await aws.intents.put(intentOf(group, aws.clock(), about(group)));
    expect((await run()).findings).toEqual([]);
    expect(await intents(aws)).toEqual(["another"]);
  });
  it("is finished by the event that it was made for", async () => {
    const { aws, group, run } = await governed();
    await aws.intents.put(intentOf(group, aws.clock(), about(group)));
    expect((await run([triggerOf({ at: Date.parse(about(group).seenAt) })])).findings).toHaveLength(
      1,
    );
    expect(await intents(aws)).toEqual([]);
  });
});

describe("a group that is not there", () => {
  it("is absent, and what a dead run left of it is recorded", async () => {
    const { aws } = await governed();
    await aws.intents.put(intentOf(ABSENT, aws.clock() - HOUR, about(ABSENT)));
    const ran = await reconcile(aws, ABSENT, [sweep]);
    expect(ran).toEqual({ ...quiet(ABSENT, "absent"), findings: ran.findings });
    expect(ends(ran.findings)).toEqual([[SSH, "closed"]]);
    expect(await intents(aws)).toEqual([]);
    mark();
    expect(await reconcile(aws, ABSENT, [sweep])).toEqual(quiet(ABSENT, "absent"));
    expect(calls("dynamodb")).not.toContain("DeleteItem");
  });
  it("keeps what a dead run left while another run tells of it", async () => {
    const { aws } = await governed();
    await aws.intents.put(intentOf(ABSENT, aws.clock() - HOUR, about(ABSENT)));
    await aws.findings.recordAndClaim(about(ABSENT), 0, { by: "another", now: aws.clock() });
    expect(await reconcile(aws, ABSENT, [sweep])).toMatchObject({ isPending: true });
    expect(await intents(aws)).toEqual(["another"]);
  });
  it("is looked for again where an event says that it was just made, or that it has a rule", async () => {
    const { aws } = await governed();
    const looked = async (given: Partial<Trigger>) =>
      (await reconcile(aws, ABSENT, [triggerOf(), triggerOf(given)])).isStale;
    expect(await looked({ createdGroups: ["sg-1", ABSENT] })).toBe(true);
    expect(await looked({ createdGroups: ["sg-1"] })).toBe(false);
    expect(await looked({ changes: [added(SSH, "sgr-1")] })).toBe(true);
    expect(await looked({})).toBe(false);
  });
});

describe("a group that no entry governs", () => {
  it("is left alone, and not looked at again whatever an event says", async () => {
    const { aws } = await governed();
    const group = plantGroup(pieces, [SSH], { name: `free ${aws.config.scope}` });
    const event = triggerOf({ changes: [added(WEB, "sgr-1")], createdGroups: [group] });
    expect(await reconcile(aws, group, [event])).toEqual(quiet(group, "unmanaged"));
    expect(await pieces.rules(group)).toEqual([SSH]);
  });
  it("gives what a dead run left its end by what stands there", async () => {
    const { aws } = await governed();
    const group = plantGroup(pieces, [SSH], { name: `free ${aws.config.scope}` });
    const [live] = (await aws.groups.read(group))?.group.rules ?? [];
    const standing = about(group, { ruleId: live?.ruleId ?? "" });
    const gone = about(group, { rule: SMTP });
    await aws.intents.put(intentOf(group, aws.clock() - HOUR, standing, gone));
    expect(ends((await reconcile(aws, group, [sweep])).findings)).toEqual([[SMTP, "closed"]]);
  });
});

describe("a group that goes while it is looked at", () => {
  it("has no reason of its own why it was not written to", async () => {
    const { group, run } = await governed([SSH]);
    const remove = new DeleteSecurityGroupCommand({ GroupId: group });
    pieces.account.faults.onNext("dynamodb", "PutItem", () => pieces.as("root").send(remove));
    const ran = await run();
    expect(ran.findings).toHaveLength(1);
    expect(notesOf(ran.findings)).not.toMatch(/belongs to/);
  });
});

describe("an event", () => {
  const gone = (at?: number) =>
    triggerOf({ changes: [added(SSH, "sgr-0a000000000000009")], ...(at && { at }) });
  it("of drift that nobody saw is looked at again, and recorded at the last look", async () => {
    const { aws, group } = await governed();
    const event = gone(aws.clock() - 1_000);
    expect(await reconcile(aws, group, [event])).toMatchObject({ findings: [], isStale: true });
    expect(await aws.findings.forGroup(group)).toEqual([]);
    const last = await reconcile(aws, group, [event], new Set([event.id]));
    expect(ends(last.findings)).toEqual([[SSH, "gone"]]);
    expect(last.isStale).toBe(false);
  });
  it("of a required rule that was put back before anybody saw is recorded at the last look", async () => {
    const { aws, group } = await governed([WEB], [WEB_FLOW]);
    const changes = [{ kind: "removed" as const, rule: WEB, ruleId: "sgr-0a000000000000009" }];
    const event = triggerOf({ at: aws.clock() - 1_000, changes });
    expect(await reconcile(aws, group, [event])).toMatchObject({ findings: [], isStale: true });
    const last = await reconcile(aws, group, [event], new Set([event.id]));
    expect(ends(last.findings)).toEqual([[WEB, "gone"]]);
  });
  it("whose change the read does not show yet is looked at again, but not after the last look", async () => {
    const { aws, group } = await governed([WEB], [WEB_FLOW]);
    const [live] = (await aws.groups.read(group))?.group.rules ?? [];
    const event = triggerOf({
      ...{ at: aws.clock(), changes: [{ kind: "removed", rule: WEB, ruleId: live?.ruleId ?? "" }] },
    });
    const other = triggerOf({ id: "e-2" });
    expect((await reconcile(aws, group, [event, other])).isStale).toBe(true);
    const last = new Set([event.id]);
    expect((await reconcile(aws, group, [event, other], last)).isStale).toBe(false);
  });
  it("whose change the first read showed is done, though the last one does not", async () => {
    const { aws, group, run } = await governed([SSH]);
    const [live] = (await aws.groups.read(group))?.group.rules ?? [];
    const changes = [added(SSH, live?.ruleId ?? "")];
    const ran = await run([triggerOf({ at: aws.clock() - 5_000, changes })]);
    expect(ran).toMatchObject({ outcome: "acted", isStale: false });
    expect(ran.findings).toMatchObject([{ actor: { name: "bob" } }]);
  });
  it("of drift that another run is about to record, not knowing whose, is looked at again", async () => {
    const { aws, group } = await governed();
    const unnamed = without(about(group), "actor", "closedAt");
    const at = aws.clock();
    const trigger = { kind: "sweep", id: "sweep-9" };
    await aws.intents.put(intentOf(group, at, { ...unnamed, trigger, seenAt: iso(at + 2_000) }));
    const event = gone(at - 1_000);
    expect((await reconcile(aws, group, [event])).isStale).toBe(true);
    const last = await reconcile(aws, group, [event], new Set([event.id]));
    expect(last).toMatchObject({ findings: [], isStale: false });
  });
  it("is looked at again where drift came too late to be tried, but not after the last look", async () => {
    const late = async (lastLooks: readonly string[]) => {
      const { aws, group } = await governed([SSH]);
      failing("RevokeSecurityGroupIngress");
      const sleep = async (ms: number) => {
        if (ms === 4_000) await pieces.open(group, SMTP);
        await aws.sleep(ms);
      };
      const ran = await reconcile({ ...aws, sleep }, group, [triggerOf()], new Set(lastLooks));
      pieces.account.faults.clear();
      return ran;
    };
    expect(await late([])).toMatchObject({ outcome: "open", isStale: true });
    expect(await late(["e-1"])).toMatchObject({ outcome: "open", isStale: false });
  });
});

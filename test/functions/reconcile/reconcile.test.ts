// One group, from trigger to finding: how a run ends, and what keeps it from writing.
import { describe, expect, it } from "vitest";
import { marksOf } from "../../../functions/reconcile/audit/brake.ts";
import { reconcile } from "../../../functions/reconcile/reconcile.ts";
import type { Intent } from "../../../matrix/finding.ts";
import { describePlan } from "../../../matrix/plan.ts";
import { governing, putInForce } from "../../support/in-force.ts";
import { plantGroup } from "../../support/planted.ts";
import {
  dirty,
  ends,
  intents,
  notesOf,
  ownRuns,
  quiet,
  stop,
  sweep,
  triggerOf,
} from "../../support/runs.ts";

const SSH = "ingress tcp 22 from 0.0.0.0/0";
const SMTP = "egress tcp 25 to 0.0.0.0/0";
const WEB = "ingress tcp 443 from 10.0.0.0/8";
const WIDE = "ingress tcp 443 from 0.0.0.0/0";
const WEB_FLOW = "{ from: 10.0.0.0/8, to: web, ports: tcp 443 }";
const ABSENT = "sg-0e00000000000000e";

const { pieces, mark, words, calls, writes, failing, once, governed } = ownRuns();

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
    const list = pieces.account.ec2.seed.prefixList(pieces.place(), { name: "blocks", entries });
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
      accepted(groupId, plan) {
        asked.push([groupId, describePlan(plan).toSorted()]);
        return { ...plan, revoke: plan.revoke.filter(({ rule }) => rule.direction === "ingress") };
      },
    });
    expect(asked[0]).toEqual([group, [`revoke ${SMTP}`, `revoke ${SSH}`]]);
    expect(await pieces.rules(group)).toEqual([SMTP]);
  });
});

// What runs on one group leave to one another, and which triggers are looked at again: reconcile.ts.
import { DeleteSecurityGroupCommand } from "@aws-sdk/client-ec2";
import { describe, expect, it } from "vitest";
import { iso } from "../../../functions/reconcile/draft.ts";
import { reconcile } from "../../../functions/reconcile/reconcile.ts";
import type { Trigger } from "../../../matrix/trigger.ts";
import { without } from "../../support/findings.ts";
import { governing, putInForce } from "../../support/in-force.ts";
import { plantGroup } from "../../support/planted.ts";
import {
  about,
  added,
  dirty,
  ends,
  intentOf,
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
const WEB_ALLOWED = "{ from: 10.0.0.0/8, to: web, ports: tcp 443, need: allowed }";
const ABSENT = "sg-0e00000000000000e";
const HOUR = 3_600_000;

const { pieces, mark, messages, calls, writes, failing, once, governed } = ownRuns();

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

// How a group is carried from one judged state to the next until what EC2 shows is right, or time is up.
import { ModifySecurityGroupRulesCommand } from "@aws-sdk/client-ec2";
import { describe, expect, it } from "vitest";
import { ruleRequest } from "../../../functions/aws/ip-permission.ts";
import type { State } from "../../../functions/reconcile/state.ts";
import { planFor } from "../../../matrix/plan.ts";
import type { Trigger } from "../../../matrix/trigger.ts";
import { ruleOf } from "../../support/deployed.ts";
import { barred, metRules, ownSettling, wholly } from "../../support/settling.ts";

const SSH = "ingress tcp 22 from 0.0.0.0/0";
const WEB = "ingress tcp 443 from 10.0.0.0/8";
const WEB_FLOW = "{ from: 10.0.0.0/8, to: web, ports: tcp 443 }";

const { pieces, calls, writes, failing, governed, run } = ownSettling();
const reads = () => calls("ec2").filter(action => action === "DescribeSecurityGroupRules").length;

describe("a group that is as it should be", () => {
  it("is left alone, and nothing is announced", async () => {
    const { aws, group } = await governed([WEB], [WEB_FLOW]);
    const settled = await run(aws, group);
    expect(settled).toMatchObject({ met: [], isOpen: false, isCutShort: false, waits: [] });
    expect(settled.last).toBe(settled.first);
    expect(settled.state).toBe(settled.start);
    expect(calls("ec2")).toEqual([]);
    expect(settled.announced).toEqual([]);
  });
});

describe("a rule that nothing permits", () => {
  it("is closed, announced beforehand, and read to be gone without a wait", async () => {
    const { aws, group } = await governed([SSH]);
    const settled = await run(aws, group);
    expect(metRules(settled)).toEqual([SSH]);
    expect(settled.met[0]?.judgement).toBe(settled.first);
    expect(settled).toMatchObject({ isOpen: false, isCutShort: false, waits: [] });
    expect(settled.first.verdicts).toHaveLength(1);
    expect(settled.last.verdicts).toEqual([]);
    expect(settled.state.read?.group.rules).toEqual([]);
    expect(settled.announced).toEqual([[settled.first, planFor(settled.first)]]);
    expect(writes()).toEqual(["RevokeSecurityGroupIngress"]);
    expect(reads()).toBe(1);
  });
  const REVOKE = "RevokeSecurityGroupIngress";
  it.each<[string, Trigger["kind"][], string[]]>([
    ["while it is announced, where an event tells of it", ["event"], [REVOKE]],
    ["while it is announced, where an event is among what asks", ["sweep", "event"], [REVOKE]],
    ["when that is announced, where nothing is urgent", ["apply"], []],
  ])("is closed %s", async (_when, kinds, meanwhile) => {
    const { aws, group } = await governed([SSH]);
    let before: string[] | undefined;
    await run(aws, group, {
      triggers: kinds.map(kind => ({ kind, id: "t-1", ...pieces.place(), changes: [] })),
      async announce() {
        await aws.findings.forGroup(group);
        await aws.findings.forGroup(group);
        before = writes();
      },
    });
    expect(before).toEqual(meanwhile);
    expect(writes()).toEqual([REVOKE]);
  });
  it("is left where what is not urgent cannot be announced", async () => {
    const { aws, group } = await governed([SSH]);
    const announce = () => Promise.reject(new Error("not stored"));
    await expect(run(aws, group, { announce })).rejects.toThrow("not stored");
    expect(writes()).toEqual([]);
  });
  it("is met and left where nothing may be written", async () => {
    const { aws, group } = await governed([SSH]);
    const settled = await run(aws, group, { plannerOf: () => barred });
    expect(metRules(settled)).toEqual([SSH]);
    expect(settled).toMatchObject({ isOpen: false, isCutShort: false, waits: [] });
    expect(calls("ec2")).toEqual([]);
  });
  it("is waited for while the read lags behind its closing, and not closed again", async () => {
    const { aws, group } = await governed([SSH]);
    pieces.account.clock.advance(10_000);
    const lag = async () => pieces.account.ec2.lagReads(1_500);
    const settled = await run(aws, group, { announce: lag });
    expect(settled.waits).toEqual([200, 500, 1_000]);
    expect(writes()).toEqual(["RevokeSecurityGroupIngress"]);
    expect(metRules(settled)).toEqual([SSH]);
    expect(settled).toMatchObject({ isOpen: false, isCutShort: false });
    expect(settled.last.verdicts).toEqual([]);
  });
  it("is open when the read lags for longer than a run waits", async () => {
    const { aws, group } = await governed([SSH]);
    pieces.account.clock.advance(60_000);
    const lag = async () => pieces.account.ec2.lagReads(30_000);
    const settled = await run(aws, group, { announce: lag });
    expect(settled.waits).toEqual([200, 500, 1_000, 2_000, 4_000]);
    expect(writes()).toEqual(["RevokeSecurityGroupIngress"]);
    expect(metRules(settled)).toEqual([SSH]);
    expect(settled).toMatchObject({ isOpen: true, isCutShort: false });
  });
  it("is open when it could not be closed, however often it was tried", async () => {
    const { aws, group } = await governed([SSH]);
    failing("RevokeSecurityGroupIngress");
    const settled = await run(aws, group);
    expect(writes()).toHaveLength(6);
    expect(settled.announced).toHaveLength(1);
    expect(metRules(settled)).toEqual([SSH]);
    expect(settled.met[0]?.judgement).toBe(settled.first);
    expect(settled).toMatchObject({ isOpen: true, isCutShort: false });
  });
  it("is not open when it was closed at the last try", async () => {
    const { aws, group } = await governed([SSH]);
    pieces.account.faults.failNext("ec2", "RevokeSecurityGroupIngress", "InternalError", 5);
    const settled = await run(aws, group);
    expect(writes()).toHaveLength(6);
    expect(settled).toMatchObject({ isOpen: false, isCutShort: false });
    expect(await pieces.rules(group)).toEqual([]);
  });
  it("is closed by its id where it misses by value, and what is permitted there is put back", async () => {
    const { aws, group } = await governed(
      [SSH],
      ["{ from: 10.0.0.0/8, to: web, ports: tcp 443, need: allowed }"],
    );
    const code = "InvalidPermission.NotFound";
    pieces.account.faults.failNext("ec2", "RevokeSecurityGroupIngress", code, 2);
    const [live] = (await aws.groups.read(group))?.group.rules ?? [];
    const SecurityGroupRule = ruleRequest(ruleOf(WEB));
    const SecurityGroupRules = [{ SecurityGroupRuleId: live?.ruleId, SecurityGroupRule }];
    const edited = { GroupId: group, SecurityGroupRules };
    const settled = await run(aws, group, {
      waiting: async ms => {
        // Between the last read and the closing somebody gives it what the matrix permits.
        if (ms !== 200) return;
        const edit = () => pieces.as("tester").send(new ModifySecurityGroupRulesCommand(edited));
        pieces.account.faults.onNext("ec2", "RevokeSecurityGroupIngress", edit);
      },
    });
    expect(settled.progress.failures).toEqual([]);
    expect(await pieces.rules(group)).toEqual([WEB]);
  });
  it("is open when every closing of it misses, though it stands", async () => {
    const { aws, group } = await governed([SSH]);
    failing("RevokeSecurityGroupIngress", "InvalidPermission.NotFound");
    const settled = await run(aws, group);
    expect(metRules(settled)).toEqual([SSH]);
    expect(settled).toMatchObject({ isOpen: true, isCutShort: false });
  });
  it("is the next run's when it came too late to be tried", async () => {
    const { aws, group } = await governed([SSH]);
    failing("RevokeSecurityGroupIngress");
    const late = "egress tcp 25 to 0.0.0.0/0";
    const settled = await run(aws, group, {
      waiting: async ms => ms === 4_000 && pieces.open(group, late),
    });
    expect(metRules(settled)).toEqual([SSH]);
    expect(settled).toMatchObject({ isOpen: true, isCutShort: true });
    expect(await pieces.rules(group)).toContain(late);
  });
  it("is left from when a pause begins", async () => {
    const { aws, group } = await governed([SSH]);
    failing("RevokeSecurityGroupIngress");
    const states: State[] = [];
    const settled = await run(aws, group, {
      plannerOf(state) {
        states.push(state);
        return states.length > 1 ? barred : wholly;
      },
    });
    expect(writes()).toHaveLength(1);
    expect(settled).toMatchObject({ isOpen: false, isCutShort: false });
    expect(states[0]).toBe(settled.start);
    expect(states[1]).toEqual(settled.state);
  });
  it("that came while another was closed is closed as well", async () => {
    const { aws, group } = await governed([SSH]);
    const other = "ingress tcp 23 from 0.0.0.0/0";
    const settled = await run(aws, group, { announce: () => pieces.open(group, other) });
    expect(metRules(settled)).toEqual([SSH, other]);
    expect(await pieces.rules(group)).toEqual([]);
    expect(settled).toMatchObject({ isOpen: false, isCutShort: false });
  });
});

describe("a required rule that is missing", () => {
  it("is written", async () => {
    const { aws, group } = await governed([], [WEB_FLOW]);
    const settled = await run(aws, group);
    expect(await pieces.rules(group)).toEqual([WEB]);
    expect(metRules(settled)).toEqual([WEB]);
    expect(settled.met[0]?.judgement).toBe(settled.first);
    expect(settled).toMatchObject({ isOpen: false, isCutShort: false, waits: [] });
  });
  it("is written once while the read lags", async () => {
    const { aws, group } = await governed([], [WEB_FLOW]);
    pieces.account.clock.advance(10_000);
    const lag = async () => pieces.account.ec2.lagReads(500);
    const settled = await run(aws, group, { announce: lag });
    expect(writes()).toEqual(["AuthorizeSecurityGroupIngress"]);
    expect(settled.waits).toEqual([200, 500]);
    expect(metRules(settled)).toEqual([WEB]);
    expect(settled).toMatchObject({ isOpen: false, isCutShort: false });
  });
  it("is open, and was tried, when it could not be written", async () => {
    const { aws, group } = await governed([], [WEB_FLOW]);
    failing("AuthorizeSecurityGroupIngress", "RulesPerSecurityGroupLimitExceeded");
    const settled = await run(aws, group);
    expect(metRules(settled)).toEqual([WEB]);
    expect(settled.met[0]?.judgement).toBe(settled.first);
    expect(settled).toMatchObject({ isOpen: true, isCutShort: false });
  });
  it("is the next run's when it was taken too late to be written", async () => {
    const { aws, group } = await governed(["egress tcp 25 to 0.0.0.0/0", WEB], [WEB_FLOW]);
    failing("RevokeSecurityGroupEgress");
    const settled = await run(aws, group, {
      waiting: async ms => ms === 4_000 && pieces.take(group, WEB),
    });
    expect(metRules(settled)).toEqual(["egress tcp 25 to 0.0.0.0/0"]);
    expect(settled).toMatchObject({ isOpen: true, isCutShort: true });
  });
});

describe("a rule that is wider than what is permitted", () => {
  const WIDE = "ingress tcp 443 from 0.0.0.0/0";
  /** What an event says that somebody gave a rule this content. */
  const edited = (ruleId: string, rule: string): Trigger => ({
    ...{ kind: "event", id: "e-1", ...pieces.place(), event: "ModifySecurityGroupRules" },
    changes: [{ kind: "changed", ruleId, rule }],
  });
  it("is narrowed in place where the event of this run names it, once though the read lags", async () => {
    const { aws, group } = await governed([WIDE], [WEB_FLOW]);
    const [live] = (await aws.groups.read(group))?.group.rules ?? [];
    pieces.account.clock.advance(10_000);
    const settled = await run(aws, group, {
      triggers: [edited(live?.ruleId ?? "", WIDE)],
      announce: async () => pieces.account.ec2.lagReads(500),
    });
    expect(writes()).toEqual(["ModifySecurityGroupRules"]);
    expect(settled.waits).toEqual([200, 500]);
    expect(metRules(settled)).toEqual([WIDE]);
    expect(settled).toMatchObject({ isOpen: false, isCutShort: false });
    pieces.account.ec2.lagReads(0);
    expect(await pieces.rules(group)).toEqual([WEB]);
  });
  it("is the next run's when it came too late to be narrowed", async () => {
    const { aws, group } = await governed(["egress tcp 25 to 0.0.0.0/0", WEB], [WEB_FLOW]);
    failing("RevokeSecurityGroupEgress");
    const settled = await run(aws, group, {
      async waiting(ms) {
        if (ms !== 4_000) return;
        await pieces.open(group, WIDE);
        await pieces.take(group, WEB);
      },
    });
    expect(metRules(settled)).toEqual(["egress tcp 25 to 0.0.0.0/0"]);
    expect(settled).toMatchObject({ isOpen: true, isCutShort: true });
  });
});

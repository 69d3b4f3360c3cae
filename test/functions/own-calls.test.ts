// Portward's calls come back as events. Those a run made cost no call that changes anything; one that
// no run made means that somebody else holds the role.
import {
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  ModifySecurityGroupRulesCommand,
  RevokeSecurityGroupIngressCommand,
} from "@aws-sdk/client-ec2";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { newPermission, ruleRequest } from "../../functions/aws/ip-permission.ts";
import { seedVpc } from "../../local/seed.ts";
import { formatRule } from "../../matrix/rules/rule.ts";
import { open, ruleOf, take } from "../support/deployed.ts";
import { type Stage, startStage } from "../support/stage.ts";

const WORLD = "ingress tcp 22 from 0.0.0.0/0";
const TO_WORLD = "egress tcp 22 to 0.0.0.0/0";
const FROM_API = "ingress tcp 7002 from 172.21.138.91/32";
const WIDE = "ingress tcp 7000-7002 from 172.21.138.91/32";

let stage: Stage;
let deploy: string;
let before: string[][];

const everyRule = () => Promise.all(Object.values(stage.groups).map(id => stage.rules(id)));

beforeEach(async () => {
  stage = await startStage();
  deploy = stage.groups.deploy;
  before = await everyRule();
});
afterEach(() => stage.stop());

const subjects = () => stage.alerts().map(({ subject }) => subject ?? "");
const misused = () => subjects().filter(subject => subject.startsWith("ROLE MISUSED"));
const ownEvents = () =>
  stage.account.bus
    .events()
    .filter(({ detail }) => JSON.stringify(detail).includes("portward-remediate/"));

describe("a call that a run made", () => {
  it.each<[string, () => Promise<unknown>]>([
    ["a revoke", () => stage.open(deploy, WORLD)],
    ["a revoke of both directions", () => stage.open(stage.groups.runtime, WORLD, TO_WORLD)],
    ["a narrowing in place", () => stage.edit(deploy, FROM_API, WIDE)],
    ["a restore", () => stage.take(deploy, FROM_API)],
    [
      "a narrowing to several rules",
      () => stage.open(stage.groups.runtime, "ingress all from 0.0.0.0/0"),
    ],
  ])("%s is recognised, and changes nothing more", async (_what, drift) => {
    const known = ownEvents().length;
    await drift();
    await stage.idle();
    expect(ownEvents().length).toBeGreaterThan(known);
    const writes = stage.writes();
    const alerts = subjects().length;
    await stage.everyLook();
    expect(stage.writes()).toEqual(writes);
    expect(subjects()).toHaveLength(alerts);
    expect(await everyRule()).toEqual(before);
    expect(stage.account.queues.count("portward-remediate")).toEqual({
      ...{ visible: 0, inFlight: 0, delayed: 0 },
    });
  });

  it("and that closed a rule is not even a reason to read the group", async () => {
    await stage.quietly(() => stage.open(deploy, WORLD));
    await stage.sweep(deploy);
    const event = ownEvents().at(-1);
    stage.mark();
    stage.account.queues.send("portward-remediate", JSON.stringify(event));
    await stage.idle();
    expect(stage.reads()).toEqual([]);
    expect(stage.log().map(({ message }) => message)).toEqual(["own call"]);
  });
});

describe("a call that a run made of which no record was kept", () => {
  const role = () => stage.as("portward");

  it("is on record as what it closed once no run says so, and is no alarm", async () => {
    await stage.quietly(() => stage.open(deploy, WORLD));
    stage.mark();
    await take(role(), deploy, [WORLD]);
    await stage.idle();
    await stage.everyLook();
    const found = await stage.findings(deploy);
    expect(found.map(({ kind, rule, outcome, actor }) => [kind, rule, outcome, actor])).toEqual([
      ["drift", WORLD, "closed", undefined],
    ]);
    expect(found[0]?.calls).toEqual([`revoke ${WORLD}`]);
    expect(found[0]?.closedAt).toBe(found[0]?.trigger.at);
    expect(subjects()).toHaveLength(1);
    expect(misused()).toEqual([]);
  });

  it("is on record as what it restored", async () => {
    await stage.quietly(() => stage.take(deploy, FROM_API));
    await open(role(), deploy, [FROM_API]);
    await stage.idle();
    await stage.everyLook();
    const found = await stage.findings(deploy);
    expect(found.map(({ kind, rule, outcome, calls }) => [kind, rule, outcome, calls])).toEqual([
      ["missing", FROM_API, "restored", [`authorize ${FROM_API}`]],
    ]);
    expect(misused()).toEqual([]);
  });

  it.each([
    ["is no alarm where it wrote what was left of drift on record", "10.9.0.0/16", 0],
    ["is an alarm where it wrote what is permitted and part of nothing", "10.8.0.0/16", 1],
  ])("%s", async (_what, block, alarms) => {
    const { runtime } = stage.groups;
    await stage.open(runtime, "ingress tcp 443-444 from 10.9.0.0/16");
    await stage.idle();
    await open(role(), runtime, [`ingress tcp 443 from ${block}`]);
    await stage.idle();
    await stage.everyLook();
    expect(misused()).toHaveLength(alarms);
  });

  it("is an alarm where it took away what is permitted too", async () => {
    await stage.quietly(() => stage.open(deploy, WORLD));
    await take(role(), deploy, [WORLD, FROM_API]);
    await stage.idle();
    await stage.everyLook();
    expect(await everyRule()).toEqual(before);
    expect(misused()).toHaveLength(1);
  });
});

describe("a call by our own role that no run made", () => {
  it("is alerted as the role being misused, and what it opened is closed", async () => {
    await open(stage.as("portward"), deploy, [WORLD]);
    await stage.idle();
    await stage.everyLook();
    expect(await everyRule()).toEqual(before);
    const found = await stage.findings(deploy);
    expect(found.find(({ kind }) => kind === "drift")).toMatchObject({ outcome: "closed" });
    expect(found.find(({ kind }) => kind === "impostor")).toMatchObject({
      rule: `AuthorizeSecurityGroupIngress: ${WORLD}`,
      outcome: "reported",
      actor: { roleArn: stage.deployment.config.ownRoleArns[0] },
    });
    expect(misused()).toHaveLength(1);
    const alert = stage.alerts().find(({ subject }) => subject?.startsWith("ROLE MISUSED"));
    expect(alert?.attributes.severity).toMatchObject({ value: "critical" });
  });

  it("is not excused by the same rule having been closed before", async () => {
    await stage.open(deploy, WORLD);
    await stage.idle();
    await stage.later(60);
    await open(stage.as("portward"), deploy, [WORLD]);
    await stage.idle();
    await stage.everyLook();
    expect(await everyRule()).toEqual(before);
    expect(misused()).toHaveLength(1);
  });

  it("is not excused by the same rule id having been narrowed before", async () => {
    const id = await stage.edit(deploy, FROM_API, WIDE);
    await stage.idle();
    await stage.later(60);
    await byRole(id, WIDE);
    await stage.idle();
    await stage.everyLook();
    expect(await everyRule()).toEqual(before);
    expect(misused()).toHaveLength(1);
  });

  it("that takes a required rule away is alerted, and the rule restored", async () => {
    const id = await stage.edit(deploy, FROM_API, WIDE);
    await stage.idle();
    await stage.later(60);
    const input = { GroupId: deploy, SecurityGroupRuleIds: [id] };
    await stage.as("portward").send(new RevokeSecurityGroupIngressCommand(input));
    await stage.idle();
    await stage.everyLook();
    expect(await everyRule()).toEqual(before);
    expect(misused()).toHaveLength(1);
  });

  it("of a kind that no run ever makes is alerted at once", async () => {
    const input = { GroupName: "mine", Description: "mine", VpcId: seedVpc };
    await stage.as("portward").send(new CreateSecurityGroupCommand(input));
    await stage.idle();
    expect(misused()).toHaveLength(1);
  });

  it("is alerted once, however often its event is delivered", async () => {
    stage.account.bus.deliver({ copies: 3 });
    const IpPermissions = [newPermission(ruleOf(WORLD))];
    const input = { GroupId: deploy, IpPermissions };
    await stage.as("portward").send(new AuthorizeSecurityGroupIngressCommand(input));
    stage.account.bus.deliver({});
    await stage.idle();
    await stage.everyLook();
    expect(misused()).toHaveLength(1);
    expect((await stage.findings(deploy)).filter(({ kind }) => kind === "impostor")).toHaveLength(
      1,
    );
  });
});

/** Gives a rule new content with our own role. */
async function byRole(SecurityGroupRuleId: string, text: string): Promise<void> {
  const update = { SecurityGroupRuleId, SecurityGroupRule: ruleRequest(ruleOf(text)) };
  const live = (await stage.live(deploy)).find(({ ruleId }) => ruleId === SecurityGroupRuleId);
  expect(live && formatRule(live.rule)).toBe(FROM_API);
  const input = { GroupId: deploy, SecurityGroupRules: [update] };
  await stage.as("portward").send(new ModifySecurityGroupRulesCommand(input));
}

// Required rules that go missing: restored with their description, blamed only on whoever's own
// record took them away.
import { RevokeSecurityGroupIngressCommand } from "@aws-sdk/client-ec2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { formatRule } from "../../matrix/rules/rule.ts";
import { type Stage, startStage, studioIn } from "../support/stage.ts";

const FROM_RUNNER = "ingress tcp 7005 from 172.21.138.101/32";
const METRICS = "ingress tcp 9100 from 10.0.0.0/8";

let stage: Stage;
let before: string[];
let runtime: string;

beforeAll(async () => {
  stage = await startStage(
    studioIn("enforce").replace(
      "flows:\n",
      'flows:\n  - { from: 10.0.0.0/8, to: runtime, ports: tcp 9100, purpose: "metrics, hourly" }\n',
    ),
  );
  runtime = stage.groups.runtime;
  before = await stage.rules(runtime);
  // Applying the matrix restored some: the alert of that speaks for the next ones for a while.
  await stage.later(3_600);
});
afterAll(() => stage.stop());

const descriptionOf = async (text: string) =>
  (await stage.live(runtime)).find(({ rule }) => formatRule(rule) === text)?.description;

describe("a required rule", () => {
  it.each([
    [METRICS, "metrics, hourly"],
    // EC2 takes no Chinese letter and refuses the whole call.
    [FROM_RUNNER, "portward: runner to runtime"],
    ["egress tcp 7002 to 172.21.138.100/32", "portward: runtime to deploy"],
  ])('%s that is deleted is restored as "%s"', async (rule, description) => {
    stage.mark();
    await stage.take(runtime, rule);
    await stage.idle();
    expect(await stage.rules(runtime)).toEqual(before);
    expect(await descriptionOf(rule)).toBe(description);
    expect((await stage.findings(runtime))[0]).toMatchObject({
      kind: "missing",
      rule,
      outcome: "restored",
      actor: { name: "tester" },
      trigger: { event: expect.stringMatching(/^RevokeSecurityGroup/) },
      calls: [`authorize ${rule}`],
      owed: [],
    });
    expect(stage.alerts().map(({ subject }) => subject)).toEqual([
      expect.stringMatching(/^RESTORED /),
    ]);
  });

  it("is restored together with all others, once, in one alert", async () => {
    await stage.later(60);
    const known = (await stage.findings(runtime)).length;
    const ids = (await stage.live(runtime))
      .filter(({ rule }) => rule.direction === "ingress")
      .map(({ ruleId }) => ruleId ?? "");
    stage.mark();
    const all = { GroupId: runtime, SecurityGroupRuleIds: ids };
    await stage.as("tester").send(new RevokeSecurityGroupIngressCommand(all));
    await stage.idle();
    expect(await stage.rules(runtime)).toEqual(before);
    expect(stage.writes()).toEqual(["AuthorizeSecurityGroupIngress"]);
    expect(await stage.findings(runtime)).toHaveLength(known + ids.length);
    expect(stage.alerts()).toHaveLength(1);
  });

  it("that was edited away is restored, and blamed on nobody: the record does not say what it was", async () => {
    await stage.later(60);
    await stage.edit(runtime, FROM_RUNNER, "ingress tcp 22 from 0.0.0.0/0");
    await stage.idle();
    expect(await stage.rules(runtime)).toEqual(before);
    const [first, second] = await stage.findings(runtime);
    const missing = [first, second].find(finding => finding?.kind === "missing");
    const drift = [first, second].find(finding => finding?.kind === "drift");
    expect(missing).toMatchObject({ rule: FROM_RUNNER, outcome: "restored" });
    expect(missing).not.toHaveProperty("actor");
    expect(drift).toMatchObject({ outcome: "closed", actor: { name: "tester" } });
  });

  it("that went without an event is restored at the next one, whose actor is not blamed", async () => {
    await stage.later(60);
    await stage.quietly(() => stage.take(runtime, FROM_RUNNER));
    await stage.open(runtime, "ingress tcp 23 from 0.0.0.0/0");
    await stage.idle();
    expect(await stage.rules(runtime)).toEqual(before);
    const found = (await stage.findings(runtime)).slice(0, 2);
    expect(found.find(({ kind }) => kind === "missing")).not.toHaveProperty("actor");
    expect(found.find(({ kind }) => kind === "drift")).toMatchObject({ actor: { name: "tester" } });
  });

  it("that somebody had written himself is not blamed on him when it goes", async () => {
    await stage.later(60);
    await stage.quietly(async () => {
      await stage.take(runtime, FROM_RUNNER);
      await stage.open(runtime, FROM_RUNNER);
    });
    const written = stage.account.bus.events().at(-1);
    await stage.quietly(() => stage.take(runtime, FROM_RUNNER));
    stage.account.queues.send("portward-remediate", JSON.stringify(written));
    await stage.idle();
    expect(await stage.rules(runtime)).toEqual(before);
    const [found] = await stage.findings(runtime);
    expect(found).toMatchObject({ kind: "missing", outcome: "restored" });
    expect(found).not.toHaveProperty("actor");
  });

  it("that somebody puts back first is not written twice", async () => {
    await stage.later(60);
    stage.account.faults.onNext("ec2", "AuthorizeSecurityGroupIngress", () =>
      stage.quietly(() => stage.open(runtime, FROM_RUNNER)),
    );
    await stage.quietly(() => stage.take(runtime, FROM_RUNNER));
    stage.mark();
    await stage.sweep(runtime);
    expect(await stage.rules(runtime)).toEqual(before);
    expect((await stage.findings(runtime))[0]).toMatchObject({ kind: "missing", outcome: "gone" });
  });

  it("that a wider permitted rule lets through is not missing", async () => {
    await stage.quietly(() => stage.open(runtime, "ingress tcp 9100 from 10.0.0.0/9"));
    await stage.quietly(() => stage.open(runtime, "ingress tcp 9100 from 10.128.0.0/9"));
    stage.mark();
    await stage.take(runtime, METRICS);
    await stage.idle();
    expect(stage.writes()).toEqual([]);
  });
});

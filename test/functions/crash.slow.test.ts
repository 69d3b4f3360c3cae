// A run that dies between any two of its calls, before or after the call took effect, and whose
// message is delivered again: the group ends right, with one finding, its actor, and one alert.
import { ModifySecurityGroupRulesCommand } from "@aws-sdk/client-ec2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ruleRequest } from "../../functions/aws/ip-permission.ts";
import { ruleOf } from "../support/deployed.ts";
import { type Gated, startGated } from "../support/gated.ts";
import { stride } from "../support/stride.ts";

const VISIBILITY = 360_000;
const HOUR = 3_600_000;
const STEP = stride(5);

let world: Gated;
beforeAll(async () => {
  world = await startGated();
});
afterAll(() => world.stop());

/** A way to make a group drift: the group, the rule the finding names, and how it is done. */
interface Scenario {
  readonly name: string;
  readonly drift: (n: number) => Promise<{ group: string; rule: string }>;
}

const scenarios: Scenario[] = [
  {
    name: "an opening that is revoked",
    async drift(n) {
      const rule = `ingress tcp ${20_000 + n} from 0.0.0.0/0`;
      await world.open(world.groups.deploy, rule);
      return { group: world.groups.deploy, rule };
    },
  },
  {
    name: "an edited rule that is narrowed in place",
    async drift(n) {
      const group = world.groups.workspace;
      const rule = `ingress tcp ${7000 - n}-7001 from 172.21.138.91/32`;
      const read = await world.aws.groups.read(group);
      const live = read?.group.rules.find(({ rule: own }) => own.shape.from === 7001);
      const update = {
        SecurityGroupRuleId: live?.ruleId,
        SecurityGroupRule: ruleRequest(ruleOf(rule)),
      };
      await world
        .as("tester")
        .send(
          new ModifySecurityGroupRulesCommand({ GroupId: group, SecurityGroupRules: [update] }),
        );
      return { group, rule };
    },
  },
  {
    name: "a required rule that is restored",
    async drift() {
      const rule = "ingress tcp 7005 from 172.21.138.101/32";
      await world.take(world.groups.runtime, rule);
      return { group: world.groups.runtime, rule };
    },
  },
];

describe.each(scenarios)("$name", ({ drift }) => {
  it.each(["cut", "cut-after"] as const)("survives a crash at every call (%s)", async how => {
    let reached = true;
    let crashes = 0;
    for (let at = how === "cut" ? 0 : STEP >> 1; reached; at += STEP) {
      // Long after the last alert of the same rule, which would speak for the next one.
      world.account.clock.advance(HOUR);
      let drifted = { group: "", rule: "" };
      const before = await rulesOfAll();
      const bodies = await world.events(async () => {
        drifted = await drift(at + (how === "cut" ? 0 : 100));
      });
      const alerts = alertsOf(drifted.rule);
      const findings = await findingsOf(drifted);
      world.gate.decide(call => (call < at ? "pass" : call === at ? how : "cut"));
      await world.deliver(bodies, "gate");
      reached = world.gate.count() > at;
      const told = alertsOf(drifted.rule) - alerts;
      world.account.clock.advance(VISIBILITY);
      expect(await world.deliver(bodies), `crash at call ${at}`).toEqual([]);
      // A call that took effect without its intent is looked for again before it is believed over.
      for (const seconds of [5, 30, 120, 60]) {
        world.account.clock.advance(seconds * 1000);
        await world.idle();
      }
      const found = await findingsOf(drifted);
      expect(await rulesOfAll(), `crash at call ${at}`).toEqual(before);
      expect(found.length - findings.length, `crash at call ${at}: findings`).toBe(1);
      expect(found[0], `crash at call ${at}`).toMatchObject({ actor: { name: "tester" } });
      expect(found[0]?.publishedAt, `crash at call ${at}`).toBeDefined();
      const total = alertsOf(drifted.rule) - alerts;
      // Two only where the crash fell between the publication and its mark.
      expect(told === 1 ? [1, 2] : [1], `crash at call ${at}: ${total} alerts`).toContain(total);
      crashes += reached ? 1 : 0;
    }
    expect(crashes).toBeGreaterThan(12 / STEP);
  });
});

async function rulesOfAll(): Promise<Record<string, string[]>> {
  const entries = Object.entries(world.groups).map(async ([part, id]) => [
    part,
    await world.rules(id),
  ]);
  return Object.fromEntries(await Promise.all(entries));
}

async function findingsOf({ group, rule }: { group: string; rule: string }) {
  return (await world.findings(group)).filter(finding => finding.rule === rule);
}

const alertsOf = (rule: string): number =>
  world.account.inbox.messages().filter(({ message }) => message.includes(rule)).length;

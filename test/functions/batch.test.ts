// Many messages at once: those of one group are one reconcile, a bad one costs no other, and doubled
// or reordered ones change nothing.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Envelope } from "../../local/bus.ts";
import { type Stage, startStage } from "../support/stage.ts";

const QUEUE = "portward-remediate";
const port = (n: number) => `ingress tcp ${n} from 0.0.0.0/0`;

let stage: Stage;
let deploy: string;
let before: string[];

beforeEach(async () => {
  stage = await startStage(undefined, { tries: 1 });
  deploy = stage.groups.deploy;
  before = await stage.rules(deploy);
});
afterEach(() => stage.stop());

const bodies = (count: number): string[] =>
  stage.account.bus
    .events()
    .slice(-count)
    .map((event: Envelope) => JSON.stringify(event));
const send = (all: readonly string[]) => {
  for (const body of all) stage.account.queues.send(QUEUE, body);
};
const ruleReads = () => stage.reads().filter(name => name === "DescribeSecurityGroupRules");
const deadLetters = () => stage.account.queues.messages(stage.deployment.deadLetters);

describe("messages of one batch", () => {
  it("for one group are one reconcile", async () => {
    await stage.quietly(async () => {
      for (let n = 0; n < 8; n += 1) await stage.open(deploy, port(5_000 + n));
    });
    stage.mark();
    send(bodies(8));
    await stage.idle();
    // The read it decides on, and the one that verifies.
    expect(ruleReads()).toHaveLength(2);
    expect(stage.writes()).toEqual(["RevokeSecurityGroupIngress"]);
    expect(await stage.findings(deploy)).toHaveLength(8);
    expect(stage.alerts()).toHaveLength(1);
    expect(await stage.rules(deploy)).toEqual(before);
  });

  it("that are no records go to the dead-letter queue with their reason, and the others are done", async () => {
    await stage.quietly(() => stage.open(deploy, port(5_100)));
    const [good = ""] = bodies(1);
    const elsewhere = JSON.stringify({ ...JSON.parse(good), account: "999988887777" });
    send(["not json", good, " ", '{"detail":{}}', elsewhere]);
    await stage.idle();
    expect(await stage.rules(deploy)).toEqual(before);
    const reasons = deadLetters().map(({ attributes }) => attributes.reason?.StringValue);
    expect(reasons).toHaveLength(4);
    expect(reasons).toContain("it is not JSON");
    expect(reasons).toContain("it is empty");
    expect(reasons.join()).toContain("999988887777");
    expect(stage.account.queues.count(QUEUE)).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
    expect(stage.account.queues.failures()).toEqual([]);
  });

  it("of which one group fails are done for the others, and come again for it", async () => {
    const { runtime } = stage.groups;
    await stage.quietly(async () => {
      await stage.open(deploy, port(5_200));
      await stage.open(runtime, port(5_200));
    });
    stage.account.faults.failNext("ec2", "DescribeSecurityGroupRules", "UnauthorizedOperation", 1);
    send(bodies(2));
    await stage.idle();
    const isOpen = async () =>
      (await Promise.all([deploy, runtime].map(id => stage.rules(id)))).map(rules =>
        rules.includes(port(5_200)),
      );
    expect((await isOpen()).toSorted()).toEqual([false, true]);
    await stage.later(360);
    expect(await isOpen()).toEqual([false, false]);
  });

  it("that are throttled for two groups come again once, and count against none", async () => {
    const { runtime } = stage.groups;
    await stage.quietly(async () => {
      await stage.open(deploy, port(5_300));
      await stage.open(runtime, port(5_300));
    });
    const events = bodies(2).map(body => JSON.parse(body) as Envelope);
    const both = JSON.stringify({ Records: events.map(({ detail }) => detail) });
    stage.account.faults.failNext("ec2", "DescribeSecurityGroupRules", "RequestLimitExceeded", 2);
    send([both]);
    await stage.idle();
    expect(stage.account.queues.failures()).toEqual([]);
    expect(stage.account.queues.count(QUEUE)).toEqual({ visible: 0, inFlight: 0, delayed: 1 });
    await stage.later(20);
    expect(await stage.rules(deploy)).toEqual(before);
    expect(await stage.rules(runtime)).not.toContain(port(5_300));
  });
});

describe("events", () => {
  it("that are doubled are one finding and one alert each", async () => {
    stage.account.bus.deliver({ copies: 3 });
    await stage.open(deploy, port(5_400));
    await stage.take(deploy, "ingress tcp 7002 from 172.21.138.91/32");
    await stage.idle();
    stage.account.bus.deliver({});
    expect(await stage.rules(deploy)).toEqual(before);
    expect(await stage.findings(deploy)).toHaveLength(2);
    expect(stage.alerts().length).toBeLessThanOrEqual(2);
    const told = stage
      .alerts()
      .map(({ message }) => message)
      .join();
    expect(told.split(`CLOSED ${port(5_400)}`)).toHaveLength(2);
  });

  it("that come again after all is done change nothing", async () => {
    await stage.open(deploy, port(5_500));
    await stage.idle();
    const [, body = ""] = bodies(2).toReversed();
    stage.mark();
    send([body, body]);
    await stage.idle();
    await stage.later(5);
    expect(stage.writes()).toEqual([]);
    expect(await stage.findings(deploy)).toHaveLength(1);
    expect(stage.alerts()).toEqual([]);
  });

  it("in the wrong order leave the group right, and name who did what", async () => {
    await stage.quietly(async () => {
      await stage.open(deploy, port(5_600));
      await stage.edit(deploy, port(5_600), port(5_601));
      await stage.take(deploy, "ingress tcp 7002 from 172.21.138.91/32");
    });
    send(bodies(3).toReversed());
    await stage.idle();
    expect(await stage.rules(deploy)).toEqual(before);
    const found = await stage.findings(deploy);
    expect(found.find(({ rule }) => rule === port(5_601))).toMatchObject({
      outcome: "closed",
      actor: { name: "tester" },
    });
    expect(found.find(({ kind }) => kind === "missing")).toMatchObject({ outcome: "restored" });
  });

  it("fifty at once on five groups leave every group right, one finding for each", async () => {
    const groups = Object.values(stage.groups);
    const rules = await Promise.all(groups.map(id => stage.rules(id)));
    await Promise.all(
      Array.from({ length: 50 }, (_, n) =>
        stage.open(groups[n % 5] ?? "", `ingress tcp ${6_000 + n} from 198.51.100.0/24`),
      ),
    );
    await stage.idle();
    for (const seconds of [5, 30, 45]) await stage.later(seconds);
    expect(await Promise.all(groups.map(id => stage.rules(id)))).toEqual(rules);
    const found = (await Promise.all(groups.map(id => stage.findings(id)))).flat();
    expect(found).toHaveLength(50);
    expect(new Set(found.map(({ rule }) => rule)).size).toBe(50);
    expect(found.filter(({ outcome }) => outcome !== "closed")).toEqual([]);
    expect(found.filter(({ actor }) => actor?.name !== "tester")).toEqual([]);
    expect(found.filter(({ publishedAt }) => publishedAt === undefined)).toEqual([]);
    expect(stage.alerts().length).toBeLessThanOrEqual(50);
    expect(stage.account.queues.failures()).toEqual([]);
  });
});

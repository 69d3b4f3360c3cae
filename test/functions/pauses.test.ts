// Pause, hold and resume on the local account, with its clock: what is written, what is told, when.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { resume, startPause } from "../../functions/reconcile/pauses.ts";
import { sweep } from "../../functions/reconcile/sweep.ts";
import { type Gated, startGated } from "../support/gated.ts";

const HOUR = 3_600_000;
const by = "arn:aws:iam::111122223333:user/operator";

let world: Gated;
beforeAll(async () => {
  world = await startGated();
});
afterAll(() => world.stop());

const told = () => world.account.inbox.messages().map(({ subject = "" }) => subject.split(",")[0]);

async function toldDuring(task: () => Promise<unknown>): Promise<(string | undefined)[]> {
  const before = told().length;
  await task();
  return told().slice(before);
}

describe("a pause of every group", () => {
  const rule = "ingress tcp 4444 from 0.0.0.0/0";

  it("is told, and lets an opening stand, which is told as left open", async () => {
    const wish = { kind: "pause", minutes: 150, reason: "migration", by } as const;
    expect(await toldDuring(() => startPause(world.aws, wish))).toEqual(["PAUSED every group"]);
    const { deploy } = world.groups;
    const bodies = await world.events(() => world.open(deploy, rule));
    const [subject] = await toldDuring(() => world.deliver(bodies));
    expect(subject).toMatch(/^LEFT OPEN/);
    expect(await world.rules(deploy)).toContain(rule);
  });

  it("is told again every hour, once, however often the sweep runs", async () => {
    world.account.clock.advance(HOUR);
    const minute = () => Promise.all([sweep(world.aws), sweep(world.aws)]);
    expect(await toldDuring(minute)).toEqual(["STILL PAUSED every group"]);
    expect(await toldDuring(() => sweep(world.aws))).toEqual([]);
  });

  it("ends by itself: that is told, and every group is looked at", async () => {
    world.account.clock.advance(2 * HOUR);
    const subjects = await toldDuring(() => sweep(world.aws));
    expect(subjects[0]).toBe("PAUSE ENDED every group");
    expect(subjects[1]).toMatch(/^CLOSED/);
    expect(await world.rules(world.groups.deploy)).not.toContain(rule);
    expect((await world.aws.policy.activeSummary()).pauses).toEqual([]);
    expect(await toldDuring(() => sweep(world.aws))).toEqual([]);
  });
});

describe("a hold of a group", () => {
  const rule = "ingress tcp 7005 from 172.21.138.101/32";

  it("keeps a required rule from being restored until it is resumed", async () => {
    const group = world.groups.runtime;
    await startPause(world.aws, { kind: "hold", group, reason: "incident", by });
    const bodies = await world.events(() => world.take(group, rule));
    await world.deliver(bodies);
    expect(await world.rules(group)).not.toContain(rule);
    expect((await toldDuring(() => resume(world.aws, by, group)))[0]).toBe(`HOLD ENDED ${group}`);
    await sweep(world.aws);
    expect(await world.rules(group)).toContain(rule);
    expect(await resume(world.aws, by, group)).toBe(false);
  });

  it("keeps nothing from being closed", async () => {
    const group = world.groups.runtime;
    await startPause(world.aws, { kind: "hold", group, reason: "incident", by });
    const opened = "ingress tcp 22 from 0.0.0.0/0";
    await world.deliver(await world.events(() => world.open(group, opened)));
    expect(await world.rules(group)).not.toContain(opened);
    await resume(world.aws, by, group);
  });
});

describe("a wish is refused", () => {
  it.each([
    ["longer than a day", { kind: "pause", minutes: 24 * 60 + 1, reason: "x", by }, "too-long"],
    ["without an end", { kind: "pause", reason: "x", by }, "endless"],
    ["without a reason", { kind: "pause", minutes: 5, reason: " ", by }, "reason"],
  ] as const)("%s", async (_, wish, code) => {
    expect(await startPause(world.aws, wish)).toMatchObject({ kind: "refused", code });
    expect((await world.aws.policy.activeSummary()).pauses).toEqual([]);
  });
});

// A hole that could not be closed is told at once; that it is closed at last is told as well.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sweep } from "../../functions/reconcile/sweep.ts";
import { type Gated, startGated } from "../support/gated.ts";

let world: Gated;
beforeAll(async () => {
  world = await startGated();
});
afterAll(() => world.stop());

const subjects = () =>
  world.account.inbox.messages().map(({ subject }) => subject?.split(" ing")[0]);

describe("a rule that EC2 would not revoke", () => {
  it("is alerted while it is open, and again when the sweep has closed it", async () => {
    const { deploy } = world.groups;
    const before = await world.rules(deploy);
    const rule = "ingress tcp 2222 from 0.0.0.0/0";
    const bodies = await world.events(() => world.open(deploy, rule));
    world.account.faults.failNext("ec2", "RevokeSecurityGroupIngress", "InternalError", 1_000);
    await world.deliver(bodies, "gate");
    expect(subjects()).toEqual(["COULD NOT CLOSE"]);
    expect(await world.rules(deploy)).toContain(rule);
    world.account.faults.clear();
    await sweep(world.aws);
    expect(await world.rules(deploy)).toEqual(before);
    expect(subjects()).toEqual(["COULD NOT CLOSE", "CLOSED"]);
    const [finding, ...others] = await world.findings(deploy);
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ rule, outcome: "closed", actor: { name: "tester" } });
    await sweep(world.aws);
    expect(subjects()).toHaveLength(2);
  });
});

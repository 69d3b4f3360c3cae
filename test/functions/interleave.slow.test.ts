// Two runs on one group at the same time: one stands still before each of its calls in turn while the
// other runs from start to end. Their order is irrelevant: the group, the finding and the alert.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { reconcile } from "../../functions/reconcile/reconcile.ts";
import type { Trigger } from "../../matrix/trigger.ts";
import type { Fate } from "../support/carrier.ts";
import { type Gated, startGated } from "../support/gated.ts";
import { stride } from "../support/stride.ts";

const STEP = stride(5);

let world: Gated;
beforeAll(async () => {
  world = await startGated();
});
afterAll(() => world.stop());

const audit = (): Trigger => ({
  kind: "audit",
  id: `audit-${world.aws.newId()}`,
  account: world.account.accountId,
  region: world.account.region,
  changes: [],
});

/** How the second run comes about. */
const others: { name: string; run: (bodies: string[], group: string) => Promise<unknown> }[] = [
  { name: "the same event delivered twice", run: bodies => world.deliver(bodies) },
  { name: "an audit", run: (_, group) => reconcile(world.aws, group, [audit()]) },
];

describe.each(others)("$name", ({ run }) => {
  it.each([
    ["a revoke", (n: number) => [`ingress tcp ${30_000 + n} from 0.0.0.0/0`], []],
    ["a narrowing", (n: number) => [`ingress tcp 7002-${7003 + n} from 172.21.138.0/24`], []],
    ["a restore", () => [], ["ingress tcp 7002 from 172.21.138.91/32"]],
  ])("beside %s at every call leaves one end", async (_, opened, taken) => {
    const { deploy } = world.groups;
    const rules = await world.rules(deploy);
    let reached = true;
    let held = 0;
    for (let at = 0; reached; at += STEP) {
      // Long after the last alert of the same rule, which would speak for the next one.
      world.account.clock.advance(3_600_000);
      const texts = opened(at);
      const known = new Set((await world.findings(deploy)).map(({ id }) => id));
      const alerts = world.account.inbox.messages().length;
      const bodies = await world.events(async () => {
        if (texts.length > 0) await world.open(deploy, ...texts);
        if (taken.length > 0) await world.take(deploy, ...taken);
      });
      const given = [...bodies];
      const stopped = Promise.withResolvers<void>();
      const go = Promise.withResolvers<void>();
      world.gate.decide(async (call): Promise<Fate> => {
        if (call === at) {
          stopped.resolve();
          await go.promise;
        }
        return "pass";
      });
      const first = world.deliver(given, "gate");
      await Promise.race([stopped.promise, first]);
      reached = world.gate.count() > at;
      await run(given, deploy);
      go.resolve();
      expect(await first, `held at call ${at}`).toEqual([]);
      await later();
      const found = (await world.findings(deploy)).filter(({ id }) => !known.has(id));
      expect(await world.rules(deploy), `held at call ${at}`).toEqual(rules);
      expect(
        found.map(({ rule }) => rule),
        `held at call ${at}`,
      ).toEqual([...texts, ...taken]);
      expect(found[0], `held at call ${at}`).toMatchObject({ actor: { name: "tester" } });
      const told = world.account.inbox
        .messages()
        .slice(alerts)
        .map(({ subject }) => subject);
      expect(told, `held at call ${at}`).toHaveLength(1);
      expect(await world.aws.intents.forGroup(deploy), `held at call ${at}`).toEqual([]);
      held += reached ? 1 : 0;
    }
    expect(held).toBeGreaterThan(12 / STEP);
  });
});

// Messages put back for later are delivered and done.
async function later(): Promise<void> {
  for (const seconds of [5, 30, 45, 120, 60]) {
    world.account.clock.advance(seconds * 1000);
    await world.idle();
  }
}

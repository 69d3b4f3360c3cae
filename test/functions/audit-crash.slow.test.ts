// An audit that dies at any of its calls; the minute sweep, the next audit and the late events: the same
// end as without the crash.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { auditNow } from "../../functions/reconcile/audit/job.ts";
import { sweep } from "../../functions/reconcile/sweep.ts";
import type { Finding } from "../../matrix/finding.ts";
import { type Gated, startGated } from "../support/gated.ts";
import { stride } from "../support/stride.ts";

const STEP = stride(15);

let world: Gated;
beforeAll(async () => {
  world = await startGated();
});
afterAll(() => world.stop());

describe.each(["cut", "cut-after"] as const)("an audit that dies (%s)", how => {
  it("leaves nothing that the next one does not bring to its end", async () => {
    const { deploy, api } = world.groups;
    const before = [await world.rules(deploy), await world.rules(api)];
    let crashes = 0;
    let isReached = true;
    for (let at = how === "cut" ? 0 : STEP >> 1; isReached; at += STEP) {
      const rule = `ingress tcp ${(how === "cut" ? 20_000 : 40_000) + at} from 0.0.0.0/0`;
      const bodies = await world.events(async () => {
        await world.open(deploy, rule);
        await world.open(api, rule);
      });
      world.gate.decide(call => (call < at ? "pass" : call === at ? how : "cut"));
      await auditNow(world.behind, { by: "test" }).catch(() => undefined);
      isReached = world.gate.count() > at;
      world.account.clock.advance(360_000);
      await sweep(world.aws);
      const answer = await auditNow(world.aws, { by: "test" });
      expect(answer.kind, `crash at call ${at}`).toBe("done");
      expect([await world.rules(deploy), await world.rules(api)], `crash at ${at}`).toEqual(before);
      if ((await findingsOf(rule)).length < 2) await deliverLate(bodies);
      const found = await findingsOf(rule);
      expect(found.map(({ group }) => group.id).sort(), `crash at ${at}`).toEqual(
        [deploy, api].sort(),
      );
      expect(found.every(isTold), `crash at call ${at}`).toBe(true);
      crashes += isReached ? 1 : 0;
    }
    expect(crashes).toBeGreaterThan(40 / STEP);
  }, 300_000);
});

const isTold = ({ outcome, publishedAt }: Finding): boolean =>
  /^(?:closed|gone)$/.test(outcome) && publishedAt !== undefined;

async function findingsOf(rule: string): Promise<Finding[]> {
  const { deploy, api } = world.groups;
  const all = [...(await world.findings(deploy)), ...(await world.findings(api))];
  return all.filter(finding => finding.rule === rule);
}

/** What a revoke left no trace of, its own event tells. */
async function deliverLate(bodies: readonly string[]): Promise<void> {
  await world.deliver(bodies);
  for (const seconds of [5, 30, 120, 60]) {
    world.account.clock.advance(seconds * 1_000);
    await world.idle();
  }
}

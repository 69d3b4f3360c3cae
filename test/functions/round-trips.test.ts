// Counted at the wire: how many AWS calls follow one another before a hole is closed, and what an
// event costs that changes nothing.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Deployed, startDeployed } from "../support/deployed.ts";

const WRITES = /^(Authorize|Revoke|Modify)/;

let it5: Deployed;
beforeAll(async () => {
  it5 = await startDeployed();
  // One event first: the matrix is warm from then on.
  await it5.open(it5.groups.deploy, "ingress tcp 1 from 192.0.2.1/32");
  await it5.idle();
  it5.account.faults.delay(15);
});
afterAll(() => it5.stop());

interface Step {
  readonly action: string;
  readonly depth: number;
}

/** The handler's calls after a task, each with the length of the chain of calls that led to it. */
async function chainOf(task: () => Promise<unknown>): Promise<Step[]> {
  await it5.idle();
  it5.account.calls.clear();
  await task();
  await it5.idle();
  const own = it5.account.calls.list().filter(({ caller }) => caller.includes("portward"));
  const depths: number[] = [];
  for (const [index, call] of own.entries()) {
    const before = own
      .slice(0, index)
      .map((other, i) => ((other.endedAt ?? 0) <= call.startedAt ? (depths[i] ?? 0) : 0));
    depths.push(1 + Math.max(0, ...before));
  }
  return own.map(({ action }, index) => ({ action, depth: depths[index] ?? 0 }));
}

const firstOf = (steps: readonly Step[], action: RegExp) => steps.find(s => action.test(s.action));

describe("from event to closed, warm", () => {
  it("a revoke is the second of two sequential round trips", async () => {
    const rule = "ingress tcp 22 from 0.0.0.0/0";
    const steps = await chainOf(() => it5.open(it5.groups.deploy, rule));
    expect(firstOf(steps, /^Revoke/)).toEqual({ action: "RevokeSecurityGroupIngress", depth: 2 });
    expect(steps.filter(({ depth }) => depth === 1).length).toBeGreaterThanOrEqual(5);
  });

  it("a narrowing to one rule is the second of two", async () => {
    const rule = "ingress tcp 7001 from 172.21.138.0/25";
    await it5.take(it5.groups.workspace, "ingress tcp 7001 from 172.21.138.91/32");
    const steps = await chainOf(() => it5.open(it5.groups.workspace, rule));
    const write = firstOf(steps, WRITES);
    expect(write?.depth).toBe(2);
  });

  it("several openings of one group are one revoke", async () => {
    const rules = [22, 23, 24].map(port => `ingress tcp ${port} from 0.0.0.0/0`);
    const steps = await chainOf(() => it5.open(it5.groups.deploy, ...rules));
    const revokes = steps.filter(({ action }) => action.startsWith("Revoke"));
    expect(revokes).toEqual([{ action: "RevokeSecurityGroupIngress", depth: 2 }]);
  });
});

describe("an event that changes nothing", () => {
  it("costs one round trip of reads and writes nothing", async () => {
    const rule = "ingress tcp 8080 from 172.21.7.0/24";
    const steps = await chainOf(() => it5.open(it5.groups.api, rule));
    expect(steps.map(({ action }) => action).toSorted()).toEqual([
      "BatchGetItem",
      "DescribeSecurityGroupRules",
      "DescribeSecurityGroups",
      "Query",
      "Query",
    ]);
    expect(Math.max(...steps.map(({ depth }) => depth))).toBe(1);
  });
});

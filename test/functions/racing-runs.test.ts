// Two batches hold events of one group, and one run is faster: the other one costs little, and what only
// its event tells, who made a rule, ends up on the finding of the first.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Fate } from "../support/carrier.ts";
import { type Gated, startGated } from "../support/gated.ts";
import { isWrite } from "../support/write.ts";

let world: Gated;
let deploy: string;
let before: string[];
beforeAll(async () => {
  world = await startGated();
  deploy = world.groups.deploy;
  before = await world.rules(deploy);
});
beforeEach(() => world.account.calls.clear());
afterAll(() => world.stop());

const writes = () =>
  world.account.calls
    .list()
    .filter(({ service, caller }) => service === "ec2" && caller.includes("portward"))
    .filter(({ action }) => isWrite(action));

const ports = (first: number) =>
  Array.from({ length: 12 }, (_, n) => `ingress tcp ${first + n} from 0.0.0.0/0`);

describe("a revoke of twelve rules", () => {
  it("that finds them all gone asks for none of them again", async () => {
    const rules = ports(30_000);
    const bodies = await world.events(() => world.open(deploy, ...rules));
    world.account.faults.onNext("ec2", "RevokeSecurityGroupIngress", () =>
      world.take(deploy, ...rules),
    );
    expect(await world.deliver(bodies)).toEqual([]);
    expect(await world.rules(deploy)).toEqual(before);
    expect(writes()).toHaveLength(1);
    const found = await world.findings(deploy);
    expect(found.map(({ outcome }) => outcome)).toEqual(Array.from(rules, () => "gone"));
  });

  it("that finds two of them gone takes the others in one more call", async () => {
    const rules = ports(31_000);
    const bodies = await world.events(() => world.open(deploy, ...rules));
    world.account.faults.onNext("ec2", "RevokeSecurityGroupIngress", () =>
      world.take(deploy, ...rules.slice(3, 5)),
    );
    expect(await world.deliver(bodies)).toEqual([]);
    expect(await world.rules(deploy)).toEqual(before);
    expect(writes()).toHaveLength(2);
  });
});

describe("a run that comes between another one's revoke and its record", () => {
  it("leaves the finding to it, and tells it later who made the rule", async () => {
    const [mine = "", theirs = ""] = ports(32_000);
    const first = await world.events(() => world.open(deploy, mine));
    const second = await world.events(() => world.open(deploy, theirs));
    const revoked = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    world.gate.decide(async (): Promise<Fate> => {
      if (writes().length === 0) return "pass";
      revoked.resolve();
      await go.promise;
      return "pass";
    });
    const slow = world.deliver(first, "gate");
    await revoked.promise;
    expect(await world.deliver(second)).toEqual([]);
    const ofTheirs = async () =>
      (await world.findings(deploy)).filter(({ rule }) => rule === theirs);
    expect(await ofTheirs()).toEqual([]);
    go.resolve();
    expect(await slow).toEqual([]);
    expect(await ofTheirs()).toMatchObject([{ outcome: "closed" }]);
    expect((await ofTheirs())[0]).not.toHaveProperty("actor");
    world.account.clock.advance(5_000);
    await world.idle();
    expect(await ofTheirs()).toMatchObject([{ outcome: "closed", actor: { name: "tester" } }]);
    expect(await world.rules(deploy)).toEqual(before);
  });
});

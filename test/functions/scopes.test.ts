// Three accounts in two regions each, all with the same group ids and one set of tables: what happens
// in one of them is seen, repaired, recorded and stopped there and nowhere else.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { actOnException, askException } from "../../functions/reconcile/exceptions.ts";
import { startPause } from "../../functions/reconcile/pauses.ts";
import { sweep } from "../../functions/reconcile/sweep.ts";
import { done, identityIn, RULE, wishFor } from "../support/exception-stage.ts";
import { type Scope, type Scopes, startScopes } from "../support/scopes.ts";

let scopes: Scopes;
let all: readonly Scope[];
let before: string[];
beforeAll(async () => {
  scopes = await startScopes();
  all = scopes.all;
  before = (await first().rules(deploy())) ?? [];
});
afterAll(() => scopes.stop());

const first = (): Scope => at(0);
const at = (index: number): Scope => {
  const scope = all[index];
  if (!scope) throw new Error(`there is no scope ${index}`);
  return scope;
};
const deploy = () => first().groups.deploy;
const port = (n: number) => `ingress tcp ${n} from 0.0.0.0/0`;
const others = (scope: Scope) => all.filter(one => one !== scope);
const writes = () => all.map(scope => scope.writes().length);

describe("six scopes", () => {
  it("are of three accounts and two regions, with the same group ids", () => {
    expect(new Set(all.map(({ name }) => name)).size).toBe(6);
    expect(new Set(all.map(({ groups }) => groups.deploy)).size).toBe(1);
  });

  it.each([0, 1, 2, 3, 4, 5])(
    "an opening in number %i is closed there, and no other is called",
    async index => {
      const scope = at(index);
      const counted = writes();
      const bodies = await scope.open(deploy(), port(4_000 + index));
      expect(await scope.rules(deploy())).not.toEqual(before);
      expect(await scope.deliver(...bodies)).toEqual([]);
      expect(await scope.rules(deploy())).toEqual(before);
      expect(writes()).toEqual(counted.map((count, n) => (n === index ? count + 1 : count)));
    },
  );

  it("the same opening in all of them is a finding in each, and an alert that names its place", async () => {
    const seen = scopes.home.inbox.messages().length;
    const bodies = await Promise.all(all.map(scope => scope.open(deploy(), port(4_100))));
    await Promise.all(all.map((scope, index) => scope.deliver(...(bodies[index] ?? []))));
    const findings = await Promise.all(all.map(({ aws }) => aws.findings.forGroup(deploy())));
    const ids = findings.map(list =>
      list.filter(({ rule }) => rule === port(4_100)).map(({ id }) => id),
    );
    expect(ids.map(list => list.length)).toEqual([1, 1, 1, 1, 1, 1]);
    expect(new Set(ids.flat()).size).toBe(6);
    const texts = scopes.home.inbox
      .messages()
      .slice(seen)
      .map(({ message }) => message);
    expect(texts).toHaveLength(6);
    for (const { account } of all) {
      const named = texts.filter(
        text => text.includes(account.accountId) && text.includes(account.region),
      );
      expect(named).toHaveLength(1);
    }
  });

  it("a finding is not to be had by its id from another scope", async () => {
    const [finding] = await first().aws.findings.forGroup(deploy());
    const id = finding?.id ?? "";
    expect((await first().aws.findings.get(id))?.id).toBe(id);
    const elsewhere = await Promise.all(others(first()).map(({ aws }) => aws.findings.get(id)));
    expect(elsewhere).toEqual([undefined, undefined, undefined, undefined, undefined]);
  });
});

describe("a message of another account or region", () => {
  const stranger = "444455556666";

  it.each([
    ["another account", { account: stranger }],
    ["another region", { region: "us-east-1" }],
  ])(
    "whose envelope is of %s is rejected with its reason, and nothing is called",
    async (_what, forged) => {
      const scope = first();
      const bodies = await scope.open(deploy(), port(4_200));
      const counted = writes();
      const dead = scopes.rejected().length;
      const moved = bodies.map(body => JSON.stringify({ ...JSON.parse(body), ...forged }));
      expect(await scope.deliver(...moved)).toEqual([]);
      expect(scopes.rejected().slice(dead).join()).toContain(Object.values(forged)[0]);
      expect(writes()).toEqual(counted);
      await scope.deliver(...bodies);
      expect(await scope.rules(deploy())).toEqual(before);
    },
  );

  it("that says so in the record under an honest envelope is rejected", async () => {
    const scope = first();
    const bodies = await scope.open(deploy(), port(4_300));
    const counted = writes();
    const dead = scopes.rejected().length;
    const forged = bodies.map(body => {
      const event = JSON.parse(body);
      return JSON.stringify({
        ...event,
        detail: { ...event.detail, recipientAccountId: stranger },
      });
    });
    await scope.deliver(...forged);
    expect(scopes.rejected().slice(dead)).toHaveLength(1);
    expect(writes()).toEqual(counted);
    await scope.deliver(...bodies);
    expect(await scope.rules(deploy())).toEqual(before);
  });

  it("is rejected by every scope but its own, which still closes what it tells of", async () => {
    const scope = at(3);
    const bodies = await scope.open(deploy(), port(4_400));
    const counted = writes();
    const dead = scopes.rejected().length;
    for (const other of others(scope)) expect(await other.deliver(...bodies)).toEqual([]);
    expect(scopes.rejected().slice(dead)).toHaveLength(5);
    expect(writes()).toEqual(counted);
    await scope.deliver(...bodies);
    expect(await scope.rules(deploy())).toEqual(before);
  });
});

describe("what people decide for one scope", () => {
  it("a pause there lets an opening stand there, and is no pause anywhere else", async () => {
    const paused = at(2);
    const by = "arn:aws:iam::222233334444:user/operator";
    await startPause(paused.aws, { kind: "pause", minutes: 60, reason: "migration", by });
    const bodies = await Promise.all(all.map(scope => scope.open(deploy(), port(4_500))));
    await Promise.all(all.map((scope, index) => scope.deliver(...(bodies[index] ?? []))));
    const open = await Promise.all(
      all.map(async scope => (await scope.rules(deploy())).includes(port(4_500))),
    );
    expect(open).toEqual(all.map(scope => scope === paused));
  });
});

describe("an exception", () => {
  it("of one scope is unknown in every other, and opens nothing there", async () => {
    const scope = at(4);
    const { account } = scope;
    const asked = done(
      await askException(scope.aws, wishFor(deploy()), identityIn(account, "tester")),
    );
    await actOnException(scope.aws, asked.id, "approve", identityIn(account, "alice"));
    expect((await scope.aws.exceptions.get(asked.id))?.state).toBe("approved");
    for (const other of others(scope)) {
      expect(await other.aws.exceptions.get(asked.id)).toBeUndefined();
      expect(
        await actOnException(other.aws, asked.id, "withdraw", identityIn(account, "tester")),
      ).toMatchObject({ kind: "refused", code: "unknown" });
    }
    for (const { aws } of all) await sweep(aws);
    const open = await Promise.all(
      all.map(async one => (await one.rules(deploy())).includes(RULE)),
    );
    expect(open).toEqual(all.map(one => one === scope));
  });
});

describe("the tables they share", () => {
  it("hold no item of two scopes, and none of no scope but what ids drawn at random name", async () => {
    const keys = await scopes.keys();
    const names = all.map(({ name }) => name);
    const of = (pk: string) => names.filter(name => pk.includes(name));
    expect(new Set(keys.map(({ table }) => table)).size).toBe(5);
    const stray = keys.filter(({ pk }) => of(pk).length !== 1);
    expect(
      stray.filter(({ table, pk }) => table !== "history" || !/^X#x-\w{20,}$/.test(pk)),
    ).toEqual([]);
    for (const name of names) expect(keys.some(({ pk }) => of(pk)[0] === name)).toBe(true);
  });
});

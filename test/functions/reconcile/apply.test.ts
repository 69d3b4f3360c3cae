// A plan that becomes calls: in which order, what waits for what, and what a failure leaves.
import { describe, expect, it } from "vitest";
import { apply, type Step } from "../../../functions/reconcile/apply.ts";
import { keyOf, newProgress } from "../../../functions/reconcile/progress.ts";
import type { Exception } from "../../../matrix/exception.ts";
import { parseMatrix } from "../../../matrix/file/parse.ts";
import { resolvePins } from "../../../matrix/flows/selection.ts";
import { emptyPlan, type Plan, planFor } from "../../../matrix/plan.ts";
import { groupPolicy, makePolicy } from "../../../matrix/policy.ts";
import { parseCidr } from "../../../matrix/rules/cidr.ts";
import type { Change } from "../../../matrix/trigger.ts";
import { judge } from "../../../matrix/verdict.ts";
import { ruleOf } from "../../support/deployed.ts";
import { matrixOf } from "../../support/judging.ts";
import { ownPieces } from "../../support/pieces.ts";
import { ec2Calls, type Planted, plantGroup } from "../../support/planted.ts";
import { eventOf } from "../../support/settings.ts";

const pieces = ownPieces();

const REVOKE = "RevokeSecurityGroupIngress";
const AUTHORIZE = "AuthorizeSecurityGroupIngress";
const MODIFY = "ModifySecurityGroupRules";
const WORLD = "ingress tcp 22 from 0.0.0.0/0";
const PART = "ingress tcp 22 from 10.0.0.0/9";
const OPEN = "ingress tcp 23 from 0.0.0.0/0";
const NEEDED = "ingress tcp 443 from 10.9.0.0/16";
/** These let NEEDED through, and more. */
const WIDE = "ingress tcp 443 from 0.0.0.0/0";
const RANGE = "ingress tcp 400-443 from 0.0.0.0/0";

interface Given {
  readonly changes?: readonly ((id: string) => Change)[];
  readonly exceptions?: readonly Omit<Exception, "groups">[];
  /** Nobody waits for what is written longer than no time at all. */
  readonly isImpatient?: boolean;
}

/** A group with these rules that is to be brought to what the matrix says. */
async function groupWith(planted: readonly Planted[], given: Given = {}) {
  const aws = pieces.fresh();
  const id = plantGroup(pieces, planted, { name: "web" });
  const read = await aws.groups.read(id);
  if (!read) throw new Error("not planted");
  const flows = [
    "{ from: 10.0.0.0/9, to: web, ports: tcp 22, need: allowed }",
    "{ from: 10.9.0.0/16, to: web, ports: tcp 443, need: required }",
  ];
  const document = parseMatrix([{ name: "test.yaml", text: matrixOf(flows) }]);
  const exceptions = (given.exceptions ?? []).map(one => ({ ...one, groups: [id] }));
  const policy = groupPolicy(
    makePolicy(document, resolvePins(document, [read.group])),
    read.group,
    {
      ...{ ipv6: true, exceptions, now: 1 },
    },
  );
  if (!policy) throw new Error("nothing governs it");
  const judgement = judge(read.group, policy);
  const { rules } = read.group;
  const changes = (given.changes ?? []).map(change => change(rules[0]?.ruleId ?? ""));
  const signals: AbortSignal[] = [];
  let now = 1_000_000;
  const deps: Step["deps"] = {
    ...aws,
    clock: () => now,
    async sleep(ms, signal) {
      if (!signal) now += ms;
      else {
        signals.push(signal);
        const aborted = new Promise(resolve => signal.addEventListener("abort", resolve));
        if (!given.isImpatient) await aborted;
      }
    },
  };
  const progress = newProgress();
  const closing: Step["closing"] = { groups: aws.groups, read, progress, permittedPart: () => [] };
  const step: Step = { deps, judgement, closing, triggers: [eventOf(changes)], progress };
  const plan = planFor(judgement);
  return { ...{ aws, id, rules, step, plan, progress, signals }, left: () => pieces.rules(id) };
}

/** Waits until a rule is gone, or so long that it will stay. */
async function until(left: () => Promise<string[]>, rule: string): Promise<void> {
  for (let look = 0; look < 50 && (await left()).includes(rule); look++);
}

const fail = (action: string, code: string, times = 1) =>
  pieces.account.faults.failNext("ec2", action, code, times);

describe("what nothing permits", () => {
  it("is revoked", async () => {
    const { step, plan, progress, left } = await groupWith([NEEDED, OPEN, PART]);
    expect(await ec2Calls(pieces, () => apply(step, plan))).toEqual([REVOKE]);
    expect(await left()).toEqual([PART, NEEDED].toSorted());
    expect(progress.revoked.size).toBe(1);
  });

  it("is revoked while what is required cannot be written", async () => {
    const { step, plan, left } = await groupWith([OPEN]);
    let atEnd: string[] = [];
    const groups: Step["deps"]["groups"] = {
      ...step.deps.groups,
      async authorize(...args) {
        await until(left, OPEN);
        atEnd = await left();
        await step.deps.groups.authorize(...args);
      },
    };
    await apply({ ...step, deps: { ...step.deps, groups } }, plan);
    expect(atEnd).toEqual([]);
    expect(await left()).toEqual([NEEDED]);
  });

  it("and of which nothing is to be done costs no call", async () => {
    const { step } = await groupWith([NEEDED, OPEN]);
    expect(await ec2Calls(pieces, () => apply(step, emptyPlan))).toEqual([]);
  });
});

describe("what is permitted in part", () => {
  const planted: Planted[] = [[WORLD, "of the api team"], NEEDED];

  it("goes once what is left of it is written, with its description", async () => {
    const { aws, id, step, plan, progress, left, signals } = await groupWith(planted);
    expect(await ec2Calls(pieces, () => apply(step, plan))).toEqual([AUTHORIZE, REVOKE]);
    expect(await left()).toEqual([PART, NEEDED].toSorted());
    const rules = (await aws.groups.read(id))?.group.rules ?? [];
    expect(rules.map(({ description }) => description)).toContain("of the api team");
    expect([...progress.wrote]).toEqual([PART]);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  });

  it("goes at the latest after five seconds", async () => {
    const { step, plan, left } = await groupWith(planted, { isImpatient: true });
    const groups: Step["deps"]["groups"] = {
      ...step.deps.groups,
      async authorize(...args) {
        await until(left, WORLD);
        await step.deps.groups.authorize(...args);
      },
    };
    const asked: number[] = [];
    const sleep: Step["deps"]["sleep"] = (ms, signal) => {
      asked.push(ms);
      return step.deps.sleep(ms, signal);
    };
    await apply({ ...step, deps: { ...step.deps, groups, sleep } }, plan);
    expect(await left()).toEqual([PART, NEEDED].toSorted());
    expect(asked).toEqual([5_000]);
  });

  it.each<[string, (ruleId: string) => Change]>([
    ["names its text", ruleId => ({ kind: "added", ruleId, rule: WORLD })],
    ["names its content", ruleId => ({ kind: "changed", ruleId, content: "tcp 22 0.0.0.0/0" })],
  ])("is changed in place where an event %s and its id", async (_, change) => {
    const other = (): Change => ({ kind: "added", rule: OPEN });
    const { aws, id, rules, ...own } = await groupWith(planted, { changes: [change, other] });
    const { step, plan, progress } = own;
    expect(await ec2Calls(pieces, () => apply(step, plan))).toEqual([MODIFY]);
    const [live] = rules;
    const [now] = (await aws.groups.read(id))?.group.rules ?? [];
    expect(now).toEqual({ ...live, rule: ruleOf(PART) });
    expect(progress.calls).toEqual([`modify ${live?.ruleId} from ${WORLD} to ${PART}`]);
    expect([...progress.narrowed]).toEqual([live && keyOf(live)]);
    expect([...progress.taken.keys()]).toEqual([live && keyOf(live)]);
    expect([...progress.wrote]).toEqual([PART]);
    expect(progress.revoked.size).toBe(0);
  });

  it.each<[string, (ruleId: string) => Change]>([
    ["another text", ruleId => ({ kind: "added", ruleId, rule: OPEN })],
    ["other content", ruleId => ({ kind: "changed", ruleId, content: "tcp 23 0.0.0.0/0" })],
    ["another id", () => ({ kind: "added", ruleId: "sgr-0a1b2c3d", rule: WORLD })],
    ["no id", () => ({ kind: "added", rule: WORLD })],
  ])("is written anew where an event names %s", async (_, change) => {
    const { step, plan } = await groupWith(planted, { changes: [change] });
    expect(await ec2Calls(pieces, () => apply(step, plan))).toEqual([AUTHORIZE, REVOKE]);
  });

  it("is written anew where it has no id itself", async () => {
    const changes = [(): Change => ({ kind: "added", rule: WORLD })];
    const { step, left } = await groupWith(planted, { changes });
    const modify = [{ live: { rule: ruleOf(WORLD) }, to: ruleOf(PART) }];
    const task = () => apply(step, { ...emptyPlan, modify });
    expect(await ec2Calls(pieces, task)).toEqual([AUTHORIZE, REVOKE]);
    expect(await left()).toEqual([PART, NEEDED].toSorted());
  });

  describe("and is changed in place", () => {
    const changes = [(ruleId: string): Change => ({ kind: "added", ruleId, rule: WORLD })];

    it("is revoked where what is left of it stands already", async () => {
      const { step, plan, progress, left, rules, id } = await groupWith(planted, { changes });
      await pieces.open(id, PART);
      expect(await ec2Calls(pieces, () => apply(step, plan))).toEqual([MODIFY, REVOKE]);
      expect(await left()).toEqual([PART, NEEDED].toSorted());
      expect([...progress.revoked]).toEqual([rules[0] && keyOf(rules[0])]);
      expect([progress.failures, progress.narrowed.size, progress.wrote.size]).toEqual([[], 0, 0]);
    });

    it("may be gone", async () => {
      const { step, plan, progress, id } = await groupWith(planted, { changes });
      await pieces.take(id, WORLD);
      expect(await ec2Calls(pieces, () => apply(step, plan))).toEqual([MODIFY]);
      expect([progress.failures, progress.narrowed.size, progress.wrote.size]).toEqual([[], 0, 0]);
    });

    it("is a failure where the call fails", async () => {
      const { step, plan, progress, left } = await groupWith(planted, { changes });
      fail(MODIFY, "InternalError");
      expect(await ec2Calls(pieces, () => apply(step, plan))).toEqual([MODIFY]);
      expect(progress.failures).toEqual([expect.stringMatching(/^modify .*: InternalError/)]);
      expect(await left()).toEqual([WORLD, NEEDED].toSorted());
      expect(progress.narrowed.size).toBe(0);
    });
  });
});

describe("what lets through what is required", () => {
  it("goes once that is written, though it is not what it is left of", async () => {
    const { step, plan, left } = await groupWith([WIDE, RANGE, WORLD, OPEN]);
    expect([plan.modify.length, plan.revoke.length]).toEqual([2, 2]);
    let before: string[] = [];
    const groups: Step["deps"]["groups"] = {
      ...step.deps.groups,
      async authorize(...args) {
        await until(left, OPEN);
        before = await left();
        await step.deps.groups.authorize(...args);
      },
    };
    await apply({ ...step, deps: { ...step.deps, groups } }, plan);
    expect(before, "the other one has gone by then").toEqual([WORLD, RANGE, WIDE]);
    expect(await left()).toEqual([PART, NEEDED]);
  });
});

describe("what cannot be written", () => {
  it("at first is tried again for a while", async () => {
    const { step, plan, progress, left } = await groupWith([]);
    fail(AUTHORIZE, "InternalError", 3);
    expect(await ec2Calls(pieces, () => apply(step, plan))).toHaveLength(4);
    expect(await left()).toEqual([NEEDED]);
    expect(progress.failures).toEqual([]);
  });

  it("within five seconds is owed", async () => {
    const { step, plan, progress } = await groupWith([]);
    fail(AUTHORIZE, "InternalError", 100);
    const calls = await ec2Calls(pieces, () => apply(step, plan));
    expect(calls).toHaveLength(13);
    expect([...progress.owed.keys()]).toEqual([NEEDED]);
    expect(progress.failures).toEqual([expect.stringContaining(`authorize ${NEEDED}: `)]);
  });
});

describe("a group that is full", () => {
  const FULL = "RulesPerSecurityGroupLimitExceeded";
  const [LOW, HIGH] = ["ingress tcp 22 from 10.0.0.0/10", "ingress tcp 22 from 10.64.0.0/10"];

  it("makes room by what others hold that stay", async () => {
    const { step, plan, progress, left } = await groupWith([LOW, PART, HIGH]);
    fail(AUTHORIZE, FULL);
    const calls = await ec2Calls(pieces, () => apply(step, plan));
    expect(calls).toEqual([AUTHORIZE, REVOKE, AUTHORIZE]);
    expect(await left()).toEqual([PART, NEEDED].toSorted());
    expect([progress.owed.size, progress.failures]).toEqual([0, []]);
  });

  it("keeps one of two ways in which the same is let through", async () => {
    const { step, plan, left } = await groupWith([LOW, HIGH, "ingress tcp 22 from 10.32.0.0/11"]);
    fail(AUTHORIZE, FULL);
    await apply(step, plan);
    expect(await left()).toEqual([LOW, HIGH, NEEDED].toSorted());
  });

  it("makes no room by what only drift holds, and none unless it is full", async () => {
    const { step, plan, left } = await groupWith([PART, "ingress tcp 22-23 from 0.0.0.0/0"]);
    const revoke: Plan = { ...plan, modify: [], revoke: [] };
    fail(AUTHORIZE, FULL);
    await apply(step, revoke);
    expect(await left()).toContain(PART);
    const other = await groupWith([PART, LOW]);
    await apply(other.step, other.plan);
    expect(await other.left()).toEqual([LOW, PART, NEEDED].toSorted());
  });

  it("makes room by what an exception lets stand", async () => {
    const exception = {
      ...{ id: "x-1", state: "active", start: 0, end: 100, open: false },
      rule: "ingress tcp 22 from 10.0.0.0/8",
    };
    const planted = [PART, "ingress tcp 22 from 10.0.0.0/8"];
    const { step, plan, left } = await groupWith(planted, { exceptions: [exception] });
    fail(AUTHORIZE, FULL);
    await apply(step, plan);
    expect(await left()).toEqual(["ingress tcp 22 from 10.0.0.0/8", NEEDED]);
  });

  it("is written to once more when all that had to go is gone", async () => {
    const { step, plan, progress, left } = await groupWith([OPEN]);
    fail(AUTHORIZE, FULL, 2);
    const calls = await ec2Calls(pieces, () => apply(step, plan));
    expect(calls.filter(call => call === AUTHORIZE)).toHaveLength(3);
    expect(calls.at(-1)).toBe(AUTHORIZE);
    expect(await left()).toEqual([NEEDED]);
    expect(progress.owed.size).toBe(0);
  });

  it("owes what does not fit even then", async () => {
    const { step, plan, progress, left } = await groupWith([OPEN]);
    fail(AUTHORIZE, FULL, 3);
    await apply(step, plan);
    expect(await left()).toEqual([]);
    expect([...progress.owed.keys()]).toEqual([NEEDED]);
  });
});

describe("a prefix list that holds more than it may", () => {
  /** A list of two blocks of which one is to go, and another to come back. */
  async function listed() {
    const { account } = pieces;
    const place = { account: account.accountId, region: account.region };
    const entries = ["192.0.2.0/24", "198.51.100.0/24"].map(cidr => ({ cidr }));
    const id = account.ec2.seed.prefixList(place, { name: "offices", entries, maxEntries: 5 });
    const own = await groupWith([NEEDED]);
    const [list] = await own.aws.lists.read([id]);
    if (!list) throw new Error("not planted");
    const [extra, back] = ["192.0.2.0/24", "192.0.2.0/25"].map(text =>
      [parseCidr(text)].flatMap(c => c ?? []),
    );
    const plan: Plan = { ...emptyPlan, lists: [{ list, extra: extra ?? [], back: back ?? [] }] };
    return { ...own, id, list, plan };
  }

  it("is put back", async () => {
    const { aws, id, step, plan, progress } = await listed();
    await apply(step, plan);
    const [list] = await aws.lists.read([id]);
    expect(list?.version).toBe(2);
    expect(list?.entries).toHaveLength(2);
    expect(progress.calls).toEqual([`take 192.0.2.0/24 out of ${id}`]);
    expect([...progress.narrowed]).toEqual([id]);
    expect([progress.misses.size, progress.broken.size, progress.failures]).toEqual([0, 0, []]);
  });

  it("is trusted no more by name where that fails twice", async () => {
    const { id, step, plan, progress } = await listed();
    fail("ModifyManagedPrefixList", "PrefixListVersionMismatch", 2);
    await apply(step, plan);
    expect(progress.failures).toEqual([expect.stringContaining(`out of ${id}: `)]);
    expect([[...progress.misses], progress.broken.size]).toEqual([[[id, 1]], 0]);
    await apply(step, plan);
    expect([[...progress.misses], [...progress.broken]]).toEqual([[[id, 2]], [id]]);
    expect(progress.narrowed.size).toBe(0);
  });
});

// What a run reads to decide on: whole, at once where it is known what will be needed, and compiled once.
import { beforeAll, describe, expect, it } from "vitest";
import type { AwsAccount } from "../../../functions/aws/account.ts";
import {
  compileFor,
  judgeState,
  listView,
  readState,
  type State,
} from "../../../functions/reconcile/state.ts";
import { formatRule } from "../../../matrix/rules/rule.ts";
import { approved, MINUTE } from "../../support/exception-pieces.ts";
import { findingOf } from "../../support/findings.ts";
import { governed as governedGroup } from "../../support/governed.ts";
import { governing, putInForce } from "../../support/in-force.ts";
import { ownPieces } from "../../support/pieces.ts";
import { plantGroup } from "../../support/planted.ts";
import { toldSince } from "../../support/told-since.ts";

const RULE = "ingress tcp 22 from 10.1.2.3/32";
const ABSENT = "sg-0e00000000000000e";

const pieces = ownPieces();
let withIpv6: string;
let lists: { a: string; b: string };
beforeAll(async () => {
  const { seed } = pieces.account.ec2;
  const entries = [{ cidr: "192.0.2.0/24" }];
  const list = (name: string) => seed.prefixList(pieces.place(), { name, entries });
  lists = { a: list("a"), b: list("b") };
  const blocks = { cidr: "10.6.0.0/16", ipv6: "2001:db8:1200::/56" };
  withIpv6 = seed.vpc(pieces.place(), blocks);
});
const { mark, requests, calls } = toldSince(() => pieces.account);

const still = (aws: AwsAccount): AwsAccount => {
  const now = aws.clock();
  return { ...aws, clock: () => now };
};

/** Portward at a time that stands, and a group that a matrix of these flows governs. */
async function governed(
  flows: readonly string[] = [],
  more: { rules?: readonly string[]; vpcId?: string } = {},
) {
  const { aws, group } = await governedGroup(pieces, { flows, ...more });
  return { aws: still(aws), group };
}

const bounded = (...ids: string[]) =>
  ids.map(id => `{ from: { list: ${id}, within: [192.0.2.0/24] }, to: web, ports: tcp 443 }`);
const WORLD = "{ from: public, to: web, ports: tcp 443 }";

/** The ids of the lists that were asked for since the mark, call by call. */
const listsAsked = () =>
  requests("ec2")
    .filter(({ action }) => action === "DescribeManagedPrefixLists")
    .map(({ request }) =>
      Object.entries(Object(request) as Record<string, string>)
        .filter(([name]) => /^Filter\.1\.Value\.\d+$/.test(name))
        .map(([, value]) => value),
    );

/** Tells whether a call was made before the group was read, as far as calls show. */
function isAtOnce(action: string): boolean {
  const group = requests("ec2").find(one => one.action === "DescribeSecurityGroups");
  const call = requests("ec2").find(one => one.action === action);
  if (!group || !call) throw new Error(`nobody called ${action}`);
  return call.startedAt < (group.endedAt ?? 0);
}

describe("what is read of a group", () => {
  it("is its rules, with nothing known of a policy where no matrix is in force", async () => {
    const aws = still(pieces.fresh());
    const group = plantGroup(pieces, [RULE], { name: `lawless ${aws.config.scope}` });
    const state = await readState(aws, group);
    expect(state.readAt).toBe(aws.clock());
    expect(state.read?.group.rules.map(({ rule }) => formatRule(rule))).toEqual([RULE]);
    expect(state).toMatchObject({ exceptions: [], intents: [], ipv6: false });
    expect(state.control).toEqual({});
    expect(state.policy).toBeUndefined();
    expect(state.lists).toEqual(new Map());
    expect(compileFor(state)).toBeUndefined();
  });
  it("is nothing where there is none, though there is a policy", async () => {
    const { aws } = await governed(bounded(lists.a));
    const state = await readState(aws, ABSENT);
    expect(state.read).toBeUndefined();
    expect(state.policy?.document.matrix).toBe("pieces");
    expect(compileFor(state)).toBeUndefined();
  });
  it("comes with what is in force for it, and with what runs have left", async () => {
    const { aws, group } = await governed();
    const [at, until] = [0, 1].map(hours => new Date(aws.clock() + hours * 60 * MINUTE));
    const is = {
      ...{ by: "alice", reason: "a migration" },
      ...{ at: at?.toISOString() ?? "", until: until?.toISOString() ?? "" },
    };
    await aws.pauses.start({ kind: "pause", group, is, toldAt: 0 });
    const intent = {
      runId: "run-1",
      groupId: group,
      at: is.at,
      findings: [],
      before: [],
      plan: [],
    };
    await aws.intents.put(intent);
    await aws.intents.put({ ...intent, groupId: ABSENT });
    const { control, intents } = await readState(aws, group);
    expect(control.active?.version).toBe(1);
    expect(control.pause).toEqual(is);
    expect(intents).toEqual([intent]);
  });
});

describe("the matrix", () => {
  it("is compiled once, and goes by its version", async () => {
    const { aws, group } = await governed();
    const { policy } = await readState(aws, group);
    expect(policy?.version).toBe("1");
    expect((await readState(aws, ABSENT)).policy).toBe(policy);
  });
  it("is compiled anew when another one is in force", async () => {
    const { aws, group } = await governed();
    await readState(aws, group);
    await putInForce(aws, governing(group, { mode: "observe" }));
    const { policy } = await readState(aws, group);
    expect(policy?.version).toBe("2");
    expect(policy?.document.mode).toBe("observe");
    expect((await readState(aws, group)).policy).toBe(policy);
  });
  it("goes by its new version where the same one is put into force again", async () => {
    const { aws, group } = await governed();
    await readState(aws, group);
    await putInForce(aws, governing(group));
    expect((await readState(aws, group)).policy?.version).toBe("2");
  });
});

describe("the prefix lists that a matrix bounds", () => {
  it("are read, after the matrix where nobody knew it", async () => {
    const { aws, group } = await governed(bounded(lists.a));
    pieces.account.faults.delay(10, "ec2");
    mark();
    const state = await readState(aws, group);
    expect([...state.lists.keys()]).toEqual([lists.a]);
    expect(listsAsked()).toEqual([[lists.a]]);
    expect(isAtOnce("DescribeManagedPrefixLists")).toBe(false);
  });
  it("are read at once where the matrix is known", async () => {
    const { aws, group } = await governed(bounded(lists.a));
    await readState(aws, group);
    pieces.account.faults.delay(10, "ec2");
    mark();
    const state = await readState(aws, group);
    expect([...state.lists.keys()]).toEqual([lists.a]);
    expect(listsAsked()).toEqual([[lists.a]]);
    expect(isAtOnce("DescribeManagedPrefixLists")).toBe(true);
  });
  it("are not read for a group that plays no part, nor is its VPC", async () => {
    const { aws, group } = await governed([...bounded(lists.a), WORLD]);
    await readState(aws, group);
    mark();
    await readState(aws, pieces.groups.deploy);
    expect(listsAsked()).toEqual([]);
    expect(calls("ec2")).not.toContain("DescribeVpcs");
  });
  it("are read beside those that were read at once, where a newer matrix bounds more", async () => {
    const { aws, group } = await governed([...bounded(lists.a), WORLD], { vpcId: withIpv6 });
    await readState(aws, group);
    await putInForce(aws, governing(group, { flows: [...bounded(lists.a, lists.b), WORLD] }));
    mark();
    const state = await readState(aws, group);
    expect([...state.lists.keys()].toSorted()).toEqual([lists.a, lists.b].toSorted());
    expect(listsAsked()).toEqual([[lists.a], [lists.b]]);
    expect(state.ipv6).toBe(true);
    expect(calls("ec2").filter(action => action === "DescribeVpcs")).toHaveLength(1);
  });
});

describe("whether the world has IPv6", () => {
  it("is what the group's VPC says, read after the matrix where nobody knew it", async () => {
    const { aws, group } = await governed([WORLD], { vpcId: withIpv6 });
    pieces.account.faults.delay(10, "ec2");
    mark();
    expect((await readState(aws, group)).ipv6).toBe(true);
    expect(isAtOnce("DescribeVpcs")).toBe(false);
  });
  it("is read at once where the matrix is known", async () => {
    const { aws, group } = await governed([WORLD], { vpcId: withIpv6 });
    await readState(aws, group);
    pieces.account.faults.delay(10, "ec2");
    mark();
    expect((await readState(aws, group)).ipv6).toBe(true);
    expect(isAtOnce("DescribeVpcs")).toBe(true);
    expect(calls("ec2").filter(action => action === "DescribeVpcs")).toHaveLength(1);
  });
  it("is not so where the VPC has none", async () => {
    const { aws, group } = await governed([WORLD]);
    expect((await readState(aws, group)).ipv6).toBe(false);
    expect((await readState(aws, group)).ipv6).toBe(false);
  });
  it("decides on what is required", async () => {
    const peers = async (vpcId?: string) => {
      const { aws, group } = await governed([WORLD], vpcId === undefined ? {} : { vpcId });
      const policy = compileFor(await readState(aws, group));
      return policy?.required.map(({ rule }) => formatRule(rule));
    };
    expect(await peers()).toEqual(["ingress tcp 443 from 0.0.0.0/0"]);
    expect(await peers(withIpv6)).toEqual([
      "ingress tcp 443 from 0.0.0.0/0",
      "ingress tcp 443 from ::/0",
    ]);
  });
});

describe("an exception", () => {
  it("counts at the time of the read", async () => {
    const { aws, group } = await governed([], { rules: [RULE] });
    const kept = await approved(aws, { groups: [group], rule: RULE });
    const verdictAt = async (now: number) => {
      const state = await readState({ ...aws, clock: () => now }, group);
      return judged(aws, state).map(({ kind }) => kind);
    };
    expect(await verdictAt(kept.end - 1)).toEqual(["excepted"]);
    expect(await verdictAt(kept.end)).toEqual(["drift"]);
  });
  it("that is over comes with the rules that were opened for it, and with no others", async () => {
    const { aws, group } = await governed();
    const kept = await approved(aws, { groups: [group] });
    const other = await approved(aws, { groups: [group] });
    const record = (n: number, kind: "drift" | "missing", trigger: string) => {
      const rule = `ingress tcp ${n} from 10.1.2.3/32`;
      const by = { kind: "exception", id: trigger, event: "start" };
      const at = { id: group, name: "" };
      return aws.findings.record(findingOf({ kind, rule, group: at, trigger: by }), 0);
    };
    await record(1, "missing", `${kept.id}-start`);
    await record(2, "drift", `${kept.id}-start`);
    await record(3, "missing", `${kept.id}-end`);
    await record(4, "missing", `${other.id}-start`);
    const { exceptions } = await readState({ ...aws, clock: () => kept.end }, group);
    expect(Object.fromEntries(exceptions.map(({ id, opened }) => [id, opened]))).toEqual({
      [kept.id]: ["ingress tcp 1 from 10.1.2.3/32"],
      [other.id]: ["ingress tcp 4 from 10.1.2.3/32"],
    });
  });
  it("that goes on beside one that is over has them as well", async () => {
    const { aws, group } = await governed();
    const over = await approved(aws, { groups: [group] });
    await approved(aws, { groups: [group], end: over.end + MINUTE });
    const { exceptions } = await readState({ ...aws, clock: () => over.end }, group);
    expect(exceptions.map(({ opened }) => opened)).toEqual([[], []]);
  });
  it("that goes on has nobody ask for them", async () => {
    const { aws, group } = await governed();
    await approved(aws, { groups: [group] });
    const { exceptions } = await readState(aws, group);
    expect(exceptions.map(exception => "opened" in exception)).toEqual([false]);
  });
});

/** The verdicts on the group that was read. */
function judged(aws: AwsAccount, state: State) {
  const policy = compileFor(state);
  if (!policy) throw new Error("no entry selects the group");
  const none = { broken: new Set<string>(), asked: new Set<string>() };
  return judgeState(state, policy, listView(aws, state, none)).verdicts;
}

describe("a judgement", () => {
  it("is of the group that was read", async () => {
    const { aws, group } = await governed([], { rules: [RULE] });
    expect(judged(aws, await readState(aws, group))).toMatchObject([{ kind: "drift" }]);
  });
  it("of a group that is not there is an error", async () => {
    const { aws, group } = await governed();
    const state = await readState(aws, group);
    const policy = compileFor(state);
    if (!policy) throw new Error("no entry selects the group");
    const view = listView(aws, state, { broken: new Set(), asked: new Set() });
    expect(() => judgeState({ ...state, read: undefined }, policy, view)).toThrow(/not exist/);
  });
});

describe("what is known of a prefix list", () => {
  it("is what it holds, whether it is still to be read, and whether it is trusted", async () => {
    const { aws, group } = await governed(bounded(lists.a));
    const state = await readState(aws, group);
    const view = listView(aws, state, { broken: new Set(["pl-1"]), asked: new Set(["pl-2"]) });
    expect(view.account).toBe(aws.config.account);
    expect(view.get(lists.a)).toMatchObject({ id: lists.a });
    expect(view.get("pl-1")).toBeUndefined();
    expect([lists.a, "pl-1", "pl-2"].map(id => view.isPending?.(id))).toEqual([false, true, false]);
    expect([lists.a, "pl-1", "pl-2"].map(id => view.isBroken?.(id))).toEqual([false, true, false]);
  });
});

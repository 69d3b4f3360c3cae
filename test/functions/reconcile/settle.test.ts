// How a group is carried from one judged state to the next until what EC2 shows is right, or time is up.
import { DeleteSecurityGroupCommand, ModifySecurityGroupRulesCommand } from "@aws-sdk/client-ec2";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { AwsAccount } from "../../../functions/aws/account.ts";
import { ruleRequest } from "../../../functions/aws/ip-permission.ts";
import type { Met } from "../../../functions/reconcile/conclude.ts";
import {
  type Planner,
  type Settled,
  settle,
  waitingLists,
  withLists,
} from "../../../functions/reconcile/settle.ts";
import { compileFor, readState, type State } from "../../../functions/reconcile/state.ts";
import type { PrefixList } from "../../../matrix/group.ts";
import { emptyPlan, type Plan, planFor } from "../../../matrix/plan.ts";
import { formatRule } from "../../../matrix/rules/rule.ts";
import type { Trigger } from "../../../matrix/trigger.ts";
import type { Judgement } from "../../../matrix/verdict.ts";
import { ruleOf } from "../../support/deployed.ts";
import { heard } from "../../support/heard.ts";
import { governing, putInForce } from "../../support/in-force.ts";
import { type Pieces, startPieces } from "../../support/pieces.ts";
import { plantGroup } from "../../support/planted.ts";

const SSH = "ingress tcp 22 from 0.0.0.0/0";
const WEB = "ingress tcp 443 from 10.0.0.0/8";
const WEB_FLOW = "{ from: 10.0.0.0/8, to: web, ports: tcp 443 }";
const SSH_FLOW = "{ from: 0.0.0.0/0, to: web, ports: tcp 22, need: allowed }";
const ELSEWHERE = "sg-0e00000000000000e";

let pieces: Pieces;
beforeAll(async () => {
  pieces = await startPieces();
});
afterAll(() => pieces.stop());
afterEach(() => {
  pieces.account.faults.clear();
  pieces.account.ec2.lagReads(0);
});
const { mark, requests, calls } = heard(() => pieces.account);
const place = () => ({ account: pieces.account.accountId, region: pieces.account.region });
const writes = () => calls("ec2").filter(action => !/^(?:Describe|Get)/.test(action));
const reads = () => calls("ec2").filter(action => action === "DescribeSecurityGroupRules").length;

/** Portward and a group with rules of its own; a matrix of flows governs it. */
async function governed(rules: readonly string[], flows: readonly string[] = []) {
  const aws = pieces.fresh();
  const group = plantGroup(pieces, rules, { name: `settle ${aws.config.scope}` });
  await putInForce(aws, governing(group, { flows }));
  return { aws, group };
}

interface How {
  readonly plannerOf?: (state: State) => Planner;
  readonly announce?: (first: Judgement, plan: Plan) => Promise<void>;
  readonly triggers?: readonly Trigger[];
  /** What happens in a wait, beside the time that passes. */
  readonly waiting?: (ms: number) => Promise<unknown>;
}
interface Ran extends Settled {
  readonly waits: readonly number[];
  readonly start: State;
}

const wholly: Planner = { isBarred: false, plan: judgement => planFor(judgement) };
const barred: Planner = { isBarred: true, plan: () => emptyPlan };

/** Reads the group and settles it. */
async function run(aws: AwsAccount, group: string, how: How = {}): Promise<Ran> {
  const waits: number[] = [];
  const sleep = async (ms: number, signal?: AbortSignal) => {
    // The wait for what holds back a closing passes when that is done.
    if (signal) return new Promise<void>(done => signal.addEventListener("abort", () => done()));
    waits.push(ms);
    await how.waiting?.(ms);
    return aws.sleep(ms);
  };
  const start = await readState(aws, group);
  const policy = compileFor(start);
  if (!policy) throw new Error("no entry selects the group");
  mark();
  const { plannerOf = () => wholly, announce = async () => {}, triggers = [] } = how;
  const from = { state: start, policy, triggers };
  return { ...(await settle({ ...aws, sleep }, from, plannerOf, announce)), waits, start };
}

const textOf = ({ verdict }: Met): string =>
  formatRule(verdict.kind === "missing" ? verdict.line.rule : verdict.live.rule);
const met = (settled: Settled) => settled.met.map(textOf).toSorted();
const failing = (action: string, code = "InternalError") =>
  pieces.account.faults.failNext("ec2", action, code, 50);

describe("a group that is as it should be", () => {
  it("is left alone, and nothing is announced", async () => {
    const { aws, group } = await governed([WEB], [WEB_FLOW]);
    let announced = 0;
    const settled = await run(aws, group, {
      announce: async () => {
        announced += 1;
      },
    });
    expect(settled).toMatchObject({ met: [], isOpen: false, isCutShort: false, waits: [] });
    expect(settled.last).toBe(settled.first);
    expect(settled.state).toBe(settled.start);
    expect(calls("ec2")).toEqual([]);
    expect(announced).toBe(0);
  });
});

describe("a rule that nothing permits", () => {
  it("is closed, announced beforehand, and read to be gone without a wait", async () => {
    const { aws, group } = await governed([SSH]);
    const announced: [Judgement, Plan][] = [];
    const settled = await run(aws, group, {
      announce: async (first, plan) => {
        announced.push([first, plan]);
      },
    });
    expect(met(settled)).toEqual([SSH]);
    expect(settled.met[0]?.judgement).toBe(settled.first);
    expect(settled).toMatchObject({ isOpen: false, isCutShort: false, waits: [] });
    expect(settled.first.verdicts).toHaveLength(1);
    expect(settled.last.verdicts).toEqual([]);
    expect(settled.state.read?.group.rules).toEqual([]);
    expect(announced).toEqual([[settled.first, planFor(settled.first)]]);
    expect(writes()).toEqual(["RevokeSecurityGroupIngress"]);
    expect(reads()).toBe(1);
  });
  it("is met and left where nothing may be written", async () => {
    const { aws, group } = await governed([SSH]);
    const settled = await run(aws, group, { plannerOf: () => barred });
    expect(met(settled)).toEqual([SSH]);
    expect(settled).toMatchObject({ isOpen: false, isCutShort: false, waits: [] });
    expect(calls("ec2")).toEqual([]);
  });
  it("is waited for while the read lags behind its closing, and not closed again", async () => {
    const { aws, group } = await governed([SSH]);
    pieces.account.clock.advance(10_000);
    const lag = async () => pieces.account.ec2.lagReads(1_500);
    const settled = await run(aws, group, { announce: lag });
    expect(settled.waits).toEqual([200, 500, 1_000]);
    expect(writes()).toEqual(["RevokeSecurityGroupIngress"]);
    expect(met(settled)).toEqual([SSH]);
    expect(settled).toMatchObject({ isOpen: false, isCutShort: false });
    expect(settled.last.verdicts).toEqual([]);
  });
  it("is open when the read lags for longer than a run waits", async () => {
    const { aws, group } = await governed([SSH]);
    pieces.account.clock.advance(60_000);
    const lag = async () => pieces.account.ec2.lagReads(30_000);
    const settled = await run(aws, group, { announce: lag });
    expect(settled.waits).toEqual([200, 500, 1_000, 2_000, 4_000]);
    expect(writes()).toEqual(["RevokeSecurityGroupIngress"]);
    expect(met(settled)).toEqual([SSH]);
    expect(settled).toMatchObject({ isOpen: true, isCutShort: false });
  });
  it("is open when it could not be closed, however often it was tried", async () => {
    const { aws, group } = await governed([SSH]);
    let announced = 0;
    failing("RevokeSecurityGroupIngress");
    const settled = await run(aws, group, {
      announce: async () => {
        announced += 1;
      },
    });
    expect(writes()).toHaveLength(6);
    expect(announced).toBe(1);
    expect(met(settled)).toEqual([SSH]);
    expect(settled.met[0]?.judgement).toBe(settled.first);
    expect(settled).toMatchObject({ isOpen: true, isCutShort: false });
  });
  it("is not open when it was closed at the last try", async () => {
    const { aws, group } = await governed([SSH]);
    pieces.account.faults.failNext("ec2", "RevokeSecurityGroupIngress", "InternalError", 5);
    const settled = await run(aws, group);
    expect(writes()).toHaveLength(6);
    expect(settled).toMatchObject({ isOpen: false, isCutShort: false });
    expect(await pieces.rules(group)).toEqual([]);
  });
  it("is closed by its id where it misses by value, and what is permitted there is put back", async () => {
    const { aws, group } = await governed(
      [SSH],
      ["{ from: 10.0.0.0/8, to: web, ports: tcp 443, need: allowed }"],
    );
    const code = "InvalidPermission.NotFound";
    pieces.account.faults.failNext("ec2", "RevokeSecurityGroupIngress", code, 2);
    const [live] = (await aws.groups.read(group))?.group.rules ?? [];
    const SecurityGroupRule = ruleRequest(ruleOf(WEB));
    const SecurityGroupRules = [{ SecurityGroupRuleId: live?.ruleId, SecurityGroupRule }];
    const edited = { GroupId: group, SecurityGroupRules };
    const settled = await run(aws, group, {
      waiting: async ms => {
        // Between the last read and the closing somebody gives it what the matrix permits.
        if (ms !== 200) return;
        const edit = () => pieces.as("tester").send(new ModifySecurityGroupRulesCommand(edited));
        pieces.account.faults.onNext("ec2", "RevokeSecurityGroupIngress", edit);
      },
    });
    expect(settled.progress.failures).toEqual([]);
    expect(await pieces.rules(group)).toEqual([WEB]);
  });
  it("is open when every closing of it misses, though it stands", async () => {
    const { aws, group } = await governed([SSH]);
    failing("RevokeSecurityGroupIngress", "InvalidPermission.NotFound");
    const settled = await run(aws, group);
    expect(met(settled)).toEqual([SSH]);
    expect(settled).toMatchObject({ isOpen: true, isCutShort: false });
  });
  it("is the next run's when it came too late to be tried", async () => {
    const { aws, group } = await governed([SSH]);
    failing("RevokeSecurityGroupIngress");
    const late = "egress tcp 25 to 0.0.0.0/0";
    const settled = await run(aws, group, {
      waiting: async ms => ms === 4_000 && pieces.open(group, late),
    });
    expect(met(settled)).toEqual([SSH]);
    expect(settled).toMatchObject({ isOpen: true, isCutShort: true });
    expect(await pieces.rules(group)).toContain(late);
  });
  it("is left from when a pause begins", async () => {
    const { aws, group } = await governed([SSH]);
    failing("RevokeSecurityGroupIngress");
    const states: State[] = [];
    const settled = await run(aws, group, {
      plannerOf(state) {
        states.push(state);
        return states.length > 1 ? barred : wholly;
      },
    });
    expect(writes()).toHaveLength(1);
    expect(settled).toMatchObject({ isOpen: false, isCutShort: false });
    expect(states[0]).toBe(settled.start);
    expect(states[1]).toEqual(settled.state);
  });
  it("that came while another was closed is closed as well", async () => {
    const { aws, group } = await governed([SSH]);
    const other = "ingress tcp 23 from 0.0.0.0/0";
    const settled = await run(aws, group, { announce: () => pieces.open(group, other) });
    expect(met(settled)).toEqual([SSH, other]);
    expect(await pieces.rules(group)).toEqual([]);
    expect(settled).toMatchObject({ isOpen: false, isCutShort: false });
  });
});

describe("a required rule that is missing", () => {
  it("is written", async () => {
    const { aws, group } = await governed([], [WEB_FLOW]);
    const settled = await run(aws, group);
    expect(await pieces.rules(group)).toEqual([WEB]);
    expect(met(settled)).toEqual([WEB]);
    expect(settled.met[0]?.judgement).toBe(settled.first);
    expect(settled).toMatchObject({ isOpen: false, isCutShort: false, waits: [] });
  });
  it("is written once while the read lags", async () => {
    const { aws, group } = await governed([], [WEB_FLOW]);
    pieces.account.clock.advance(10_000);
    const lag = async () => pieces.account.ec2.lagReads(500);
    const settled = await run(aws, group, { announce: lag });
    expect(writes()).toEqual(["AuthorizeSecurityGroupIngress"]);
    expect(settled.waits).toEqual([200, 500]);
    expect(met(settled)).toEqual([WEB]);
    expect(settled).toMatchObject({ isOpen: false, isCutShort: false });
  });
  it("is open, and was tried, when it could not be written", async () => {
    const { aws, group } = await governed([], [WEB_FLOW]);
    failing("AuthorizeSecurityGroupIngress", "RulesPerSecurityGroupLimitExceeded");
    const settled = await run(aws, group);
    expect(met(settled)).toEqual([WEB]);
    expect(settled.met[0]?.judgement).toBe(settled.first);
    expect(settled).toMatchObject({ isOpen: true, isCutShort: false });
  });
  it("is the next run's when it was taken too late to be written", async () => {
    const { aws, group } = await governed(["egress tcp 25 to 0.0.0.0/0", WEB], [WEB_FLOW]);
    failing("RevokeSecurityGroupEgress");
    const settled = await run(aws, group, {
      waiting: async ms => ms === 4_000 && pieces.take(group, WEB),
    });
    expect(met(settled)).toEqual(["egress tcp 25 to 0.0.0.0/0"]);
    expect(settled).toMatchObject({ isOpen: true, isCutShort: true });
  });
});

describe("a rule that is wider than what is permitted", () => {
  const WIDE = "ingress tcp 443 from 0.0.0.0/0";
  /** What an event says that somebody gave a rule this content. */
  const edited = (ruleId: string, rule: string): Trigger => ({
    ...{ kind: "event", id: "e-1", ...place(), event: "ModifySecurityGroupRules" },
    changes: [{ kind: "changed", ruleId, rule }],
  });
  it("is narrowed in place where the event of this run names it, once though the read lags", async () => {
    const { aws, group } = await governed([WIDE], [WEB_FLOW]);
    const [live] = (await aws.groups.read(group))?.group.rules ?? [];
    pieces.account.clock.advance(10_000);
    const settled = await run(aws, group, {
      triggers: [edited(live?.ruleId ?? "", WIDE)],
      announce: async () => pieces.account.ec2.lagReads(500),
    });
    expect(writes()).toEqual(["ModifySecurityGroupRules"]);
    expect(settled.waits).toEqual([200, 500]);
    expect(met(settled)).toEqual([WIDE]);
    expect(settled).toMatchObject({ isOpen: false, isCutShort: false });
    pieces.account.ec2.lagReads(0);
    expect(await pieces.rules(group)).toEqual([WEB]);
  });
  it("is the next run's when it came too late to be narrowed", async () => {
    const { aws, group } = await governed(["egress tcp 25 to 0.0.0.0/0", WEB], [WEB_FLOW]);
    failing("RevokeSecurityGroupEgress");
    const settled = await run(aws, group, {
      async waiting(ms) {
        if (ms !== 4_000) return;
        await pieces.open(group, WIDE);
        await pieces.take(group, WEB);
      },
    });
    expect(met(settled)).toEqual(["egress tcp 25 to 0.0.0.0/0"]);
    expect(settled).toMatchObject({ isOpen: true, isCutShort: true });
  });
});

describe("what a run closed", () => {
  it("is put back where a newer matrix permits it, though nothing requires it", async () => {
    const { aws, group } = await governed([SSH]);
    const settled = await run(aws, group, {
      announce: () => putInForce(aws, governing(group, { flows: [SSH_FLOW] })),
    });
    expect(writes()).toEqual(["RevokeSecurityGroupIngress", "AuthorizeSecurityGroupIngress"]);
    expect(await pieces.rules(group)).toEqual([SSH]);
    expect(met(settled)).toEqual([SSH]);
    expect(settled).toMatchObject({ isOpen: false, isCutShort: false });
  });
  it("is not put back where nothing may be written any more", async () => {
    const { aws, group } = await governed([SSH]);
    await run(aws, group, {
      announce: () => putInForce(aws, governing(group, { flows: [SSH_FLOW] })),
      plannerOf: ({ policy }) => (policy?.version === "1" ? wholly : barred),
    });
    expect(await pieces.rules(group)).toEqual([]);
  });
  it("is not put back beside the required rule that lets it through", async () => {
    const { aws, group } = await governed(["ingress tcp 443 from 10.1.0.0/16"]);
    await run(aws, group, {
      announce: () => putInForce(aws, governing(group, { flows: [WEB_FLOW] })),
    });
    expect(await pieces.rules(group)).toEqual([WEB]);
  });
  it("is not put back beside a rule that stands and lets it through", async () => {
    const { aws, group } = await governed(["ingress tcp 22 from 10.1.0.0/16"]);
    await run(aws, group, {
      async announce() {
        await pieces.open(group, SSH);
        await putInForce(aws, governing(group, { flows: [SSH_FLOW] }));
      },
    });
    expect(await pieces.rules(group)).toEqual([SSH]);
  });
  it("is not put back beside what is left of another rule", async () => {
    const narrow = "ingress tcp 443 from 10.1.0.0/16";
    const allowed = "{ from: 10.0.0.0/8, to: web, ports: tcp 443, need: allowed }";
    const { aws, group } = await governed([narrow]);
    await run(aws, group, {
      async announce() {
        await pieces.open(group, "ingress tcp 443 from 0.0.0.0/0");
        await putInForce(aws, governing(group, { flows: [allowed] }));
      },
    });
    expect(await pieces.rules(group)).toEqual([WEB]);
  });
  it("is put back as few rules as it takes", async () => {
    const both = ["ingress tcp 22 from 10.0.0.0/8", "ingress tcp 22 from 10.1.0.0/16"];
    const { aws, group } = await governed(both);
    const flow = "{ from: 10.0.0.0/8, to: web, ports: tcp 22, need: allowed }";
    await run(aws, group, {
      announce: () => putInForce(aws, governing(group, { flows: [flow] })),
    });
    expect(await pieces.rules(group)).toEqual([both[0]]);
  });
  it("is put back as far as it is permitted by now", async () => {
    const { aws, group } = await governed([SSH]);
    const flow = "{ from: 10.0.0.0/8, to: web, ports: tcp 22, need: allowed }";
    await run(aws, group, {
      announce: () => putInForce(aws, governing(group, { flows: [flow] })),
    });
    expect(await pieces.rules(group)).toEqual(["ingress tcp 22 from 10.0.0.0/8"]);
  });
});

describe("a group that is deleted meanwhile", () => {
  it("ends the run, and what was met is on record", async () => {
    const { aws, group } = await governed([SSH]);
    const remove = new DeleteSecurityGroupCommand({ GroupId: group });
    const settled = await run(aws, group, {
      announce: async () => {
        await pieces.as("root").send(remove);
      },
    });
    expect(met(settled)).toEqual([SSH]);
    expect(settled).toMatchObject({ isOpen: false, isCutShort: false, waits: [] });
    expect(settled.state.read).toBeUndefined();
    expect(settled.last).toMatchObject({ group: { id: group, rules: [] } });
    expect(settled.last).toMatchObject({ verdicts: [], lists: [] });
  });
});

describe("a group that no entry governs any more", () => {
  const away = (aws: AwsAccount) => async () => putInForce(aws, governing(ELSEWHERE));
  it("ends the run with what is closed, and without what stands", async () => {
    const egress = "egress tcp 25 to 0.0.0.0/0";
    const { aws, group } = await governed([SSH, egress]);
    failing("RevokeSecurityGroupEgress");
    const settled = await run(aws, group, { announce: away(aws) });
    expect(met(settled)).toEqual([SSH]);
    expect(settled).toMatchObject({ isOpen: false, isCutShort: false, waits: [] });
    expect(settled.last.group.rules.map(({ rule }) => formatRule(rule))).toEqual([egress]);
    expect(settled.last).toMatchObject({ verdicts: [], lists: [] });
  });
  it("ends it with what was written, and without what is still missing", async () => {
    const flows = [WEB_FLOW, "{ from: web, to: 10.2.0.0/16, ports: tcp 25 }"];
    const { aws, group } = await governed([], flows);
    failing("AuthorizeSecurityGroupEgress", "RulesPerSecurityGroupLimitExceeded");
    const settled = await run(aws, group, { announce: away(aws) });
    expect(met(settled)).toEqual([WEB]);
  });
});

/** A prefix list of the account that holds these blocks. */
function plantList(...blocks: string[]): string {
  const entries = blocks.map(cidr => ({ cidr }));
  return pieces.account.ec2.seed.prefixList(place(), { name: "blocks", entries, maxEntries: 10 });
}

describe("a rule by a prefix list that no matrix names", () => {
  it("waits for what the list holds, and stands where that is permitted", async () => {
    const list = plantList("10.1.0.0/16");
    const rule = `ingress tcp 443 from ${list}`;
    const { aws, group } = await governed([WEB, rule], [WEB_FLOW]);
    let announced = 0;
    const settled = await run(aws, group, {
      announce: async () => {
        announced += 1;
      },
    });
    expect(announced).toBe(0);
    expect(settled.first.verdicts.map(({ kind }) => kind)).toContain("waiting");
    expect(settled.last.verdicts.map(({ kind }) => kind)).toEqual(["permitted", "permitted"]);
    expect(settled).toMatchObject({ met: [], isOpen: false, waits: [] });
    expect([...settled.state.lists.keys()]).toEqual([list]);
    expect(calls("ec2").toSorted()).toEqual([
      "DescribeManagedPrefixLists",
      "GetManagedPrefixListEntries",
    ]);
  });
  it("is closed where it is not, and the list read once for several rules", async () => {
    const list = plantList("192.0.2.0/24");
    const rules = [443, 444].map(port => `ingress tcp ${port} from ${list}`);
    const { aws, group } = await governed([WEB, ...rules], [WEB_FLOW]);
    const settled = await run(aws, group);
    expect(met(settled)).toEqual(rules);
    expect(await pieces.rules(group)).toEqual([WEB]);
    expect(requests("ec2").filter(one => /PrefixList/.test(one.action))).toHaveLength(2);
  });
  it("is closed where nobody can read the list", async () => {
    const rule = `ingress tcp 443 from ${plantList("10.1.0.0/16")}`;
    const { aws, group } = await governed([WEB, rule], [WEB_FLOW]);
    const lists = { ...aws.lists, read: async () => [] };
    const settled = await run({ ...aws, lists }, group);
    expect(met(settled)).toEqual([rule]);
    expect(await pieces.rules(group)).toEqual([WEB]);
  });
});

describe("a prefix list that holds more than it may", () => {
  const bounded = (list: string) =>
    `{ from: { list: ${list}, within: [10.0.0.0/8] }, to: web, ports: tcp 443 }`;
  it("is put back once, though the read lags", async () => {
    const list = plantList("10.1.0.0/16", "192.0.2.0/24");
    const { aws, group } = await governed([`ingress tcp 443 from ${list}`], [bounded(list)]);
    pieces.account.clock.advance(10_000);
    const settled = await run(aws, group, {
      announce: async () => pieces.account.ec2.lagReads(500),
    });
    expect(writes()).toEqual(["ModifyManagedPrefixList"]);
    expect(settled.first.lists).toHaveLength(1);
    expect(settled.last.lists).toHaveLength(0);
    expect(settled).toMatchObject({ met: [], isOpen: false, isCutShort: false });
  });
  it("has its rules closed where it cannot be put back, and is not tried for ever", async () => {
    const list = plantList("10.1.0.0/16", "192.0.2.0/24");
    const rule = `ingress tcp 443 from ${list}`;
    const { aws, group } = await governed([rule], [bounded(list)]);
    failing("ModifyManagedPrefixList");
    const settled = await run(aws, group);
    expect(met(settled)).toEqual([rule]);
    expect(await pieces.rules(group)).not.toContain(rule);
    expect(writes().filter(action => action === "ModifyManagedPrefixList")).toHaveLength(2);
  });
});

describe("the lists that a judgement waits for", () => {
  it("are named once each", () => {
    const waiting = (list: string) => ({ kind: "waiting", list });
    const verdicts = [waiting("pl-1"), waiting("pl-2"), { kind: "permitted" }, waiting("pl-1")];
    expect(waitingLists({ verdicts } as unknown as Judgement)).toEqual(["pl-1", "pl-2"]);
  });
});

describe("what is known of lists", () => {
  it("is kept from state to state, the newest of it", () => {
    const list = (id: string, name: string) => ({ id, name }) as unknown as PrefixList;
    const known = (...all: PrefixList[]) =>
      ({ lists: new Map(all.map(one => [one.id, one])), readAt: all.length }) as unknown as State;
    const before = known(list("a", "1"), list("b", "1"), list("c", "1"));
    const next = known(list("c", "3"));
    const state = withLists(next, before, [list("b", "2"), list("c", "2")]);
    expect(state.readAt).toBe(1);
    expect([...state.lists.values()]).toEqual([list("a", "1"), list("b", "2"), list("c", "3")]);
  });
});

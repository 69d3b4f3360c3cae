// What the minute sweep sees to, group by group and beside them, and what it leaves on its list.
import { describe, expect, it } from "vitest";
import type { AwsAccount } from "../../../functions/aws/account.ts";
import { sweep } from "../../../functions/reconcile/sweep.ts";
import { seedVpc } from "../../../local/seed.ts";
import { approved, asked, MINUTE } from "../../support/exception-pieces.ts";
import { findingOf } from "../../support/findings.ts";
import { governed } from "../../support/governed.ts";
import { governing, putInForce } from "../../support/in-force.ts";
import { logged } from "../../support/logged.ts";
import { ownPieces } from "../../support/pieces.ts";
import { plantGroup } from "../../support/planted.ts";
import { toldSince } from "../../support/told-since.ts";

const HOUR = 60 * MINUTE;
const WORLD = "ingress tcp 22 from 0.0.0.0/0";

const pieces = ownPieces();
const { mark, words, calls, requests } = toldSince(() => pieces.account);

/** Portward at a time that stands, with nothing stored or told. */
function fresh(): AwsAccount {
  mark();
  return still(pieces.fresh());
}
function still(aws: AwsAccount, later = 0): AwsAccount {
  const now = aws.clock() + later;
  return { ...aws, clock: () => now };
}

const iso = (time: number) => new Date(time).toISOString();
const dirty = async (aws: AwsAccount) =>
  (await aws.intents.dirtyGroups()).map(({ groupId }) => groupId);
/** Portward at a time that stands, with a matrix that permits nothing on a group of its own. */
async function stillGoverned(rules: readonly string[] = []) {
  mark();
  const { aws, group } = await governed(pieces, { rules });
  return { aws: still(aws), group };
}

/** The same, with its group marked. */
async function marked(...rules: string[]) {
  const { aws, group } = await stillGoverned(rules);
  await aws.intents.markDirty(group, "a test", aws.clock() - 1);
  return { aws, group };
}

/** Everything the sweep sees to beside groups: how it comes to be, and the word people are told then. */
const errands: readonly {
  name: string;
  word: string;
  make: (aws: AwsAccount) => Promise<unknown>;
  after?: number;
}[] = [
  {
    name: "a pause that is over",
    word: "PAUSE ENDED",
    async make(aws) {
      const [at, until] = [iso(aws.clock() - HOUR), iso(aws.clock() - 1)];
      const is = { by: "alice", reason: "a migration", at, until };
      await aws.pauses.start({ kind: "pause", group: "sg-1", is, toldAt: aws.clock() - HOUR });
    },
  },
  {
    name: "a request that nobody answered",
    word: "EXCEPTION UNANSWERED",
    after: HOUR,
    async make(aws) {
      const { id, last } = await asked(aws);
      await aws.exceptions.told({ id, token: last.token });
    },
  },
  {
    name: "a matrix that was put into force",
    word: "MATRIX",
    async make(aws) {
      await putInForce(aws, governing("sg-0e000000000000001"));
      const { active } = await aws.policy.readPolicy();
      const { document, pins } = await aws.policy.readVersion(1);
      const at = iso(aws.clock() - HOUR);
      const version = { document, pins, at, by: "alice", note: "", from: active?.version ?? 0 };
      await aws.policy.writeMatrix({ ...version, isToTell: true });
    },
  },
  {
    name: "a finding of a run that died",
    word: "CLOSED",
    async make(aws) {
      const seenAt = iso(aws.clock() - HOUR);
      const finding = findingOf({ seenAt, closedAt: seenAt });
      await aws.findings.record(finding, Date.parse(seenAt));
    },
  },
  {
    name: "an alert that waited for the end of its minute",
    word: "CLOSED",
    async make(aws) {
      const finding = await aws.findings.record(findingOf(), 0);
      await aws.findings.markPublished(finding, aws.clock());
      await aws.alerts.keep(finding, { how: "flood", at: aws.clock() - MINUTE, due: aws.clock() });
    },
  },
  {
    name: "an exception that ends soon",
    word: "EXCEPTION ENDING",
    after: 50 * MINUTE,
    async make(aws) {
      const kept = await approved(aws);
      const active = await aws.exceptions.move(kept, { action: "start", to: "active" });
      expect(active?.state).toBe("active");
      for (const step of await aws.exceptions.untold()) await aws.exceptions.told(step);
    },
  },
  { name: "a step that nobody told of", word: "EXCEPTION REQUESTED", make: asked },
];

describe("the sweep", () => {
  it.each(errands)("tells of $name", async ({ word, make, after = 0 }) => {
    const aws = fresh();
    await make(aws);
    await sweep(still(aws, after));
    expect(words()).toEqual([word]);
  });
  it("calls once more for a job that nobody took up", async () => {
    const aws = fresh();
    const job = await aws.jobs.request({ kind: "audit", by: "test", input: {}, isOwn: true });
    const announced = pieces.account.bus.events().length;
    pieces.account.clock.advance(3 * MINUTE);
    await sweep(still(aws));
    const events = pieces.account.bus.events().slice(announced);
    expect(events.map(({ detail }) => detail)).toEqual([{ id: job.id, kind: "audit" }]);
  });
  it("goes on where one thing cannot be looked at, which the log tells of", async () => {
    const { aws, group } = await marked(WORLD);
    const { deps, lines } = logged(aws);
    await asked(aws);
    pieces.account.faults.failNext("dynamodb", "Query", "InternalServerError");
    expect(await sweep(deps)).toEqual({ groups: 1, failed: 0 });
    expect(words()).toEqual(["EXCEPTION REQUESTED", "CLOSED"]);
    expect(await pieces.rules(group)).toEqual([]);
    const errors = lines.filter(({ level }) => level === "error");
    expect(errors.map(({ fields }) => fields.error)).toEqual([
      expect.stringMatching(/^InternalServerError/),
    ]);
  });
});

describe("a group on the list", () => {
  it("is looked at, and taken off", async () => {
    const { aws, group } = await marked(WORLD);
    const { deps, lines } = logged(aws);
    expect(await sweep(deps)).toEqual({ groups: 1, failed: 0 });
    expect(await pieces.rules(group)).toEqual([]);
    expect(await dirty(aws)).toEqual([]);
    const [finding] = await aws.findings.forGroup(group);
    const id = expect.stringMatching(/^sweep-.+/);
    expect(finding?.trigger).toEqual({ kind: "sweep", id, at: iso(aws.clock()) });
    const fields = expect.objectContaining({ groupId: group, outcome: "acted", Drifts: 1 });
    expect(lines).toEqual([{ level: "info", message: expect.stringMatching(/./), fields }]);
  });
  it("is looked at once though a run left an intent there as well", async () => {
    const { aws, group } = await marked();
    await aws.intents.put(intent(aws, group));
    mark();
    expect(await sweep(aws)).toEqual({ groups: 1, failed: 0 });
    expect(calls("ec2").filter(call => call === "DescribeSecurityGroupRules")).toHaveLength(1);
  });
  it("stays on it when it was marked again meanwhile", async () => {
    const { aws, group } = await marked();
    const again = () => aws.intents.markDirty(group, "another event", aws.clock() + 1);
    pieces.account.faults.onNext("ec2", "DescribeSecurityGroupRules", again);
    await sweep(aws);
    expect(await dirty(aws)).toEqual([group]);
  });
});

/** What a run on a group was about to do an hour ago. */
const intent = (aws: AwsAccount, groupId: string) => ({
  ...{ runId: "run-1", groupId, at: iso(aws.clock() - HOUR) },
  ...{ findings: [], before: [], plan: [] },
});

describe("what a dead run left", () => {
  it("is finished", async () => {
    const { aws, group } = await stillGoverned();
    await aws.intents.put(intent(aws, group));
    expect(await sweep(aws)).toEqual({ groups: 1, failed: 0 });
    expect(await aws.intents.all()).toEqual([]);
  });
});

const hindrances: readonly { name: string; make: (aws: AwsAccount, group: string) => unknown }[] = [
  {
    name: "stays open",
    make: () =>
      pieces.account.faults.failNext("ec2", "RevokeSecurityGroupIngress", "InternalError", 50),
  },
  {
    name: "was throttled",
    make: () =>
      pieces.account.faults.failNext("ec2", "RevokeSecurityGroupIngress", "RequestLimitExceeded"),
  },
  {
    name: "has a finding that another run is telling of",
    async make(aws, id) {
      const live = (await aws.groups.read(id))?.group.rules[0];
      const finding = findingOf({
        ...{ group: { id, name: "" }, ruleId: live?.ruleId ?? "", outcome: "left-open" },
        seenAt: iso(aws.clock()),
      });
      await aws.findings.recordAndClaim(finding, 0, { by: "another", now: aws.clock() });
    },
  },
  {
    name: "cannot be read",
    make: () =>
      pieces.account.faults.failNext("ec2", "DescribeSecurityGroupRules", "InternalError", 50),
  },
];

describe("a group that", () => {
  it.each(hindrances)("$name has failed, and stays on the list", async ({ make }) => {
    const { aws, group } = await marked(WORLD);
    await make(aws, group);
    expect(await sweep(aws)).toEqual({ groups: 1, failed: 1 });
    expect(await dirty(aws)).toEqual([group]);
  });
  it("cannot be read is logged and measured, and keeps no other from its turn", async () => {
    const { aws, group } = await marked(WORLD);
    const { deps, lines } = logged(aws);
    await aws.intents.markDirty("sg-0e00000000000000e", "a test", aws.clock() - 1);
    pieces.account.faults.failNext("ec2", "DescribeSecurityGroups", "InternalError");
    expect(await sweep(deps)).toEqual({ groups: 2, failed: 1 });
    const [left] = await dirty(aws);
    const errors = lines.filter(({ level }) => level === "error");
    expect(errors.map(({ fields }) => fields)).toEqual([
      expect.objectContaining({ groupId: left, Failures: 1, stage: "local" }),
    ]);
    expect(errors[0]?.fields.error).toMatch(/^InternalError/);
    expect(await pieces.rules(group)).toEqual(left === group ? [WORLD] : []);
  });
});

/** The filters that the first call of an action was asked with. */
function filtersOf(action: string): string[] {
  const call = requests("ec2").find(one => one.action === action);
  return Object.keys(call?.request ?? {}).filter(name => name.startsWith("Filter"));
}

describe("a mark that names no group", () => {
  const groupsIn = async (aws: AwsAccount, vpcId?: string) => {
    const all = await aws.groups.list();
    return all.filter(group => vpcId === undefined || group.vpcId === vpcId).length;
  };
  it("has every group of its VPC looked at", async () => {
    const { aws } = await marked(WORLD);
    const vpcId = pieces.account.ec2.seed.vpc(pieces.place(), { cidr: "10.8.0.0/16" });
    const inside = plantGroup(pieces, [WORLD], { name: "inside", vpcId });
    await putInForce(aws, governing(inside));
    for (const { groupId } of await aws.intents.dirtyGroups())
      await aws.intents.clearDirty(groupId, aws.clock());
    await aws.intents.markDirty(vpcId, "an event", aws.clock() - 1);
    expect(await sweep(aws)).toEqual({ groups: await groupsIn(aws, vpcId), failed: 0 });
    expect(await pieces.rules(inside)).toEqual([]);
    expect(await dirty(aws)).toEqual([]);
  });
  it("has every group looked at where it names no VPC either", async () => {
    const { aws, group } = await marked(WORLD);
    await aws.intents.markDirty("*", "a pause ended", aws.clock() - 1);
    const groups = await groupsIn(aws);
    mark();
    expect(await sweep(aws)).toEqual({ groups, failed: 0 });
    expect(filtersOf("DescribeSecurityGroups")).toEqual([]);
    expect(await pieces.rules(group)).toEqual([]);
    expect(await dirty(aws)).toEqual([]);
  });
  it("stays while one of them has failed, and the marks of the others do not", async () => {
    const { aws, group } = await marked(WORLD);
    await aws.intents.markDirty(seedVpc, "an event", aws.clock() - 1);
    await aws.intents.markDirty(pieces.groups.deploy, "an event", aws.clock() - 1);
    pieces.account.faults.failNext("ec2", "RevokeSecurityGroupIngress", "InternalError", 50);
    expect(await sweep(aws)).toMatchObject({ failed: 1 });
    expect((await dirty(aws)).toSorted()).toEqual([group, seedVpc].toSorted());
  });
});

// Groups that drifted, looked at one by one: what a run does and finds is the audit's finding, and a group
// that could not be finished is left to the sweep.
import { beforeEach, describe, expect, it } from "vitest";
import type { AwsAccount } from "../../../../functions/aws/account.ts";
import { marksOf } from "../../../../functions/reconcile/audit/brake.ts";
import {
  auditTrigger,
  drifted,
  fromRun,
  quietly,
  workOff,
} from "../../../../functions/reconcile/audit/repair.ts";
import { type AuditState, auditId, newState } from "../../../../functions/reconcile/audit/state.ts";
import type { Alert } from "../../../../matrix/alert/alert.ts";
import { auditOf, NOW, REGION, SCOPE, type UnderwayOptions } from "../../../support/auditing.ts";
import { findingOf, triggerOf, without } from "../../../support/findings.ts";
import { putInForce } from "../../../support/in-force.ts";
import { ACCOUNT } from "../../../support/judging.ts";
import { fieldsLogged } from "../../../support/logged.ts";
import { ownPieces } from "../../../support/pieces.ts";
import { plantGroup } from "../../../support/planted.ts";
import { auditFinding } from "../../../support/reports.ts";

const SSH = "ingress tcp 22 from 10.1.0.0/16";
const WORLD = "ingress tcp 22 from 0.0.0.0/0";
const matrix = (...ids: string[]) => `
matrix: test
mode: enforce
groups:
${ids.map((id, at) => `  web-${at}: { id: ${id}, egress: listed }\n`).join("")}`;

const pieces = ownPieces();
let aws: AwsAccount;
let before = 0;
beforeEach(() => {
  aws = pieces.fresh();
  before = pieces.account.inbox.messages().length;
});

const subjects = () =>
  pieces.account.inbox
    .messages()
    .slice(before)
    .map(({ subject = "" }) => subject.split(" ")[0]);
const todoOf = (id: string) => ({ id, name: "web", parts: ["web-0"] });

/** Looks at groups that are on the list. */
async function workedOff(ids: string[], options: UnderwayOptions = {}) {
  const audit = auditOf({}, { deps: aws, ...options });
  const state: AuditState = { ...newState(NOW), todo: ids.map(todoOf) };
  await workOff(audit, state);
  return { audit, state };
}
const found = ({ findings }: AuditState) =>
  Object.values(findings).map(({ kind, rule, outcome }) => [kind, rule, outcome]);

describe("a group on the list", () => {
  it("is brought to what the matrix permits, and what was found is said", async () => {
    const id = plantGroup(pieces, [SSH], { name: "web" });
    await putInForce(aws, matrix(id));
    const { state } = await workedOff([id]);
    expect(await pieces.rules(id)).toEqual([]);
    const [finding] = await aws.findings.forGroup(id);
    expect(Object.values(state.findings)).toEqual([
      {
        ...{
          id: auditId(aws.config.scope, { kind: "drift", group: id, rule: SSH }),
          kind: "drift",
        },
        ...{ severity: "low", group: id, groupName: "web", parts: ["web-0"], rule: SSH },
        ...{ because: finding?.because, findingId: finding?.id, outcome: "closed" },
        ...{ ruleId: finding?.ruleId, missed: true },
      },
    ]);
    expect(finding?.trigger).toMatchObject({ kind: "audit", id: "audit-1" });
    expect([state.todo, state.heldGroups, await aws.intents.dirtyGroups()]).toEqual([[], [], []]);
    expect(subjects()).toEqual(["CLOSED"]);
  });
  it("is only looked at where something is recorded", async () => {
    const { state } = await workedOff(["sg-0000000a"], {});
    const reading = auditOf({});
    const left: AuditState = { ...newState(NOW), todo: [todoOf("sg-0000000a")] };
    await workOff(reading, left);
    expect(left.todo).toHaveLength(1);
    expect(state.todo).toHaveLength(0);
  });
  it("is looked at with three others at a time, until the time is up", async () => {
    const ids = Array.from({ length: 9 }, (_, at) => `sg-0000000${at}`);
    const late = await workedOff(ids, { isLate: () => true });
    expect(late.state.todo.map(({ id }) => id)).toEqual(ids.slice(4));
    expect(late.audit.told).toEqual(["5 groups to look at"]);
    const { audit, state } = await workedOff(ids);
    expect(state.todo).toEqual([]);
    expect(audit.told).toEqual(["5 groups to look at", "1 groups to look at"]);
  });
  it("takes the time of four reads", async () => {
    const { audit } = await workedOff(["sg-00000001"]);
    expect(audit.waited).toEqual([800]);
  });
});

describe("what the brake holds back", () => {
  it("is said of its group, and told by nobody but the plan", async () => {
    const id = plantGroup(pieces, [SSH]);
    await putInForce(aws, matrix(id));
    await aws.brake.mark(id, marksOf([SSH]), 0);
    const state: AuditState = { ...newState(NOW), todo: [todoOf(id)], heldGroups: [id] };
    await workOff(auditOf({}, { deps: aws }), state);
    expect(found(state)).toEqual([["drift", SSH, "left-open"]]);
    expect(Object.values(state.findings)[0]).toMatchObject({ held: true });
    expect(Object.values(state.findings)[0]).not.toHaveProperty("missed");
    expect([state.heldGroups, subjects()]).toEqual([[id], []]);
    expect(await aws.intents.dirtyGroups()).toEqual([]);
  });
  it("is told beside what else was found on its group", async () => {
    const id = plantGroup(pieces, [SSH, WORLD]);
    await putInForce(aws, matrix(id));
    await aws.brake.mark(id, marksOf([SSH]), 0);
    const audit = auditOf({}, { deps: aws });
    const state: AuditState = { ...newState(NOW), todo: [todoOf(id)], heldGroups: ["sg-1"] };
    await workOff(audit, state);
    expect(state.heldGroups).toEqual(["sg-1", id]);
    expect(await pieces.rules(id)).toEqual([SSH]);
    expect(subjects()).toHaveLength(1);
  });
});

describe("an alert of a run", () => {
  const alert = (findings: object[], more = 0): Alert => ({
    ...{ subject: "LEFT OPEN", text: "", attributes: {} },
    detail: {
      ...{ outcome: "left-open", severity: "high", account: ACCOUNT, region: REGION },
      ...{ group: { id: "sg-1", name: "web" }, findings, more },
    },
  });
  it.each([
    ["of held rules alone", "left out", alert([{ held: true }, { held: true }])],
    ["of a rule that is not held", "published", alert([{ held: false }])],
    ["of others too", "published", alert([{ held: true }, {}])],
    ["of more than it names", "published", alert([{ held: true }], 1)],
    ["of no finding", "published", alert([])],
  ])("%s is %s", async (_, fate, given) => {
    const published: Alert[] = [];
    const publish = async (one: Alert) => {
      published.push(one);
    };
    await quietly({ publish })(given);
    expect(published).toEqual(fate === "published" ? [given] : []);
  });
});

describe("a group that cannot be finished", () => {
  it("is tried three times while EC2 is throttled, then left to the sweep", async () => {
    const id = plantGroup(pieces, [SSH]);
    await putInForce(aws, matrix(id));
    pieces.account.faults.failNext("ec2", "RevokeSecurityGroupIngress", "RequestLimitExceeded", 99);
    const calls = pieces.account.calls.list().length;
    const slept: number[] = [];
    const sleep = async (ms: number) => {
      slept.push(ms);
    };
    const { state } = await workedOff([id], { deps: { ...aws, sleep } });
    expect(found(state)).toEqual([["drift", SSH, "could-not-close"]]);
    const dirty = await aws.intents.dirtyGroups();
    expect(dirty.map(({ groupId }) => groupId)).toEqual([id]);
    const since = pieces.account.calls.list().slice(calls);
    expect(since.filter(({ action }) => action === "RevokeSecurityGroupIngress")).toHaveLength(18);
    // Each run waits two and four seconds for its own calls, the audit as long between the runs; five are
    // for a call that is held back.
    expect(slept.filter(ms => ms >= 2_000 && ms !== 5_000)).toEqual([
      ...[2_000, 4_000, 2_000],
      ...[2_000, 4_000, 4_000],
      ...[2_000, 4_000],
    ]);
  });
  it("is finished by the try after the throttled one", async () => {
    const id = plantGroup(pieces, [SSH]);
    await putInForce(aws, matrix(id));
    pieces.account.faults.failNext("ec2", "RevokeSecurityGroupIngress", "RequestLimitExceeded", 4);
    const { state } = await workedOff([id]);
    expect(found(state)).toEqual([["drift", SSH, "closed"]]);
    expect(await aws.intents.dirtyGroups()).toEqual([]);
  });
  it("is left to the sweep where its drift stands although it was acted on", async () => {
    const id = plantGroup(pieces, [SSH]);
    await putInForce(aws, matrix(id));
    pieces.account.faults.failNext(
      "ec2",
      "RevokeSecurityGroupIngress",
      "UnauthorizedOperation",
      99,
    );
    const { state } = await workedOff([id]);
    expect(found(state)).toEqual([["drift", SSH, "could-not-close"]]);
    expect((await aws.intents.dirtyGroups()).map(({ groupId }) => groupId)).toEqual([id]);
  });
  it("is left to the sweep, and said to drift, where it could not be read", async () => {
    const id = plantGroup(pieces, [SSH]);
    await putInForce(aws, matrix(id));
    pieces.account.faults.failNext("ec2", "DescribeSecurityGroups", "UnauthorizedOperation", 9);
    const { log, lines } = fieldsLogged();
    const { state } = await workedOff([id], { deps: { ...aws, log } });
    const [finding] = Object.values(state.findings);
    expect(finding).toMatchObject({
      id: auditId(aws.config.scope, { kind: "drift", group: id, rule: "" }),
      ...{ kind: "drift", severity: "high", group: id, groupName: "web", parts: ["web-0"] },
      rule: "",
    });
    expect(finding?.because).toMatch(
      /^it drifted and could not be looked at: UnauthorizedOperation: .*; the minute sweep tries again$/,
    );
    const [dirty] = await aws.intents.dirtyGroups();
    expect(dirty).toMatchObject({ groupId: id });
    expect(dirty?.because).toMatch(/^UnauthorizedOperation: /);
    expect(lines.error).toEqual([{ groupId: id, error: dirty?.because }]);
    expect(state.todo).toEqual([]);
  });
  it("is left to the sweep while another run is about to tell of it", async () => {
    const id = plantGroup(pieces, [SSH]);
    await putInForce(aws, matrix(id).replace("enforce", "observe"));
    const [rule] = (await aws.groups.read(id))?.group.rules ?? [];
    const drift = findingOf({
      ...{ group: { id, name: "web" }, rule: SSH, outcome: "left-open" },
      ...(rule?.ruleId && { ruleId: rule.ruleId }),
    });
    const lease = { by: "another run", now: aws.clock() };
    await aws.findings.recordAndClaim(drift, aws.clock(), lease);
    const { state } = await workedOff([id]);
    expect(found(state)).toEqual([["drift", SSH, "left-open"]]);
    const dirty = await aws.intents.dirtyGroups();
    expect(dirty).toMatchObject([{ groupId: id, because: "left by an audit" }]);
  });
});

describe("the trigger of what an audit does", () => {
  it("names the audit and the time", () => {
    const about = { account: ACCOUNT, region: REGION, triggerId: "audit-9" };
    expect(auditTrigger(about, { clock: () => NOW })).toEqual({
      ...{ kind: "audit", id: "audit-9", at: NOW, account: ACCOUNT, region: REGION, changes: [] },
    });
  });
});

describe("a finding of a run as an audit's", () => {
  const audited = { ...triggerOf("audit-1"), kind: "audit" };
  const finding = findingOf({ id: "f-1", trigger: audited });

  it("is about the same, and says what it became", () => {
    const { rule, parts, because, ruleId } = finding;
    expect(fromRun(SCOPE, finding)).toStrictEqual({
      id: auditId(SCOPE, { kind: "drift", group: "sg-0a1b2c3d", rule }),
      ...{ kind: "drift", severity: "medium", group: "sg-0a1b2c3d", groupName: "funai-deploy" },
      ...{ rule, parts, because, findingId: "f-1", outcome: "closed", ruleId, missed: true },
    });
  });
  it.each([
    ["missing", "missing"],
    ["drift", "drift"],
    ["prefix-list", "drift"],
    ["impostor", "drift"],
  ] as const)("of a run's kind %s is of kind %s", (kind, expected) => {
    expect(fromRun(SCOPE, { ...finding, kind }).kind).toBe(expected);
  });
  it("leaves out what there is not", () => {
    const event = findingOf({ id: "f-1" });
    const found = auditFinding({ id: "a-1" });
    expect(drifted(found, without(event, "ruleId"))).toStrictEqual({
      ...{ ...found, findingId: "f-1", outcome: "closed" },
    });
    expect(drifted(found, { ...event, held: false })).not.toHaveProperty("held");
    expect(drifted(found, { ...event, held: true })).toHaveProperty("held", true);
  });

  describe("is missed", () => {
    const isMissed = (given: Parameters<typeof drifted>[1]) =>
      drifted(auditFinding(), given).missed ?? false;
    const sighted = (...kinds: string[]) => ({
      ...finding,
      sightings: kinds.map(kind => ({ kind, id: kind })),
    });
    it.each([
      ["where audits alone have seen it", finding, true],
      ["where no other than audits has", sighted("audit", "audit"), true],
      ["but not where an event told of it first", findingOf(), false],
      ["but not where one has since", sighted("audit", "event"), false],
      [
        "but not where it is held, as it is the matrix that changed",
        { ...finding, held: true },
        false,
      ],
    ])("%s", (_, given, expected) => {
      expect(isMissed(given)).toBe(expected);
    });
  });
});

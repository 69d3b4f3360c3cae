// One page of groups: what is said of each, what is marked for the brake, what is to be looked at.
import { beforeEach, describe, expect, it } from "vitest";
import type { AwsAccount } from "../../../../functions/aws/account.ts";
import { marksOf } from "../../../../functions/reconcile/audit/brake.ts";
import { auditPage } from "../../../../functions/reconcile/audit/groups.ts";
import { type AuditState, newState } from "../../../../functions/reconcile/audit/state.ts";
import type { SecurityGroup } from "../../../../matrix/group.ts";
import { auditOf, NOW, type Underway, type UnderwayOptions } from "../../../support/auditing.ts";
import { findingOf } from "../../../support/findings.ts";
import { groupNamed, interfaceOf, type Land } from "../../../support/land.ts";
import { ownPieces } from "../../../support/pieces.ts";

const WEB = "sg-0000000a";
const DB = "sg-0000000b";
const SPARE = "sg-0000000c";
const PERMITTED = "ingress tcp 443 from 10.0.0.0/8";
const SSH = "ingress tcp 22 from 10.1.0.0/16";
const WORLD = "ingress tcp 22 from 0.0.0.0/0";
const matrix = `
matrix: test
mode: enforce
groups: { web: { name: web, egress: listed }, db: { name: db, mode: observe, egress: listed } }
flows:
  - { from: 10.0.0.0/8, to: web, ports: tcp 443, need: allowed }
`;

const pieces = ownPieces();
let aws: AwsAccount;
beforeEach(() => {
  aws = pieces.fresh();
});

/** An audit that has read its first page of groups. */
async function page(land: Land, options: UnderwayOptions = {}, given: Partial<AuditState> = {}) {
  const audit: Underway = auditOf(land, { matrix, ...options });
  const interfaces = Object.fromEntries((land.interfaces ?? []).map(one => [one.id, one]));
  const state: AuditState = { ...newState(NOW), interfaces, ...given };
  await auditPage(audit, state);
  return { audit, state };
}
const found = ({ findings }: AuditState) =>
  Object.values(findings).map(({ kind, group, rule }) => [kind, group, rule]);

describe("a page of groups", () => {
  const groups = [
    groupNamed(WEB, "web", PERMITTED),
    groupNamed(DB, "db", SSH, WORLD),
    groupNamed(SPARE, "spare"),
  ];
  const interfaces = [interfaceOf("eni-1", [WEB, DB]), interfaceOf("eni-2", [WEB])];

  it("says who each group is, and what its rules come to", async () => {
    const { audit, state } = await page({ groups, interfaces });
    const { vpcId = "" } = groups[0] ?? {};
    expect(state.audited).toStrictEqual({
      [WEB]: {
        id: WEB,
        name: "web",
        parts: ["web"],
        rules: 1,
        interfaces: 2,
        vpcId,
        mode: "enforce",
      },
      [DB]: { id: DB, name: "db", parts: ["db"], rules: 2, interfaces: 1, vpcId, mode: "observe" },
      [SPARE]: { id: SPARE, name: "spare", parts: [], rules: 0, interfaces: 0, vpcId },
    });
    expect([state.rules, state.played, state.token]).toEqual([3, ["web", "db"], undefined]);
    expect(audit.told).toEqual(["3 groups, 3 rules"]);
  });
  it("leaves out the VPC of a group that has none", async () => {
    const { vpcId: _, ...classic } = groupNamed(SPARE, "spare");
    const { state } = await page({ groups: [classic] });
    expect(state.audited[SPARE]).toStrictEqual({
      ...{ id: SPARE, name: "spare", parts: [], rules: 0, interfaces: 0 },
    });
  });
  it("finds drift for those who only read, and groups that no entry selects", async () => {
    const { state } = await page({ groups, interfaces });
    expect(found(state)).toEqual([
      ["unmanaged", SPARE, ""],
      ["drift", DB, SSH],
      ["drift", DB, WORLD],
    ]);
    expect(state.todo).toEqual([]);
  });
  it("goes on where the one before it ended", async () => {
    const land = { groups, page: 2 };
    const { audit, state } = await page(land);
    expect([state.token, Object.keys(state.audited)]).toEqual(["2", [WEB, DB]]);
    await auditPage(audit, state);
    expect([state.token, Object.keys(state.audited)]).toEqual([undefined, [WEB, DB, SPARE]]);
    expect(audit.asked).toEqual(["groups", "groups from 2"]);
    expect(audit.told).toEqual(["2 groups, 3 rules", "3 groups, 3 rules"]);
  });
  it("that is read again counts nothing twice", async () => {
    const { audit, state } = await page({ groups, interfaces });
    await auditPage(audit, state);
    expect([state.rules, state.played]).toEqual([3, ["web", "db"]]);
  });
});

describe("a group that drifts", () => {
  const spread = (rules: readonly string[], given: Partial<SecurityGroup> = {}): Land => ({
    groups: [{ ...groupNamed(WEB, "web", ...rules), ...given }],
  });
  const observed: Land = { groups: [groupNamed(DB, "db", SSH)] };
  const known = async (rule: string, id = WEB, isTold = true) => {
    const drift = findingOf({ group: { id, name: "web" }, rule, outcome: "left-open" });
    const kept = await aws.findings.record(drift, aws.clock());
    if (isTold) await aws.findings.markPublished(kept, aws.clock());
    return kept.id;
  };

  it("is to be looked at by a run of its own, which says what it finds", async () => {
    const { state } = await page(spread([SSH]), { deps: aws });
    expect(state.todo).toEqual([{ id: WEB, name: "web", parts: ["web"] }]);
    expect(found(state)).toEqual([]);
  });
  it("is to be looked at although all of it is known, where a run may do something", async () => {
    await known(SSH);
    const { state } = await page(spread([SSH]), { deps: aws });
    expect(state.todo.map(({ id }) => id)).toEqual([WEB]);
  });
  it("is only said to drift where all of it is known and no run may do anything", async () => {
    const id = await known(SSH, DB);
    const { state } = await page(observed, { deps: aws });
    expect(state.todo).toEqual([]);
    expect(Object.values(state.findings)).toMatchObject([
      { kind: "drift", group: DB, rule: SSH, findingId: id, outcome: "left-open" },
    ]);
  });
  it("is only said to drift where it is another account's", async () => {
    const id = await known(SSH);
    const { state } = await page(spread([SSH], { owner: "222233334444" }), { deps: aws });
    expect(state.todo).toEqual([]);
    expect(Object.values(state.findings).map(({ findingId }) => findingId)).toEqual([id]);
  });
  it("is to be looked at where some of it is not known, or nobody was told", async () => {
    await known(SSH, DB);
    const two: Land = { groups: [groupNamed(DB, "db", SSH, WORLD)] };
    expect((await page(two, { deps: aws })).state.todo.map(({ id }) => id)).toEqual([DB]);
    aws = pieces.fresh();
    await known(SSH, DB, false);
    expect((await page(observed, { deps: aws })).state.todo.map(({ id }) => id)).toEqual([DB]);
  });
  it("is to be looked at where what is known of it is over", async () => {
    const over = findingOf({ group: { id: DB, name: "db" }, rule: SSH, outcome: "closed" });
    const kept = await aws.findings.record(over, aws.clock());
    await aws.findings.markPublished(kept, aws.clock());
    expect((await page(observed, { deps: aws })).state.todo.map(({ id }) => id)).toEqual([DB]);
  });
  it("gives each drift the finding of its own rule", async () => {
    const ids = [await known(WORLD, DB), await known(SSH, DB)];
    const two: Land = { groups: [groupNamed(DB, "db", SSH, WORLD)] };
    const { state } = await page(two, { deps: aws });
    const linked = Object.values(state.findings).map(({ rule, findingId }) => [rule, findingId]);
    expect(Object.fromEntries(linked)).toEqual({ [WORLD]: ids[0], [SSH]: ids[1] });
  });
});

describe("the books of a group", () => {
  const open = (rule: string, id: string) =>
    aws.findings.record(
      findingOf({ group: { id, name: "web" }, rule, outcome: "left-open" }),
      aws.clock(),
    );
  const outcomes = async (id: string) => {
    const all = await aws.findings.forGroup(id);
    return Object.fromEntries(all.map(({ rule, outcome }) => [rule, outcome]));
  };

  it("are closed by what is there, and what the matrix has against it", async () => {
    const rules = groupNamed(WEB, "web", PERMITTED, SSH).rules.map(({ rule }) => ({ rule }));
    for (const rule of [PERMITTED, SSH, WORLD]) await open(rule, WEB);
    await page({ groups: [{ ...groupNamed(WEB, "web"), rules }] }, { deps: aws });
    expect(await outcomes(WEB)).toEqual({
      [PERMITTED]: "permitted",
      [SSH]: "left-open",
      [WORLD]: "gone",
    });
  });
  it("stay open by what nobody judges", async () => {
    const rules = groupNamed(SPARE, "spare", SSH).rules.map(({ rule }) => ({ rule }));
    for (const rule of [SSH, WORLD]) await open(rule, SPARE);
    const { state } = await page(
      { groups: [{ ...groupNamed(SPARE, "spare"), rules }] },
      { deps: aws },
    );
    expect(await outcomes(SPARE)).toEqual({ [SSH]: "left-open", [WORLD]: "gone" });
    expect(state.todo).toEqual([]);
  });
});

describe("the marks of a group", () => {
  const land: Land = { groups: [groupNamed(WEB, "web", PERMITTED, SSH)] };
  const marks = async () => {
    const kept = await aws.brake.marks(WEB);
    return kept && { marks: Buffer.from(kept.marks), rev: kept.rev };
  };
  const marked = (...texts: string[]) => Buffer.from(marksOf(texts));
  const audited = async () => page(land, { deps: aws, marks: await aws.brake.all() });

  it("are of what is permitted", async () => {
    const { state } = await audited();
    expect(await marks()).toEqual({ marks: marked(PERMITTED), rev: 1 });
    expect(state.heldGroups).toEqual([]);
  });
  it("are not written again where they are the same", async () => {
    await audited();
    const before = pieces.account.calls.list().length;
    await audited();
    expect(await marks()).toEqual({ marks: marked(PERMITTED), rev: 1 });
    const since = pieces.account.calls.list().slice(before);
    expect(since.map(({ action }) => action)).not.toContain("PutItem");
  });
  it("are of what is held too, as long as it stands", async () => {
    await aws.brake.mark(WEB, marksOf([SSH, WORLD]), 0);
    const { state } = await audited();
    expect(await marks()).toEqual({ marks: marked(PERMITTED, SSH), rev: 2 });
    expect(state.heldGroups).toEqual([WEB]);
    expect(state.todo.map(({ id }) => id)).toEqual([WEB]);
  });
  it("leave to whoever released one meanwhile that he is right", async () => {
    await aws.brake.mark(WEB, marksOf([SSH]), 0);
    const before = await aws.brake.all();
    await aws.brake.mark(WEB, marksOf([]), 1);
    await page(land, { deps: aws, marks: before });
    expect(await marks()).toEqual({ marks: marked(), rev: 2 });
  });
  it("are none where nothing is permitted, or nobody judges", async () => {
    await page({ groups: [groupNamed(WEB, "web", SSH)] }, { deps: aws });
    expect(await marks()).toBeUndefined();
    await page({ groups: [groupNamed(WEB, "spare", PERMITTED)] }, { deps: aws });
    expect(await marks()).toBeUndefined();
  });
  it("name a group once among those with something that is held", async () => {
    await aws.brake.mark(WEB, marksOf([SSH]), 0);
    const options = { deps: aws, marks: await aws.brake.all() };
    const { state } = await page(land, options, { heldGroups: [DB, WEB] });
    expect(state.heldGroups).toEqual([DB, WEB]);
  });
  it("hold nothing of what is known where no run may do anything", async () => {
    await aws.brake.mark(WEB, marksOf([SSH]), 0);
    const drift = findingOf({ group: { id: WEB, name: "web" }, rule: SSH, outcome: "left-open" });
    const kept = await aws.findings.record({ ...drift, held: true, ruleId: "sgr-2" }, aws.clock());
    await aws.findings.markPublished(kept, aws.clock());
    const { state } = await audited();
    expect(state.todo).toEqual([]);
    expect(Object.values(state.findings)).toMatchObject([{ rule: SSH, held: true }]);
  });
});

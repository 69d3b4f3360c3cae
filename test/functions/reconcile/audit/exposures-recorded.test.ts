// What an audit records of the exposures it sees, and which of those that stood it ends.
import { beforeEach, describe, expect, it } from "vitest";
import type { AwsAccount } from "../../../../functions/aws/account.ts";
import { auditExposure } from "../../../../functions/reconcile/audit/exposures.ts";
import { exposureName } from "../../../../functions/reconcile/audit/keep-exposures.ts";
import { type AuditState, newState } from "../../../../functions/reconcile/audit/state.ts";
import { iso } from "../../../../functions/reconcile/draft.ts";
import { auditOf } from "../../../support/auditing.ts";
import { groupNamed, interfaceOf, type Land } from "../../../support/land.ts";
import { ownPieces } from "../../../support/pieces.ts";

const WEB = "sg-0000000a";
const SPARE = "sg-0000000b";
const WORLD = "ingress tcp 22 from 0.0.0.0/0";
const RULE = `${WORLD} beside ${WEB}`;
const matrix = `
matrix: test
mode: enforce
groups: { web: { name: web, egress: listed } }
`;
const groups = [groupNamed(WEB, "web"), groupNamed(SPARE, "spare", WORLD)];
const exposed: Land = { groups, interfaces: [interfaceOf("eni-1", [WEB, SPARE])] };
const apart: Land = { groups, interfaces: [interfaceOf("eni-1", [WEB])] };

const pieces = ownPieces();
let aws: AwsAccount;
beforeEach(() => {
  aws = pieces.fresh();
});

async function look(
  land: Land,
  given: { text?: string; state?: Partial<AuditState> } = {},
): Promise<AuditState> {
  pieces.account.clock.advance(60_000);
  const interfaces = Object.fromEntries((land.interfaces ?? []).map(one => [one.id, one]));
  const state = { ...newState(aws.clock()), interfaces, ...given.state };
  const { text = matrix } = given;
  const audit = auditOf(land, { deps: aws, ...(text !== "" && { matrix: text }) });
  await auditExposure(audit, state);
  return state;
}

const found = ({ findings }: AuditState) =>
  Object.values(findings).map(({ rule, findingId, outcome }) => ({ rule, findingId, outcome }));
const standing = async () =>
  (await aws.exposures.all()).map(({ groupId, rule }) => exposureName(groupId, rule));
const note = (rule: string, seenAt: number) =>
  aws.exposures.note({ groupId: SPARE, rule, groups: [WEB, SPARE], seenAt });

describe("an exposure that an audit sees", () => {
  it("is recorded as seen when the audit began, and the audit's finding names it", async () => {
    const state = await look(exposed);
    const [stored, ...more] = await aws.findings.forGroup(SPARE);
    expect(more).toEqual([]);
    expect(stored).toMatchObject({
      ...{ kind: "exposure", rule: RULE, matrixVersion: "7", seenAt: iso(state.startedAt) },
      trigger: { kind: "audit", id: "audit-1", at: iso(state.startedAt) },
    });
    expect(found(state)).toEqual([{ rule: RULE, findingId: stored?.id, outcome: "reported" }]);
    expect(await standing()).toEqual([exposureName(SPARE, RULE)]);
  });
  it("is the one that the next audit sees too", async () => {
    const [first] = found(await look(exposed));
    expect(found(await look(exposed))).toEqual([first]);
    expect(await standing()).toEqual([exposureName(SPARE, RULE)]);
  });
});

describe("an exposure that stood", () => {
  it("is over where no set shows it any more", async () => {
    await look(exposed);
    const state = await look(apart);
    expect([found(state), await standing()]).toEqual([[], []]);
    const [ended] = await aws.findings.forGroup(SPARE);
    expect(ended).toMatchObject({ outcome: "gone", closedAt: iso(state.startedAt) });
  });
  it("stands where it was noted since the interfaces were read", async () => {
    const ahead = aws.clock() + 60_000_000;
    await note(RULE, ahead);
    await note("ingress tcp 23 from 0.0.0.0/0", ahead - 1);
    await look(apart, { state: { startedAt: ahead } });
    expect(await standing()).toEqual([exposureName(SPARE, RULE)]);
  });
  it("stands where findings are left out, as nobody knows what was seen", async () => {
    await look(exposed);
    await look(apart, { state: { more: 1 } });
    expect(await standing()).toEqual([exposureName(SPARE, RULE)]);
  });
  it("stands, and nothing new is recorded, where no matrix is in force", async () => {
    await note(RULE, 1);
    expect(found(await look(exposed, { text: "" }))).toEqual([]);
    expect(await standing()).toEqual([exposureName(SPARE, RULE)]);
    expect(await aws.findings.forGroup(SPARE)).toEqual([]);
  });
});

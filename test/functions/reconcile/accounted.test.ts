// Who accounts for drift that was over before a run could end it.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AwsAccount } from "../../../functions/aws/account.ts";
import { accountFor, isSameRule } from "../../../functions/reconcile/accounted.ts";
import type { Finding } from "../../../matrix/finding.ts";
import { actor, findingOf, without } from "../../support/findings.ts";
import { type Pieces, startPieces } from "../../support/pieces.ts";

let pieces: Pieces;
let aws: AwsAccount;
beforeAll(async () => {
  pieces = await startPieces();
});
afterAll(() => pieces.stop());

const nobodyAtWork = async () => [];
const drift = findingOf({ ruleId: "sgr-0a000000000000001" });

/** Keeps a finding as a run does that has just read its group. */
async function keep(finding: Finding): Promise<Finding> {
  aws = pieces.fresh();
  return aws.findings.record(finding, Date.parse(finding.seenAt));
}

describe("a finding that is kept", () => {
  it("accounts for drift that an event tells of", async () => {
    const kept = await keep(drift);
    const { unknown, known, isUnnamed } = await accountFor(
      aws,
      [{ finding: drift, wasSeen: false }],
      [],
      nobodyAtWork,
    );
    expect(unknown).toEqual([]);
    expect(known.map(({ id }) => id)).toEqual([kept.id]);
    expect(isUnnamed).toBe(false);
  });
});

describe("two findings", () => {
  it("are of one rule where its text and its id are the same", () => {
    expect(isSameRule(drift, { ...drift })).toBe(true);
    expect(isSameRule(drift, { ...drift, ruleId: "sgr-0a000000000000002" })).toBe(false);
    expect(isSameRule(drift, without(drift, "ruleId"))).toBe(false);
  });
  it("of a missing rule are, whatever ids it had", () => {
    const missing: Finding = { ...drift, kind: "missing", actor };
    expect(isSameRule(drift, { ...missing, ruleId: "sgr-0a000000000000002" })).toBe(true);
  });
});

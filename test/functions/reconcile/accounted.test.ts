// Who accounts for drift that was over before a run could end it.
import { describe, expect, it } from "vitest";
import type { AwsAccount } from "../../../functions/aws/account.ts";
import { accountFor, isSameRule, type Over } from "../../../functions/reconcile/accounted.ts";
import type { Finding } from "../../../matrix/finding.ts";
import { actor, findingOf, triggerOf, without } from "../../support/findings.ts";
import { ownPieces } from "../../support/pieces.ts";

const pieces = ownPieces();

const nobodyAtWork = async () => [];
const drift = findingOf({ ruleId: "sgr-0a000000000000001" });
const nobodys = without(drift, "actor");
const at = (ms: number): string => new Date(Date.parse("2026-11-21T12:00:00Z") + ms).toISOString();

/** Keeps a finding as a run does that has just read its group. */
async function keep(finding: Finding): Promise<AwsAccount> {
  const aws = pieces.fresh();
  await aws.findings.record(finding, Date.parse(finding.seenAt));
  return aws;
}

const told = (finding: Finding): Over => ({ finding, wasSeen: false });
const seen = (finding: Finding): Over => ({ finding, wasSeen: true });

describe("a finding that is kept", () => {
  it("accounts for drift that an event tells of", async () => {
    const aws = await keep(drift);
    const asked: number[] = [];
    const { unknown, known, isUnnamed } = await accountFor(aws, [told(drift)], [], async () => {
      asked.push(1);
      return [];
    });
    expect(unknown).toEqual([]);
    expect(known.map(({ id }) => id)).toEqual([(await aws.findings.newest(drift))?.id]);
    expect(isUnnamed).toBe(false);
    expect(asked, "the runs at work are not asked for nothing").toEqual([]);
  });

  it("is told who it was where it does not know", async () => {
    const aws = await keep(nobodys);
    const later = { ...drift, trigger: triggerOf("e-2") };
    const { known } = await accountFor(aws, [told(later)], [], nobodyAtWork);
    expect(known).toMatchObject([{ actor, sightings: [{ id: "e-1" }, { id: "e-2" }] }]);
    expect(await aws.findings.newest(drift)).toMatchObject({ actor });
  });

  it.each([
    { what: "it knows already", kept: drift, later: drift },
    { what: "nobody knows", kept: nobodys, later: nobodys },
  ])("is left as it is where $what", async ({ kept, later }) => {
    const aws = await keep(kept);
    const over = told({ ...later, trigger: triggerOf("e-2") });
    const { known } = await accountFor(aws, [over], [], nobodyAtWork);
    expect(known).toMatchObject([{ sightings: [{ id: "e-1" }] }]);
    expect((await aws.findings.newest(drift))?.sightings).toHaveLength(1);
  });

  it.each([
    ["left open", "left-open", true, false],
    ["left open", "left-open", false, true],
    ["closed", "closed", true, true],
    ["not closable", "could-not-close", true, false],
  ] as const)(
    "that was %s (%s), of drift that was seen: %s, accounts for it: %s",
    async (...row) => {
      const [, outcome, wasSeen, isKnown] = row;
      const aws = await keep({ ...drift, outcome });
      const { known, unknown } = await accountFor(
        aws,
        [{ finding: drift, wasSeen }],
        [],
        nobodyAtWork,
      );
      expect({ known: known.length, unknown: unknown.length }).toEqual(
        isKnown ? { known: 1, unknown: 0 } : { known: 0, unknown: 1 },
      );
    },
  );

  it("of an earlier drift accounts for nothing, seen or not", async () => {
    const aws = await keep({ ...drift, closedAt: at(0), seenAt: at(0) });
    const next = { ...drift, openedAt: at(60_000), seenAt: at(61_000) };
    const { known, unknown } = await accountFor(aws, [told(next), seen(next)], [], nobodyAtWork);
    expect(known).toEqual([]);
    expect(unknown).toEqual(expect.arrayContaining([told(next), seen(next)]));
  });

  it("is nobody's where there is none", async () => {
    const { known, unknown } = await accountFor(pieces.fresh(), [told(drift)], [], nobodyAtWork);
    expect({ known, unknown }).toEqual({ known: [], unknown: [told(drift)] });
  });
});

describe("a run at work", () => {
  const asked = (
    over: readonly Over[],
    atWork: readonly Finding[],
    later: readonly Finding[] = [],
  ) => accountFor(pieces.fresh(), over, atWork, async () => later);

  it("accounts for what it was about to record when the group was read", async () => {
    expect(await asked([told(drift)], [drift])).toEqual({
      ...{ unknown: [], known: [drift], isUnnamed: false },
    });
  });

  it("accounts for what it is about to record only now", async () => {
    expect(await asked([told(drift)], [], [drift])).toEqual({
      ...{ unknown: [], known: [drift], isUnnamed: false },
    });
  });

  it("leaves to others what it knows nothing of", async () => {
    const other = { ...drift, rule: "ingress tcp 23 from 0.0.0.0/0" };
    const { unknown, known } = await asked([told(drift), told(other)], [other]);
    expect(unknown).toEqual([told(drift)]);
    expect(known).toEqual([other]);
  });

  it.each([
    ["nobody", nobodys, drift, true],
    ["somebody", drift, drift, false],
    ["somebody, and an event nobody", drift, nobodys, false],
    ["nobody, and an event nobody", nobodys, nobodys, false],
  ])("that names %s", async (_, planned, finding, isUnnamed) => {
    expect(await asked([told(finding)], [planned])).toMatchObject({ isUnnamed });
    expect(await asked([told(finding)], [], [planned])).toMatchObject({ isUnnamed });
  });

  // Old as it may be, it takes what this run saw stand; of what an event tells it may be an older time.
  const opened = { openedAt: at(10_000), seenAt: at(12_000) };
  it.each([
    ["closed two seconds before it was opened", { closedAt: at(8_000) }, opened, true],
    ["closed more than two seconds before", { closedAt: at(7_999) }, opened, false],
    ["seen two seconds before", { closedAt: undefined, seenAt: at(8_000) }, opened, true],
    ["seen more than two before", { closedAt: undefined, seenAt: at(7_999) }, opened, false],
    ["seen long before, closed after", { seenAt: at(0), closedAt: at(20_000) }, opened, true],
    [
      "closed two seconds before it was seen, nobody knows when it was opened",
      { closedAt: at(10_000) },
      { openedAt: undefined, seenAt: at(12_000) },
      true,
    ],
    [
      "closed more than two seconds before it was seen",
      { closedAt: at(9_999) },
      { openedAt: undefined, seenAt: at(12_000) },
      false,
    ],
  ])("with a rule that was %s", async (_, planned, over, isKnown) => {
    const plan = { ...drift, ...planned } as Finding;
    const finding = { ...drift, ...over } as Finding;
    const { unknown } = await asked([told(finding)], [plan]);
    expect(unknown).toEqual(isKnown ? [] : [told(finding)]);
    expect(await asked([seen(finding)], [plan])).toMatchObject({ unknown: [], known: [plan] });
  });
});

describe("two findings", () => {
  it("are of one rule where its text and its id are the same", () => {
    expect(isSameRule(drift, { ...drift })).toBe(true);
    expect(isSameRule(drift, { ...drift, rule: "ingress tcp 23 from 0.0.0.0/0" })).toBe(false);
    expect(isSameRule(drift, { ...drift, ruleId: "sgr-0a000000000000002" })).toBe(false);
    expect(isSameRule(drift, without(drift, "ruleId"))).toBe(false);
  });
  it("of a missing rule are, whatever ids it had", () => {
    const missing: Finding = { ...drift, kind: "missing", actor };
    expect(isSameRule(drift, { ...missing, ruleId: "sgr-0a000000000000002" })).toBe(true);
  });
});

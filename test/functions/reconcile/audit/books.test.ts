// Findings that say that something drifts which does not any more are brought to their end.
import { beforeEach, describe, expect, it } from "vitest";
import type { AwsAccount } from "../../../../functions/aws/account.ts";
import { closeBooks } from "../../../../functions/reconcile/audit/books.ts";
import type { Finding } from "../../../../matrix/finding.ts";
import type { SecurityGroup } from "../../../../matrix/group.ts";
import { auditOf } from "../../../support/auditing.ts";
import { findingOf, without } from "../../../support/findings.ts";
import { groupNamed } from "../../../support/land.ts";
import { ownPieces } from "../../../support/pieces.ts";

const WEB = "sg-0000000a";
const SSH = "ingress tcp 22 from 10.1.0.0/16";
const OTHER = "ingress tcp 23 from 10.1.0.0/16";

const pieces = ownPieces();
let aws: AwsAccount;
beforeEach(() => {
  aws = pieces.fresh();
});

const drift = findingOf({
  ...{ group: { id: WEB, name: "web" }, rule: SSH, ruleId: "sgr-1", outcome: "left-open" },
  ...{ calls: ["a call"], owed: ["a rule"] },
});
const missing: Finding = { ...without(drift, "ruleId"), kind: "missing" };

interface Seen {
  readonly group?: SecurityGroup;
  readonly drifting?: readonly string[];
}

/** What an audit makes of an open finding, and when. */
async function end(finding: Finding, { group, drifting }: Seen) {
  const kept = await aws.findings.record(finding, Date.parse(finding.seenAt));
  await aws.findings.markPublished(kept, Date.parse(finding.seenAt));
  pieces.account.clock.advance(1_000);
  const seen = {
    ...(group && { group }),
    ...(drifting && { drifting: new Set(drifting) }),
  };
  const before = aws.clock();
  await closeBooks(auditOf({}, { deps: aws }), seen, [kept]);
  const [ended] = await aws.findings.forGroup(WEB);
  if (!ended) throw new Error("no finding");
  return { ended, before };
}
const outcomeOf = async (finding: Finding, seen: Seen) => (await end(finding, seen)).ended.outcome;

const stands = groupNamed(WEB, "web", SSH);
const gone = groupNamed(WEB, "web", OTHER);

describe("a drift", () => {
  it("whose rule is gone is over, by whom nobody knows", async () => {
    const { ended, before } = await end(drift, { group: gone, drifting: [SSH] });
    expect(ended).toMatchObject({ outcome: "gone", owed: [], calls: ["a call"] });
    expect(ended.notes).toContain("an audit found that it is over; no event told who ended it");
    expect(Date.parse(ended.closedAt ?? "")).toBeGreaterThanOrEqual(before);
    expect(ended.sightings[1]).toEqual({ kind: "audit", id: "audit-1", at: ended.closedAt });
    expect(ended.publishedAt).toBeDefined();
  });
  it("whose group is gone is over with it", async () => {
    expect(await outcomeOf(drift, {})).toBe("gone");
  });
  it("that is none under the matrix in force is permitted", async () => {
    const { ended } = await end(drift, { group: stands, drifting: [OTHER] });
    expect(ended.outcome).toBe("permitted");
    expect(ended.notes).toContain(
      "an audit found that the matrix in force, or an exception, has nothing against it",
    );
  });
  it.each([
    ["stands and drifts", drift, [SSH]],
    ["stands where no policy judges the group", drift, undefined],
    ["had no id of its rule, and stands", without(drift, "ruleId"), [SSH]],
  ])("that %s stays open", async (_, finding, drifting) => {
    const seen = { group: stands, ...(drifting && { drifting }) };
    expect(await outcomeOf(finding, seen)).toBe("left-open");
  });
  it("is told by the id of its rule where both are known", async () => {
    const other = { ...drift, ruleId: "sgr-2" };
    expect(await outcomeOf(other, { group: stands, drifting: [SSH] })).toBe("gone");
  });
  it("stays open where the read has no ids of rules", async () => {
    const rules = stands.rules.map(({ rule }) => ({ rule }));
    const seen = { group: { ...stands, rules }, drifting: [SSH] };
    expect(await outcomeOf(drift, seen)).toBe("left-open");
  });
});

describe("a missing rule", () => {
  it("that is there again is over", async () => {
    expect(await outcomeOf(missing, { group: stands, drifting: [SSH] })).toBe("gone");
  });
  it("whose group is gone is over with it", async () => {
    expect(await outcomeOf(missing, {})).toBe("gone");
  });
  it("that nobody requires any more is permitted", async () => {
    expect(await outcomeOf(missing, { group: gone, drifting: [] })).toBe("permitted");
  });
  it("stays open where it is required, or nobody knows", async () => {
    expect(await outcomeOf(missing, { group: gone, drifting: [SSH] })).toBe("left-open");
    aws = pieces.fresh();
    expect(await outcomeOf(missing, { group: gone })).toBe("left-open");
  });
});

describe("what is neither", () => {
  it.each(["exposure", "prefix-list", "impostor"] as const)("but %s stays as it is", async kind => {
    expect(await outcomeOf({ ...drift, kind }, {})).toBe("left-open");
  });
});

describe("an audit", () => {
  it("that only reads ends nothing", async () => {
    const kept = await aws.findings.record(drift, Date.parse(drift.seenAt));
    await closeBooks(auditOf({}), {}, [kept]);
    expect((await aws.findings.forGroup(WEB))[0]?.outcome).toBe("left-open");
  });
  it("asks nothing of anybody where nothing ended", async () => {
    const kept = await aws.findings.record(drift, Date.parse(drift.seenAt));
    const before = pieces.account.calls.list().length;
    await closeBooks(auditOf({}, { deps: aws }), { group: stands }, [kept]);
    expect(pieces.account.calls.list()).toHaveLength(before);
  });
  it("ends what is over among what is not", async () => {
    for (const finding of [drift, { ...drift, rule: OTHER }]) {
      await aws.findings.record(finding, Date.parse(finding.seenAt));
    }
    const open = await aws.findings.forGroup(WEB);
    await closeBooks(auditOf({}, { deps: aws }), { group: stands }, open);
    const outcomes = (await aws.findings.forGroup(WEB)).map(({ rule, outcome }) => [rule, outcome]);
    expect(Object.fromEntries(outcomes)).toEqual({ [SSH]: "left-open", [OTHER]: "gone" });
  });
});

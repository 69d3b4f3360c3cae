// The record of exposures: each is stored and told once while it stands, and brought to its end by a look
// that does not show it any more.
import { beforeEach, describe, expect, it } from "vitest";
import type { AwsAccount } from "../../../../functions/aws/account.ts";
import type { Exposure, Sight } from "../../../../functions/reconcile/audit/exposed.ts";
import {
  exposureName,
  keepExposures,
} from "../../../../functions/reconcile/audit/keep-exposures.ts";
import { iso } from "../../../../functions/reconcile/draft.ts";
import type { Finding } from "../../../../matrix/finding.ts";
import { causeOf, sightOf } from "../../../support/auditing.ts";
import { actor, findingOf, without } from "../../../support/findings.ts";
import { ownPieces } from "../../../support/pieces.ts";

const WEB = "sg-0000000a";
const SPARE = "sg-0000000b";
const RULE = `ingress tcp 22 from 0.0.0.0/0 beside ${WEB}`;
const OTHER = `ingress tcp 23 from 0.0.0.0/0 beside ${WEB}`;
const MINUTE = 60_000;

const pieces = ownPieces();
let aws: AwsAccount;
let before = 0;
beforeEach(() => {
  aws = pieces.fresh();
  before = pieces.account.inbox.messages().length;
});

const later = (minutes = 1): void => pieces.account.clock.advance(minutes * MINUTE);
/** The first words of what people were told. */
const told = (): string[] =>
  pieces.account.inbox
    .messages()
    .slice(before)
    .map(({ subject = "" }) => subject.replace(/ (?:ingress|\d).*/, ""));
const by = (id: string, kind: "event" | "audit" = "audit"): Sight =>
  sightOf({ readAt: aws.clock(), causes: [causeOf(id, [], { kind })] });

function exposureIn(sight: Sight, given: Partial<Finding> = {}, id = SPARE): Exposure {
  const [{ trigger }] = sight.causes;
  const finding = findingOf({
    ...{ kind: "exposure", group: { id, name: "spare" }, rule: RULE, outcome: "reported" },
    ...{ seenAt: iso(sight.readAt), trigger: { kind: trigger.kind, id: trigger.id }, calls: [] },
    ...given,
  });
  const exposure = without(finding, "ruleId", "closedAt", "actor", "openedAt");
  return {
    finding: { ...exposure, ...(given.actor && { actor: given.actor }) },
    groups: [WEB, id],
    parts: ["web"],
  };
}

const see = (sight: Sight, ...found: Exposure[]) => keepExposures(aws, sight, found, []);
const seeNothing = async (sight: Sight, ...found: Exposure[]) =>
  keepExposures(aws, sight, found, await aws.exposures.all());
const kept = async (id = SPARE) =>
  (await aws.findings.forGroup(id)).map(({ rule, outcome, occurrence, sightings }) => ({
    ...{ rule, outcome, occurrence },
    by: sightings.map(one => one.id),
  }));

describe("an exposure that nobody has seen before", () => {
  it("is recorded, noted as standing with its groups, and told", async () => {
    const sight = by("audit-1");
    const { findings, isPending } = await see(sight, exposureIn(sight));
    const [stored, ...more] = await aws.findings.forGroup(SPARE);
    expect(more).toEqual([]);
    expect(stored).toMatchObject({ rule: RULE, outcome: "reported", occurrence: 1 });
    expect(stored?.publishedAt).toBeDefined();
    expect([...findings].map(([name, { id }]) => [name, id])).toEqual([
      [exposureName(SPARE, RULE), stored?.id],
    ]);
    expect(exposureName(SPARE, RULE)).toBe(`${SPARE} ${RULE}`);
    expect(isPending).toBe(false);
    expect(await aws.exposures.all()).toEqual([
      { groupId: SPARE, rule: RULE, groups: [WEB, SPARE], seenAt: sight.readAt },
    ]);
    expect(told()).toEqual(["EXPOSED"]);
  });
  it("is recorded beside others of its group and of other groups", async () => {
    const sight = by("audit-1");
    const third = "sg-0000000c";
    const { findings } = await see(
      sight,
      exposureIn(sight),
      exposureIn(sight, { rule: OTHER }),
      exposureIn(sight, {}, third),
    );
    expect([...findings.keys()].sort()).toEqual(
      [exposureName(SPARE, RULE), exposureName(SPARE, OTHER), exposureName(third, RULE)].sort(),
    );
    expect(findings.get(exposureName(third, RULE))?.group.id).toBe(third);
    expect(findings.get(exposureName(SPARE, RULE))?.group.id).toBe(SPARE);
    expect([(await kept()).length, (await kept(third)).length]).toEqual([2, 1]);
  });
  it("is nothing that another group, or another kind of finding, has the name of", async () => {
    const sight = by("audit-1");
    const drift = findingOf({
      group: { id: SPARE, name: "spare" },
      rule: RULE,
      outcome: "left-open",
    });
    const { id } = await aws.findings.record(drift, sight.readAt);
    await aws.findings.markPublished({ ...drift, occurrence: 1 }, sight.readAt);
    const { findings } = await see(sight, exposureIn(sight));
    expect(findings.get(exposureName(SPARE, RULE))?.id).not.toBe(id);
    expect(told()).toEqual(["EXPOSED"]);
  });
  it("comes again while another run is about to tell of it", async () => {
    const sight = by("audit-1");
    const exposure = exposureIn(sight);
    const lease = { by: "another run", now: aws.clock() };
    await aws.findings.recordAndClaim(exposure.finding, sight.readAt, lease);
    expect((await see(sight, exposure)).isPending).toBe(true);
    expect(told()).toEqual([]);
    later();
    const next = by("audit-2");
    expect((await see(next, exposureIn(next))).isPending).toBe(false);
    expect(told()).toEqual(["EXPOSED"]);
  });
});

describe("an exposure that is known", () => {
  async function known(): Promise<Sight> {
    const first = by("audit-1");
    await see(first, exposureIn(first));
    later();
    return first;
  }

  it("gains nothing by an audit that sees it too", async () => {
    const first = await known();
    const next = by("audit-2");
    const { findings } = await see(next, exposureIn(next));
    expect(await kept()).toEqual([
      { rule: RULE, outcome: "reported", occurrence: 1, by: ["audit-1"] },
    ]);
    expect(findings.get(exposureName(SPARE, RULE))?.id).toMatch(/^f-/);
    expect((await aws.exposures.all()).map(({ seenAt }) => seenAt)).toEqual([first.readAt]);
    expect(told()).toEqual(["EXPOSED"]);
  });
  it("learns from an event who it was, and is told once", async () => {
    await known();
    const next = by("e-1", "event");
    const { findings } = await see(next, exposureIn(next, { actor }));
    expect(findings.get(exposureName(SPARE, RULE))?.actor).toEqual(actor);
    expect(await kept()).toEqual([
      { rule: RULE, outcome: "reported", occurrence: 1, by: ["audit-1", "e-1"] },
    ]);
    expect((await aws.exposures.all()).map(({ seenAt }) => seenAt)).toEqual([next.readAt]);
    expect(told()).toEqual(["EXPOSED"]);
  });
  it("gains nothing by an event that comes again", async () => {
    await known();
    const next = by("e-1", "event");
    await see(next, exposureIn(next));
    later();
    const again = by("e-1", "event");
    await see(again, exposureIn(again));
    expect((await aws.exposures.all()).map(({ seenAt }) => seenAt)).toEqual([next.readAt]);
    expect(told()).toEqual(["EXPOSED"]);
  });
  it("is told again where it has come to break a forbid", async () => {
    await known();
    later(60);
    const next = by("audit-2");
    await see(next, exposureIn(next, { breaks: ["public to web tcp 22"] }));
    expect((await aws.findings.forGroup(SPARE)).map(({ breaks }) => breaks)).toEqual([
      ["public to web tcp 22"],
    ]);
    expect(told()).toEqual(["EXPOSED", "EXPOSED"]);
  });
  it("is told by an audit where nobody was told of it", async () => {
    const sight = by("audit-1");
    await aws.findings.record(exposureIn(sight).finding, sight.readAt);
    later();
    const next = by("audit-2");
    await see(next, exposureIn(next));
    expect(told()).toEqual(["EXPOSED"]);
    expect(await kept()).toEqual([
      { rule: RULE, outcome: "reported", occurrence: 1, by: ["audit-1", "audit-2"] },
    ]);
  });
  it("is given back beside new ones of its group", async () => {
    await known();
    const next = by("audit-2");
    const { findings } = await see(next, exposureIn(next, { rule: OTHER }), exposureIn(next));
    expect([...findings.values()].map(({ rule }) => rule).sort()).toEqual([RULE, OTHER].sort());
    expect((await kept()).length).toBe(2);
  });
});

describe("an exposure that a look does not show any more", () => {
  async function standing(...rules: string[]): Promise<void> {
    const first = by("audit-1");
    await see(first, ...rules.map(rule => exposureIn(first, { rule })));
    later();
  }

  it("is over: recorded, told and forgotten", async () => {
    await standing(RULE);
    const next = by("e-2", "event");
    const { findings, isPending } = await seeNothing(next);
    expect([findings.size, isPending]).toEqual([0, false]);
    expect(await kept()).toEqual([
      { rule: RULE, outcome: "gone", occurrence: 1, by: ["audit-1", "e-2"] },
    ]);
    const [ended] = await aws.findings.forGroup(SPARE);
    expect(ended?.closedAt).toBe(iso(next.readAt));
    expect(ended?.sightings[1]).toEqual({ kind: "event", id: "e-2" });
    expect(await aws.exposures.all()).toEqual([]);
    expect(told()).toEqual(["EXPOSED", "EXPOSURE ENDED"]);
  });
  it("is ended alone, where others of its group stand", async () => {
    await standing(RULE, OTHER);
    const next = by("audit-2");
    await seeNothing(next, exposureIn(next));
    const outcomes = (await kept()).map(({ rule, outcome }) => [rule, outcome]);
    expect(Object.fromEntries(outcomes)).toEqual({ [RULE]: "reported", [OTHER]: "gone" });
    expect((await aws.exposures.all()).map(({ rule }) => rule)).toEqual([RULE]);
  });
  it("is ended on its own group, where the same rule stands on another", async () => {
    const first = by("audit-1");
    const third = "sg-0000000c";
    await see(first, exposureIn(first), exposureIn(first, {}, third));
    later();
    const next = by("audit-2");
    await seeNothing(next, exposureIn(next, {}, third));
    expect((await kept()).map(({ outcome }) => outcome)).toEqual(["gone"]);
    expect((await kept(third)).map(({ outcome }) => outcome)).toEqual(["reported"]);
    expect((await aws.exposures.all()).map(({ groupId }) => groupId)).toEqual([third]);
  });
  it("ends nothing else: neither drift of its name, nor what stands and was not looked for", async () => {
    await standing(RULE, OTHER);
    const drift = findingOf({
      group: { id: SPARE, name: "spare" },
      rule: RULE,
      outcome: "left-open",
    });
    await aws.findings.record(drift, aws.clock());
    const all = await aws.exposures.all();
    await keepExposures(
      aws,
      by("audit-2"),
      [],
      all.filter(({ rule }) => rule === RULE),
    );
    const found = await aws.findings.forGroup(SPARE);
    expect(found.map(({ kind, rule, outcome }) => [kind, rule, outcome]).sort()).toEqual([
      ["drift", RULE, "left-open"],
      ["exposure", RULE, "gone"],
      ["exposure", OTHER, "reported"],
    ]);
  });
  it("is another when it comes back", async () => {
    await standing(RULE);
    await seeNothing(by("audit-2"));
    later(60);
    const third = by("audit-3");
    const { findings } = await see(third, exposureIn(third));
    expect(findings.get(exposureName(SPARE, RULE))?.occurrence).toBe(2);
    expect(told()).toEqual(["EXPOSED", "EXPOSURE ENDED", "EXPOSED"]);
  });
  it("is forgotten where it has no finding that is open", async () => {
    await aws.exposures.note({ groupId: SPARE, rule: RULE, groups: [WEB, SPARE], seenAt: 1 });
    expect((await seeNothing(by("audit-2"))).isPending).toBe(false);
    expect([await aws.exposures.all(), await kept(), told()]).toEqual([[], [], []]);
  });
  it("comes again while another run is about to tell of it", async () => {
    const first = by("audit-1");
    const { finding, groups } = exposureIn(first);
    const lease = { by: "another run", now: aws.clock() };
    await aws.findings.recordAndClaim(finding, first.readAt, lease);
    await aws.exposures.note({ groupId: SPARE, rule: RULE, groups, seenAt: first.readAt });
    expect((await seeNothing(by("audit-2"))).isPending).toBe(true);
    expect(await aws.exposures.all()).toHaveLength(1);
    expect(told()).toEqual([]);
    // Whoever held it died: what is over and untold is told by the next look.
    later();
    expect((await seeNothing(by("audit-3"))).isPending).toBe(false);
    expect(await aws.exposures.all()).toEqual([]);
    expect(told()).toEqual(["EXPOSURE ENDED"]);
  });
});

describe("a look at several groups", () => {
  it("comes again where one of them waits, in whatever order", async () => {
    const ids = ["sg-0000000c", "sg-0000000d", "sg-0000000e"];
    const sight = by("audit-1");
    const all = ids.map(id => exposureIn(sight, {}, id));
    const lease = { by: "another run", now: aws.clock() };
    const [, waiting] = all;
    if (waiting) await aws.findings.recordAndClaim(waiting.finding, sight.readAt, lease);
    const { findings, isPending } = await see(sight, ...all);
    expect([findings.size, isPending]).toEqual([3, true]);
  });
});

// Findings: one drift is one finding under doubled, racing and crashing runs; the next drift like it
// is another; one run at a time tells people.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findingId, findingKey } from "../../functions/aws/stores/finding-item.ts";
import { findingStore } from "../../functions/aws/stores/finding-store.ts";
import { intentStore } from "../../functions/aws/stores/intent-store.ts";
import type { Finding, Outcome } from "../../matrix/finding.ts";
import { actor, findingOf, triggerOf, without } from "../support/findings.ts";
import { type Stored, startStored } from "../support/stored.ts";

let stored: Stored;
beforeAll(async () => {
  stored = await startStored();
});
afterAll(() => stored.stop());

const READ = Date.parse("2026-11-21T12:00:00Z");
const LATER = READ + 3_600_000;
const NOW = READ + 2 * 3_600_000;
const GROUP = "sg-0a1b2c3d";

function freshStore() {
  const config = stored.config();
  const open = (client = stored.client) => findingStore(client, config, () => NOW);
  return { config, store: open(), open };
}

const event = (id: string, given: Partial<Finding> = {}) =>
  findingOf({ trigger: triggerOf(id), ...given });

/** What a run an hour later would record of the same rule. */
const later = (id: string, given: Partial<Finding> = {}) =>
  event(id, {
    seenAt: new Date(LATER).toISOString(),
    closedAt: new Date(LATER + 1_000).toISOString(),
    ...given,
  });

const open = { outcome: "left-open", calls: [], notes: [] } as const;

describe("recording", () => {
  test("gives a finding its computed id and reads it back", async () => {
    const { store, config } = freshStore();
    const key = {
      groupId: GROUP,
      kind: "drift",
      rule: findingOf().rule,
      ruleId: "sgr-0a1b2c3d",
    } as const;
    const recorded = await store.record(findingOf(), READ);
    const id = findingId(config.scope, key, 1);
    expect(id).toMatch(/^f-[a-z2-7]{12}$/);
    expect(recorded).toEqual({ ...findingOf(), id, occurrence: 1, sightings: [triggerOf("e-1")] });
    expect(await store.forGroup(GROUP)).toEqual([recorded]);
    expect(await store.get(id)).toEqual(recorded);
    expect(await store.get("f-aaaaaaaaaaaa")).toBeUndefined();
  });

  test("keeps drifts apart that differ in group, kind, rule or rule id", async () => {
    const { store } = freshStore();
    const group = { id: "sg-0ffffffff", name: "other" };
    const kept = await Promise.all(
      [
        findingOf(),
        findingOf({ group }),
        findingOf({ kind: "missing" }),
        findingOf({ rule: "ingress tcp 23 from 0.0.0.0/0" }),
        findingOf({ ruleId: "sgr-0ffffffff" }),
        without(findingOf(), "ruleId"),
      ].map(finding => store.record(finding, READ)),
    );
    expect(new Set(kept.map(({ id }) => id)).size).toBe(6);
    expect(kept.map(({ occurrence }) => occurrence)).toEqual([1, 1, 1, 1, 1, 1]);
  });

  test("changes nothing when the same run is repeated, hours later or at once", async () => {
    const { store, open: openStore } = freshStore();
    const first = await store.record(findingOf(), READ);
    expect(await store.record(findingOf(), LATER)).toEqual(first);
    expect(await openStore(stored.repeatingClient()).record(findingOf(), READ)).toEqual(first);
    expect(await store.forGroup(GROUP)).toEqual([first]);
  });

  test("is one finding although the first answer was lost", async () => {
    const { open: openStore } = freshStore();
    const store = openStore(stored.repeatingClient());
    expect(await store.record(findingOf(), READ)).toMatchObject({ occurrence: 1 });
    expect(await store.record(later("e-2"), LATER)).toMatchObject({ occurrence: 2 });
    expect(await store.forGroup(GROUP)).toHaveLength(2);
  });

  test.each<[string, Finding, Finding, number, boolean]>([
    ["an unfinished one, seen again later", event("e-1", open), later("e-2", open), LATER, true],
    [
      "one that could not be closed",
      event("e-1", { outcome: "could-not-close" }),
      later("e-2"),
      LATER,
      true,
    ],
    ["one closed before the run read", event("e-1"), later("e-2"), LATER, false],
    ["one closed after the run read", event("e-1"), event("e-2"), READ + 500, true],
    ["one closed the moment the run read", event("e-1"), event("e-2"), READ + 1_000, true],
    ["one closed the moment before", event("e-1"), event("e-2"), READ + 1_001, false],
    ["one that was gone", event("e-1", { outcome: "gone" }), later("e-2"), LATER, false],
    ["one of the same event", event("e-1"), later("e-1"), LATER, true],
    [
      "a stranger's other call",
      event("e-1", { kind: "impostor", outcome: "reported" }),
      event("e-2", { kind: "impostor", outcome: "reported" }),
      READ,
      false,
    ],
    [
      "a stranger's same call",
      event("e-1", { kind: "impostor", outcome: "reported" }),
      later("e-1", { kind: "impostor", outcome: "reported" }),
      LATER,
      true,
    ],
  ])("of %s is told from the next drift", async (_, first, second, readAt, isSame) => {
    const { store } = freshStore();
    await store.record(first, READ);
    const recorded = await store.record(second, readAt);
    expect(recorded.occurrence).toBe(isSame ? 1 : 2);
    expect(await store.forGroup(GROUP)).toHaveLength(isSame ? 1 : 2);
  });

  test("counts on past 9,999 occurrences", async () => {
    const key = { groupId: GROUP, kind: "drift", rule: findingOf().rule } as const;
    const counts = [1, 9, 9_999, 10_000, 10_001, 99_999, 100_000];
    const sorted = counts.map(count => findingKey("scope", key, count).sk);
    expect([...sorted].sort()).toEqual(sorted);
    expect(new Set(sorted).size).toBe(counts.length);
  });
});

describe("a drift seen twice", () => {
  test("gets the actor and the time that the first run did not know", async () => {
    const { store } = freshStore();
    const audit = { kind: "audit", id: "a-1", at: "2026-11-21T12:00:00.000Z" };
    await store.record(without(findingOf({ trigger: audit }), "actor", "openedAt"), READ);
    const merged = await store.record(event("e-1"), READ);
    expect(merged).toMatchObject({ trigger: audit, actor, openedAt: findingOf().openedAt });
    expect(merged.sightings).toEqual([audit, triggerOf("e-1")]);
  });

  test("keeps the actor it has", async () => {
    const { store } = freshStore();
    await store.record(event("e-1"), READ);
    const merged = await store.record(event("e-2", { actor: { ...actor, name: "eve" } }), READ);
    expect(merged.actor?.name).toBe("bob");
  });

  test.each<[Outcome, string[], Outcome, string[], Outcome]>([
    ["left-open", [], "closed", [], "closed"],
    ["reported", [], "left-open", [], "left-open"],
    ["left-open", [], "could-not-close", [], "could-not-close"],
    ["could-not-close", [], "gone", [], "gone"],
    ["gone", [], "closed", [], "closed"],
    ["closed", [], "gone", [], "closed"],
    ["narrowed", [], "could-not-close", [], "narrowed"],
    ["restored", [], "left-open", [], "restored"],
    ["closed", [], "narrowed", [], "closed"],
    ["closed", ["owed"], "narrowed", [], "narrowed"],
    ["closed", [], "narrowed", ["owed"], "closed"],
  ])("that was %s %j and then %s %j is %s", async (first, owed, second, owes, outcome) => {
    const { store } = freshStore();
    await store.record(event("e-1", { outcome: first, owed }), READ);
    const merged = await store.record(event("e-2", { outcome: second, owed: owes }), READ);
    expect(merged.outcome).toBe(outcome);
  });

  test("has the calls of the run that made them, though another read the same end off the group first", async () => {
    const { store } = freshStore();
    await store.record(event("e-1", { calls: [] }), READ);
    const merged = await store.record(event("e-1", { calls: ["revoke"] }), READ);
    expect(merged.calls).toEqual(["revoke"]);
    const third = await store.record(event("e-1", { calls: ["revoke again"] }), READ);
    expect(third.calls).toEqual(["revoke"]);
  });

  test("has the calls of both runs, the notes once, and what the better run left", async () => {
    const { store } = freshStore();
    const before = event("e-1", { outcome: "could-not-close", calls: ["one"], notes: ["a"] });
    await store.record(without(before, "closedAt"), READ);
    const after = event("e-2", {
      outcome: "narrowed",
      calls: ["two"],
      notes: ["a", "b"],
      after: ["rest"],
    });
    expect(await store.record(after, READ)).toMatchObject({
      ...{ calls: ["one", "two"], notes: ["a", "b"], after: ["rest"] },
      closedAt: findingOf().closedAt,
    });
  });

  test("does not outgrow its item when every audit sees it, nor when calls name much", async () => {
    const { store, config } = freshStore();
    const call = `revoke ${"ingress tcp 22 from 0.0.0.0/0, ".repeat(10_000)}`;
    await store.record(event("e-0", { ...open, calls: [call, call] }), READ);
    const { client } = stored;
    const audits = findingStore(client, config, () => NOW);
    for (let batch = 0; batch < 5; batch++) {
      const ids = Array.from({ length: 50 }, (_, index) => `a-${batch}-${index}`);
      await Promise.all(ids.map(id => audits.record(later(id, open), LATER)));
    }
    const [finding, ...others] = await store.forGroup(GROUP);
    expect(others).toEqual([]);
    expect(finding?.sightings.length).toBeGreaterThanOrEqual(200);
    expect(finding?.sightings.length).toBeLessThan(250);
  });
});

describe("racing runs", () => {
  test.each([2, 50])("%i at once make one finding that all of them saw", async runs => {
    const { store, open: openStore } = freshStore();
    const ids = Array.from({ length: runs }, (_, index) => `e-${index}`);
    const outcomes: Outcome[] = ["gone", "closed", "left-open", "could-not-close"];
    const recorded = await Promise.all(
      ids.map((id, index) =>
        openStore().record(event(id, { outcome: outcomes[index % 4] ?? "gone" }), READ),
      ),
    );
    expect(new Set(recorded.map(({ id }) => id)).size).toBe(1);
    const [finding, ...others] = await store.forGroup(GROUP);
    expect(others).toEqual([]);
    expect(finding?.outcome).toBe("closed");
    expect(new Set(finding?.sightings.map(({ id }) => id))).toEqual(new Set(ids));
  });

  test("fifty at once after the last one was closed make one more", async () => {
    const { store } = freshStore();
    await store.record(event("e-1"), READ);
    const ids = Array.from({ length: 50 }, (_, index) => `l-${index}`);
    await Promise.all(ids.map(id => store.record(later(id), LATER)));
    const findings = await store.forGroup(GROUP);
    expect(findings.map(({ occurrence }) => occurrence)).toEqual([2, 1]);
    expect(findings[0]?.sightings).toHaveLength(50);
  });

  test.each([1, 2, 3, 4, 5].flatMap(call => [[call, "before"] as const, [call, "after"] as const]))(
    "one that crashes at call %i, %s its effect, and is repeated, leaves what one run leaves",
    async (call, when) => {
      const { store, open: openStore } = freshStore();
      const audit = { kind: "audit", id: "a-1", at: "2026-11-21T12:00:00.000Z" };
      const first = without(
        findingOf({ ...open, trigger: audit }),
        "actor",
        "openedAt",
        "closedAt",
      );
      await store.record(first, READ);
      await openStore(stored.crashingClient(call, when))
        .record(event("e-1"), READ)
        .catch(() => {});
      const whole = await store.record(event("e-1"), LATER);
      expect(await store.forGroup(GROUP)).toEqual([whole]);
      expect(whole).toMatchObject({ outcome: "closed", actor, calls: findingOf().calls });
      expect(whole.sightings).toEqual([audit, triggerOf("e-1")]);
    },
  );
});

describe("publishing", () => {
  test("is one run's at a time, and nobody's once it is done", async () => {
    const { store } = freshStore();
    const finding = await store.record(findingOf(), READ);
    expect(await store.claim(finding, { by: "run-1", now: NOW })).toBe(true);
    expect(await store.claim(finding, { by: "run-1", now: NOW })).toBe(true);
    expect(await store.claim(finding, { by: "run-2", now: NOW + 29_999 })).toBe(false);
    expect(await store.claim(finding, { by: "run-2", now: NOW + 30_000 })).toBe(true);
    await store.markPublished(finding, NOW);
    expect(await store.claim(finding, { by: "run-1", now: NOW + 90_000 })).toBe(false);
    await store.markPublished(finding, NOW + 5);
    expect((await store.get(finding.id))?.publishedAt).toBe(new Date(NOW).toISOString());
  });

  test.each([2, 50])("has one winner among %i claims at once", async runs => {
    const { store, open: openStore } = freshStore();
    const finding = await store.record(findingOf(), READ);
    const claims = await Promise.all(
      Array.from({ length: runs }, (_, index) =>
        openStore(stored.repeatingClient()).claim(finding, { by: `run-${index}`, now: NOW }),
      ),
    );
    expect(claims.filter(Boolean)).toHaveLength(1);
  });

  test("of a finding that was never recorded is an error", async () => {
    const { store } = freshStore();
    expect(await store.claim(findingOf(), { by: "run-1", now: NOW })).toBe(false);
    await expect(store.markPublished(findingOf(), NOW)).rejects.toThrow("does not exist");
  });

  test("stays done when the same drift is seen again", async () => {
    const { store } = freshStore();
    await store.markPublished(await store.record(event("e-1"), READ), NOW);
    expect((await store.record(event("e-2"), READ)).publishedAt).toBeDefined();
  });
});

describe("lists", () => {
  const day = (offset: number) => new Date(NOW - offset * 24 * 3_600_000).toISOString();
  const seen = (offset: number, given: Partial<Finding> = {}) =>
    findingOf({ ruleId: `sgr-${offset}`, seenAt: day(offset), ...given });

  test("are newest first, over days, bounded by time, number and group", async () => {
    const { store } = freshStore();
    const group = { id: "sg-0ffffffff", name: "other" };
    const offsets = [0, 1, 12, 29, 31];
    for (const offset of offsets) await store.record(seen(offset), READ);
    await store.record(seen(2, { group }), READ);
    const list = async (listing: object) =>
      (await store.list({ limit: 100, ...listing })).map(({ ruleId }) => ruleId);
    expect(await list({})).toEqual(["sgr-0", "sgr-1", "sgr-2", "sgr-12", "sgr-29"]);
    expect(await list({ since: day(40) })).toHaveLength(6);
    expect(await list({ since: day(1) })).toEqual(["sgr-0", "sgr-1"]);
    expect(await list({ limit: 2 })).toEqual(["sgr-0", "sgr-1"]);
    expect(await list({ group: GROUP })).toEqual(["sgr-0", "sgr-1", "sgr-12", "sgr-29", "sgr-31"]);
    expect(await list({ group: GROUP, since: day(12), limit: 2 })).toEqual(["sgr-0", "sgr-1"]);
    await expect(list({ since: "lately" })).rejects.toThrow('"lately" is not a time');
  });

  test("name what nobody was told of", async () => {
    const { store } = freshStore();
    const [told] = await Promise.all([store.record(seen(0), READ), store.record(seen(1), READ)]);
    await store.markPublished(told, NOW);
    expect((await store.unpublished(day(3))).map(({ ruleId }) => ruleId)).toEqual(["sgr-1"]);
  });
});

describe("explaining a change", () => {
  const ssh = "ingress tcp 22 from 0.0.0.0/0";
  const rest = "ingress tcp 22 from 10.0.0.0/8";
  test.each<[string, string[], string[], boolean]>([
    ["the rule it closed", ["sgr-0a1b2c3d"], [ssh], true],
    ["the rule it closed, by id", ["sgr-0a1b2c3d"], [], true],
    ["the rule it closed, by text", [], [ssh], true],
    ["the content of the rule it closed", ["sgr-0a1b2c3d"], ["tcp 22 0.0.0.0/0"], true],
    ["the remainder it wrote, under a new id", ["sgr-0eeeeeeee"], [rest], true],
    ["the rule it closed, opened anew under a new id", ["sgr-0eeeeeeee"], [ssh], false],
    ["another rule", ["sgr-0eeeeeeee"], ["ingress tcp 23 from 0.0.0.0/0"], false],
    ["its rule id with other content", ["sgr-0a1b2c3d"], ["tcp 23 0.0.0.0/0"], false],
    ["one known rule and one unknown", [], [ssh, "ingress tcp 23 from 0.0.0.0/0"], false],
    ["nothing", [], [], false],
  ])("knows %s: %j %j", async (_, ids, rules, isKnown) => {
    const { store, config } = freshStore();
    const finding = findingOf({ outcome: "narrowed", after: [rest] });
    await store.record(finding, READ);
    expect(await store.explains(GROUP, ids, rules)).toBe(isKnown);
    expect(await store.explains("sg-0ffffffff", ids, rules)).toBe(false);
    const other = { ...finding, group: { id: "sg-0ffffffff", name: "" } };
    const at = new Date(NOW).toISOString();
    const intent = { runId: "run-1", groupId: other.group.id, at, findings: [other] };
    await intentStore(stored.client, config).put({ ...intent, before: [], plan: [] });
    expect(await store.explains("sg-0ffffffff", ids, rules)).toBe(isKnown);
  });

  test("knows what a plan and calls name beside their findings", async () => {
    const { store } = freshStore();
    const calls = [
      `revoke ${rest}, egress all to ::/0`,
      "modify sgr-0eeeeeeee from ingress tcp 1 from ::/0 to ingress tcp 2 from ::/0",
      "authorize ingress tcp 3 from ::/0",
    ];
    await store.record(findingOf({ calls }), READ);
    const known = [["egress all to ::/0"], ["tcp 1 ::/0"], ["tcp 2 ::/0"]];
    for (const rules of known) expect(await store.explains(GROUP, [], rules)).toBe(true);
    expect(await store.explains(GROUP, ["sgr-new"], ["ingress tcp 3 from ::/0"])).toBe(true);
    expect(await store.explains(GROUP, ["sgr-new"], ["egress all to ::/0"])).toBe(false);
    expect(await store.explains(GROUP, ["sgr-0eeeeeeee"], [])).toBe(true);
  });

  test("takes a stranger's call for no explanation", async () => {
    const { store } = freshStore();
    await store.record(findingOf({ kind: "impostor", after: [rest] }), READ);
    expect(await store.explains(GROUP, ["sgr-0a1b2c3d"], [rest])).toBe(false);
  });
});

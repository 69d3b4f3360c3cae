// What waited to be told: rules that came again, minutes with too many alerts, and once a day what stands in
// groups that are only observed.
import { beforeEach, describe, expect, it } from "vitest";
import { tellPostponed } from "../../../functions/reconcile/postponed.ts";
import type { Alert } from "../../../matrix/alert/alert.ts";
import { type How, nextDaily, REMEMBERED } from "../../../matrix/alert/collapse.ts";
import { againDigest, floodDigest, standingDigest } from "../../../matrix/alert/digest.ts";
import type { Finding } from "../../../matrix/finding.ts";
import { findingOf, without } from "../../support/findings.ts";
import { type Heard, hear } from "../../support/heard.ts";
import { putInForce } from "../../support/in-force.ts";
import { ownPieces } from "../../support/pieces.ts";
import { plantGroup, plantList } from "../../support/planted.ts";

const MINUTE = 60_000;
const SSH = "ingress tcp 22 from 10.0.0.0/8";
const STRAY = "ingress tcp 9000 from 203.0.113.9/32";

const pieces = ownPieces();
let heard: Heard;
let ids: number;
beforeEach(() => {
  heard = hear(pieces.fresh());
  ids = 0;
});

/** Keeps a finding that is told in some way, and waits until it is due. */
async function wait(how: How, more: Partial<Finding> = {}, due?: number): Promise<Finding> {
  ids += 1;
  const finding = findingOf({ ...more, id: more.id || `f-${String(ids).padStart(3, "0")}` });
  const when = { how, at: heard.now, ...(due === undefined ? {} : { due }) };
  await heard.deps.alerts.keep(finding, when);
  return finding;
}
const kept = () => heard.deps.alerts.all();
const tell = () => tellPostponed(heard.deps);
const groupOf = (id: string) => ({ group: { id, name: "web" } });
/** An alert as it is compared: what it says, whatever the order of what it was told of. */
const told = (alerts: readonly Alert[]) => alerts.map(({ subject, text }) => ({ subject, text }));

describe("what waits", () => {
  it("is told when it is due and not before, once", async () => {
    const finding = await wait("again", {}, heard.now + MINUTE);
    const before = pieces.account.calls.list().length;
    await tell();
    expect(pieces.account.calls.list().slice(before)).toHaveLength(1);
    heard.now += MINUTE - 1;
    await tell();
    expect(heard.alerts).toEqual([]);
    heard.now += 1;
    await tell();
    expect(heard.alerts).toEqual([againDigest([finding])]);
    expect(await kept()).toMatchObject([{ isTold: true }]);
    await tell();
    expect(heard.alerts).toHaveLength(1);
  });

  it("is told by one at a time, who gives the turn back", async () => {
    await wait("again", {}, heard.now);
    expect(await heard.deps.alerts.takeTurn(heard.now)).toBe(true);
    await tell();
    expect(heard.alerts).toEqual([]);
    await heard.deps.alerts.endTurn();
    await tell();
    expect(heard.alerts).toHaveLength(1);
    expect(await heard.deps.alerts.takeTurn(heard.now)).toBe(true);
  });

  it("is one message for each rule that came again, and one for all of a flood", async () => {
    const missing = { kind: "missing", outcome: "restored" } as const;
    const [first, other] = [groupOf("sg-0000000a"), groupOf("sg-0000000b")];
    const again = [
      [await wait("again", first, heard.now), await wait("again", first, heard.now)],
      [await wait("again", { ...first, ...missing }, heard.now)],
      [await wait("again", { ...first, rule: SSH }, heard.now)],
      [await wait("again", other, heard.now)],
    ];
    const flood = [await wait("flood", first, heard.now), await wait("flood", other, heard.now)];
    await tell();
    const expected = [...again.map(againDigest), floodDigest(flood)];
    expect(told(heard.alerts)).toEqual(expect.arrayContaining(told(expected)));
    expect(heard.alerts).toHaveLength(expected.length);
    expect((await kept()).every(({ isTold }) => isTold)).toBe(true);
  });

  it("waits on where it could not be told, and keeps nothing else waiting", async () => {
    await wait("again", {}, heard.now);
    const flood = await wait("flood", {}, heard.now);
    heard.failing = 1;
    await tell();
    expect(heard.alerts).toEqual([floodDigest([flood])]);
    expect(heard.lines).toEqual([expect.stringMatching(/^error .*"what":"again".*not published/)]);
    await tell();
    expect(heard.alerts).toHaveLength(2);
  });

  it.each(["flood", "standing"] as const)("as %s says so where it cannot be told", async how => {
    const group = await observed([STRAY]);
    await wait(how, left(group), heard.now);
    heard.failing = 1;
    await tell();
    expect(heard.lines).toEqual([expect.stringContaining(`"what":"${how}"`)]);
    expect(await heard.deps.alerts.takeTurn(heard.now)).toBe(true);
  });

  it("is forgotten when it was told long ago", async () => {
    const old = await wait("once");
    heard.now += REMEMBERED;
    await tell();
    expect(await kept()).toHaveLength(1);
    heard.now += 1;
    const young = await wait("again", {}, heard.now);
    await tell();
    expect((await kept()).map(({ finding }) => finding.id)).toEqual([young.id]);
    expect(old.id).not.toBe(young.id);
    expect(heard.alerts).toEqual([againDigest([young])]);
  });

  it("says so where what is old cannot be forgotten", async () => {
    await wait("once");
    heard.now += REMEMBERED + 1;
    pieces.account.faults.failNext("dynamodb", "DeleteItem", "InternalServerError");
    await tell();
    expect(heard.lines).toEqual([expect.stringContaining('"what":"old"')]);
  });
});

/** A group that has some rules, under a matrix that lets ssh in, in a mode, and says more. */
async function observed(rules: readonly string[], flows: readonly string[] = [], mode = "observe") {
  const group = plantGroup(pieces, rules);
  const all = ["{ from: 10.0.0.0/8, to: web, ports: tcp 22 }", ...flows];
  const entry = `groups: { web: { id: ${group}, egress: listed } }`;
  const lines = ["matrix: test", `mode: ${mode}`, entry, "flows:", ...all.map(one => `  - ${one}`)];
  await putInForce(heard.deps, lines.join("\n"));
  return group;
}
/** A finding of what was left as it is. */
const left = (group: string, more: Partial<Finding> = {}): Finding =>
  without(
    findingOf({ ...groupOf(group), mode: "observe", outcome: "left-open", rule: STRAY, ...more }),
    "closedAt",
  );

describe("what stands in a group that is only observed", () => {
  it("is told every day while it stands, and forgotten when it is gone", async () => {
    const group = await observed([STRAY, "egress tcp 1 to 10.0.0.1/32"]);
    const there = await wait("standing", left(group), heard.now);
    const missing = await wait("standing", left(group, { kind: "missing", rule: SSH }), heard.now);
    for (const gone of [
      left(group, { rule: STRAY.replace("9000", "9001") }),
      left(group, { kind: "missing", rule: STRAY }),
      left(group, { rule: SSH }),
    ]) {
      await wait("standing", gone, heard.now);
    }
    await tell();
    expect(told(heard.alerts)).toEqual(told([standingDigest([there, missing])]));
    const due = nextDaily(heard.now);
    expect(await kept()).toMatchObject([
      { due, isTold: false },
      { due, isTold: false },
    ]);
    heard.now = due;
    await tell();
    expect(heard.alerts).toHaveLength(2);
  });

  it.each([
    ["permitted by now", [SSH], { rule: SSH }, "observe"],
    ["in a group that is acted on by now", [SSH, STRAY], {}, "enforce"],
  ] as const)("is not told where it is %s", async (_, rules, more, mode) => {
    await wait("standing", left(await observed(rules, [], mode), more), heard.now);
    await tell();
    expect([heard.alerts, await kept()]).toEqual([[], []]);
  });

  it("is not told of a group that is gone, or that nothing governs", async () => {
    await observed([]);
    await wait("standing", left("sg-0123456789abcdef0"), heard.now);
    await wait("standing", left(plantGroup(pieces, [STRAY])), heard.now);
    await tell();
    expect([heard.alerts, await kept(), heard.lines]).toEqual([[], [], []]);
  });

  it("is a prefix list that holds more than it may", async () => {
    const lists = [1, 2].map(() => plantList(pieces, ["10.1.0.0/16", "11.0.0.0/8"]));
    const flows = lists.map(
      list => `{ from: { list: ${list}, within: [10.1.0.0/16] }, to: web, ports: tcp 23 }`,
    );
    const group = await observed([SSH], flows);
    const [list = ""] = lists;
    const listed = { kind: "prefix-list", rule: `${list} holds 11.0.0.0/8` } as const;
    const there = await wait("standing", left(group, listed), heard.now);
    await wait("standing", left(group, { ...listed, rule: "pl-0 holds 11.0.0.0/8" }), heard.now);
    await wait("standing", left(group, { ...listed, rule: `${list}0 holds it` }), heard.now);
    await tell();
    expect(told(heard.alerts)).toEqual(told([standingDigest([there])]));
  });

  it("is an exposure that nobody has seen end", async () => {
    const { findings } = heard.deps;
    const group = "sg-0123456789abcdef0";
    const exposure = left(group, { kind: "exposure", rule: "internet to eni-1 tcp 22" });
    const open = await findings.record(exposure, heard.now);
    const ended = await findings.record(
      { ...exposure, rule: "internet to eni-2 tcp 22", outcome: "gone" },
      heard.now,
    );
    await wait("standing", open, heard.now);
    await wait("standing", ended, heard.now);
    await tell();
    expect(told(heard.alerts)).toEqual(told([standingDigest([open])]));
    expect((await kept()).map(({ finding }) => finding.id)).toEqual([open.id]);
  });

  it("is looked at in a hundred groups a day; the rest waits and is counted", async () => {
    const exposed = (n: number) =>
      left(`sg-${String(n).padStart(17, "0")}`, { kind: "exposure", rule: "internet to all" });
    const first = await heard.deps.findings.record(exposed(0), heard.now);
    await wait("standing", first, heard.now);
    for (let n = 1; n < 100; n += 1) await wait("standing", exposed(n), heard.now);
    const unseen = await Promise.all([1, 2].map(() => wait("standing", exposed(100), heard.now)));
    await tell();
    expect(told(heard.alerts)).toEqual(told([standingDigest([first], 2)]));
    const waiting = await kept();
    expect(waiting.map(({ finding }) => finding.group.id)).toEqual(
      [first, ...unseen].map(({ group }) => group.id),
    );
    expect(waiting.every(({ due }) => due === nextDaily(heard.now))).toBe(true);
  });
});

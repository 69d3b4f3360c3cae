// What stops Portward for a while: how it is started and ended, and when people hear of it.
import { beforeEach, describe, expect, it } from "vitest";
import {
  type PauseWish,
  resume,
  startPause,
  tellPauses,
} from "../../../functions/reconcile/pauses.ts";
import { noticeFor } from "../../../matrix/alert/notice.ts";
import { type Heard, hear } from "../../support/heard.ts";
import { ownPieces } from "../../support/pieces.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const group = "sg-0a1b2c3d";
const NOON = "2026-11-21T12:00:00.000Z";
const signed = { by: "li", reason: "moving house" };

const pieces = ownPieces();
let heard: Heard;
beforeEach(() => {
  heard = hear(pieces.fresh());
});

const start = (wish: Partial<PauseWish> = {}) =>
  startPause(heard.deps, { kind: "pause", minutes: 90, ...signed, ...wish });
const hold = (wish: Partial<PauseWish> = {}) =>
  startPause(heard.deps, { kind: "hold", group, ...signed, ...wish });
const kept = () => heard.deps.pauses.all();
const marks = () => heard.deps.intents.dirtyGroups();
const { accountId: account, region } = { accountId: "111122223333", region: "ap-southeast-1" };

/** What is told from here on. */
async function toldBy(task: () => Promise<unknown>): Promise<string[]> {
  const before = heard.alerts.length;
  await task();
  return heard.titles().slice(before);
}

describe("a pause", () => {
  it("of every group is kept until its end, and told with it", async () => {
    const is = { ...signed, at: NOON, until: "2026-11-21T13:30:00.000Z" };
    const paused = { kind: "pause", is, toldAt: heard.now };
    expect(await start()).toStrictEqual(paused);
    expect(await kept()).toEqual([paused]);
    const { at: since, ...rest } = is;
    expect(heard.alerts).toEqual([noticeFor({ word: "PAUSED", account, region, since, ...rest })]);
  });

  it("of one group names it", async () => {
    expect(await start({ group })).toMatchObject({ kind: "pause", group });
    expect(await kept()).toMatchObject([{ kind: "pause", group }]);
    expect(heard.titles()).toEqual([`PAUSED ${group}`]);
  });

  it("may be as long as a day", async () => {
    expect(await start({ minutes: 24 * 60 })).toMatchObject({
      is: { until: "2026-11-22T12:00:00.000Z" },
    });
  });
});

describe("a hold", () => {
  it("may be without an end", async () => {
    const held = { kind: "hold", group, is: { ...signed, at: NOON }, toldAt: heard.now };
    expect(await hold()).toEqual(held);
    expect(await kept()).toEqual([held]);
    expect(heard.alerts).toEqual([
      noticeFor({ word: "ON HOLD", account, region, group, ...signed, since: NOON }),
    ]);
  });

  it("may have one", async () => {
    expect(await hold({ minutes: 1 })).toMatchObject({ is: { until: "2026-11-21T12:01:00.000Z" } });
  });
});

describe("what is not started", () => {
  it.each<[string, Partial<PauseWish>, string]>([
    ["is longer than a day", { minutes: 24 * 60 + 1 }, "too-long"],
    ["is over at once", { minutes: 0 }, "too-long"],
    ["is over before it begins", { minutes: -1 }, "too-long"],
    ["has no length that is a number", { minutes: Number.NaN }, "too-long"],
    ["has a blank reason", { reason: "  " }, "reason"],
    ["is a hold longer than a day", { kind: "hold", minutes: 24 * 60 + 1 }, "too-long"],
  ])("%s, and nobody hears of it", async (_, wish, code) => {
    expect(await start(wish)).toMatchObject({ kind: "refused", code });
    expect([await kept(), heard.alerts]).toEqual([[], []]);
  });

  it("is a pause without an end", async () => {
    const wish = { kind: "pause", ...signed } as const;
    expect(await startPause(heard.deps, wish)).toMatchObject({ kind: "refused", code: "endless" });
  });
});

describe("what goes on", () => {
  it("is told every hour, whatever it is", async () => {
    await start({ minutes: 24 * 60 });
    await hold();
    heard.now += HOUR - 1;
    expect(await toldBy(() => tellPauses(heard.deps))).toEqual([]);
    heard.now += 1;
    const again = ["STILL PAUSED every group", `STILL ON HOLD ${group}`];
    expect(await toldBy(() => tellPauses(heard.deps))).toEqual(again);
    expect(await kept()).toMatchObject([{ toldAt: heard.now }, { toldAt: heard.now }]);
    expect(await toldBy(() => tellPauses(heard.deps))).toEqual([]);
    heard.now += HOUR;
    expect(await toldBy(() => tellPauses(heard.deps))).toEqual(again);
    expect(await marks()).toEqual([]);
  });

  it("is told by one of two who come to it", async () => {
    await hold();
    heard.now += HOUR;
    const seen = await kept();
    const other = { ...heard.deps, pauses: { ...heard.deps.pauses, all: async () => seen } };
    await tellPauses(heard.deps);
    expect(await toldBy(() => tellPauses(other))).toEqual([]);
  });
});

describe("what is over", () => {
  it.each([
    [{ kind: "pause" }, "*", "PAUSE ENDED every group"],
    [{ kind: "pause", group }, group, `PAUSE ENDED ${group}`],
    [{ kind: "hold", group }, group, `HOLD ENDED ${group}`],
  ] as const)("%o is told once, and its place looked at", async (wish, place, told) => {
    await start({ ...wish, minutes: 5 });
    heard.now += 5 * MINUTE - 1;
    expect(await toldBy(() => tellPauses(heard.deps))).toEqual([]);
    heard.now += 1;
    expect(await toldBy(() => tellPauses(heard.deps))).toEqual([told]);
    const because = `${wish.kind} ended`;
    expect(await marks()).toEqual([{ groupId: place, because, at: heard.now }]);
    expect(await kept()).toEqual([]);
    expect(await toldBy(() => tellPauses(heard.deps))).toEqual([]);
  });

  it("is looked at even where nobody can be told, and told of later; the rest is told", async () => {
    await start({ minutes: 5 });
    await start({ group, minutes: 5 });
    heard.now += 5 * MINUTE;
    heard.failing = 1;
    expect(await toldBy(() => tellPauses(heard.deps))).toEqual([`PAUSE ENDED ${group}`]);
    expect(heard.lines).toEqual([expect.stringMatching(/^error .*not published/)]);
    expect((await marks()).map(({ groupId }) => groupId)).toEqual(["*", group]);
    expect(await toldBy(() => tellPauses(heard.deps))).toEqual(["PAUSE ENDED every group"]);
  });
});

describe("resuming", () => {
  it("ends the pause and the hold of a group, and tells it at once", async () => {
    await start({ group });
    await hold();
    await start({ group: "sg-0b1b2c3d" });
    heard.now += MINUTE;
    const told = await toldBy(async () => {
      expect(await resume(heard.deps, "wu", group)).toBe(true);
    });
    expect(told).toEqual([`PAUSE ENDED ${group}`, `HOLD ENDED ${group}`]);
    expect(await kept()).toMatchObject([{ group: "sg-0b1b2c3d" }]);
    expect(await marks()).toMatchObject([{ groupId: group, at: heard.now }]);
  });

  it("ends what stops every group, and no more", async () => {
    await start();
    await hold();
    expect(await resume(heard.deps, "wu")).toBe(true);
    expect(await kept()).toMatchObject([{ kind: "hold", group }]);
  });

  it("says where there was nothing to end, and tells nothing", async () => {
    await start();
    heard.now += HOUR;
    const told = await toldBy(async () => {
      expect(await resume(heard.deps, "wu", group)).toBe(false);
    });
    expect(told).toEqual([]);
  });
});

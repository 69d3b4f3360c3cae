// Which members a hub looks at when, and for how long a sweep goes on.
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { AwsAccount } from "../../../functions/aws/account.ts";
import type { Hub } from "../../../functions/aws/hub.ts";
import { tellPauses } from "../../../functions/reconcile/pauses.ts";
import {
  noteAudited,
  noteSwept,
  putAudits,
  putSweeps,
} from "../../../functions/reconcile/rounds.ts";
import { approved, asked, MINUTE, stepped, withdrawn } from "../../support/exception-pieces.ts";
import { findingOf } from "../../support/findings.ts";
import { governing, putInForce } from "../../support/in-force.ts";
import { type MemberHub, startMemberHub } from "../../support/member-hub.ts";
import { ownPieces } from "../../support/pieces.ts";

const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** The beginning of an hour. */
const FULL = Date.parse("2026-11-28T09:00:00.000Z");

const [ASIA, EUROPE] = ["ap-southeast-1", "eu-west-1"] as const;
const [TWO, THREE] = ["222233334444", "333344445555"] as const;

const pieces = ownPieces();
let members: MemberHub;
beforeAll(async () => {
  members = startMemberHub(pieces, { accounts: [TWO, THREE], regions: [ASIA, EUROPE] });
});
beforeEach(async () => {
  members.takeRounds();
  await members.clearMarks();
});

/** The hub at a time. */
const hubAt = (time: number): Hub => ({
  ...members.hub,
  own: { ...members.hub.own, clock: () => time },
});
const busy = async () =>
  (await members.hub.busy.dirtyGroups()).map(({ groupId }) => groupId).toSorted();

/** Each place with the second of the hour that its name draws. */
const slots = [
  { account: THREE, region: EUROPE, second: 375 },
  { account: THREE, region: ASIA, second: 1_669 },
  { account: TWO, region: EUROPE, second: 2_014 },
  { account: TWO, region: ASIA, second: 3_480 },
] as const;

describe("the audit of a member", () => {
  it.each(slots.map((slot, quarter) => ({ ...slot, quarter })))(
    "of $account/$region is put on the queue at quarter $quarter, for its own second",
    async ({ account, region, second, quarter }) => {
      expect(await putAudits(hubAt(FULL + quarter * 15 * MINUTE))).toBe(1);
      const round = { account, region, does: "audit" };
      expect(members.takeRounds()).toEqual([{ round, delay: second - quarter * 900 }]);
    },
  );
  it("begins at once where its second is past", async () => {
    expect(await putAudits(hubAt(FULL + 14 * MINUTE))).toBe(1);
    expect(members.takeRounds()).toMatchObject([{ round: { account: THREE }, delay: 0 }]);
  });
  it("waits for less where the quarter goes on already", async () => {
    await putAudits(hubAt(FULL + 5_999));
    expect(members.takeRounds()).toMatchObject([{ round: { account: THREE }, delay: 370 }]);
  });
  it("is at the same second of every hour", async () => {
    await putAudits(hubAt(FULL + 7 * HOUR + 30 * MINUTE));
    const round = { account: TWO, region: EUROPE, does: "audit" };
    expect(members.takeRounds()).toEqual([{ round, delay: 214 }]);
  });
});

describe("the sweeps of a minute", () => {
  it("are of the members on the list, and of no others", async () => {
    const { busy: list } = members.hub;
    await list.markDirty(`${TWO}/${ASIA}`, "events", FULL);
    await list.markDirty(`${THREE}/${EUROPE}`, "events", FULL);
    expect(await putSweeps(hubAt(FULL))).toBe(2);
    const sweeps = members.takeRounds().toSorted((a, b) => (roundOf(a) < roundOf(b) ? -1 : 1));
    expect(sweeps).toEqual([
      { round: { account: TWO, region: ASIA, does: "sweep", at: FULL }, delay: 0 },
      { round: { account: THREE, region: EUROPE, does: "sweep", at: FULL }, delay: 0 },
    ]);
    expect(await busy()).toEqual([`${TWO}/${ASIA}`, `${THREE}/${EUROPE}`]);
  });
  it("forget whoever is a member no more, unless he was marked since", async () => {
    const { busy: list } = members.hub;
    await list.markDirty(`444455556666/${ASIA}`, "events", FULL);
    await list.markDirty(`555566667777/${ASIA}`, "events", FULL + 1);
    await list.markDirty(`${TWO}/${ASIA}`, "events", FULL);
    expect(await putSweeps(hubAt(FULL))).toBe(1);
    expect(members.takeRounds()).toMatchObject([{ round: { account: TWO, region: ASIA } }]);
    expect(await busy()).toEqual([`${TWO}/${ASIA}`, `555566667777/${ASIA}`]);
  });
});
const roundOf = ({ round }: { round: unknown }): string => JSON.stringify(round);

const still = (aws: AwsAccount, later = 0): AwsAccount => {
  const now = aws.clock() + later;
  return { ...aws, clock: () => now };
};
const iso = (time: number) => new Date(time).toISOString();

describe("a member that was audited", () => {
  it("is on the list as if something had happened five minutes ago", async () => {
    const aws = still(pieces.fresh());
    await noteAudited(members.hub, aws);
    const at = aws.clock() - 5 * MINUTE;
    const { scope } = aws.config;
    const marks = await members.hub.busy.dirtyGroups();
    expect(marks).toEqual([{ groupId: scope, because: expect.stringMatching(/./), at }]);
  });
});

/** A member of which something happened just over five minutes ago, swept now. */
async function swept(aws: AwsAccount, ago = 5 * MINUTE): Promise<boolean> {
  const { scope } = aws.config;
  const now = aws.clock();
  await members.hub.busy.markDirty(scope, "events", now - ago);
  await noteSwept(members.hub, aws, now);
  return (await busy()).includes(scope);
}

async function pausedAs(aws: AwsAccount, kind: "pause" | "hold", until: number): Promise<void> {
  const is = { by: "alice", reason: "a migration", at: iso(aws.clock()), until: iso(until) };
  await aws.pauses.start({ kind, group: "sg-1", is, toldAt: aws.clock() });
}

/** A withdrawn exception whose closing is owed, and one that closes nothing. */
const withdrawnOf = async (aws: AwsAccount, isOpen: boolean) =>
  withdrawn(aws, isOpen ? await approved(aws) : await asked(aws));

const keeping: readonly { name: string; make: (aws: AwsAccount) => Promise<unknown> }[] = [
  { name: "a pause", make: aws => pausedAs(aws, "pause", aws.clock() + HOUR) },
  { name: "a hold", make: aws => pausedAs(aws, "hold", aws.clock() + HOUR) },
  {
    name: "a pause that was over before anybody was told",
    make: aws => pausedAs(aws, "pause", aws.clock()),
  },
  {
    name: "a matrix that nobody was told of",
    async make(aws) {
      await putInForce(aws, governing("sg-0e000000000000001"));
      const { document, pins } = await aws.policy.readVersion(1);
      const version = { document, pins, at: iso(aws.clock()), by: "alice", note: "", from: 1 };
      await aws.policy.writeMatrix({ ...version, isToTell: true });
    },
  },
  { name: "a group on its list", make: aws => aws.intents.markDirty("sg-1", "open", 1) },
  {
    name: "an intent",
    async make(aws) {
      const run = { runId: "run-1", groupId: "sg-1", at: iso(aws.clock()) };
      await aws.intents.put({ ...run, findings: [], before: [], plan: [] });
    },
  },
  {
    name: "a job that nobody took up",
    async make(aws) {
      await aws.jobs.request({ kind: "audit", by: "test", input: {}, isOwn: true });
      pieces.account.clock.advance(3 * MINUTE);
    },
  },
  { name: "an alert that is due within an hour", make: aws => waiting(aws, HOUR) },
  { name: "a request", make: asked },
  { name: "an exception to come", make: aws => approved(aws, { start: aws.clock() + DAY }) },
  {
    name: "an exception in force",
    make: async aws => stepped(aws, await approved(aws), { action: "start", to: "active" }),
  },
  { name: "an exception whose closing is owed", make: aws => withdrawnOf(aws, true) },
];

async function waiting(aws: AwsAccount, due: number): Promise<void> {
  const at = aws.clock();
  await aws.alerts.keep(findingOf(), { how: "again", at, due: at + due });
}

const letting: readonly { name: string; make: (aws: AwsAccount) => Promise<unknown> }[] = [
  { name: "nothing", make: async () => {} },
  {
    name: "a pause that is over, which people were told of",
    async make(aws) {
      await pausedAs(aws, "pause", aws.clock());
      await tellPauses(aws);
      await aws.intents.clearDirty("sg-1", aws.clock());
    },
  },
  { name: "an alert that is due later", make: aws => waiting(aws, HOUR + 1) },
  {
    name: "an alert that was told",
    make: aws => aws.alerts.keep(findingOf(), { how: "once", at: aws.clock() }),
  },
  { name: "an exception that closes nothing", make: aws => withdrawnOf(aws, false) },
  {
    name: "an exception that ended",
    make: async aws => stepped(aws, await asked(aws), { action: "end", to: "expired" }),
  },
  {
    name: "an exception that ended more than a week ago and was never moved on",
    make: aws => approved(aws, { start: aws.clock() - 8 * DAY, end: aws.clock() - 7 * DAY - 1 }),
  },
];

describe("a member that was swept", () => {
  it.each(keeping)("is swept again while it has $name", async ({ make }) => {
    const aws = still(pieces.fresh());
    await make(aws);
    expect(await swept(aws)).toBe(true);
  });
  it.each(letting)("is swept no more where it has $name", async ({ make }) => {
    const aws = still(pieces.fresh());
    await make(aws);
    expect(await swept(aws)).toBe(false);
  });
  it("is swept again while something happened there in the last five minutes", async () => {
    expect(await swept(still(pieces.fresh()), 5 * MINUTE - 1)).toBe(true);
  });
  it("is swept again while an exception waits that ended within a week", async () => {
    const aws = still(pieces.fresh());
    await approved(aws, { start: aws.clock() - 8 * DAY, end: aws.clock() - 7 * DAY });
    expect(await swept(aws)).toBe(true);
  });
});

// The story of an exception on the local account, on a clock the test moves: what was reverted is
// asked for, nobody approves his own request, the rule opens at its start and closes at its end. Here
// no schedule ever calls, and the sweep does it all; the others are exception-schedules.test.ts.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isChained, type KeptException } from "../../functions/aws/stores/exception-item.ts";
import { activate, reconcileGoverned } from "../../functions/reconcile/activate.ts";
import {
  actOnException,
  askException,
  askLonger,
  askUndo,
  type Wish,
} from "../../functions/reconcile/exceptions.ts";
import { accessKeyOf, callerOf, type KeyName } from "../../local/identities.ts";
import { withLocalPeople } from "../../local/people.ts";
import { type Identity, identityOf } from "../../matrix/exceptions/person.ts";
import { parseMatrix } from "../../matrix/file/parse.ts";
import { type Stage, startStage, studioIn } from "../support/stage.ts";

const RULE = "ingress tcp 7002 from 10.1.2.3/32";
const MINUTE = 60_000;

let stage: Stage;
beforeAll(async () => {
  stage = await startStage(null);
  await applyIn("enforce");
});
afterAll(() => stage.stop());

async function applyIn(mode: "observe" | "revoke" | "enforce", terms = ""): Promise<void> {
  const text = studioIn(mode).replace("exceptions:", `exceptions:\n${terms}`);
  const document = parseMatrix([{ name: "matrix.yaml", text }]);
  const own = withLocalPeople(document, stage.account);
  const { pins } = await activate(stage.aws, own, { by: "test", note: "" });
  await reconcileGoverned(stage.aws, pins, "apply");
  await stage.idle();
}

function identity(name: KeyName): Identity {
  const { accountId, region } = stage.account;
  return identityOf(callerOf(accessKeyOf(name), accountId, region).arn);
}

const wish = (more: Partial<Wish> = {}): Wish => ({
  ...{ what: { rule: RULE }, group: stage.groups.deploy, minutes: 60 },
  ...{ reason: "release", open: true, ...more },
});

/** Lets minutes pass without any schedule, and the sweep run at the end of them. */
async function pass(minutes: number): Promise<void> {
  const { schedules } = stage.account;
  for (const { arn } of [...schedules.list()]) schedules.remove(arn);
  await stage.later(minutes * 60);
  await stage.sweep();
}

function done(answer: Awaited<ReturnType<typeof askException>>): KeptException {
  if (answer.kind === "refused") throw new Error(`${answer.code}: ${answer.because}`);
  return answer.exception;
}

const stateOf = async (id: string) => (await stage.aws.exceptions.get(id))?.state;
const dueNow = async () =>
  (await stage.aws.exceptions.due(stage.aws.clock(), unreadable)).map(({ id }) => id);
const unreadable = (id: string) => {
  throw new Error(`${id} cannot be read`);
};
const subjects = () => stage.alerts().map(({ subject }) => subject);

/** Asks as the tester and approves as alice. */
async function approved(more: Partial<Wish> = {}): Promise<KeptException> {
  const asked = done(await askException(stage.aws, wish(more), identity("tester")));
  return done(await actOnException(stage.aws, asked.id, "approve", identity("alice")));
}

describe("what was reverted", () => {
  it("is asked for, approved by another, opened, and closed at the end", async () => {
    const { deploy } = stage.groups;
    const before = await stage.rules(deploy);
    await stage.open(deploy, RULE);
    await stage.idle();
    expect(await stage.rules(deploy)).toEqual(before);
    const [finding] = await stage.findings(deploy);
    expect(finding).toMatchObject({ rule: RULE, outcome: "closed", actor: { name: "tester" } });

    const asked = done(await askUndo(stage.aws, finding?.id ?? "", wish(), identity("alice")));
    expect(asked).toMatchObject({ state: "requested", finding: finding?.id, groups: [deploy] });
    await pass(1);
    expect(await stage.rules(deploy)).toEqual(before);

    const own = await actOnException(stage.aws, asked.id, "approve", identity("alice"));
    expect(own).toMatchObject({ kind: "refused", code: "own-request" });
    const maker = await actOnException(stage.aws, asked.id, "approve", identity("tester"));
    expect(maker).toMatchObject({ kind: "refused", code: "own-rule" });
    expect(await stateOf(asked.id)).toBe("requested");

    done(await actOnException(stage.aws, asked.id, "approve", identity("bob")));
    stage.mark();
    await pass(1);
    expect(await stage.rules(deploy)).toEqual([...before, RULE].toSorted());
    expect(await stateOf(asked.id)).toBe("active");
    expect(subjects()).toEqual([
      expect.stringMatching(/^EXCEPTION OPENED ingress tcp 7002 from 10\.1\.2\.3/),
    ]);

    stage.mark();
    await pass(30);
    expect(stage.writes()).toEqual([]);
    await pass(28);
    expect(await stage.rules(deploy)).toEqual(before);
    expect(await stateOf(asked.id)).toBe("expired");
    expect(subjects()).toEqual([expect.stringMatching(/^EXCEPTION ENDED ingress tcp 7002 from/)]);
    const [closed] = await stage.findings(deploy);
    expect(closed?.because).toContain(`exception ${asked.id} is over`);

    stage.mark();
    await pass(1);
    expect([stage.writes(), subjects()]).toEqual([[], []]);
    const history = await stage.aws.exceptions.history(asked.id);
    expect(history.map(({ action }) => action)).toEqual(["request", "approve", "start", "end"]);
    expect(isChained(history)).toBe(true);
  });
});

describe("an exception in force", () => {
  it("that does not open lets its rule stand until it ends", async () => {
    const { deploy } = stage.groups;
    const kept = await approved({ open: false, minutes: 10 });
    await pass(1);
    expect(await stage.rules(deploy)).not.toContain(RULE);
    await stage.open(deploy, RULE);
    await stage.idle();
    expect(await stage.rules(deploy)).toContain(RULE);
    stage.mark();
    await pass(10);
    expect(await stage.rules(deploy)).not.toContain(RULE);
    expect(await stateOf(kept.id)).toBe("expired");
    expect(subjects()).toEqual([expect.stringMatching(/^EXCEPTION ENDED /)]);
  });

  it("closes within a minute of being withdrawn", async () => {
    const { deploy } = stage.groups;
    const kept = await approved();
    await pass(1);
    expect(await stage.rules(deploy)).toContain(RULE);
    done(await actOnException(stage.aws, kept.id, "withdraw", identity("tester")));
    stage.mark();
    await pass(1);
    expect(await stage.rules(deploy)).not.toContain(RULE);
    expect(subjects()).toEqual([expect.stringMatching(/^EXCEPTION ENDED /)]);
    expect(await dueNow()).toEqual([]);
  });

  it("closes at its end although no sweep ran, whatever looks at the group", async () => {
    const { deploy } = stage.groups;
    await approved({ minutes: 5 });
    await pass(1);
    stage.mark();
    await stage.later(5 * 60);
    await stage.open(deploy, "ingress tcp 22 from 0.0.0.0/0");
    await stage.idle();
    expect(await stage.rules(deploy)).not.toContain(RULE);
    const found = (await stage.findings(deploy)).slice(0, 2);
    const words = Object.fromEntries(found.map(({ rule, trigger }) => [rule, trigger.kind]));
    expect(words).toEqual({ [RULE]: "exception", "ingress tcp 22 from 0.0.0.0/0": "event" });
    await pass(1);
  });

  it("stays open without a gap when it is extended, and only if that is approved", async () => {
    const { deploy } = stage.groups;
    const first = await approved({ minutes: 10 });
    await pass(1);
    const more = { minutes: 10, reason: "not done yet" };
    const second = done(await askLonger(stage.aws, first.id, more, identity("tester")));
    expect(second).toMatchObject({ extends: first.id, start: first.end, state: "requested" });
    done(await actOnException(stage.aws, second.id, "approve", identity("bob")));
    stage.mark();
    await pass(10);
    expect([await stateOf(first.id), await stateOf(second.id)]).toEqual(["expired", "active"]);
    expect(stage.writes()).toEqual([]);
    await pass(10);
    expect(await stage.rules(deploy)).not.toContain(RULE);
  });

  it("of several groups opens and closes all of them", async () => {
    const { deploy, runner } = stage.groups;
    const flow = {
      from: [{ kind: "entry", name: "runner" }],
      to: [{ kind: "entry", name: "deploy" }],
      ports: [{ protocol: "tcp", from: 7003, to: 7003 }],
    } as const;
    const asked = done(await askException(stage.aws, wish({ what: { flow } }), identity("tester")));
    expect(asked.groups).toEqual([deploy, runner].toSorted());
    done(await actOnException(stage.aws, asked.id, "approve", identity("alice")));
    await pass(1);
    expect(await stage.rules(deploy)).toContain("ingress tcp 7003 from 172.21.138.101/32");
    expect(await stage.rules(runner)).toContain("egress tcp 7003 to 172.21.138.100/32");
    done(await actOnException(stage.aws, asked.id, "withdraw", identity("alice")));
    await pass(1);
    expect(await stage.rules(deploy)).not.toContain("ingress tcp 7003 from 172.21.138.101/32");
    expect(await stage.rules(runner)).not.toContain("egress tcp 7003 to 172.21.138.100/32");
  });

  it("closes at its end what Portward opened, even if the mode is observe by then", async () => {
    const { deploy } = stage.groups;
    const [mine, before] = ["ingress tcp 7002 from 10.9.9.8/32", await stage.rules(deploy)];
    const kept = await approved({ minutes: 5 });
    const other = await approved({ minutes: 5, open: false, what: { rule: mine } });
    await pass(1);
    await applyIn("observe");
    await stage.open(deploy, mine);
    stage.mark();
    await pass(5);
    expect(await stage.rules(deploy)).toEqual([...before, mine].toSorted());
    expect([await stateOf(kept.id), await stateOf(other.id)]).toEqual(["expired", "expired"]);
    const found = (await stage.findings(deploy)).slice(0, 2);
    const ends = Object.fromEntries(found.map(one => [one.rule, [one.outcome, one.trigger.kind]]));
    expect(ends).toEqual({ [RULE]: ["closed", "exception"], [mine]: ["left-open", "exception"] });
    await applyIn("enforce");
    expect(await stage.rules(deploy)).toEqual(before);
  });

  it("closes at the next sweep where its closing failed, and says so then", async () => {
    const { deploy } = stage.groups;
    const kept = await approved({ minutes: 5 });
    await pass(1);
    stage.mark();
    stage.account.faults.failNext("ec2", "RevokeSecurityGroupIngress", "UnauthorizedOperation", 40);
    await pass(5);
    expect([await stateOf(kept.id), (await stage.rules(deploy)).includes(RULE)]).toEqual([
      "active",
      true,
    ]);
    expect(subjects()).toEqual([expect.stringMatching(/^COULD NOT CLOSE /)]);
    stage.account.faults.clear();
    stage.mark();
    await pass(1);
    expect([await stateOf(kept.id), (await stage.rules(deploy)).includes(RULE)]).toEqual([
      "expired",
      false,
    ]);
  });

  it("by break-glass needs nobody's approval, and no more time than the matrix gives it", async () => {
    const { deploy } = stage.groups;
    await applyIn("enforce", "  breakGlass: 10m\n");
    const long = await askException(stage.aws, wish({ breakGlass: true }), identity("tester"));
    expect(long).toMatchObject({ kind: "refused", code: "too-long" });
    const glass = wish({ breakGlass: true, minutes: 10 });
    const kept = done(await askException(stage.aws, glass, identity("tester")));
    expect(kept).toMatchObject({ state: "approved", breakGlass: true });
    await pass(1);
    expect(await stage.rules(deploy)).toContain(RULE);
    await pass(10);
    expect(await stage.rules(deploy)).not.toContain(RULE);
    const [first] = await stage.aws.exceptions.history(kept.id);
    expect(first).toMatchObject({ action: "break-glass", note: "release" });
    await applyIn("enforce");
  });

  it("does not lay other drift at its end", async () => {
    const { deploy } = stage.groups;
    const other = "ingress tcp 7002 from 10.9.9.9/32";
    await approved({ minutes: 5 });
    await pass(1);
    await stage.quietly(() => stage.open(deploy, other));
    stage.mark();
    await pass(5);
    const found = (await stage.findings(deploy)).slice(0, 2);
    const kinds = Object.fromEntries(found.map(({ rule, trigger }) => [rule, trigger.kind]));
    expect(kinds).toEqual({ [RULE]: "exception", [other]: "sweep" });
  });
});

describe("a request", () => {
  it.each([
    ["forbidden", { what: { rule: "ingress tcp 22 from 0.0.0.0/0" } }],
    ["too-long", { minutes: 481 }],
    ["group-unknown", { group: "sg-0ffffffffffffffff" }],
    ["no-break-glass", { breakGlass: true }],
  ] as const)("is refused: %s", async (code, more) => {
    const answer = await askException(stage.aws, wish(more), identity("tester"));
    expect(answer).toMatchObject({ kind: "refused", code });
  });

  it("that starts later opens nothing before", async () => {
    const { deploy } = stage.groups;
    const start = Math.ceil(stage.aws.clock() / MINUTE) * MINUTE + 10 * MINUTE;
    const kept = await approved({ start, minutes: 5 });
    await pass(5);
    expect([await stateOf(kept.id), (await stage.rules(deploy)).includes(RULE)]).toEqual([
      "approved",
      false,
    ]);
    await pass(6);
    expect([await stateOf(kept.id), (await stage.rules(deploy)).includes(RULE)]).toEqual([
      "active",
      true,
    ]);
    await pass(6);
  });

  it("nobody approved in time expires, and opens nothing", async () => {
    const asked = done(await askException(stage.aws, wish({ minutes: 2 }), identity("tester")));
    stage.mark();
    await pass(3);
    expect(await stateOf(asked.id)).toBe("expired");
    expect(stage.writes()).toEqual([]);
    const late = await actOnException(stage.aws, asked.id, "approve", identity("alice"));
    expect(late).toMatchObject({ kind: "refused", code: "state" });
  });

  it("to open in a group that is not in enforce is refused, asked or approved", async () => {
    const asked = done(await askException(stage.aws, wish(), identity("tester")));
    await applyIn("revoke");
    const refused = { kind: "refused", code: "not-enforced" };
    expect(await askException(stage.aws, wish(), identity("tester"))).toMatchObject(refused);
    const late = await actOnException(stage.aws, asked.id, "approve", identity("alice"));
    expect(late).toMatchObject(refused);
    await applyIn("enforce");
  });

  it("of nobody is refused: a role session whose name its caller chose", async () => {
    const answer = await askException(stage.aws, wish(), identity("portward"));
    expect(answer).toMatchObject({ kind: "refused", code: "nobody" });
  });
});

// The story of an exception on the local account, on a clock the test moves: what was reverted is
// asked for, nobody approves his own request, the rule opens at its start and closes at its end. Here
// no schedule ever calls, and the sweep does it all; the others are exception-schedules.test.ts.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isChained } from "../../functions/aws/stores/exception-item.ts";
import {
  actOnException,
  askException,
  askLonger,
  askUndo,
} from "../../functions/reconcile/exceptions.ts";
import { done, type ExceptionStage, RULE, startExceptions } from "../support/exception-stage.ts";

const MINUTE = 60_000;

let stage: ExceptionStage;
beforeAll(async () => {
  stage = await startExceptions();
});
afterAll(() => stage.stop());

const dueNow = async () =>
  (await stage.aws.exceptions.due(stage.aws.clock(), unreadable)).map(({ id }) => id);
const unreadable = (id: string) => {
  throw new Error(`${id} cannot be read`);
};
describe("what was reverted", () => {
  it("is asked for, approved by another, opened, and closed at the end", async () => {
    const { deploy } = stage.groups;
    const before = await stage.rules(deploy);
    await stage.open(deploy, RULE);
    await stage.idle();
    expect(await stage.rules(deploy)).toEqual(before);
    const [finding] = await stage.findings(deploy);
    expect(finding).toMatchObject({ rule: RULE, outcome: "closed", actor: { name: "tester" } });

    const asked = done(
      await askUndo(stage.aws, finding?.id ?? "", stage.wish(), stage.identity("alice")),
    );
    expect(asked).toMatchObject({ state: "requested", finding: finding?.id, groups: [deploy] });
    await stage.pass(1);
    expect(await stage.rules(deploy)).toEqual(before);

    const own = await actOnException(stage.aws, asked.id, "approve", stage.identity("alice"));
    expect(own).toMatchObject({ kind: "refused", code: "own-request" });
    const maker = await actOnException(stage.aws, asked.id, "approve", stage.identity("tester"));
    expect(maker).toMatchObject({ kind: "refused", code: "own-rule" });
    expect(await stage.stateOf(asked.id)).toBe("requested");

    done(await actOnException(stage.aws, asked.id, "approve", stage.identity("bob")));
    stage.mark();
    await stage.pass(1);
    expect(await stage.rules(deploy)).toEqual([...before, RULE].toSorted());
    expect(await stage.stateOf(asked.id)).toBe("active");
    expect(stage.subjects()).toEqual([
      expect.stringMatching(/^EXCEPTION OPENED ingress tcp 7002 from 10\.1\.2\.3/),
    ]);

    stage.mark();
    await stage.pass(30);
    expect(stage.writes()).toEqual([]);
    await stage.pass(28);
    expect(await stage.rules(deploy)).toEqual(before);
    expect(await stage.stateOf(asked.id)).toBe("expired");
    expect(stage.subjects()).toEqual([
      expect.stringMatching(/^EXCEPTION ENDED ingress tcp 7002 from/),
    ]);
    const [closed] = await stage.findings(deploy);
    expect(closed?.because).toContain(`exception ${asked.id} is over`);

    stage.mark();
    await stage.pass(1);
    expect([stage.writes(), stage.subjects()]).toEqual([[], []]);
    const history = await stage.aws.exceptions.history(asked.id);
    expect(history.map(({ action }) => action)).toEqual(["request", "approve", "start", "end"]);
    expect(isChained(history)).toBe(true);
  });
});

describe("an exception in force", () => {
  it("that does not open lets its rule stand until it ends", async () => {
    const { deploy } = stage.groups;
    const kept = await stage.approved({ open: false, minutes: 10 });
    await stage.pass(1);
    expect(await stage.rules(deploy)).not.toContain(RULE);
    await stage.open(deploy, RULE);
    await stage.idle();
    expect(await stage.rules(deploy)).toContain(RULE);
    stage.mark();
    await stage.pass(10);
    expect(await stage.rules(deploy)).not.toContain(RULE);
    expect(await stage.stateOf(kept.id)).toBe("expired");
    expect(stage.subjects()).toEqual([expect.stringMatching(/^EXCEPTION ENDED /)]);
  });

  it("closes within a minute of being withdrawn", async () => {
    const { deploy } = stage.groups;
    const kept = await stage.approved();
    await stage.pass(1);
    expect(await stage.rules(deploy)).toContain(RULE);
    done(await actOnException(stage.aws, kept.id, "withdraw", stage.identity("tester")));
    stage.mark();
    await stage.pass(1);
    expect(await stage.rules(deploy)).not.toContain(RULE);
    expect(stage.subjects()).toEqual([expect.stringMatching(/^EXCEPTION ENDED /)]);
    expect(await dueNow()).toEqual([]);
  });

  it("closes at its end although no sweep ran, whatever looks at the group", async () => {
    const { deploy } = stage.groups;
    await stage.approved({ minutes: 5 });
    await stage.pass(1);
    stage.mark();
    await stage.later(5 * 60);
    await stage.open(deploy, "ingress tcp 22 from 0.0.0.0/0");
    await stage.idle();
    expect(await stage.rules(deploy)).not.toContain(RULE);
    const found = (await stage.findings(deploy)).slice(0, 2);
    const words = Object.fromEntries(found.map(({ rule, trigger }) => [rule, trigger.kind]));
    expect(words).toEqual({ [RULE]: "exception", "ingress tcp 22 from 0.0.0.0/0": "event" });
    await stage.pass(1);
  });

  it("stays open without a gap when it is extended, and only if that is approved", async () => {
    const { deploy } = stage.groups;
    const first = await stage.approved({ minutes: 10 });
    await stage.pass(1);
    const more = { minutes: 10, reason: "not done yet" };
    const second = done(await askLonger(stage.aws, first.id, more, stage.identity("tester")));
    expect(second).toMatchObject({ extends: first.id, start: first.end, state: "requested" });
    done(await actOnException(stage.aws, second.id, "approve", stage.identity("bob")));
    stage.mark();
    await stage.pass(10);
    expect([await stage.stateOf(first.id), await stage.stateOf(second.id)]).toEqual([
      "expired",
      "active",
    ]);
    expect(stage.writes()).toEqual([]);
    await stage.pass(10);
    expect(await stage.rules(deploy)).not.toContain(RULE);
  });

  it("of several groups opens and closes all of them", async () => {
    const { deploy, runner } = stage.groups;
    const flow = {
      from: [{ kind: "entry", name: "runner" }],
      to: [{ kind: "entry", name: "deploy" }],
      ports: [{ protocol: "tcp", from: 7003, to: 7003 }],
    } as const;
    const asked = done(
      await askException(stage.aws, stage.wish({ what: { flow } }), stage.identity("tester")),
    );
    expect(asked.groups).toEqual([deploy, runner].toSorted());
    done(await actOnException(stage.aws, asked.id, "approve", stage.identity("alice")));
    await stage.pass(1);
    expect(await stage.rules(deploy)).toContain("ingress tcp 7003 from 172.21.138.101/32");
    expect(await stage.rules(runner)).toContain("egress tcp 7003 to 172.21.138.100/32");
    done(await actOnException(stage.aws, asked.id, "withdraw", stage.identity("alice")));
    await stage.pass(1);
    expect(await stage.rules(deploy)).not.toContain("ingress tcp 7003 from 172.21.138.101/32");
    expect(await stage.rules(runner)).not.toContain("egress tcp 7003 to 172.21.138.100/32");
  });

  it("closes at its end what Portward opened, even if the mode is observe by then", async () => {
    const { deploy } = stage.groups;
    const [mine, before] = ["ingress tcp 7002 from 10.9.9.8/32", await stage.rules(deploy)];
    const kept = await stage.approved({ minutes: 5 });
    const other = await stage.approved({ minutes: 5, open: false, what: { rule: mine } });
    await stage.pass(1);
    await stage.applyIn("observe");
    await stage.open(deploy, mine);
    await stage.idle();
    stage.mark();
    await stage.pass(5);
    expect(await stage.rules(deploy)).toEqual([...before, mine].toSorted());
    expect([await stage.stateOf(kept.id), await stage.stateOf(other.id)]).toEqual([
      "expired",
      "expired",
    ]);
    const found = (await stage.findings(deploy)).slice(0, 2);
    const ends = Object.fromEntries(found.map(one => [one.rule, [one.outcome, one.trigger.kind]]));
    expect(ends).toEqual({ [RULE]: ["closed", "exception"], [mine]: ["left-open", "exception"] });
    await stage.applyIn("enforce");
    expect(await stage.rules(deploy)).toEqual(before);
  });

  it("closes at the next sweep where its closing failed, and says so then", async () => {
    const { deploy } = stage.groups;
    const kept = await stage.approved({ minutes: 5 });
    await stage.pass(1);
    stage.mark();
    stage.account.faults.failNext("ec2", "RevokeSecurityGroupIngress", "UnauthorizedOperation", 40);
    await stage.pass(5);
    expect([await stage.stateOf(kept.id), (await stage.rules(deploy)).includes(RULE)]).toEqual([
      "active",
      true,
    ]);
    expect(stage.subjects()).toEqual([expect.stringMatching(/^COULD NOT CLOSE /)]);
    stage.account.faults.clear();
    stage.mark();
    await stage.pass(1);
    expect([await stage.stateOf(kept.id), (await stage.rules(deploy)).includes(RULE)]).toEqual([
      "expired",
      false,
    ]);
  });

  it("by break-glass needs nobody's approval, and no more time than the matrix gives it", async () => {
    const { deploy } = stage.groups;
    await stage.applyIn("enforce", "  breakGlass: 10m\n");
    const long = await askException(
      stage.aws,
      stage.wish({ breakGlass: true }),
      stage.identity("tester"),
    );
    expect(long).toMatchObject({ kind: "refused", code: "too-long" });
    const glass = stage.wish({ breakGlass: true, minutes: 10 });
    const kept = done(await askException(stage.aws, glass, stage.identity("tester")));
    expect(kept).toMatchObject({ state: "approved", breakGlass: true });
    await stage.pass(1);
    expect(await stage.rules(deploy)).toContain(RULE);
    await stage.pass(10);
    expect(await stage.rules(deploy)).not.toContain(RULE);
    const [first] = await stage.aws.exceptions.history(kept.id);
    expect(first).toMatchObject({ action: "break-glass", note: "release" });
    await stage.applyIn("enforce");
  });

  it("does not lay other drift at its end", async () => {
    const { deploy } = stage.groups;
    const other = "ingress tcp 7002 from 10.9.9.9/32";
    await stage.approved({ minutes: 5 });
    await stage.pass(1);
    await stage.quietly(() => stage.open(deploy, other));
    stage.mark();
    await stage.pass(5);
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
    const answer = await askException(stage.aws, stage.wish(more), stage.identity("tester"));
    expect(answer).toMatchObject({ kind: "refused", code });
  });

  it("that starts later opens nothing before", async () => {
    const { deploy } = stage.groups;
    const start = Math.ceil(stage.aws.clock() / MINUTE) * MINUTE + 10 * MINUTE;
    const kept = await stage.approved({ start, minutes: 5 });
    await stage.pass(5);
    expect([await stage.stateOf(kept.id), (await stage.rules(deploy)).includes(RULE)]).toEqual([
      "approved",
      false,
    ]);
    await stage.pass(6);
    expect([await stage.stateOf(kept.id), (await stage.rules(deploy)).includes(RULE)]).toEqual([
      "active",
      true,
    ]);
    await stage.pass(6);
  });

  it("nobody approved in time expires, and opens nothing", async () => {
    const asked = done(
      await askException(stage.aws, stage.wish({ minutes: 2 }), stage.identity("tester")),
    );
    stage.mark();
    await stage.pass(3);
    expect(await stage.stateOf(asked.id)).toBe("expired");
    expect(stage.subjects()).toEqual([
      expect.stringMatching(/^EXCEPTION UNANSWERED ingress tcp 7002 from 10\.1\.2\.3/),
    ]);
    expect(stage.writes()).toEqual([]);
    const late = await actOnException(stage.aws, asked.id, "approve", stage.identity("alice"));
    expect(late).toMatchObject({ kind: "refused", code: "state" });
  });

  it("to open in a group that is not in enforce is refused, asked or approved", async () => {
    const asked = done(await askException(stage.aws, stage.wish(), stage.identity("tester")));
    await stage.applyIn("revoke");
    const refused = { kind: "refused", code: "not-enforced" };
    expect(await askException(stage.aws, stage.wish(), stage.identity("tester"))).toMatchObject(
      refused,
    );
    const late = await actOnException(stage.aws, asked.id, "approve", stage.identity("alice"));
    expect(late).toMatchObject(refused);
    await stage.applyIn("enforce");
  });

  it("of nobody is refused: a role session whose name its caller chose", async () => {
    const answer = await askException(stage.aws, stage.wish(), stage.identity("portward"));
    expect(answer).toMatchObject({ kind: "refused", code: "nobody" });
  });
});

// Calls that AWS refuses or whose answer is lost: the group ends right, nothing is reported that did
// not happen, nobody is left untold, and throttling counts against no message.
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Stage, startStage } from "../support/stage.ts";

/** As often as a call is tried. */
const TRIES = 1;
const WORLD = "ingress tcp 22 from 0.0.0.0/0";
const FROM_API = "ingress tcp 7002 from 172.21.138.91/32";

let stage: Stage;
let deploy: string;
let before: string[];

beforeAll(async () => {
  stage = await startStage(undefined, { tries: TRIES });
  deploy = stage.groups.deploy;
  before = await stage.rules(deploy);
});
afterAll(() => stage.stop());
afterEach(async () => {
  stage.account.faults.clear();
  await stage.everyLook();
  expect(await stage.rules(deploy)).toEqual(before);
  expect(waiting()).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
  stage.mark();
});

const waiting = () => stage.account.queues.count("portward-remediate");
const subjects = () => stage.alerts().map(({ subject }) => subject ?? "");
const findingsOf = async (text: string) =>
  (await stage.findings(deploy)).filter(({ rule }) => rule === text);

/** The ways a group drifts, with the call that mends it. */
const drifts = [
  {
    call: "RevokeSecurityGroupIngress",
    word: "CLOSED",
    drift: (n: number) => ({ rule: `ingress tcp ${4_000 + n} from 0.0.0.0/0`, make: "open" }),
  },
  {
    call: "RevokeSecurityGroupEgress",
    word: "CLOSED",
    drift: (n: number) => ({ rule: `egress tcp ${4_000 + n} to 0.0.0.0/0`, make: "open" }),
  },
  {
    call: "AuthorizeSecurityGroupIngress",
    word: "RESTORED",
    drift: () => ({ rule: FROM_API, make: "take" }),
  },
  {
    call: "ModifySecurityGroupRules",
    word: "NARROWED",
    drift: (n: number) => ({
      rule: `ingress tcp ${7_001 - n}-7002 from 172.21.138.91/32`,
      make: "edit",
    }),
  },
] as const;

const mishaps = [
  { name: "is throttled once", code: "RequestLimitExceeded", times: TRIES, after: false },
  {
    name: "is throttled, having taken effect",
    code: "RequestLimitExceeded",
    times: TRIES,
    after: true,
  },
  { name: "fails inside AWS once", code: "InternalError", times: TRIES, after: false },
  {
    name: "fails inside AWS, having taken effect",
    code: "InternalError",
    times: TRIES,
    after: true,
  },
  {
    name: "loses its connection, having taken effect",
    code: "ConnectionReset",
    times: TRIES,
    after: true,
  },
];

const cases = drifts
  .filter(({ call }) => call !== "RevokeSecurityGroupEgress")
  .flatMap(drift =>
    mishaps.map((mishap, n) => ({
      ...drift,
      ...mishap,
      n,
      title: `${drift.call} that ${mishap.name}`,
    })),
  );

describe("one call of a run", () => {
  it.each(cases)("$title leaves the group right, one finding, one alert", async one => {
    const { rule, make } = one.drift(one.n);
    const known = (await findingsOf(rule)).length;
    const order = [one.call, one.code, one.times, { after: one.after }] as const;
    // The drift itself may be the same call as what mends it.
    await stage.quietly(async () => {
      if (make === "open") await stage.open(deploy, rule);
      else if (make === "take") await stage.take(deploy, rule);
      else await stage.edit(deploy, FROM_API, rule);
    });
    const event = stage.account.bus.events().at(-1);
    stage.account.faults.failNext("ec2", ...order);
    stage.account.queues.send("portward-remediate", JSON.stringify(event));
    await stage.idle();
    expect(await stage.rules(deploy)).toEqual(before);
    const found = (await findingsOf(rule)).slice(0, -known || undefined);
    expect(found).toMatchObject([{ actor: { name: "tester" } }]);
    expect(["closed", "restored", "narrowed", "gone"]).toContain(found[0]?.outcome);
    expect(found[0]?.publishedAt).toBeDefined();
    expect(subjects()).toEqual([expect.stringMatching(new RegExp(`^(?:${one.word}|RESTORED) `))]);
  });
});

describe("a revoke that fails for good", () => {
  it("is alerted at once as not closed, and is closed by the sweep", async () => {
    stage.account.faults.failNext("ec2", "RevokeSecurityGroupIngress", "UnauthorizedOperation", 40);
    await stage.open(deploy, WORLD);
    await stage.idle();
    expect(await findingsOf(WORLD)).toMatchObject([{ outcome: "could-not-close", after: [] }]);
    expect((await findingsOf(WORLD))[0]?.notes.join()).toContain("UnauthorizedOperation");
    expect(subjects()).toEqual([expect.stringMatching(/^COULD NOT CLOSE /)]);
    stage.account.faults.clear();
    await stage.sweep();
    expect(await findingsOf(WORLD)).toMatchObject([{ outcome: "closed" }]);
    expect(await stage.aws.intents.dirtyGroups()).toEqual([]);
  });

  it("by throttling comes again after a delay, which counts against no message", async () => {
    const rule = "ingress tcp 4100 from 0.0.0.0/0";
    stage.account.faults.failNext("ec2", "RevokeSecurityGroupIngress", "RequestLimitExceeded", 40);
    await stage.open(deploy, rule);
    await stage.idle();
    expect(waiting()).toEqual({ visible: 0, inFlight: 0, delayed: 1 });
    stage.account.faults.clear();
    await stage.later(20);
    expect(await findingsOf(rule)).toMatchObject([{ outcome: "closed" }]);
    expect(stage.account.queues.failures()).toEqual([]);
  });
});

describe("a read", () => {
  it.each(["DescribeSecurityGroups", "DescribeSecurityGroupRules"])(
    "%s that is throttled puts the message back, with a delay",
    async action => {
      const rule = `ingress tcp ${4_200 + action.length} from 0.0.0.0/0`;
      stage.account.faults.failNext("ec2", action, "RequestLimitExceeded", TRIES);
      await stage.open(deploy, rule);
      await stage.idle();
      expect(stage.writes()).toEqual([]);
      expect(waiting()).toEqual({ visible: 0, inFlight: 0, delayed: 1 });
      await stage.later(20);
      expect(await findingsOf(rule)).toMatchObject([
        { outcome: "closed", actor: { name: "tester" } },
      ]);
      expect(subjects()).toHaveLength(1);
      expect(stage.account.queues.failures()).toEqual([]);
    },
  );

  it("that verifies and fails loses no finding and no alert", async () => {
    const rule = "ingress tcp 4300 from 0.0.0.0/0";
    stage.account.faults.onNext("ec2", "RevokeSecurityGroupIngress", () =>
      stage.account.faults.failNext("ec2", "DescribeSecurityGroupRules", "InternalError", TRIES),
    );
    await stage.open(deploy, rule);
    await stage.idle();
    expect(await stage.rules(deploy)).not.toContain(rule);
    await stage.later(360);
    expect(await findingsOf(rule)).toMatchObject([
      { outcome: "closed", actor: { name: "tester" } },
    ]);
    expect(subjects()).toHaveLength(1);
  });
});

describe("telling people", () => {
  it("that fails keeps the finding, and is done later, once", async () => {
    const rule = "ingress tcp 4400 from 0.0.0.0/0";
    stage.account.faults.failNext("sns", "Publish", "InternalError", TRIES);
    await stage.open(deploy, rule);
    await stage.idle();
    expect(await stage.rules(deploy)).not.toContain(rule);
    expect((await findingsOf(rule))[0]).toMatchObject({ outcome: "closed" });
    expect((await findingsOf(rule))[0]).not.toHaveProperty("publishedAt");
    expect(subjects()).toEqual([]);
    await stage.later(360);
    expect((await findingsOf(rule))[0]?.publishedAt).toBeDefined();
    expect(subjects()).toEqual([expect.stringMatching(/^CLOSED /)]);
  });

  it("that is throttled is done later, once", async () => {
    const rule = "ingress tcp 4401 from 0.0.0.0/0";
    stage.account.faults.failNext("sns", "Publish", "Throttling", TRIES);
    await stage.open(deploy, rule);
    await stage.idle();
    for (const seconds of [20, 45]) await stage.later(seconds);
    expect(subjects()).toEqual([expect.stringMatching(/^CLOSED /)]);
    expect(stage.account.queues.failures().filter(({ error }) => error)).toEqual([]);
  });

  it("is done when the sweep comes before the message does", async () => {
    const rule = "ingress tcp 4402 from 0.0.0.0/0";
    stage.account.faults.failNext("sns", "Publish", "InternalError", TRIES);
    await stage.open(deploy, rule);
    await stage.idle();
    await stage.later(90);
    await stage.sweep();
    expect(subjects()).toEqual([expect.stringMatching(/^CLOSED /)]);
    await stage.later(360);
    expect(subjects()).toHaveLength(1);
  });

  it("machines that fails is not taken for done", async () => {
    const rule = "ingress tcp 4403 from 0.0.0.0/0";
    stage.account.faults.failNext("events", "PutEvents", "InternalError", TRIES);
    await stage.open(deploy, rule);
    await stage.idle();
    expect((await findingsOf(rule))[0]).not.toHaveProperty("publishedAt");
    await stage.later(360);
    expect((await findingsOf(rule))[0]?.publishedAt).toBeDefined();
    const told = stage.account.bus
      .events()
      .filter(
        ({ source, detail }) => source === "portward" && JSON.stringify(detail).includes(rule),
      );
    expect(told).toHaveLength(1);
  });
});

describe("a record that cannot be kept", () => {
  it("of the intent does not hold the closing back", async () => {
    const rule = "ingress tcp 4500 from 0.0.0.0/0";
    stage.account.faults.onNext("ec2", "DescribeSecurityGroupRules", () =>
      stage.account.faults.failNext("dynamodb", "PutItem", "InternalServerError", TRIES),
    );
    await stage.open(deploy, rule);
    await stage.idle();
    await stage.later(360);
    expect(await findingsOf(rule)).toMatchObject([
      { outcome: "closed", actor: { name: "tester" } },
    ]);
    expect(subjects()).toHaveLength(1);
  });
});

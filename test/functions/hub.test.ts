// A hub and its members, three accounts in two regions: what happens in one of them reaches the hub as an
// event, and is repaired there by the role of that place and nowhere else.
import {
  CreateSecurityGroupCommand,
  ModifyNetworkInterfaceAttributeCommand,
} from "@aws-sdk/client-ec2";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { runBatch } from "../../functions/reconcile/batch.ts";
import { runScopes } from "../../functions/reconcile/scopes.ts";
import { attachmentDelay } from "../../functions/wiring/triggers.ts";
import { seedVpc } from "../../local/seed.ts";
import { clientOf, open } from "../support/deployed.ts";
import { type HubStage, scopeWords, startHub } from "../support/hub.ts";
import type { Scope } from "../support/scopes.ts";
import { isWrite } from "../support/write.ts";

let stage: HubStage;
let all: readonly Scope[];
let before: string[];
beforeAll(async () => {
  stage = await startHub();
  all = stage.all;
  await stage.idle();
  before = await at(0).rules(deploy());
});
beforeEach(() => stage.mark());
afterEach(() => stage.idle());
afterAll(() => stage.stop());

const { at, deploy, port, placeOf } = scopeWords(() => all);
const writesOf = (scope: Scope) =>
  stage
    .callsTo(scope)
    .map(({ action }) => action)
    .filter(isWrite);
/** Puts bodies on the hub's queue together. */
function send(...bodies: string[]): void {
  for (const body of bodies) stage.home.queues.send(stage.queue, body);
}

describe("an event of a member", () => {
  it.each([0, 1, 2, 3, 4, 5])("number %i is closed there, and no other is called", async index => {
    const scope = at(index);
    await scope.open(deploy(), port(4_000 + index));
    await stage.idle();
    expect(await scope.rules(deploy())).toEqual(before);
    expect(all.map(one => writesOf(one).length)).toEqual(all.map(one => (one === scope ? 1 : 0)));
    const others = all.filter(one => one !== scope);
    expect(others.flatMap(one => stage.callsTo(one))).toEqual([]);
  });

  it("is dealt with by the role of its place, whose own call is not taken for an impostor's", async () => {
    const scope = at(3);
    await scope.open(deploy(), port(4_010));
    await stage.idle();
    const callers = new Set(stage.callsTo(scope).map(({ caller }) => caller));
    const { account, region } = placeOf(scope);
    const role = `portward-local-${region}-member`;
    expect([...callers]).toEqual([`arn:aws:sts::${account}:assumed-role/${role}/portward-local`]);
    const kinds = (await scope.aws.findings.forGroup(deploy())).map(({ kind }) => kind);
    expect(kinds).not.toContain("impostor");
    expect(kinds).toContain("drift");
  });

  it("of six places in one batch is closed in each, with one alert for each", async () => {
    const seen = stage.home.inbox.messages().length;
    const bodies = await Promise.all(all.map(scope => quietly(scope, port(4_020))));
    send(...bodies.flat());
    await stage.idle();
    for (const scope of all) expect(await scope.rules(deploy())).toEqual(before);
    const texts = stage.home.inbox.messages().slice(seen);
    expect(texts).toHaveLength(6);
    for (const scope of all) {
      const { account, region } = placeOf(scope);
      const named = texts.filter(({ message }) => message.includes(`${account} ${region}`));
      expect(named, scope.name).toHaveLength(1);
    }
  });
});

describe("an attachment in a member", () => {
  it("is looked at there, told as what it exposes, and nothing is written", async () => {
    const scope = at(4);
    const tester = clientOf(scope.account, "tester");
    const input = { GroupName: "spare", Description: "spare", VpcId: seedVpc };
    const { GroupId = "" } = await tester.send(new CreateSecurityGroupCommand(input));
    await open(tester, GroupId, [port(22)]);
    await stage.idle();
    stage.mark();
    const seen = stage.home.inbox.messages().length;
    await tester.send(
      new ModifyNetworkInterfaceAttributeCommand({
        ...{ NetworkInterfaceId: "eni-0f0a1b2c3d4e50100", Groups: [deploy(), GroupId] },
      }),
    );
    await stage.later(attachmentDelay);
    const [alert, ...more] = stage.home.inbox.messages().slice(seen);
    expect(more).toEqual([]);
    expect(alert?.subject).toMatch(/^EXPOSED ingress tcp 22 from 0\.0\.0\.0\/0/);
    const found = await Promise.all(all.map(({ aws }) => aws.findings.forGroup(GroupId)));
    const exposed = found.map(list => list.filter(({ kind }) => kind === "exposure").length);
    expect(exposed).toEqual(all.map(one => (one === scope ? 1 : 0)));
    expect(all.flatMap(one => stage.callsTo(one)).length).toBe(stage.callsTo(scope).length);
    expect(writesOf(scope)).toEqual([]);
  });
});

/** Opens a rule of which the hub hears nothing, and returns the events. */
async function quietly(scope: Scope, ...rules: string[]): Promise<string[]> {
  scope.account.bus.deliver({ drop: () => true });
  const bodies = await scope.open(deploy(), ...rules);
  scope.account.bus.deliver({});
  return bodies;
}

const forgedAs = (body: string, change: object) =>
  JSON.stringify({ ...JSON.parse(body), ...change });

describe("a forged event", () => {
  const stranger = "444455556666";

  it.each([
    ["an account that is no member", { account: stranger }, `of account ${stranger}`],
    ["a region without members", { region: "us-east-1" }, "of region us-east-1"],
    ["the hub itself", { account: "999988887777", region: "eu-central-1" }, "the hub's own"],
    ["no account", { account: undefined }, "no envelope"],
  ])(
    "of %s is rejected with its reason, and nothing is read or written",
    async (_what, forged, reason) => {
      const bodies = await quietly(at(0), port(4_100));
      const dead = stage.rejected().length;
      stage.mark();
      send(...bodies.map(body => forgedAs(body, forged)));
      await stage.idle();
      expect(stage.rejected().slice(dead)).toEqual([expect.stringContaining(reason)]);
      expect(stage.callsAtHome().map(({ action }) => action)).toEqual(["SendMessage"]);
      expect(all.flatMap(scope => stage.callsTo(scope))).toEqual([]);
      send(...bodies);
      await stage.idle();
      expect(await at(0).rules(deploy())).toEqual(before);
    },
  );

  it("that names another member does nothing there, and nothing where it came from", async () => {
    const bodies = await quietly(at(0), port(4_110));
    const dead = stage.rejected().length;
    stage.mark();
    send(...bodies.map(body => forgedAs(body, placeOf(at(4)))));
    await stage.idle();
    expect(stage.rejected().slice(dead)).toHaveLength(1);
    expect(all.flatMap(scope => stage.callsTo(scope))).toEqual([]);
    expect(await at(0).rules(deploy())).toContain(port(4_110));
    send(...bodies);
    await stage.idle();
    expect(await at(0).rules(deploy())).toEqual(before);
  });

  it("put on the bus by another account does not reach the queue", async () => {
    const [body = ""] = await quietly(at(1), port(4_120));
    const bus = `arn:aws:events:${stage.home.region}:${stage.home.accountId}:event-bus/portward-members`;
    const dead = stage.rejected().length;
    expect(stage.home.cloud.forward(bus, { ...JSON.parse(body), account: stranger })).toBe(true);
    await stage.idle();
    expect(stage.rejected()).toHaveLength(dead);
    expect(stage.callsAtHome()).toEqual([]);
    send(body);
    await stage.idle();
    expect(await at(1).rules(deploy())).toEqual(before);
  });

  it("among good ones costs none of them", async () => {
    const good = await quietly(at(2), port(4_130));
    send("no JSON", ...good, forgedAs(good[0] ?? "", { account: stranger }), "[]");
    const dead = stage.rejected().length;
    await stage.idle();
    expect(stage.rejected().slice(dead)).toHaveLength(3);
    expect(await at(2).rules(deploy())).toEqual(before);
  });
});

describe("a member that cannot be reached", () => {
  /** Opens in two places at once, and sends both events together. */
  async function openInBoth(out: Scope, well: Scope, n: number): Promise<void> {
    const bodies = [...(await quietly(out, port(n))), ...(await quietly(well, port(n)))];
    stage.mark();
    send(...bodies);
    await stage.idle();
    expect(await well.rules(deploy())).toEqual(before);
    expect(await out.rules(deploy())).toContain(port(n));
  }
  const failures = () => stage.home.queues.failures().length;

  it("as its role trusts no longer, fails its own messages only, which come again", async () => {
    const [out, well] = [at(0), at(5)];
    await stage.later(3_600);
    stage.trust(placeOf(out), "another-external-id");
    const failed = failures();
    await openInBoth(out, well, 4_200);
    expect(failures()).toBe(failed + 1);
    expect(stage.callsTo(out)).toEqual([]);
    stage.trust(placeOf(out));
    await stage.later(360);
    expect(await out.rules(deploy())).toEqual(before);
  });

  it("as its role is gone, is as one that does not trust", async () => {
    const [out, well] = [at(1), at(2)];
    await stage.later(3_600);
    stage.home.cloud.removeRole(stage.roleOf(placeOf(out)));
    await openInBoth(out, well, 4_210);
    stage.trust(placeOf(out));
    await stage.later(360);
    expect(await out.rules(deploy())).toEqual(before);
  });

  it("as STS throttles, is tried again without a failure being counted", async () => {
    const [out, well] = [at(3), at(4)];
    const bodies = [...(await quietly(out, port(4_220))), ...(await quietly(well, port(4_220)))];
    await stage.later(3_600);
    // The one role is assumed first, so that the order is for the other.
    await stage.hub.at(placeOf(well));
    stage.home.faults.failNext("sts", "AssumeRole", "Throttling", 1);
    const failed = failures();
    send(...bodies);
    await stage.idle();
    expect(await well.rules(deploy())).toEqual(before);
    expect(await out.rules(deploy())).toContain(port(4_220));
    await stage.later(20);
    expect(await out.rules(deploy())).toEqual(before);
    expect(failures()).toBe(failed);
  });

  it("as its EC2 throttles or breaks, keeps no other from its turn", async () => {
    const [out, well] = [at(2), at(3)];
    for (const code of ["RequestLimitExceeded", "InternalError"]) {
      out.account.faults.decide(({ service, caller }) =>
        service === "ec2" && caller.includes("-member/") ? { code, after: false } : undefined,
      );
      await openInBoth(out, well, 4_230);
      out.account.faults.clear();
      await stage.later(360);
      expect(await out.rules(deploy())).toEqual(before);
    }
  });

  it("in time, fails its own messages, and no other place waits for it", async () => {
    const [out, well] = [at(4), at(5)];
    const bodies = [...(await quietly(out, port(4_240))), ...(await quietly(well, port(4_240)))];
    await stage.hub.at(placeOf(out));
    await stage.hub.at(placeOf(well));
    // Until the test lets it go on.
    const gate = Promise.withResolvers<void>();
    out.account.faults.onNext("ec2", "*", () => gate.promise);
    const messages = bodies.map((body, index) => ({ id: `m-${index}`, body, attempt: 0 }));
    expect(await runScopes(stage.hub, messages, { run: runBatch, milliseconds: 1_000 })).toEqual([
      "m-0",
    ]);
    expect(await well.rules(deploy())).toEqual(before);
    gate.resolve();
    send(...bodies);
    await stage.idle();
    expect(await out.rules(deploy())).toEqual(before);
  });
});

describe("the session of a role", () => {
  const scope = () => at(5);
  const assumed = () =>
    stage
      .callsAtHome()
      .filter(({ action, request }) => action === "AssumeRole" && isOf(request, scope())).length;
  const isOf = (request: unknown, one: Scope) =>
    Object(request).RoleArn === stage.roleOf(placeOf(one));
  async function openAndClose(n: number): Promise<void> {
    await scope().open(deploy(), port(n));
    await stage.idle();
    expect(await scope().rules(deploy())).toEqual(before);
  }

  it("is begun once for many events, and renewed before it ends", async () => {
    await stage.later(3_600);
    stage.mark();
    await openAndClose(4_300);
    await openAndClose(4_301);
    expect(assumed()).toBe(1);
    await stage.later(49 * 60);
    await openAndClose(4_302);
    expect(assumed()).toBe(1);
    await stage.later(2 * 60);
    await openAndClose(4_303);
    expect(assumed()).toBe(2);
  });

  it("is used to its end where it cannot be renewed, and STS is not asked for every call", async () => {
    await stage.later(3_600);
    await openAndClose(4_310);
    await stage.later(51 * 60);
    stage.home.faults.failNext("sts", "AssumeRole", "ServiceUnavailable", 1);
    stage.mark();
    await openAndClose(4_311);
    expect(assumed()).toBe(1);
    stage.home.faults.clear();
    await stage.later(60);
    await openAndClose(4_312);
    expect(assumed()).toBe(2);
  });
});

// The app as the stacks create it, in an emulator: from an event on the bus through rule, queue and the
// bundled function to tables and topic, and what becomes of a message that fails.
import {
  CreateSecurityGroupCommand,
  ModifyNetworkInterfaceAttributeCommand,
} from "@aws-sdk/client-ec2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { seedVpc } from "../../local/seed.ts";
import { clientOf, open } from "../support/deployed.ts";
import { ACCOUNT, type App, startApp, until } from "./app.ts";
import { type Bus, listenBeside } from "./bus.ts";
import { ask, json } from "./wire.ts";

const WORLD = "ingress tcp 22 from 0.0.0.0/0";
const ASKED = "ingress tcp 7002 from 10.1.2.3/32";

let app: App;

beforeAll(async () => {
  app = await startApp();
}, 240_000);
afterAll(() => app?.stop());

/** Takes the events of the local account over to a queue of the deployed app. */
async function handOver(
  from: "events" | "attached" = "events",
  QueueUrl = app.aws.config.retryQueueUrl,
): Promise<number> {
  const bodies = app.takeEvents(from);
  for (const MessageBody of bodies) {
    await json(app.emulator.url, "sqs", "AmazonSQS.SendMessage", { QueueUrl, MessageBody });
  }
  return bodies.length;
}

describe("the app in the emulator", () => {
  it("closes what an event opened, records it and tells people", async () => {
    const before = await app.rules(app.groups.deploy);
    await open(clientOf(app.account, "tester"), app.groups.deploy, [WORLD]);
    expect(await handOver()).toBe(1);
    expect(await until(async () => !(await app.rules(app.groups.deploy)).includes(WORLD))).toBe(
      true,
    );
    expect((await app.rules(app.groups.deploy)).toSorted()).toEqual(before.toSorted());
    expect(
      await until(async () => (await app.aws.findings.forGroup(app.groups.deploy)).length > 0),
    ).toBe(true);
    const [finding] = await app.aws.findings.forGroup(app.groups.deploy);
    expect(finding).toMatchObject({ rule: WORLD, outcome: "closed", actor: { name: "tester" } });
    expect(await until(async () => (await app.told()).some(text => text.includes(WORLD)))).toBe(
      true,
    );
  });

  it("finds in a full audit what no event announced, and closes it", async () => {
    const rule = "ingress tcp 23 from 0.0.0.0/0";
    await open(clientOf(app.account, "tester"), app.groups.runner, [rule]);
    app.takeEvents();
    const answer = await app.invoke("audit", { audit: true });
    expect(answer).toMatchObject({ kind: "done", report: { account: ACCOUNT } });
    expect(await app.rules(app.groups.runner)).not.toContain(rule);
  });

  it("keeps the report of that audit as files in its bucket", async () => {
    const bucket = app.graph.resources.find(({ name }) => name === "ReportsBucket");
    const list = { method: "GET", path: `/${bucket?.id}?list-type=2` };
    const found = await ask(app.emulator.url, "s3", list);
    const keys = [...found.matchAll(/<Key>(.*?)<\/Key>/g)].map(([, key = ""]) => key);
    expect(keys.map(key => key.replace(/^.*\./, ""))).toEqual(["html", "json"]);
    const page = await ask(app.emulator.url, "s3", {
      method: "GET",
      path: `/${bucket?.id}/${keys[0]}`,
    });
    expect(page).toContain("ingress tcp 23 from 0.0.0.0/0");
  });

  it("tells, by the slow queue and its own function, what an attachment exposes", async () => {
    const ec2 = clientOf(app.account, "tester");
    const made = { GroupName: "spare", Description: "spare", VpcId: seedVpc };
    const { GroupId: spare = "" } = await ec2.send(new CreateSecurityGroupCommand(made));
    await open(ec2, spare, [WORLD]);
    app.takeEvents();
    const NetworkInterfaceId = "eni-0f0a1b2c3d4e50100";
    const Groups = [app.groups.deploy, spare];
    await ec2.send(new ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId, Groups }));
    const slow = app.graph.resources.find(({ name }) => name === "AttachmentsQueueQueue");
    expect(await handOver("attached", slow?.id)).toBe(1);
    const exposed = async () =>
      (await app.aws.findings.forGroup(spare)).some(({ kind }) => kind === "exposure");
    // The queue's delay is part of the wait.
    expect((await until(exposed)) || (await until(exposed))).toBe(true);
    const isTold = async () =>
      (await app.told()).some(text => text.includes(`beside ${app.groups.deploy}`));
    expect(await until(isTold)).toBe(true);
  });

  it("sweeps", async () => {
    const rule = "ingress tcp 24 from 0.0.0.0/0";
    await open(clientOf(app.account, "tester"), app.groups.deploy, [rule]);
    await app.aws.intents.markDirty(app.groups.deploy, "test", Date.now());
    expect(await app.invoke("sweep", {})).toEqual({ groups: 1, failed: 0 });
    expect(await app.rules(app.groups.deploy)).not.toContain(rule);
  });

  it("lets nobody in over HTTP who does not sign", async () => {
    expect((await app.overHttp("GET", "/exceptions")).status).toBe(403);
  });

  it("opens an exception that another agreed to, over HTTP, and closes it when it is withdrawn", async () => {
    const [tester, alice] = [await app.userKey("tester"), await app.userKey("alice")];
    const wish = { group: app.groups.deploy, rule: ASKED, minutes: "1h", reason: "release" };
    const asked = await app.overHttp("POST", "/exceptions", { key: tester, body: wish });
    expect(asked).toMatchObject({ status: 201, body: { state: "requested" } });
    const { id, askHash: hash } = asked.body as { id: string; askHash: string };
    const approve = `/exceptions/${id}/approve`;
    const own = await app.overHttp("POST", approve, { key: tester, body: { hash } });
    expect(own.status).toBe(403);
    const agreed = await app.overHttp("POST", approve, { key: alice, body: { hash } });
    expect(agreed).toMatchObject({ status: 200, body: { state: "approved" } });
    await app.invoke("window", { exception: id, step: "start" });
    expect(await app.rules(app.groups.deploy)).toContain(ASKED);
    await app.overHttp("POST", `/exceptions/${id}/withdraw`, { key: tester, body: {} });
    await app.invoke("sweep", {});
    expect(await app.rules(app.groups.deploy)).not.toContain(ASKED);
  });
});

describe("an event on the bus of the emulator", () => {
  let bus: Bus;

  beforeAll(async () => {
    app.takeEvents();
    bus = await listenBeside(app);
  });

  /** Opens a rule by hand; the record CloudTrail makes of it. */
  async function opened(group: string, rule: string): Promise<{ eventID: string }> {
    await open(clientOf(app.account, "tester"), group, [rule]);
    const [body = "{}"] = app.takeEvents();
    return JSON.parse(body).detail;
  }
  const isGone = (group: string, rule: string) =>
    until(async () => !(await app.rules(group)).includes(rule));
  const isTold = (rule: string) =>
    until(async () => (await app.told()).some(text => text.includes(rule)));

  it("reaches the function by the pattern of the deployed rule, and only where that matches", async () => {
    const rule = "ingress tcp 2301 from 0.0.0.0/0";
    const detail = await opened(app.groups.deploy, rule);
    await bus.setConsuming(false);
    await bus.put([
      { ...detail, errorCode: "Client.InvalidPermission.Duplicate" },
      { ...detail, eventName: "DescribeSecurityGroups" },
      { ...detail, eventSource: "rds.amazonaws.com" },
      detail,
    ]);
    expect(await until(async () => (await bus.queued()) > 0)).toBe(true);
    expect(await bus.queued()).toBe(1);
    await bus.setConsuming(true);
    expect(await isGone(app.groups.deploy, rule)).toBe(true);
    expect(await until(async () => (await bus.queued()) === 0)).toBe(true);
    const found = await app.aws.findings.forGroup(app.groups.deploy);
    expect(found.find(one => one.rule === rule)).toMatchObject({ outcome: "closed" });
    expect(await isTold(rule)).toBe(true);
  });

  it("comes again alone when it fails beside one that does not, dies, and is done after redrive", async () => {
    const [good, poison] = ["ingress tcp 2302 from 0.0.0.0/0", "ingress tcp 2303 from 0.0.0.0/0"];
    const details = [
      await opened(app.groups.deploy, good),
      await opened(app.groups.runner, poison),
    ];
    let failures = 0;
    app.account.faults.decide(({ service, body }) => {
      if (service !== "ec2" || !body.includes(app.groups.runner)) return undefined;
      failures += 1;
      return { code: "InternalError", after: false };
    });
    await bus.setConsuming(false);
    await bus.put(details);
    expect(await until(async () => (await bus.queued()) === 2)).toBe(true);
    await bus.setConsuming(true);

    expect(await isGone(app.groups.deploy, good)).toBe(true);
    expect(await until(async () => /1 records, 1 partial/.test(await bus.lastBatch()))).toBe(true);
    expect(await bus.queued()).toBe(1);

    expect(await until(async () => (await bus.deadLetters()).length > 0)).toBe(true);
    const [dead, ...others] = await bus.deadLetters();
    expect(others).toEqual([]);
    expect(JSON.parse(dead?.Body ?? "{}").detail.eventID).toBe(details[1]?.eventID);
    expect(failures).toBeGreaterThanOrEqual(5);
    expect(await bus.queued()).toBe(0);

    app.account.faults.clear();
    expect(await app.rules(app.groups.runner)).toContain(poison);
    await bus.redrive();
    expect(await isGone(app.groups.runner, poison)).toBe(true);
    expect(await until(async () => (await bus.queued()) === 0)).toBe(true);
    expect(await bus.deadLetters()).toEqual([]);
    const found = await app.aws.findings.forGroup(app.groups.runner);
    expect(found.filter(one => one.rule === poison)).toMatchObject([
      { outcome: "closed", actor: { name: "tester" } },
    ]);
    expect(await isTold(poison)).toBe(true);
  });
});

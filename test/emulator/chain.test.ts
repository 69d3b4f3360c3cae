// The app as the stacks create it, in an emulator: from an event on the queue through the bundled
// function to tables and topic. EC2 is the local account's, which also makes the events, as the
// emulator's EC2 takes revokes that it does not carry out.
import { execFile } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type IncomingMessage, request } from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";
import {
  CreateSecurityGroupCommand,
  ModifyNetworkInterfaceAttributeCommand,
} from "@aws-sdk/client-ec2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AwsAccount, connect } from "../../functions/aws/account.ts";
import { activate } from "../../functions/reconcile/activate.ts";
import { readConfig } from "../../functions/wiring/config.ts";
import { attachmentEventPattern, groupEventPattern } from "../../functions/wiring/triggers.ts";
import { type Account, startAccount } from "../../local/account.ts";
import { type SeededGroups, seedFiveServers, seedVpc } from "../../local/seed.ts";
import { parseMatrix } from "../../matrix/file/parse.ts";
import { formatRule } from "../../matrix/rules/rule.ts";
import type { Synthesis } from "../../stacks/synth/resource.ts";
import { clientOf, open } from "../support/deployed.ts";
import { studioIn } from "../support/stage.ts";
import { type Emulator, startMinistack } from "./ministack.ts";
import { ask, json, query, rest } from "./wire.ts";

const ACCOUNT = "000000000000";
const REGION = "us-east-1";
const FILE = ".build/emulator.json";
const WORLD = "ingress tcp 22 from 0.0.0.0/0";
const ASKED = "ingress tcp 7002 from 10.1.2.3/32";

let account: Account;
let groups: SeededGroups;
let emulator: Emulator;
let graph: Synthesis;
let aws: AwsAccount;
let heard: string;

beforeAll(async () => {
  account = await startAccount({ accountId: ACCOUNT, region: REGION });
  groups = seedFiveServers(account);
  const patterns = { events: groupEventPattern(), attached: attachmentEventPattern() };
  for (const [name, pattern] of Object.entries(patterns)) {
    account.queues.create(name);
    const targets = [account.queues.arnOf(name)];
    account.bus.putRule({ name, pattern: { ...pattern }, targets });
  }
  emulator = await startMinistack();
  graph = await deploy();
  aws = await operator();
  heard = await listen();
  const text = studioIn("enforce").replace(
    /wang: \[.*\]/,
    `wang: ["arn:aws:iam::${ACCOUNT}:user/alice"]`,
  );
  const document = parseMatrix([{ name: "matrix.yaml", text }]);
  const { refused } = await activate(aws, document, { by: "test", note: "" });
  expect(refused).toBeUndefined();
}, 240_000);
afterAll(async () => {
  await emulator?.stop();
  await account?.stop();
});

async function deploy(): Promise<Synthesis> {
  const where = ["--endpoint", emulator.url, "--ec2", account.url, "--account", ACCOUNT];
  const script = ["test/emulator/deploy.ts", ...where, "--out", FILE];
  await promisify(execFile)(process.execPath, script, { env: { ...process.env } });
  return JSON.parse(readFileSync(FILE, "utf8"));
}

// Somebody who applies a matrix from a terminal: by the SDK's own environment, as the function is.
async function operator(): Promise<AwsAccount> {
  const remediate = graph.resources.find(({ name }) => name === "RemediateFunction");
  const environment = remediate?.inputs.environment;
  const { variables } = Object(environment) as { variables: Record<string, string> };
  Object.assign(process.env, {
    ...{ AWS_ENDPOINT_URL: emulator.url, AWS_ENDPOINT_URL_EC2: account.url, AWS_REGION: REGION },
    ...{ AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" },
  });
  return connect(readConfig({ ...variables, AWS_REGION: REGION }));
}

/** A queue on the topic, as any subscriber. */
async function listen(): Promise<string> {
  const made = await json(emulator.url, "sqs", "AmazonSQS.CreateQueue", { QueueName: "heard" });
  await query(emulator.url, "sns", "Subscribe", {
    ...{ TopicArn: aws.config.topicArn, Protocol: "sqs" },
    Endpoint: `arn:aws:sqs:${REGION}:${ACCOUNT}:heard`,
  });
  return String(made.QueueUrl);
}

async function told(): Promise<string[]> {
  const input = { QueueUrl: heard, MaxNumberOfMessages: 10, VisibilityTimeout: 0 };
  const { Messages = [] } = await json(emulator.url, "sqs", "AmazonSQS.ReceiveMessage", input);
  return (Messages as { Body: string }[]).map(({ Body }) => JSON.parse(Body).Message);
}

/** Takes the events of the local account over to a queue of the deployed app. */
async function handOver(
  from: "events" | "attached" = "events",
  QueueUrl = aws.config.retryQueueUrl,
): Promise<number> {
  const records = account.queues.messages(from).map(({ body }) => body);
  account.queues.purge(from);
  for (const MessageBody of records) {
    await json(emulator.url, "sqs", "AmazonSQS.SendMessage", { QueueUrl, MessageBody });
  }
  return records.length;
}

const rules = async (group: string): Promise<string[]> =>
  ((await aws.groups.read(group))?.group.rules ?? []).map(({ rule }) => formatRule(rule));

/** Waits until something is so, for half a minute at most. */
async function until(is: () => Promise<boolean>): Promise<boolean> {
  for (let tries = 0; tries < 60; tries += 1) {
    if (await is()) return true;
    await wait(500);
  }
  return false;
}

/** The access key of a user, who is made for it. */
async function userKey(UserName: string): Promise<string> {
  await query(emulator.url, "iam", "CreateUser", { UserName });
  const made = await query(emulator.url, "iam", "CreateAccessKey", { UserName });
  return /<AccessKeyId>(.*?)<\/AccessKeyId>/.exec(made)?.[1] ?? "";
}

/** Asks the API by the name it has in the emulator, which no resolver knows. */
async function overHttp(
  method: string,
  path: string,
  { key, body }: { key?: string; body?: object } = {},
): Promise<{ status: number | undefined; body: unknown }> {
  const host = (aws.config.apiUrl ?? "").replace(/^https?:\/\//, "");
  const scope = `Credential=${key}/20260101/${REGION}/execute-api/aws4_request`;
  const headers = {
    ...{ host, "content-type": "application/json" },
    // The emulator believes a signature, so there is none to see here.
    ...(key !== undefined && { authorization: `AWS4-HMAC-SHA256 ${scope}` }),
  };
  const sent = request(emulator.url + path, { method, headers });
  sent.end(body && JSON.stringify(body));
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  let text = "";
  for await (const chunk of response) text += chunk;
  return { status: response.statusCode, body: JSON.parse(text || "{}") };
}

const invoke = (name: string, input: object) => {
  const called = `portward-emulator-${name}`;
  return rest(emulator.url, "lambda", `/2015-03-31/functions/${called}/invocations`, input);
};

describe("the app in the emulator", () => {
  it("closes what an event opened, records it and tells people", async () => {
    const before = await rules(groups.deploy);
    await open(clientOf(account, "tester"), groups.deploy, [WORLD]);
    expect(await handOver()).toBe(1);
    expect(await until(async () => !(await rules(groups.deploy)).includes(WORLD))).toBe(true);
    expect((await rules(groups.deploy)).toSorted()).toEqual(before.toSorted());
    expect(await until(async () => (await aws.findings.forGroup(groups.deploy)).length > 0)).toBe(
      true,
    );
    const [finding] = await aws.findings.forGroup(groups.deploy);
    expect(finding).toMatchObject({ rule: WORLD, outcome: "closed", actor: { name: "tester" } });
    expect(await until(async () => (await told()).some(text => text.includes(WORLD)))).toBe(true);
  });

  it("finds in a full audit what no event announced, and closes it", async () => {
    const rule = "ingress tcp 23 from 0.0.0.0/0";
    await open(clientOf(account, "tester"), groups.runner, [rule]);
    account.queues.purge("events");
    const answer = await invoke("audit", { audit: true });
    expect(answer).toMatchObject({ kind: "done", report: { account: ACCOUNT } });
    expect(await rules(groups.runner)).not.toContain(rule);
  });

  it("keeps the report of that audit as files in its bucket", async () => {
    const bucket = graph.resources.find(({ name }) => name === "ReportsBucket");
    const list = { method: "GET", path: `/${bucket?.id}?list-type=2` };
    const found = await ask(emulator.url, "s3", list);
    const keys = [...found.matchAll(/<Key>(.*?)<\/Key>/g)].map(([, key = ""]) => key);
    expect(keys.map(key => key.replace(/^.*\./, ""))).toEqual(["html", "json"]);
    const page = await ask(emulator.url, "s3", {
      method: "GET",
      path: `/${bucket?.id}/${keys[0]}`,
    });
    expect(page).toContain("ingress tcp 23 from 0.0.0.0/0");
  });

  it("tells, by the slow queue and its own function, what an attachment exposes", async () => {
    const ec2 = clientOf(account, "tester");
    const made = { GroupName: "spare", Description: "spare", VpcId: seedVpc };
    const { GroupId: spare = "" } = await ec2.send(new CreateSecurityGroupCommand(made));
    await open(ec2, spare, [WORLD]);
    account.queues.purge("events");
    const NetworkInterfaceId = "eni-0f0a1b2c3d4e50100";
    const Groups = [groups.deploy, spare];
    await ec2.send(new ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId, Groups }));
    const slow = graph.resources.find(({ name }) => name === "AttachmentsQueueQueue");
    expect(await handOver("attached", slow?.id)).toBe(1);
    const exposed = async () =>
      (await aws.findings.forGroup(spare)).some(({ kind }) => kind === "exposure");
    // The queue's delay is part of the wait.
    expect((await until(exposed)) || (await until(exposed))).toBe(true);
    const isTold = async () =>
      (await told()).some(text => text.includes(`beside ${groups.deploy}`));
    expect(await until(isTold)).toBe(true);
  });

  it("sweeps", async () => {
    const rule = "ingress tcp 24 from 0.0.0.0/0";
    await open(clientOf(account, "tester"), groups.deploy, [rule]);
    await aws.intents.markDirty(groups.deploy, "test", Date.now());
    expect(await invoke("sweep", {})).toEqual({ groups: 1, failed: 0 });
    expect(await rules(groups.deploy)).not.toContain(rule);
  });

  it("lets nobody in over HTTP who does not sign", async () => {
    expect((await overHttp("GET", "/exceptions")).status).toBe(403);
  });

  it("opens an exception that another agreed to, over HTTP, and closes it when it is withdrawn", async () => {
    const [tester, alice] = [await userKey("tester"), await userKey("alice")];
    const wish = { group: groups.deploy, rule: ASKED, minutes: "1h", reason: "release" };
    const asked = await overHttp("POST", "/exceptions", { key: tester, body: wish });
    expect(asked).toMatchObject({ status: 201, body: { state: "requested" } });
    const { id, askHash: hash } = asked.body as { id: string; askHash: string };
    const approve = `/exceptions/${id}/approve`;
    const own = await overHttp("POST", approve, { key: tester, body: { hash } });
    expect(own.status).toBe(403);
    const agreed = await overHttp("POST", approve, { key: alice, body: { hash } });
    expect(agreed).toMatchObject({ status: 200, body: { state: "approved" } });
    await invoke("window", { exception: id, step: "start" });
    expect(await rules(groups.deploy)).toContain(ASKED);
    await overHttp("POST", `/exceptions/${id}/withdraw`, { key: tester, body: {} });
    await invoke("sweep", {});
    expect(await rules(groups.deploy)).not.toContain(ASKED);
  });
});

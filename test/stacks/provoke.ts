// Makes every function do everything it does, each situation as small as it can be. What is missing here
// shows as an idle grant in test/stacks/granted-calls.test.ts.
import {
  CreateSecurityGroupCommand,
  CreateVpcCommand,
  DescribeManagedPrefixListsCommand,
  ModifyManagedPrefixListCommand,
  ModifyNetworkInterfaceAttributeCommand,
} from "@aws-sdk/client-ec2";
import type { KeyName } from "../../local/identities.ts";
import { NOTIFY_QUEUE } from "../../local/notifier.ts";
import { seedVpc } from "../../local/seed.ts";
import { parseMatrix } from "../../matrix/file/parse.ts";
import { forgetSchedules } from "../support/exception-stage.ts";
import { signedFetch } from "../support/signed.ts";
import { allow, BOB, buttonOf, deny, type Slack, startSlack } from "../support/slack.ts";
import { type Stage, studioIn } from "../support/stage.ts";
import type { Separate } from "./separate.ts";

/** In the matrix, within bounds. */
export const NAMED = "pl-0a1b2c3d4e5f60001";
/** In no matrix. */
export const OTHER = "pl-0a1b2c3d4e5f60002";
const WORLD = "ingress tcp 22 from 0.0.0.0/0";
const REQUIRED = "ingress tcp 7002 from 172.21.138.91/32";
const OUT = "egress tcp 25 to 198.51.100.9/32";

/** Provokes all of it. */
export async function provoke(separate: Separate): Promise<void> {
  await prepare(separate);
  await events(separate);
  await bySweep(separate);
  await byAttachment(separate);
  await byAudit(separate);
  await byWindow(separate);
  await overHttp(separate);
  await byCanary(separate);
}

async function prepare(separate: Separate): Promise<void> {
  const { stage } = separate;
  const { accountId: account, region, ec2 } = stage.account;
  for (const prefixListId of [NAMED, OTHER]) {
    const entries = [{ cidr: "10.1.0.0/16" }];
    ec2.seed.prefixList(
      { account, region },
      { prefixListId, name: prefixListId, entries, maxEntries: 9 },
    );
  }
  await force(separate);
}

/** Puts the matrix of all this into force. */
const force = ({ applyPeople }: Separate): Promise<void> =>
  applyPeople(document => ({ ...document, ...withList() }));

function withList() {
  const { networks, flows } = parseMatrix([{ name: "matrix.yaml", text: listedText() }]);
  return { networks, flows };
}

/** The example with a list that a flow names. */
export const listedText = (): string =>
  studioIn("enforce")
    .replace(
      "networks:\n",
      `networks:\n  lists: [{ list: ${NAMED}, within: [10.1.0.0/16] }]\n  all: [public]\n`,
    )
    .replace(
      "flows:\n",
      "flows:\n  - { from: lists, to: deploy, ports: tcp 8443, need: allowed }\n  - { from: public, to: api, ports: tcp 8444 }\n",
    );

/** The groups of an account, and what somebody does to them. */
export type Spoilt = Pick<Stage, "groups" | "open" | "take" | "as" | "idle">;

/** Everything that can be wrong with groups, and has to be put right. */
export async function spoil({ stage }: { stage: Spoilt }): Promise<void> {
  const { api, deploy, runner } = stage.groups;
  const wrong: readonly [string, string][] = [
    ...[WORLD, `ingress tcp 8443 from ${OTHER}`, `ingress tcp 8443 from ${NAMED}`].map(
      (rule): [string, string] => [deploy, rule],
    ),
    [runner, OUT],
    [api, "ingress tcp 9999 from 198.51.100.9/32"],
  ];
  for (const [group, rule] of wrong) await anyhow(stage.open(group, rule));
  await anyhow(stage.take(deploy, REQUIRED));
  await anyhow(stage.take(runner, "egress tcp 7002 to 172.21.138.100/32"));
  await anyhow(widen(stage));
  await stage.idle();
}

// It is there, or gone, already.
async function anyhow(change: Promise<unknown>): Promise<void> {
  try {
    await change;
  } catch (thrown) {
    if (!/Duplicate|NotFound|already/.test(String(thrown))) throw thrown;
  }
}

async function widen({ as }: Spoilt): Promise<void> {
  const ec2 = as("tester");
  const { PrefixLists = [] } = await ec2.send(
    new DescribeManagedPrefixListsCommand({ PrefixListIds: [NAMED] }),
  );
  await ec2.send(
    new ModifyManagedPrefixListCommand({
      PrefixListId: NAMED,
      CurrentVersion: PrefixLists[0]?.Version,
      AddEntries: [{ Cidr: "203.0.113.0/24" }],
    }),
  );
}

async function events(separate: Separate): Promise<void> {
  const { stage } = separate;
  const { account, groups } = stage;
  await spoil(separate);
  await stage.edit(groups.deploy, REQUIRED, "ingress tcp 7002 from 172.21.0.0/16");
  await stage.idle();
  // Which group it changed nobody knows.
  await stage.as("tester").send(new CreateVpcCommand({ CidrBlock: "10.9.0.0/16" }));
  account.queues.send("portward-remediate", "no record");
  account.faults.failNext("ec2", "DescribeSecurityGroups", "RequestLimitExceeded");
  await stage.open(groups.deploy, "ingress tcp 23 from 0.0.0.0/0");
  await stage.everyLook();
}

async function bySweep(separate: Separate): Promise<void> {
  const { stage, sweep } = separate;
  const { aws, groups } = stage;
  await stage.quietly(() => spoil(separate));
  for (const id of Object.values(groups)) await aws.intents.markDirty(id, "test", aws.clock());
  await asker(separate, "alice")("POST", "/pauses", {
    action: "pause",
    minutes: "2h",
    reason: "r",
  });
  await sweep();
  await stage.later(3_660);
  await sweep();
  await stage.later(3_660);
  await sweep();
  await asker(separate, "alice")("POST", "/pauses", {
    action: "hold",
    group: groups.api,
    reason: "r",
  });
  await sweep();
  await asker(separate, "alice")("POST", "/pauses", { action: "resume", group: groups.api });
  await windows(separate, sweep);
  // Somebody asks, and before anybody is told of it the API fails.
  stage.account.faults.failNext("sns", "Publish", "InternalError", 1);
  stage.account.faults.failNext("events", "PutEvents", "InternalError", 1);
  const rule = "ingress tcp 7002 from 10.1.2.9/32";
  const wish = { group: groups.deploy, rule, minutes: "1h", reason: "release" };
  await asker(separate, "tester")("POST", "/exceptions", wish);
  await stage.later(300);
  await sweep();
  // An audit whose event was lost is announced again.
  await stage.quietly(() => asker(separate, "alice")("POST", "/audits"));
  await stage.later(300);
  await sweep();
}

/** An interface wears groups that add up to more than any permits, and then no more. */
async function byAttachment({ stage, attachments }: Separate): Promise<void> {
  const ec2 = stage.as("tester");
  const made = { GroupName: "spare", Description: "spare", VpcId: seedVpc };
  const { GroupId: spare = "" } = await ec2.send(new CreateSecurityGroupCommand(made));
  await stage.open(spare, WORLD, `ingress tcp 8443 from ${OTHER}`);
  await stage.idle();
  const NetworkInterfaceId = "eni-0f0a1b2c3d4e50100";
  const { api, deploy } = stage.groups;
  for (const Groups of [[api, spare], [deploy, spare], [deploy]]) {
    await stage.quietly(() =>
      ec2.send(new ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId, Groups })),
    );
    const event = stage.account.bus.events().at(-1);
    // Delivered twice, as the queue may.
    for (let times = 0; times < 2; times += 1) await attachments(JSON.stringify(event));
  }
  await attachments("no record");
}

async function byAudit(separate: Separate): Promise<void> {
  const { stage, audit } = separate;
  await stage.quietly(() => spoil(separate));
  await audit();
  const ask = asker(separate, "alice");
  const text = studioIn("enforce");
  const planned = await ask("POST", "/matrix/plan", { text });
  await stage.idle();
  const { body } = await ask("GET", `/matrix/plans/${planned.body.id}`);
  const { version } = (await ask("GET", "/matrix")).body;
  const note = "test";
  await ask("PUT", "/matrix", { text, planId: body.result.id, version, note });
  await stage.idle();
  await force(separate);
}

/** Asks as the tester, and lets alice agree. */
async function approved(separate: Separate, wish: object): Promise<string> {
  const { body } = await asker(separate, "tester")("POST", "/exceptions", wish);
  const approve = `/exceptions/${body.id}/approve`;
  await asker(separate, "alice")("POST", approve, { hash: body.askHash });
  return body.id;
}

const inFive = ({ stage }: Separate): string =>
  new Date(stage.aws.clock() + 5 * 60_000).toISOString().replace(/:\d\d\.\d+Z$/, "Z");

/** Exceptions that open, are reminded of and close while groups drift. */
async function windows(separate: Separate, tick?: () => Promise<unknown>): Promise<void> {
  const { stage } = separate;
  const { api, deploy, runner } = stage.groups;
  const more = { minutes: "1h", reason: "release", start: inFive(separate) };
  await approved(separate, { group: deploy, rule: "ingress tcp 7002 from 10.1.2.3/32", ...more });
  await approved(separate, { group: runner, rule: "egress tcp 7005 to 10.1.2.3/32", ...more });
  await approved(separate, { group: api, rule: "ingress tcp 8445 from 10.1.2.3/32", ...more });
  // On both sides: one group has the exception, the other one a pointer to it.
  await approved(separate, { from: "runner", to: "workspace", ports: "tcp 7001", ...more });
  if (tick) forgetSchedules(stage.account);
  for (const minutes of [5, 45, 20]) {
    await stage.quietly(() => spoil(separate));
    await stage.later(minutes * 60);
    await tick?.();
  }
}

async function byWindow(separate: Separate): Promise<void> {
  await separate.rest();
  await windows(separate);
  // What is left open while a pause lasts is recorded once, and found again.
  const ask = asker(separate, "alice");
  await ask("POST", "/pauses", { action: "pause", minutes: "8h", reason: "r" });
  await windows(separate);
  await separate.audit();
  await separate.audit();
  await ask("POST", "/pauses", { action: "resume" });
}

async function overHttp(separate: Separate): Promise<void> {
  const { stage, rest } = separate;
  await rest();
  const ask = asker(separate, "alice");
  const tester = asker(separate, "tester");
  const shown = ["/health", "/openapi.json", "/status", "/matrix", "/matrix?version=1"];
  for (const path of [...shown, "/findings", "/exceptions"]) await ask("GET", path);
  await stage.open(stage.groups.deploy, "ingress tcp 7002 from 10.1.2.4/32");
  await stage.idle();
  const found = await ask("GET", `/findings?group=${stage.groups.deploy}&limit=9`);
  const finding = found.body.items.find((one: { outcome: string }) => one.outcome === "closed").id;
  await ask("GET", `/findings/${finding}`);
  const flow = { from: "runner", to: "workspace", ports: "tcp 7001" };
  await approved(separate, { ...flow, minutes: "1h", reason: "release" });
  await stage.open(stage.groups.runner, OUT);
  await stage.open(stage.groups.workspace, WORLD);
  await stage.idle();
  const undo = { minutes: 60, reason: "release" };
  const first = await tester("POST", `/findings/${finding}/undo`, undo);
  await ask("GET", `/exceptions/${first.body.id}`);
  await ask("POST", `/exceptions/${first.body.id}/approve`, { hash: first.body.askHash });
  await tester("POST", `/exceptions/${first.body.id}/extend`, { minutes: 120, reason: "longer" });
  await tester("POST", `/exceptions/${first.body.id}/withdraw`, {});
  await linksAndClicks(separate);
}

// Whoever closes it, the canary does when nobody has.
async function byCanary({ stage, canary }: Separate): Promise<void> {
  await canary(stage.groups.runtime);
  const { accountId: account, region, ec2 } = stage.account;
  const groupId = ec2.seed.group({ account, region }, { name: "canary", vpcId: seedVpc });
  await canary(groupId);
}

async function linksAndClicks(separate: Separate): Promise<void> {
  const { stage, linksOf } = separate;
  const { account, groups } = stage;
  const slack = await startSlack(separate);
  const wish = { group: groups.deploy, minutes: "1h", reason: "release" };
  const rule = (last: number) => `ingress tcp 7002 from 10.1.2.${last}/32`;
  const ask = asker(separate, "tester");
  const before = account.inbox.messages().length;
  await ask("POST", "/exceptions", { ...wish, rule: rule(5) });
  const mails = account.inbox
    .messages()
    .slice(before)
    .filter(mail => mail.attributes.to);
  const link = new URL(linksOf(mails).alice ?? "");
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const url = account.url + link.pathname;
  await fetch(url);
  await fetch(url, {
    method: "POST",
    body: "decision=approve",
    headers: { ...headers, origin: link.origin },
  });
  const { body } = await ask("POST", "/exceptions", { ...wish, rule: rule(6) });
  const found = await ask("GET", `/findings?group=${groups.deploy}&limit=1`);
  const buttons = [
    buttonOf(body, "approve"),
    allow(found.body.items[0].id),
    deny(found.body.items[0].id),
  ];
  for (const button of buttons) {
    const sent = slack.signed(slack.body(button, BOB));
    await fetch(`${account.url}/slack/actions`, {
      method: "POST",
      headers: sent.headers as Record<string, string>,
      body: new Uint8Array(sent.rawBody),
    });
  }
  await posts(separate, slack);
  slack.stop();
}

/** Alerts that are posted, refused for now, and no alerts at all. */
async function posts({ stage }: Separate, slack: Slack): Promise<void> {
  slack.rotate({ webhooks: [{ url: `${slack.url}/hook`, form: "generic" }] });
  const { queues } = stage.account;
  let body = "";
  // The secret is read again after five minutes.
  await stage.later(600);
  for (const [port, status] of [
    [3000, 200],
    [3001, 503],
    [3002, 200],
  ] as const) {
    slack.status = status;
    await stage.open(stage.groups.deploy, `ingress tcp ${port} from 0.0.0.0/0`);
    await stage.idle();
    body = queues.messages(NOTIFY_QUEUE)[0]?.body ?? body;
    await stage.later(60);
  }
  // What was posted is delivered once more.
  queues.send(NOTIFY_QUEUE, body);
  queues.send(NOTIFY_QUEUE, "no notification");
  await stage.idle();
}

interface Told {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: what a body holds is what the asker knows.
  readonly body: any;
}

function asker({ stage }: Separate, name: KeyName) {
  const send = signedFetch(stage.account, name);
  return async (method: string, path: string, body?: object): Promise<Told> => {
    const headers = { "content-type": "application/json" };
    const init = body && { headers, body: JSON.stringify(body) };
    const response = await send(path, { method, ...init });
    const text = await response.text();
    if (response.status >= 400) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return { status: response.status, body: JSON.parse(text || "{}") };
  };
}

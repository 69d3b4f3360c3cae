// One alert brought to everybody in chat: who has it, who is tried again, who never will have it.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { AwsAccount } from "../../../functions/aws/account.ts";
import type { ChatTarget } from "../../../functions/aws/chat-targets.ts";
import { deliver } from "../../../functions/reconcile/deliver.ts";
import { alertFor } from "../../../matrix/alert/alert.ts";
import { chatDetail } from "../../../matrix/alert/chat-text.ts";
import { findingOf } from "../../support/findings.ts";
import { type LogLine, logInto } from "../../support/logged.ts";
import { ownPieces } from "../../support/pieces.ts";
import { type Receiver, type Reply, startReceiver } from "../../support/receiver.ts";

const pieces = ownPieces();
let receiver: Receiver;
let aws: AwsAccount;
let lines: LogLine[];
let outcomes: string[];
beforeAll(async () => {
  receiver = await startReceiver();
});
beforeEach(() => {
  const own = pieces.fresh();
  [lines, outcomes] = [[], []];
  const deliveries: AwsAccount["deliveries"] = {
    ...own.deliveries,
    finish(message, target, now, outcome) {
      outcomes.push(`${target}: ${outcome}`);
      return own.deliveries.finish(message, target, now, outcome);
    },
  };
  aws = { ...own, deliveries, log: logInto(lines) };
});
afterAll(() => receiver.stop());

const alert = alertFor([findingOf({ id: "f-feci5krfm5sp", occurrence: 1 })]);
const notification = { id: "m-1", alert: { subject: alert.subject, detail: chatDetail(alert) } };
let paths = 0;

/** A receiver that answers so. */
function target(form: ChatTarget["form"], reply: Reply = {}): ChatTarget & { path: string } {
  paths += 1;
  const path = `/hook/${paths}`;
  receiver.reply(path, reply);
  return { id: `t-${paths}`, name: `webhook ${paths}`, url: receiver.url(path), form, path };
}

function delivered(
  targets: readonly ChatTarget[],
  { resting = new Set<string>(), hasButtons = false, allowLoopback = true } = {},
): Promise<boolean> {
  const to = { targets, hosts: new Set<string>(), hasButtons, problems: [] };
  return deliver(aws, notification, "the body", { to, resting, allowLoopback });
}

const bodies = ({ path }: { path: string }) => receiver.received(path).map(({ body }) => body);
const rejected = () =>
  pieces.account.queues
    .messages("portward-dead-letters")
    .map(({ body, attributes }) => [
      ...[body, attributes.messageId?.StringValue, attributes.reason?.StringValue],
    ]);

describe("an alert", () => {
  it("goes to every receiver in its form, once", async () => {
    const [slack, hook, ding] = [target("slack"), target("generic"), target("dingtalk")];
    expect(await delivered([slack, hook, ding])).toBe(true);
    expect(await delivered([slack, hook, ding])).toBe(true);
    for (const one of [slack, hook, ding]) expect(bodies(one)).toHaveLength(1);
    expect(JSON.parse(bodies(slack)[0] ?? "")).toHaveProperty("blocks");
    expect(JSON.parse(bodies(hook)[0] ?? "")).toMatchObject({ source: "portward", version: "1" });
    expect(JSON.parse(bodies(ding)[0] ?? "")).toHaveProperty("msgtype");
    expect(outcomes).toEqual([slack, hook, ding].map(({ id }) => `${id}: posted`));
    expect(lines).toEqual([]);
  });

  it.each([true, false])("has buttons only where clicks are taken: %s", async hasButtons => {
    const slack = target("slack");
    await delivered([slack], { hasButtons });
    expect(bodies(slack)[0]?.includes("finding:allow:60")).toBe(hasButtons);
  });

  it("that somebody else is posting is to come again", async () => {
    const [busy, free] = [target("generic"), target("generic")];
    await aws.deliveries.begin("m-1", busy.id, aws.clock());
    expect(await delivered([busy, free])).toBe(false);
    expect([bodies(busy).length, bodies(free).length]).toEqual([0, 1]);
  });

  it("is not posted to who rests, and is to come again", async () => {
    const [tired, free] = [target("generic"), target("generic")];
    expect(await delivered([tired, free], { resting: new Set([tired.id]) })).toBe(false);
    expect([bodies(tired).length, bodies(free).length]).toEqual([0, 1]);
    expect(await delivered([tired, free])).toBe(true);
    expect([bodies(tired).length, bodies(free).length]).toEqual([1, 1]);
  });
});

describe("a receiver that says not now", () => {
  it("rests, holds up nobody, and is tried again", async () => {
    const [slow, free] = [target("slack", { status: 503 }), target("generic")];
    const resting = new Set<string>();
    expect(await delivered([slow, free], { resting })).toBe(false);
    expect([...resting]).toEqual([slow.id]);
    expect(bodies(free)).toHaveLength(1);
    expect(lines).toMatchObject([{ level: "warn", fields: { target: slow.name } }]);
    expect(lines[0]?.fields.because).toMatch(/503/);
    receiver.reply(slow.path, {});
    expect(await delivered([slow, free])).toBe(true);
    expect([bodies(slow).length, bodies(free).length]).toEqual([2, 1]);
    expect(outcomes).toEqual([`${free.id}: posted`, `${slow.id}: posted`]);
  });
});

describe("a receiver that refuses", () => {
  it("is tried no more, and the message is kept with the reason", async () => {
    const [gone, free] = [target("slack", { status: 410 }), target("generic")];
    expect(await delivered([gone, free])).toBe(true);
    expect(rejected().at(-1)).toEqual([
      ...["the body", "m-1", expect.stringMatching(`^${gone.name}: status 410`)],
    ]);
    expect(outcomes).toEqual([`${gone.id}: refused`, `${free.id}: posted`]);
    expect(lines).toMatchObject([{ level: "error", fields: { target: gone.name } }]);
    expect(await delivered([gone, free])).toBe(true);
    expect([bodies(gone).length, bodies(free).length]).toEqual([1, 1]);
  });

  it("is also one that may not be posted to", async () => {
    const here = target("generic");
    expect(await delivered([here], { allowLoopback: false })).toBe(true);
    expect([bodies(here).length, outcomes]).toEqual([0, [`${here.id}: refused`]]);
  });
});

describe("a robot", () => {
  it.each<[ChatTarget["form"], string, string]>([
    ["dingtalk", '{"errcode":0}', "posted"],
    ["feishu", '{"code":0}', "posted"],
    ["feishu", '{"StatusCode":0}', "posted"],
    ["wecom", "{}", "posted"],
    ["wecom", "<html>", "posted"],
    ["wecom", "null", "posted"],
    ["dingtalk", '{"errcode":310000}', "refused"],
    ["feishu", '{"code":19001}', "refused"],
    ["feishu", '{"StatusCode":19001}', "refused"],
    ["wecom", '{"errcode":0,"code":5}', "posted"],
    ["dingtalk", '{"errcode":130101}', "later"],
    ["dingtalk", '{"errcode":130102}', "later"],
    ["wecom", '{"errcode":45009}', "later"],
    ["feishu", '{"code":11232}', "later"],
    ["feishu", '{"code":9499}', "later"],
    ["generic", '{"errcode":45009}', "posted"],
    ["slack", '{"errcode":45009}', "posted"],
  ])("of form %s that answers %s has it %s", async (form, body, end) => {
    const robot = target(form, { body });
    expect(await delivered([robot])).toBe(end !== "later");
    expect(outcomes).toEqual(end === "later" ? [] : [`${robot.id}: ${end}`]);
    const code = /\d{4,}/.exec(body)?.[0] ?? "";
    if (end !== "posted") expect(lines[0]?.fields.because).toContain(`code ${code}`);
  });

  it("that fails as others do is tried again, whatever it says", async () => {
    const robot = target("wecom", { status: 500, body: '{"errcode":0}' });
    expect(await delivered([robot])).toBe(false);
  });
});

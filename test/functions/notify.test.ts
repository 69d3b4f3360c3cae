// Alerts to chat, from the rule that is opened to the bytes a receiver gets: through the topic, the
// queue and the function, with receivers that answer, refuse, are slow, or send elsewhere.
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { NOTIFY_DEAD_LETTERS, NOTIFY_QUEUE } from "../../local/notifier.ts";
import { keepChatSecret } from "../support/chat.ts";
import { type Receiver, startReceiver } from "../support/receiver.ts";
import { type Stage, startStage, studioIn } from "../support/stage.ts";

const SECRET = "portward/chat";
const SLACK = "/services/T0/B0/token";
const HOOK = "/hook";
const MINUTE = 60;

let receiver: Receiver;
let stage: Stage;
let port = 9_000;

beforeAll(async () => {
  receiver = await startReceiver();
  stage = await startStage(studioIn("enforce"), {
    deploy: { chatSecret: SECRET, chatLoopback: true },
  });
  await keepChatSecret(stage.account, SECRET, {
    slackWebhook: receiver.url(SLACK),
    webhooks: [{ url: receiver.url(HOOK), form: "generic" }],
    signingSecret: "0123456789abcdef",
  });
});
afterEach(async () => {
  for (const path of [SLACK, HOOK]) receiver.reply(path, {});
  await stage.later(10 * MINUTE);
  stage.account.queues.purge(NOTIFY_DEAD_LETTERS);
});
afterAll(async () => {
  await stage.stop();
  await receiver.stop();
});

/** Opens a port nobody opened before, and returns what each receiver got for it. */
async function alert(): Promise<{ rule: string; got: (path: string) => string[] }> {
  port += 1;
  const rule = `ingress tcp ${port} from 0.0.0.0/0`;
  await stage.open(stage.groups.deploy, rule);
  await stage.idle();
  const got = (path: string) =>
    receiver
      .received(path)
      .map(({ body }) => body)
      .filter(body => body.includes(rule));
  return { rule, got };
}

const deadLetters = () =>
  stage.account.queues
    .messages(NOTIFY_DEAD_LETTERS)
    .map(({ attributes }) => attributes.reason?.StringValue);
const waiting = () => stage.account.queues.messages(NOTIFY_QUEUE).length;

it("posts what was closed to everybody, once, as JSON", async () => {
  const { rule, got } = await alert();
  const [slack] = got(SLACK);
  const message = JSON.parse(slack ?? "{}");
  expect(message.text).toMatch(new RegExp(`^CLOSED ${rule.replaceAll(".", "\\.")} on deploy`));
  expect(message.blocks[0]).toEqual({
    type: "header",
    text: { type: "plain_text", text: `CLOSED ${rule}`, emoji: false },
  });
  expect(JSON.parse(got(HOOK)[0] ?? "{}")).toMatchObject({
    ...{ version: "1", source: "portward", outcome: "closed", title: `CLOSED ${rule}` },
    findings: [{ rule, actor: { name: "tester" } }],
  });
  expect([got(SLACK).length, got(HOOK).length, waiting()]).toEqual([1, 1, 0]);
  const [request] = receiver.received(SLACK);
  expect(request).toMatchObject({
    method: "POST",
    headers: { "content-type": "application/json; charset=utf-8" },
  });
});

it.each([
  ["429", { status: 429, headers: { "retry-after": "30" } }],
  ["500", { status: 500, body: "<html>" }],
  ["nothing within five seconds", { after: 6_000 }],
])("tries a receiver that answers %s again, and no other twice", async (_, reply) => {
  receiver.reply(SLACK, reply);
  const { got } = await alert();
  expect([got(SLACK).length, got(HOOK).length, waiting()]).toEqual([1, 1, 1]);
  receiver.reply(SLACK, {});
  await stage.later(MINUTE + 1);
  expect([got(SLACK).length, got(HOOK).length, waiting()]).toEqual([2, 1, 0]);
  expect(deadLetters()).toEqual([]);
});

it.each([
  ["400", { status: 400, body: "invalid_payload" }, /^slack: status 400: invalid_payload$/],
  ["403", { status: 403 }, /^slack: status 403/],
  ["404", { status: 404 }, /^slack: status 404/],
  ["410", { status: 410 }, /^slack: status 410/],
  ["a redirect", { status: 302, headers: { location: "/elsewhere" } }, /^slack: status 302/],
])(
  "does not try a receiver again that answers %s, and keeps the message with its reason",
  async (_, reply, reason) => {
    receiver.reply(SLACK, reply);
    const { got } = await alert();
    expect(deadLetters()).toEqual([expect.stringMatching(reason)]);
    receiver.reply(SLACK, {});
    await stage.later(MINUTE + 1);
    expect([got(SLACK).length, got(HOOK).length, waiting()]).toEqual([1, 1, 0]);
    expect(receiver.received("/elsewhere")).toEqual([]);
  },
);

it("keeps what is no notification, with its reason", async () => {
  stage.account.queues.send(NOTIFY_QUEUE, "no envelope");
  await stage.idle();
  expect([deadLetters(), waiting()]).toEqual([["it is no notification of SNS"], 0]);
});

it("names no address in the log", async () => {
  receiver.reply(SLACK, { status: 410, body: "gone" });
  await alert();
  const lines = JSON.stringify(stage.log());
  expect(lines).toContain("a chat message was refused");
  expect(lines).not.toContain(SLACK);
  expect(deadLetters().join()).not.toContain(SLACK);
});

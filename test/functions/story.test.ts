// The whole story over HTTP, as people live it: a port is opened and closed again; who needs it asks,
// may not answer himself, somebody else does; it opens, it ends, it closes. Every message that goes out
// by the way is held against what SNS, mail and Slack take.
import { afterAll, beforeAll, expect, it } from "vitest";
import type { KeptException } from "../../functions/aws/stores/exception-item.ts";
import type { KeyName } from "../../local/identities.ts";
import { type Answered, type ApiStage, startApi } from "../support/api.ts";
import { keepChatSecret } from "../support/chat.ts";
import { open } from "../support/deployed.ts";
import { publishedFaults, slackFaults } from "../support/message-limits.ts";
import { type Receiver, startReceiver } from "../support/receiver.ts";

const SECRET = "portward/chat";
const SLACK = "/services/T0/B0/token";
const RULE = "ingress tcp 7002 from 10.1.2.3/32";
const MINUTE = 60;

let receiver: Receiver;
let stage: ApiStage;

beforeAll(async () => {
  receiver = await startReceiver();
  stage = await startApi("enforce", { chatSecret: SECRET, chatLoopback: true });
  await keepChatSecret(stage.account, SECRET, { slackWebhook: receiver.url(SLACK) });
});
afterAll(async () => {
  await stage.stop();
  await receiver.stop();
});

/** The first words of what people were told since the mark. */
const told = (): string[] =>
  stage
    .alerts()
    .filter(({ topicArn }) => topicArn === stage.aws.config.topicArn)
    .map(({ subject = "" }) => subject.split(` ${RULE}`)[0] ?? "");

const asks = (name: KeyName, path: string, body?: unknown): Promise<Answered> =>
  stage.ask(name)("POST", path, body);

it("a port is opened, closed, asked for, refused, approved, opened, and closed at its end", async () => {
  const { deploy } = stage.groups;
  const before = await stage.rules(deploy);

  await open(stage.as("alice"), deploy, [RULE]);
  await stage.idle();
  expect(await stage.rules(deploy)).toEqual(before);
  expect(told()).toEqual(["CLOSED"]);
  const [finding] = (await stage.ask("alice")("GET", `/findings?group=${deploy}`)).body.items;
  expect(finding).toMatchObject({
    rule: RULE,
    outcome: "closed",
    actor: { name: "alice@example.com" },
  });

  const wish = { minutes: 60, reason: "the release of today", open: true };
  const asked = await asks("tester", `/findings/${finding.id}/undo`, wish);
  expect(asked).toMatchObject({ status: 201, body: { state: "requested", rule: RULE } });
  const { id, askHash: hash } = asked.body as KeptException;
  expect(told().at(1)).toBe("EXCEPTION REQUESTED");

  // The gateway knows that the tester approves nothing; the life of an exception, that alice made the rule.
  expect((await asks("tester", `/exceptions/${id}/approve`, { hash })).status).toBe(403);
  const own = await asks("alice", `/exceptions/${id}/approve`, { hash });
  expect(own).toMatchObject({ status: 403, body: { type: "urn:portward:problem:own-rule" } });
  expect(await stage.rules(deploy)).toEqual(before);

  const approved = await asks("bob", `/exceptions/${id}/approve`, { hash });
  expect(approved).toMatchObject({ status: 200, body: { state: "approved" } });
  await stage.later(3);
  expect(await stage.rules(deploy)).toEqual([...before, RULE].toSorted());
  expect(told().slice(-2)).toEqual(["EXCEPTION APPROVED", "EXCEPTION OPENED"]);

  await stage.later(46 * MINUTE);
  expect(told().at(-1)).toBe("EXCEPTION ENDING");
  expect(await stage.rules(deploy)).toContain(RULE);

  await stage.later(15 * MINUTE);
  expect(await stage.rules(deploy)).toEqual(before);
  expect(told().at(-1)).toBe("EXCEPTION ENDED");
  const { body: shown } = await stage.ask("tester")("GET", `/exceptions/${id}`);
  expect(shown.history.map(({ action }: { action: string }) => action)).toEqual([
    ...["request", "approve", "start", "end"],
  ]);

  expect(stage.account.inbox.messages().flatMap(publishedFaults)).toEqual([]);
  const posts = receiver.received(SLACK).map(({ body }) => body);
  expect(posts.flatMap(slackFaults)).toEqual([]);
  expect(posts.map(body => JSON.parse(body).text.split(` ${RULE}`)[0])).toEqual(told());
});

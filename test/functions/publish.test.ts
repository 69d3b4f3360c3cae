// Publishing an alert: what SNS and the event bus get through the real clients, and that a failure
// of either is the caller's to know.
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { CreateTopicCommand, SNSClient } from "@aws-sdk/client-sns";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { publisher } from "../../functions/aws/publish.ts";
import { type Account, startAccount } from "../../local/account.ts";
import { type Alert, alertFor } from "../../matrix/alert/alert.ts";
import { chatbotMessage } from "../../matrix/alert/chatbot-message.ts";
import { findingOf } from "../support/findings.ts";
import { clientOptions } from "../support/stored.ts";

let account: Account;
let topicArn: string;
let publish: (alert: Alert) => Promise<void>;
const eventBus = "default";

beforeAll(async () => {
  account = await startAccount();
  const options = { ...clientOptions(account), maxAttempts: 1 };
  const sns = new SNSClient(options);
  const topic = await sns.send(new CreateTopicCommand({ Name: "portward-alerts" }));
  topicArn = topic.TopicArn ?? "";
  publish = publisher(sns, new EventBridgeClient(options), { topicArn, eventBus });
});
beforeEach(() => account.faults.clear());
afterAll(() => account.stop());

const since = () => ({
  messages: account.inbox.messages().length,
  events: account.bus.events().length,
});
const after = (start: ReturnType<typeof since>) => ({
  messages: account.inbox.messages().slice(start.messages),
  events: account.bus.events().slice(start.events),
});

test("people get subject, text and attributes to filter by", async () => {
  const start = since();
  const alert = alertFor([findingOf()]);
  await publish(alert);
  expect(after(start).messages).toMatchObject([
    {
      ...{ topicArn, subject: alert.subject, message: alert.text },
      attributes: {
        outcome: { type: "String", value: "closed" },
        group: { type: "String", value: "sg-0a1b2c3d" },
        kind: { type: "String", value: "drift" },
        severity: { type: "String", value: "medium" },
      },
    },
  ]);
});

test("queues get the alert as JSON, and Amazon Q Developer the form it shows", async () => {
  const start = since();
  const alert = alertFor([findingOf()]);
  await publish(alert);
  const { sqs = "", https = "" } = after(start).messages[0]?.forms ?? {};
  expect(JSON.parse(sqs)).toEqual(alert.detail);
  expect(JSON.parse(https)).toEqual(chatbotMessage(alert));
});

test("machines get the same as an event of source portward", async () => {
  const start = since();
  const alert = alertFor([findingOf()]);
  await publish(alert);
  expect(after(start).events).toMatchObject([
    { source: "portward", "detail-type": "Portward Finding", detail: alert.detail },
  ]);
});

test("the largest alert there can be is taken by both", async () => {
  const start = since();
  const text = "名".repeat(5_000);
  const texts = Array.from({ length: 100 }, () => text);
  const large = findingOf({ because: text, notes: texts, after: texts, calls: texts, owed: texts });
  const findings = Array.from({ length: 1_000 }, (_, n) => ({ ...large, id: `f-${n}` }));
  await publish(alertFor(findings));
  expect(after(start).messages).toHaveLength(1);
  expect(after(start).events).toHaveLength(1);
});

test("people are told first: when SNS fails no event is sent", async () => {
  const start = since();
  account.faults.failNext("sns", "Publish", "Throttling");
  await expect(publish(alertFor([findingOf()]))).rejects.toThrow();
  expect(after(start)).toEqual({ messages: [], events: [] });
});

test("a failing event bus is an error although people were told", async () => {
  const start = since();
  account.faults.failNext("events", "PutEvents", "ThrottlingException");
  await expect(publish(alertFor([findingOf()]))).rejects.toThrow("ThrottlingException");
  expect(after(start).messages).toHaveLength(1);
});

test("an entry that the bus refuses in a good answer is an error", async () => {
  const options = clientOptions(account);
  const events = new EventBridgeClient(options);
  // EventBridge refuses entries of its own sources one by one, in an answer that is no error.
  events.middlewareStack.add(
    next => args => {
      const { Entries } = args.input as { Entries: { Source: string }[] };
      return next({
        ...args,
        input: { Entries: Entries.map(one => ({ ...one, Source: "aws.x" })) },
      });
    },
    { step: "initialize" },
  );
  const refused = publisher(new SNSClient(options), events, { topicArn, eventBus });
  await expect(refused(alertFor([findingOf()]))).rejects.toThrow(
    "the event bus refused the event Portward Finding: NotAuthorizedForSourceException",
  );
});

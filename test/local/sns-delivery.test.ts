import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  ConfirmSubscriptionCommand,
  CreateTopicCommand,
  GetSubscriptionAttributesCommand,
  type MessageAttributeValue,
  PublishCommand,
  SetSubscriptionAttributesCommand,
  SNSClient,
  SubscribeCommand,
  UnsubscribeCommand,
} from "@aws-sdk/client-sns";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Account, startAccount } from "../../local/account.ts";
import { clientConfig, errorName } from "./client-config.ts";

let account: Account;
let sns: SNSClient;
let count = 0;
beforeAll(async () => {
  account = await startAccount();
  sns = new SNSClient(clientConfig(account));
});
afterAll(() => account.stop());

async function newTopic() {
  const { TopicArn = "" } = await sns.send(new CreateTopicCommand({ Name: `topic-${++count}` }));
  const publish = (more: object = {}) =>
    sns.send(new PublishCommand({ TopicArn, Message: "m", ...more }));
  const subscribe = (Protocol: string, Endpoint: string, Attributes: Record<string, string> = {}) =>
    sns.send(
      new SubscribeCommand({
        ...{ TopicArn, Protocol, Endpoint, Attributes },
        ReturnSubscriptionArn: true,
      }),
    );
  const confirm = (Token: string) => sns.send(new ConfirmSubscriptionCommand({ TopicArn, Token }));
  return { TopicArn, publish, subscribe, confirm };
}

/** A queue subscribed to a new topic, and the bodies it has. */
async function subscribedQueue(Attributes: Record<string, string> = {}) {
  const topic = await newTopic();
  const { arn, name } = account.queues.create(`queue-${count}`);
  const { SubscriptionArn = "" } = await topic.subscribe("sqs", arn, Attributes);
  const messages = () => account.queues.messages(name);
  return { ...topic, SubscriptionArn, messages };
}

/** Somebody who subscribed to a topic by mail and confirmed; his mails. */
async function reader(topic: Awaited<ReturnType<typeof newTopic>>, to: string, policy?: object) {
  await topic.subscribe("email", to, policy ? { FilterPolicy: JSON.stringify(policy) } : {});
  await topic.confirm(account.inbox.tokenOf(topic.TopicArn, to) ?? "");
  return () =>
    account.inbox.mails().filter(mail => mail.to === to && mail.topicArn === topic.TopicArn);
}

const text = (StringValue: string) => ({ DataType: "String", StringValue });

describe("a subscribed queue", () => {
  it("gets a message in SNS's envelope", async () => {
    const { TopicArn, publish, messages } = await subscribedQueue();
    const MessageAttributes = { kind: text("drift") };
    const { MessageId } = await publish({ Subject: "S", Message: "text 放", MessageAttributes });
    expect(messages().map(({ body }) => JSON.parse(body))).toEqual([
      {
        Type: "Notification",
        MessageId,
        TopicArn,
        Subject: "S",
        Message: "text 放",
        Timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z$/),
        SignatureVersion: "1",
        Signature: expect.any(String),
        SigningCertURL: expect.stringContaining("https://sns.ap-southeast-1.amazonaws.com/"),
        UnsubscribeURL: expect.stringContaining("Action=Unsubscribe"),
        MessageAttributes: { kind: { Type: "String", Value: "drift" } },
      },
    ]);
  });

  it("gets the bare message and its attributes with raw delivery", async () => {
    const { publish, messages } = await subscribedQueue({ RawMessageDelivery: "true" });
    await publish({ Message: "bare", MessageAttributes: { kind: text("drift") } });
    expect(messages()).toMatchObject([{ body: "bare", attributes: { kind: text("drift") } }]);
  });

  it("is handed on to the function that consumes it", async () => {
    const { TopicArn, publish, subscribe } = await newTopic();
    const { arn, name } = account.queues.create("consumed");
    await subscribe("sqs", arn, { RawMessageDelivery: "true" });
    const bodies: string[] = [];
    account.queues.consume(name, {
      handler: async ({ Records }) => void bodies.push(...Records.map(({ body }) => body)),
    });
    await publish({ Message: `to ${TopicArn}` });
    await account.idle();
    expect(bodies).toEqual([`to ${TopicArn}`]);
  });

  it("gets nothing more once it is unsubscribed", async () => {
    const { publish, messages, SubscriptionArn } = await subscribedQueue();
    await sns.send(new UnsubscribeCommand({ SubscriptionArn }));
    await publish();
    expect(messages()).toEqual([]);
    const get = new GetSubscriptionAttributesCommand({ SubscriptionArn });
    expect(await errorName(sns.send(get))).toBe("NotFoundException");
  });
});

describe("a message with a text for each protocol", () => {
  it("comes to each in his own, and to others in the default one", async () => {
    const topic = await newTopic();
    const mails = await reader(topic, "wang@example.com");
    const [first, second] = ["own", "raw"].map(name => account.queues.create(`forms-${name}`));
    await topic.subscribe("sqs", first?.arn ?? "", { RawMessageDelivery: "true" });
    const forms = { default: "d", sqs: `{"kind":"drift"}`, email: "e", number: 7 };
    await topic.publish({ MessageStructure: "json", Message: JSON.stringify(forms) });
    expect(account.queues.messages(first?.arn ?? "").map(one => one.body)).toEqual([forms.sqs]);
    expect(mails().map(mail => mail.text)).toEqual(["e"]);
    expect(account.inbox.messages().at(-1)).toMatchObject({
      message: "d",
      structure: "json",
      forms: { sqs: forms.sqs, email: "e" },
    });
    await topic.subscribe("sqs", second?.arn ?? "", { RawMessageDelivery: "true" });
    await topic.publish({ MessageStructure: "json", Message: `{"default":"only"}` });
    expect(account.queues.messages(second?.arn ?? "").map(one => one.body)).toEqual(["only"]);
    expect(mails().map(mail => mail.text)).toEqual(["e", "only"]);
  });
});

describe("a mail", () => {
  it("goes out only after its reader confirmed with his token", async () => {
    const topic = await newTopic();
    const { SubscriptionArn } = await topic.subscribe("email", "wang@example.com");
    await topic.publish({ Subject: "early" });
    expect(await errorName(topic.confirm("guessed"))).toBe("InvalidParameterException");
    const token = account.inbox.tokenOf(topic.TopicArn, "wang@example.com") ?? "";
    expect((await topic.confirm(token)).SubscriptionArn).toBe(SubscriptionArn);
    await topic.publish({ Subject: "late", Message: "text" });
    const mails = account.inbox.mails().filter(mail => mail.topicArn === topic.TopicArn);
    expect(mails).toEqual([
      {
        to: "wang@example.com",
        topicArn: topic.TopicArn,
        subject: "late",
        text: "text",
        at: expect.any(Number),
      },
    ]);
  });

  it("is kept over a restart, as are who confirmed and what he wants", async () => {
    const stateDir = mkdtempSync(join(tmpdir(), "portward-mails-"));
    try {
      const before = await startAccount({ stateDir });
      const arn = "arn:aws:sns:ap-southeast-1:111122223333:kept";
      const attributes = { FilterPolicy: `{"kind":["a"]}` };
      const one = { protocol: "email", endpoint: "wang@example.com", confirmed: true, attributes };
      const subscriptions = [{ arn: `${arn}:1`, ...one }];
      before.inbox.putTopic({ arn, attributes: {}, subscriptions });
      const publish = (to: Account, kind: string) =>
        new SNSClient(clientConfig(to)).send(
          new PublishCommand({
            TopicArn: arn,
            Message: kind,
            MessageAttributes: { kind: text(kind) },
          }),
        );
      await publish(before, "a");
      await before.stop();
      const after = await startAccount({ stateDir });
      await publish(after, "b");
      await publish(after, "a");
      expect(after.inbox.mails().map(mail => mail.text)).toEqual(["a", "a"]);
      await after.stop();
    } finally {
      rmSync(stateDir, { recursive: true, force: true });
    }
  });

  it("goes to those whose filter it passes", async () => {
    const topic = await newTopic();
    const mine = await reader(topic, "a@example.com", { approver: ["a@example.com"] });
    const other = await reader(topic, "b@example.com", { approver: ["b@example.com"] });
    await topic.publish({ MessageAttributes: { approver: text("a@example.com") } });
    await topic.publish();
    expect([mine().length, other().length]).toEqual([1, 0]);
  });
});

describe("a filter policy", () => {
  const array = (values: string[]) => ({
    DataType: "String.Array",
    StringValue: JSON.stringify(values),
  });
  it.each<[object, Record<string, MessageAttributeValue>, boolean]>([
    [{ kind: ["a", "b"] }, { kind: text("b") }, true],
    [{ kind: ["a", "b"] }, { kind: text("B") }, false],
    [{ kind: ["a"] }, {}, false],
    [{ kind: ["a"], mode: ["x"] }, { kind: text("a") }, false],
    [{ kind: ["a"], mode: ["x"] }, { kind: text("a"), mode: text("x") }, true],
    [{ kind: [{ prefix: "dri" }] }, { kind: text("drift") }, true],
    [{ kind: [{ prefix: "dri" }] }, { kind: text("adrift") }, false],
    [{ kind: [{ exists: true }] }, { kind: text("x") }, true],
    [{ kind: [{ exists: true }] }, { mode: text("x") }, false],
    [{ kind: [{ exists: false }] }, { mode: text("x") }, true],
    [{ kind: [{ exists: false }] }, { kind: text("x") }, false],
    [{ kind: [{ "anything-but": ["a"] }] }, { kind: text("b") }, true],
    [{ kind: [{ "anything-but": ["a"] }] }, { kind: text("a") }, false],
    [{ kind: [{ "anything-but": ["a"] }] }, {}, false],
    [{ kind: ["a"] }, { kind: array(["b", "a"]) }, true],
    [{ kind: ["a"] }, { kind: array(["b"]) }, false],
    [{ count: [7] }, { count: { DataType: "Number", StringValue: "7.0" } }, true],
  ])("%j lets %j through: %j", async (policy, MessageAttributes, passes) => {
    const FilterPolicy = JSON.stringify(policy);
    const { publish, messages } = await subscribedQueue({ FilterPolicy });
    await publish({ MessageAttributes });
    expect(messages()).toHaveLength(passes ? 1 : 0);
  });

  it("is changed, shown, and taken away again", async () => {
    const { publish, messages, SubscriptionArn } = await subscribedQueue();
    const set = (AttributeValue: string, AttributeName = "FilterPolicy") =>
      sns.send(
        new SetSubscriptionAttributesCommand({ SubscriptionArn, AttributeName, AttributeValue }),
      );
    const shown = async () =>
      (await sns.send(new GetSubscriptionAttributesCommand({ SubscriptionArn }))).Attributes;
    await set(`{"kind":["a"]}`);
    await publish();
    expect(messages()).toEqual([]);
    expect(await shown()).toMatchObject({
      FilterPolicy: `{"kind":["a"]}`,
      FilterPolicyScope: "MessageAttributes",
      Protocol: "sqs",
      PendingConfirmation: "false",
    });
    await set("{}");
    await publish();
    expect(messages()).toHaveLength(1);
    expect(await shown()).not.toHaveProperty("FilterPolicy");
  });

  const tooMany = JSON.stringify(
    Object.fromEntries(["a", "b", "c", "d", "e", "f"].map(name => [name, ["x"]])),
  );
  it.each<[string, Record<string, string>]>([
    ["that is no JSON", { FilterPolicy: "{" }],
    ["with a bare value", { FilterPolicy: `{"kind":"a"}` }],
    ["with a nested key", { FilterPolicy: `{"kind":{"deep":["a"]}}` }],
    ["with an operator nobody knows", { FilterPolicy: `{"kind":[{"like":"a"}]}` }],
    ["with six keys", { FilterPolicy: tooMany }],
    ["on the body", { FilterPolicyScope: "MessageBody" }],
    ["of another name", { Filter: "{}" }],
    ["with raw delivery of a kind", { RawMessageDelivery: "yes" }],
  ])("is refused: one %s", async (_title, attributes) => {
    const topic = await newTopic();
    const arn = account.queues.arnOf("any");
    expect(await errorName(topic.subscribe("sqs", arn, attributes))).toBe(
      "InvalidParameterException",
    );
  });

  it("is not changed by subscribing once more", async () => {
    const topic = await newTopic();
    const arn = account.queues.arnOf("again");
    const FilterPolicy = `{"kind":["a"]}`;
    const first = await topic.subscribe("sqs", arn, { FilterPolicy });
    const same = await topic.subscribe("sqs", arn, { FilterPolicy });
    expect(same.SubscriptionArn).toBe(first.SubscriptionArn);
    const other = topic.subscribe("sqs", arn, { FilterPolicy: `{"kind":["b"]}` });
    expect(await errorName(other)).toBe("InvalidParameterException");
  });
});

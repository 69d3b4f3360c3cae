import {
  CreateTopicCommand,
  GetTopicAttributesCommand,
  ListSubscriptionsByTopicCommand,
  ListTopicsCommand,
  PublishCommand,
  SetTopicAttributesCommand,
  SNSClient,
  SubscribeCommand,
} from "@aws-sdk/client-sns";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Account, startAccount } from "../../local/account.ts";
import { clientConfig, errorName } from "./client-config.ts";

let account: Account;
let sns: SNSClient;
let TopicArn = "";
beforeAll(async () => {
  account = await startAccount();
  sns = new SNSClient(clientConfig(account));
  TopicArn = (await sns.send(new CreateTopicCommand({ Name: "alerts" }))).TopicArn ?? "";
});
afterAll(() => account.stop());

const publish = (more: object) => sns.send(new PublishCommand({ TopicArn, Message: "m", ...more }));

describe("the inbox", () => {
  it("holds what was published, as it was published", async () => {
    const Message = `CLOSED <b> & "放行"\r\nsecond line`;
    const MessageAttributes = { to: { DataType: "String", StringValue: "wang" } };
    const answer = await publish({ Subject: "CLOSED: tcp 22", Message, MessageAttributes });
    expect(account.inbox.messages().at(-1)).toEqual({
      id: answer.MessageId,
      topicArn: TopicArn,
      subject: "CLOSED: tcp 22",
      message: Message,
      attributes: { to: { type: "String", value: "wang" } },
      at: expect.any(Number),
    });
  });

  it("tells who listens, until he stops", async () => {
    const heard: string[] = [];
    const stop = account.inbox.listen(message => heard.push(message.message));
    await publish({ Message: "one" });
    stop();
    await publish({ Message: "two" });
    expect(heard).toEqual(["one"]);
  });

  it("is dated by the account's clock", async () => {
    account.clock.advance(3_600_000);
    await publish({});
    const at = account.inbox.messages().at(-1)?.at ?? 0;
    expect(at).toBeGreaterThanOrEqual(Date.now() + 3_590_000);
  });
});

describe("SNS takes", () => {
  it.each([
    ["a subject of 100 characters", { Subject: "x".repeat(100) }],
    ["no subject", {}],
    ["256 KB", { Message: "x".repeat(256 * 1024) }],
    [
      "a text per protocol",
      { MessageStructure: "json", Message: JSON.stringify({ default: "d", email: "e" }) },
    ],
  ])("%s", async (_title, message) => {
    expect(await errorName(publish(message))).toBe("none");
  });
});

describe("SNS refuses", () => {
  it.each([
    ["a subject of 101 characters", { Subject: "x".repeat(101) }],
    ["a subject with a line break", { Subject: "a\nb" }],
    ["a subject with a control character", { Subject: "a\u0007b" }],
    ["a subject that is not ASCII", { Subject: "放行" }],
    ["a subject that starts with a space", { Subject: " a" }],
    ["an empty subject", { Subject: "" }],
    ["an empty message", { Message: "" }],
    ["more than 256 KB", { Message: "x".repeat(256 * 1024 + 1) }],
    ["more than 256 KB of UTF-8", { Message: "放".repeat(90_000) }],
    [
      "more than 256 KB with attributes",
      {
        Message: "x".repeat(256 * 1024 - 10),
        MessageAttributes: { a: { DataType: "String", StringValue: "0123456789" } },
      },
    ],
    [
      "a text per protocol without a default",
      { MessageStructure: "json", Message: `{"email":"e"}` },
    ],
    ["a text per protocol that is no JSON", { MessageStructure: "json", Message: "{" }],
  ])("%s", async (_title, message) => {
    const before = account.inbox.messages().length;
    expect(await errorName(publish(message))).toBe("InvalidParameterException");
    expect(account.inbox.messages()).toHaveLength(before);
  });

  it("a topic that does not exist", async () => {
    expect(await errorName(publish({ TopicArn: `${TopicArn}-no` }))).toBe("NotFoundException");
  });
});

describe("a topic", () => {
  it("is the same when created again", async () => {
    const again = await sns.send(new CreateTopicCommand({ Name: "alerts" }));
    expect(again.TopicArn).toBe("arn:aws:sns:ap-southeast-1:111122223333:alerts");
  });

  it("keeps its attributes and counts its subscribers", async () => {
    const Name = "attributes";
    const created = await sns.send(
      new CreateTopicCommand({ Name, Attributes: { DisplayName: "A" } }),
    );
    const topic = { TopicArn: created.TopicArn };
    await sns.send(
      new SetTopicAttributesCommand({
        ...topic,
        AttributeName: "DisplayName",
        AttributeValue: "B&C",
      }),
    );
    const mail = { ...topic, Protocol: "email", Endpoint: "wang@example.com" };
    const { SubscriptionArn } = await sns.send(new SubscribeCommand(mail));
    await sns.send(new SubscribeCommand(mail));
    const Endpoint = account.queues.arnOf("q");
    await sns.send(new SubscribeCommand({ ...topic, Protocol: "sqs", Endpoint }));
    expect(SubscriptionArn).toBe("pending confirmation");
    const { Attributes } = await sns.send(new GetTopicAttributesCommand(topic));
    expect(Attributes).toMatchObject({
      DisplayName: "B&C",
      Owner: "111122223333",
      SubscriptionsConfirmed: "1",
      SubscriptionsPending: "1",
    });
    const { Subscriptions } = await sns.send(new ListSubscriptionsByTopicCommand(topic));
    expect(Subscriptions?.map(one => [one.Protocol, one.Endpoint, one.SubscriptionArn])).toEqual([
      ["email", "wang@example.com", "PendingConfirmation"],
      ["sqs", Endpoint, expect.stringContaining(`${created.TopicArn}:`)],
    ]);
  });

  it("is listed a hundred at a time", async () => {
    const names = Array.from({ length: 101 }, (_, index) => `many-${index}`);
    for (const name of names) {
      const arn = `arn:aws:sns:eu-west-1:111122223333:${name}`;
      account.inbox.putTopic({ arn, attributes: {}, subscriptions: [] });
    }
    const abroad = new SNSClient({ ...clientConfig(account), region: "eu-west-1" });
    const first = await abroad.send(new ListTopicsCommand({}));
    const rest = await abroad.send(new ListTopicsCommand({ NextToken: first.NextToken }));
    expect([first.Topics?.length, rest.Topics?.length]).toEqual([100, 1]);
    expect(rest.NextToken).toBeUndefined();
  });
});

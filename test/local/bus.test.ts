import {
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  DescribeSecurityGroupsCommand,
  EC2Client,
} from "@aws-sdk/client-ec2";
import {
  DescribeRuleCommand,
  DisableRuleCommand,
  EnableRuleCommand,
  EventBridgeClient,
  ListRulesCommand,
  ListTargetsByRuleCommand,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
} from "@aws-sdk/client-eventbridge";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Account, startAccount } from "../../local/account.ts";
import type { Envelope } from "../../local/bus.ts";
import { clientConfig, errorName } from "./client-config.ts";

let account: Account;
let ec2: EC2Client;
let events: EventBridgeClient;
let count = 0;
beforeAll(async () => {
  account = await startAccount();
  ec2 = new EC2Client(clientConfig(account, "alice"));
  events = new EventBridgeClient(clientConfig(account));
});
afterEach(() => account.bus.deliver({}));
afterAll(() => account.stop());

/** A queue that gets what matches a pattern. */
function subscribe(pattern: object): string {
  const name = `subscriber-${++count}`;
  const { arn } = account.queues.create(name);
  account.bus.putRule({ name, pattern: pattern as never, targets: [arn] });
  return name;
}

function delivered(queue: string): Envelope[] {
  return account.queues.messages(queue).map(message => JSON.parse(message.body));
}

const groupCreated = { detail: { eventName: ["CreateSecurityGroup"] } };

async function createGroup(): Promise<string> {
  const GroupName = `group-${++count}`;
  const command = new CreateSecurityGroupCommand({ GroupName, Description: "made by a test" });
  return (await ec2.send(command)).GroupId ?? "";
}

const putEvents = (entry: object) => {
  const Entries = [{ Source: "portward", DetailType: "AuditRequested", Detail: "{}", ...entry }];
  return events.send(new PutEventsCommand({ Entries }));
};

describe("a call that changes EC2", () => {
  it("is on the queue of a matching rule when its answer arrives, as an EventBridge event", async () => {
    const pattern = {
      source: ["aws.ec2"],
      detail: { eventName: ["AuthorizeSecurityGroupIngress"], errorCode: [{ exists: false }] },
    };
    const queue = subscribe(pattern);
    const GroupId = await createGroup();
    const permission = { IpProtocol: "tcp", FromPort: 22, ToPort: 22 };
    const IpPermissions = [{ ...permission, IpRanges: [{ CidrIp: "0.0.0.0/0" }] }];
    const open = () =>
      ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions }));
    await open();
    expect(await errorName(open())).toBe("InvalidPermission.Duplicate");
    const [event, ...more] = delivered(queue);
    expect(more).toEqual([]);
    expect(event).toMatchObject({
      version: "0",
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      "detail-type": "AWS API Call via CloudTrail",
      source: "aws.ec2",
      account: "111122223333",
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      region: "ap-southeast-1",
      resources: [],
      detail: {
        eventSource: "ec2.amazonaws.com",
        requestParameters: { groupId: GroupId },
        userIdentity: { type: "AssumedRole" },
      },
    });
  });

  it("goes to the rules of its own region only", async () => {
    const queue = subscribe(groupCreated);
    const abroad = new EC2Client({ ...clientConfig(account), region: "eu-west-1" });
    const command = { GroupName: "abroad", Description: "made by a test" };
    await abroad.send(new CreateSecurityGroupCommand(command));
    expect(delivered(queue)).toEqual([]);
    expect(account.bus.events().at(-1)?.region).toBe("eu-west-1");
  });

  it("is none when it only reads", async () => {
    const before = account.bus.events().length;
    await ec2.send(new DescribeSecurityGroupsCommand({}));
    expect(account.bus.events()).toHaveLength(before);
  });
});

describe("delivery", () => {
  it("can lose an event", async () => {
    const queue = subscribe(groupCreated);
    account.bus.deliver({ drop: () => true });
    await createGroup();
    account.bus.deliver({});
    const kept = await createGroup();
    const groups = delivered(queue).map(event => event.detail as { responseElements: object });
    expect(groups.map(detail => detail.responseElements)).toMatchObject([{ groupId: kept }]);
  });

  it("can double an event, under one id", async () => {
    const queue = subscribe(groupCreated);
    account.bus.deliver({ copies: 3 });
    await createGroup();
    const ids = delivered(queue).map(event => event.id);
    expect(ids).toHaveLength(3);
    expect(new Set(ids).size).toBe(1);
  });

  it("can be late, and out of order", async () => {
    const queue = subscribe(groupCreated);
    let delayMs = 120_000;
    account.bus.deliver({
      delayMs: () => {
        delayMs -= 60_000;
        return delayMs;
      },
    });
    const [first, second] = [await createGroup(), await createGroup()];
    const seen: string[] = [];
    account.queues.consume(queue, {
      handler: async event => {
        for (const { body } of event.Records) {
          seen.push(JSON.parse(body).detail.responseElements.groupId);
        }
      },
    });
    await account.queues.idle();
    expect(seen).toEqual([second]);
    account.clock.advance(60_000);
    await account.queues.idle();
    expect(seen).toEqual([second, first]);
  });
});

describe("PutEvents", () => {
  it("delivers an event of one's own", async () => {
    const queue = subscribe({ source: ["portward"] });
    const answer = await putEvents({ Detail: `{"reason":"omitted"}`, Resources: ["arn:x"] });
    expect(delivered(queue)).toMatchObject([
      {
        id: answer.Entries?.[0]?.EventId,
        source: "portward",
        "detail-type": "AuditRequested",
        resources: ["arn:x"],
        detail: { reason: "omitted" },
      },
    ]);
  });

  it.each([
    ["AWS's own sources", { Source: "aws.ec2" }, "NotAuthorizedForSourceException"],
    ["no source", { Source: "" }, "InvalidArgument"],
    ["no detail type", { DetailType: "" }, "InvalidArgument"],
    ["no detail", { Detail: undefined }, "InvalidArgument"],
    ["a detail that is no JSON", { Detail: "{" }, "MalformedDetail"],
    ["a detail that is no object", { Detail: "[]" }, "MalformedDetail"],
  ])("refuses %s", async (_title, entry, code) => {
    const before = account.bus.events().length;
    const answer = await putEvents(entry);
    expect(answer).toMatchObject({ FailedEntryCount: 1, Entries: [{ ErrorCode: code }] });
    expect(account.bus.events()).toHaveLength(before);
  });
});

describe("rules and targets", () => {
  it("are put, described, listed, and obeyed", async () => {
    const { arn } = account.queues.create("by-api");
    const EventPattern = JSON.stringify({ source: ["by-api"] });
    const rule = { Name: "by-api", EventPattern, Description: "a rule" };
    const { RuleArn } = await events.send(new PutRuleCommand(rule));
    expect(RuleArn).toBe("arn:aws:events:ap-southeast-1:111122223333:rule/by-api");
    const Targets = [{ Id: "queue", Arn: arn }];
    await events.send(new PutTargetsCommand({ Rule: "by-api", Targets }));
    const described = await events.send(new DescribeRuleCommand({ Name: "by-api" }));
    expect(described).toMatchObject({ ...rule, State: "ENABLED", Arn: RuleArn });
    const listed = await events.send(new ListRulesCommand({ NamePrefix: "by-" }));
    expect(listed.Rules?.map(one => one.Name)).toEqual(["by-api"]);
    const targets = await events.send(new ListTargetsByRuleCommand({ Rule: "by-api" }));
    expect(targets.Targets).toEqual(Targets);
    await putEvents({ Source: "by-api" });
    await events.send(new PutRuleCommand({ ...rule, State: "DISABLED" }));
    await putEvents({ Source: "by-api" });
    expect(delivered("by-api")).toHaveLength(1);
  });

  it("that the account made itself are seen, switched off and on again", async () => {
    const name = subscribe({ source: ["switched"] });
    const rules = async () => {
      const { Rules = [] } = await events.send(new ListRulesCommand({ NamePrefix: name }));
      return Rules.map(one => [one.Name, one.State]);
    };
    const { Targets } = await events.send(new ListTargetsByRuleCommand({ Rule: name }));
    expect(Targets?.map(target => target.Arn)).toEqual([account.queues.arnOf(name)]);
    expect(await rules()).toEqual([[name, "ENABLED"]]);
    await events.send(new DisableRuleCommand({ Name: name }));
    expect(await rules()).toEqual([[name, "DISABLED"]]);
    await putEvents({ Source: "switched" });
    expect(delivered(name)).toEqual([]);
    await events.send(new EnableRuleCommand({ Name: name }));
    expect((await events.send(new DescribeRuleCommand({ Name: name }))).State).toBe("ENABLED");
    await putEvents({ Source: "switched" });
    expect(delivered(name)).toHaveLength(1);
  });

  const long = JSON.stringify({ source: ["x".repeat(2048)] });
  it.each<[string, string, () => Promise<unknown>]>([
    [
      "a pattern that is too long",
      "InvalidEventPatternException",
      () => put({ EventPattern: long }),
    ],
    ["a pattern that is no JSON", "InvalidEventPatternException", () => put({ EventPattern: "{" })],
    ["neither pattern nor schedule", "ValidationException", () => put({})],
    ["an unknown rule", "ResourceNotFoundException", () => describeRule("nowhere")],
    [
      "another bus",
      "ResourceNotFoundException",
      () => put({ EventPattern: "{}", EventBusName: "b" }),
    ],
    [
      "a transformed input, which it could not deliver",
      "ValidationException",
      async () => {
        await put({ EventPattern: `{"source":["x"]}` });
        const Targets = [{ Id: "t", Arn: account.queues.arnOf("q"), Input: "{}" }];
        await events.send(new PutTargetsCommand({ Rule: "refused", Targets }));
      },
    ],
  ])("are refused with %s", async (_title, code, call) => {
    expect(await errorName(call())).toBe(code);
  });
  const put = (more: object) => events.send(new PutRuleCommand({ Name: "refused", ...more }));
  const describeRule = (Name: string) => events.send(new DescribeRuleCommand({ Name }));
});

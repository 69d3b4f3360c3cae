import { request as httpRequest } from "node:http";
import { DynamoDBClient, ListTablesCommand } from "@aws-sdk/client-dynamodb";
import { DescribeVpcsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { CreateTopicCommand, ListTopicsCommand, SNSClient } from "@aws-sdk/client-sns";
import { GetQueueUrlCommand, SQSClient } from "@aws-sdk/client-sqs";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Account, startAccount } from "../../local/account.ts";
import { wireTime } from "../../local/wire/call-log.ts";
import { parseScope } from "../../local/wire/request.ts";
import { clientConfig, configForKey, errorName } from "./client-config.ts";

let account: Account;
beforeAll(async () => {
  account = await startAccount();
});
afterEach(() => account.faults.clear());
afterAll(() => account.stop());

const scope = "Credential=AKIAEXAMPLETESTER/20261121/ap-southeast-1";
const signedFor = (service: string) =>
  `AWS4-HMAC-SHA256 ${scope}/${service}/aws4_request, SignedHeaders=host, Signature=0`;

/** Sends raw bytes, as no SDK would. */
function send(headers: Record<string, string>, body: string | Buffer = "", path = "/") {
  return new Promise<{ status: number; text: string }>((resolve, reject) => {
    const { hostname, port } = new URL(account.url);
    const request = httpRequest({ hostname, port, path, method: "POST", headers }, response => {
      let text = "";
      response.on("data", chunk => {
        text += chunk;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
    });
    request.on("error", reject);
    request.end(body);
  });
}

describe("who calls", () => {
  const root = "arn:aws:iam::111122223333";
  const session = "arn:aws:sts::111122223333:assumed-role";
  const sso = `${session}/AWSReservedSSO_Security_0123456789abcdef`;
  it.each([
    ["alice", `${sso}/alice@example.com`],
    ["bob", `${sso}/bob@example.com`],
    ["tester", `${root}:user/tester`],
    ["root", `${root}:root`],
    ["portward", `${session}/portward-remediate/portward-remediate`],
  ] as const)("is, with the key of %s, %s", async (keyName, arn) => {
    const sts = new STSClient(clientConfig(account, keyName));
    const identity = await sts.send(new GetCallerIdentityCommand({}));
    expect(identity.Arn).toBe(arn);
    expect(identity.Account).toBe("111122223333");
  });

  it("is an IAM user named by the key when nobody knows the key", async () => {
    const sts = new STSClient(configForKey(account, "AKIASOMEBODY"));
    const identity = await sts.send(new GetCallerIdentityCommand({}));
    expect(identity.Arn).toBe(`${root}:user/AKIASOMEBODY`);
  });

  it("is read from an Authorization header only, not from a presigned URL", async () => {
    const query = `X-Amz-${scope.replaceAll("/", "%2F")}%2Fsts%2Faws4_request`;
    const answer = await send({}, "Action=GetCallerIdentity", `/?${query}`);
    expect(answer).toMatchObject({ status: 403, text: expect.stringContaining("not signed") });
  });

  it.each([
    ["nothing", undefined],
    ["another scheme", "Bearer abc"],
    ["a scope without a service", "AWS4-HMAC-SHA256 Credential=K/20261121/eu-west-1/aws4_request"],
    ["a key with odd characters", "AWS4-HMAC-SHA256 Credential=<K>/20261121/r/s/aws4_request"],
  ])("is unknown with %s", (_title, header) => {
    expect(parseScope(header)).toBeUndefined();
  });

  it("chooses the region with the signature", async () => {
    const sns = new SNSClient({ ...clientConfig(account), region: "eu-west-1" });
    const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: "abroad" }));
    expect(TopicArn).toBe("arn:aws:sns:eu-west-1:111122223333:abroad");
    const here = await new SNSClient(clientConfig(account)).send(new ListTopicsCommand({}));
    expect(here.Topics ?? []).toEqual([]);
  });
});

describe("the environment it prints", () => {
  it("is all an SDK needs, and names the region for both generations of the CLI", () => {
    expect(account.env("alice")).toEqual({
      AWS_ENDPOINT_URL: account.url,
      AWS_ACCESS_KEY_ID: "AKIAEXAMPLEALICE",
      AWS_SECRET_ACCESS_KEY: expect.any(String),
      AWS_REGION: "ap-southeast-1",
      AWS_DEFAULT_REGION: "ap-southeast-1",
      AWS_PAGER: "",
      AWS_EC2_METADATA_DISABLED: "true",
    });
  });
});

describe("a request that is not served", () => {
  const form = "application/x-www-form-urlencoded";
  it.each([
    ["an unknown EC2 action", "ec2", { "content-type": form }, 400, "<Code>InvalidAction</Code>"],
    ["an unknown SNS action", "sns", { "content-type": form }, 400, "<Code>InvalidAction</Code>"],
    ["an unknown SQS action", "sqs", { "x-amz-target": "AmazonSQS.No" }, 400, "UnknownOperation"],
    ["an inherited name", "sqs", { "x-amz-target": "A.toString" }, 400, "UnknownOperation"],
    ["an unknown DynamoDB action", "dynamodb", { "x-amz-target": "A.No" }, 400, "UnknownOperation"],
    ["an unknown service", "glacier", {}, 404, "no service glacier"],
  ])("gets the protocol's own error: %s", async (_title, service, headers, status, text) => {
    const body = "content-type" in headers ? "Action=No" : "{}";
    const answer = await send({ ...headers, authorization: signedFor(service) }, body);
    expect(answer.status).toBe(status);
    expect(answer.text).toContain(text);
  });

  it.each(["evil.example", "127.0.0.1.evil.example", "169.254.169.254"])(
    "is one for the host %j",
    async host => {
      const answer = await send(
        { host, authorization: signedFor("sts") },
        "Action=GetCallerIdentity",
      );
      expect(answer.status).toBe(403);
    },
  );

  it.each(["127.0.0.1", "localhost", "LOCALHOST:80", "[::1]:4700"])(
    "is not one for the host %j",
    async host => {
      const answer = await send(
        { host, authorization: signedFor("sts") },
        "Action=GetCallerIdentity",
      );
      expect(answer.status).toBe(200);
    },
  );

  it.each([
    ["that says its length", { "content-length": String(10 * 1024 * 1024 + 1) }],
    ["in chunks", { "transfer-encoding": "chunked" }],
  ])("is one above 10 MB %s, and the endpoint lives on", async (_title, more) => {
    const authorization = signedFor("sqs");
    const headers = { ...more, authorization, "x-amz-target": "AmazonSQS.SendMessage" };
    const answer = await send(headers, Buffer.alloc(10 * 1024 * 1024 + 1, "a"));
    expect(answer).toMatchObject({ status: 413, text: expect.stringContaining("10 MB") });
    const sts = new STSClient(clientConfig(account));
    expect((await sts.send(new GetCallerIdentityCommand({}))).Account).toBe("111122223333");
  });

  it.each([
    ["no JSON", "{"],
    ["a list", "[]"],
    ["null", "null"],
    ["a number for a text", `{"QueueName":7}`],
    ["deep nesting", "[".repeat(100_000)],
  ])("is one whose JSON body is %s", async (_title, body) => {
    const headers = { authorization: signedFor("sqs"), "x-amz-target": "AmazonSQS.CreateQueue" };
    const answer = await send(headers, body);
    expect(answer).toMatchObject({ status: 400, text: expect.stringContaining("Serialization") });
  });
});

describe("a fault", () => {
  it("fails so many calls of one action and no other", async () => {
    const sqs = new SQSClient(clientConfig(account));
    account.queues.create("faulty");
    account.faults.failNext("sqs", "GetQueueUrl", "RequestThrottled", 2);
    const ask = () => errorName(sqs.send(new GetQueueUrlCommand({ QueueName: "faulty" })));
    expect(
      await errorName(new SNSClient(clientConfig(account)).send(new ListTopicsCommand({}))),
    ).toBe("none");
    expect([await ask(), await ask(), await ask()]).toEqual([
      "RequestThrottled",
      "RequestThrottled",
      "none",
    ]);
  });

  it.each([
    ["EC2", "ec2", () => new EC2Client(clientConfig(account)).send(new DescribeVpcsCommand({}))],
    ["SNS", "sns", () => new SNSClient(clientConfig(account)).send(new ListTopicsCommand({}))],
    [
      "DynamoDB",
      "dynamodb",
      () => new DynamoDBClient(clientConfig(account)).send(new ListTablesCommand({})),
    ],
  ])("is worded in the protocol of %s", async (_title, service, call) => {
    account.faults.failNext(service, "*", "ThrottlingException");
    expect(await errorName(call())).toBe("ThrottlingException");
  });

  it("can strike after the call has taken effect", async () => {
    const sns = new SNSClient(clientConfig(account));
    account.faults.failNext("sns", "CreateTopic", "ServiceUnavailable", 1, { after: true });
    const name = await errorName(sns.send(new CreateTopicCommand({ Name: "kept" })));
    expect(name).toBe("ServiceUnavailable");
    const arns = account.inbox.topics().map(topic => topic.arn);
    expect(arns).toContain("arn:aws:sns:ap-southeast-1:111122223333:kept");
  });

  it("can strike before, so that nothing happens", async () => {
    const sns = new SNSClient(clientConfig(account));
    account.faults.failNext("sns", "CreateTopic", "ServiceUnavailable");
    await errorName(sns.send(new CreateTopicCommand({ Name: "lost" })));
    const arns = account.inbox.topics().map(topic => topic.arn);
    expect(arns).not.toContain("arn:aws:sns:ap-southeast-1:111122223333:lost");
  });

  it("can cut the connection after the effect", async () => {
    const sns = new SNSClient(clientConfig(account));
    account.faults.failNext("sns", "CreateTopic", "ConnectionReset", 1, { after: true });
    const cut = sns.send(new CreateTopicCommand({ Name: "cut" }));
    await expect(cut).rejects.toThrow(/socket hang up|ECONNRESET/);
    expect(account.inbox.find("arn:aws:sns:ap-southeast-1:111122223333:cut")).toBeDefined();
  });

  it("can be a delay of one service", async () => {
    account.faults.delay(60, "sts");
    const from = wireTime();
    await new STSClient(clientConfig(account)).send(new GetCallerIdentityCommand({}));
    await new SNSClient(clientConfig(account)).send(new ListTopicsCommand({}));
    const [slow, quick] = account.calls.since(from);
    const took = (call = slow) => (call?.endedAt ?? 0) - (call?.startedAt ?? 0);
    expect(took(slow)).toBeGreaterThanOrEqual(55);
    expect(took(quick)).toBeLessThan(55);
  });
});

describe("the call log", () => {
  it("says what was asked by whom, and how it ended", async () => {
    account.calls.clear();
    const dynamodb = new DynamoDBClient(clientConfig(account, "portward"));
    await dynamodb.send(new ListTablesCommand({ Limit: 1 }));
    expect(account.calls.list()).toEqual([
      {
        service: "dynamodb",
        action: "ListTables",
        region: "ap-southeast-1",
        caller: "arn:aws:sts::111122223333:assumed-role/portward-remediate/portward-remediate",
        request: { Limit: 1 },
        startedAt: expect.any(Number),
        endedAt: expect.any(Number),
        status: 200,
      },
    ]);
  });

  it("tells parallel calls from sequential ones", async () => {
    account.faults.delay(30);
    const sts = new STSClient(clientConfig(account));
    const ask = () => sts.send(new GetCallerIdentityCommand({}));
    const from = wireTime();
    await Promise.all([ask(), ask()]);
    await ask();
    const [first, second, third] = account.calls.since(from);
    expect(second?.startedAt).toBeLessThan(first?.endedAt ?? 0);
    expect(third?.startedAt).toBeGreaterThanOrEqual(second?.endedAt ?? 0);
  });
});

// The app as the stacks create it, running in an emulator, and how a test talks to it: events, queues,
// functions, HTTP. EC2 is the local account's, which also makes the events, as the emulator's EC2 takes
// revokes that it does not carry out. What is expected of it is the tests'.
import { execFile } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type IncomingMessage, request } from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";
import { type AwsAccount, connect } from "../../functions/aws/account.ts";
import { activate } from "../../functions/reconcile/activate.ts";
import { readConfig } from "../../functions/wiring/config.ts";
import { attachmentEventPattern, groupEventPattern } from "../../functions/wiring/triggers.ts";
import { type Account, startAccount } from "../../local/account.ts";
import { type SeededGroups, seedFiveServers } from "../../local/seed.ts";
import { parseMatrix } from "../../matrix/file/parse.ts";
import { formatRule } from "../../matrix/rules/rule.ts";
import type { Synthesis } from "../../stacks/synth/resource.ts";
import { studioIn } from "../support/stage.ts";
import { type Emulator, startMinistack } from "./ministack.ts";
import { json, query, rest } from "./wire.ts";

export const ACCOUNT = "000000000000";
export const REGION = "us-east-1";
const FILE = ".build/emulator.json";
/** Which events of the account go onto which of its queues. */
const patterns = { events: groupEventPattern(), attached: attachmentEventPattern() };

export interface App {
  /** The account whose EC2 the app reads and writes. */
  readonly account: Account;
  readonly groups: SeededGroups;
  readonly emulator: Emulator;
  /** What was created. */
  readonly graph: Synthesis;
  /** Somebody with a terminal: by the SDK's own environment, as the functions are. */
  readonly aws: AwsAccount;
  rules(group: string): Promise<string[]>;
  /** The messages of the topic so far. */
  told(): Promise<string[]>;
  /** Takes the account's events off one of its own queues, oldest first. */
  takeEvents(from?: keyof typeof patterns): string[];
  invoke(name: string, input: object): Promise<Record<string, unknown>>;
  /** Makes a user, and an access key for it. */
  userKey(name: string): Promise<string>;
  overHttp(
    method: string,
    path: string,
    wish?: { key?: string; body?: object },
  ): Promise<{ status: number | undefined; body: unknown }>;
  stop(): Promise<void>;
}

/** Deploys the app, with the example in force. */
export async function startApp(): Promise<App> {
  const account = await startAccount({ accountId: ACCOUNT, region: REGION });
  const groups = seedFiveServers(account);
  for (const [name, pattern] of Object.entries(patterns)) {
    account.queues.create(name);
    const targets = [account.queues.arnOf(name)];
    account.bus.putRule({ name, pattern: { ...pattern }, targets });
  }
  const emulator = await startMinistack();
  const stop = async () => {
    await emulator.stop();
    await account.stop();
  };
  try {
    const graph = await deploy(emulator, account);
    const aws = operator(graph, emulator, account);
    const told = reader(emulator, await listen(emulator, aws.config.topicArn));
    await applyExample(aws);
    return {
      ...{ account, groups, emulator, graph, aws, told, stop },
      rules: async group =>
        ((await aws.groups.read(group))?.group.rules ?? []).map(({ rule }) => formatRule(rule)),
      takeEvents(from = "events") {
        const bodies = account.queues.messages(from).map(({ body }) => body);
        account.queues.purge(from);
        return bodies;
      },
      invoke(name, input) {
        const called = `portward-emulator-${name}`;
        return rest(emulator.url, "lambda", `/2015-03-31/functions/${called}/invocations`, input);
      },
      userKey: name => userKey(emulator, name),
      overHttp: (method, path, wish) =>
        overHttp(emulator, aws.config.apiUrl ?? "", { method, path, ...wish }),
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function deploy(emulator: Emulator, account: Account): Promise<Synthesis> {
  const where = ["--endpoint", emulator.url, "--ec2", account.url, "--account", ACCOUNT];
  const script = ["test/emulator/deploy.ts", ...where, "--out", FILE];
  await promisify(execFile)(process.execPath, script, { env: { ...process.env } });
  return JSON.parse(readFileSync(FILE, "utf8"));
}

function operator(graph: Synthesis, emulator: Emulator, account: Account): AwsAccount {
  const remediate = graph.resources.find(({ name }) => name === "RemediateFunction");
  const environment = remediate?.inputs.environment;
  const { variables } = Object(environment) as { variables: Record<string, string> };
  Object.assign(process.env, {
    ...{ AWS_ENDPOINT_URL: emulator.url, AWS_ENDPOINT_URL_EC2: account.url, AWS_REGION: REGION },
    ...{ AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" },
  });
  return connect(readConfig({ ...variables, AWS_REGION: REGION }));
}

async function applyExample(aws: AwsAccount): Promise<void> {
  const text = studioIn("enforce").replace(
    /wang: \[.*\]/,
    `wang: ["arn:aws:iam::${ACCOUNT}:user/alice"]`,
  );
  const document = parseMatrix([{ name: "matrix.yaml", text }]);
  const { refused } = await activate(aws, document, { by: "test", note: "" });
  if (refused) throw new Error(`the example is refused: ${JSON.stringify(refused)}`);
}

/** A queue on the topic, as any subscriber. */
async function listen({ url }: Emulator, TopicArn: string): Promise<string> {
  const made = await json(url, "sqs", "AmazonSQS.CreateQueue", { QueueName: "heard" });
  const Endpoint = `arn:aws:sqs:${REGION}:${ACCOUNT}:heard`;
  await query(url, "sns", "Subscribe", { TopicArn, Protocol: "sqs", Endpoint });
  return String(made.QueueUrl);
}

// A receive gives ten at most, so what was seen is taken off.
function reader({ url }: Emulator, QueueUrl: string): () => Promise<string[]> {
  const seen: string[] = [];
  return async () => {
    const input = { QueueUrl, MaxNumberOfMessages: 10 };
    const { Messages = [] } = await json(url, "sqs", "AmazonSQS.ReceiveMessage", input);
    for (const { Body, ReceiptHandle } of Messages as { Body: string; ReceiptHandle: string }[]) {
      seen.push(JSON.parse(Body).Message);
      await json(url, "sqs", "AmazonSQS.DeleteMessage", { QueueUrl, ReceiptHandle });
    }
    return seen;
  };
}

/** Waits until something is so, for half a minute at most. */
export async function until(is: () => Promise<boolean>): Promise<boolean> {
  for (let tries = 0; tries < 60; tries += 1) {
    if (await is()) return true;
    await wait(500);
  }
  return false;
}

async function userKey({ url }: Emulator, UserName: string): Promise<string> {
  await query(url, "iam", "CreateUser", { UserName });
  const made = await query(url, "iam", "CreateAccessKey", { UserName });
  return /<AccessKeyId>(.*?)<\/AccessKeyId>/.exec(made)?.[1] ?? "";
}

// By the name the API has in the emulator, which no resolver knows.
async function overHttp(
  emulator: Emulator,
  apiUrl: string,
  { method, path, key, body }: { method: string; path: string; key?: string; body?: object },
): Promise<{ status: number | undefined; body: unknown }> {
  const scope = `Credential=${key}/20260101/${REGION}/execute-api/aws4_request`;
  const headers = {
    ...{ host: apiUrl.replace(/^https?:\/\//, ""), "content-type": "application/json" },
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

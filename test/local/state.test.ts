import { type ChildProcess, spawn } from "node:child_process";
import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import {
  AuthorizeSecurityGroupIngressCommand,
  DescribeSecurityGroupRulesCommand,
  EC2Client,
} from "@aws-sdk/client-ec2";
import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { DynamoDBDocumentClient, PutCommand, QueryCommand } from "@aws-sdk/lib-dynamodb";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Account, startAccount } from "../../local/account.ts";
import { openJournal } from "../../local/journal.ts";
import { seedFiveServers } from "../../local/seed.ts";
import { lockState } from "../../local/state-lock.ts";
import { clientConfig } from "./client-config.ts";

let dir: string;
const children: ChildProcess[] = [];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "portward-state-"));
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  rmSync(dir, { recursive: true, force: true });
});

const topicArn = "arn:aws:sns:ap-southeast-1:111122223333:alerts";
const accountModule = new URL("../../local/account.ts", import.meta.url).href;

/** How many writes of each kind are acknowledged before the process is killed. */
const ENOUGH = 20;

/** An account in a process of its own, on the state directory. */
async function startChild(): Promise<{ child: ChildProcess; url: string }> {
  const script = `
    const { startAccount } = await import(${JSON.stringify(accountModule)});
    const account = await startAccount({ stateDir: process.argv[1] });
    account.queues.create("work");
    account.inbox.putTopic({ arn: "${topicArn}", attributes: {}, subscriptions: [] });
    process.stdout.write(account.url + "\\n");`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script, dir], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(child);
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout?.once("data", chunk => resolve(String(chunk).trim()));
    child.once("exit", code => reject(new Error(`the account ended with ${code}`)));
  });
  return { child, url };
}

/** Calls `write` with 0, 1, 2 … until it fails, and returns how many calls were acknowledged. */
async function writeUntilKilled(
  write: (index: number) => Promise<unknown>,
  onEnough: () => void,
): Promise<number> {
  for (let index = 0; ; index++) {
    if (index === ENOUGH) onEnough();
    try {
      await write(index);
    } catch {
      return index;
    }
  }
}

function missing(count: number, found: (string | number | undefined)[]): number[] {
  const present = new Set(found.map(Number));
  return Array.from({ length: count }, (_, index) => index).filter(index => !present.has(index));
}

describe("an account with a state directory", () => {
  it("loses nothing that was acknowledged when it is killed", async () => {
    const { child, url } = await startChild();
    const there = { ...clientConfig({ url, region: "ap-southeast-1" } as Account), endpoint: url };
    const sqs = new SQSClient(there);
    const sns = new SNSClient(there);
    const ec2 = new EC2Client(there);
    const documents = DynamoDBDocumentClient.from(new DynamoDBClient(there));
    const QueueUrl = `${url}/111122223333/work`;
    const GroupName = "default";
    const gone = new Promise(resolve => child.once("exit", resolve));
    let busy = 4;
    const enough = () => {
      busy -= 1;
      if (busy === 0) child.kill("SIGKILL");
    };
    const writers = Promise.all([
      writeUntilKilled(
        index => sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: String(index) })),
        enough,
      ),
      writeUntilKilled(
        index => sns.send(new PublishCommand({ TopicArn: topicArn, Message: String(index) })),
        enough,
      ),
      writeUntilKilled(index => {
        const Item = { pk: "kill", sk: String(index) };
        return documents.send(new PutCommand({ TableName: "portward-ops", Item }));
      }, enough),
      writeUntilKilled(index => {
        const at = { IpProtocol: "tcp", FromPort: index, ToPort: index };
        const IpPermissions = [{ ...at, IpRanges: [{ CidrIp: "192.0.2.1/32" }] }];
        const call = { GroupName, IpPermissions };
        // The quota of a group is 60 rules: then this writer waits for the others.
        if (index >= 60) return gone.then(() => Promise.reject(new Error("enough")));
        return ec2.send(new AuthorizeSecurityGroupIngressCommand(call));
      }, enough),
    ]);
    const [sent, published, put, authorized] = await writers;
    await gone;
    expect(Math.min(sent, published, put, authorized)).toBeGreaterThanOrEqual(ENOUGH);

    const account = await startAccount({ stateDir: dir });
    const here = clientConfig(account);
    const bodies = account.queues.messages("work").map(message => message.body);
    const texts = account.inbox.messages().map(message => message.message);
    const { Items } = await DynamoDBDocumentClient.from(new DynamoDBClient(here)).send(
      new QueryCommand({
        TableName: "portward-ops",
        KeyConditionExpression: "#pk = :pk",
        ExpressionAttributeNames: { "#pk": "pk" },
        ExpressionAttributeValues: { ":pk": "kill" },
      }),
    );
    const rules = await new EC2Client(here).send(new DescribeSecurityGroupRulesCommand({}));
    const ports = rules.SecurityGroupRules?.filter(rule => rule.CidrIpv4 === "192.0.2.1/32");
    await account.stop();
    expect(missing(sent, bodies)).toEqual([]);
    expect(missing(published, texts)).toEqual([]);
    expect(missing(put, Items?.map(item => item.sk) ?? [])).toEqual([]);
    expect(missing(authorized, ports?.map(rule => rule.FromPort) ?? [])).toEqual([]);
  });

  it("goes on where it stopped: messages in flight, delayed, done, and rules of the bus", async () => {
    const first = await startAccount({ stateDir: dir });
    seedFiveServers(first);
    first.queues.create("work", { VisibilityTimeout: "3600" });
    first.bus.putRule({
      name: "rule",
      pattern: { source: ["aws.ec2"] },
      targets: [first.queues.arnOf("work")],
    });
    for (const body of ["done", "in flight", "ready"]) first.queues.send("work", body);
    first.queues.send("work", "delayed", { delayMs: 3_600_000 });
    const [done] = first.queues.receive("work", 2);
    first.queues.remove("work", done?.receipt ?? "");
    await first.stop();

    const second = await startAccount({ stateDir: dir });
    expect(second.queues.count("work")).toEqual({ visible: 1, inFlight: 1, delayed: 1 });
    expect(second.queues.receive("work", 10)[0]?.body).toBe("ready");
    second.clock.advance(3_600_000);
    const again = second.queues
      .receive("work", 10)
      .map(message => [message.body, message.receives]);
    expect(again.sort()).toEqual([
      ["delayed", 1],
      ["in flight", 2],
      ["ready", 2],
    ]);
    expect(second.bus.find("rule")?.targets.map(target => target.arn)).toEqual([
      second.queues.arnOf("work"),
    ]);
    expect(seedFiveServers(second).deploy).toBe("sg-0f0a1b2c3d4e50100");
    await second.stop();
  });

  it("belongs to one process at a time", async () => {
    const { child } = await startChild();
    await expect(startAccount({ stateDir: dir })).rejects.toThrow(
      `${dir} is in use by process ${child.pid}`,
    );
  });

  it("is refused a second time within one process, and free again after a stop", async () => {
    const first = await startAccount({ stateDir: dir });
    await expect(startAccount({ stateDir: dir })).rejects.toThrow(
      `${dir} is in use by process ${process.pid}`,
    );
    await first.stop();
    await (await startAccount({ stateDir: dir })).stop();
  });
});

describe("a lock", () => {
  it.each([
    ["of a process that is gone", "999999999 1"],
    ["of a process whose pid somebody else has now", `${process.pid} 1`],
    ["that holds nothing readable", "???"],
  ])("%s is taken over", (_title, text) => {
    writeFileSync(join(dir, "lock"), text);
    const unlock = lockState(dir);
    expect(readFileSync(join(dir, "lock"), "utf8")).toContain(String(process.pid));
    unlock();
    expect(readdirSync(dir)).toEqual([]);
  });
});

describe("a journal", () => {
  /** A part that keeps a list of numbers. */
  function numbers() {
    let list: number[] = [];
    const part = {
      snapshot: () => list,
      restore: (saved: unknown) => {
        list = saved as number[];
      },
      replay: (entry: unknown) => {
        list = [...list, entry as number];
      },
    };
    return { part, list: () => list };
  }
  const open = (part: ReturnType<typeof numbers>["part"]) =>
    openJournal(dir, new Map([["numbers", part]]));
  const journalFile = () =>
    join(dir, readdirSync(dir).find(name => name.startsWith("journal")) ?? "none");

  it("gives back what was written, once, however often it is opened", () => {
    const first = open(numbers().part);
    first.write("numbers", 1);
    first.write("numbers", 2);
    first.close();
    const second = open(numbers().part);
    second.write("numbers", 3);
    second.close();
    open(numbers().part).close();
    const last = numbers();
    open(last.part).close();
    expect(last.list()).toEqual([1, 2, 3]);
  });

  it("forgets a torn last line and nothing else", () => {
    const journal = open(numbers().part);
    journal.write("numbers", 1);
    journal.close();
    appendFileSync(journalFile(), `{"part":"numbers","entry":22`);
    const after = numbers();
    const reopened = open(after.part);
    reopened.write("numbers", 3);
    reopened.close();
    expect(after.list()).toEqual([1]);
    const last = numbers();
    open(last.part).close();
    expect(last.list()).toEqual([1, 3]);
  });

  it("refuses to go on from a line damaged in the middle", () => {
    const journal = open(numbers().part);
    journal.write("numbers", 1);
    journal.close();
    appendFileSync(journalFile(), `{"part":"num\n{"part":"numbers","entry":3}\n`);
    expect(() => open(numbers().part)).toThrow(/journal-1\.jsonl, line 2 is damaged/);
  });

  it("does not replay a journal its snapshot holds already", () => {
    const journal = open(numbers().part);
    journal.write("numbers", 1);
    journal.close();
    const old = journalFile();
    const text = readFileSync(old, "utf8");
    open(numbers().part).close();
    // As if the process had been killed between writing the snapshot and removing the journal.
    writeFileSync(old, text);
    const last = numbers();
    open(last.part).close();
    expect(last.list()).toEqual([1]);
  });
});

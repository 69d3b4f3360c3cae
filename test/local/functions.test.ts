import {
  EventBridgeClient,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
} from "@aws-sdk/client-eventbridge";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Account, startAccount } from "../../local/account.ts";
import { signedFetch } from "../support/signed.ts";
import { clientConfig } from "./client-config.ts";

let account: Account;
let count = 0;
beforeAll(async () => {
  account = await startAccount();
});
afterAll(() => account.stop());

/** A function that remembers its events, and does something with the nth of them. */
function newFunction(act: (call: number) => unknown = () => undefined) {
  const name = `function-${++count}`;
  const events: unknown[] = [];
  account.functions.put(name, event => {
    events.push(event);
    return act(events.length);
  });
  return { name, arn: account.functions.arnOf(name), events };
}

const broken = () => {
  throw new TypeError("broken");
};

const invoke = (name: string, body = "", kind?: string) =>
  signedFetch(account)(`/2015-03-31/functions/${encodeURIComponent(name)}/invocations`, {
    method: "POST",
    service: "lambda",
    body,
    headers: kind ? { "x-amz-invocation-type": kind } : {},
  });

describe("a function invoked over the wire", () => {
  it("gets the event and Lambda's context, and its answer comes back", async () => {
    account.functions.put("greet", ({ who }: { who: string }, context) => ({
      text: `hello ${who}`,
      arn: context.invokedFunctionArn,
      hasTime: context.getRemainingTimeInMillis() > 0,
    }));
    const response = await invoke("greet", `{"who":"wang"}`);
    expect(response.status).toBe(200);
    expect(response.headers.get("x-amz-function-error")).toBeNull();
    expect(await response.json()).toEqual({
      text: "hello wang",
      arn: "arn:aws:lambda:ap-southeast-1:111122223333:function:greet",
      hasTime: true,
    });
  });

  it.each([
    ["its ARN", (arn: string) => arn],
    ["account and name", (arn: string) => `111122223333:${arn.split(":").slice(5).join(":")}`],
    ["its name", (arn: string) => arn.split(":").at(-1) ?? ""],
  ])("goes by %s", async (_title, nameOf) => {
    const { arn, events } = newFunction();
    expect((await invoke(nameOf(arn), "{}")).status).toBe(200);
    expect(events).toEqual([{}]);
  });

  it("answers null when it returns nothing", async () => {
    expect(await (await invoke(newFunction().name)).json()).toBeNull();
  });

  it("is reported with status 200 and a header when it throws, and is not retried", async () => {
    const { name, events } = newFunction(broken);
    const response = await invoke(name, `{"n":1}`);
    expect(response.status).toBe(200);
    expect(response.headers.get("x-amz-function-error")).toBe("Unhandled");
    expect(await response.json()).toMatchObject({
      errorType: "TypeError",
      errorMessage: "broken",
      trace: expect.arrayContaining(["TypeError: broken"]),
    });
    account.clock.advance(3_600_000);
    await account.idle();
    expect(events).toHaveLength(1);
    expect(account.functions.failures().at(-1)).toMatchObject({ functionName: name, attempts: 1 });
  });

  it("is not called by a dry run", async () => {
    const { name, events } = newFunction();
    expect((await invoke(name, "{}", "DryRun")).status).toBe(204);
    expect(events).toEqual([]);
  });

  it.each([
    ["a function that is not there", "nobody", "{}", undefined, 404, "ResourceNotFoundException"],
    ["a body that is no JSON", "greet", "{", undefined, 400, "InvalidRequestContentException"],
    ["another invocation type", "greet", "{}", "Now", 400, "InvalidParameterValueException"],
  ])("is refused: %s", async (_title, name, body, kind, status, code) => {
    const response = await invoke(name, body, kind);
    expect(response.status).toBe(status);
    expect(response.headers.get("x-amzn-errortype")).toBe(code);
    expect(await response.json()).toEqual({ Message: expect.stringMatching(/./) });
  });
});

describe("a function invoked asynchronously", () => {
  it("is answered with 202 before it is done", async () => {
    let release = () => {};
    const gate = new Promise<void>(resolve => {
      release = resolve;
    });
    let isDone = false;
    const { name } = newFunction(async () => {
      await gate;
      isDone = true;
    });
    expect((await invoke(name, "{}", "Event")).status).toBe(202);
    expect(isDone).toBe(false);
    release();
    await account.idle();
    expect(isDone).toBe(true);
  });

  it("is tried again after one minute and after two more, and then given up", async () => {
    const { arn, name, events } = newFunction(broken);
    const failures = () =>
      account.functions.failures().filter(({ functionName }) => functionName === name);
    const triesAfter = async (seconds: number) => {
      account.clock.advance(seconds * 1000);
      await account.idle();
      return events.length;
    };
    expect(account.functions.send(arn, { n: 1 })).toBe(true);
    expect([await triesAfter(0), await triesAfter(59), await triesAfter(1)]).toEqual([1, 1, 2]);
    expect([await triesAfter(119), failures()]).toEqual([2, []]);
    expect([await triesAfter(1), await triesAfter(3600)]).toEqual([3, 3]);
    expect(failures()).toMatchObject([
      { event: { n: 1 }, attempts: 3, error: new TypeError("broken") },
    ]);
  });

  it("is not given up when a retry does it", async () => {
    const { arn, name, events } = newFunction(call => (call === 1 ? broken() : undefined));
    account.functions.send(arn, {});
    await account.idle();
    account.clock.advance(60_000);
    await account.idle();
    account.clock.advance(3_600_000);
    await account.idle();
    expect(events).toHaveLength(2);
    expect(account.functions.failures().map(one => one.functionName)).not.toContain(name);
  });

  it("shares no object with who invoked it", async () => {
    const event = { list: [1] };
    const { arn, events } = newFunction();
    account.functions.send(arn, event);
    account.functions.send(arn, event, 1000);
    event.list.push(2);
    account.clock.advance(1000);
    await account.idle();
    expect(events).toEqual([{ list: [1] }, { list: [1] }]);
  });
});

describe("a rule of the bus", () => {
  it("invokes a function with the envelope", async () => {
    const { arn, events } = newFunction();
    const bridge = new EventBridgeClient(clientConfig(account));
    const EventPattern = JSON.stringify({ source: ["shop"] });
    await bridge.send(new PutRuleCommand({ Name: "shop", EventPattern }));
    await bridge.send(new PutTargetsCommand({ Rule: "shop", Targets: [{ Id: "f", Arn: arn }] }));
    const Entries = ["shop", "other"].map(Source => ({
      Source,
      DetailType: "order",
      Detail: `{"n":1}`,
    }));
    await bridge.send(new PutEventsCommand({ Entries }));
    await account.idle();
    expect(events).toEqual([
      expect.objectContaining({ source: "shop", "detail-type": "order", detail: { n: 1 } }),
    ]);
  });

  it("invokes it later when delivery is late", async () => {
    const { arn, events } = newFunction();
    account.bus.putRule({ name: "late", pattern: { source: ["late"] }, targets: [arn] });
    account.bus.deliver({ delayMs: 5000 });
    const bridge = new EventBridgeClient(clientConfig(account));
    const Entries = [{ Source: "late", DetailType: "x", Detail: "{}" }];
    await bridge.send(new PutEventsCommand({ Entries }));
    account.bus.deliver({});
    await account.idle();
    expect(events).toEqual([]);
    account.clock.advance(5000);
    await account.idle();
    expect(events).toHaveLength(1);
  });
});

describe("an account", () => {
  it("is idle when what functions and queues start in each other is done", async () => {
    const queue = account.queues.create("chain").name;
    const seen: string[] = [];
    const last = newFunction(() => seen.push("last"));
    account.queues.consume(queue, {
      handler: async ({ Records }) => {
        seen.push(Records[0]?.body ?? "");
        account.functions.send(last.arn, {});
      },
    });
    const first = newFunction(async () => {
      await new Promise(resolve => setTimeout(resolve, 5));
      account.queues.send(queue, "queue");
    });
    account.functions.send(first.arn, {});
    await account.idle();
    expect(seen).toEqual(["queue", "last"]);
  });
});

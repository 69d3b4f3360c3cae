// Where a chat message may be posted, what becomes of the answer, and what a chat secret says.
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { chatTargets } from "../../../functions/aws/chat-targets.ts";
import { readNotification } from "../../../functions/aws/notification.ts";
import { addressRefusal, postJson } from "../../../functions/aws/webhook.ts";
import { sampleAlert } from "../../../matrix/alert/test-alert.ts";
import { type Receiver, startReceiver } from "../../support/receiver.ts";

const hosts = new Set(["hooks.slack.com", "10.0.0.1", "localhost", "2130706433"]);

describe("an address", () => {
  test.each([
    "https://hooks.slack.com/services/T0/B0/x",
    "https://HOOKS.slack.com/services/T0/B0/x",
    "https://hooks.slack.com:8443/x",
  ])("%s is posted to", url => expect(addressRefusal(url, { hosts })).toBeUndefined());

  test.each([
    ["hooks.slack.com/x", "no URL"],
    ["http://hooks.slack.com/x", "not https"],
    ["file:///etc/passwd", "not https"],
    ["https://user@hooks.slack.com/x", "a user name"],
    ["https://evil.example/hooks.slack.com", "evil.example is not allowed"],
    ["https://hooks.slack.com.evil.example/x", "is not allowed"],
    ["https://10.0.0.1/x", "is an address"],
    ["https://169.254.169.254/latest/meta-data", "is an address"],
    ["https://2130706433/x", "is an address"],
    ["https://0x7f.1/x", "is an address"],
    ["https://[::1]/x", "is an address"],
    ["https://[::ffff:10.0.0.1]/x", "is an address"],
    ["http://127.0.0.1:4700/x", "not https"],
    ["http://localhost:4700/x", "not https"],
  ])("%s is not posted to: %s", (url, why) => {
    expect(addressRefusal(url, { hosts })).toContain(why);
  });

  test("of this machine is posted to only where that is said", () => {
    const local = { hosts, allowLoopback: true };
    expect(addressRefusal("http://127.0.0.1:1/x", local)).toBeUndefined();
    expect(addressRefusal("http://10.0.0.1/x", local)).toBe("it is not https");
    expect(addressRefusal("http://169.254.169.254/x", local)).toBe("it is not https");
  });
});

describe("a post", () => {
  let receiver: Receiver;
  beforeAll(async () => {
    receiver = await startReceiver();
  });
  afterAll(() => receiver.stop());
  const options = { hosts, allowLoopback: true, timeoutMs: 300 };

  test.each([
    [{ status: 200 }, { kind: "done", body: "ok" }],
    [
      { status: 204, body: "" },
      { kind: "done", body: "" },
    ],
    [
      { status: 429, headers: { "retry-after": "9" }, body: "" },
      { kind: "later", because: "status 429, retry after 9" },
    ],
    [
      { status: 503, body: "a\nb" },
      { kind: "later", because: "status 503: a\\u{a}b" },
    ],
    [
      { status: 404, body: "no_team" },
      { kind: "refused", because: "status 404: no_team" },
    ],
    [
      { status: 307, headers: { location: "/y" }, body: "" },
      { kind: "refused", because: "status 307" },
    ],
    [{ after: 2_000 }, { kind: "later", because: expect.stringContaining("Timeout") }],
  ])("that is answered %j ends as %j", async (reply, posted) => {
    receiver.reply("/x", reply);
    expect(await postJson(receiver.url("/x"), { a: 1 }, options)).toEqual(posted);
  });

  it("reads no more of an answer than it needs", async () => {
    receiver.reply("/x", { body: "x".repeat(1_000_000) });
    const posted = await postJson(receiver.url("/x"), {}, { ...options, timeoutMs: 5_000 });
    expect(posted).toMatchObject({ kind: "done" });
    expect(posted.kind === "done" && posted.body.length).toBeLessThanOrEqual(16_384);
  });

  it("to nobody is tried again", async () => {
    expect(await postJson("http://127.0.0.1:1/", {}, options)).toMatchObject({ kind: "later" });
  });

  it("that is not allowed is not made", async () => {
    const before = receiver.received("/z").length;
    expect(await postJson(receiver.url("/z"), {}, { hosts })).toMatchObject({ kind: "refused" });
    expect(receiver.received("/z")).toHaveLength(before);
  });
});

describe("a chat secret", () => {
  const slackWebhook = "https://hooks.slack.com/services/T0/B0/x";

  it("names receivers, each once, and the hosts they may have", () => {
    const url = "https://alerts.example.com/portward";
    const webhooks = [{ url }, { url, form: "generic" }, { url: `${url}/2`, form: "wecom" }];
    const hosts = ["Alerts.Example.com", 7];
    const read = chatTargets({ slackWebhook, webhooks, hosts, signingSecret: "s" });
    expect(read.targets.map(({ form, name }) => `${form}: ${name}`)).toEqual([
      "slack: slack",
      "generic: webhook 1 (generic)",
      "wecom: webhook 3 (wecom)",
    ]);
    expect(read.hosts.has("alerts.example.com")).toBe(true);
    expect(read.hosts.has("evil.example")).toBe(false);
    expect([read.hasButtons, read.problems]).toEqual([true, []]);
  });

  test.each([
    [undefined, []],
    [{ slackWebhook: 7 }, ["slackWebhook is no text"]],
    [{ webhooks: "x" }, ["webhooks is no list"]],
    [{ webhooks: [null] }, ["webhook 1 has no url"]],
    [
      { webhooks: [{ url: "https://x", form: "fax" }] },
      [/^the form of webhook 1 is none of generic/],
    ],
  ])("%j has no receiver, and says what is wrong without saying the secret", (secret, problems) => {
    const read = chatTargets(secret);
    expect(read.targets).toEqual([]);
    expect(read.problems).toEqual(
      problems.map(one => (typeof one === "string" ? one : expect.stringMatching(one))),
    );
  });
});

describe("a notification", () => {
  const enveloped = (Message: string) =>
    JSON.stringify({ Type: "Notification", MessageId: "m-1", Subject: "CLOSED x", Message });

  it("is read back as it was published", () => {
    const { detail } = sampleAlert();
    const read = readNotification(enveloped(JSON.stringify(detail)));
    expect(read).toEqual({ id: "m-1", alert: { subject: "CLOSED x", detail } });
  });

  it("of somebody else is told in its own words", () => {
    const read = readNotification(enveloped("rule\ndisabled"));
    expect(read?.alert.detail.facts).toEqual([{ label: "Message", lines: ["rule", "disabled"] }]);
  });

  test.each(["", "[]", "{}", '{"Type":"Notification"}', '{"Type":"SubscriptionConfirmation"}'])(
    "is not %j",
    body => expect(readNotification(body)).toBeUndefined(),
  );
});

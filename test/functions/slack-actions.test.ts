// Clicks on buttons in Slack: what is Slack's and ours is done, once, and told to the one who clicked;
// everything else is refused with the right status and leaves no trace but a log line.
import { createHmac } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import {
  CreateSecretCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { ApiAnswer, ApiRequest } from "../../functions/api/route.ts";
import { slackAction } from "../../functions/api/slack.ts";
import type { KeptException } from "../../functions/aws/stores/exception-item.ts";
import { askException } from "../../functions/reconcile/exceptions.ts";
import { accessKeyOf, type KeyName, secretOf } from "../../local/identities.ts";
import { exceptionButtons, findingButtons } from "../../matrix/alert/buttons.ts";
import type { MatrixDocument } from "../../matrix/document.ts";
import { type Acting, done, startActing, TEAM } from "../support/acting.ts";
import { open } from "../support/deployed.ts";

const SIGNING = "0123456789abcdef0123456789abcdef";
const APP = "A0123ABCD";
const ALICE = "U0ALICE";
const BOB = "U0BOB";
const RULE = "ingress tcp 7002 from 10.1.2.3/32";
const FORM = "application/x-www-form-urlencoded";

interface Button {
  readonly actionId: string;
  readonly value: string;
}

let acting: Acting;
let secrets: SecretsManagerClient;
let slack: Server;
let answersAt: string;
const answers: { path: string; text: string }[] = [];
let status = 200;

beforeAll(async () => {
  acting = await startActing();
  slack = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    answers.push({ path: request.url ?? "", ...JSON.parse(body) });
    response.writeHead(status, { location: `${answersAt}/elsewhere` }).end("ok");
  });
  await new Promise<void>(resolve => slack.listen(0, "127.0.0.1", resolve));
  answersAt = `http://127.0.0.1:${(slack.address() as AddressInfo).port}`;
  const { account } = acting.stage;
  const accessKeyId = accessKeyOf("root");
  const credentials = { accessKeyId, secretAccessKey: secretOf(accessKeyId) };
  secrets = new SecretsManagerClient({
    endpoint: account.url,
    region: account.region,
    credentials,
  });
  const Name = acting.stage.aws.config.chatSecret ?? "";
  await secrets.send(new CreateSecretCommand({ Name, SecretString: secretText() }));
});
beforeEach(async () => {
  const { stage } = acting;
  stage.account.faults.clear();
  // What earlier tests made is over, so that nobody has too many at a time.
  await stage.later(10 * 3_600);
  await stage.sweep();
  stage.mark();
  answers.length = 0;
  status = 200;
});
afterAll(async () => {
  slack.closeAllConnections();
  slack.close();
  secrets.destroy();
  await acting.stage.stop();
});

const secretText = (more: object = {}) =>
  JSON.stringify({ signingSecret: SIGNING, teamId: TEAM, appId: APP, answersAt, ...more });

const payloadOf = (button: Button, user: string, more: object = {}) => ({
  ...{ type: "block_actions", api_app_id: APP, team: { id: TEAM, domain: "x" }, token: "unused" },
  user: { id: user, username: "whoever", team_id: TEAM },
  response_url: `${answersAt}/actions/1`,
  actions: [{ type: "button", action_id: button.actionId, value: button.value, block_id: "b" }],
  ...more,
});

const nowS = () => Math.floor(acting.stage.aws.clock() / 1_000);

function signed(body: string, { secret = SIGNING, at = nowS(), type = FORM } = {}) {
  const mac = createHmac("sha256", secret).update(`v0:${at}:${body}`).digest("hex");
  const headers = {
    "content-type": type,
    "x-slack-request-timestamp": String(at),
    "x-slack-signature": `v0=${mac}`,
  };
  return { headers, rawBody: Buffer.from(body) };
}

const bodyOf = (payload: unknown) =>
  new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
const send = (request: Pick<ApiRequest, "headers" | "rawBody">) =>
  acting.call(slackAction, request);
const click = (button: Button | undefined, user = ALICE, more: object = {}) =>
  send(signed(bodyOf(payloadOf(button as Button, user, more))));
const textOf = ({ body }: ApiAnswer) => (body as { text?: string }).text ?? "";

async function drift(by: KeyName = "tester", rule = RULE, group = "deploy"): Promise<string> {
  const { stage } = acting;
  const groupId = stage.groups[group as "deploy"];
  await open(stage.as(by), groupId, [rule]);
  await stage.idle();
  const [finding] = await stage.findings(groupId);
  stage.mark();
  return finding?.id ?? "";
}

const allow = (finding: string, minutes = 60) =>
  findingButtons(finding).find(({ actionId }) => actionId === `finding:allow:${minutes}`);
const deny = (finding: string) =>
  findingButtons(finding).find(({ actionId }) => actionId === "finding:deny");
const buttonOf = (kept: KeptException, kind: "approve" | "reject") =>
  exceptionButtons({ id: kept.id, hash: kept.askHash }).find(
    ({ actionId }) => actionId === `exception:${kind}`,
  );

async function living(): Promise<readonly KeptException[]> {
  const { aws } = acting.stage;
  const all = await aws.exceptions.list({ since: aws.clock() });
  return all.filter(({ state }) => ["requested", "approved", "active"].includes(state));
}

async function request(by: KeyName = "tester"): Promise<KeptException> {
  const { stage, identity } = acting;
  const wish = { what: { rule: RULE }, group: stage.groups.deploy, minutes: 60 };
  const whole = { ...wish, reason: "release", open: true };
  const kept = done(await askException(stage.aws, whole, identity(by)));
  stage.mark();
  return kept;
}

/** Does something that must leave every table as it was. */
async function traceless(task: () => Promise<ApiAnswer>): Promise<ApiAnswer> {
  const before = await acting.stored();
  const answer = await task();
  expect(await acting.stored()).toBe(before);
  expect(acting.stage.writes()).toEqual([]);
  return answer;
}

describe("allowing what was closed", () => {
  it("makes its maker the requester, the clicker the approver, and opens it for so long", async () => {
    const { stage } = acting;
    const finding = await drift();
    const answer = await click(allow(finding));
    expect(answer).toMatchObject({
      status: 200,
      body: { response_type: "ephemeral", replace_original: false },
    });
    expect(textOf(answer)).toMatch(/^Approved: ingress tcp 7002 from 10\.1\.2\.3\/32, until 20/);
    expect(answers).toEqual([{ path: "/actions/1", ...(answer.body as { text: string }) }]);
    const [kept] = await living();
    expect(kept).toMatchObject({
      ...{ state: "approved", rule: RULE, finding, open: true },
      requester: acting.identity("tester"),
      approver: { kind: "slack", team: TEAM, user: ALICE },
    });
    expect((kept?.end ?? 0) - (kept?.start ?? 0)).toBe(60 * 60_000);
    await stage.later(60);
    await stage.sweep();
    expect(await stage.rules(stage.groups.deploy)).toContain(RULE);
    await stage.later(60 * 60);
    await stage.sweep();
    expect(await stage.rules(stage.groups.deploy)).not.toContain(RULE);
  });

  it("for 8 hours lasts so long", async () => {
    await click(allow(await drift(), 480));
    const [kept] = await living();
    expect((kept?.end ?? 0) - (kept?.start ?? 0)).toBe(480 * 60_000);
  });

  it("opens the narrow form of it and never what was closed", async () => {
    const finding = await drift("tester", "ingress tcp 22 from 0.0.0.0/0", "api");
    expect(textOf(await click(allow(finding)))).toMatch(
      /^Approved: ingress tcp 22 from 127\.0\.0\.1\/32,/,
    );
    expect((await living()).map(({ rule }) => rule)).toEqual(["ingress tcp 22 from 127.0.0.1/32"]);
  });

  it("in a group that only revokes lets it be opened by hand", async () => {
    await acting.applyPeople(undefined, "revoke");
    const finding = await drift();
    expect(textOf(await click(allow(finding)))).toContain("Whoever needs it opens it");
    expect(await living()).toMatchObject([{ open: false, state: "approved" }]);
    await acting.applyPeople();
  });

  it("clicked twice, by one or by two, at once or later, is one exception", async () => {
    const finding = await drift();
    const both = await Promise.all([
      click(allow(finding)),
      click(allow(finding)),
      click(allow(finding, 480), BOB),
    ]);
    expect(both.map(one => one.status)).toEqual([200, 200, 200]);
    expect(await living()).toHaveLength(1);
    const [kept] = await living();
    const later = await traceless(() => click(allow(finding), BOB));
    expect(textOf(later)).toContain(`Exception ${kept?.id}.`);
  });

  it("again, once it is over, is another", async () => {
    const { stage } = acting;
    const finding = await drift();
    await click(allow(finding));
    const [first] = await living();
    await stage.later(2 * 3_600);
    await stage.sweep();
    await click(allow(finding));
    const [second] = await living();
    expect(second?.id).not.toBe(first?.id);
  });

  it("is done anew after a click that failed half-way", async () => {
    const { account } = acting.stage;
    const finding = await drift();
    account.faults.failNext("ec2", "DescribeSecurityGroups", "RequestLimitExceeded");
    expect(textOf(await click(allow(finding)))).toBe(
      "It could not be done now. Click again in a minute.",
    );
    expect(textOf(await click(allow(finding)))).toMatch(/^Approved/);
    expect(await living()).toHaveLength(1);
  });

  it.each<[string, string, string, () => Promise<string>, string?]>([
    ["by the one who made the rule", "own-request", "four eyes", () => drift("bob"), BOB],
    [
      "by a person who is no approver",
      "not-approver",
      "no approver",
      () => drift("bob"),
      "U0TESTER",
    ],
    ["by somebody whom people do not name", "not-approver", "no approver", () => drift(), "U0EVE"],
    ["of the root user", "nobody", "ask by hand", () => drift("root")],
    [
      "of what has no narrow form",
      "not-narrow",
      "ask by hand",
      () => drift("tester", "egress tcp 25 to 0.0.0.0/0", "api"),
    ],
    ["of what nobody found", "finding-unknown", "no finding", async () => "f-aaaaaaaaaaaa"],
  ])("%s is refused: %s", async (_, code, text, made, user) => {
    const finding = await made();
    acting.stage.mark();
    const answer = await traceless(() => click(allow(finding), user));
    expect(answer.status).toBe(200);
    expect(textOf(answer)).toMatch(/^Refused: /);
    expect(textOf(answer)).toContain(text);
    expect(acting.stage.log().map(({ fields }) => fields.code)).toEqual([code]);
    expect(await living()).toEqual([]);
  });

  it("of what a forbid names is refused, and leaves nothing", async () => {
    const finding = await drift("tester", "ingress tcp 22 from 0.0.0.0/0");
    const answer = await traceless(() => click(allow(finding)));
    expect(textOf(answer)).toContain("forbid");
  });

  it("is refused where nobody knows whether clicker and maker are two", async () => {
    const without = (document: MatrixDocument): MatrixDocument => {
      const { tester: _, ...people } = document.people;
      return { ...document, people };
    };
    await acting.applyPeople(without);
    const finding = await drift();
    const answer = await traceless(() => click(allow(finding)));
    expect(textOf(answer)).toContain("name both under people");
    await acting.applyPeople();
  });

  it("denied leaves it closed and nothing but a log line", async () => {
    const finding = await drift();
    const answer = await traceless(() => click(deny(finding)));
    expect(textOf(answer)).toBe("It stays closed. Nothing was changed.");
    expect(acting.stage.log()).toMatchObject([
      { message: "a click was left", fields: { user: ALICE, action: "finding:deny" } },
    ]);
  });
});

describe("answering a request", () => {
  it.each([
    ["approve", "approved"],
    ["reject", "rejected"],
  ] as const)("%s", async (kind, state) => {
    const kept = await request();
    await click(buttonOf(kept, kind), BOB);
    expect((await acting.stage.aws.exceptions.get(kept.id))?.state).toBe(state);
    const [, entry] = await acting.stage.aws.exceptions.history(kept.id);
    expect(entry).toMatchObject({ action: kind, by: `slack:${TEAM}/${BOB}`.toLowerCase() });
  });

  it.each<[string, KeyName, string]>([
    ["of his own", "alice", "four eyes"],
    ["as no approver", "bob", "no approver"],
  ])("%s is refused", async (_, by, text) => {
    const kept = await request(by);
    const user = by === "alice" ? ALICE : "U0TESTER";
    const answer = await traceless(() => click(buttonOf(kept, "approve"), user));
    expect(textOf(answer)).toContain(text);
  });

  it("with another hash than it has is refused", async () => {
    const kept = await request();
    const other = { id: kept.id, hash: "0".repeat(64) };
    const [approve] = exceptionButtons(other);
    const answer = await traceless(() => click(approve));
    expect(textOf(answer)).toContain("not what was asked for");
  });

  it("sent again, as it was signed, does nothing more", async () => {
    const kept = await request();
    const sent = signed(bodyOf(payloadOf(buttonOf(kept, "approve") as Button, BOB)));
    expect(textOf(await send(sent))).toMatch(/^Approved/);
    const again = await traceless(() => send(sent));
    expect(textOf(again)).toBe("Refused: it is approved: nothing can approve it any more.");
  });

  it("by two at once is one act", async () => {
    const kept = await request();
    const both = await Promise.all([
      click(buttonOf(kept, "approve"), ALICE),
      click(buttonOf(kept, "reject"), BOB),
    ]);
    expect(both.filter(answer => textOf(answer).startsWith("Refused"))).toHaveLength(1);
    expect(await acting.stage.aws.exceptions.history(kept.id)).toHaveLength(2);
  });
});

describe("what is not Slack's, or not ours, is refused without a trace but a log line", () => {
  const button = { actionId: "finding:deny", value: '{"f":"f-aaaaaaaaaaaa"}' };
  const good = () => bodyOf(payloadOf(button, ALICE));

  it.each<[number, string, () => Pick<ApiRequest, "headers" | "rawBody">]>([
    [401, "unsigned", () => ({ ...signed(good()), headers: { "content-type": FORM } })],
    [401, "signed by another", () => signed(good(), { secret: `${SIGNING}0` })],
    [401, "signed with nothing", () => signed(good(), { secret: "" })],
    [401, "tampered", () => ({ ...signed(good()), rawBody: Buffer.from(`${good()}&x=1`) })],
    [401, "of another time than its signature", () => later(signed(good()))],
    [401, "stale", () => signed(good(), { at: nowS() - 301 })],
    [401, "from the future", () => signed(good(), { at: nowS() + 301 })],
    [401, "without a time", () => timed(signed(good()), "")],
    [401, "with a time that is none", () => timed(signed(good()), "Infinity")],
    [401, "with half a signature", () => cut(signed(good()))],
    [415, "as JSON", () => signed(good(), { type: "application/json" })],
    [413, "too large", () => signed(`${good()}&x=${"x".repeat(300_000)}`)],
    [400, "without a payload", () => signed("x=1")],
    [400, "with two payloads", () => signed(`${good()}&${good()}`)],
    [400, "with a payload that is no JSON", () => signed("payload={")],
    [400, "with null", () => signed("payload=null")],
    [400, "without an action", () => payload({ actions: [] })],
    [400, "of another type", () => payload({ type: "view_submission" })],
    [400, "with a user that is a path", () => payload({ user: { id: "../U0ALICE" } })],
    [403, "of another team", () => payload({ team: { id: "T0EVIL" } })],
    [403, "of a user of another team", () => payload({ user: { id: ALICE, team_id: "T0EVIL" } })],
    [403, "of another app", () => payload({ api_app_id: "A0EVIL" })],
  ])("%s: a click %s", async (status, _, made) => {
    const answer = await traceless(() => send(made()));
    expect(answer).toMatchObject({ status, body: { status, title: expect.any(String) } });
    expect(acting.stage.log()).toMatchObject([
      { message: "a click was refused", fields: { sourceIp: "198.51.100.7" } },
    ]);
    expect(answers).toEqual([]);
  });

  const payload = (more: object) => signed(bodyOf(payloadOf(button, ALICE, more)));
  type Signed = ReturnType<typeof signed>;
  const timed = ({ headers, rawBody }: Signed, at: string) => ({
    headers: { ...headers, "x-slack-request-timestamp": at },
    rawBody,
  });
  const later = (sent: Signed) => timed(sent, String(nowS() + 1));
  const cut = ({ headers, rawBody }: Signed) => ({
    headers: { ...headers, "x-slack-signature": headers["x-slack-signature"].slice(0, 40) },
    rawBody,
  });

  it("is told from a click that came just in time", async () => {
    expect((await send(signed(good(), { at: nowS() - 300 }))).status).toBe(200);
    expect((await send(signed(good(), { at: nowS() + 300 }))).status).toBe(200);
  });

  it("and a button that is not known any more is answered, and does nothing", async () => {
    const old = { actionId: "finding:allow:6000", value: button.value };
    const answer = await traceless(() => click(old));
    expect(textOf(answer)).toBe("This button is not known any more.");
  });

  it("and where no secret is configured there is no such route", async () => {
    const { aws } = acting.stage;
    const { chat } = aws;
    Object.assign(aws, { chat: { ...chat, secret: async () => undefined } });
    expect((await click(button)).status).toBe(404);
    Object.assign(aws, { chat });
  });
});

describe("the answer", () => {
  const unknown = { actionId: "finding:deny", value: '{"f":"f-aaaaaaaaaaaa"}' };

  it("goes to no other address than Slack's", async () => {
    for (const response_url of [
      "http://169.254.169.254/latest/meta-data",
      `${answersAt.replace("http://", "http://x@")}/actions/1`,
      `${answersAt}.evil.example/actions/1`,
      "file:///etc/passwd",
      "not a url",
    ]) {
      expect((await click(unknown, ALICE, { response_url })).status).toBe(200);
    }
    expect(answers).toEqual([]);
  });

  it.each([302, 404, 500])(
    "that Slack does not take (%s) is no error of the click",
    async refusal => {
      status = refusal;
      expect((await click(unknown)).status).toBe(200);
      expect(answers.map(({ path }) => path)).toEqual(["/actions/1"]);
      expect(acting.stage.log().map(({ message }) => message)).toContain(
        "the one who clicked could not be answered",
      );
    },
  );

  it("has nothing in it that Slack would take for markup", async () => {
    const { stage, identity } = acting;
    const flow = {
      from: [{ kind: "cidr", cidr: "10.1.2.3/32" }],
      to: [{ kind: "entry", name: "deploy" }],
      ports: [{ protocol: "tcp", from: 7003, to: 7003 }],
    } as const;
    const wish = {
      what: { flow },
      minutes: 60,
      open: true,
      reason: "<!channel> & <http://evil.example|x>",
    };
    const kept = done(await askException(stage.aws, wish, identity("tester")));
    const text = textOf(await click(buttonOf(kept, "approve"), "U0EVE"));
    expect(text).not.toMatch(/[<>]/);
  });
});

describe("the secret", () => {
  it("that is rotated is heeded within five minutes, and the old one no longer", async () => {
    const { stage } = acting;
    const SecretId = stage.aws.config.chatSecret ?? "";
    const button = { actionId: "finding:deny", value: '{"f":"f-aaaaaaaaaaaa"}' };
    const by = (secret: string) => send(signed(bodyOf(payloadOf(button, ALICE)), { secret }));
    const next = "fedcba9876543210fedcba9876543210";
    expect((await by(SIGNING)).status).toBe(200);
    const SecretString = secretText({ signingSecret: next });
    await secrets.send(new PutSecretValueCommand({ SecretId, SecretString }));
    await stage.later(301);
    expect([(await by(SIGNING)).status, (await by(next)).status]).toEqual([401, 200]);
    await secrets.send(new PutSecretValueCommand({ SecretId, SecretString: secretText() }));
    await stage.later(301);
  });

  it("is read once for many clicks", async () => {
    const { account } = acting.stage;
    const reads = () => account.calls.list().filter(({ service }) => service === "secretsmanager");
    const before = reads().length;
    const button = { actionId: "finding:deny", value: '{"f":"f-aaaaaaaaaaaa"}' };
    for (let count = 0; count < 5; count += 1) await click(button);
    expect(reads().length - before).toBeLessThanOrEqual(1);
  });
});

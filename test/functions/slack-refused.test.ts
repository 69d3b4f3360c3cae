// What comes to the address of clicks and is not Slack's, or not ours, is refused with the right status
// and leaves no trace but a log line; answers go to Slack alone; the secret may be rotated.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { askException } from "../../functions/reconcile/exceptions.ts";
import { type Acting, done, startActing, traceless } from "../support/acting.ts";
import {
  ALICE,
  buttonOf,
  FORM,
  IDLE,
  nowS,
  SIGNING,
  type Signed,
  type Slack,
  startSlack,
  textOf,
} from "../support/slack.ts";

let acting: Acting;
let slack: Slack;

beforeAll(async () => {
  acting = await startActing();
  slack = await startSlack(acting);
});
beforeEach(() => {
  acting.stage.mark();
  slack.answers.length = 0;
  slack.status = 200;
});
afterAll(async () => {
  slack.stop();
  await acting.stage.stop();
});

describe("what is not Slack's, or not ours, is refused without a trace but a log line", () => {
  const good = () => slack.body(IDLE);

  it.each<[number, string, () => Signed]>([
    [401, "unsigned", () => ({ ...slack.signed(good()), headers: { "content-type": FORM } })],
    [401, "signed by another", () => slack.signed(good(), { secret: `${SIGNING}0` })],
    [401, "signed with nothing", () => slack.signed(good(), { secret: "" })],
    [401, "tampered", () => ({ ...slack.signed(good()), rawBody: Buffer.from(`${good()}&x=1`) })],
    [401, "of another time than its signature", () => later(slack.signed(good()))],
    [401, "stale", () => slack.signed(good(), { at: nowS(acting.stage) - 301 })],
    [401, "from the future", () => slack.signed(good(), { at: nowS(acting.stage) + 301 })],
    [401, "without a time", () => timed(slack.signed(good()), "")],
    [401, "with a time that is none", () => timed(slack.signed(good()), "Infinity")],
    [401, "with half a signature", () => cut(slack.signed(good()))],
    [415, "as JSON", () => slack.signed(good(), { type: "application/json" })],
    [400, "without a payload", () => slack.signed("x=1")],
    [400, "with two payloads", () => slack.signed(`${good()}&${good()}`)],
    [400, "with a payload that is no JSON", () => slack.signed("payload={")],
    [400, "with null", () => slack.signed("payload=null")],
    [400, "without an action", () => payload({ actions: [] })],
    [400, "of another type", () => payload({ type: "view_submission" })],
    [400, "with a user that is a path", () => payload({ user: { id: "../U0ALICE" } })],
    [403, "of another team", () => payload({ team: { id: "T0EVIL" } })],
    [403, "of a user of another team", () => payload({ user: { id: ALICE, team_id: "T0EVIL" } })],
    [403, "of another app", () => payload({ api_app_id: "A0EVIL" })],
  ])("%s: a click %s", async (status, _, made) => {
    const answer = await traceless(acting, () => slack.send(made()));
    expect(answer).toMatchObject({ status, body: { status, title: expect.any(String) } });
    expect(acting.stage.log()).toMatchObject([
      { message: "a click was refused", fields: { sourceIp: "198.51.100.7" } },
    ]);
    expect(slack.answers).toEqual([]);
  });

  const payload = (more: object) => slack.signed(slack.body(IDLE, ALICE, more));
  const timed = ({ headers, rawBody }: Signed, at: string) => ({
    headers: { ...headers, "x-slack-request-timestamp": at },
    rawBody,
  });
  const later = (sent: Signed) => timed(sent, String(nowS(acting.stage) + 1));
  const cut = ({ headers, rawBody }: Signed) => ({
    headers: { ...headers, "x-slack-signature": headers["x-slack-signature"]?.slice(0, 40) ?? "" },
    rawBody,
  });

  it("is told from a click that came just in time", async () => {
    expect((await slack.send(slack.signed(good(), { at: nowS(acting.stage) - 300 }))).status).toBe(
      200,
    );
    expect((await slack.send(slack.signed(good(), { at: nowS(acting.stage) + 300 }))).status).toBe(
      200,
    );
  });

  it("and a button that is not known any more is answered, and does nothing", async () => {
    const old = { actionId: "finding:allow:6000", value: IDLE.value };
    const answer = await traceless(acting, () => slack.click(old));
    expect(textOf(answer)).toBe("This button is not known any more.");
  });

  it("and where no secret is configured there is no such route", async () => {
    const { aws } = acting.stage;
    const { chat } = aws;
    Object.assign(aws, { chat: { ...chat, secret: async () => undefined } });
    expect((await slack.click(IDLE)).status).toBe(404);
    Object.assign(aws, { chat });
  });
});

describe("the answer", () => {
  it("goes to no other address than Slack's", async () => {
    for (const response_url of [
      "http://169.254.169.254/latest/meta-data",
      `${slack.url.replace("http://", "http://x@")}/actions/1`,
      `${slack.url}.evil.example/actions/1`,
      "file:///etc/passwd",
      "not a url",
    ]) {
      expect((await slack.click(IDLE, ALICE, { response_url })).status).toBe(200);
    }
    expect(slack.answers).toEqual([]);
  });

  it.each([302, 404, 500])(
    "that Slack does not take (%s) is no error of the click",
    async refusal => {
      slack.status = refusal;
      expect((await slack.click(IDLE)).status).toBe(200);
      expect(slack.answers.map(({ path }) => path)).toEqual(["/actions/1"]);
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
    const text = textOf(await slack.click(buttonOf(kept, "approve"), "U0EVE"));
    expect(text).not.toMatch(/[<>]/);
  });
});

describe("the secret", () => {
  it("that is rotated is heeded within five minutes, and the old one no longer", async () => {
    const { stage } = acting;
    const by = (secret: string) => slack.send(slack.signed(slack.body(IDLE), { secret }));
    const next = "fedcba9876543210fedcba9876543210";
    expect((await by(SIGNING)).status).toBe(200);
    slack.rotate({ signingSecret: next });
    await stage.later(301);
    expect([(await by(SIGNING)).status, (await by(next)).status]).toEqual([401, 200]);
    slack.rotate();
    await stage.later(301);
  });

  it("is read once for many clicks", async () => {
    const { account } = acting.stage;
    const reads = () => account.calls.list().filter(({ service }) => service === "secretsmanager");
    const before = reads().length;
    for (let count = 0; count < 5; count += 1) await slack.click(IDLE);
    expect(reads().length - before).toBeLessThanOrEqual(1);
  });
});

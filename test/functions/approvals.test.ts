// The link in an approver's mail: it shows, and decides once; whatever else is done with it is refused
// with the right status and leaves no trace but a log line.
import { GetCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { decideApproval, showApproval } from "../../functions/api/approvals.ts";
import type { ApiAnswer, ApiRequest } from "../../functions/api/route.ts";
import { connect } from "../../functions/aws/account.ts";
import { approvalTokens } from "../../functions/aws/approval-token.ts";
import { headKey, type KeptException } from "../../functions/aws/stores/exception-item.ts";
import { actOnException, askUndo } from "../../functions/reconcile/exceptions.ts";
import { tableNameOf } from "../../local/dynamodb.ts";
import { accessKeyOf, type KeyName, secretOf } from "../../local/identities.ts";
import { type Acting, API_URL, done, RULE, startActing, traceless } from "../support/acting.ts";

const FORM = { "content-type": "application/x-www-form-urlencoded" };
const BROWSER = { ...FORM, origin: API_URL, "sec-fetch-site": "same-origin" };

let acting: Acting;
let asked: KeptException;
let links: Record<string, string>;

beforeAll(async () => {
  acting = await startActing();
});
beforeEach(async () => {
  const { stage } = acting;
  stage.account.faults.clear();
  await acting.rest();
  asked = await acting.ask();
  links = acting.linksOf(await acting.mail(asked));
  stage.mark();
});
afterAll(() => acting.stage.stop());

const tokenOf = (name: string): string => links[name]?.slice(`${API_URL}/approvals/`.length) ?? "";
const show = (token: string) => acting.call(showApproval, { params: { token } });
const send = (token: string, decision = "approve", request: Partial<ApiRequest> = {}) =>
  acting.call(decideApproval, {
    ...{ params: { token }, headers: BROWSER, rawBody: Buffer.from(`decision=${decision}`) },
    ...request,
  });
const stateNow = async (id = asked.id) => (await acting.stage.aws.exceptions.get(id))?.state;
const logged = () => acting.stage.log().map(({ fields }) => fields.code ?? fields.because);
const title = ({ html = "" }: ApiAnswer) => /<h1>(.*)<\/h1>/.exec(html)?.[1];

describe("a link", () => {
  it("shows what is asked for, as often as anybody looks, and changes nothing", async () => {
    const token = tokenOf("alice");
    await traceless(acting, async () => {
      const answers = await Promise.all(Array.from({ length: 20 }, () => show(token)));
      expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
      return answers[0] as ApiAnswer;
    });
    const { html = "", headers } = await show(token);
    for (const text of [
      RULE,
      "deploy: funai-deploy",
      "release &lt;b&gt;now&lt;/b&gt;",
      "tester (arn:aws:iam::111122223333:user/tester)",
      "alice@example.com",
    ]) {
      expect(html).toContain(text);
    }
    expect(html).not.toContain("<b>");
    expect(headers).toMatchObject({
      "cache-control": "no-store",
      "content-type": "text/html; charset=utf-8",
      "x-robots-tag": "noindex, nofollow",
      "content-security-policy": expect.stringMatching(
        /^default-src 'none'; style-src 'sha256-[\w+/=]+'; form-action 'self'; /,
      ),
    });
    expect(await stateNow()).toBe("requested");
  });

  it.each([
    ["approve", "Approved", "approved"],
    ["reject", "Rejected", "rejected"],
  ])("decides: %s", async (decision, heading, state) => {
    const answer = await send(tokenOf("alice"), decision);
    expect([answer.status, title(answer)]).toEqual([200, heading]);
    expect(await stateNow()).toBe(state);
    const history = await acting.stage.aws.exceptions.history(asked.id);
    expect(history.at(-1)).toMatchObject({ action: decision, by: "mail:alice@example.com" });
  });

  it("opens what it approved, within a minute", async () => {
    const { stage } = acting;
    await send(tokenOf("bob"));
    await stage.later(60);
    await stage.sweep();
    expect(await stage.rules(stage.groups.deploy)).toContain(RULE);
  });

  it("decides from a client that is no browser, and says neither origin nor site", async () => {
    expect((await send(tokenOf("alice"), "approve", { headers: FORM })).status).toBe(200);
  });

  it.each(["approve", "reject"])(
    "is used up by its decision, and does not %s after it",
    async second => {
      await send(tokenOf("alice"));
      const again = await traceless(acting, () => send(tokenOf("alice"), second));
      expect([again.status, title(again)]).toEqual([410, "This link was used"]);
      expect((await show(tokenOf("alice"))).status).toBe(410);
      expect(await stateNow()).toBe("approved");
    },
  );

  it("used twice at once acts once", async () => {
    const answers = await Promise.all([
      send(tokenOf("alice")),
      send(tokenOf("alice"), "reject"),
      send(tokenOf("alice")),
    ]);
    const statuses = answers.map(({ status }) => status).toSorted();
    expect(statuses[0]).toBe(200);
    expect(statuses.slice(1).every(status => status === 409 || status === 410)).toBe(true);
    expect((await acting.stage.aws.exceptions.history(asked.id)).length).toBe(2);
  });

  it("of one approver is of no use once another has decided, at the same time or later", async () => {
    const answers = await Promise.all([send(tokenOf("alice")), send(tokenOf("bob"), "reject")]);
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409]);
    expect((await acting.stage.aws.exceptions.history(asked.id)).length).toBe(2);
    const loser = answers[0].status === 200 ? "bob" : "alice";
    const late = await traceless(acting, () => send(tokenOf(loser)));
    expect([late.status, title(late)]).toEqual([409, "Already decided"]);
  });
});

describe("what is no decision is refused, without a trace but a log line", () => {
  it.each<[string, (token: string) => string]>([
    ["nothing", () => ""],
    ["a word", () => "approve"],
    ["a path", () => "../../exceptions"],
    ["half a link", token => token.slice(0, -1)],
    ["a link with more at its end", token => `${token}A`],
    ["a link without its signature", token => `${token.split(".")[0]}.`],
    ["a link with another letter in its signature", token => flipped(token, token.length - 5)],
    ["a link with another letter in what it says", token => flipped(token, 20)],
    ["a link that names somebody else", token => forged(token, { a: "bob@example.com" })],
    ["a link that lasts longer", token => forged(token, { e: 9_999_999_999_999 })],
    ["a link written otherwise", token => token.replace(".", "=.")],
    ["a link with a blank", token => ` ${token}`],
    ["a link of a megabyte", token => `${"A".repeat(1_000_000)}${token}`],
    ["a signature alone", token => `.${token.split(".")[1]}`],
    ["two links in one", token => `${token}.${token}`],
  ])("%s", async (_, change) => {
    const token = change(tokenOf("alice"));
    for (const task of [() => show(token), () => send(token)]) {
      acting.stage.mark();
      const answer = await traceless(acting, task);
      expect([answer.status, title(answer)]).toEqual([404, "No such link"]);
      expect(answer.html).not.toContain(asked.id);
      expect(logged()).toEqual(["no-link"]);
    }
    expect(await stateNow()).toBe("requested");
  });

  it("a link whose last letter has other idle bits, which base64 would read as the same", async () => {
    const token = tokenOf("alice");
    const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const last = letters.indexOf(token.at(-1) ?? "");
    const twin = `${token.slice(0, -1)}${letters[last ^ 1]}`;
    const bytes = (text: string) => Buffer.from(text.split(".")[1] ?? "", "base64url");
    expect(bytes(twin)).toEqual(bytes(token));
    expect((await traceless(acting, () => send(twin))).status).toBe(404);
  });

  it("a link by another key", async () => {
    const { aws, account } = acting.stage;
    const options = { endpoint: account.url, region: account.region, credentials: keys() };
    const approvals = { topicArn: acting.approvalTopic, keyId: account.keys.create().id };
    const other = approvalTokens(options, { approvals }, aws.clock);
    const approver = "alice@example.com";
    const { token } = await other.make({ exception: asked.id, hash: asked.askHash, approver });
    expect((await traceless(acting, () => send(token))).status).toBe(404);
  });

  it.each<[number, string, Partial<ApiRequest>]>([
    [415, "JSON", { headers: { ...BROWSER, "content-type": "application/json" } }],
    [415, "a form in parts", { headers: { ...BROWSER, "content-type": "multipart/form-data" } }],
    [415, "without a type", { headers: { origin: API_URL } }],
    [413, "too large", { rawBody: Buffer.from(`decision=approve&x=${"x".repeat(300)}`) }],
    [400, "without a decision", { rawBody: Buffer.from("") }],
    [400, "with two decisions", { rawBody: Buffer.from("decision=reject&decision=approve") }],
    [400, "with another decision", { rawBody: Buffer.from("decision=withdraw") }],
    [403, "of another origin", { headers: { ...BROWSER, origin: "https://evil.example" } }],
    [403, "of a hidden origin", { headers: { ...BROWSER, origin: "null" } }],
    [403, "of another site", { headers: { ...FORM, "sec-fetch-site": "cross-site" } }],
    [403, "of a sister site", { headers: { ...FORM, "sec-fetch-site": "same-site" } }],
  ])("%s: a form %s", async (status, _, request) => {
    const answer = await traceless(acting, () => send(tokenOf("alice"), "approve", request));
    expect([answer.status, title(answer)]).toEqual([status, "This was not understood"]);
    expect(logged()).toHaveLength(1);
    expect(await stateNow()).toBe("requested");
  });

  it("a link that is an hour old", async () => {
    const { stage } = acting;
    await stage.later(3_599);
    expect((await show(tokenOf("alice"))).status).toBe(200);
    await stage.later(1);
    const answer = await traceless(acting, () => send(tokenOf("alice")));
    expect([answer.status, title(answer)]).toEqual([410, "This link is too old"]);
    expect(logged()).toEqual(["expired"]);
  });

  it("a link to what is over", async () => {
    const short = await acting.ask("tester", 2);
    links = acting.linksOf(await acting.mail(short));
    await acting.stage.later(150);
    acting.stage.mark();
    const answer = await traceless(acting, () => send(tokenOf("alice")));
    expect([answer.status, title(answer)]).toEqual([410, "Its window is over"]);
  });

  it.each<[string, number, string, KeyName]>([
    ["whoever asked", 403, "own-request", "alice"],
    ["somebody else than an approver", 403, "not-approver", "tester"],
  ])("the link of %s", async (_, status, code, name) => {
    const own = await acting.ask(name === "alice" ? "alice" : "bob");
    const token = await tokenFor(own, `${name}@example.com`);
    acting.stage.mark();
    for (const task of [() => show(token), () => send(token)]) {
      expect((await traceless(acting, task)).status).toBe(status);
    }
    expect(logged()).toEqual([code, code]);
    expect(await stateNow(own.id)).toBe("requested");
  });

  it("the link of one who made the rule that was closed", async () => {
    const { stage } = acting;
    const finding = await acting.drift("bob");
    const wish = { minutes: 60, reason: "needed", open: true };
    const undo = done(await askUndo(stage.aws, finding, wish, acting.identity("tester")));
    stage.mark();
    const token = await tokenFor(undo, "bob@example.com");
    const answer = await traceless(acting, () => send(token));
    expect([answer.status, title(answer)]).toEqual([403, "Somebody else has to approve it"]);
  });

  it("the link of one whom the matrix names no more, who is not even shown it", async () => {
    const without = (name: string) => (texts: readonly string[]) =>
      texts.filter(text => text !== `mail:${name}@example.com`);
    await acting.applyPeople(document => ({
      ...document,
      people: { ...document.people, alice: without("alice")(document.people.alice ?? []) },
    }));
    acting.stage.mark();
    const answer = await traceless(acting, () => send(tokenOf("alice")));
    expect([answer.status, title(answer)]).toEqual([403, "You may not approve it"]);
    expect(answer.html).not.toContain(RULE);
    await acting.applyPeople();
    expect((await send(tokenOf("alice"))).status).toBe(200);
  });

  it("the link to what says something else by now", async () => {
    const { stage } = acting;
    const { pk, sk } = headKey(stage.aws.config.scope, asked.groups[0] ?? "", asked.id);
    const get = new GetCommand({ TableName: tableNameOf("exceptions"), Key: { pk, sk } });
    const { Item = {} } = await stage.documents.send(get);
    await stage.put("exceptions", { ...Item, pk, sk, rule: "ingress tcp 7002 from 10.0.0.0/8" });
    const answer = await traceless(acting, () => send(tokenOf("alice")));
    expect([answer.status, title(answer)]).toEqual([409, "It is not what you were asked"]);
    await stage.put("exceptions", { ...Item, pk, sk });
  });

  it("the link to what was withdrawn", async () => {
    const { stage, identity } = acting;
    done(await actOnException(stage.aws, asked.id, "withdraw", identity("tester")));
    expect((await traceless(acting, () => send(tokenOf("alice")))).status).toBe(409);
  });

  it("the link to what the mode does not open any more", async () => {
    await acting.applyPeople(undefined, "observe");
    acting.stage.mark();
    const before = await acting.stored();
    const answer = await send(tokenOf("alice"));
    expect([answer.status, title(answer)]).toEqual([409, "It cannot be approved now"]);
    expect(await acting.stored()).toBe(before);
    await acting.applyPeople();
    expect((await send(tokenOf("alice"))).status).toBe(200);
  });
});

describe("a failure uses up nothing", () => {
  it.each([
    ["kms", "VerifyMac"],
    ["dynamodb", "GetItem"],
    ["dynamodb", "UpdateItem"],
    ["ec2", "DescribeSecurityGroups"],
  ])("of %s %s", async (service, action) => {
    acting.stage.account.faults.failNext(service, action, "ThrottlingException");
    const busy = await send(tokenOf("alice"));
    expect([busy.status, title(busy), busy.headers?.["retry-after"]]).toEqual([
      503,
      "Not now",
      "60",
    ]);
    expect(await stateNow()).toBe("requested");
    expect((await send(tokenOf("alice"))).status).toBe(200);
  });

  it("of a connection that lay idle too long is not even seen: the app's clients call again", async () => {
    const { config, clock, sleep, log } = acting.stage.aws;
    const endpoint = acting.stage.account.url;
    const app = connect(config, { endpoint, credentials: keys(), clock, sleep, log });
    acting.stage.account.faults.failNext("kms", "VerifyMac", "ConnectionReset");
    const params = { token: tokenOf("alice") };
    const shown = await acting.call(request => showApproval(request, app), { params });
    expect(shown.status).toBe(200);
  });

  it("that nobody foresaw is a page too, and a log line", async () => {
    acting.stage.account.faults.failNext("kms", "VerifyMac", "DisabledException");
    const broken = await traceless(acting, () => send(tokenOf("alice")));
    expect([broken.status, title(broken)]).toEqual([500, "It failed"]);
    expect(acting.stage.log()).toMatchObject([{ level: "error", message: "a link failed" }]);
    expect((await send(tokenOf("alice"))).status).toBe(200);
  });

  it("of the mark that it was used: it is decided, and the link is of no use all the same", async () => {
    const uses = acting.stage.aws.approvals.nonces;
    const { use } = uses;
    Object.assign(uses, { use: () => Promise.reject(new Error("lost")) });
    expect((await send(tokenOf("alice"))).status).toBe(200);
    Object.assign(uses, { use });
    expect(acting.stage.log().map(({ message }) => message)).toContain(
      "a link could not be marked as used",
    );
    expect((await traceless(acting, () => send(tokenOf("alice"), "reject"))).status).toBe(409);
  });
});

function keys() {
  const accessKeyId = accessKeyOf("portward");
  return { accessKeyId, secretAccessKey: secretOf(accessKeyId) };
}

async function tokenFor(kept: KeptException, approver: string): Promise<string> {
  const tokens = await acting.stage.aws.approvals.tokens();
  return (await tokens.make({ exception: kept.id, hash: kept.askHash, approver })).token;
}

function flipped(token: string, at: number): string {
  return `${token.slice(0, at)}${token[at] === "A" ? "B" : "A"}${token.slice(at + 1)}`;
}

function forged(token: string, change: object): string {
  const [payload = "", mark] = token.split(".");
  const says = JSON.parse(Buffer.from(payload, "base64url").toString());
  const other = Buffer.from(JSON.stringify({ ...says, ...change })).toString("base64url");
  return `${other}.${mark}`;
}

// Links and clicks as they come over HTTP, through the account's API Gateway and the API itself: the
// bytes of a body, the forms of a path, sizes and methods.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { api } from "../../functions/api/index.ts";
import type { KeptException } from "../../functions/aws/stores/exception-item.ts";
import { routes } from "../../functions/wiring/routes.ts";
import { type Acting, startActing } from "../support/acting.ts";
import { BOB, buttonOf, IDLE, type Signed, type Slack, startSlack } from "../support/slack.ts";

const FORM = { "content-type": "application/x-www-form-urlencoded" };

let acting: Acting;
let slack: Slack;
let asked: KeptException;
let link: string;

beforeAll(async () => {
  acting = await startActing();
  slack = await startSlack(acting);
  const { aws, account } = acting.stage;
  Object.assign(aws, { config: { ...aws.config, apiUrl: account.url } });
  account.api.serve(
    api(() => aws),
    { routes },
  );
});
beforeEach(async () => {
  await acting.rest();
  asked = await acting.ask();
  link = acting.linksOf(await acting.mail(asked)).alice ?? "";
  acting.stage.mark();
});
afterAll(async () => {
  slack.stop();
  await acting.stage.stop();
});

const post = (url: string, body: string | Uint8Array<ArrayBuffer>, headers: object = FORM) =>
  fetch(url, { method: "POST", body, headers: { ...headers } as Record<string, string> });
const stateNow = async () => (await acting.stage.aws.exceptions.get(asked.id))?.state;
const titleOf = async (response: Response) => /<h1>(.*)<\/h1>/.exec(await response.text())?.[1];

/** Does something that must leave every table as it was, and gives the status it got. */
async function traceless(task: () => Promise<Response>): Promise<number> {
  const before = await acting.stored();
  const { status } = await task();
  expect(await acting.stored()).toBe(before);
  return status;
}

describe("a link", () => {
  it("shows its page and takes its form", async () => {
    const page = await fetch(link);
    expect([page.status, page.headers.get("content-type")]).toEqual([
      200,
      "text/html; charset=utf-8",
    ]);
    expect(page.headers.get("content-security-policy")).toContain("form-action 'self'");
    expect(page.headers.get("referrer-policy")).toBe("same-origin");
    expect(await titleOf(page)).toBe("Approve this exception?");
    const decided = await post(link, "decision=approve", { ...FORM, origin: new URL(link).origin });
    expect([decided.status, await titleOf(decided), await stateNow()]).toEqual([
      ...[200, "Approved", "approved"],
    ]);
    const again = await post(link, "decision=approve");
    expect([again.status, await titleOf(again)]).toEqual([410, "This link was used"]);
  });

  it("is looked at by scanners in any way they like, and nothing changes", async () => {
    for (const init of [
      { method: "GET" },
      { method: "HEAD" },
      { method: "GET", headers: { purpose: "prefetch", "sec-purpose": "prefetch" } },
      { method: "GET", headers: { "idempotency-key": "x" } },
      { method: "GET", headers: { authorization: "AWS4-HMAC-SHA256 Credential=x" } },
      { method: "OPTIONS" },
      { method: "PUT", body: "decision=approve", headers: FORM },
      { method: "DELETE" },
    ]) {
      const status = await traceless(() => fetch(link, init));
      expect(status, init.method).toBe(init.method === "GET" ? 200 : 404);
    }
    expect(await traceless(() => fetch(`${link}?utm_source=mail&decision=approve`))).toBe(200);
    expect(await stateNow()).toBe("requested");
  });

  it.each<[string, (link: string) => string]>([
    ["a slash at its end", url => `${url}/`],
    ["something behind it", url => `${url}/approve`],
    ["two slashes", url => url.replace("/approvals/", "/approvals//")],
    ["capitals", url => url.replace("/approvals/", "/Approvals/")],
    ["a letter encoded", url => url.replace("/approvals/e", "/approvals/%65")],
    ["a slash encoded", url => url.replace("/approvals/", "/approvals%2f")],
    ["nothing behind it", url => url.slice(0, url.indexOf("/approvals/") + 11)],
  ])("with %s is none", async (_, change) => {
    expect(await traceless(() => fetch(change(link)))).toBe(404);
    expect(await traceless(() => post(change(link), "decision=approve"))).toBe(404);
    expect(await stateNow()).toBe("requested");
  });

  it("takes no form larger than the API takes", async () => {
    const large = `decision=approve&x=${"x".repeat(100_000)}`;
    expect(await traceless(() => post(link, large))).toBe(413);
  });

  it("is in no log line", async () => {
    await fetch(link);
    await post(link, "decision=nothing");
    const lines = JSON.stringify(acting.stage.log());
    expect(lines).toContain("GET /approvals/{token}");
    expect(lines).not.toContain(link.split("/").at(-1)?.slice(0, 40));
  });
});

describe("a click", () => {
  const send = ({ headers, rawBody }: Signed) =>
    post(`${acting.stage.account.url}/slack/actions`, new Uint8Array(rawBody), headers);

  it("is taken by the bytes it was signed over", async () => {
    const sent = slack.signed(slack.body(buttonOf(asked, "approve"), BOB, { note: "café ☃" }));
    const response = await send(sent);
    expect([response.status, response.headers.get("content-type")]).toEqual([
      200,
      "application/json",
    ]);
    expect(await response.json()).toMatchObject({
      ...{ response_type: "ephemeral", replace_original: false },
      text: expect.stringMatching(/^Approved: /),
    });
    expect(await stateNow()).toBe("approved");
  });

  it("with a large message around it is taken, and one that no message explains is not", async () => {
    const large = slack.body(IDLE, BOB, { message: { text: "x".repeat(150_000) } });
    expect((await send(slack.signed(large))).status).toBe(200);
    const huge = slack.body(IDLE, BOB, { message: { text: "x".repeat(300_000) } });
    expect(await traceless(() => send(slack.signed(huge)))).toBe(413);
  });

  it("that is unsigned is a problem, and leaves nothing", async () => {
    const { rawBody } = slack.signed(slack.body(IDLE));
    const response = await send({ rawBody, headers: FORM });
    expect([response.status, response.headers.get("content-type")]).toEqual([
      ...[401, "application/problem+json"],
    ]);
    expect(await response.json()).toMatchObject({ type: "urn:portward:problem:signature" });
    expect(await traceless(() => send({ rawBody, headers: FORM }))).toBe(401);
  });
});

import { request as httpRequest } from "node:http";
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Authority, Route } from "../../functions/wiring/routes.ts";
import { type Account, startAccount } from "../../local/account.ts";
import type { KeyName } from "../../local/identities.ts";
import { signed, signedFetch } from "../support/signed.ts";
import { tokenIssuer } from "../support/token.ts";

const route = (method: Route["method"], path: string, authority: Authority): Route => ({
  method,
  path,
  authority,
  summary: "",
});

const routes = [
  route("GET", "/things/{id}", "reader"),
  route("GET", "/things/mine", "reader"),
  route("GET", "/{kind}/mine", "reader"),
  route("POST", "/things", "requester"),
  route("PUT", "/things/{id}", "approver"),
  route("POST", "/runs", "operator"),
  route("GET", "/open/{token}", "public"),
  route("POST", "/open", "public"),
];

let account: Account;
let events: APIGatewayProxyEventV2[] = [];
let answer: () => APIGatewayProxyStructuredResultV2 = () => ({ statusCode: 200, body: "ok" });
beforeAll(async () => {
  account = await startAccount();
  serve();
});
beforeEach(() => {
  events = [];
  answer = () => ({ statusCode: 200, body: "ok" });
});
afterAll(() => account.stop());

const serve = (jwt?: Parameters<Account["api"]["serve"]>[1]["jwt"]) =>
  account.api.serve(
    async event => {
      events.push(event);
      return answer();
    },
    { routes, ...(jwt && { jwt }) },
  );

const routeKeys = () => events.map(event => event.routeKey);

describe("the event of a request", () => {
  it("has API Gateway's form, and says who signed", async () => {
    const url = "/things/a%20b?tag=x&tag=y%26z&empty=";
    const headers = { cookie: "a=1; b=2", "X-Case": "Kept", "user-agent": "test" };
    const response = await signedFetch(account, "alice")(url, { headers });
    expect([response.status, await response.text()]).toEqual([200, "ok"]);
    const host = new URL(account.url).host;
    expect(events).toEqual([
      {
        version: "2.0",
        routeKey: "GET /things/{id}",
        rawPath: "/things/a%20b",
        rawQueryString: "tag=x&tag=y%26z&empty=",
        cookies: ["a=1", "b=2"],
        headers: expect.objectContaining({ "x-case": "Kept", host }),
        queryStringParameters: { tag: "x,y&z", empty: "" },
        pathParameters: { id: "a b" },
        isBase64Encoded: false,
        requestContext: {
          accountId: "111122223333",
          apiId: "local",
          authorizer: {
            iam: {
              accessKey: "AKIAEXAMPLEALICE",
              accountId: "111122223333",
              callerId: "AROAEXAMPLESECURITY:alice@example.com",
              cognitoIdentity: null,
              principalOrgId: expect.any(String),
              userArn: expect.stringMatching(
                /assumed-role\/AWSReservedSSO_.*\/alice@example\.com$/,
              ),
              userId: "AROAEXAMPLESECURITY:alice@example.com",
            },
          },
          domainName: host,
          domainPrefix: "local",
          http: {
            method: "GET",
            path: "/things/a%20b",
            protocol: "HTTP/1.1",
            sourceIp: "127.0.0.1",
            userAgent: "test",
          },
          requestId: expect.any(String),
          routeKey: "GET /things/{id}",
          stage: "$default",
          time: expect.stringMatching(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/),
          timeEpoch: expect.any(Number),
        },
      },
    ]);
    expect(events[0]?.headers).not.toHaveProperty("cookie");
  });

  it("is dated by the account's clock", async () => {
    account.clock.advance(86_400_000);
    await fetch(`${account.url}/open/x`);
    const at = events[0]?.requestContext.timeEpoch ?? 0;
    expect(Math.abs(at - account.clock.now())).toBeLessThan(60_000);
  });

  it.each([
    ["application/json; charset=utf-8", `{"a":"放"}`, false],
    ["text/plain", "放", false],
    ["application/x-www-form-urlencoded", "payload=%7B%7D", true],
    ["application/octet-stream", "\u0000\u0001", true],
  ])("holds a body of %s as it is, or as base64", async (type, body, isBase64Encoded) => {
    await fetch(`${account.url}/open`, { method: "POST", body, headers: { "content-type": type } });
    const text = isBase64Encoded ? Buffer.from(body).toString("base64") : body;
    expect(events).toMatchObject([{ body: text, isBase64Encoded }]);
  });

  it("joins a header sent twice", async () => {
    await new Promise<void>((resolve, reject) => {
      const request = httpRequest(`${account.url}/open/x`, response => {
        response.resume().on("end", resolve);
      });
      request.setHeader("x-twice", ["a", "b"]);
      request.on("error", reject).end();
    });
    expect(events[0]?.headers["x-twice"]?.replace(" ", "")).toBe("a,b");
  });
});

describe("a path", () => {
  it.each([
    ["/things/mine", "GET /things/mine"],
    ["/things/other", "GET /things/{id}"],
    ["/others/mine", "GET /{kind}/mine"],
    ["/things/%6Dine", "GET /things/{id}"],
    ["/things/a%2Fb", "GET /things/{id}"],
  ])("%s goes to %s", async (path, routeKey) => {
    expect((await signedFetch(account, "alice")(path)).status).toBe(200);
    expect(routeKeys()).toEqual([routeKey]);
  });

  it.each([
    ["GET", "/"],
    ["GET", "/things"],
    ["GET", "/things/"],
    ["GET", "/things/a/b"],
    ["DELETE", "/things/a"],
  ])("that no route has is not found: %s %s", async (method, path) => {
    const response = await signedFetch(account, "alice")(path, { method });
    expect([response.status, await response.text()]).toEqual([404, `{"message":"Not Found"}`]);
    expect(events).toEqual([]);
  });
});

describe("a function's answer", () => {
  it("comes back with its status, headers, cookies and bytes", async () => {
    answer = () => ({
      statusCode: 201,
      headers: { "Content-Type": "image/png", "X-Count": 7 },
      cookies: ["a=1; Path=/", "b=2"],
      body: Buffer.from([0, 255, 7]).toString("base64"),
      isBase64Encoded: true,
    });
    const response = await fetch(`${account.url}/open/x`);
    expect(response.status).toBe(201);
    expect(response.headers.get("content-type")).toBe("image/png");
    expect(response.headers.get("x-count")).toBe("7");
    expect(response.headers.getSetCookie()).toEqual(["a=1; Path=/", "b=2"]);
    expect([...new Uint8Array(await response.arrayBuffer())]).toEqual([0, 255, 7]);
  });

  it("without a status is the body", async () => {
    answer = () => ({ name: "x" }) as APIGatewayProxyStructuredResultV2;
    const response = await fetch(`${account.url}/open/x`);
    expect([response.status, await response.json()]).toEqual([200, { name: "x" }]);
    expect(response.headers.get("content-type")).toBe("application/json");
  });

  it("is an internal error when it throws", async () => {
    answer = () => {
      throw new Error("secret");
    };
    const response = await fetch(`${account.url}/open/x`);
    expect([response.status, await response.text()]).toEqual([
      500,
      `{"message":"Internal Server Error"}`,
    ]);
  });
});

describe("a body above 10 MB", () => {
  it("is refused, and the function is not asked", async () => {
    const body = "x".repeat(10 * 1024 * 1024 + 1);
    const response = await fetch(`${account.url}/open`, { method: "POST", body });
    expect([response.status, await response.text()]).toEqual([
      413,
      `{"message":"Request Entity Too Large"}`,
    ]);
    expect(events).toEqual([]);
  });
});

describe("IAM", () => {
  const calls: [string, string, Authority][] = [
    ["GET", "/things/a", "reader"],
    ["POST", "/things", "requester"],
    ["PUT", "/things/a", "approver"],
    ["POST", "/runs", "operator"],
  ];
  it.each<[KeyName | "AKIASOMEBODY", string[]]>([
    ["alice", ["reader", "requester", "approver", "operator"]],
    ["bob", ["reader", "requester", "approver", "operator"]],
    ["root", ["reader", "requester", "approver", "operator"]],
    ["portward", ["reader", "requester", "approver", "operator"]],
    ["tester", ["reader", "requester"]],
    ["AKIASOMEBODY", ["reader"]],
  ])("lets %s call what %j may", async (key, allowed) => {
    const passed: string[] = [];
    for (const [method, path, authority] of calls) {
      const response = await signedFetch(account, key)(path, { method });
      if (response.status === 200) passed.push(authority);
      else expect(await response.text()).toBe(`{"message":"Forbidden"}`);
    }
    expect(passed).toEqual(allowed);
    expect(events).toHaveLength(allowed.length);
  });

  const minutes = (count: number) => new Date(Date.now() + count * 60_000);
  it.each([
    ["another region", { region: "eu-west-1" }],
    ["a date six minutes ago", { date: minutes(-6) }],
    ["a date in six minutes", { date: minutes(6) }],
  ])("refuses a signature for %s", async (_title, init) => {
    const response = await signedFetch(account, "alice")("/things/a", init);
    expect([response.status, events]).toEqual([403, []]);
  });

  it("refuses a signature that does not cover the host", async () => {
    const init = { leaveOut: ["host"] };
    expect((await signedFetch(account, "alice")("/things/a", init)).status).toBe(403);
  });

  it("takes a signature of four minutes ago", async () => {
    const init = { date: minutes(-4) };
    expect((await signedFetch(account, "alice")("/things/a", init)).status).toBe(200);
  });

  it("takes what has odd characters in path, query, header and body", async () => {
    const init = {
      method: "PUT",
      body: "a=放\n",
      headers: { "x-odd": "  two   spaces  ", "content-type": "text/plain" },
    };
    const path = "/things/a%2Fb(1)'*!~%E6%94%BE?b=2&a=%2B%20&a=1&%C3%BC=%2A";
    expect((await signedFetch(account, "alice")(path, init)).status).toBe(200);
    expect(events).toMatchObject([{ body: "a=放\n" }]);
  });

  it("refuses a request nobody signed", async () => {
    const response = await fetch(`${account.url}/things/a`);
    expect([response.status, await response.text()]).toEqual([403, `{"message":"Forbidden"}`]);
  });

  type Sent = { url: string; method: string; headers: Record<string, string>; body?: string };
  it.each<[string, (sent: Sent) => Sent]>([
    ["nothing", sent => sent],
    ["another path", sent => ({ ...sent, url: sent.url.replace("/things/a", "/things/b") })],
    ["another query", sent => ({ ...sent, url: `${sent.url}&y=2` })],
    ["another body", sent => ({ ...sent, body: "other" })],
    ["another key", sent => edit(sent, "authorization", one => one.replace("ALICE", "BOB"))],
    ["another header", sent => edit(sent, "x-note", () => "other")],
    ["another date", sent => edit(sent, "x-amz-date", one => one.replace(/\dZ$/, "xZ"))],
    ["no signature", sent => edit(sent, "authorization", one => one.replace(/, Signature=.*/, ""))],
    ["one digit", sent => edit(sent, "authorization", one => flip(one))],
  ])("refuses a request in which %s was changed after it was signed", async (what, change) => {
    const headers = { "x-note": "mine" };
    const init = { method: "PUT", body: "body", headers };
    const sent = await signed(account, "AKIAEXAMPLEALICE", "/things/a?x=1", init);
    expect(sent.headers.authorization).toContain("SignedHeaders=host;");
    const { url, ...rest } = change({ ...sent, body: "body" });
    const response = await fetch(url, rest);
    expect(response.status).toBe(what === "nothing" ? 200 : 403);
    expect(events).toHaveLength(what === "nothing" ? 1 : 0);
  });

  it("is not asked on a public route, whatever the request carries", async () => {
    const headers = { authorization: "Bearer nonsense" };
    expect((await fetch(`${account.url}/open/x`, { headers })).status).toBe(200);
    expect(events[0]?.requestContext).not.toHaveProperty("authorizer");
  });
});

describe("a JWT authorizer", () => {
  const { authorizer, sign: token } = tokenIssuer();
  const now = () => Math.trunc(account.clock.now() / 1000);
  const good = () => ({
    iss: authorizer.issuer,
    aud: "portward",
    sub: "alice",
    exp: now() + 300,
    iat: now() - 5,
    scope: "portward/reader portward/approver",
    groups: ["security", "ops"],
  });
  const call = (text: string, path = "/things/a", method = "GET") =>
    fetch(`${account.url}${path}`, { method, headers: { authorization: `Bearer ${text}` } });
  let stop = () => {};
  beforeAll(() => {
    stop = serve(authorizer).stop;
  });
  afterAll(() => stop());

  it("hands a token's claims on as texts", async () => {
    expect((await call(token(good()))).status).toBe(200);
    expect(events[0]?.requestContext).toMatchObject({
      authorizer: {
        jwt: {
          claims: { sub: "alice", exp: expect.stringMatching(/^\d+$/), groups: "[security ops]" },
          scopes: ["portward/reader"],
        },
      },
    });
  });

  it.each<[string, () => string]>([
    ["an unknown issuer", () => token({ ...good(), iss: "https://evil.example" })],
    ["another audience", () => token({ ...good(), aud: "shop" })],
    ["another client", () => token({ ...good(), aud: undefined, client_id: "shop" })],
    ["an end in the past", () => token({ ...good(), exp: now() - 1 })],
    ["no end", () => token({ ...good(), exp: undefined })],
    ["a start in the future", () => token({ ...good(), nbf: now() + 60 })],
    ["a birth in the future", () => token({ ...good(), iat: now() + 60 })],
    ["the signature of a stranger", () => tokenIssuer().sign(good())],
    ["another algorithm", () => token(good(), { alg: "none" })],
    ["another key id", () => token(good(), { kid: "two" })],
    ["no signature", () => token(good()).replace(/\.[^.]*$/, ".")],
    ["no form", () => "nonsense"],
  ])("refuses a token with %s", async (_title, make) => {
    const response = await call(make());
    expect([response.status, await response.text()]).toEqual([401, `{"message":"Unauthorized"}`]);
    expect(events).toEqual([]);
  });

  it("takes a client id where there is no audience", async () => {
    const claims = { ...good(), aud: undefined, client_id: "portward" };
    expect((await call(token(claims))).status).toBe(200);
  });

  it("refuses a good token without the scope of the route", async () => {
    const response = await call(token(good()), "/runs", "POST");
    expect([response.status, await response.text()]).toEqual([403, `{"message":"Forbidden"}`]);
    expect(response.headers.get("www-authenticate")).toContain("insufficient_scope");
  });

  it("refuses a signature instead of a token", async () => {
    expect((await signedFetch(account, "alice")("/things/a")).status).toBe(401);
  });
});

function edit<T extends { headers: Record<string, string> }>(
  sent: T,
  name: string,
  change: (value: string) => string,
): T {
  return { ...sent, headers: { ...sent.headers, [name]: change(sent.headers[name] ?? "") } };
}

/** Changes the last digit of a signature. */
function flip(text: string): string {
  return text.slice(0, -1) + (text.endsWith("0") ? "1" : "0");
}

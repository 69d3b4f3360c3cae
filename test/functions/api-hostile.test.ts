// Requests that nobody honest sends: each is refused with the right status, and leaves no item in any
// table. What the gateway itself checks of a signature is test/local/gateway.test.ts's.
import { gzipSync } from "node:zlib";
import { ScanCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TableName, tables } from "../../functions/wiring/tables.ts";
import { tableNameOf } from "../../local/dynamodb.ts";
import { accessKeyOf } from "../../local/identities.ts";
import { type Answered, type ApiStage, hand, JSON_TYPE, startApi } from "../support/api.ts";
import { signed } from "../support/signed.ts";

let stage: ApiStage;
beforeAll(async () => {
  stage = await startApi();
});
afterAll(() => stage.stop());

/** Every item of every table, as one text. */
async function everything(): Promise<string> {
  const names = Object.keys(tables) as TableName[];
  const scans = names.map(name =>
    stage.documents.send(new ScanCommand({ TableName: tableNameOf(name) })),
  );
  return JSON.stringify((await Promise.all(scans)).map(({ Items }) => Items));
}

/** Sees that something is refused and that nothing is left of it. */
async function refusedWith(status: number, ask: () => Promise<Pick<Answered, "status">>) {
  const before = await everything();
  const events = stage.account.bus.events().length;
  expect((await ask()).status).toBe(status);
  expect(await everything()).toBe(before);
  expect(stage.account.bus.events()).toHaveLength(events);
}

const wish = (more: object = {}) =>
  JSON.stringify({
    ...{ rule: "ingress tcp 7002 from 10.1.2.3/32", group: stage.groups.deploy },
    ...{ minutes: 60, reason: "release", ...more },
  });

/** Sends as somebody who may call every route, so that nothing but the request is at fault. */
const post = (path: string, body: string, headers: Record<string, string> = JSON_TYPE) =>
  stage.send("alice", path, { method: "POST", body, headers });

async function raw(
  change: (sent: { url: string; headers: Record<string, string> }) => RequestInit,
) {
  const body = wish();
  const init = { method: "POST", headers: JSON_TYPE, body };
  const sent = await signed(stage.account, accessKeyOf("alice"), "/exceptions", init);
  return fetch(sent.url, { method: "POST", headers: sent.headers, body, ...change(sent) });
}

it("the same request, left alone, is granted and leaves something", async () => {
  const before = await everything();
  const answer = await post("/exceptions", wish());
  expect(answer.status).toBe(201);
  expect(await everything()).not.toBe(before);
  await post(`/exceptions/${answer.body.id}/withdraw`, "{}");
});

describe("a signature", () => {
  it.each<[string, (sent: { headers: Record<string, string> }) => RequestInit]>([
    ["is missing", () => ({ headers: JSON_TYPE })],
    ["is of another body", () => ({ body: wish({ minutes: 480 }) })],
    [
      "is of another key",
      ({ headers }) => ({
        headers: {
          ...headers,
          authorization: (headers.authorization ?? "").replace("ALICE", "BOB"),
        },
      }),
    ],
  ])("that %s is refused", async (_, change) => {
    await refusedWith(403, () => raw(change));
  });

  it("that is stale is refused", async () => {
    const date = new Date(Date.now() - 6 * 60_000);
    const init = { method: "POST", headers: JSON_TYPE, body: wish(), date };
    await refusedWith(403, () => stage.send("alice", "/exceptions", init));
  });
});

describe("a body", () => {
  it.each([
    ["is none of JSON's", 415, () => wish(), { "content-type": "text/plain" }],
    ["is a form", 415, () => "rule=x", { "content-type": "application/x-www-form-urlencoded" }],
    [
      "says that it is JSON twice",
      415,
      () => wish(),
      { "content-type": "text/plain, application/json" },
    ],
    ["is broken", 422, () => wish().slice(1), JSON_TYPE],
    ["is deeper than any", 422, () => "[".repeat(60_000), JSON_TYPE],
    ["names a prototype", 422, () => `{"__proto__":{"minutes":1}}`, JSON_TYPE],
    ["names a constructor", 422, () => `{"constructor":{"prototype":{}}}`, JSON_TYPE],
    ["is a list", 400, () => "[]", JSON_TYPE],
    ["is null", 400, () => "null", JSON_TYPE],
    ["has a key that nobody knows", 400, () => wish({ approved: true }), JSON_TYPE],
    ["is empty", 400, () => "", {}],
    ["is over 64 KB", 413, () => wish({ reason: "x".repeat(70_000) }), JSON_TYPE],
    ["is over what a reason has", 400, () => wish({ reason: "x".repeat(60_000) }), JSON_TYPE],
    [
      "is packed",
      422,
      () => gzipSync("{}").toString("latin1"),
      { ...JSON_TYPE, "content-encoding": "gzip" },
    ],
  ])("that %s is refused with %i", async (_, status, body, headers) => {
    await refusedWith(status, () => post("/exceptions", body(), headers as Record<string, string>));
  });

  it("that is over 1 MB is refused where a matrix is sent, and one of half is read", async () => {
    const text = (size: number) => JSON.stringify({ text: `# ${"x".repeat(size)}\nmatrix: m\n` });
    await refusedWith(413, () => post("/matrix/plan", text(1_100_000)));
    const { status, body } = await post("/matrix/plan", text(500_000));
    expect({ status, code: body.problems[0].code }).toEqual({
      ...{ status: 400, code: expect.stringMatching(/^matrix\./) },
    });
  });
});

describe("a path", () => {
  it.each([
    "//status",
    "/status/",
    "/status//",
    "/./status",
    "/exceptions/../status",
    "/exceptions/%2e%2e/status",
    "/exceptions/x%2fapprove",
    "/exceptions/x%00",
    "/status%00",
    "/STATUS",
    "/status;a=b",
    "/exceptions/\u0000",
    "/",
    "",
    "/audits/..",
    "/__proto__",
    "/constructor",
  ])("%j is nobody's, whatever API Gateway makes of it", async path => {
    const authorizer = { iam: { userArn: "arn:aws:iam::111122223333:user/wang" } };
    const answer = await hand(stage.aws, { path, authorizer });
    expect(answer).toMatchObject({ status: 404, body: { type: "urn:portward:problem:no-route" } });
  });

  it.each(["//status", "/status/", "/exceptions/x%2fapprove", "/exceptions/x%00"])(
    "%s is nobody's over HTTP either",
    async path => {
      await refusedWith(404, () => stage.send("alice", path, {}));
    },
  );

  it("takes no parameter but its own, whatever the event claims", async () => {
    const { body } = await post("/exceptions", wish());
    const authorizer = { iam: { userArn: "arn:aws:iam::111122223333:user/wang" } };
    const path = "/exceptions/x-00000000000000000000000000";
    const answer = await hand(stage.aws, { path, authorizer, pathParameters: { id: body.id } });
    expect(answer.status).toBe(404);
    await post(`/exceptions/${body.id}/withdraw`, "{}");
  });

  it.each(["x-1", "f-1", "x".repeat(3_000), "x-01kam2v9c4q8v6w0d3e5f7g9h1"])(
    "with the id %s names nothing",
    async id => {
      const id64 = id.slice(0, 2_000);
      for (const path of [`/exceptions/${id64}`, `/findings/${id64}`, `/audits/${id64}`]) {
        await refusedWith(404, () => stage.send("alice", path, {}));
      }
    },
  );

  it("for another method says which there are", async () => {
    const { status, headers } = await hand(stage.aws, { method: "DELETE", path: "/matrix" });
    expect([status, headers.get("allow")]).toEqual([405, "GET, PUT"]);
  });
});

describe("a query", () => {
  it.each([
    "limit=1&limit=2",
    "limit=0",
    "limit=101",
    "limit=1e1",
    "limit=-1",
    "limit=",
    "cursor=x-01kam2v9c4q8v6w0d3e5f7g9h1",
    "cursor=eyJwayI6IkdST1VQIn0",
    "cursor=",
    "stat=requested",
    "state=open",
    "constructor=1&constructor=2",
  ])("?%s is bad input", async query => {
    await refusedWith(400, () => stage.send("alice", `/exceptions?${query}`, {}));
  });

  it.each(["cursor=f-aaaaaaaaaaaa", "group=web", "since=yesterday", "outcome=x"])(
    "of findings ?%s is bad input",
    async query => {
      await refusedWith(400, () => stage.send("alice", `/findings?${query}`, {}));
    },
  );

  it.each(["__proto__=1", "constructor=1", "limit[]=1", "limit=1&%6cimit=2"])(
    "?%s is bad input to the handler",
    async query => {
      const authorizer = { iam: { userArn: "arn:aws:iam::111122223333:user/wang" } };
      expect((await hand(stage.aws, { path: "/exceptions", query, authorizer })).status).toBe(400);
    },
  );

  it("is refused where there is nothing to ask", async () => {
    await refusedWith(400, () => stage.send("alice", "/health?verbose=1", {}));
  });
});

it("mass requests of one person end with 429", async () => {
  const many = Array.from({ length: 12 }, (_, n) => post("/exceptions", wish({ reason: `${n}` })));
  const answers = await Promise.all(many);
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(5);
  expect(answers.filter(({ status }) => status === 429)).toHaveLength(7);
  await refusedWith(429, () => post("/exceptions", wish()));
});

describe("an answer", () => {
  it.each(["/status", "/nothing", "/exceptions/x-1"])(
    "of %s carries what keeps it safe",
    async path => {
      const authorizer = { iam: { userArn: "arn:aws:iam::111122223333:user/wang" } };
      const { headers } = await hand(stage.aws, { path, authorizer });
      expect(Object.fromEntries(headers)).toMatchObject({
        "cache-control": "no-store",
        "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
        "referrer-policy": "no-referrer",
        "strict-transport-security": expect.stringMatching(/^max-age=\d{7,}/),
        "x-content-type-options": "nosniff",
      });
    },
  );

  it("to a failure says nothing of what failed", async () => {
    const broken = { ...stage.aws, policy: undefined as never };
    const authorizer = { iam: { userArn: "arn:aws:iam::111122223333:user/wang" } };
    const { status, body } = await hand(broken, { path: "/status", authorizer });
    expect({ status, ...body }).toEqual({
      ...{ status: 500, type: "urn:portward:problem:internal", title: "Failure" },
      ...{ detail: "it failed; the log has it by request-1", requestId: "request-1" },
    });
    expect(stage.log().at(-1)).toMatchObject({
      level: "error",
      fields: { requestId: "request-1" },
    });
  });

  it("while AWS throttles says when to come back", async () => {
    stage.account.faults.failNext("dynamodb", "*", "ThrottlingException", 50);
    const { status, headers } = await stage.send("alice", "/status", {});
    stage.account.faults.clear();
    expect([status, headers.get("retry-after")]).toEqual([503, "5"]);
  });
});
